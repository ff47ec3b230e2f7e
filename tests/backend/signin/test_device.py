"""Signing in to Microsoft by typing a code, against the sandbox's pages."""

import json
from datetime import timedelta

import httpx2
import pytest

from pmtui.backend.signin.microsoft import DeviceCode
from pmtui.backend.signin.records import AttemptRecord
from pmtui.backend.signin.vault import Sealed
from pmtui.backend.states import AnswerWay, AttemptState, WorkKind
from pmtui.sandbox.app import create_app
from pmtui.sandbox.faults import Fault
from tests.backend.signin.conftest import BASE, DANA, Flow, bound
from tests.sandbox import browser

S = AttemptState
DEVICECODE, TOKEN = "/oauth2/v2.0/devicecode", "/oauth2/v2.0/token"
GOOD = {
    "device_code": "d",
    "user_code": "ABCD-1234",
    "verification_uri": "https://microsoft.com/devicelogin",
    "expires_in": 900,
    "interval": 5,
}


async def begin(flow: Flow) -> AttemptRecord:
    return await flow.begin(port=None, way=AnswerWay.DEVICE)


async def type_code(flow: Flow, begun: AttemptRecord, *buttons: tuple[str, str]) -> str:
    """Type the code at the page shown, then press these; the last page's title."""
    assert begun.verification_uri is not None
    assert begun.user_code is not None
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(flow.sandbox)), base_url=BASE) as http:
        page = browser.read(await http.get(begun.verification_uri))
        sent = {**page.hidden, "user_code": begun.user_code.lower(), "action": "next"}
        for name, value in (*buttons, ("", "")):
            page = browser.read(await http.post(page.action, data=sent))
            sent = {**page.hidden, name: value}
    return page.title


async def agree(flow: Flow, begun: AttemptRecord) -> None:
    await type_code(flow, begun, ("account", DANA), ("action", "continue"), ("action", "accept"))


async def polled(flow: Flow, attempt_id: int) -> AttemptRecord:
    """The worker's next visit, when it is due."""
    flow.clock.at = flow.due(attempt_id)
    return await flow.advance(attempt_id)


async def test_the_code_is_shown_with_the_page_to_type_it_at(flow: Flow) -> None:
    begun = await begin(flow)
    assert (begun.state, begun.way, begun.link) == (S.AWAITING, AnswerWay.DEVICE, None)
    assert begun.verification_uri == f"{BASE}/microsoft/devicelogin"
    assert begun.user_code
    assert begun.expires_at == flow.clock.now() + timedelta(minutes=15)
    assert flow.due(begun.attempt_id) == flow.clock.now() + timedelta(seconds=5)
    asked = flow.wire.asked(DEVICECODE)[0].form
    assert asked.keys() == {"client_id", "scope"}


async def test_a_sign_in_by_code_comes_to_the_coachs_confirmation(flow: Flow) -> None:
    begun = await begin(flow)
    assert (await polled(flow, begun.attempt_id)).state is S.AWAITING
    await agree(flow, begun)
    assert (await polled(flow, begun.attempt_id)).state is S.EXCHANGING
    seen = await flow.advance(begun.attempt_id)
    assert (seen.state, seen.account, seen.user_code) == (S.CONFIRMING, DANA, None)
    row = flow.row(begun.attempt_id)
    assert (row.sealed_verifier, row.user_code) == (None, None)
    flow.confirm(begun.attempt_id)


async def test_the_device_code_is_only_ever_sealed_and_no_secret_is_sent_along(flow: Flow) -> None:
    begun = await begin(flow)
    row = flow.row(begun.attempt_id)
    sealed = Sealed(row.sealed_verifier or b"", row.key_id or "")
    device_code = json.loads(flow.vault.open(sealed, bound(flow, begun.attempt_id)))["device_code"]
    assert device_code in flow.sandbox.sign_ins.devices
    assert device_code not in str(row.model_dump())
    await agree(flow, begun)
    await polled(flow, begun.attempt_id)
    row = flow.row(begun.attempt_id)
    tokens = json.loads(
        flow.vault.open(Sealed(row.sealed_tokens or b"", row.key_id or ""), bound(flow, begun.attempt_id))
    )
    assert tokens["public"] is True
    assert all("client_secret" not in sent.form for sent in flow.wire.sent)


async def test_it_asks_no_more_often_than_told(flow: Flow) -> None:
    """Asked too early, Microsoft's side says slow_down: from then on five seconds more lie between."""
    begun = await begin(flow)
    await flow.advance(begun.attempt_id)
    flow.clock.advance(seconds=1)
    with flow.world.database.write(flow.world.operator) as tx:  # while the worker is at it, nothing is noted as due
        tx.forget(WorkKind.ATTEMPT, begun.attempt_id)
    await flow.advance(begun.attempt_id)
    assert flow.due(begun.attempt_id) == flow.clock.now() + timedelta(seconds=10)
    assert (await polled(flow, begun.attempt_id)).state is S.AWAITING
    assert flow.due(begun.attempt_id) == flow.clock.now() + timedelta(seconds=10)


async def test_declining_ends_it(flow: Flow) -> None:
    begun = await begin(flow)
    await type_code(flow, begun, ("action", "cancel"))
    seen = await polled(flow, begun.attempt_id)
    assert (seen.state, seen.title) == (S.CANCELLED, "The sign-in was left on Microsoft's page.")


async def test_nobody_typing_it_ends_it_after_a_quarter_of_an_hour(flow: Flow) -> None:
    begun = await begin(flow)
    seen, polls = begun, 0
    while not seen.state.over:
        seen, polls = await polled(flow, begun.attempt_id), polls + 1
    assert (seen.state, seen.title) == (S.EXPIRED, "The code was not used in time.")
    assert flow.clock.now() - begun.expires_at <= timedelta(seconds=5)
    assert 170 < polls <= 181
    assert flow.row(begun.attempt_id).sealed_verifier is None


async def test_a_code_that_ended_earlier_at_microsoft_says_the_same(flow: Flow) -> None:
    begun = await begin(flow)
    for device in flow.sandbox.sign_ins.devices.values():
        device.expires_at = flow.clock.now()
    seen = await polled(flow, begun.attempt_id)
    assert (seen.state, seen.title) == (S.EXPIRED, "The code was not used in time.")


async def test_a_code_microsoft_does_not_know_ends_it(flow: Flow) -> None:
    begun = await begin(flow)
    flow.sandbox.sign_ins.devices.clear()
    seen = await polled(flow, begun.attempt_id)
    assert (seen.state, seen.title) == (S.FAILED, "Microsoft does not know that code any more.")


async def test_an_app_that_is_no_public_client_is_the_operators_to_mend(
    flow: Flow, caplog: pytest.LogCaptureFixture
) -> None:
    flow.sandbox.sign_ins.device_flow = "not-enabled"
    begun = await begin(flow)
    seen = await polled(flow, begun.attempt_id)
    assert (seen.state, seen.title) == (S.FAILED, "This pmtui is not set up correctly for Microsoft.")
    assert "operator:7000218" in caplog.text


async def test_trouble_is_waited_out(flow: Flow) -> None:
    flow.sandbox.faults.append(Fault("status", path=f"/microsoft/organizations{DEVICECODE}", status=503))
    begun = await begin(flow)
    assert begun.state is S.STARTING
    begun = await polled(flow, begun.attempt_id)
    assert begun.state is S.AWAITING
    flow.sandbox.faults.append(Fault("status", path=f"/microsoft/organizations{TOKEN}", status=429, retry_after=30))
    assert (await polled(flow, begun.attempt_id)).state is S.AWAITING
    assert flow.due(begun.attempt_id) == flow.clock.now() + timedelta(seconds=30)
    await agree(flow, begun)
    assert (await polled(flow, begun.attempt_id)).state is S.EXCHANGING


async def test_what_was_cancelled_is_not_asked_for_any_more(flow: Flow) -> None:
    begun = await begin(flow)
    await agree(flow, begun)
    flow.sign_in.cancel(flow.world.actor(DANA), begun.attempt_id)
    assert flow.due(begun.attempt_id) is None
    assert (await flow.advance(begun.attempt_id)).state is S.CANCELLED
    assert not flow.wire.asked(TOKEN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"user_code": "\x1b[2J"},
        {"user_code": 5},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": "https://a\nb"},
        {"device_code": None},
        {"expires_in": "soon"},
        {"interval": None},
    ],
)
def test_an_answer_that_could_not_be_shown_is_none(wrong: dict[str, object]) -> None:
    assert DeviceCode.from_answer(GOOD) is not None
    assert DeviceCode.from_answer({**GOOD, **wrong}) is None


async def test_a_public_sign_in_is_refreshed_without_the_secret(flow: Flow) -> None:
    begun = await begin(flow)
    await agree(flow, begun)
    secret = json.loads(
        flow.vault.open(
            Sealed(flow.row(begun.attempt_id).sealed_verifier or b"", flow.row(begun.attempt_id).key_id or ""),
            bound(flow, begun.attempt_id),
        )
    )
    tokens = await flow.microsoft.tokens_of(secret["device_code"])
    refreshed = await flow.microsoft.refresh(tokens)
    assert refreshed.public
    assert "client_secret" not in flow.wire.asked(TOKEN)[-1].form
