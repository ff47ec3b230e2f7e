"""Microsoft's sign-in, as the one flow wants it described, and its device codes. Worker side."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx2

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.calendars.tally import Tally
from pmtui.backend.clock import Clock
from pmtui.backend.config import Config
from pmtui.backend.signin import identity
from pmtui.backend.signin.endpoints import NEEDED, SCOPES, endpoints
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.identity import Identity, Mailbox
from pmtui.backend.signin.oauth import Addresses, OAuth, Service
from pmtui.backend.states import Provider

_LASTING = "offline_access"
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_USUAL_POLL_SECONDS, _LONGEST_POLL_SECONDS = 5, 60
_LONGEST_SECONDS = 3_600
_USER_CODE = re.compile(r"[A-Za-z0-9-]{4,40}")
_PAGE = re.compile(r"https?://[!-~]{1,200}")


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What is typed where (`user_code`, `page`), and what fetches the tokens then, asked every `poll_seconds`."""

    device_code: str = field(repr=False)
    user_code: str
    page: str
    lifetime: timedelta
    poll_seconds: int

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> "DeviceCode | None":
        """The code of the endpoint's answer; None if it is no such answer. Both texts are shown in a terminal."""
        device_code, user_code, page = (answer.get(name) for name in ("device_code", "user_code", "verification_uri"))
        if not isinstance(device_code, str) or not device_code.isascii():
            return None
        if not isinstance(user_code, str) or not _USER_CODE.fullmatch(user_code):
            return None
        if not isinstance(page, str) or not _PAGE.fullmatch(page):
            return None
        seconds, interval = answer.get("expires_in"), answer.get("interval", _USUAL_POLL_SECONDS)
        if not isinstance(seconds, int) or not isinstance(interval, int):
            return None
        lifetime = timedelta(seconds=min(max(seconds, 0), _LONGEST_SECONDS))
        return cls(device_code, user_code, page, lifetime, min(max(interval, 1), _LONGEST_POLL_SECONDS))


class Microsoft(OAuth[Identity]):
    """The sign-in of the configured directory."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        transport: httpx2.AsyncBaseTransport | None = None,
        tally: Tally | None = None,
    ) -> None:
        service = Service(
            provider=Provider.OUTLOOK,
            name="Microsoft",
            setting="microsoft",
            client_id=config.microsoft_client_id,
            secret_file=config.microsoft_client_secret_file,
            scopes=SCOPES,
            parameters={"prompt": "select_account", "response_mode": "query"},
            asked_again=(_LASTING,),
        )
        super().__init__(service, clock, transport, tally)
        self._config = config

    @property
    def addresses(self) -> Addresses:
        """See `OAuth`."""
        where = endpoints(self._config)
        return Addresses(where.authorize, where.token, where.keys)

    def prove(self, id_token: str | None, keys: dict[str, Any], nonce: str | None) -> Identity:
        """See `OAuth`."""
        where = endpoints(self._config)
        return identity.prove(id_token, keys, where, self.service.client_id, nonce, self.clock.now())

    async def device_code(self) -> DeviceCode:
        """A code to be typed at Microsoft's page. Raises Denied, or Temporary."""
        form = {"client_id": self._client_id(), "scope": " ".join(self.service.scopes)}
        response = await self._post(endpoints(self._config).device, form)
        code = DeviceCode.from_answer(self._good(response, self._counted(response)))
        if code is None:
            raise Temporary("garbage", self.service.provider)
        return code

    async def tokens_of(self, device_code: str) -> TokenSet:
        """The tokens, once the person has agreed. Raises Denied `authorization_pending` before, or Temporary.

        The client's secret is no part of it, nor of refreshing what comes of it: Microsoft takes apps that sign in so
        for public ones.
        """
        async with self._client(self.service.scopes, None, public=True) as client:
            answer = await self._asked(
                client.fetch_token(self.addresses.token, grant_type=_DEVICE_GRANT, device_code=device_code)
            )
        return replace(self._tokens(answer, self.service.scopes), public=True)

    def lacks(self, tokens: TokenSet) -> tuple[str, ...]:
        """See `OAuth`. The lasting access is no scope of the answer: it shows in a refresh token."""
        return tokens.lacks(NEEDED) or (() if tokens.refresh_token else (_LASTING,))

    async def look(self, calls: Calls, access_token: str, account: Identity) -> Mailbox:
        """See `OAuth`: who it is, and the mailbox's settings."""
        return await identity.look(calls, endpoints(self._config), access_token, account)
