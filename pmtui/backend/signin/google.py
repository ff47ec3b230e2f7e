"""Google's sign-in, as the one flow wants it described, and the end of a grant. Worker side.

Documents (developers.google.com/identity): protocols/oauth2/native-app, protocols/oauth2/web-server (parameters,
"Revoking a token"), openid-connect/openid-connect ("Validating an ID token"), granular permissions.
"""

from dataclasses import dataclass
from typing import Any

import httpx2

from pmtui.backend.calendars.calls import Calls, code_of
from pmtui.backend.calendars.google import GoogleCalendar
from pmtui.backend.calendars.protocol import Refused
from pmtui.backend.calendars.tally import Tally
from pmtui.backend.clock import Clock
from pmtui.backend.config import Config
from pmtui.backend.errors import NeedsReconnecting
from pmtui.backend.signin.endpoints import GOOGLE_CALENDAR_SCOPE, GOOGLE_SCOPES, google_endpoints
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.identity import Mailbox, NotProven, claims_of, require_claims
from pmtui.backend.signin.oauth import Addresses, OAuth, Service
from pmtui.backend.slots.zones import zone_names
from pmtui.backend.states import Provider

_LONG_EMAIL = "https://www.googleapis.com/auth/userinfo.email"
_NEEDED = {"email": ("email", _LONG_EMAIL), "calendar.events.owned": (GOOGLE_CALENDAR_SCOPE,)}
"""By the name people are told: under which names Google may list it as granted."""
_LASTING = "offline access"
ENDED = "invalid_token"
"""What Google answers for a token that was revoked before, or has expired."""
_NO_CALENDAR = frozenset({"notACalendarUser", "notFound"})
_OPERATOR = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """A Google account: its id, which never changes, and its address."""

    subject: str
    email: str

    @property
    def external_id(self) -> str:
        """The id alone."""
        return self.subject


class Google(OAuth[GoogleAccount]):
    """The sign-in of the configured desktop app.

    Consent is asked for every time: only consent brings a refresh token, and a sign-in begins only where no live one
    of that person is kept (a connection that works, or that may again, has to be disconnected first).
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        transport: httpx2.AsyncBaseTransport | None = None,
        tally: Tally | None = None,
    ) -> None:
        service = Service(
            provider=Provider.GOOGLE,
            name="Google",
            setting="google",
            client_id=config.google_client_id,
            secret_file=config.google_client_secret_file,
            scopes=GOOGLE_SCOPES,
            parameters={"access_type": "offline", "prompt": "select_account consent"},
        )
        super().__init__(service, clock, transport, tally)
        self._config = config

    @property
    def addresses(self) -> Addresses:
        """See `OAuth`."""
        where = google_endpoints(self._config)
        return Addresses(where.authorize, where.token, where.keys)

    def prove(self, id_token: str | None, keys: dict[str, Any], nonce: str | None) -> GoogleAccount:
        """See `OAuth`."""
        claims, issuer = claims_of(id_token, keys), self._config.google_issuer
        issuers = (issuer, issuer.removeprefix("https://"))  # Google writes either
        require_claims(claims, issuers, self.service.client_id, nonce, self.clock.now())
        if claims.get("azp", self.service.client_id) != self.service.client_id:
            raise NotProven("bad_identity:azp")
        subject, email = claims.get("sub"), claims.get("email")
        if not isinstance(subject, str) or not subject:
            raise NotProven("bad_identity:sub")
        if email is None:
            raise NotProven("scope_missing:email")
        if not isinstance(email, str) or not email or claims.get("email_verified") not in (True, "true"):
            raise NotProven("bad_identity:email")
        return GoogleAccount(subject, email)

    def lacks(self, tokens: TokenSet) -> tuple[str, ...]:
        """See `OAuth`. Google lists `email` under its long name."""
        granted = frozenset(tokens.scopes)
        lacking = tuple(name for name, names in _NEEDED.items() if granted.isdisjoint(names))
        return lacking or (() if tokens.refresh_token else (_LASTING,))

    async def look(self, calls: Calls, access_token: str, account: GoogleAccount) -> Mailbox:
        """See `OAuth`: one read of the calendar, which names its zone."""

        async def token(newer: bool) -> str:
            return access_token

        url = google_endpoints(self._config).calendar
        calendar = GoogleCalendar(calls, url, token, account=account.external_id)
        try:
            name = await calendar.zone_name()
        except NeedsReconnecting as error:
            raise NotProven(f"refused:{error.code}") from None
        except Refused as error:
            raise NotProven(_ends_as(error.code)) from None
        return Mailbox((account.email,), name if name in zone_names() else None)

    async def revoke(self, refresh_token: str) -> str | None:
        """End the person's whole grant. Google's word where it refuses (`ENDED`: it has ended). Raises Temporary."""
        response = await self._post(google_endpoints(self._config).revoke, {"token": refresh_token})
        document = self._counted(response)
        self._require_answer(response)
        if response.is_success:
            return None
        return code_of((document or {}).get("error"), f"http_{response.status_code}")


def _ends_as(code: str) -> str:
    if code in _OPERATOR:
        return f"operator:{code}"
    if code in _NO_CALENDAR:
        return f"no_mailbox:{code}"
    return "scope_missing:calendar.events.owned" if code == "insufficientPermissions" else f"refused:{code}"
