"""Everything made once and passed down: nothing in the backend is global.

Each capability is imported when it is first asked for, so that the first screen waits for its own alone; imports
inside functions stand here for that reason.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from pmtui.backend.clock import Clock, SystemClock
from pmtui.backend.config import Config
from pmtui.backend.integrations.service import Integrations
from pmtui.backend.people.service import People
from pmtui.backend.signin.service import SignIn
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database

if TYPE_CHECKING:
    from pmtui.backend.availability.service import AvailabilityService
    from pmtui.backend.coaching.metrics import Metrics
    from pmtui.backend.coaching.requests import Requests
    from pmtui.backend.coaching.rules import Rules
    from pmtui.backend.coaching.runs import Runs
    from pmtui.backend.coaching.schedules import Schedules
    from pmtui.backend.coaching.service import Coaching
    from pmtui.backend.coaching.staffing import StaffingFigures
    from pmtui.backend.integrations.approval import OutlookApprovals
    from pmtui.backend.people.importing import PeopleImport
    from pmtui.backend.people.preferences import PreferencesService
    from pmtui.backend.people.ssh_keys import SshKeys
    from pmtui.backend.settings.service import SettingsService
    from pmtui.backend.signin.hosted import HostedAnswers
    from pmtui.backend.storage.tables.integrations import Connection
    from pmtui.backend.storage.transaction import Transaction
    from pmtui.backend.support.service import Connections
    from pmtui.backend.support.trail import Audit
    from pmtui.backend.sync.service import Sync


class Services:
    """The backend as surfaces see it: attributes, each made once, when it is first asked for.

    They keep nothing but what they are given here, so that two threads that ask at once do no harm.
    """

    def __init__(self, config: Config, clock: Clock, database: Database) -> None:
        self.config = config
        self.clock = clock
        self.database = database
        self.people = People(database, self._leaving)
        self.signin = SignIn(database, config)
        self.integrations = Integrations(database, config, self.signin, _connected)

    @cached_property
    def people_import(self) -> "PeopleImport":
        """People from a file."""
        from pmtui.backend.people.importing import PeopleImport

        return PeopleImport(self.database, self._leaving)

    @cached_property
    def preferences(self) -> "PreferencesService":
        """What people set for themselves."""
        from pmtui.backend.people.preferences import PreferencesService

        return PreferencesService(self.database)

    @cached_property
    def ssh_keys(self) -> "SshKeys":
        """Everybody's SSH public keys."""
        from pmtui.backend.people.ssh_keys import SshKeys

        return SshKeys(self.database)

    @cached_property
    def availability(self) -> "AvailabilityService":
        """Everybody's week."""
        from pmtui.backend.availability.service import AvailabilityService

        return AvailabilityService(self.database, self.sync.busy)

    @cached_property
    def hosted(self) -> "HostedAnswers":
        """Answers of sign-ins that come through the hosted page."""
        from pmtui.backend.signin.hosted import HostedAnswers

        return HostedAnswers(self.database, self.signin)

    @cached_property
    def approvals(self) -> "OutlookApprovals":
        """The Outlook approval."""
        from pmtui.backend.integrations.approval import OutlookApprovals

        return OutlookApprovals(self.database, self.config)

    @cached_property
    def sync(self) -> "Sync":
        """What makes calendars equal what is wanted."""
        from pmtui.backend.availability.service import weeks_of
        from pmtui.backend.sync.service import Sync

        return Sync(self.database, weeks_of)

    @cached_property
    def coaching(self) -> "Coaching":
        """Coaching sessions."""
        from pmtui.backend.coaching.service import Coaching

        return Coaching(self.database, self.sync)

    @cached_property
    def settings(self) -> "SettingsService":
        """What an organisation has set."""
        from pmtui.backend.settings.service import SettingsService

        return SettingsService(self.database, self.sync.settings_changed)

    @cached_property
    def connections(self) -> "Connections":
        """What support sees of everybody's connection."""
        from pmtui.backend.support.service import Connections

        return Connections(self.database, self.config)

    @cached_property
    def audit(self) -> "Audit":
        """Who did what."""
        from pmtui.backend.support.trail import Audit

        return Audit(self.database, self.config)

    @cached_property
    def rules(self) -> "Rules":
        """Who is to be coached."""
        from pmtui.backend.coaching.rules import Rules

        return Rules(self.database)

    @cached_property
    def runs(self) -> "Runs":
        """Runs of Auto Coaching."""
        from pmtui.backend.coaching.runs import Runs

        return Runs(self.database, self.sync)

    @cached_property
    def metrics(self) -> "Metrics":
        """What agents achieved."""
        from pmtui.backend.coaching.metrics import Metrics

        return Metrics(self.database)

    @cached_property
    def schedules(self) -> "Schedules":
        """When agents work."""
        from pmtui.backend.coaching.schedules import Schedules

        return Schedules(self.database, self.coaching.calendars_changed)

    @cached_property
    def staffing(self) -> "StaffingFigures":
        """How many agents are needed."""
        from pmtui.backend.coaching.staffing import StaffingFigures

        return StaffingFigures(self.database)

    @cached_property
    def requests(self) -> "Requests":
        """What agents ask for."""
        from pmtui.backend.coaching.requests import Requests

        return Requests(self.database)

    def _leaving(self, tx: "Transaction", person_id: int) -> None:
        from pmtui.backend.coaching.sessions import flag_leaving

        self.integrations.leaving(tx, person_id)
        flag_leaving(tx, person_id)


def _connected(tx: "Transaction", connection: "Connection") -> None:
    from pmtui.backend.sync.wanted import want_upcoming

    want_upcoming(tx, connection)


def build(config: Config, clock: Clock | None = None) -> Services:
    """Open the database and make the services. Raises Unavailable unless the schema is this program's."""
    clock = clock or SystemClock()
    database = Database(config.url, clock)
    schema.require_current(database.engine)
    return Services(config, clock, database)
