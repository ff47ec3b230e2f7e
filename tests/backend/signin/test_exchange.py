"""A whole sign-in against the sandbox: every end it can take, and what the row holds on the way."""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from pmtui.backend.calendars.protocol import Misconfigured, Temporary
from pmtui.backend.config import Config
from pmtui.backend.signin.exchange import SignInWorker
from pmtui.backend.signin.microsoft import Microsoft
from pmtui.backend.signin.vault import Sealed, Vault, associated
from pmtui.backend.states import AttemptState, Provider
from pmtui.sandbox.faults import Fault
from tests.backend.signin.conftest import BASE, DANA, Flow, live_connections

S = AttemptState
TOKEN = "/oauth2/v2.0/token"


def bound(flow: Flow, attempt_id: int) -> str:
    row = flow.row(attempt_id)
    return associated(row.tenant_id, row.person_id, row.provider, row.uid)


async def test_the_link_asks_for_everything_and_nothing_more(flow: Flow) -> None:
    begun = await flow.begin()
    assert (begun.state, begun.port) == (S.AWAITING, 50_001)
    assert begun.link is not None
    query = {name: values[0] for name, values in parse_qs(urlsplit(begun.link).query).items()}
    row = flow.row(begun.attempt_id)
    assert begun.link.startswith(f"{BASE}/microsoft/organizations/oauth2/v2.0/authorize?")
    assert query.pop("state") == row.state_token
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
    assert (row.code, row.sealed_verifier, row.state_token, row.nonce) == (None,) * 4
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


TROUBLE = [
    Fault("status", path=f"/microsoft/organizations{TOKEN}", status=429, retry_after=20),
    Fault("status", path=f"/microsoft/organizations{TOKEN}", status=503),
    Fault("status", path=f"/microsoft/organizations{TOKEN}", status=400),  # temporarily_unavailable
    Fault("garbage", path=f"/microsoft/organizations{TOKEN}"),
    Fault("cut-before", path=f"/microsoft/organizations{TOKEN}"),
    Fault("status", path="/microsoft/organizations/discovery", status=500),
    Fault("garbage", path="/microsoft/organizations/discovery"),
    Fault("cut-before", path="/graph/v1.0/me"),
    Fault("status", path="/graph/v1.0/me", status=504),
    Fault("status", path="/graph/v1.0/me", skip=1, status=429, retry_after=5),
    Fault("garbage", path="/graph/v1.0/me", skip=1),
]


@pytest.mark.parametrize("fault", TROUBLE, ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.path}-{fault.skip}")
async def test_trouble_is_waited_out(flow: Flow, fault: Fault) -> None:
    begun = await flow.begin()
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    flow.sandbox.faults.append(
        Fault(fault.kind, fault.path, skip=fault.skip, status=fault.status, retry_after=fault.retry_after)
    )
    seen = await flow.advance(begun.attempt_id)
    assert (seen.state, seen.title) == (S.EXCHANGING, None)
    assert flow.due(begun.attempt_id) == flow.clock.now() + timedelta(seconds=fault.retry_after or 1)
    row = flow.row(begun.attempt_id)
    assert (row.code, row.link) == (None, None)
    assert (await flow.advance(begun.attempt_id)).state is S.CONFIRMING
    assert flow.row(begun.attempt_id).error_code is None
    redeemed = [sent.form["code"] for sent in flow.wire.asked(TOKEN)]
    assert len(set(redeemed)) == 1


async def test_trouble_that_stays_ends_with_the_attempt_and_says_so(flow: Flow) -> None:
    begun = await flow.begin()
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    flow.sandbox.faults.append(Fault("status", path=f"/microsoft/organizations{TOKEN}", status=503, count=1000))
    seen, tries = flow.seen(begun.attempt_id), 0
    while not seen.state.over:
        seen, tries = await flow.advance(begun.attempt_id), tries + 1
        flow.clock.at = flow.due(begun.attempt_id) or flow.clock.at
    assert (seen.state, seen.title) == (S.EXPIRED, "Microsoft could not be reached in time.")
    assert 15 < tries < 40
    assert flow.row(begun.attempt_id).sealed_verifier is None


async def test_a_long_retry_after_is_cut_at_the_attempts_end(flow: Flow) -> None:
    begun = await flow.begin()
    flow.clock.advance(minutes=9)
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    flow.sandbox.faults.append(Fault("status", path=f"/microsoft/organizations{TOKEN}", status=429, retry_after=3000))
    await flow.advance(begun.attempt_id)
    assert flow.due(begun.attempt_id) == begun.expires_at


async def test_another_mailbox_than_the_token_names_is_refused(flow: Flow) -> None:
    body = {"id": "somebody-else", "mail": DANA, "userPrincipalName": DANA}
    flow.sandbox.faults.append(Fault("status", path="/graph/v1.0/me", status=200, body=body))
    seen = await flow.until_answered()
    assert (seen.state, seen.title) == (S.FAILED, "Microsoft's answer could not be trusted.")


async def test_an_answer_lost_on_its_way_back_can_only_be_started_again(flow: Flow) -> None:
    begun = await flow.begin()
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    flow.sandbox.faults.append(Fault("cut-after", path=f"/microsoft/organizations{TOKEN}"))
    assert (await flow.advance(begun.attempt_id)).state is S.EXCHANGING
    seen = await flow.advance(begun.attempt_id)
    assert (seen.state, seen.title) == (S.REJECTED, "That answer was used before (Microsoft says 54005).")


async def test_a_code_nobody_claimed_in_time_is_wiped(flow: Flow) -> None:
    begun = await flow.begin()
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    flow.clock.advance(seconds=61)
    seen = await flow.advance(begun.attempt_id)
    assert (seen.state, seen.title) == (S.EXPIRED, "The answer from Microsoft came too late to be used.")
    assert not flow.wire.sent


async def test_a_claimed_code_is_only_ever_sealed(flow: Flow) -> None:
    begun = await flow.begin()
    address = await flow.click(begun.link)
    flow.answer(begun.attempt_id, address)
    flow.sandbox.faults.append(Fault("status", path=f"/microsoft/organizations{TOKEN}", status=503))
    await flow.advance(begun.attempt_id)
    row = flow.row(begun.attempt_id)
    kept = json.loads(
        flow.vault.open(Sealed(row.sealed_verifier or b"", row.key_id or ""), bound(flow, begun.attempt_id))
    )
    assert kept["code"] == parse_qs(urlsplit(address).query)["code"][0]
    assert kept.keys() == {"verifier", "code"}
    assert kept["code"].encode() not in (row.sealed_verifier or b"")


async def test_cancelled_while_the_worker_waits_for_microsoft(flow: Flow) -> None:
    begun = await flow.begin()
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    plain = flow.microsoft.exchange

    async def cancelled_meanwhile(code: str, verifier: str, redirect: str) -> object:
        flow.sign_in.cancel(flow.world.actor(DANA), begun.attempt_id)
        return await plain(code, verifier, redirect)

    flow.microsoft.exchange = cancelled_meanwhile  # type: ignore[method-assign, assignment]  # the only joint in between
    seen = await flow.advance(begun.attempt_id)
    assert seen.state is S.CANCELLED
    assert flow.row(begun.attempt_id).sealed_tokens is None


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


async def test_a_lost_key_ends_the_sign_in_and_nothing_else(flow: Flow, tmp_path: Path) -> None:
    begun = await flow.begin()
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    other = Vault.create(tmp_path / "other")
    worker = _worker(flow, lambda: other)
    await worker.advance(begun.attempt_id)
    seen = flow.seen(begun.attempt_id)
    assert (seen.state, seen.title) == (S.FAILED, "The key of this sign-in was lost.")


async def test_no_key_file_is_the_operators_fault(flow: Flow, tmp_path: Path) -> None:
    worker = _worker(flow, lambda: Vault.load(tmp_path / "none"))
    started = flow.sign_in.start(flow.world.actor(DANA), Provider.OUTLOOK)
    await worker.advance(started.attempt_id)
    seen = flow.seen(started.attempt_id)
    assert (seen.state, seen.title) == (S.FAILED, "This pmtui is not set up correctly for Microsoft.")


@pytest.mark.parametrize(
    "change",
    [
        {"microsoft_client_id": ""},
        {"insecure_endpoints": False},
        {"microsoft_authority": "http://login.example"},
        {"microsoft_client_secret_file": Path("/nowhere")},
    ],
)
async def test_a_wrong_configuration_is_the_operators_fault(flow: Flow, change: dict[str, object]) -> None:
    config = Config.model_validate({**flow.config.model_dump(), **change})
    worker = _worker(flow, lambda: flow.vault, config)
    started = flow.sign_in.start(flow.world.actor(DANA), Provider.OUTLOOK)
    await worker.advance(started.attempt_id)
    assert flow.seen(started.attempt_id).title == "This pmtui is not set up correctly for Microsoft."


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


def _worker(flow: Flow, vault: object, config: Config | None = None) -> SignInWorker:
    config = config or flow.config

    async def nothing(_: int) -> object:
        raise Misconfigured("no_wfm", "-", "-")

    return SignInWorker(
        flow.world.database,
        config,
        vault,  # type: ignore[arg-type]  # one lambda or another
        flow.calls,
        nothing,  # type: ignore[arg-type]  # never returns
        lambda tx, attempt_id: None,
        microsoft=Microsoft(config, flow.clock, flow.wire),
    )


async def test_a_redirect_instead_of_an_answer_is_not_followed(flow: Flow) -> None:
    def elsewhere(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(302, headers={"Location": "https://evil.example"})

    microsoft = Microsoft(flow.config, flow.clock, httpx2.MockTransport(elsewhere))
    with pytest.raises(Temporary, match="Outlook"):
        await microsoft.exchange("code", "verifier", "http://localhost/callback/outlook")
