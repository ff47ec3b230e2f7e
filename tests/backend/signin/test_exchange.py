"""A whole sign-in against the sandbox: every end it can take, and what the row holds on the way."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from pmtui.backend.signin import attempts
from pmtui.backend.signin.vault import Sealed
from pmtui.backend.states import AttemptState, Provider
from pmtui.sandbox.faults import Fault
from tests.backend.signin.conftest import BASE, DANA, Flow, bound, live_connections

S = AttemptState
TOKEN = "/oauth2/v2.0/token"


async def test_the_link_asks_for_everything_and_nothing_more(flow: Flow) -> None:
    begun = await flow.begin()
    assert (begun.state, begun.port) == (S.AWAITING, 50_001)
    assert begun.link is not None
    query = {name: values[0] for name, values in parse_qs(urlsplit(begun.link).query).items()}
    row = flow.row(begun.attempt_id)
    assert begun.link.startswith(f"{BASE}/microsoft/organizations/oauth2/v2.0/authorize?")
    assert attempts.digest(query.pop("state")) == row.state_digest
    assert query.pop("nonce") == row.nonce
    assert len(query.pop("code_challenge")) == 43
    assert query == {
        "response_type": "code",
        "response_mode": "query",
        "client_id": flow.config.microsoft_client_id,
        "redirect_uri": "http://localhost:50001/callback/outlook",
        "scope": "openid profile offline_access User.Read Calendars.ReadWrite MailboxSettings.Read",
        "prompt": "select_account",
        "code_challenge_method": "S256",
    }
    assert flow.due(begun.attempt_id) == begun.expires_at


async def test_without_a_listener_the_address_is_one_to_paste_back(flow: Flow) -> None:
    begun = await flow.begin(port=None)
    address = await flow.click(begun.link)
    assert address.startswith("http://localhost:8753/callback/outlook?")
    flow.answer(begun.attempt_id, f"  {address}  ")
    assert (await flow.advance(begun.attempt_id)).state is S.CONFIRMING


async def test_a_sign_in_comes_to_the_coachs_confirmation(flow: Flow) -> None:
    seen = await flow.until_answered()
    assert (seen.state, seen.account, seen.other_address, seen.link) == (S.CONFIRMING, DANA, False, None)
    row = flow.row(seen.attempt_id)
    assert (row.code, row.sealed_verifier, row.link, row.nonce) == (None,) * 4
    assert row.timezone == "America/Chicago"
    assert row.external_id is not None
    assert "@" in row.external_id
    sealed = json.loads(
        flow.vault.open(Sealed(row.sealed_tokens or b"", row.key_id or ""), bound(flow, seen.attempt_id))
    )
    assert sealed["refresh_token"] in flow.sandbox.sign_ins.refresh
    assert sealed["id_token"] is None
    assert row.tokens_expire_at == flow.clock.now() + timedelta(seconds=3599)
    assert [sent.path.rpartition("/")[2] for sent in flow.wire.sent] == ["token", "keys", "me", "mailboxSettings"]
    assert flow.wire.asked(TOKEN)[0].form.keys() == {
        "grant_type",
        "code",
        "code_verifier",
        "redirect_uri",
        "client_id",
        "client_secret",
    }


async def test_the_coach_has_time_to_confirm(flow: Flow) -> None:
    begun = await flow.begin()
    address = await flow.click(begun.link)
    flow.clock.advance(minutes=9)
    flow.answer(begun.attempt_id, address)
    seen = await flow.advance(begun.attempt_id)
    assert seen.expires_at == flow.clock.now() + timedelta(minutes=10)
    assert flow.due(begun.attempt_id) == seen.expires_at


async def test_another_persons_account_is_named_and_flagged(flow: Flow) -> None:
    seen = await flow.until_answered("marcus@acme.example")
    assert (seen.account, seen.other_address) == ("marcus@acme.example", True)


@pytest.mark.parametrize(
    ("approval", "account", "actions", "state", "words"),
    [
        ("not-required", DANA, ("cancel",), S.CANCELLED, "left on Microsoft's page"),
        ("not-required", "cancel", (), S.CANCELLED, "left on Microsoft's page"),
        ("required", DANA, ("cancel",), S.CANCELLED, "left on Microsoft's page"),
    ],
)
async def test_the_person_goes_back(
    flow: Flow, approval: str, account: str, actions: tuple[str, ...], state: AttemptState, words: str
) -> None:
    flow.sandbox.sign_ins.approval = "required" if approval == "required" else "not-required"
    begun = await flow.begin()
    flow.answer(begun.attempt_id, await flow.click(begun.link, account, *actions))
    seen = flow.seen(begun.attempt_id)
    assert seen.state is state
    assert words in (seen.title or "")
    assert "Approval required" in (seen.next_step or "")


async def test_asking_for_approval_sends_nobody_back_and_time_runs_out(flow: Flow) -> None:
    flow.sandbox.sign_ins.approval = "required"
    begun = await flow.begin()
    assert "Request sent" in await flow.click(begun.link, DANA, "request")
    flow.clock.advance(minutes=10)
    seen = await flow.advance(begun.attempt_id)
    assert (seen.state, flow.row(begun.attempt_id).state) == (S.EXPIRED, S.EXPIRED)
    assert flow.due(begun.attempt_id) is None
    flow.sandbox.sign_ins.answer_requests("approved")
    assert (await flow.until_answered()).state is S.CONFIRMING


@pytest.mark.parametrize(
    ("number", "error", "state"),
    [
        (65001, "invalid_grant", S.NEEDS_APPROVAL),
        (53003, "interaction_required", S.FAILED),
        (7000112, "unauthorized_client", S.FAILED),
        (54005, "invalid_grant", S.REJECTED),
        (70008, "invalid_grant", S.EXPIRED),
        (7000222, "invalid_client", S.FAILED),
        (999, "invalid_grant", S.FAILED),
    ],
)
async def test_a_refused_code_ends_it(flow: Flow, number: int, error: str, state: AttemptState) -> None:
    flow.sandbox.faults.append(
        Fault(
            "status",
            path="/microsoft",
            method="POST",
            skip=2,
            status=400,
            body={"error": error, "error_codes": [number]},
        )
    )
    begun = await flow.begin()
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    seen = await flow.advance(begun.attempt_id)
    assert seen.state is state
    assert seen.title
    assert flow.row(begun.attempt_id).sealed_verifier is None
    assert len(flow.wire.asked(TOKEN)) == 1


async def test_a_wrong_secret_alarms_the_operator_not_the_coach(flow: Flow, caplog: pytest.LogCaptureFixture) -> None:
    assert flow.config.microsoft_client_secret_file is not None
    flow.config.microsoft_client_secret_file.write_text("wrong-canary")
    seen = await flow.until_answered()
    assert (seen.state, seen.title) == (S.FAILED, "This pmtui is not set up correctly for Microsoft.")
    assert "7000215" in (seen.next_step or "")
    assert [record.levelname for record in caplog.records if record.name.startswith("pmtui")] == ["ERROR"]
    assert "canary" not in caplog.text


async def test_a_missing_scope_is_named_and_the_tokens_dropped(flow: Flow) -> None:
    begun = await flow.begin()
    assert begun.link is not None
    unticked = begun.link.replace("Calendars.ReadWrite", "Calendars.Read").replace("+offline_access", "")
    flow.answer(begun.attempt_id, await flow.click(unticked))
    seen = await flow.advance(begun.attempt_id)
    assert (seen.state, seen.title) == (
        S.FAILED,
        "Microsoft did not give everything that is needed: Calendars.ReadWrite.",
    )
    assert flow.row(begun.attempt_id).sealed_tokens is None


async def test_without_a_refresh_token_there_is_no_connection(flow: Flow) -> None:
    begun = await flow.begin()
    assert begun.link is not None
    flow.answer(begun.attempt_id, await flow.click(begun.link.replace("+offline_access", "")))
    assert "offline_access" in ((await flow.advance(begun.attempt_id)).title or "")


@pytest.mark.parametrize("status", [403, 404, 400])
async def test_a_mailbox_that_cannot_be_read_is_no_calendar(flow: Flow, status: int) -> None:
    flow.sandbox.faults.append(Fault("status", path="/graph/v1.0/me/mailboxSettings", status=status))
    seen = await flow.until_answered()
    title = {403: "MailboxSettings.Read", 404: "no mailbox", 400: "refused"}[status]
    assert seen.state is S.FAILED
    assert title in (seen.title or "")


async def test_coming_by_again_changes_nothing(flow: Flow) -> None:
    seen = await flow.until_answered()
    asked = len(flow.wire.sent)
    assert await flow.advance(seen.attempt_id) == seen
    assert len(flow.wire.sent) == asked
    await flow.worker.advance(seen.attempt_id + 1)


async def test_the_confirmed_account_becomes_the_connection(flow: Flow) -> None:
    seen = await flow.until_answered()
    uid = flow.row(seen.attempt_id).uid
    flow.confirm(seen.attempt_id)
    (connection,) = live_connections(flow.world)
    assert (connection.uid, connection.account) == (uid, DANA)
    assert flow.seen(seen.attempt_id).state is S.CONNECTED


async def test_the_wfm_connects_at_once(flow: Flow) -> None:
    seen = await flow.begin(None, Provider.WFM)
    assert (seen.state, seen.account) == (S.CONNECTED, DANA)
    (connection,) = live_connections(flow.world)
    assert (connection.provider, connection.account) == (Provider.WFM, DANA)
    assert connection.external_id == flow.sandbox.people[DANA].person_id


async def test_the_wfm_that_knows_nobody_says_exactly_that(flow: Flow) -> None:
    del flow.sandbox.people[DANA]
    seen = await flow.begin(None, Provider.WFM)
    assert (seen.state, seen.title) == (S.FAILED, f"The WFM system knows nobody with the address {DANA}.")
    assert not live_connections(flow.world)


async def test_a_wfm_that_is_down_is_tried_again(flow: Flow) -> None:
    flow.sandbox.faults.append(Fault("status", path="/wfm", status=503))
    seen = await flow.begin(None, Provider.WFM)
    assert seen.state is S.STARTING
    assert flow.due(seen.attempt_id) == flow.clock.now() + timedelta(seconds=1)
    assert (await flow.advance(seen.attempt_id)).state is S.CONNECTED


async def test_a_wfm_that_refuses_the_token_is_not_the_coachs_fault(flow: Flow) -> None:
    flow.sandbox.faults.append(Fault("status", path="/wfm", status=401))
    seen = await flow.begin(None, Provider.WFM)
    assert (seen.state, seen.title) == (S.FAILED, "The organisation's WFM system can't be used.")


async def test_connected_elsewhere_meanwhile(flow: Flow) -> None:
    started = flow.sign_in.start(flow.world.actor(DANA), Provider.WFM)
    flow.world.connect(DANA, Provider.OUTLOOK)
    seen = await flow.advance(started.attempt_id)
    assert (seen.state, seen.title) == (S.FAILED, "A calendar is connected already.")
    assert [connection.provider for connection in live_connections(flow.world)] == [Provider.OUTLOOK]
