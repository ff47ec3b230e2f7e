"""A small stand-in of the backend's services, in memory: what screens call, and nothing else."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from pmtui.app import PmtuiApp
from pmtui.backend.actor import Actor, ActorKind, Surface
from pmtui.backend.coaching.records import CoachableRecord, SearchRecord, SessionRecord
from pmtui.backend.errors import BadInput, Conflict, NotOffered
from pmtui.backend.integrations.records import (
    Access,
    ApprovalPanel,
    ApprovalRecord,
    BannerRecord,
    ConnectionRecord,
    Consequences,
    EndedRecord,
    IntegrationsPage,
)
from pmtui.backend.integrations.words import PROPOSED_JUSTIFICATION
from pmtui.backend.people import preferences_typed
from pmtui.backend.people.public_key import parse
from pmtui.backend.people.records import DEFAULTS, Me, Preferences, SshKeyRecord
from pmtui.backend.signin.records import AttemptRecord, PageSays
from pmtui.backend.slots.values import Hours, ReasonCode, Week
from pmtui.backend.states import (
    AnswerWay,
    ApprovalState,
    AttemptState,
    ConnectionState,
    Origin,
    Permission,
    Provider,
    SessionState,
    Topic,
)
from pmtui.background import Opened
from pmtui.terminal import Terminal
from tests.clock import ManualClock

ZONE = "America/Chicago"
LINK = "https://login.example/oauth2/authorize?client_id=abc&state=xyz"
WEEK = Week(
    ZONE,
    (*((Hours(540, 720), Hours(780, 1020)) for _ in range(4)), (Hours(540, 750),), (), ()),
)
SIZE = (80, 24)
NOTHING = Access()
NO_CHANGE = Consequences()


def me(*permissions: Permission, name: str = "Dana Reyes") -> Me:
    """A person with these permissions."""
    return Me(
        1, "dana@acme.example", name, "Acme", "acme", ZONE, ZONE, frozenset({Permission.VIEW, *permissions}), True
    )


CONSENT = "https://login.example/organizations/v2.0/adminconsent?client_id=abc&scope=openid&state=approval"
APPROVED = ApprovalRecord("Calendar App", ApprovalState.APPROVED, datetime(2026, 11, 3, 20, tzinfo=UTC))
COACH = me(Permission.COACH)
ADMINISTRATOR = me(Permission.ADMIN_ESSENTIALS, name="Priya Shah")
BOTH = me(Permission.COACH, Permission.ADMIN_ESSENTIALS)
VIEWER = me(name="Vera Lind")


def session(number: int, starts_at: datetime, state: SessionState = SessionState.HELD) -> SessionRecord:
    """A session of Dana with agent `number`."""
    return SessionRecord(
        f"C{number:03}",
        "Coaching session",
        "Dana Reyes",
        "dana@acme.example",
        f"Agent {number}",
        f"agent{number}@acme.example",
        starts_at,
        starts_at + timedelta(minutes=30),
        ZONE,
        state,
        Origin.MANUAL,
        starts_at if state is SessionState.HELD else None,
        None,
        "",
        (),
    )


@dataclass
class StandIn:
    """The backend as one person meets it. Tests set what it knows, and bump `numbers` as another session would.

    `failing` is raised by the next call of any service; `asked` counts the calls by name.
    """

    person: Me
    clock: ManualClock = field(default_factory=ManualClock)
    sent: Access = NOTHING
    draft: Access = NOTHING
    version: int = 1
    consequences: Consequences = NO_CHANGE
    approval: ApprovalRecord = APPROVED
    connection: ConnectionRecord | None = None
    ended: EndedRecord | None = None
    week: Week | None = None
    new_login_experience: bool = True
    banner_record: BannerRecord | None = None
    ways: tuple[AnswerWay, ...] = (AnswerWay.LOOPBACK, AnswerWay.PASTE)
    record: AttemptRecord | None = None
    noted: list[tuple[ApprovalState, str | None]] = field(default_factory=list)
    said: list[PageSays] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    sessions: tuple[SessionRecord, ...] = ()
    coaches: tuple[CoachableRecord, ...] = ()
    agents: tuple[CoachableRecord, ...] = ()
    found: tuple[datetime, ...] = ()
    reasons: tuple[tuple[ReasonCode, int], ...] = ()
    helps: str = ""
    against: dict[str, str] = field(default_factory=dict)
    """What stands against every start that is not among those found."""
    preferences: Preferences = DEFAULTS
    ssh: tuple[SshKeyRecord, ...] = ()
    outcomes: dict[str, Exception | dict[str, Any]] = field(default_factory=dict)
    meanwhile: Callable[[], object] = lambda: None
    """Called in the middle of an approval, in its thread."""
    numbers: Counter[Topic] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    failing: Exception | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    """Calls wait for it; set from the start."""

    def __post_init__(self) -> None:
        self.gate.set()

    # What screens call

    def who(self, actor: Actor) -> Me:
        self._asked("me")
        return self.person

    def page(self, actor: Actor) -> IntegrationsPage:
        self._asked("page")
        return IntegrationsPage(
            new_login_experience=self.new_login_experience,
            administers=self.person.administers,
            coaches=self.person.coaches,
            missing=() if self.person.administers or self.person.coaches else (Permission.COACH,),
            who_can_give=("Priya Shah",),
            sent=self.sent,
            sent_at=None,
            draft=self.draft,
            version=self.version,
            consequences=self.consequences,
            wfm_ready=True,
            google_ready=False,
            approval=self.approval,
            approves=self.person.administers and self.person.coaches,
            connection=self.connection,
            ended=self.ended,
            banner=self.banner_record,
            week=self.week,
            timezone=ZONE,
            tenant_timezone=ZONE,
        )

    def banner(self, actor: Actor) -> BannerRecord | None:
        self._asked("banner")
        return self.banner_record

    def set_draft(self, actor: Actor, access: Access, version: int) -> IntegrationsPage:
        self._asked("set_draft")
        if version != self.version:
            raise Conflict("changed", "Somebody else changed it.", "Look again.")
        self.draft, self.version = access, version + 1
        return self.page(actor)

    def send_access(self, actor: Actor, version: int, expected: Consequences) -> IntegrationsPage:
        self._asked("send_access")
        if expected != self.consequences:
            raise Conflict("numbers_changed", "The numbers changed meanwhile.", "Look at them and send again.")
        self.sent, self.version, self.consequences = self.draft, version + 1, Consequences()
        return self.page(actor)

    def disconnect(self, actor: Actor) -> IntegrationsPage:
        self._asked("disconnect")
        self.connection = None
        return self.page(actor)

    def confirm(self, actor: Actor, attempt_id: int) -> IntegrationsPage:
        self._asked("confirm")
        assert self.record is not None
        self.connection = connected(self.record.provider, self.clock.now())
        return self.page(actor)

    def start(
        self, actor: Actor, provider: Provider, port: int | None, *, way: AnswerWay | None = None
    ) -> AttemptRecord:
        self._asked("start")
        until = self.clock.now() + timedelta(minutes=10)
        number = self.record.attempt_id + 1 if self.record else 1
        self.record = AttemptRecord(
            attempt_id=number,
            provider=provider,
            state=AttemptState.STARTING,
            way=way or (AnswerWay.HOSTED if AnswerWay.HOSTED in self.ways else self.ways[0 if port else 1]),
            link=None,
            user_code=None,
            verification_uri=None,
            port=port,
            expires_at=until,
            account=None,
            other_address=False,
            account_before=None,
            title=None,
            next_step=None,
        )
        return self.record

    def attempt(self, actor: Actor, attempt_id: int) -> AttemptRecord:
        self._asked("attempt")
        assert self.record is not None
        return self.record

    def answer(self, actor: Actor, attempt_id: int, address: str) -> None:
        self._asked("answer")
        if "code=" not in address:
            raise BadInput("bad_answer", "That is not the whole address.", "Paste it again.")
        self.answers.append(address)
        self.advance(AttemptState.EXCHANGING)

    def page_says(self, actor: Actor, attempt_id: int, said: PageSays) -> AttemptRecord:
        self._asked("page_says")
        self.said.append(said)
        self.advance(AttemptState.NEEDS_APPROVAL, title="It was requested.", next_step="Wait for the mail.")
        assert self.record is not None
        return self.record

    def panel(self, actor: Actor) -> ApprovalPanel:
        self._asked("panel")
        return ApprovalPanel(self.approval, CONSENT, None, PROPOSED_JUSTIFICATION, ZONE)

    def note(self, actor: Actor, state: ApprovalState, justification: str | None) -> ApprovalPanel:
        self._asked("note")
        self.noted.append((state, justification))
        now = self.clock.now()
        self.approval = ApprovalRecord("Calendar App", state, now, now, "Ira Holt")
        self.numbers[Topic.INTEGRATIONS] += 1
        return self.panel(actor)

    def cancel_attempt(self, actor: Actor, attempt_id: int) -> None:
        self._asked("cancel_attempt")
        self.advance(AttemptState.CANCELLED)

    def coachable(self, actor: Actor) -> tuple[tuple[CoachableRecord, ...], tuple[CoachableRecord, ...]]:
        self._asked("coachable")
        return self.coaches, self.agents

    def search(self, actor: Actor, coach: str, agent: str, *, minutes: int | None = None) -> SearchRecord:
        self._asked("search")
        return SearchRecord(
            coach,
            agent,
            minutes or 30,
            14,
            ZONE,
            self.found,
            "Dana: Outlook calendar and availability",
            self.reasons,
            (),
        )

    def propose(
        self,
        actor: Actor,
        coach: str,
        agent: str,
        starts_at: datetime,
        *,
        minutes: int = 30,
        anyway: Collection[str] = (),
    ) -> SessionRecord:
        self._asked("propose")
        self._offered(starts_at, anyway)
        new = replace(session(len(self.sessions) + 1, starts_at), agent_email=agent)
        self.sessions = (*self.sessions, new)
        return new

    def search_again(self, actor: Actor, code: str) -> SearchRecord:
        self._asked("search_again")
        one = next(one for one in self.sessions if one.code == code)
        best = self.found[1] if len(self.found) > 1 else None
        return replace(self.search(actor, one.coach_email, one.agent_email), best_at=best, helps=self.helps)

    def reschedule(
        self, actor: Actor, code: str, starts_at: datetime, *, anyway: Collection[str] = ()
    ) -> SessionRecord:
        self._asked("reschedule")
        self._offered(starts_at, anyway)
        one = next(one for one in self.sessions if one.code == code)
        state = SessionState.HELD if one.state is SessionState.REQUESTED else one.state
        ends_at = starts_at + (one.ends_at - one.starts_at)
        moved = replace(one, starts_at=starts_at, ends_at=ends_at, state=state, attention=None, attention_details="")
        self.sessions = tuple(moved if other.code == code else other for other in self.sessions)
        return moved

    def approve_anyway(self, actor: Actor, code: str, *, anyway: Collection[str] = ()) -> SessionRecord:
        self._asked("approve_anyway")
        self._offered(None, anyway)
        booked: dict[str, Any] = {"state": SessionState.SCHEDULED, "attention": None, "attention_details": ""}
        self.sessions = tuple(replace(s, **booked) if s.code == code else s for s in self.sessions)
        return next(s for s in self.sessions if s.code == code)

    def _offered(self, starts_at: datetime | None, anyway: Collection[str]) -> None:
        if starts_at not in self.found and not self.against.keys() <= set(anyway):
            raise NotOffered(self.against)

    def list_sessions(self, actor: Actor) -> tuple[SessionRecord, ...]:
        self._asked("list_sessions")
        return self.sessions

    def move(self, state: SessionState) -> Callable[[Actor, str], SessionRecord]:
        """A change of a session's state, as approve, reject and cancel are."""

        def change(actor: Actor, code: str) -> SessionRecord:
            self._asked(state.value)
            self.sessions = tuple(replace(s, state=state) if s.code == code else s for s in self.sessions)
            return next(s for s in self.sessions if s.code == code)

        return change

    def approve(self, actor: Actor, code: str) -> SessionRecord:
        """As `outcomes` has it for this session: an error is raised, anything else becomes of it."""
        outcome = self.outcomes.get(code, {"state": SessionState.SCHEDULED})
        self._asked("approve")
        self.meanwhile()
        if isinstance(outcome, Exception):
            raise outcome
        self.sessions = tuple(replace(s, **outcome) if s.code == code else s for s in self.sessions)
        return next(s for s in self.sessions if s.code == code)

    # What tests do behind the screens' back

    def states(self) -> list[str]:
        """The sessions' states, in order."""
        return [session.state.value for session in self.sessions]

    def advance(self, state: AttemptState, **changes: Any) -> None:
        """What the worker makes of the sign-in."""
        assert self.record is not None
        typed = self.record.way is AnswerWay.DEVICE
        link = LINK if state is AttemptState.AWAITING and not typed else None
        self.record = replace(self.record, state=state, link=link, **changes)
        self.numbers[Topic.INTEGRATIONS] += 1

    def bump(self, *topics: Topic) -> None:
        """Somebody else changed something."""
        self.numbers.update(topics)

    def app(self, **options: Any) -> PmtuiApp:
        """The app on this stand-in. It looks for changes only when told to."""
        options.setdefault("terminal", Terminal())
        return PmtuiApp(self.open, clock=self.clock, look_seconds=None, **options)

    def prefer(self, actor: Actor, values: Mapping[str, str]) -> Preferences:
        """What the person sets for themselves."""
        self._asked("prefer")
        found = dict(preferences_typed.parse(name, text) for name, text in values.items())
        keys = dict(self.preferences.keys)
        for name, value in found.items():
            if name in preferences_typed.PREFERENCES:
                changed: dict[str, Any] = {preferences_typed.PREFERENCES[name].field: value}
                self.preferences = replace(self.preferences, **changed)
            else:
                keys[name.removeprefix(preferences_typed.KEYS)] = value
        self.preferences = replace(self.preferences, keys=tuple(sorted((k, v) for k, v in keys.items() if v)))
        self.numbers[Topic.PREFERENCES] += 1
        return self.preferences

    def add_key(self, actor: Actor, text: str) -> SshKeyRecord:
        """The person's new key."""
        self._asked("add_key")
        key, me = parse(text), self.person
        made = SshKeyRecord(me.email, me.name, key.kind, key.bits, key.fingerprint, key.comment, self.clock.now(), None)
        self.ssh = (*self.ssh, made)
        return made

    def remove_key(self, actor: Actor, fingerprint: str) -> None:
        """It is there no more."""
        self._asked("remove_key")
        self.ssh = tuple(one for one in self.ssh if one.fingerprint != fingerprint)

    def open(self) -> Opened:
        """The backend, open."""
        services = SimpleNamespace(
            people=SimpleNamespace(me=self.who),
            preferences=SimpleNamespace(show=lambda actor: self.preferences, change=self.prefer),
            ssh_keys=SimpleNamespace(
                list=lambda actor: self.ssh, understood=parse, add=self.add_key, remove=self.remove_key
            ),
            integrations=self,
            signin=SimpleNamespace(
                ways=lambda provider: () if provider is Provider.WFM else self.ways,
                start=self.start,
                attempt=self.attempt,
                answer=self.answer,
                page_says=self.page_says,
                cancel=self.cancel_attempt,
            ),
            approvals=SimpleNamespace(panel=self.panel, note=self.note),
            coaching=SimpleNamespace(
                coachable=self.coachable,
                search=self.search,
                propose=self.propose,
                search_again=self.search_again,
                reschedule=self.reschedule,
                list=self.list_sessions,
                session=lambda actor, code: next(one for one in self.sessions if one.code == code),
                approve=self.approve,
                approve_anyway=self.approve_anyway,
                ics=lambda actor, code: "BEGIN:VCALENDAR\r\n",
                reject=self.move(SessionState.REJECTED),
                cancel=self.move(SessionState.CANCELLED),
            ),
        )
        actor = Actor(ActorKind.PERSON, 1, self.person.person_id, Surface.APP)
        return Opened(
            cast("Any", services),
            actor,
            self.person,
            lambda: dict(self.numbers),
            lambda: None,
            preferences=self.preferences,
        )

    def _asked(self, name: str) -> None:
        self.gate.wait(5)
        self.asked[name] += 1
        if self.failing is not None:
            error, self.failing = self.failing, None
            raise error


def connected(provider: Provider, now: datetime, state: ConnectionState = ConnectionState.READY) -> ConnectionRecord:
    """A connection read two minutes ago."""
    failing = now - timedelta(hours=2) if state is not ConnectionState.READY else None
    return ConnectionRecord(
        provider, state, "dana@acme.example", now, now - timedelta(minutes=2), failing, "invalid_grant"
    )
