"""Everything the sandbox remembers, in memory: who exists, their calendars, meetings, sign-ins, faults, requests.

One `World` is one start of the sandbox. The routes change it from the server's one event loop; a test may change
it between requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from pmtui.sandbox.calendars import Event, calendar_of
from pmtui.sandbox.faults import Fault
from pmtui.sandbox.google_event import GoogleEvent
from pmtui.sandbox.google_grants import WEB_CLIENT_ID
from pmtui.sandbox.google_sample import google_calendar_of, google_event_id
from pmtui.sandbox.google_world import Google
from pmtui.sandbox.grants import SignIns
from pmtui.sandbox.limits import Limit
from pmtui.sandbox.people import TEAMS, Person, everyone, made_up_id
from pmtui.sandbox.request_log import LoggedRequest
from pmtui.sandbox.shifts import ABSENCES, ACTIVITIES, Activity, Layer, cover, layer_of, shift_of
from pmtui.sandbox.times import system_now, zone

WFM_TOKEN = "sandbox-wfm-token"


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting written into the WFM. `participants` are person ids; instants are aware UTC."""

    external_id: str
    starts: datetime
    ends: datetime
    participants: tuple[str, ...]
    activity_id: str
    title: str


@dataclass
class Outlook:
    """The mailboxes: events by owner's email, and every transaction id ever used there with the event it made."""

    events: dict[str, dict[str, Event]] = field(default_factory=dict)
    transactions: dict[tuple[str, str], str] = field(default_factory=dict)
    # The documents do not settle which status a repeated transactionId gets, nor whether it names the event.
    duplicate_status: int = 409
    duplicate_names_event: bool = False
    page_size: int | None = None  # pages may always hold fewer events than asked for; this makes it happen
    zone_names: dict[str, str] = field(default_factory=dict)  # what mailboxSettings call a zone, where set by hand
    # learn.microsoft.com/graph/throttling-limits "Outlook service limits": for each app and mailbox, four requests at
    # a time and 10,000 in ten minutes.
    at_once: int = 4
    quota: Limit = field(default_factory=lambda: Limit(timedelta(minutes=10)))

    def of(self, email: str) -> dict[str, Event]:
        """That mailbox, by event id. Change it through `keep` and `drop`."""
        return self.events.setdefault(email, {})

    def keep(self, email: str, event: Event) -> None:
        """Store a new event or a new version of one."""
        self.of(email)[event.id] = event
        if event.transaction_id is not None:
            self.transactions[email, event.transaction_id] = event.id

    def drop(self, email: str, event_id: str) -> None:
        """Remove an event; its transaction id stays used."""
        del self.of(email)[event_id]


@dataclass
class Wfm:
    """The WFM: its token, the meetings by external id, days changed by hand, and when which day last changed."""

    token: str = WFM_TOKEN
    meetings: dict[str, Meeting] = field(default_factory=dict)
    participants: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of every meeting there ever was
    changed_shifts: dict[tuple[str, date], tuple[Layer, ...]] = field(default_factory=dict)
    changes: list[tuple[datetime, str, date]] = field(default_factory=list)
    addresses: dict[str, str | None] = field(default_factory=dict)  # of whom the WFM knows another one, or none
    gone: set[str] = field(default_factory=set)  # person ids of those who left
    own_activities: dict[str, Activity] = field(default_factory=dict)  # made by hand, by id
    removed_activities: set[str] = field(default_factory=set)  # ids
    minute: Limit = field(default_factory=lambda: Limit(timedelta(minutes=1)))  # the WFM's own: 500
    hour: Limit = field(default_factory=lambda: Limit(timedelta(hours=1)))  # 10,000


class World:
    """The sandbox's whole state. `now` is its clock; `people` its organisation.

    `callback_urls` are the addresses of hosted callbacks (`https://coaching.acme.example`) to register with both
    providers from the start, see `register_callback`.
    """

    def __init__(
        self,
        now: Callable[[], datetime] = system_now,
        people: tuple[Person, ...] | None = None,
        callback_urls: tuple[str, ...] = (),
    ) -> None:
        self.now = now
        self._people_at_start = everyone() if people is None else people
        self._callback_urls_at_start = callback_urls
        self.reset()

    def reset(self) -> None:
        """Back to the state of a fresh start, request log and faults included."""
        self.people: dict[str, Person] = {person.email: person for person in self._people_at_start}
        self.outlook = Outlook()
        self.google = Google()
        self.wfm = Wfm()
        self.sign_ins = SignIns()
        self.faults: list[Fault] = []
        self.requests: list[LoggedRequest] = []
        self.most_at_once: Counter[str] = Counter()  # requests under way at the same moment, by provider's prefix
        self._made = 0
        for person in self.people.values():
            self._give_calendar(person)
        for url in self._callback_urls_at_start:
            self.register_callback(url)

    def register_callback(self, url: str) -> list[str]:
        """Register the addresses of a hosted callback with both providers; those it answers at. `ValueError` if not
        https: plain http is for this machine only, at both."""
        base, given = url.rstrip("/"), urlsplit(url)
        local = given.scheme == "http" and given.hostname in ("localhost", "127.0.0.1")
        if not given.hostname or not (given.scheme == "https" or local):
            raise ValueError(f"{url} is not an https address")
        outlook, google = f"{base}/callback/outlook", f"{base}/callback/google"
        self.sign_ins.apps = {
            client_id: replace(app, redirects=(*dict.fromkeys((*app.redirects, outlook)),))
            for client_id, app in self.sign_ins.apps.items()
        }
        web = self.google.sign_ins.clients[WEB_CLIENT_ID]
        self.google.sign_ins.clients[WEB_CLIENT_ID] = replace(
            web, redirects=(*dict.fromkeys((*web.redirects, google)),)
        )
        return [outlook, google]

    def add_person(self, person: Person) -> None:
        """One more person, with the calendars such a person gets."""
        self.people[person.email] = person
        self._give_calendar(person)

    def next_number(self) -> int:
        """A number not given before: for ids of what is made while running."""
        self._made += 1
        return self._made

    def person_by_id(self, person_id: str) -> Person | None:
        """Who the WFM calls by this id (ids are compared without regard to case), if anyone."""
        wanted = person_id.lower()
        return next((one for one in self.in_wfm() if one.person_id == wanted), None)

    def in_wfm(self) -> list[Person]:
        """Who is planned in the WFM."""
        return [one for one in self.people.values() if one.in_wfm and one.person_id not in self.wfm.gone]

    # --- Outlook ---------------------------------------------------------------------------------------------

    def add_event(self, email: str, event: Event) -> None:
        """An event the owner made by hand in Outlook."""
        self.outlook.keep(email, event)

    def change_event(self, email: str, event_id: str, starts: datetime, ends: datetime) -> Event:
        """The owner moved an event by hand. `KeyError` if there is none of that id."""
        old = self.outlook.of(email)[event_id]
        new = replace(old, starts=starts, ends=ends, modified_at=self.now(), change=old.change + 1)
        self.outlook.keep(email, new)
        return new

    def new_event_id(self) -> str:
        """An id for an event made now."""
        return made_up_id("made event", str(self.next_number()), self.now().isoformat())

    # --- Google ----------------------------------------------------------------------------------------------

    def new_google_id(self) -> str:
        """An id for a Google event made now."""
        return google_event_id("made event", str(self.next_number()), self.now().isoformat())

    # --- WFM -------------------------------------------------------------------------------------------------

    def activities(self) -> dict[str, Activity]:
        """The WFM's activities by id."""
        removed = self.wfm.removed_activities
        return {one_id: one for one_id, one in self._every_activity().items() if one_id not in removed}

    def _every_activity(self) -> dict[str, Activity]:
        """Removed ones included: schedules still name them."""
        return {activity.id: activity for activity in ACTIVITIES} | self.wfm.own_activities

    def activity_name(self, activity_id: str) -> str:
        """What an activity is called, or was."""
        return self._every_activity()[activity_id].name

    def schedule(self, person: Person, on: date) -> tuple[Layer, ...]:
        """The projection of one schedule day: the shift that starts on that date, meetings and absences laid over."""
        base = self.wfm.changed_shifts.get((person.person_id, on))
        layers = shift_of(person, on) if base is None else base
        for meeting in self.wfm.meetings.values():
            if person.person_id in meeting.participants and self._day_of(person, meeting) == on:
                layers = _with_meeting(layers, meeting, self._every_activity()[meeting.activity_id])
        return layers

    def change_shift(self, person: Person, on: date, layers: tuple[Layer, ...]) -> None:
        """A planner changed that day's shift by hand; empty means a day off."""
        self.wfm.changed_shifts[person.person_id, on] = layers
        self.note_change(person, on)

    def note_change(self, person: Person, on: date) -> None:
        """Remember for ScheduleChanges that this day changed now."""
        self.wfm.changes.append((self.now(), person.person_id, on))

    def keep_meeting(self, meeting: Meeting) -> None:
        """Write a meeting, replacing the one of the same external id."""
        self.drop_meeting(meeting.external_id)
        self.wfm.meetings[meeting.external_id] = meeting
        self.wfm.participants[meeting.external_id] = meeting.participants
        self._note_meeting(meeting)

    def drop_meeting(self, external_id: str) -> None:
        """Remove a meeting if there is one."""
        meeting = self.wfm.meetings.pop(external_id, None)
        if meeting is not None:
            self._note_meeting(meeting)

    def teams(self) -> dict[str, str]:
        """Team names by the WFM's team id."""
        return {made_up_id("team", name): name for name in TEAMS}

    def _note_meeting(self, meeting: Meeting) -> None:
        for person_id in meeting.participants:
            person = self.person_by_id(person_id)
            if person is not None:
                self.note_change(person, self._day_of(person, meeting))

    def _day_of(self, person: Person, meeting: Meeting) -> date:
        """The schedule day a meeting belongs to: the day whose shift it lies in, else its own local date."""
        own = meeting.starts.astimezone(zone(person.timezone)).date()
        for on in (own - timedelta(days=1), own):
            base = self.wfm.changed_shifts.get((person.person_id, on))
            shift = shift_of(person, on) if base is None else base
            if shift and shift[0].starts <= meeting.starts < shift[-1].ends:
                return on
        return own

    def _give_calendar(self, person: Person) -> None:
        if person.has_outlook:
            self.outlook.events[person.email] = {event.id: event for event in _outlook(person, self.now())}
        if person.has_google:
            self.google.events[person.email] = {event.id: event for event in _google(person, self.now())}


# Kept, because a reset at a standing clock would make the same again: only those with an account have any.
@lru_cache(maxsize=64)
def _outlook(person: Person, now: datetime) -> tuple[Event, ...]:
    return tuple(calendar_of(person, now))


@lru_cache(maxsize=64)
def _google(person: Person, now: datetime) -> tuple[GoogleEvent, ...]:
    return tuple(google_calendar_of(person, now))


def _with_meeting(layers: tuple[Layer, ...], meeting: Meeting, activity: Activity) -> tuple[Layer, ...]:
    """A meeting covers work; an absence covers the meeting."""
    absences = [layer for layer in layers if layer.absence_id in set(ABSENCES.values())]
    layers = cover(layers, layer_of(activity, meeting.starts, meeting.ends, meeting.external_id))
    for absence in absences:
        layers = cover(layers, absence)
    return layers
