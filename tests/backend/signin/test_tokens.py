"""Access tokens: handed out while good, refreshed once by one process, kept before use, and lost without a crash."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select, update

from pmtui.backend.calendars.protocol import Misconfigured, Refused, Temporary
from pmtui.backend.clock import SystemClock
from pmtui.backend.config import Config
from pmtui.backend.errors import NeedsReconnecting
from pmtui.backend.signin.tokens import Tokens
from pmtui.backend.signin.vault import CannotOpen, Vault
from pmtui.backend.states import ConnectionState, Topic, Verb
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken
from pmtui.sandbox.faults import Fault
from pmtui.sandbox.server import serve
from tests.backend.signin.conftest import DANA, Flow

TOKEN = "/oauth2/v2.0/token"


async def connected(flow: Flow) -> int:
    """Dana's Outlook calendar, connected; from here on only refreshes ask the token endpoint."""
    connection_id = flow.confirm((await flow.until_answered()).attempt_id)
    flow.wire.sent.clear()
    return connection_id


def tokens_of(flow: Flow, vault: Vault | None = None) -> Tokens:
    """As another process would have it: nothing shared but the database."""
    return Tokens(flow.world.database, flow.config, lambda: vault or flow.vault, microsoft=flow.microsoft)


def connection(flow: Flow) -> Connection:
    with flow.world.database.read(flow.world.operator) as tx:
        return tx.db.exec(select(Connection)).one()


def kept(flow: Flow) -> ConnectionToken:
    with flow.world.database.read(flow.world.operator) as tx:
        return tx.db.exec(select(ConnectionToken)).one()


async def test_a_good_token_is_handed_out_without_asking(flow: Flow) -> None:
    connection_id = await connected(flow)
    tokens = tokens_of(flow)
    token = await tokens.access_token(connection_id)
    assert token in flow.sandbox.sign_ins.access
    flow.clock.advance(minutes=57)
    assert await tokens.access_token(connection_id) == token
    assert not flow.wire.sent


async def test_a_token_near_its_end_is_refreshed_and_kept(flow: Flow) -> None:
    connection_id = await connected(flow)
    before = await tokens_of(flow).access_token(connection_id)
    flow.clock.advance(minutes=58)
    after = await tokens_of(flow).access_token(connection_id)
    assert after != before
    assert await tokens_of(flow).access_token(connection_id) == after
    (asked,) = flow.wire.asked(TOKEN)
    assert asked.form["grant_type"] == "refresh_token"
    assert "Calendars.ReadWrite" in asked.form["scope"]
    row = kept(flow)
    assert (row.leased_by, row.leased_until) == (None, None)
    assert row.expires_at == flow.clock.now() + timedelta(seconds=3599)


async def test_a_newer_refresh_token_replaces_the_old_and_a_missing_one_keeps_it(flow: Flow) -> None:
    connection_id = await connected(flow)
    used = []
    for _ in range(3):
        flow.clock.advance(minutes=59)
        await tokens_of(flow).access_token(connection_id)
        used.append(flow.wire.asked(TOKEN)[-1].form["refresh_token"])
    assert len(set(used)) == 3
    assert set(used) <= set(flow.sandbox.sign_ins.refresh)


async def test_what_a_refresh_leaves_out_stays(flow: Flow) -> None:
    connection_id = await connected(flow)
    flow.sandbox.faults.append(
        Fault("status", path="/microsoft", status=200, body={"access_token": "bare", "token_type": "Bearer"})
    )
    flow.clock.advance(minutes=59)
    assert await tokens_of(flow).access_token(connection_id) == "bare"
    flow.clock.advance(minutes=59)
    assert await tokens_of(flow).access_token(connection_id) in flow.sandbox.sign_ins.access
    first, second = flow.wire.asked(TOKEN)
    assert first.form["refresh_token"] == second.form["refresh_token"]
    assert first.form["scope"] == second.form["scope"]


async def test_a_refused_token_is_refreshed_once(flow: Flow) -> None:
    connection_id = await connected(flow)
    tokens = tokens_of(flow)
    used = await tokens.access_token(connection_id)
    newer = await tokens.access_token(connection_id, newer=True)
    assert newer != used
    assert await tokens.access_token(connection_id) == newer
    assert await tokens.access_token(connection_id, newer=True) != newer
    assert len(flow.wire.asked(TOKEN)) == 2


async def test_many_calls_refused_at_once_refresh_once(flow: Flow) -> None:
    connection_id = await connected(flow)
    tokens = tokens_of(flow)
    await tokens.access_token(connection_id)
    found = await asyncio.gather(*(tokens.access_token(connection_id, True) for _ in range(5)))
    assert len(set(found)) == 1
    assert len(flow.wire.asked(TOKEN)) == 1


async def test_another_process_newer_token_is_used(flow: Flow) -> None:
    connection_id = await connected(flow)
    mine, other = tokens_of(flow), tokens_of(flow)
    await mine.access_token(connection_id)
    newer = await other.access_token(connection_id, newer=True)
    assert await mine.access_token(connection_id, newer=True) == newer
    assert len(flow.wire.asked(TOKEN)) == 1


async def test_a_lease_somebody_holds_is_waited_for(flow: Flow) -> None:
    connection_id = await connected(flow)
    _lease(flow, timedelta(seconds=60))
    flow.clock.advance(minutes=59)
    with pytest.raises(Temporary) as caught:
        await tokens_of(flow).access_token(connection_id)
    assert caught.value.code == "refresh_under_way"
    assert not flow.wire.sent
    assert kept(flow).leased_by == "another"


async def test_a_lease_that_ran_out_is_taken_over(flow: Flow) -> None:
    connection_id = await connected(flow)
    _lease(flow, timedelta(seconds=-1))
    flow.clock.advance(minutes=59)
    assert await tokens_of(flow).access_token(connection_id) in flow.sandbox.sign_ins.access


async def test_tokens_stored_after_the_lease_was_lost_do_not_count(flow: Flow) -> None:
    connection_id = await connected(flow)
    plain = flow.microsoft.refresh

    async def slow(given: object) -> object:
        flow.microsoft.refresh = plain  # type: ignore[method-assign]  # the first time only
        _lease(flow, timedelta(seconds=-1))  # it took so long that another has the lease
        return await plain(given)  # type: ignore[arg-type]  # passed on as it came

    flow.microsoft.refresh = slow  # type: ignore[method-assign, assignment]  # the only joint in between
    flow.clock.advance(minutes=59)
    token = await tokens_of(flow).access_token(connection_id)
    assert len(flow.wire.asked(TOKEN)) == 2
    assert await tokens_of(flow).access_token(connection_id) == token


async def test_a_refusal_after_the_lease_was_lost_costs_nothing(flow: Flow) -> None:
    connection_id = await connected(flow)
    flow.clock.advance(minutes=59)
    flow.sandbox.faults.append(
        Fault("status", path="/microsoft", status=400, body={"error": "invalid_grant", "error_codes": [70000]}, count=1)
    )
    plain = flow.microsoft.refresh

    async def too_late(given: object) -> object:
        flow.microsoft.refresh = plain  # type: ignore[method-assign]  # the first time only
        _lease(flow, timedelta(seconds=-1))  # another has the lease, and has used the refresh token
        return await plain(given)  # type: ignore[arg-type]  # passed on as it came

    flow.microsoft.refresh = too_late  # type: ignore[method-assign, assignment]  # as above
    assert await tokens_of(flow).access_token(connection_id) in flow.sandbox.sign_ins.access
    assert connection(flow).state is ConnectionState.READY


@pytest.mark.parametrize(("number", "code"), [(700082, "700082"), (50173, "50173"), (65001, "65001")])
async def test_an_access_that_is_gone_needs_reconnecting(flow: Flow, number: int, code: str) -> None:
    connection_id = await connected(flow)
    flow.sandbox.sign_ins.revoke(DANA, number, flow.clock.now())
    before = flow.world.number(Topic.INTEGRATIONS)
    with pytest.raises(NeedsReconnecting):
        await tokens_of(flow).access_token(connection_id, newer=True)
    row = connection(flow)
    assert (row.state, row.error_code) == (ConnectionState.NEEDS_RECONNECTING, f"signed_out:{code}")
    assert row.failing_since_at == flow.clock.now()
    assert flow.world.number(Topic.INTEGRATIONS) == before + 1
    assert flow.world.rows(AuditEntry)[-1].verb is Verb.CALENDAR_READ
    with pytest.raises(NeedsReconnecting):
        await tokens_of(flow).access_token(connection_id)
    assert len(flow.wire.asked(TOKEN)) == 1
    assert kept(flow).leased_by is None


async def test_interaction_required_needs_reconnecting(flow: Flow) -> None:
    connection_id = await connected(flow)
    body = {"error": "interaction_required", "error_codes": [50076], "claims": "{}"}
    flow.sandbox.faults.append(Fault("status", path="/microsoft", status=400, body=body))
    with pytest.raises(NeedsReconnecting):
        await tokens_of(flow).access_token(connection_id, newer=True)
    assert connection(flow).error_code == "signed_out:50076"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=429, retry_after=30),
        Fault("status", status=429, body={"error": "invalid_grant", "error_codes": [50173]}),
        Fault("status", status=503, body={"error": "invalid_grant", "error_codes": [50173]}),
        Fault("status", status=400),
        Fault("garbage"),
        Fault("cut-before"),
        Fault("status", status=200, body={"token_type": "Bearer"}),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
async def test_trouble_never_costs_the_connection(flow: Flow, fault: Fault) -> None:
    connection_id = await connected(flow)
    flow.sandbox.faults.append(
        Fault(fault.kind, "/microsoft", status=fault.status, retry_after=fault.retry_after, body=fault.body)
    )
    with pytest.raises(Temporary) as caught:
        await tokens_of(flow).access_token(connection_id, newer=True)
    if fault.retry_after is not None:
        assert caught.value.retry_at == flow.clock.now() + timedelta(seconds=fault.retry_after)
    assert connection(flow).state is ConnectionState.READY
    assert kept(flow).leased_by is None
    assert await tokens_of(flow).access_token(connection_id, newer=True) in flow.sandbox.sign_ins.access


async def test_our_own_wrong_secret_is_the_operators(flow: Flow) -> None:
    connection_id = await connected(flow)
    assert flow.config.microsoft_client_secret_file is not None
    flow.config.microsoft_client_secret_file.write_text("wrong")
    with pytest.raises(Misconfigured):
        await tokens_of(flow).access_token(connection_id, newer=True)
    assert connection(flow).state is ConnectionState.READY


async def test_another_refusal_is_not_guessed_at(flow: Flow) -> None:
    connection_id = await connected(flow)
    body = {"error": "odd_error", "error_codes": [12345]}
    flow.sandbox.faults.append(Fault("status", path="/microsoft", status=400, body=body))
    with pytest.raises(Refused):
        await tokens_of(flow).access_token(connection_id, newer=True)
    assert connection(flow).state is ConnectionState.READY


async def test_a_lost_key_needs_reconnecting(flow: Flow, tmp_path: Path) -> None:
    connection_id = await connected(flow)
    with pytest.raises(CannotOpen):
        await tokens_of(flow, Vault.create(tmp_path / "other")).access_token(connection_id)
    assert (connection(flow).state, connection(flow).error_code) == (ConnectionState.NEEDS_RECONNECTING, "key_lost")


async def test_a_row_copied_to_another_person_does_not_open(flow: Flow) -> None:
    connection_id = await connected(flow)
    marcus = flow.world.coach("marcus")
    with flow.world.database.write(flow.world.operator) as tx:
        tx.db.execute(update(Connection).where(col(Connection.id) == connection_id).values(person_id=marcus))
    with pytest.raises(CannotOpen):
        await tokens_of(flow).access_token(connection_id)
    assert connection(flow).error_code == "seal_broken"


async def test_an_ended_connection_has_no_token(flow: Flow) -> None:
    connection_id = await connected(flow)
    with flow.world.database.write(flow.world.operator) as tx:
        tx.db.execute(update(Connection).values(ended_at=tx.now))
    with pytest.raises(NeedsReconnecting, match="not connected any more"):
        await tokens_of(flow).access_token(connection_id)


async def test_a_reconnection_meanwhile_is_not_marked(flow: Flow) -> None:
    connection_id = await connected(flow)
    flow.sandbox.sign_ins.revoke(DANA, 50173, flow.clock.now())
    plain = flow.microsoft.refresh

    async def reconnected_meanwhile(given: object) -> object:
        with flow.world.database.write(flow.world.operator) as tx:
            tx.db.execute(update(Connection).values(uid="renewed"))
        return await plain(given)  # type: ignore[arg-type]  # passed on as it came

    flow.microsoft.refresh = reconnected_meanwhile  # type: ignore[method-assign, assignment]  # as above
    with pytest.raises(NeedsReconnecting):
        await tokens_of(flow).access_token(connection_id, newer=True)
    assert connection(flow).state is ConnectionState.READY


def refresh_elsewhere(url: str, config: Config, keys: Path, connection_id: int) -> str:
    """Runs in a process of its own."""
    database = Database(url, SystemClock())
    try:
        tokens = Tokens(database, config, lambda: Vault.load(keys))
        return asyncio.run(tokens.access_token(connection_id))
    finally:
        database.close()


async def test_processes_that_refresh_at_once_refresh_once(flow: Flow, database_url: str, tmp_path: Path) -> None:
    connection_id = await connected(flow)
    with flow.world.database.write(flow.world.operator) as tx:
        tx.db.execute(update(ConnectionToken).values(expires_at=tx.database_now()))
    flow.sandbox.faults.append(Fault("delay", path="/microsoft", seconds=0.3, count=100))
    asked = len(flow.sandbox.requests)
    context = multiprocessing.get_context("spawn")
    with serve(flow.sandbox) as running, ProcessPoolExecutor(3, mp_context=context) as processes:
        config = flow.config.model_copy(
            update={"microsoft_authority": f"{running.base_url}/microsoft", "graph_url": running.base_url}
        )
        found = [
            processes.submit(refresh_elsewhere, database_url, config, tmp_path / "keys", connection_id)
            for _ in range(6)
        ]
        handed = {await asyncio.wrap_future(future) for future in found}
    assert len(handed) == 1
    assert len(flow.sandbox.requests) - asked == 1


async def test_separate_holders_in_one_process_refresh_once(flow: Flow) -> None:
    connection_id = await connected(flow)
    flow.clock.advance(minutes=59)
    handed = await asyncio.gather(*(tokens_of(flow).access_token(connection_id) for _ in range(8)))
    assert len(set(handed)) == 1
    assert len(flow.wire.asked(TOKEN)) == 1


def _lease(flow: Flow, ends: timedelta) -> None:
    with flow.world.database.write(flow.world.operator) as tx:
        tx.db.execute(update(ConnectionToken).values(leased_by="another", leased_until=tx.database_now() + ends))
