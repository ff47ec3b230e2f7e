"""Whatever goes wrong on the way: waited out, ended with the attempt, or told to whom it concerns."""

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
from pmtui.backend.signin.vault import Sealed, Vault
from pmtui.backend.states import AttemptState, Provider
from pmtui.backend.storage import work
from pmtui.sandbox.faults import Fault
from tests.backend.signin.conftest import DANA, Flow, bound

S = AttemptState
TOKEN = "/oauth2/v2.0/token"


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
    Fault("status", path="/graph/v1.0/me", skip=1, status=429, retry_after=300),
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
    flow.clock.advance(seconds=fault.retry_after or 1)
    assert (await flow.advance(begun.attempt_id)).state is S.CONFIRMING
    assert flow.row(begun.attempt_id).error_code is None
    redeemed = [sent.form["code"] for sent in flow.wire.asked(TOKEN)]
    assert len(set(redeemed)) == 1


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        (Fault("cut-before", path=f"/microsoft/organizations{TOKEN}"), "Microsoft could not be reached in time."),
        (
            Fault("status", path=f"/microsoft/organizations{TOKEN}", status=503),
            "Microsoft had trouble (Microsoft says http_503).",
        ),
        (
            Fault("401-for-good", path="/microsoft/organizations/discovery"),
            "Microsoft had trouble (Microsoft says keys_401).",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
async def test_trouble_that_stays_ends_with_the_attempt_and_says_so(flow: Flow, fault: Fault, title: str) -> None:
    begun = await flow.begin()
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    flow.sandbox.faults.append(Fault(fault.kind, fault.path, status=fault.status, count=1000))
    seen, tries = flow.seen(begun.attempt_id), 0
    while not seen.state.over:
        seen, tries = await flow.advance(begun.attempt_id), tries + 1
        flow.clock.at = flow.due(begun.attempt_id) or flow.clock.at
    assert (seen.state, seen.title) == (S.EXPIRED, title)
    assert 15 < tries < 40
    assert flow.row(begun.attempt_id).sealed_verifier is None


async def test_an_answer_in_the_last_second_still_counts(flow: Flow) -> None:
    begun = await flow.begin()
    flow.clock.at = begun.expires_at - timedelta(seconds=1)
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    flow.clock.advance(seconds=2)
    assert (await flow.advance(begun.attempt_id)).state is S.CONFIRMING


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


async def test_a_repetition_noted_under_the_workers_lease_outlives_it(flow: Flow) -> None:
    begun = await flow.begin()
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    flow.sandbox.faults.append(Fault("status", path=f"/microsoft/organizations{TOKEN}", status=503))
    for expected in (S.EXCHANGING, S.CONFIRMING):
        (claimed,) = work.claim(flow.world.database, "me", 5)
        assert (await flow.advance(claimed.subject)).state is expected
        work.done(flow.world.database, claimed)
        flow.clock.advance(seconds=1)
    seen = flow.seen(begun.attempt_id)
    assert flow.due(begun.attempt_id) == seen.expires_at
    assert not work.claim(flow.world.database, "me", 5)


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


async def test_a_redirect_instead_of_an_answer_is_not_followed(flow: Flow) -> None:
    def elsewhere(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(302, headers={"Location": "https://evil.example"})

    microsoft = Microsoft(flow.config, flow.clock, httpx2.MockTransport(elsewhere))
    with pytest.raises(Temporary, match="Outlook"):
        await microsoft.exchange("code", "verifier", "http://localhost/callback/outlook")


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
