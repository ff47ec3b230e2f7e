"""An organisation with somebody in every state, and the services support uses."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from pmtui.backend.config import Config
from pmtui.backend.slots.values import to_minute
from pmtui.backend.states import AttemptState, ConnectionState, External, Permission, Provider
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.tables.sync import ImportedSchedule
from pmtui.backend.support.records import Filter, PersonRecord
from pmtui.backend.support.service import Connections
from pmtui.backend.support.trail import Audit
from pmtui.backend.sync.facts import write_spans
from tests.clock import ManualClock
from tests.world import World


@dataclass(frozen=True, slots=True)
class Desk:
    """Sue is support, Ada administers. `dana` is connected to Outlook, `kim` (agent) to the WFM."""

    world: World
    connections: Connections
    audit: Audit
    clock: ManualClock

    def people(self, who: str = "sue", **wanted: object) -> dict[str, PersonRecord]:
        """Whom `who` sees, by first name."""
        page = self.connections.page(self.world.actor(who), Filter(**wanted))  # type: ignore[arg-type]  # by the tests
        return {person.name.lower(): person for person in page.people}

    def person(self, who: str) -> PersonRecord:
        """One person as Sue sees them."""
        return self.people()[who]

    def broken(self, connection_id: int, code: str, state: ConnectionState = ConnectionState.DEGRADED) -> None:
        """As the worker leaves a connection that can't be read."""
        with self.world.database.write(self.world.operator) as tx:
            row = tx.db.get_one(Connection, connection_id)
            row.state, row.error_code, row.failing_since_at = state, code, tx.now

    def tried(self, who: str, state: AttemptState, code: str | None, provider: Provider = Provider.OUTLOOK) -> None:
        """A sign-in of a coach that ended so."""
        attempt_id = self.world.attempt(who, provider, state)
        with self.world.database.write(self.world.operator) as tx:
            tx.db.get_one(Attempt, attempt_id).error_code = code

    def schedule(self, who: str, until: datetime) -> None:
        """A file brought a schedule of somebody, known until then."""
        with self.world.database.write(self.world.operator) as tx:
            person = tx.db.exec(select(Person).where(Person.email == self.world.email(who))).one()
            assert person.id is not None
            tx.db.add(
                ImportedSchedule(
                    person_id=person.id,
                    tenant_id=tx.tenant_id,
                    imported_at=tx.now,
                    window_start=to_minute(tx.now),
                    window_end=to_minute(until),
                    spans=write_spans(()),
                )
            )

    def later(self, **wait: float) -> None:
        """Move on, everybody who can be read having been read."""
        self.clock.advance(**wait)
        with self.world.database.write(self.world.operator) as tx:
            for row in tx.db.exec(select(Connection)).all():
                if row.state is ConnectionState.READY:
                    row.last_read_at = tx.now - timedelta(minutes=1)


@pytest.fixture
def desk(database: Database, clock: ManualClock) -> Desk:
    """The organisation: WFM and Outlook are allowed."""
    world = World(database, clock)
    world.allow(wfm=True, external=External.OUTLOOK)
    world.administrator("ada")
    world.person("sue", (Permission.VIEW, Permission.SUPPORT), team=None)
    world.coach("dana")
    world.coach("carl")
    world.agent("kim")
    world.connect("dana", Provider.OUTLOOK)
    world.connect("kim", Provider.WFM, automatic=True)
    config = Config()
    return Desk(world, Connections(database, config), Audit(database, config), clock)
