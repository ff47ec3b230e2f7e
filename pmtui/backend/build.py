"""Everything made once and passed down: nothing in the backend is global."""

from dataclasses import dataclass

from pmtui.backend.availability.service import AvailabilityService, weeks_of
from pmtui.backend.clock import Clock, SystemClock
from pmtui.backend.coaching.metrics import Metrics
from pmtui.backend.coaching.requests import Requests
from pmtui.backend.coaching.rules import Rules
from pmtui.backend.coaching.runs import Runs
from pmtui.backend.coaching.schedules import Schedules
from pmtui.backend.coaching.service import Coaching
from pmtui.backend.coaching.sessions import flag_leaving
from pmtui.backend.coaching.staffing import StaffingFigures
from pmtui.backend.config import Config
from pmtui.backend.integrations.approval import OutlookApprovals
from pmtui.backend.integrations.service import Integrations
from pmtui.backend.people.importing import PeopleImport
from pmtui.backend.people.preferences import PreferencesService
from pmtui.backend.people.service import People
from pmtui.backend.settings.service import SettingsService
from pmtui.backend.signin.hosted import HostedAnswers
from pmtui.backend.signin.service import SignIn
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.support.service import Connections
from pmtui.backend.support.trail import Audit
from pmtui.backend.sync.service import Sync
from pmtui.backend.sync.wanted import want_upcoming


@dataclass(frozen=True, slots=True)
class Services:
    """The backend as surfaces see it."""

    config: Config
    clock: Clock
    database: Database
    people: People
    people_import: PeopleImport
    preferences: PreferencesService
    availability: AvailabilityService
    signin: SignIn
    hosted: HostedAnswers
    integrations: Integrations
    approvals: OutlookApprovals
    sync: Sync
    coaching: Coaching
    settings: SettingsService
    connections: Connections
    audit: Audit
    rules: Rules
    runs: Runs
    metrics: Metrics
    schedules: Schedules
    staffing: StaffingFigures
    requests: Requests


def build(config: Config, clock: Clock | None = None) -> Services:
    """Open the database and make the services. Raises Unavailable unless the schema is this program's."""
    clock = clock or SystemClock()
    database = Database(config.url, clock)
    schema.require_current(database.engine)
    signin = SignIn(database, config)
    integrations = Integrations(database, config, signin, want_upcoming)
    sync = Sync(database, weeks_of)
    coaching = Coaching(database, sync)

    def leaving(tx: Transaction, person_id: int) -> None:
        integrations.leaving(tx, person_id)
        flag_leaving(tx, person_id)

    return Services(
        config=config,
        clock=clock,
        database=database,
        people=People(database, leaving),
        people_import=PeopleImport(database, leaving),
        preferences=PreferencesService(database),
        availability=AvailabilityService(database, sync.busy),
        signin=signin,
        hosted=HostedAnswers(database, signin),
        integrations=integrations,
        approvals=OutlookApprovals(database, config),
        sync=sync,
        coaching=coaching,
        settings=SettingsService(database, sync.settings_changed),
        connections=Connections(database, config),
        audit=Audit(database, config),
        rules=Rules(database),
        runs=Runs(database, sync),
        metrics=Metrics(database),
        schedules=Schedules(database, coaching.calendars_changed),
        staffing=StaffingFigures(database),
        requests=Requests(database),
    )
