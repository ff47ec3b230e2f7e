"""The sandbox as the clients meet it in tests: over real HTTP, on the test's clock, looked into by its memory."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.google import GoogleCalendar
from pmtui.backend.calendars.outlook import Outlook
from pmtui.backend.calendars.wfm import Wfm, WfmCalendar
from pmtui.sandbox import google_grants, levers
from pmtui.sandbox.calendars import Event as OutlookEvent
from pmtui.sandbox.faults import Fault
from pmtui.sandbox.google_event import GoogleEvent
from pmtui.sandbox.grants import CLIENT_ID, TENANT_ID, Grant
from pmtui.sandbox.people import Person
from pmtui.sandbox.server import Running, serve
from pmtui.sandbox.shifts import BUSINESS_UNIT_ID, COACHING, SCENARIO_ID
from pmtui.sandbox.world import Meeting, World
from tests.clock import ManualClock

DANA = "dana@acme.example"
SCOPES = ("User.Read", "Calendars.ReadWrite", "MailboxSettings.Read")


class StandIn:
    """A running sandbox. `clock` is its clock and the clients'; a test may put its own there."""

    def __init__(self, running: Running) -> None:
        self.world: World = running.world
        self.base_url = running.base_url
        self.graph_url = f"{running.base_url}/graph/v1.0"
        self.wfm_url = f"{running.base_url}/wfm/api"
        self.google_url = f"{running.base_url}/google/calendar/v3/"
        self.clock = ManualClock()
        self.world.now = lambda: self.clock.now()

    def fresh(self, clock: ManualClock) -> "StandIn":
        """As at its start, on this clock."""
        self.clock = clock
        self.world.reset()
        return self

    def token(self, email: str = DANA) -> str:
        """A live access token of that person."""
        grant = Grant(email, CLIENT_ID, SCOPES, TENANT_ID, None, self.clock.now())
        return self.world.sign_ins.new_access(grant, self.clock.now())

    def outlook(self, calls: Calls, email: str = DANA, *, tentative_is_busy: bool = True) -> Outlook:
        """That person's mailbox, with tokens that are made as they are needed."""

        async def token(newer: bool) -> str:
            return self.token(email)

        return Outlook(calls, self.graph_url, token, account=email, timezone="UTC", tentative_is_busy=tentative_is_busy)

    def google_token(self, email: str = DANA) -> str:
        """A live access token of that person at Google."""
        until = self.clock.now() + timedelta(hours=1)
        scopes = ("openid", google_grants.EMAIL, google_grants.WRITE_SCOPES[-1])
        grant = google_grants.Grant(email, google_grants.DESKTOP_CLIENT_ID, scopes, None, until)
        return self.world.google.sign_ins.new_access(grant, self.clock.now())

    def google(self, calls: Calls, email: str = DANA) -> GoogleCalendar:
        """That person's primary Google calendar, with tokens that are made as they are needed."""

        async def token(newer: bool) -> str:
            return self.google_token(email)

        return GoogleCalendar(calls, self.google_url, token, account=email)

    def google_events(self, email: str = DANA) -> list[GoogleEvent]:
        """What we wrote into a Google calendar and is there."""
        events = self.world.google.of(email).values()
        return [event for event in events if event.by_app and event.status != "cancelled"]

    def wfm(
        self,
        calls: Calls,
        *,
        activity: str | None = COACHING.id,
        token: str | None = None,
        coachable: tuple[str, ...] = (),
    ) -> Wfm:
        """The WFM with its service user's token."""
        return Wfm(
            calls,
            self.wfm_url,
            token or self.world.wfm.token,
            business_unit_id=BUSINESS_UNIT_ID,
            scenario_id=SCENARIO_ID,
            coaching_activity_id=activity,
            coachable=coachable,
        )

    def schedule(self, calls: Calls, email: str = DANA) -> WfmCalendar:
        """One person's schedule."""
        return WfmCalendar(self.wfm(calls), self.person(email).person_id)

    def person(self, email: str) -> Person:
        """The sandbox's person."""
        return self.world.people[email]

    def agent(self, number: int = 0) -> Person:
        """One of the agents."""
        return [person for person in self.world.people.values() if person.role == "agent"][number]

    def pull(self, lever: str, value: Any) -> Any:
        """Do by hand what people and administrators do outside of pmtui."""
        return levers.pull(self.world, lever, value)

    def fault(self, **values: Any) -> None:
        """Let a coming request go wrong."""
        self.world.faults.append(Fault(**values))

    def shift(self, email: str, on: date, *layers: tuple[str, datetime, datetime]) -> None:
        """Plan a day."""
        planned = [{"activity": name, "start": _z(starts), "end": _z(ends)} for name, starts, ends in layers]
        self.pull("set_shift", {"person": email, "on": on.isoformat(), "layers": planned})

    def events(self, email: str = DANA) -> list[OutlookEvent]:
        """What we wrote into a mailbox and is there."""
        return [event for event in self.world.outlook.of(email).values() if event.by_app]

    def meetings(self) -> list[Meeting]:
        """What we wrote into the WFM and is there."""
        return list(self.world.wfm.meetings.values())

    def requests(self) -> Counter[str]:
        """How often each route was asked."""
        return Counter(entry.route.replace("/graph/v1.0", "").replace("/wfm/api", "") for entry in self.world.requests)


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """Start a sandbox for as long as the block lasts."""
    with serve(World()) as running:
        yield StandIn(running)


def calls_of(clock: ManualClock) -> Calls:
    """Calls that may go to this machine without encryption."""
    return Calls(clock, insecure=True)


def _z(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
