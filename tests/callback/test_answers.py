"""The hosted redirect page: what becomes of the answers of sign-in pages, and who is told what."""

import asyncio

import pytest
from sqlmodel import select

from pmtui.backend.signin import attempts
from pmtui.backend.signin.machine import Event
from pmtui.backend.states import AttemptState, External, Provider, Topic, WorkKind
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.sync import Work
from tests.callback.conftest import CODE, STATE, Browser, words
from tests.clock import ManualClock
from tests.world import World


async def test_an_answer_is_written_like_a_pasted_one_and_noted_for_the_worker(browser: Browser) -> None:
    attempt_id = browser.begin()
    before = browser.world.number(Topic.INTEGRATIONS)
    answer = await browser.open(code=CODE, state=STATE)
    assert browser.world.number(Topic.INTEGRATIONS) == before + 1  # open screens look again
    assert (answer.status_code, "Go back to your terminal" in words(answer)) == (200, True)
    row = browser.row(attempt_id)
    assert (row.state, row.code, row.link) == (AttemptState.EXCHANGING, CODE, None)
    with browser.world.database.read(browser.world.operator) as tx:
        work = tx.db.exec(select(Work).where(Work.kind == WorkKind.ATTEMPT, Work.subject == attempt_id)).one()
        assert work.due_at <= tx.now


@pytest.mark.parametrize(
    ("query", "state", "said"),
    [
        ({"error": "access_denied", "error_subcode": "cancel"}, AttemptState.CANCELLED, "left on Microsoft's page"),
        (
            {"error": "consent_required", "error_description": "AADSTS90094: x"},
            AttemptState.NEEDS_APPROVAL,
            "administrator has to approve first (Microsoft says 90094)",
        ),
        (
            {"error": "access_denied", "error_description": "AADSTS53003: x"},
            AttemptState.FAILED,
            "sign-in rules did not let you in from here (Microsoft says 53003)",
        ),
        (
            {"error": "access_denied", "error_description": "AADSTS7000112: x"},
            AttemptState.FAILED,
            "has blocked",
        ),
        ({"code": CODE, "iss": "https://elsewhere.example"}, AttemptState.REJECTED, "does not come from Microsoft"),
    ],
)
async def test_each_refusal_has_its_own_page(
    browser: Browser, query: dict[str, str], state: AttemptState, said: str
) -> None:
    attempt_id = browser.begin()
    answer = await browser.open(**query, state=STATE)
    assert answer.status_code == 200
    assert said in words(answer)
    assert browser.row(attempt_id).state is state
    again = await browser.open(code=CODE, state=STATE)
    assert again.status_code == 410
    assert "This sign-in is over." in words(again)


async def test_a_page_loaded_twice_says_that_the_answer_is_in(browser: Browser) -> None:
    attempt_id = browser.begin()
    await browser.open(code=CODE, state=STATE)
    again = await browser.open(code="another", state=STATE)
    assert (again.status_code, "answered already" in words(again)) == (409, True)
    assert browser.row(attempt_id).code == CODE


async def test_an_answer_after_the_time_says_so(browser: Browser, clock: ManualClock) -> None:
    attempt_id = browser.begin()
    clock.advance(minutes=10)
    answer = await browser.open(code=CODE, state=STATE)
    assert (answer.status_code, "came too late" in words(answer)) == (410, True)
    assert browser.row(attempt_id).code is None


async def test_a_replaced_sign_in_points_to_the_newer_one(browser: Browser) -> None:
    browser.begin()
    newer = browser.begin(state="newer")
    answer = await browser.open(code=CODE, state=STATE)
    assert (answer.status_code, "A newer sign-in was started." in words(answer)) == (410, True)
    assert (await browser.open(code=CODE, state="newer")).status_code == 200
    assert browser.row(newer).state is AttemptState.EXCHANGING


async def test_somebody_shut_out_meanwhile_is_shown_an_end(browser: Browser) -> None:
    attempt_id = browser.begin()
    browser.services.people.disable(browser.world.operator, browser.world.email("dana"))
    answer = await browser.open(code=CODE, state=STATE)
    assert (answer.status_code, "over" in words(answer)) == (410, True)
    assert browser.row(attempt_id).code is None


async def test_what_is_no_sign_in_of_this_page_looks_the_same_whatever_there_is(
    browser: Browser, database: Database, clock: ManualClock
) -> None:
    """Another provider's path, a sign-in answered elsewhere, nothing at all: one page, and nothing written."""
    attempt_id = browser.begin()
    other = World(database, clock, subdomain="other")
    other.coach("dana")
    elsewhere = other.attempt("dana", Provider.OUTLOOK, AttemptState.AWAITING)
    with database.write(other.operator) as tx:
        attempts.load(tx, elsewhere).state_digest = attempts.digest("pasted")
    unknown = [
        await browser.open("/callback/google", code=CODE, state=STATE),
        await browser.open("/callback/google", code=CODE, state="never"),
        await browser.open(code=CODE, state="pasted"),
        await browser.open(code=CODE, state="never"),
    ]
    assert {answer.status_code for answer in unknown} == {404}
    assert len({answer.text for answer in unknown}) == 1
    assert browser.row(attempt_id).state is AttemptState.AWAITING
    with database.read(other.operator) as tx:
        assert attempts.load(tx, elsewhere, lock=False).state is AttemptState.AWAITING


async def test_the_sign_in_of_another_organisation_is_found_and_only_that_one(
    browser: Browser, database: Database, clock: ManualClock
) -> None:
    other = World(database, clock, subdomain="other")
    other.coach("dana")
    other.allow(external=External.GOOGLE)
    ours = browser.begin()
    started = browser.services.signin.start(other.actor("dana"), Provider.GOOGLE)
    with database.write(other.operator) as tx:
        row = attempts.load(tx, started.attempt_id)
        row.state_digest = attempts.digest("theirs")
        attempts.move(tx, row, Event.LINK_MADE)
    answer = await browser.open("/callback/google", code=CODE, state="theirs")
    assert answer.status_code == 200
    with database.read(other.operator) as tx:
        assert attempts.load(tx, started.attempt_id, lock=False).state is AttemptState.EXCHANGING
    assert browser.row(ours).state is AttemptState.AWAITING


async def test_the_answer_to_the_consent_link_proves_nothing(browser: Browser) -> None:
    attempt_id = browser.begin()
    given = await browser.open(admin_consent="True", tenant="11111111-2222", scope="x y", state=STATE)
    assert given.status_code == 200
    assert "approved for your organisation. That proves nothing yet" in words(given)
    assert "11111111" not in given.text
    for refused in (
        {"error": "consent_required", "error_description": "AADSTS65004", "admin_consent": "True", "state": "y"},
        {"error": "permission_denied", "error_description": "The admin canceled the request", "state": "y"},
    ):
        answer = await browser.open(**refused)
        assert (answer.status_code, "did not approve the app" in words(answer)) == (200, True)
    assert (await browser.open("/callback/google", admin_consent="True")).status_code == 400
    assert browser.row(attempt_id).state is AttemptState.AWAITING


async def test_many_browsers_at_once_bring_one_answer_each(browser: Browser) -> None:
    """Twenty loads of two people's addresses: each sign-in takes one, the others are told it has."""
    mine, theirs = browser.begin(), browser.begin(state="theirs", who="marcus")
    loads = [browser.open(code=f"c{n}", state=(STATE, "theirs")[n % 2]) for n in range(20)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*loads))
    assert statuses == [200] * 2 + [409] * 18
    assert {browser.row(mine).state, browser.row(theirs).state} == {AttemptState.EXCHANGING}


async def test_the_audit_says_through_what_a_sign_in_ended(browser: Browser) -> None:
    browser.begin()
    await browser.open(error="access_denied", error_subcode="cancel", state=STATE)
    ended = browser.world.rows(AuditEntry)[-1]
    assert (ended.surface.value, ended.details["code"]) == ("callback", "declined")
