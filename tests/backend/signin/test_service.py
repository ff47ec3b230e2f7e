"""Starting, answering and cancelling a sign-in, as a surface does it: on both kinds of database."""

from datetime import timedelta

import pytest
from sqlmodel import select

from pmtui.backend.config import Config
from pmtui.backend.errors import AlreadyConnected, BadInput, Conflict, NotAllowed, NotFound, Unavailable
from pmtui.backend.signin import attempts, endpoints
from pmtui.backend.signin.machine import Event
from pmtui.backend.signin.records import AttemptRecord
from pmtui.backend.signin.service import SignIn
from pmtui.backend.states import AnswerWay as Way
from pmtui.backend.states import AttemptState, ConnectionState, External, Provider, Topic, Verb, WorkKind
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.tables.sync import Work
from tests.clock import ManualClock
from tests.world import World

AT = "http://localhost:8753/callback/outlook"
OUTLOOK = Provider.OUTLOOK


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    world = World(database, clock)
    world.coach("dana")
    world.coach("marcus")
    world.allow(external=External.OUTLOOK)
    return world


@pytest.fixture
def sign_in(database: Database) -> SignIn:
    return SignIn(database, Config())


def begin(world: World, sign_in: SignIn, who: str = "dana") -> AttemptRecord:
    """A sign-in whose link is out, as the worker leaves it."""
    started = sign_in.start(world.actor(who), OUTLOOK, 50_001)
    with world.database.write(world.operator) as tx:
        row = attempts.load(tx, started.attempt_id)
        row.state_digest = attempts.digest(f"right-{started.attempt_id}")
        row.nonce, row.link = "nonce", "https://login.example/?x"
        row.sealed_verifier, row.key_id = b"sealed", "k1"
        attempts.move(tx, row, Event.LINK_MADE)
    return sign_in.attempt(world.actor(who), started.attempt_id)


def state_of(world: World, sign_in: SignIn, attempt_id: int, who: str = "dana") -> AttemptState:
    return sign_in.attempt(world.actor(who), attempt_id).state


def row(world: World, attempt_id: int) -> Attempt:
    with world.database.read(world.operator) as tx:
        return attempts.load(tx, attempt_id, lock=False)


def assert_wiped(found: Attempt) -> None:
    secret = (found.code, found.link, found.user_code, found.nonce, found.sealed_verifier, found.sealed_tokens)
    assert secret == (None,) * 6
    assert found.key_id is None


def test_a_start_is_a_row_and_work_for_the_worker(world: World, sign_in: SignIn) -> None:
    before = world.number(Topic.INTEGRATIONS)
    started = sign_in.start(world.actor("dana"), OUTLOOK, 50_001)
    assert (started.state, started.link, started.port) == (AttemptState.STARTING, None, 50_001)
    assert (started.title, started.account, started.other_address) == (None, None, False)
    assert [(work.kind, work.subject) for work in world.rows(Work)] == [(WorkKind.ATTEMPT, started.attempt_id)]
    assert world.number(Topic.INTEGRATIONS) == before + 1
    assert [entry.verb for entry in world.rows(AuditEntry)] == [Verb.SIGN_IN_STARTED]


def test_a_newer_start_ends_the_older_one(world: World, sign_in: SignIn) -> None:
    older = begin(world, sign_in)
    newer = sign_in.start(world.actor("dana"), OUTLOOK)
    seen = sign_in.attempt(world.actor("dana"), older.attempt_id)
    assert (seen.state, seen.title) == (AttemptState.CANCELLED, "A newer sign-in was started.")
    assert_wiped(row(world, older.attempt_id))
    assert sign_in.under_way(world.actor("dana")) == newer


def test_one_coachs_start_leaves_anothers_alone(world: World, sign_in: SignIn) -> None:
    mine = begin(world, sign_in)
    sign_in.start(world.actor("marcus"), OUTLOOK)
    assert state_of(world, sign_in, mine.attempt_id) is AttemptState.AWAITING


def test_who_may_not_start(world: World, sign_in: SignIn) -> None:
    world.agent("ann")
    world.administrator("ada")
    for who in ("ann", "ada"):
        with pytest.raises(NotAllowed, match="Coach View Access"):
            sign_in.start(world.actor(who), OUTLOOK)
        with pytest.raises(NotAllowed, match="Coach View Access"):
            sign_in.start(world.actor(who), OUTLOOK, 70_000)
    with pytest.raises(NotAllowed, match="does not allow the WFM calendar"):
        sign_in.start(world.actor("dana"), Provider.WFM)
    with pytest.raises(NotAllowed, match="Only a person"):
        sign_in.start(world.operator, OUTLOOK)
    world.allow(external=External.GOOGLE)
    with pytest.raises(Unavailable, match="Google"):
        sign_in.start(world.actor("dana"), Provider.GOOGLE)
    assert not world.rows(Attempt)


def test_the_new_login_experience_is_needed(database: Database, clock: ManualClock, sign_in: SignIn) -> None:
    world = World(database, clock, subdomain="old", new_login_experience=False)
    world.coach("dana")
    world.allow(external=External.OUTLOOK)
    with pytest.raises(NotAllowed, match="new login experience"):
        sign_in.start(world.actor("dana"), OUTLOOK)


@pytest.mark.parametrize(
    ("provider", "state"),
    [
        (Provider.WFM, ConnectionState.READY),
        (OUTLOOK, ConnectionState.READY),
        (OUTLOOK, ConnectionState.DEGRADED),
        (Provider.GOOGLE, ConnectionState.NEEDS_RECONNECTING),
    ],
)
def test_one_calendar_only(world: World, sign_in: SignIn, provider: Provider, state: ConnectionState) -> None:
    world.connect("dana", provider, state=state)
    with pytest.raises(AlreadyConnected, match=f"{provider.label} calendar is connected already"):
        sign_in.start(world.actor("dana"), OUTLOOK)


def test_the_same_calendar_may_be_signed_in_to_again_when_it_needs_it(world: World, sign_in: SignIn) -> None:
    world.connect("dana", OUTLOOK, state=ConnectionState.NEEDS_RECONNECTING)
    assert sign_in.start(world.actor("dana"), OUTLOOK).state is AttemptState.STARTING


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_a_port_that_is_none(world: World, sign_in: SignIn, port: int) -> None:
    with pytest.raises(BadInput):
        sign_in.start(world.actor("dana"), OUTLOOK, port)


def test_nobody_else_sees_or_finishes_a_sign_in(world: World, sign_in: SignIn, clock: ManualClock) -> None:
    mine = begin(world, sign_in)
    other = World(world.database, clock, subdomain="globex")
    other.coach("eve")
    world.administrator("ada")
    address = f"{AT}?code=c&state=right-{mine.attempt_id}"
    for actor in (world.actor("marcus"), world.actor("ada"), other.actor("eve")):
        with pytest.raises(NotFound):
            sign_in.attempt(actor, mine.attempt_id)
        with pytest.raises(NotFound):
            sign_in.cancel(actor, mine.attempt_id)
    with pytest.raises(NotFound):
        sign_in.answer(world.actor("marcus"), mine.attempt_id, address)
    assert sign_in.under_way(world.actor("marcus")) is None
    assert state_of(world, sign_in, mine.attempt_id) is AttemptState.AWAITING


def test_an_answer_waits_for_the_worker(world: World, sign_in: SignIn, clock: ManualClock) -> None:
    mine = begin(world, sign_in)
    assert mine.link == "https://login.example/?x"
    sign_in.answer(world.actor("dana"), mine.attempt_id, f" {AT}?code=the-code&state=right-{mine.attempt_id}\n")
    seen = sign_in.attempt(world.actor("dana"), mine.attempt_id)
    assert (seen.state, seen.link) == (AttemptState.EXCHANGING, None)
    assert row(world, mine.attempt_id).code == "the-code"
    assert [work.due_at for work in world.rows(Work)] == [clock.now()]


def test_only_the_first_answer_counts(world: World, sign_in: SignIn) -> None:
    mine = begin(world, sign_in)
    dana = world.actor("dana")
    sign_in.answer(dana, mine.attempt_id, f"{AT}?code=first&state=right-{mine.attempt_id}")
    with pytest.raises(Conflict, match="in already"):
        sign_in.answer(dana, mine.attempt_id, f"{AT}?code=second&state=right-{mine.attempt_id}")
    assert row(world, mine.attempt_id).code == "first"


def test_an_answer_before_the_link_is_refused(world: World, sign_in: SignIn) -> None:
    started = sign_in.start(world.actor("dana"), OUTLOOK)
    with pytest.raises(Conflict, match="not ready"):
        sign_in.answer(world.actor("dana"), started.attempt_id, f"{AT}?code=c&state=x")


@pytest.mark.parametrize(
    ("query", "state", "title"),
    [
        ("code=c&state=wrong", AttemptState.REJECTED, "That answer belongs to another sign-in."),
        ("code=c&state=RIGHT", AttemptState.REJECTED, "That answer belongs to another sign-in."),
        ("error=access_denied&state=wrong", AttemptState.REJECTED, "That answer belongs to another sign-in."),
        (
            "code=c&state={right}&iss=https%3A%2F%2Fevil.example",
            AttemptState.REJECTED,
            "That answer does not come from Microsoft.",
        ),
        (
            "error=access_denied&error_subcode=cancel&state={right}",
            AttemptState.CANCELLED,
            "The sign-in was left on Microsoft's page.",
        ),
        (
            "error=access_denied&error_description=AADSTS90094%3A+x",
            AttemptState.NEEDS_APPROVAL,
            "Your Microsoft administrator has to approve first (Microsoft says 90094).",
        ),
        (
            "error=invalid_client&error_description=AADSTS7000215%3A+x&state={right}",
            AttemptState.FAILED,
            "This pmtui is not set up correctly for Microsoft.",
        ),
    ],
)
def test_answers_that_end_it(world: World, sign_in: SignIn, query: str, state: AttemptState, title: str) -> None:
    mine = begin(world, sign_in)
    sign_in.answer(world.actor("dana"), mine.attempt_id, f"{AT}?{query.format(right=f'right-{mine.attempt_id}')}")
    seen = sign_in.attempt(world.actor("dana"), mine.attempt_id)
    assert (seen.state, seen.title, seen.link) == (state, title, None)
    assert seen.next_step
    assert_wiped(row(world, mine.attempt_id))
    assert not world.rows(Work)
    ended = world.rows(AuditEntry)[-1]
    assert (ended.verb, ended.details["state"]) == (Verb.SIGN_IN_ENDED, state.value)


def test_an_issuer_of_ones_own_is_fine(world: World, sign_in: SignIn) -> None:
    mine = begin(world, sign_in)
    issuer = "https%3A%2F%2Flogin.microsoftonline.com%2F11111111-2222-3333-4444-555555555555%2Fv2.0"
    address = f"{AT}?code=c&state=right-{mine.attempt_id}&iss={issuer}"
    sign_in.answer(world.actor("dana"), mine.attempt_id, address)
    assert state_of(world, sign_in, mine.attempt_id) is AttemptState.EXCHANGING


def test_what_is_no_answer_changes_nothing(world: World, sign_in: SignIn) -> None:
    mine = begin(world, sign_in)
    with pytest.raises(BadInput):
        sign_in.answer(world.actor("dana"), mine.attempt_id, "bare-code")
    assert state_of(world, sign_in, mine.attempt_id) is AttemptState.AWAITING


def test_time_is_up_whether_or_not_the_worker_comes_by(world: World, sign_in: SignIn, clock: ManualClock) -> None:
    mine = begin(world, sign_in)
    clock.advance(minutes=9, seconds=59)
    assert state_of(world, sign_in, mine.attempt_id) is AttemptState.AWAITING
    clock.advance(seconds=1)
    seen = sign_in.attempt(world.actor("dana"), mine.attempt_id)
    assert (seen.state, seen.link) == (AttemptState.EXPIRED, None)
    assert seen.title == "The sign-in was not finished within ten minutes."
    with pytest.raises(Conflict, match="over"):
        sign_in.answer(world.actor("dana"), mine.attempt_id, f"{AT}?code=c&state=right-{mine.attempt_id}")
    assert row(world, mine.attempt_id).code is None
    assert sign_in.under_way(world.actor("dana")) is None


def test_a_code_nobody_claimed_is_wiped_by_whoever_comes_by(world: World, sign_in: SignIn, clock: ManualClock) -> None:
    mine = begin(world, sign_in)
    sign_in.answer(world.actor("dana"), mine.attempt_id, f"{AT}?code=c&state=right-{mine.attempt_id}")
    clock.advance(seconds=60)
    sign_in.start(world.actor("marcus"), OUTLOOK)
    assert state_of(world, sign_in, mine.attempt_id) is AttemptState.EXPIRED
    assert_wiped(row(world, mine.attempt_id))


def test_a_code_nobody_claimed_is_wiped_by_who_watches_the_sign_in(
    world: World, sign_in: SignIn, clock: ManualClock
) -> None:
    mine = begin(world, sign_in)
    sign_in.answer(world.actor("dana"), mine.attempt_id, f"{AT}?code=c&state=right-{mine.attempt_id}")
    clock.advance(seconds=59)
    assert state_of(world, sign_in, mine.attempt_id) is AttemptState.EXCHANGING
    clock.advance(seconds=1)
    seen = sign_in.attempt(world.actor("dana"), mine.attempt_id)
    assert seen.state is AttemptState.EXPIRED
    assert seen.title is not None
    assert_wiped(row(world, mine.attempt_id))


def test_cancelling(world: World, sign_in: SignIn) -> None:
    mine = begin(world, sign_in)
    sign_in.cancel(world.actor("dana"), mine.attempt_id)
    sign_in.cancel(world.actor("dana"), mine.attempt_id)
    seen = sign_in.attempt(world.actor("dana"), mine.attempt_id)
    assert (seen.state, seen.title) == (AttemptState.CANCELLED, "The sign-in was cancelled.")
    assert_wiped(row(world, mine.attempt_id))


def test_a_person_who_goes_takes_the_sign_ins_along(world: World, sign_in: SignIn) -> None:
    mine, other = begin(world, sign_in), begin(world, sign_in, "marcus")
    with world.database.write(world.operator) as tx:
        assert sign_in.cancel_all(tx, world.id("dana")) == 1
    assert state_of(world, sign_in, mine.attempt_id) is AttemptState.CANCELLED
    assert state_of(world, sign_in, other.attempt_id, "marcus") is AttemptState.AWAITING
    assert_wiped(row(world, mine.attempt_id))


def test_a_calendar_no_longer_allowed_takes_its_sign_ins_along(
    world: World, sign_in: SignIn, clock: ManualClock
) -> None:
    mine = begin(world, sign_in)
    wfm = world.attempt("marcus", Provider.WFM)
    other = World(world.database, clock, subdomain="globex")
    other.coach("eve")
    other.allow(external=External.OUTLOOK)
    elsewhere = begin(other, sign_in, "eve").attempt_id
    with world.database.write(world.operator) as tx:
        assert sign_in.cancel_provider(tx, {OUTLOOK, Provider.GOOGLE}) == 1
    seen = sign_in.attempt(world.actor("dana"), mine.attempt_id)
    assert (seen.state, seen.title) == (AttemptState.CANCELLED, "An administrator no longer allows this calendar.")
    assert state_of(world, sign_in, wfm, "marcus") is AttemptState.CONFIRMING
    assert state_of(other, sign_in, elsewhere, "eve") is AttemptState.AWAITING


@pytest.mark.parametrize(("account", "other"), [("Dana@ACME.example", False), ("sam@acme.example", True)])
def test_an_account_that_is_not_ones_own_address_is_flagged(
    world: World, sign_in: SignIn, account: str, other: bool
) -> None:
    attempt_id = world.attempt("dana", OUTLOOK, account=account)
    seen = sign_in.attempt(world.actor("dana"), attempt_id)
    assert (seen.account, seen.other_address) == (account, other)


def test_a_verified_sign_in_is_taken_once(world: World, sign_in: SignIn) -> None:
    attempt_id = world.attempt("dana", OUTLOOK)
    uid = row(world, attempt_id).uid
    with world.database.write(world.actor("dana")) as tx:
        verified = attempts.take(tx, attempt_id)
    assert (verified.uid, verified.account, verified.sealed) == (uid, "dana@acme.example", b"sealed tokens")
    assert "sealed tokens" not in repr(verified)
    assert state_of(world, sign_in, attempt_id) is AttemptState.CONNECTED
    assert_wiped(row(world, attempt_id))
    with pytest.raises(Conflict), world.database.write(world.actor("dana")) as tx:
        attempts.take(tx, attempt_id)


def test_nobody_else_confirms_and_not_too_late(world: World, clock: ManualClock) -> None:
    attempt_id = world.attempt("dana", OUTLOOK)
    with pytest.raises(NotFound), world.database.write(world.actor("marcus")) as tx:
        attempts.take(tx, attempt_id)
    clock.advance(minutes=10)
    with pytest.raises(Conflict), world.database.write(world.actor("dana")) as tx:
        attempts.take(tx, attempt_id)
    with world.database.read(world.operator) as tx:
        assert tx.db.exec(select(Attempt.state)).all() == [AttemptState.CONFIRMING]


CALLBACK = Config(callback_url="https://pmtui.example.com/")


@pytest.mark.parametrize(
    ("config", "provider", "ways"),
    [
        (Config(), OUTLOOK, (Way.LOOPBACK, Way.PASTE)),
        (Config(), Provider.GOOGLE, (Way.LOOPBACK, Way.PASTE)),
        (CALLBACK, OUTLOOK, (Way.HOSTED,)),
        (CALLBACK, Provider.GOOGLE, (Way.HOSTED,)),
        (CALLBACK, Provider.WFM, ()),
        (Config(microsoft_device_code=True), OUTLOOK, (Way.LOOPBACK, Way.PASTE, Way.DEVICE)),
        (Config(microsoft_device_code=True), Provider.GOOGLE, (Way.LOOPBACK, Way.PASTE)),
    ],
)
def test_the_ways_back_follow_from_the_configuration(config: Config, provider: Provider, ways: tuple[Way, ...]) -> None:
    assert endpoints.ways(config, provider) == ways


@pytest.mark.parametrize(
    ("config", "port", "way", "taken", "its_port"),
    [
        (Config(), 50_001, None, Way.LOOPBACK, 50_001),
        (Config(), None, None, Way.PASTE, None),
        (Config(), 50_001, Way.PASTE, Way.PASTE, None),
        (CALLBACK, 50_001, None, Way.HOSTED, None),
        (CALLBACK, None, Way.HOSTED, Way.HOSTED, None),
        (Config(microsoft_device_code=True), None, Way.DEVICE, Way.DEVICE, None),
    ],
)
def test_a_sign_in_says_how_its_answer_comes_back(
    world: World, config: Config, port: int | None, way: Way | None, taken: Way, its_port: int | None
) -> None:
    started = SignIn(world.database, config).start(world.actor("dana"), OUTLOOK, port, way=way)
    assert (started.way, started.port) == (taken, its_port)
    assert started.expires_at - world.database.clock.now() == timedelta(minutes=15 if way is Way.DEVICE else 10)


@pytest.mark.parametrize(
    ("config", "provider", "way", "said"),
    [
        (Config(), OUTLOOK, Way.HOSTED, "no callback page"),
        (Config(), OUTLOOK, Way.DEVICE, "switched off"),
        (Config(microsoft_device_code=True, google_client_id="g"), Provider.GOOGLE, Way.DEVICE, "Google lets nobody"),
        (CALLBACK, OUTLOOK, Way.PASTE, "callback page only"),
    ],
)
def test_a_way_that_is_not_offered_is_refused_before_anything_is_begun(
    world: World, config: Config, provider: Provider, way: Way, said: str
) -> None:
    sign_in = SignIn(world.database, config)
    world.allow(external=External(provider.value))
    with pytest.raises(Unavailable, match=said):
        sign_in.start(world.actor("dana"), provider, way=way)
    assert sign_in.under_way(world.actor("dana")) is None


def test_another_account_than_before_is_told_with_the_one_it_replaces(world: World, sign_in: SignIn) -> None:
    connection_id = world.connect("dana", OUTLOOK)
    with world.database.write(world.operator) as tx:
        connection = tx.db.get_one(Connection, connection_id)
        connection.state, connection.account = ConnectionState.NEEDS_RECONNECTING, "old@acme.example"
        tx.db.add(connection)
    other = world.attempt("dana", OUTLOOK, AttemptState.CONFIRMING, account="new@acme.example")
    assert sign_in.attempt(world.actor("dana"), other).account_before == "old@acme.example"
    with world.database.write(world.operator) as tx:
        attempts.load(tx, other).external_id = tx.db.get_one(Connection, connection_id).external_id
    assert sign_in.attempt(world.actor("dana"), other).account_before is None
