"""Our sign-in against a strict server that this project did not write: npm's oidc-provider."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import update

from pmtui.backend.clock import SystemClock
from pmtui.backend.errors import NeedsReconnecting
from pmtui.backend.signin.google import Google
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.oauth import Denied
from pmtui.backend.signin.tokens import Tokens
from pmtui.backend.signin.vault import Sealed, Vault, associated
from pmtui.backend.states import AttemptState, Banner, ConnectionState, External, Outcome, Provider, Verb
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken
from pmtui.backend.storage.tables.signin import Revocation
from tests.conformance.strict_server import DANA, Coach, Strict, coach, strict_server

pytestmark = pytest.mark.conformance
REDIRECT = "http://127.0.0.1:50001/callback/google"
CALENDAR = "https://www.googleapis.com/auth/calendar.events.owned"
REFRESH = "refresh_token"
OTHER_VERIFIER = "v" * 43


def shows(what: str) -> pytest.MarkDecorator:
    return pytest.mark.shows("Sign-in", what, by="oidc-provider")


@pytest.fixture(scope="module")
def strict() -> Iterator[Strict]:
    """One server for all of these."""
    with strict_server() as running:
        yield running


@pytest.fixture
def dana(strict: Strict, database_url: str, tmp_path: Path) -> Iterator[Coach]:
    """Dana, who may connect Google."""
    with coach(strict, database_url, tmp_path) as ready:
        yield ready


def google_of(dana: Coach) -> Google:
    return Google(dana.services.config, SystemClock())


def code_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["code"][0]


def connection_of(dana: Coach) -> Connection:
    return dana.world.rows(Connection)[-1]


def kept(dana: Coach) -> TokenSet:
    """The tokens of Dana's connection, opened."""
    connection, token = connection_of(dana), dana.world.rows(ConnectionToken)[-1]
    bound = associated(connection.tenant_id, connection.person_id, connection.provider, connection.uid)
    opened = Vault.load(dana.services.config.keys).open(Sealed(token.sealed, token.key_id), bound)
    return TokenSet.from_bytes(opened, token.expires_at)


async def access_token(dana: Coach, *, newer: bool = False) -> str:
    """As a worker that has just started would have it."""
    config, connection_id = dana.services.config, connection_of(dana).id
    assert connection_id is not None
    tokens = Tokens(dana.services.database, config, lambda: Vault.load(config.keys))
    return await tokens.access_token(connection_id, newer)


def expire(dana: Coach) -> None:
    """The access token is at its end."""
    with dana.services.database.write(dana.world.operator) as tx:
        tx.db.execute(update(ConnectionToken).values(expires_at=tx.now))


@shows("The whole sign-in: PKCE, state, nonce, issuer, id_token, scopes, a first read, and the account confirmed")
@pytest.mark.parametrize("provider", [Provider.GOOGLE, Provider.OUTLOOK])
async def test_a_coach_connects(strict: Strict, database_url: str, tmp_path: Path, provider: Provider) -> None:
    with coach(strict, database_url, tmp_path, External(provider.value)) as dana:
        await dana.connect(provider)
        (connection,) = dana.world.rows(Connection)
        assert (connection.account, connection.state) == (DANA, ConnectionState.READY)
        assert kept(dana).refresh_token


@shows("The link carries PKCE (S256) of a verifier of its own, and only that verifier redeems the code")
async def test_only_the_right_verifier_redeems_the_code(dana: Coach) -> None:
    google = google_of(dana)
    link, other = await google.link(REDIRECT), await google.link(REDIRECT)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(link.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = parse_qs(urlsplit(link.url).query)
    assert (asked["code_challenge"], asked["code_challenge_method"]) == ([challenge], ["S256"])
    code = code_of(dana.click(link.url))
    for wrong in (OTHER_VERIFIER, other.verifier):
        with pytest.raises(Denied) as caught:
            await google.exchange(code, wrong, REDIRECT)
        assert caught.value.error == "invalid_grant"
        assert "code_verifier" in dana.strict.log[-1]["detail"]
    assert (await google.exchange(code, link.verifier, REDIRECT)).refresh_token


@shows("A link without PKCE is refused by the server: it does ask for it")
async def test_the_server_insists_on_pkce(dana: Coach) -> None:
    link = await google_of(dana).link(REDIRECT)
    bare = link.url.replace("code_challenge=", "x=").replace("code_challenge_method=", "y=")
    answered = dana.browser.get(bare).headers["location"]
    assert "invalid_request" in answered
    assert "PKCE" in answered


@shows("A code that somebody else redeemed before: the sign-in ends with its sentence, and the thief's tokens die")
async def test_a_code_used_before_is_refused(dana: Coach) -> None:
    google, begun = google_of(dana), await dana.begin()
    link = await google.link(REDIRECT)
    code = code_of(dana.click(link.url))
    first = await google.exchange(code, link.verifier, REDIRECT)
    address = dana.click(begun.link)
    ended = await dana.hand_in(begun.attempt_id, address.replace(code_of(address), code))
    assert (ended.state, ended.title) == (AttemptState.EXPIRED, "The answer from Google came too late to be used.")
    assert ended.next_step == "Start again with Connect Google Calendar and use the new link."
    with pytest.raises(Denied):
        await google.refresh(first)
    assert not dana.world.rows(Connection)


@shows("The same answer handed in twice is used once")
async def test_an_answer_is_used_once(dana: Coach) -> None:
    begun, before = await dana.begin(), dana.strict.granted("authorization_code")
    address = dana.click(begun.link)
    assert (await dana.hand_in(begun.attempt_id, address)).state is AttemptState.CONFIRMING
    with pytest.raises(Exception, match="answer"):
        dana.services.signin.answer(dana.world.actor(DANA), begun.attempt_id, address)
    await dana.worker.once()
    assert dana.strict.granted("authorization_code") == before + 1


@shows("A person says no on the page: the sign-in ends with its sentence and nothing is asked of the token endpoint")
async def test_a_person_says_no(dana: Coach) -> None:
    begun = await dana.begin()
    address, before = dana.click(begun.link, "no"), len(dana.strict.log)
    ended = await dana.hand_in(begun.attempt_id, address)
    assert (ended.state, ended.title) == (AttemptState.CANCELLED, "The sign-in was left on Google's page.")
    assert len(dana.strict.log) == before


@shows("An answer of another sign-in (wrong state) is refused, and its code never sent")
async def test_a_foreign_answer_is_refused(dana: Coach) -> None:
    foreign = dana.click((await google_of(dana).link(REDIRECT)).url)
    begun, before = await dana.begin(), len(dana.strict.log)
    ended = await dana.hand_in(begun.attempt_id, foreign)
    assert (ended.state, ended.title) == (AttemptState.REJECTED, "That answer belongs to another sign-in.")
    assert len(dana.strict.log) == before


@shows("A permission taken away on the page is named, and what was granted is revoked")
async def test_a_permission_taken_away(dana: Coach) -> None:
    begun = await dana.begin()
    ended = await dana.hand_in(begun.attempt_id, dana.click(begun.link, "yes", CALENDAR))
    assert ended.state is AttemptState.FAILED
    assert ended.title == "Google did not give everything that is needed: calendar.events.owned."
    await dana.worker.once()
    assert dana.strict.log[-1]["what"] == "grant ended"
    assert not dana.world.rows(Revocation)


@shows("Rotation: every refresh brings a new refresh token, which is kept and used next")
async def test_refresh_tokens_rotate(dana: Coach) -> None:
    await dana.connect()
    before, handed, refresh = dana.strict.granted(REFRESH), set(), set()
    for _ in range(5):
        expire(dana)
        handed.add(await access_token(dana))
        refresh.add(kept(dana).refresh_token)
        assert await access_token(dana) in handed
    assert (len(handed), len(refresh)) == (5, 5)
    assert dana.strict.granted(REFRESH) == before + 5


@shows("An old refresh token used again ends the grant: the connection needs reconnecting, says so, and is renewed")
async def test_reusing_an_old_refresh_token_ends_the_grant(dana: Coach) -> None:
    await dana.connect()
    old = kept(dana)
    expire(dana)
    await access_token(dana)
    with pytest.raises(Denied):
        await google_of(dana).refresh(old)
    assert [entry["what"] for entry in dana.strict.log[-2:]] == ["grant ended", "refused"]
    with pytest.raises(NeedsReconnecting, match="Google no longer accepts this sign-in"):
        await access_token(dana, newer=True)
    lost = connection_of(dana)
    assert (lost.state, lost.error_code) == (ConnectionState.NEEDS_RECONNECTING, "signed_out:invalid_grant")
    banner = dana.services.integrations.banner(dana.world.actor(DANA))
    assert banner is not None
    assert (banner.banner, banner.provider) == (Banner.RECONNECT, Provider.GOOGLE)
    await dana.connect()
    assert connection_of(dana).state is ConnectionState.READY
    assert connection_of(dana).id == lost.id
    assert await access_token(dana)


@shows("Disconnecting revokes: the refresh token is refused from then on")
async def test_disconnecting_revokes(dana: Coach) -> None:
    await dana.connect()
    tokens = kept(dana)
    dana.services.integrations.disconnect(dana.world.actor(DANA))
    await dana.worker.once()
    assert dana.strict.log[-1]["what"] == "grant ended"
    assert not dana.world.rows(Revocation)
    said = [(entry.verb, entry.outcome) for entry in dana.world.rows(AuditEntry)]
    assert said[-1] == (Verb.GRANT_REVOKED, Outcome.OK)
    with pytest.raises(Denied):
        await google_of(dana).refresh(tokens)


@shows("A grant that ended at the provider: revoking what has gone is settled, not repeated for a day")
async def test_revoking_what_has_gone(dana: Coach) -> None:
    await dana.connect()
    assert await google_of(dana).revoke(kept(dana).refresh_token or "") is None
    dana.services.integrations.disconnect(dana.world.actor(DANA))
    await dana.worker.once()
    assert not dana.world.rows(Revocation)
