"""The backend as support meets it, in memory."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from pmtui.backend.actor import Actor
from pmtui.backend.coaching.records import CoachableRecord
from pmtui.backend.errors import Conflict, Whose
from pmtui.backend.slots.case import Case, read_case
from pmtui.backend.states import Outcome, Permission, Provider, Verb
from pmtui.backend.support import words
from pmtui.backend.support.choosing import chosen
from pmtui.backend.support.records import (
    AlarmRecord,
    AuditRecord,
    ConnectionsPage,
    Filter,
    ImportedRecord,
    PersonDetail,
    PersonRecord,
    ReadingRecord,
    Standing,
    Trouble,
)
from pmtui.background import Opened
from tests.clock import START
from tests.screens.stand_in import ZONE, StandIn, me

SUPPORT = me(Permission.SUPPORT, name="Sue Wong")
RECONNECT = words.reading(Provider.OUTLOOK, "invalid_grant:50173", START - timedelta(hours=3))


def person(name: str, state: Standing = Standing.CONNECTED, **changes: Any) -> PersonRecord:
    """A coach whose Outlook was read two minutes ago, unless a test says otherwise."""
    connected = state in (Standing.CONNECTED, Standing.UNREADABLE, Standing.NEEDS_RECONNECTING)
    return replace(
        PersonRecord(
            name=name,
            email=f"{name.split()[0].lower()}@acme.example",
            coach=True,
            teams=("North",),
            state=state,
            trouble=RECONNECT if state is Standing.NEEDS_RECONNECTING else None,
            provider=Provider.OUTLOOK if connected else None,
            account=f"{name.split()[0].lower()}@acme.example" if connected else None,
            connected_at=START - timedelta(days=9) if connected else None,
            last_read_at=START - timedelta(minutes=2) if connected else None,
            next_read_at=START + timedelta(minutes=3) if connected else None,
            being_read=False,
            timezone=ZONE,
            weekly_minutes=28 * 60 if connected else None,
            upcoming=3 if connected else 0,
            undelivered=0,
            undelivered_reasons=(),
            left_behind=0,
        ),
        **changes,
    )


def entry(at: datetime, verb: Verb, said: str, about: str = "Dana Reyes", **changes: Any) -> AuditRecord:
    """What Dana did herself, unless a test says otherwise."""
    email = f"{about.split()[0].lower()}@acme.example"
    return replace(AuditRecord(at, about, email, "app", verb, Outcome.OK, about, email, said, {}), **changes)


HISTORY = (
    entry(START - timedelta(hours=3), Verb.CALENDAR_READ, "the Outlook calendar can't be read: the sign-in has ended"),
    entry(START - timedelta(days=9), Verb.CONNECTED, "the Outlook calendar was connected"),
)
SCHEDULE = ImportedRecord(START - timedelta(hours=2), START + timedelta(days=5), date(2027, 3, 5))
OTTO = person("Otto Berg", Standing.SCHEDULE_IMPORTED, schedule=SCHEDULE, upcoming=1)
PEOPLE = (
    person("Dana Reyes", Standing.NEEDS_RECONNECTING, last_read_at=START - timedelta(hours=3)),
    person("Elena Vasquez", upcoming=12, undelivered=2, undelivered_reasons=("the calendar is full",)),
    person("Marcus Webb", Standing.WAITING_FOR_COACH, teams=("South",)),
    person("Kim Aalto", provider=Provider.WFM, coach=False, weekly_minutes=None, account="K-17", teams=("South",)),
    person("Noor Haddad", left_behind=1, next_read_at=START - timedelta(minutes=1)),
)
ALARM = AlarmRecord(
    Provider.WFM,
    "wfm_token_refused",
    "The organisation's WFM can't be used: the token was refused.",
    "An administrator has to give a new one.",
    0,
    START - timedelta(hours=1),
)


@dataclass
class Desk(StandIn):
    """An organisation of a few people, as support sees it. `reading` is how a test reading ends."""

    people: tuple[PersonRecord, ...] = PEOPLE
    alarms: tuple[AlarmRecord, ...] = ()
    history: tuple[AuditRecord, ...] = HISTORY
    finished: bool = True
    trouble: Trouble | None = None
    case_text: str = ""

    def connections_page(self, actor: Actor, wanted: Filter | None = None) -> ConnectionsPage:
        self._asked("connections_page")
        states = [one.state for one in self.people]
        counts = tuple((state, states.count(state)) for state in Standing if state in states)
        people = chosen(self.people, wanted or Filter())
        return ConnectionsPage(self.clock.now(), ZONE, people, counts, self.alarms, None, ())

    def detail(self, actor: Actor, email: str) -> PersonDetail:
        self._asked("person")
        found = next(one for one in self.people if one.email == email)
        return PersonDetail(self.clock.now(), ZONE, found, None, (), self.history)

    def test(self, actor: Actor, email: str) -> ReadingRecord:
        self._asked("test")
        found = next(one for one in self.people if one.email == email)
        if found.provider is None:
            raise Conflict("not_connected", f"{found.name} has no calendar connected.", "There is nothing to read.")
        now = self.clock.now()
        return ReadingRecord(email, found.name, found.provider, now, False, False, None, None)

    def test_result(self, actor: Actor, email: str, asked_at: datetime) -> ReadingRecord:
        self._asked("test_result")
        found = next(one for one in self.people if one.email == email)
        assert found.provider is not None
        ok = self.finished and self.trouble is None
        return ReadingRecord(email, found.name, found.provider, asked_at, self.finished, ok, asked_at, self.trouble)

    def entries(
        self,
        actor: Actor,
        *,
        since: datetime | None = None,
        verbs: Collection[Verb] = (),
        limit: int = 100,
    ) -> tuple[AuditRecord, ...]:
        self._asked("entries")
        found = (one for one in self.history if (since is None or one.at >= since) and (not verbs or one.verb in verbs))
        return tuple(found)[:limit]

    def coachable_to_see(self, actor: Actor) -> tuple[tuple[CoachableRecord, ...], tuple[CoachableRecord, ...]]:
        self._asked("coachable_to_see")
        return self.coaches, self.agents

    def case(self, actor: Actor, coach: str, agent: str) -> Case:
        self._asked(f"case {coach} {agent}")
        return read_case(self.case_text)

    def open(self) -> Opened:
        """The backend, open."""
        opened = super().open()
        services: Any = opened.services
        services.connections = SimpleNamespace(
            page=self.connections_page, person=self.detail, test=self.test, test_result=self.test_result
        )
        services.audit = SimpleNamespace(clock=lambda actor: ZONE, entries=self.entries)
        services.coaching.coachable_to_see = self.coachable_to_see
        services.coaching.case = self.case
        return opened


def support(**changes: Any) -> Desk:
    """Somebody at the support desk."""
    return Desk(SUPPORT, **changes)


TROUBLE = Trouble("503", "The Outlook calendar can't be read: it does not answer.", "Try later.", Whose.PROVIDER, None)
