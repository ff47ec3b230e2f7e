"""What Microsoft's directory remembers of sign-ins: apps, flows in progress, codes, tokens, consent, approval."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal
from urllib.parse import urlsplit

from joserfc.jwk import RSAKey

from pmtui.sandbox.people import DOMAIN, Person, made_up_id

TENANT_ID = made_up_id("tenant", DOMAIN)
CLIENT_ID = made_up_id("application", "Performance Management Calendar Integration")
CLIENT_SECRET = "sandbox-client-secret"
APP_NAME = "Performance Management Calendar Integration"

Approval = Literal["not-required", "required", "blocked"]

CODE_LIFETIME = timedelta(minutes=10)
REFRESH_LIFETIME = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class App:
    """An app registration. A loopback redirect matches on any port; a web redirect needs the secret."""

    client_id: str = CLIENT_ID
    secret: str = CLIENT_SECRET
    name: str = APP_NAME
    redirects: tuple[str, ...] = (
        "http://localhost/callback/outlook",
        "https://pmtui.acme.example/callback/outlook",
    )

    def allows(self, redirect: str) -> bool:
        """Whether that address may receive an answer: for `localhost` the port is ignored, all else is exact."""
        given = urlsplit(redirect)
        if given.scheme == "http" and given.hostname == "localhost":
            plain = f"http://localhost{given.path}" + (f"?{given.query}" if given.query else "")
            return plain in self.redirects
        return redirect in self.redirects


@dataclass(frozen=True, slots=True)
class Flow:
    """One visit of a browser to the sign-in pages: what the app asked for, and who was picked so far."""

    id: str
    tenant: str
    client_id: str
    redirect: str
    scopes: tuple[str, ...]
    state: str | None
    nonce: str | None
    challenge: str
    prompt: str | None
    login_hint: str | None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code or a token stands for. Instants are aware UTC."""

    email: str
    client_id: str
    scopes: tuple[str, ...]
    tenant: str
    nonce: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code: good for one redemption, with the redirect address and verifier it was asked with."""

    grant: Grant
    redirect: str
    challenge: str
    redeemed: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A person asked an administrator to approve the app."""

    email: str
    justification: str
    at: datetime
    answer: Literal["pending", "approved", "denied", "blocked"] = "pending"


@dataclass
class SignIns:
    """The directory's state. Tokens are kept by their own text, which never leaves this object but to their holder."""

    apps: dict[str, App] = field(default_factory=lambda: {CLIENT_ID: App()})
    flows: dict[str, Flow] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    revoked: dict[str, int] = field(default_factory=dict)  # refresh token -> AADSTS number
    consents: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)  # (email, client) -> scopes
    approval: Approval = "not-required"
    approval_requests: list[ApprovalRequest] = field(default_factory=list)
    access_seconds: int = 3599

    @cached_property
    def key(self) -> RSAKey:
        """The key id_tokens are signed with; a new one each start."""
        return RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig", "alg": "RS256"})

    def start_flow(self, flow: Flow) -> Flow:
        """Remember a flow under an id nobody can guess."""
        flow = replace(flow, id=secrets.token_urlsafe(16))
        self.flows[flow.id] = flow
        return flow

    def new_code(self, flow: Flow, email: str, now: datetime) -> str:
        """A code for the picked account; the flow is over."""
        code = "sandbox-code-" + secrets.token_urlsafe(24)
        grant = Grant(email, flow.client_id, flow.scopes, flow.tenant, flow.nonce, now + CODE_LIFETIME)
        self.codes[code] = Code(grant, flow.redirect, flow.challenge)
        self.flows.pop(flow.id, None)
        return code

    def new_access(self, grant: Grant, now: datetime) -> str:
        """An access token good for `access_seconds`."""
        token = "sandbox-access-" + secrets.token_urlsafe(24)
        self.access[token] = replace(grant, expires_at=now + timedelta(seconds=self.access_seconds))
        return token

    def new_refresh(self, grant: Grant, now: datetime) -> str:
        """A refresh token good for 90 days; earlier ones of the same person stay valid."""
        token = "sandbox-refresh-" + secrets.token_urlsafe(24)
        self.refresh[token] = replace(grant, expires_at=now + REFRESH_LIFETIME)
        return token

    def expire_access(self, email: str | None, now: datetime) -> int:
        """Let the access tokens of one person, or all, expire now. How many did."""
        mine = [token for token, grant in self.access.items() if email in (None, grant.email)]
        for token in mine:
            self.access[token] = replace(self.access[token], expires_at=now - timedelta(seconds=1))
        return len(mine)

    def revoke(self, email: str | None, number: int, now: datetime) -> int:
        """End the sign-ins of one person, or all: access at once, refresh with that AADSTS number. How many ended."""
        mine = [token for token, grant in self.refresh.items() if email in (None, grant.email)]
        self.revoked.update(dict.fromkeys(mine, number))
        self.expire_access(email, now)
        return len(mine)

    def live_refresh_tokens(self, email: str, now: datetime) -> int:
        """How many refresh tokens of that person would still be honoured."""
        return sum(
            grant.email == email and grant.expires_at > now and token not in self.revoked
            for token, grant in self.refresh.items()
        )

    def needs_consent(self, flow: Flow, person: Person) -> bool:
        """Whether this person has yet to agree to what the app asks for."""
        return not set(flow.scopes) <= self.consents.get((person.email, flow.client_id), frozenset())

    def consent(self, flow: Flow, email: str) -> None:
        """Remember that this person agreed."""
        before = self.consents.get((email, flow.client_id), frozenset())
        self.consents[email, flow.client_id] = before | set(flow.scopes)

    def answer_requests(self, answer: Literal["approved", "denied", "blocked"]) -> None:
        """An administrator answers what is pending: approving opens the app to all, blocking closes it."""
        self.approval_requests = [
            replace(one, answer=answer) if one.answer == "pending" else one for one in self.approval_requests
        ]
        if answer == "approved":
            self.approval = "not-required"
        elif answer == "blocked":
            self.approval = "blocked"
