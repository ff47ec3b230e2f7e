"""What Microsoft wants asked for (conditional access) is asked for in the next link."""

import base64
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from sqlmodel import select

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.claims import claims_request
from pmtui.backend.calendars.protocol import Refused
from pmtui.backend.errors import NeedsReconnecting
from pmtui.backend.signin.tokens import Tokens
from pmtui.backend.states import AttemptState, ConnectionState
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.sync.opening import Opening
from pmtui.backend.sync.reader import Reader
from pmtui.sandbox import levers
from tests.backend.signin.conftest import DANA, Flow

S = AttemptState
CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


def refuse(flow: Flow, **value: Any) -> None:
    levers.pull(flow.sandbox, "refuse", {"number": 50076, "claims": CLAIMS, "person": DANA, **value})


def asked_for(link: str | None) -> list[str]:
    assert link is not None
    return parse_qs(urlsplit(link).query).get("claims", [])


def connection(flow: Flow) -> Connection:
    with flow.world.database.read(flow.world.operator) as tx:
        return tx.db.exec(select(Connection)).one()


async def test_a_connection_that_wants_more_says_so_in_its_next_sign_in(flow: Flow) -> None:
    connection_id = flow.confirm((await flow.until_answered()).attempt_id)
    refuse(flow, where="refresh")
    tokens = Tokens(flow.world.database, flow.config, lambda: flow.vault, microsoft=flow.microsoft)
    with pytest.raises(NeedsReconnecting):
        await tokens.access_token(connection_id, newer=True)
    assert connection(flow).state is ConnectionState.NEEDS_RECONNECTING
    begun = await flow.begin()
    assert asked_for(begun.link) == [CLAIMS]
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    assert (await flow.advance(begun.attempt_id)).state is S.CONFIRMING


async def test_a_sign_in_that_wants_more_ends_and_the_next_one_asks_for_it(flow: Flow) -> None:
    refuse(flow, where="code")
    seen = await flow.until_answered()
    assert (seen.state, seen.title) == (S.FAILED, "Microsoft asks for more than that sign-in (Microsoft says 50076).")
    begun = await flow.begin()
    assert asked_for(begun.link) == [CLAIMS]
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    assert (await flow.advance(begun.attempt_id)).state is S.CONFIRMING
    assert asked_for((await flow.begin()).link) == []


async def test_an_answer_of_the_page_may_say_so_too(flow: Flow) -> None:
    begun = await flow.begin()
    assert begun.link is not None
    state = parse_qs(urlsplit(begun.link).query)["state"][0]
    told = {"error": "interaction_required", "claims": CLAIMS, "state": state}
    flow.answer(begun.attempt_id, f"http://localhost:50001/callback/outlook?{urlencode(told)}")
    assert asked_for((await flow.begin()).link) == [CLAIMS]


async def test_what_graph_itself_wants_is_asked_for_in_the_next_sign_in(flow: Flow) -> None:
    """A 401 `insufficient_claims` of the calendar, as conditional access gives in the middle of a connection's life."""
    connection_id = flow.confirm((await flow.until_answered()).attempt_id)
    encoded = base64.b64encode(CLAIMS.encode()).decode()
    said = {"WWW-Authenticate": f'Bearer realm="", error="insufficient_claims", claims="{encoded}"'}
    refusing = httpx2.MockTransport(lambda _: httpx2.Response(401, headers=said, json={}))
    calls = Calls(flow.clock, insecure=True, transport=refusing)
    tokens = Tokens(flow.world.database, flow.config, lambda: flow.vault, microsoft=flow.microsoft)
    opening = Opening(flow.world.database, flow.config, calls, tokens.access_token, lambda row: "")
    reader = Reader(flow.world.database, opening, lambda tx, people: None)
    assert await reader.read(flow.world.tenant_id, connection_id) is None
    await calls.close()
    assert connection(flow).state is ConnectionState.NEEDS_RECONNECTING
    begun = await flow.begin()
    assert asked_for(begun.link) == [CLAIMS]
    flow.answer(begun.attempt_id, await flow.click(begun.link))
    assert (await flow.advance(begun.attempt_id)).state is S.CONFIRMING


@pytest.mark.parametrize("wrong", ["", "x", "[]", "5", '{"a":' + '"b"' * 2_000, 5, None])
def test_what_is_no_claims_request_is_not_replayed(wrong: object) -> None:
    assert claims_request(wrong) is None
    assert claims_request(CLAIMS) == CLAIMS


async def test_an_app_that_was_blocked_is_neither_the_coachs_nor_the_operators(flow: Flow) -> None:
    """It comes back by itself once an administrator allows it again: nobody is sent to sign in anew."""
    connection_id = flow.confirm((await flow.until_answered()).attempt_id)
    levers.pull(flow.sandbox, "approval", "blocked")
    tokens = Tokens(flow.world.database, flow.config, lambda: flow.vault, microsoft=flow.microsoft)
    with pytest.raises(Refused) as caught:
        await tokens.access_token(connection_id, newer=True)
    assert caught.value.code == "7000112"
    assert connection(flow).state is ConnectionState.READY
