"""What Google's accounts server remembers: clients, visits to its pages, codes, tokens, and what people agreed to.

Documents followed (developers.google.com/identity/protocols/oauth2/...):
[overview] (its own page)   how refresh tokens die, the limit of 100
[web] web-server   [native] native-app   redirect addresses of both kinds of client
[scopes] scopes   [granular] resources/granular-permissions
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal
from urllib.parse import urlsplit

from joserfc.jwk import RSAKey

Kind = Literal["web", "desktop"]
# [web], [native] "Authorization errors": these stay on Google's page, the app hears nothing.
Refusal = Literal["org_internal", "admin_policy_enforced", "access_not_configured"]

APP_NAME = "Performance Management Calendar Integration"
WEB_CLIENT_ID = "700000000001-sandboxweb.apps.googleusercontent.com"
WEB_CLIENT_SECRET = "sandbox-google-web-secret"
DESKTOP_CLIENT_ID = "700000000001-sandboxdesktop.apps.googleusercontent.com"
DESKTOP_CLIENT_SECRET = "sandbox-google-desktop-secret"

_AUTH = "https://www.googleapis.com/auth/"
# [scopes] The short names are answered by the long ones: who compares granted with asked has to know both.
_LONG_NAMES = {"email": _AUTH + "userinfo.email", "profile": _AUTH + "userinfo.profile"}
SIGN_IN_SCOPES = ("openid", *_LONG_NAMES.values())
EMAIL, PROFILE = _LONG_NAMES["email"], _LONG_NAMES["profile"]
WRITE_SCOPES = tuple(_AUTH + name for name in ("calendar", "calendar.events", "calendar.events.owned"))
READ_SCOPES = WRITE_SCOPES + tuple(
    _AUTH + name for name in ("calendar.readonly", "calendar.events.readonly", "calendar.events.owned.readonly")
)
KNOWN_SCOPES = (*SIGN_IN_SCOPES, *READ_SCOPES)

CODE_LIFETIME = timedelta(minutes=10)
UNUSED_LIFETIME = timedelta(days=183)  # [overview] a refresh token not used for six months dies
TESTING_LIFETIME = timedelta(days=7)  # [overview] external app, publishing status "Testing"
_MOST_REFRESH_TOKENS = 100  # [overview] an account and client; the oldest goes without a word


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client of the one project. Both kinds have a secret; a desktop app's is no secret."""

    client_id: str
    secret: str
    kind: Kind
    redirects: tuple[str, ...] = ()

    def allows(self, redirect: str) -> bool:
        """[web] Exactly as registered. [native] Any port and path of the loopback interface."""
        if self.kind == "web":
            return redirect in self.redirects
        try:
            given = urlsplit(redirect)
            host, _ = given.hostname, given.port
        except ValueError:
            return False
        return given.scheme == "http" and host in ("127.0.0.1", "::1", "localhost") and not given.fragment


_WEB = Client(WEB_CLIENT_ID, WEB_CLIENT_SECRET, "web", ("https://pmtui.acme.example/callback/google",))
_DESKTOP = Client(DESKTOP_CLIENT_ID, DESKTOP_CLIENT_SECRET, "desktop")


@dataclass(frozen=True, slots=True)
class Flow:
    """One visit of a browser to the sign-in pages: what the app asked for, and who was picked so far."""

    id: str
    client_id: str
    redirect: str
    scopes: tuple[str, ...]
    state: str | None
    nonce: str | None
    challenge: str
    prompts: tuple[str, ...]
    offline: bool
    include_granted: bool
    login_hint: str | None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code or a token stands for. Instants are aware UTC."""

    email: str
    client_id: str
    scopes: tuple[str, ...]
    nonce: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code: good for one redemption, perhaps with a refresh token."""

    grant: Grant
    redirect: str
    challenge: str
    refresh: bool
    redeemed: bool = False


@dataclass
class GoogleSignIns:
    """The accounts server's state. Tokens are kept by their own text, which only their holder gets."""

    clients: dict[str, Client] = field(default_factory=lambda: {one.client_id: one for one in (_WEB, _DESKTOP)})
    flows: dict[str, Flow] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)  # oldest first
    consents: dict[str, frozenset[str]] = field(default_factory=dict)  # email -> scopes: clients share a project
    refusal: Refusal | None = None
    testing: bool = False
    access_seconds: int = 3599

    @cached_property
    def key(self) -> RSAKey:
        """The key id_tokens are signed with; a new one each start."""
        return RSAKey.generate_key(2048, {"kid": secrets.token_hex(20), "use": "sig", "alg": "RS256"})

    def start_flow(self, flow: Flow) -> Flow:
        """Remember a flow under an id nobody can guess."""
        flow = replace(flow, id=secrets.token_urlsafe(16))
        self.flows[flow.id] = flow
        return flow

    def needs_consent(self, flow: Flow, email: str) -> bool:
        """Whether this person has yet to agree to what the app asks for, or the app wants to hear it again."""
        return "consent" in flow.prompts or not set(flow.scopes) <= self.consents.get(email, frozenset())

    def new_code(self, flow: Flow, email: str, scopes: tuple[str, ...], now: datetime, *, agreed: bool) -> str:
        """A code for the picked account; the flow is over. Its slash has to survive the way through an address.

        `agreed`: the person was asked in this flow, so that offline access brings a refresh token.
        """
        code = "4/0sandbox-" + secrets.token_urlsafe(32)
        if flow.include_granted:
            scopes = (*scopes, *sorted(self.consents.get(email, frozenset()) - set(scopes)))
        grant = Grant(email, flow.client_id, scopes, flow.nonce, now + CODE_LIFETIME)
        self.codes[code] = Code(grant, flow.redirect, flow.challenge, flow.offline and agreed)
        self.flows.pop(flow.id, None)
        return code

    def new_access(self, grant: Grant, now: datetime) -> str:
        """An access token good for `access_seconds`."""
        token = "sandbox-google-access-" + secrets.token_urlsafe(24)
        self.access[token] = replace(grant, expires_at=now + timedelta(seconds=self.access_seconds))
        return token

    def new_refresh(self, grant: Grant, now: datetime) -> str:
        """[overview] A refresh token; of more than 100 of one account and client the oldest dies."""
        token = "1//0sandbox-google-refresh-" + secrets.token_urlsafe(24)
        lifetime = TESTING_LIFETIME if self.testing else UNUSED_LIFETIME
        self.refresh[token] = replace(grant, nonce=None, expires_at=now + lifetime)
        mine = [one for one, of in self.refresh.items() if (of.email, of.client_id) == (grant.email, grant.client_id)]
        for old in mine[:-_MOST_REFRESH_TOKENS]:
            del self.refresh[old]
        return token

    def used(self, token: str, now: datetime) -> None:
        """[overview] A refresh token's six months start anew; the seven days of a test app do not."""
        if not self.testing:
            self.refresh[token] = replace(self.refresh[token], expires_at=now + UNUSED_LIFETIME)

    def revoke(self, email: str | None) -> int:
        """[web] "Revoking a token": the whole grant of one person, or all, is gone. How many refresh tokens were."""
        mine = [token for token, grant in self.refresh.items() if email in (None, grant.email)]
        self.refresh = {token: grant for token, grant in self.refresh.items() if token not in mine}
        self.access = {token: grant for token, grant in self.access.items() if email not in (None, grant.email)}
        self.consents = {who: scopes for who, scopes in self.consents.items() if email not in (None, who)}
        return len(mine)

    def expire_access(self, email: str | None, now: datetime) -> int:
        """Let the access tokens of one person, or all, expire now. How many did."""
        mine = [token for token, grant in self.access.items() if email in (None, grant.email)]
        for token in mine:
            self.access[token] = replace(self.access[token], expires_at=now - timedelta(seconds=1))
        return len(mine)

    def live_refresh_tokens(self, email: str, now: datetime) -> int:
        """How many refresh tokens of that person would still be honoured."""
        return sum(grant.email == email and grant.expires_at > now for grant in self.refresh.values())


def long_names(scope: str) -> tuple[str, ...]:
    """The scopes of a `scope` parameter by the names Google answers with, each once."""
    return tuple(dict.fromkeys(_LONG_NAMES.get(one, one) for one in scope.split()))


def tickable(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """[granular] Which scopes a person may leave out: none if it is the only one asked for, sign-in scopes never."""
    more = tuple(one for one in scopes if one not in SIGN_IN_SCOPES)
    return more if len(scopes) > 1 else ()
