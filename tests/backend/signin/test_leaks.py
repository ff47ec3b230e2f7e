"""Through every flow, no secret is in a log, an error, a record, or in the clear in the database."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text
from sqlmodel import col

from pmtui.backend.errors import BadInput, PmtuiError
from pmtui.backend.integrations.ending import end
from pmtui.backend.signin.redaction import protect
from pmtui.backend.signin.revocation import Revoker
from pmtui.backend.signin.tokens import Tokens
from pmtui.backend.states import AttemptState, EndedWhy
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.sandbox.faults import Fault
from tests.backend.signin.conftest import DANA, Flow
from tests.backend.signin.google_pages import until_answered

TOKEN = "/microsoft/organizations/oauth2/v2.0/token"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything any library logs, at its most talkative, through nothing but the filter."""
    stream = io.StringIO()
    handler = protect(logging.StreamHandler(stream))
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def unfiltered(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The same without the filter: our own code logs no secret in the first place."""
    caplog.set_level(logging.DEBUG, "pmtui")
    return caplog


def stored(flow: Flow) -> str:
    """Every value of every table, as text; bytes as they are."""
    with flow.world.database.read(flow.world.operator) as tx:
        connection = tx.db.connection()
        if connection.dialect.name == "sqlite":
            tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
        else:
            tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
        rows = [tuple(row) for table in tables for row in connection.execute(text(f'SELECT * FROM "{table}"'))]
    return "\n".join(_text(value) for row in rows for value in row)


def _text(value: object) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)


def on_disk(folder: Path) -> bytes:
    """The database's files, journal included; nothing where PostgreSQL has them."""
    return b"".join(file.read_bytes() for file in folder.glob("pmtui.db*"))


def secrets_of(flow: Flow) -> set[str]:
    """What must be seen nowhere: everything secret that was ever sent or given."""
    sent = {
        value
        for request in flow.wire.sent
        for name, value in request.form.items()
        if name in ("code", "code_verifier", "client_secret", "refresh_token", "token")
    }
    google = flow.sandbox.google.sign_ins
    given = (flow.sandbox.sign_ins.access, flow.sandbox.sign_ins.refresh, google.access, google.refresh)
    return sent.union(*given)


async def test_no_secret_shows_through_a_whole_life(
    flow: Flow, log: io.StringIO, unfiltered: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = await flow.begin()
    address = await flow.click(begun.link)
    answered = {values[0] for values in parse_qs(urlsplit(address).query).values()}
    flow.answer(begun.attempt_id, address)
    flow.sandbox.faults.append(Fault("status", path=TOKEN, status=503))
    said = [repr(await flow.advance(begun.attempt_id))]
    assert not [secret for secret in answered | secrets_of(flow) if secret in stored(flow)]
    said.append(repr(await flow.advance(begun.attempt_id)))
    assert flow.seen(begun.attempt_id).state is AttemptState.CONFIRMING
    connection_id = flow.confirm(begun.attempt_id)
    tokens = Tokens(flow.world.database, flow.config, lambda: flow.vault, microsoft=flow.microsoft)
    await tokens.access_token(connection_id, newer=True)
    for fault in (
        Fault("cut-before", path=TOKEN),
        Fault("status", path=TOKEN, status=400, body={"error": "invalid_grant", "error_codes": [50173]}),
    ):
        flow.sandbox.faults.append(fault)
        with pytest.raises(PmtuiError) as caught:
            await tokens.access_token(connection_id, newer=True)
        said.append(f"{caught.value!r} {caught.value.line} {caught.value.__cause__!r} {caught.value.__dict__}")
    everything = "\n".join((*said, log.getvalue(), unfiltered.text, *capsys.readouterr(), stored(flow)))
    secrets = answered | secrets_of(flow)
    assert len(secrets) >= 8
    assert not [secret for secret in secrets if secret in everything]


async def test_no_secret_shows_when_the_sign_in_fails(
    flow: Flow, log: io.StringIO, unfiltered: pytest.LogCaptureFixture
) -> None:
    flow.sandbox.faults.append(Fault("garbage", path="/microsoft/organizations/discovery"))
    seen = await flow.until_answered("marcus@acme.example")
    flow.sandbox.faults.append(Fault("status", path="/graph/v1.0/me/mailboxSettings", status=404))
    seen = await flow.advance(seen.attempt_id)
    assert seen.state is AttemptState.FAILED
    everything = "\n".join((repr(seen), log.getvalue(), unfiltered.text, stored(flow)))
    assert not [secret for secret in secrets_of(flow) if secret in everything]


async def test_no_secret_of_googles_shows_until_the_grant_is_revoked(
    flow: Flow, log: io.StringIO, unfiltered: pytest.LogCaptureFixture
) -> None:
    seen = await until_answered(flow)
    connection_id = flow.confirm(seen.attempt_id)
    tokens = Tokens(flow.world.database, flow.config, lambda: flow.vault, google=flow.google)
    await tokens.access_token(connection_id, newer=True)
    secrets = secrets_of(flow)
    with flow.world.database.write(flow.world.operator) as tx:
        end(tx, col(Connection.id) == connection_id, EndedWhy.BY_COACH)
    revoker = Revoker(flow.world.database, lambda: flow.vault, flow.google)
    everything = stored(flow)
    flow.sandbox.faults.append(Fault("cut-before", path="/google/revoke"))
    with pytest.raises(PmtuiError) as caught:
        await revoker.settle(flow.world.tenant_id)
    await revoker.settle(flow.world.tenant_id)
    everything += "\n".join((repr(seen), repr(caught.value), log.getvalue(), unfiltered.text, stored(flow)))
    secrets |= secrets_of(flow)
    assert len(secrets) >= 6
    assert not [secret for secret in secrets if secret in everything]


async def test_a_wrong_paste_is_not_repeated_anywhere(flow: Flow, log: io.StringIO) -> None:
    begun = await flow.begin()
    with pytest.raises(BadInput) as caught:
        flow.answer(begun.attempt_id, "CANARY-bare")
    assert "CANARY" not in f"{caught.value!r} {caught.value.line}"
    flow.answer(begun.attempt_id, "http://localhost:1/callback/outlook?code=CANARY-c&state=CANARY-s")
    assert flow.seen(begun.attempt_id).state is AttemptState.REJECTED
    assert "CANARY" not in stored(flow) + log.getvalue()


async def test_the_file_on_disk_never_held_verifier_or_tokens_in_the_clear(flow: Flow, tmp_path: Path) -> None:
    seen = await flow.until_answered()
    flow.confirm(seen.attempt_id)
    raw = on_disk(tmp_path) + stored(flow).encode()
    form = flow.wire.asked("/oauth2/v2.0/token")[0].form
    for secret in (form["code_verifier"], form["client_secret"], *flow.sandbox.sign_ins.access):
        assert secret.encode() not in raw
    assert DANA.encode() in raw
