"""WFM schedules to start with: what each person does on each day, made from the person and the date alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pmtui.sandbox.people import Person, made_up_id
from pmtui.sandbox.times import local

BUSINESS_UNIT_ID = made_up_id("business unit")
SCENARIO_ID = made_up_id("scenario")


@dataclass(frozen=True, slots=True)
class Activity:
    """What a person can be scheduled to do; `detail` is the WFM's ReportLevelDetail (None, ShortBreak, Lunch)."""

    name: str
    overwritable: bool
    detail: str = "None"
    in_work_time: bool = True
    colour: int = -8323200

    @property
    def id(self) -> str:
        """The id the WFM uses for it."""
        return made_up_id("activity", self.name)


@dataclass(frozen=True, slots=True)
class Layer:
    """One stretch of a day's schedule, UTC. Exactly one of activity and absence is set."""

    starts: datetime
    ends: datetime
    name: str
    activity_id: str | None = None
    absence_id: str | None = None
    colour: int = -8323200
    meeting_id: str | None = None


PHONE = Activity("Phone", True)
# Overwritable, as in the WFM's own default set-up: a client that looks at AllowOverwrite alone books over breaks.
SHORT_BREAK = Activity("Short break", True, "ShortBreak", colour=-65536)
LUNCH = Activity("Lunch", False, "Lunch", in_work_time=False, colour=-256)
EMAIL_CHAT = Activity("Email/Chat", True, colour=-16744448)
ADMINISTRATION = Activity("Administration", True, colour=-4144897)
TEAM_MEETING = Activity("Team meeting", False, colour=-23296)
TRAINING = Activity("Training", False, colour=-7876885)
COACHING = Activity("Coaching", False, colour=-16181)
ACTIVITIES = (PHONE, SHORT_BREAK, LUNCH, EMAIL_CHAT, ADMINISTRATION, TEAM_MEETING, TRAINING, COACHING)
ABSENCES = {name: made_up_id("absence", name) for name in ("Vacation", "Sick leave", "Doctor's appointment")}
_ABSENCE_COLOUR = -32640

_STARTS = {"Billing": (8, 9), "Technical Support": (7, 14, 22), "Retention": (10, 12)}  # 22: the night shift
_Part = tuple[Activity, int]  # what, minutes
_AGENT_DAY: tuple[_Part, ...] = (
    *((PHONE, 120), (SHORT_BREAK, 15), (EMAIL_CHAT, 105), (LUNCH, 30)),
    *((PHONE, 120), (SHORT_BREAK, 15), (PHONE, 105)),
)
_MEETING_DAY: tuple[_Part, ...] = (
    *((PHONE, 90), (TEAM_MEETING, 30), (SHORT_BREAK, 15), (PHONE, 105), (LUNCH, 30)),
    *((EMAIL_CHAT, 90), (SHORT_BREAK, 15), (PHONE, 135)),
)
_TRAINING_DAY: tuple[_Part, ...] = (
    *((PHONE, 120), (SHORT_BREAK, 15), (PHONE, 105), (LUNCH, 30)),
    *((TRAINING, 60), (SHORT_BREAK, 15), (PHONE, 165)),
)
_COACH_DAY: tuple[_Part, ...] = (
    *((ADMINISTRATION, 120), (SHORT_BREAK, 15), (PHONE, 60), (ADMINISTRATION, 45), (LUNCH, 60)),
    *((ADMINISTRATION, 120), (SHORT_BREAK, 15), (ADMINISTRATION, 75)),
)


def shift_of(person: Person, on: date) -> tuple[Layer, ...]:
    """That person's schedule for the shift that starts on that local date; empty means not working."""
    dice = random.Random(f"shift {person.email} {on.isoformat()}")
    if not _works(person, on):
        return ()
    layers = _laid_out(_plan(person, on, dice), local(on, _start(person), person.timezone))
    roll = dice.random()
    if roll < 0.06:
        name = "Vacation" if roll < 0.04 else "Sick leave"
        return (absence(name, layers[0].starts, layers[-1].ends),)
    if roll < 0.09:
        return cover(layers, absence("Doctor's appointment", layers[0].starts, layers[0].starts + timedelta(hours=1)))
    return layers


def cover(layers: tuple[Layer, ...], top: Layer) -> tuple[Layer, ...]:
    """The same schedule with one layer laid over it: what lies under `top` is cut away. Sorted by start."""
    kept: list[Layer] = []
    for layer in layers:
        if layer.ends <= top.starts or layer.starts >= top.ends:
            kept.append(layer)
            continue
        if layer.starts < top.starts:
            kept.append(_cut(layer, layer.starts, top.starts))
        if layer.ends > top.ends:
            kept.append(_cut(layer, top.ends, layer.ends))
    return tuple(sorted([*kept, top], key=lambda layer: layer.starts))


def layer_of(activity: Activity, starts: datetime, ends: datetime, meeting_id: str | None = None) -> Layer:
    """An activity between two instants."""
    return Layer(starts, ends, activity.name, activity.id, None, activity.colour, meeting_id)


def _cut(layer: Layer, starts: datetime, ends: datetime) -> Layer:
    return Layer(starts, ends, layer.name, layer.activity_id, layer.absence_id, layer.colour, layer.meeting_id)


def absence(name: str, starts: datetime, ends: datetime) -> Layer:
    """Away between two instants; the name is one of `ABSENCES`."""
    return Layer(starts, ends, name, None, ABSENCES[name], _ABSENCE_COLOUR)


def _number(person: Person) -> int:
    """A small number that is the person's own, to spread starts and days off."""
    return int(person.person_id[:8], 16)


def _works(person: Person, on: date) -> bool:
    if person.role == "coach":
        return on.weekday() < 5
    return (on.toordinal() + _number(person)) % 7 < 5


def _start(person: Person) -> time:
    if person.role == "coach":
        return time(8, 30)
    starts = _STARTS[person.team or "Billing"]
    return time(starts[_number(person) % len(starts)])


def _plan(person: Person, on: date, dice: random.Random) -> tuple[_Part, ...]:
    if person.role == "coach":
        return _COACH_DAY
    if on.weekday() == 2:
        return _MEETING_DAY
    return _TRAINING_DAY if dice.random() < 0.1 else _AGENT_DAY


def _laid_out(parts: tuple[_Part, ...], starts: datetime) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for activity, minutes in parts:
        layers.append(layer_of(activity, starts, starts + timedelta(minutes=minutes)))
        starts += timedelta(minutes=minutes)
    return tuple(layers)
