"""Where people sign in and what is asked for, from the configuration. Standard library only."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from pmtui.backend.config import Config
from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.signin.loopback import HOSTS
from pmtui.backend.states import AnswerWay, Provider

SCOPES = ("openid", "profile", "offline_access", "User.Read", "Calendars.ReadWrite", "MailboxSettings.Read")
"""What Microsoft is asked for."""
NEEDED = ("User.Read", "Calendars.ReadWrite", "MailboxSettings.Read")
"""What must have been granted; the others show in the answer itself."""
CONSENT_STATE = "approval"
"""What comes back with the answer to an administrator's approval: nothing hangs on it."""
GOOGLE_CALENDAR_SCOPE = "https://www.googleapis.com/auth/calendar.events.owned"
GOOGLE_SCOPES = ("openid", "email", GOOGLE_CALENDAR_SCOPE)
"""What Google is asked for: who it is, and one calendar scope."""

_TENANT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of one Microsoft directory's sign-in, and of Graph."""

    authorize: str
    token: str
    device: str
    keys: str
    consent: str
    graph: str
    _authority: str
    _tenant: str

    def issuer(self, tenant_id: str) -> str:
        """What `iss` must be for an account of that directory."""
        return f"{self._authority}/{tenant_id}/v2.0"

    def may_issue(self, tenant_id: object) -> bool:
        """Whether accounts of that directory may sign in: one by id, unless any organisation's may."""
        if not isinstance(tenant_id, str) or not _TENANT_ID.fullmatch(tenant_id):
            return False
        return not _TENANT_ID.fullmatch(self._tenant) or tenant_id.lower() == self._tenant.lower()

    def own_issuer(self, issuer: str) -> bool:
        """Whether an answer's `iss` is one of this sign-in's."""
        start, end = f"{self._authority}/", "/v2.0"
        if not issuer.startswith(start) or not issuer.endswith(end):
            return False
        return self.may_issue(issuer[len(start) : -len(end)])


@dataclass(frozen=True, slots=True)
class GoogleEndpoints:
    """The addresses of Google's sign-in, and of the Calendar API."""

    authorize: str
    token: str
    revoke: str
    keys: str
    issuer: str
    calendar: str

    def own_issuer(self, issuer: str) -> bool:
        """Whether an answer's `iss` is Google's."""
        return issuer == self.issuer


def endpoints(config: Config) -> Endpoints:
    """Microsoft's addresses in force. Unavailable (the operator's) if one would send secrets in the clear."""
    authority, graph = config.microsoft_authority.rstrip("/"), config.graph_url.rstrip("/")
    _require_safe(config, "microsoft_authority", "graph_url")
    at = f"{authority}/{config.microsoft_tenant}"
    return Endpoints(
        authorize=f"{at}/oauth2/v2.0/authorize",
        token=f"{at}/oauth2/v2.0/token",
        device=f"{at}/oauth2/v2.0/devicecode",
        keys=f"{at}/discovery/v2.0/keys",
        consent=f"{at}/v2.0/adminconsent",
        graph=graph,
        _authority=authority,
        _tenant=config.microsoft_tenant,
    )


def consent_link(config: Config) -> str | None:
    """Where a Microsoft administrator approves the app for the whole organisation; None without an app.

    What it answers proves nothing: a sign-in that succeeds does.
    """
    if not config.microsoft_client_id:
        return None
    asked = {
        "client_id": config.microsoft_client_id,
        "scope": " ".join(SCOPES),
        "redirect_uri": redirect_uri(config, ways(config, Provider.OUTLOOK)[0], None, Provider.OUTLOOK),
        "state": CONSENT_STATE,
    }
    return f"{endpoints(config).consent}?{urlencode(asked, quote_via=quote)}"


def google_endpoints(config: Config) -> GoogleEndpoints:
    """Google's addresses in force. Unavailable (the operator's) if one would send secrets in the clear."""
    _require_safe(
        config,
        "google_authorize_url",
        "google_token_url",
        "google_revoke_url",
        "google_keys_url",
        "google_calendar_url",
    )
    return GoogleEndpoints(
        authorize=config.google_authorize_url,
        token=config.google_token_url,
        revoke=config.google_revoke_url,
        keys=config.google_keys_url,
        issuer=config.google_issuer,
        calendar=config.google_calendar_url,
    )


def own_issuer(config: Config, provider: Provider, issuer: str) -> bool:
    """Whether the `iss` of an answer is that of the provider signed in to."""
    where = google_endpoints(config) if provider is Provider.GOOGLE else endpoints(config)
    return where.own_issuer(issuer)


def ways(config: Config, provider: Provider) -> tuple[AnswerWay, ...]:
    """How a sign-in's answer may come back here, the usual way first; none for the WFM.

    With a callback page the registered app is a web one, which knows no address of a person's machine.
    """
    if provider is Provider.WFM:
        return ()
    usual = (AnswerWay.HOSTED,) if config.callback_url else (AnswerWay.LOOPBACK, AnswerWay.PASTE)
    by_code = provider is Provider.OUTLOOK and config.microsoft_device_code
    return (*usual, AnswerWay.DEVICE) if by_code else usual


def redirect_uri(config: Config, way: AnswerWay | None, port: int | None, provider: Provider) -> str:
    """Where the browser is sent with the answer: the callback page, the listener, or a port nobody answers at."""
    if way is AnswerWay.HOSTED:
        _require_safe(config, "callback_url")
        return f"{config.callback_url}/callback/{provider.value}"
    return f"http://{HOSTS[provider]}:{port or config.paste_port}/callback/{provider.value}"


def _require_safe(config: Config, *settings: str) -> None:
    for name in settings:
        if not _safe(getattr(config, name), config.insecure_endpoints):
            raise Unavailable(
                "insecure_endpoint",
                f"The setting {name} is not an https address.",
                "Tell whoever runs pmtui.",
                whose=Whose.OPERATOR,
                where=name,
            )


def _safe(url: str, insecure: bool) -> bool:
    """https anywhere; plain http to this machine only where that is switched on."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return insecure and parts.scheme == "http" and _this_machine(parts.hostname or "")


def _this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
