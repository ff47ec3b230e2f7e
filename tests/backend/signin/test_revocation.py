"""Grants of connections that ended are ended at Google too: retried, erased, and never in the way of a newer one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col

from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.integrations.ending import end
from pmtui.backend.signin.revocation import Revoker
from pmtui.backend.signin.vault import Vault
from pmtui.backend.states import AttemptState, ConnectionState, EndedWhy, External, Outcome, Provider, Verb, WorkKind
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken
from pmtui.backend.storage.tables.signin import Revocation
from pmtui.backend.storage.tables.sync import Work
from pmtui.sandbox.faults import Fault
from tests.backend.signin.conftest import DANA, Flow
from tests.backend.signin.google_pages import click, until_answered

REVOKE = "/google/revoke"


async def disconnected(flow: Flow) -> int:
    """Dana connected Google, and ended it; the ended connection."""
    connection_id = flow.confirm((await until_answered(flow)).attempt_id)
    finish(flow, connection_id)
    return connection_id


def finish(flow: Flow, connection_id: int) -> None:
    with flow.world.database.write(flow.world.operator) as tx:
        assert end(tx, col(Connection.id) == connection_id, EndedWhy.BY_COACH) == 1


def revoker(flow: Flow, vault: Vault | None = None) -> Revoker:
    return Revoker(flow.world.database, lambda: vault or flow.vault, flow.google)


def granted(flow: Flow) -> int:
    return len(flow.sandbox.google.sign_ins.refresh)


def ends(flow: Flow) -> list[tuple[Outcome, str]]:
    rows = [row for row in flow.world.rows(AuditEntry) if row.verb is Verb.GRANT_REVOKED]
    return [(row.outcome, row.details["code"]) for row in rows]


async def test_the_sealed_token_moves_and_is_revoked(flow: Flow) -> None:
    connection_id = flow.confirm((await until_answered(flow)).attempt_id)
    (token,) = flow.world.rows(ConnectionToken)
    finish(flow, connection_id)
    (row,) = flow.world.rows(Revocation)
    assert (row.sealed, row.key_id) == (token.sealed, token.key_id)
    assert flow.world.rows(ConnectionToken) == []
    assert (WorkKind.REVOKE, flow.world.tenant_id) in [(work.kind, work.subject) for work in flow.world.rows(Work)]
    assert granted(flow) == 1
    assert await revoker(flow).settle(flow.world.tenant_id) is None
    assert (granted(flow), flow.world.rows(Revocation)) == (0, [])
    assert ends(flow) == [(Outcome.OK, "revoked")]
    await revoker(flow).settle(flow.world.tenant_id)
    assert len(flow.wire.asked(REVOKE)) == 1


async def test_outlook_has_nothing_to_revoke(flow: Flow) -> None:
    finish(flow, flow.confirm((await flow.until_answered()).attempt_id))
    assert flow.world.rows(Revocation) == []


@pytest.mark.parametrize("fault", [Fault("status", REVOKE, status=503), Fault("cut-before", REVOKE)], ids=str)
async def test_it_is_tried_again(flow: Flow, fault: Fault) -> None:
    await disconnected(flow)
    flow.sandbox.faults.append(replace(fault))  # it counts down
    with pytest.raises(Temporary):
        await revoker(flow).settle(flow.world.tenant_id)
    (row,) = flow.world.rows(Revocation)
    assert row.tried_at == flow.clock.now()
    await revoker(flow).settle(flow.world.tenant_id)
    assert (granted(flow), flow.world.rows(Revocation)) == (0, [])


async def test_a_revocation_whose_answer_was_lost_is_refused_and_erased(flow: Flow) -> None:
    await disconnected(flow)
    flow.sandbox.faults.append(Fault("cut-after", REVOKE))
    with pytest.raises(Temporary):
        await revoker(flow).settle(flow.world.tenant_id)
    await revoker(flow).settle(flow.world.tenant_id)
    assert flow.world.rows(Revocation) == []
    assert ends(flow) == [(Outcome.REFUSED, "already_ended")]


@pytest.mark.parametrize(("status", "said"), [(400, {"error": "invalid_request"}), (403, {}), (404, "nowhere")])
async def test_a_refusal_that_does_not_say_it_has_ended_is_tried_again(flow: Flow, status: int, said: Any) -> None:
    await disconnected(flow)
    flow.sandbox.faults.append(Fault("status", REVOKE, status=status, body=said))
    with pytest.raises(Temporary) as caught:
        await revoker(flow).settle(flow.world.tenant_id)
    assert caught.value.code == (said["error"] if said and status == 400 else f"http_{status}")
    (row,) = flow.world.rows(Revocation)
    assert (row.tried_at, granted(flow), ends(flow)) == (flow.clock.now(), 1, [])
    await revoker(flow).settle(flow.world.tenant_id)
    assert (granted(flow), flow.world.rows(Revocation)) == (0, [])
    assert ends(flow) == [(Outcome.OK, "revoked")]


async def test_a_refusal_holds_up_no_new_sign_in(flow: Flow) -> None:
    await disconnected(flow)
    flow.sandbox.faults.append(Fault("status", REVOKE, status=400, body={"error": "invalid_request"}))
    seen = await until_answered(flow)
    assert seen.state is AttemptState.CONFIRMING
    flow.confirm(seen.attempt_id)
    await revoker(flow).settle(flow.world.tenant_id)
    assert (granted(flow), flow.world.rows(Revocation)) == (2, [])  # the older one stays, for the newer grant's sake


async def test_after_a_day_it_is_erased_unasked(flow: Flow) -> None:
    await disconnected(flow)
    flow.clock.advance(hours=24)
    await revoker(flow).settle(flow.world.tenant_id)
    assert flow.world.rows(Revocation) == []
    assert ends(flow) == [(Outcome.FAILED, "too_old")]
    assert flow.wire.asked(REVOKE) == []


async def test_a_lost_key_erases_it(flow: Flow) -> None:
    await disconnected(flow)
    await revoker(flow, Vault({"other": bytes(32)})).settle(flow.world.tenant_id)
    assert flow.world.rows(Revocation) == []
    assert [outcome for outcome, _ in ends(flow)] == [Outcome.FAILED]


async def test_a_new_sign_in_settles_it_first(flow: Flow) -> None:
    await disconnected(flow)
    seen = await until_answered(flow)
    assert seen.state is AttemptState.CONFIRMING
    paths = [sent.path for sent in flow.wire.sent if sent.path in (REVOKE, "/google/token")]
    assert paths == ["/google/token", REVOKE, "/google/token"]
    flow.confirm(seen.attempt_id)
    await revoker(flow).settle(flow.world.tenant_id)
    assert granted(flow) == 1  # the new grant lives


async def test_a_sign_in_waits_until_it_is_settled(flow: Flow) -> None:
    await disconnected(flow)
    flow.sandbox.faults.append(Fault("status", REVOKE, status=503))
    begun = await flow.begin(provider=Provider.GOOGLE)
    assert (begun.state, begun.link) == (AttemptState.STARTING, None)
    flow.clock.advance(seconds=5)
    assert (await flow.advance(begun.attempt_id)).state is AttemptState.AWAITING


async def test_what_a_sign_in_that_ended_was_given_is_revoked(flow: Flow) -> None:
    seen = await until_answered(flow)
    flow.sign_in.cancel(flow.world.actor(DANA), seen.attempt_id)
    assert len(flow.world.rows(Revocation)) == 1
    await revoker(flow).settle(flow.world.tenant_id)
    assert (granted(flow), flow.world.rows(Revocation)) == (0, [])


async def test_a_newer_grant_is_never_revoked(flow: Flow) -> None:
    first = flow.confirm((await until_answered(flow)).attempt_id)
    with flow.world.database.write(flow.world.operator) as tx:
        tx.db.get_one(Connection, first).state = ConnectionState.NEEDS_RECONNECTING
    flow.world.allow()
    seen = await until_answered(flow)  # signing in anew, not confirmed yet
    finish(flow, first)
    again_at = await revoker(flow).settle(flow.world.tenant_id)
    assert again_at == flow.clock.now() + timedelta(minutes=1)
    flow.confirm(seen.attempt_id)
    assert await revoker(flow).settle(flow.world.tenant_id) is None
    assert flow.world.rows(Revocation) == []
    assert flow.wire.asked(REVOKE) == []
    assert ends(flow) == [(Outcome.OK, "superseded")]


async def test_a_new_grant_supersedes_what_was_handed_over_meanwhile(flow: Flow) -> None:
    first = flow.confirm((await until_answered(flow)).attempt_id)
    with flow.world.database.write(flow.world.operator) as tx:
        tx.db.get_one(Connection, first).state = ConnectionState.NEEDS_RECONNECTING
    begun = await flow.begin(provider=Provider.GOOGLE)
    finish(flow, first)  # after the link was made: nothing was there to settle
    assert len(flow.world.rows(Revocation)) == 1
    flow.answer(begun.attempt_id, await click(flow, begun.link))
    assert (await flow.advance(begun.attempt_id)).state is AttemptState.CONFIRMING
    assert flow.world.rows(Revocation) == []
    assert flow.wire.asked(REVOKE) == []


async def test_what_arrives_in_the_moment_of_cancelling_is_revoked(flow: Flow) -> None:
    """The code is being exchanged while the coach gives up: Google has granted, and nobody wants it any more."""
    flow.world.allow(external=External.GOOGLE)
    begun = await flow.begin(provider=Provider.GOOGLE)
    flow.answer(begun.attempt_id, await click(flow, begun.link))
    plain = flow.google.exchange

    async def cancelled_meanwhile(code: str, verifier: str, redirect: str) -> object:
        tokens = await plain(code, verifier, redirect)
        flow.sign_in.cancel(flow.world.actor(DANA), begun.attempt_id)
        return tokens

    flow.google.exchange = cancelled_meanwhile  # type: ignore[method-assign, assignment]  # the only joint in between
    assert (await flow.advance(begun.attempt_id)).state is AttemptState.CANCELLED
    row = flow.row(begun.attempt_id)
    assert (row.sealed_tokens, row.key_id, granted(flow)) == (None, None, 1)
    await revoker(flow).settle(flow.world.tenant_id)
    assert (granted(flow), flow.world.rows(Revocation)) == (0, [])


async def test_what_is_withdrawn_while_it_is_verified_is_revoked(flow: Flow) -> None:
    """Access is taken away between the exchange and the last check."""
    flow.world.allow(external=External.GOOGLE)
    begun = await flow.begin(provider=Provider.GOOGLE)
    flow.answer(begun.attempt_id, await click(flow, begun.link))
    plain = flow.google.look

    async def withdrawn_meanwhile(*arguments: Any) -> Any:
        with flow.world.database.write(flow.world.operator) as tx:
            flow.sign_in.cancel_provider(tx, [Provider.GOOGLE])
        return await plain(*arguments)

    flow.google.look = withdrawn_meanwhile  # type: ignore[method-assign, assignment]  # the only joint in between
    seen = await flow.advance(begun.attempt_id)
    assert (seen.state, seen.title) == (AttemptState.CANCELLED, "An administrator no longer allows this calendar.")
    await revoker(flow).settle(flow.world.tenant_id)
    assert (granted(flow), flow.world.rows(Revocation)) == (0, [])
