"""The settings by name: what each means, the one parser of what is typed for it, and how its value is shown.

Standard library only, except for the zone, which `people.typed` reads.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any

from pmtui.backend.errors import BadInput
from pmtui.backend.people import typed as people_typed

LENGTHS = (15, 30, 45, 60)
"""The lengths a session may have, in minutes."""
STEPS = (5, 10, 15, 20, 30, 60)
"""The grids that starts may stand on, in minutes of the local hour."""
LONGEST_LOOK_AHEAD = 42
"""Days; calendars are read that far ahead."""

_DAY = 1440
_AMOUNT = re.compile(r"(\d{1,6}) ?(min|minutes?|h|hours?|d|days?)?")
_UNITS = {"m": 1, "h": 60, "d": _DAY}
_YES = frozenset({"yes", "on", "true", "1"})
_NO = frozenset({"no", "off", "false", "0"})
_MOST_ACTIVITIES = 50
_LONGEST_NAME = 100
_MOST_SESSIONS = 100
_NO_LIMIT = "none"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `field` is its name in `records.Settings`; empty for the organisation's own zone."""

    field: str
    what: str
    parse: Callable[[str, str], Any]
    shown: Callable[[Any], str]


def parse(name: str, text: str) -> tuple[Setting, Any]:
    """The setting called `name` and the value that `text` stands for. BadInput names what is wrong."""
    wanted = name.strip().lower().replace("_", "-")
    if wanted not in SETTINGS:
        near = get_close_matches(wanted, SETTINGS, n=1)
        hint = f"Did you mean {near[0]}?" if near else "pmtui settings show lists them."
        raise BadInput("no_setting", f"There is no setting {name.strip()[:40]!r}.", hint, where="name")
    return SETTINGS[wanted], SETTINGS[wanted].parse(wanted, text.strip())


def _minutes(low: int, high: int, name: str, text: str) -> int:
    minutes = _amount(name, text, 1)
    if not low <= minutes <= high:
        raise _bad(name, text, f"Write {_time(low)} to {_time(high)}.")
    return minutes


def _days(low: int, high: int, name: str, text: str) -> int:
    minutes = _amount(name, text, _DAY)
    if minutes % _DAY or not low * _DAY <= minutes <= high * _DAY:
        raise _bad(name, text, f"Write {low} to {high} days.")
    return minutes // _DAY


def _amount(name: str, text: str, unit: int) -> int:
    """Minutes of `30`, `30 min`, `24 h`, `2 days`; without a unit the number counts `unit` minutes each."""
    found = _AMOUNT.fullmatch(text.lower())
    if found is None:
        raise _bad(name, text, "Write a number, with min, h or days after it if you like.")
    return int(found[1]) * (_UNITS[found[2][0]] if found[2] else unit)


def _one_of(choices: tuple[int, ...], name: str, text: str) -> int:
    minutes = _amount(name, text, 1)
    if minutes not in choices:
        raise _bad(name, text, f"Choose {', '.join(map(str, choices[:-1]))} or {choices[-1]} minutes.")
    return minutes


def _limit(name: str, text: str) -> int:
    if text.lower() == _NO_LIMIT:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 3 or int(text) > _MOST_SESSIONS:
        raise _bad(name, text, f"Write a number up to {_MOST_SESSIONS}; 0 or {_NO_LIMIT} is no limit.")
    return int(text)


def _yes_or_no(name: str, text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise _bad(name, text, "Write yes or no.")
    return text.lower() in _YES


def _names(name: str, text: str) -> tuple[str, ...]:
    """Names with commas between; an empty text is none."""
    names = tuple(dict.fromkeys(" ".join(one.split()) for one in text.split(",") if one.strip()))
    if len(names) > _MOST_ACTIVITIES or any(len(one) > _LONGEST_NAME or not one.isprintable() for one in names):
        raise _bad(name, text, f"Write up to {_MOST_ACTIVITIES} names with commas between them.")
    return names


def _zone(name: str, text: str) -> str:
    try:
        return people_typed.timezone(text)
    except BadInput as error:
        raise BadInput(error.code, error.title, error.next_step, where=name) from None


def _time(minutes: int) -> str:
    for unit, size in (("days", _DAY), ("h", 60)):
        if minutes and minutes % size == 0 and minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"


def _bad(name: str, text: str, next_step: str) -> BadInput:
    return BadInput("bad_setting", f"{text[:40]!r} is no value for {name}.", next_step, where=name)


def _whole_days(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


def _sessions(limit: int) -> str:
    return str(limit) if limit else _NO_LIMIT


def _yes(value: bool) -> str:
    return "yes" if value else "no"


SETTINGS = {
    "timezone": Setting("", "the organisation's time zone: default hours, people without a zone", _zone, str),
    "session-length": Setting(
        "session_minutes", "how long a session is, if nobody says otherwise", partial(_one_of, LENGTHS), _time
    ),
    "step": Setting("step_minutes", "sessions start every so many minutes", partial(_one_of, STEPS), _time),
    "look-ahead": Setting(
        "look_ahead_days",
        "how far ahead times are looked for",
        partial(_days, 0, LONGEST_LOOK_AHEAD),
        _whole_days,
    ),
    "notice": Setting(
        "notice_minutes",
        "how soon a session made by hand may start",
        partial(_minutes, 0, LONGEST_LOOK_AHEAD * _DAY),
        _time,
    ),
    "run-notice": Setting(
        "run_notice_minutes",
        "how soon a session that Auto Coaching proposes may start",
        partial(_minutes, 0, LONGEST_LOOK_AHEAD * _DAY),
        _time,
    ),
    "buffer-before": Setting(
        "buffer_before_minutes", "free time wanted before a session", partial(_minutes, 0, 240), _time
    ),
    "buffer-after": Setting(
        "buffer_after_minutes", "free time wanted after a session", partial(_minutes, 0, 240), _time
    ),
    "coach-sessions-a-day": Setting(
        "coach_sessions_a_day", "the most sessions a coach may have in a day of theirs", _limit, _sessions
    ),
    "coach-sessions-a-week": Setting(
        "coach_sessions_a_week", "the most sessions a coach may have from Monday to Sunday", _limit, _sessions
    ),
    "agent-sessions-a-day": Setting(
        "agent_sessions_a_day", "the most sessions an agent may have in a day of theirs", _limit, _sessions
    ),
    "agent-sessions-a-week": Setting(
        "agent_sessions_a_week", "the most sessions an agent may have from Monday to Sunday", _limit, _sessions
    ),
    "hold": Setting(
        "hold_days", "how long a proposal holds its time", partial(_days, 1, LONGEST_LOOK_AHEAD), _whole_days
    ),
    "approve-at-once": Setting(
        "approve_at_once", "whether what Auto Coaching proposes is booked without approval", _yes_or_no, _yes
    ),
    "tentative-is-busy": Setting("tentative_is_busy", "whether tentative Outlook events block", _yes_or_no, _yes),
    "coachable-activities": Setting(
        "coachable_activities",
        "the WFM activities a session may overwrite; none: those the WFM lets be overwritten",
        _names,
        ", ".join,
    ),
}
"""Every setting by the name it is typed by."""
