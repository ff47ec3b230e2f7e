"""Our device flow against npm's oidc-provider, which does it as RFC 8628 says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import update

from pmtui.backend.signin.records import AttemptRecord
from pmtui.backend.states import AnswerWay, AttemptState, ConnectionState, External, Provider
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.sync import Work
from tests.conformance.strict_server import DANA, Coach, coach, strict_server

pytestmark = pytest.mark.conformance
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
S = AttemptState


def shows(what: str) -> pytest.MarkDecorator:
    return pytest.mark.shows("Sign-in", what, by="oidc-provider")


@pytest.fixture
def dana(database_url: str, tmp_path: Path) -> Iterator[Coach]:
    """Dana, who may connect Outlook, also by typing a code."""
    with (
        strict_server() as strict,
        coach(strict, database_url, tmp_path, External.OUTLOOK, public=True) as ready,
    ):
        yield ready


async def begun(dana: Coach) -> AttemptRecord:
    started = dana.services.signin.start(dana.world.actor(DANA), Provider.OUTLOOK, way=AnswerWay.DEVICE)
    await dana.worker.once()
    seen = dana.seen(started.attempt_id)
    assert (seen.state, seen.link) == (S.AWAITING, None)
    assert seen.verification_uri == f"{dana.strict.base_url}/microsoft/device"
    return seen


async def polled(dana: Coach, attempt: AttemptRecord) -> AttemptRecord:
    """The worker's next visits, without the wait between them."""
    with dana.services.database.write(dana.world.operator) as tx:
        tx.db.execute(update(Work).values(due_at=tx.now))
    await dana.worker.once()
    return dana.seen(attempt.attempt_id)


@shows("Device flow: pending while nobody has typed the code, then connected")
async def test_a_code_typed_at_the_page_connects(dana: Coach) -> None:
    attempt = await begun(dana)
    assert (await polled(dana, attempt)).state is S.AWAITING
    assert dana.strict.log[-1]["error"] == "authorization_pending"
    assert "Sign-in Success" in dana.type_code(attempt.verification_uri or "", attempt.user_code or "")
    seen = await polled(dana, attempt)
    assert (seen.state, seen.account) == (S.CONFIRMING, DANA)
    assert dana.strict.granted(GRANT) == 1
    dana.services.integrations.confirm(dana.world.actor(DANA), attempt.attempt_id)
    await dana.worker.once()
    assert dana.world.rows(Connection)[-1].state is ConnectionState.READY


@shows("Device flow: a person says no at the page (Microsoft's own word for it is another): both reasons are offered")
async def test_a_person_says_no_at_the_page(dana: Coach) -> None:
    attempt = await begun(dana)
    dana.type_code(attempt.verification_uri or "", attempt.user_code or "", "no")
    seen = await polled(dana, attempt)
    assert (seen.state, seen.title) == (S.CANCELLED, "Microsoft did not let pmtui in (Microsoft says access_denied).")
    assert seen.next_step is not None
    assert seen.next_step.startswith("If you declined, press Connect Outlook Calendar to try again. If you did not,")
    assert dana.strict.log[-1]["error"] == "access_denied"
