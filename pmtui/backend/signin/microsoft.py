"""Microsoft's sign-in, as the one flow wants it described. Worker side."""

from typing import Any

import httpx2

from pmtui.backend.calendars.calls import Calls
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

    def prove(self, id_token: str | None, keys: dict[str, Any], nonce: str) -> Identity:
        """See `OAuth`."""
        where = endpoints(self._config)
        return identity.prove(id_token, keys, where, self.service.client_id, nonce, self.clock.now())

    def lacks(self, tokens: TokenSet) -> tuple[str, ...]:
        """See `OAuth`. The lasting access is no scope of the answer: it shows in a refresh token."""
        return tokens.lacks(NEEDED) or (() if tokens.refresh_token else (_LASTING,))

    async def look(self, calls: Calls, access_token: str, account: Identity) -> Mailbox:
        """See `OAuth`: who it is, and the mailbox's settings."""
        return await identity.look(calls, endpoints(self._config), access_token, account)
