"""What Microsoft's directory remembers of sign-ins: apps, flows in progress, codes, tokens, consent, approval.

Documents followed (learn.microsoft.com/entra/...): [device] identity-platform/v2-oauth2-device-code,
[consent] identity/enterprise-apps/configure-admin-consent-workflow and grant-admin-consent; RFC 8628 for polling.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal
from urllib.parse import urlsplit

from joserfc.jwk import RSAKey

from pmtui.sandbox.people import DOMAIN, Person, made_up_id
from pmtui.sandbox.refusals import Refusal, Where

TENANT_ID = made_up_id("tenant", DOMAIN)
CLIENT_ID = made_up_id("application", "Performance Management Calendar Integration")
CLIENT_SECRET = "sandbox-client-secret"
APP_NAME = "Performance Management Calendar Integration"

# [consent] `required` lets people ask an administrator, `required-without-requests` only tells them to.
Approval = Literal["not-required", "required", "required-without-requests", "blocked"]
# Whether a device code leads anywhere: [device] a policy may block it, or the app may not be a public client.
DeviceFlow = Literal["allowed", "blocked", "not-enabled"]

OPENID_SCOPES = ("openid", "profile", "email", "offline_access")
GRAPH_SCOPES = ("User.Read", "Calendars.Read", "Calendars.ReadWrite", "MailboxSettings.Read")
_GRAPH = "https://graph.microsoft.com/"

CODE_LIFETIME = timedelta(minutes=10)
REFRESH_LIFETIME = timedelta(days=90)
DEVICE_LIFETIME = timedelta(minutes=15)  # [device] the default of `expires_in`
DEVICE_INTERVAL = 5  # seconds
_HURRY = timedelta(seconds=5)  # RFC 8628, 3.5: what slow_down adds to the interval
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without those that look alike
_LEEWAY = timedelta(seconds=1)  # requests take unequal times to get here


@dataclass(frozen=True, slots=True)
class App:
    """An app registration. A loopback redirect matches on any port; a web redirect needs the secret."""

    client_id: str = CLIENT_ID
    secret: str = CLIENT_SECRET
    secret_expired: bool = False
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
    """One visit of a browser to the sign-in pages: what the app asked for, and who was picked so far.

    Of a device code there is no redirect address: `device` is the code its app polls with.
    """

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
    claims: str | None = None
    account: str | None = None
    device: str | None = None


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


@dataclass(slots=True)
class Device:
    """[device] A device code on its way: polled for by the app, typed in by a person as `user_code`."""

    user_code: str
    client_id: str
    tenant: str
    scopes: tuple[str, ...]
    expires_at: datetime
    interval: timedelta = timedelta(seconds=DEVICE_INTERVAL)
    polled_at: datetime | None = None
    outcome: Grant | Literal["pending", "declined", "used"] = "pending"

    def hurried(self, now: datetime) -> bool:
        """Whether this poll comes too soon after the last; each such one lengthens the interval. Counts the poll."""
        before, self.polled_at = self.polled_at, now
        if before is None or now - before >= self.interval - _LEEWAY:
            return False
        self.interval += _HURRY
        return True


@dataclass(frozen=True, slots=True)
class ApprovalReturn:
    """What the app hears when somebody comes back from the approval pages; the documents promise none of it.

    `after_request`: whether "Request sent" has a way back at all.
    """

    error: str = "access_denied"
    number: int = 65004
    subcode: str | None = "cancel"
    after_request: bool = False


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
    organisation_consents: dict[str, frozenset[str]] = field(default_factory=dict)  # client -> scopes, for everyone
    devices: dict[str, Device] = field(default_factory=dict)  # by device code
    device_flow: DeviceFlow = "allowed"
    approval: Approval = "not-required"
    approval_return: ApprovalReturn = field(default_factory=ApprovalReturn)
    approval_requests: list[ApprovalRequest] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
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

    def start_device(self, client_id: str, tenant: str, scopes: tuple[str, ...], now: datetime) -> tuple[str, Device]:
        """[device] A device code for the app and a code of nine letters for the person."""
        code = "sandbox-device-" + secrets.token_urlsafe(24)
        user_code = "".join(secrets.choice(_LETTERS) for _ in range(9))
        self.devices[code] = Device(user_code, client_id, tenant, scopes, now + DEVICE_LIFETIME)
        return code, self.devices[code]

    def device_of(self, user_code: str, now: datetime) -> str | None:
        """The device code that is waiting for this user code (in either case), if one is."""
        for code, device in self.devices.items():
            waiting = device.outcome == "pending" and device.expires_at > now
            if waiting and device.user_code == user_code.strip().upper():
                return code
        return None

    def end_device(self, flow: Flow, email: str | None, now: datetime) -> None:
        """The person at the browser agreed, or without an email declined; the app hears of it at its next poll."""
        assert flow.device is not None
        device = self.devices[flow.device]
        self.flows.pop(flow.id, None)
        if email is None:
            device.outcome = "declined"
        else:
            device.outcome = Grant(email, device.client_id, device.scopes, device.tenant, None, now + CODE_LIFETIME)

    def needs_consent(self, flow: Flow, person: Person) -> bool:
        """Whether this person has yet to agree to what the app asks for, and nobody did for the whole organisation."""
        agreed = self.consents.get((person.email, flow.client_id), frozenset())
        agreed |= self.organisation_consents.get(flow.client_id, frozenset())
        return not {plain_scope(one) for one in flow.scopes} <= agreed

    def consent(self, flow: Flow, email: str) -> None:
        """Remember that this person agreed."""
        before = self.consents.get((email, flow.client_id), frozenset())
        self.consents[email, flow.client_id] = before | {plain_scope(one) for one in flow.scopes}

    def consent_for_all(self, client_id: str, scopes: tuple[str, ...]) -> None:
        """[consent] An administrator agreed for the whole organisation: nobody is asked for these any more."""
        before = self.organisation_consents.get(client_id, frozenset())
        self.organisation_consents[client_id] = before | set(OPENID_SCOPES) | {plain_scope(one) for one in scopes}

    def withdraw_consent(self, email: str | None, now: datetime) -> int:
        """Consent is taken back, by one person or for all (then the organisation's too). How many sign-ins ended."""
        self.consents = {key: scopes for key, scopes in self.consents.items() if email not in (None, key[0])}
        if email is None:
            self.organisation_consents.clear()
        return self.revoke(email, 65001, now)

    def refusal(self, where: Where, email: str) -> Refusal | None:
        """The refusal that strikes this person there, if one does; counts it."""
        for one in self.refusals:
            if one.strikes(where, email):
                self.refusals = [kept for kept in map(one.used, self.refusals) if kept is not None]
                return one
        return None

    def met(self, claims: str, email: str) -> None:
        """A sign-in of that person brought along these claims: what was refused for want of them is so no more."""
        self.refusals = [one for one in self.refusals if one.claims != claims or one.person not in (None, email)]

    def answer_requests(self, answer: Literal["approved", "denied", "blocked"]) -> None:
        """[consent] An administrator answers what is pending: approving agrees for everyone, blocking disables the app.

        The organisation's policy stays: another app would still need approval.
        """
        self.approval_requests = [
            replace(one, answer=answer) if one.answer == "pending" else one for one in self.approval_requests
        ]
        if answer == "approved":
            for client_id in self.apps:
                self.consent_for_all(client_id, GRAPH_SCOPES)
        elif answer == "blocked":
            self.approval = "blocked"


def plain_scope(scope: str) -> str:
    """`Calendars.ReadWrite` for the same scope written with its resource in front."""
    return scope.removeprefix(_GRAPH)


def whole_scope(scope: str) -> str:
    """The same with its resource in front; OpenID's scopes have none."""
    return scope if scope in OPENID_SCOPES or scope.startswith(_GRAPH) else _GRAPH + scope
