"""A coach and an agent as the engine takes them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pmtui.backend.coaching.staffing import figures
from pmtui.backend.coaching.who import identity
from pmtui.backend.people import access
from pmtui.backend.settings.records import Settings
from pmtui.backend.settings.service import settings_of
from pmtui.backend.slots.people import home_zone
from pmtui.backend.slots.values import Limits, Party, PartyName, Search, Staffing, from_minute, to_minute
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.facts import Facts
from pmtui.backend.sync.service import Sync


@dataclass(frozen=True, slots=True)
class Side:
    """One party: who it is, and what is known of their calendar, hours and sessions."""

    person: Person
    facts: Facts

    @property
    def unknown(self) -> bool:
        """Whether the calendar can't be read, or was read too long ago."""
        return self.facts.party.unknown


@dataclass(frozen=True, slots=True)
class Pair:
    """Both parties, the zone whose default hours count where neither has a calendar, and what the organisation set."""

    coach: Side
    agent: Side
    tenant_zone: str
    settings: Settings
    staffing: tuple[Staffing, ...] | None = None
    """How the agent's team is staffed; None where nobody said."""

    @property
    def sides(self) -> tuple[Side, Side]:
        """Coach, then agent."""
        return self.coach, self.agent

    def side(self, name: PartyName) -> Side:
        """The one of that name."""
        return self.coach if name is PartyName.COACH else self.agent

    @property
    def clock(self) -> str:
        """The zone of the coach's local clock, on which the grid stands and times are shown."""
        return home_zone(self.coach.facts.party)

    @property
    def parties(self) -> tuple[Party, Party]:
        """Coach and agent as the engine takes them."""
        return self.coach.facts.party, self.agent.facts.as_agent

    def search(
        self, now: datetime, window: tuple[int, int], minutes: int, ignore: tuple[int, int] | None = None
    ) -> Search:
        """What is looked for in `window` (minutes), as the organisation has set it: for offering and for booking.

        `ignore` is the session itself that is being approved or moved.
        """
        settings = self.settings
        return Search(
            window=window,
            now=to_minute(now),
            now_passed=from_minute(to_minute(now)) < now,
            tenant_timezone=self.tenant_zone,
            minutes=minutes,
            step=settings.step_minutes,
            buffer_before=settings.buffer_before_minutes,
            buffer_after=settings.buffer_after_minutes,
            notice=settings.notice_minutes,
            coach_limits=Limits(settings.coach_sessions_a_day, settings.coach_sessions_a_week),
            agent_limits=Limits(settings.agent_sessions_a_day, settings.agent_sessions_a_week),
            ignore=ignore,
            staffing=self.staffing,
        )


def gather(
    tx: Transaction, sync: Sync, coach: Person, agent: Person, window: tuple[int, int], max_age: timedelta | None
) -> Pair:
    """Both sides over `window` (minutes); a calendar whose last good read is older than `max_age` is unknown.

    With None a read of any age will do.
    """
    known = sync.parties(tx, (identity(coach), identity(agent)), window, max_age)
    zone = access.tenant(tx).timezone
    sides = Side(coach, known[identity(coach)]), Side(agent, known[identity(agent)])
    return Pair(*sides, zone, settings_of(tx), figures(tx, (identity(agent),), window).get(identity(agent)))
