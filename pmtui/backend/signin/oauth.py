"""A provider's authorize and token endpoints, through Authlib on httpx2: the one place that uses either to sign in.

One flow for every provider: what differs is its description (`Service`) and how it proves an account. Worker side.
Authlib is kept from what it would do on its own: PKCE is asserted, only a code is ever handed over, and every answer
of the token endpoint is judged before Authlib reads it.
"""

import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client

from pmtui.backend.calendars.calls import Calls, document_of, ended_as
from pmtui.backend.calendars.claims import claims_request
from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.calendars.tally import Tally
from pmtui.backend.clock import Clock
from pmtui.backend.config import read_secret
from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.identity import Account, Mailbox
from pmtui.backend.signin.refusals import temporary
from pmtui.backend.states import Provider

_TIMEOUT = httpx2.Timeout(15.0, connect=10.0)
_WORD = re.compile(r"[a-z_]{1,40}")
_LONGEST_RETRY_AFTER = timedelta(minutes=5)
A = TypeVar("A", bound=Account)


@dataclass(frozen=True, slots=True)
class Link:
    """A sign-in link and what belongs to it."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Service:
    """What one provider's sign-in is like. `name` is how sentences call it, `setting` how its settings begin.

    `scopes` are asked for; `asked_again` names those a refresh asks for although they are never listed as granted.
    `parameters` are the link's own.
    """

    provider: Provider
    name: str
    setting: str
    client_id: str
    secret_file: Path | None
    scopes: tuple[str, ...]
    parameters: Mapping[str, str]
    asked_again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where one provider's sign-in is."""

    authorize: str
    token: str
    keys: str


class Denied(Unavailable):
    """The token endpoint said no: `error`, `suberror` and the provider's `number`, as `refusals.verdict` takes them."""

    def __init__(self, service: str, error: str, suberror: str | None, number: str | None, claims: str | None) -> None:
        super().__init__(
            f"refused:{number or error}", f"{service} refused.", "Connect the calendar again.", whose=Whose.PERSON
        )
        self.error = error
        self.suberror = suberror
        self.number = number
        self.claims = claims


class OAuth(ABC, Generic[A]):
    """One provider's sign-in. Keeps no connection and no token between calls."""

    def __init__(
        self,
        service: Service,
        clock: Clock,
        transport: httpx2.AsyncBaseTransport | None = None,
        tally: Tally | None = None,
    ) -> None:
        self.service = service
        self.clock = clock
        self._transport = transport
        self._tally = tally or Tally(clock)

    @property
    @abstractmethod
    def addresses(self) -> Addresses:
        """Where to go. Unavailable (the operator's) if one is not safe."""

    @abstractmethod
    def prove(self, id_token: str | None, keys: dict[str, Any], nonce: str | None) -> A:
        """Whose account it is; `nonce` None where no link carried one. Raises NotProven for whatever does not hold."""

    @abstractmethod
    def lacks(self, tokens: TokenSet) -> tuple[str, ...]:
        """What was needed and not granted, by name."""

    @abstractmethod
    async def look(self, calls: Calls, access_token: str, account: A) -> Mailbox:
        """One small read of the calendar's account. Raises NotProven, or Temporary."""

    async def link(self, redirect_uri: str, claims: str | None = None) -> Link:
        """A new link to the provider's page, with PKCE (S256), a state and a nonce of its own.

        `claims` is what the provider said to ask for.
        """
        asked = {} if claims is None else {"claims": claims}
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        async with self._client(self.service.scopes, redirect_uri) as client:
            url, _ = client.create_authorization_url(
                self.addresses.authorize,
                state=state,
                nonce=nonce,
                code_verifier=verifier,
                **self.service.parameters,
                **asked,
            )
        query = parse_qs(urlsplit(url).query)
        if query.get("code_challenge_method") != ["S256"] or len(query.get("code_challenge", [""])[0]) != 43:
            raise RuntimeError("the sign-in link lacks PKCE")  # Authlib leaves it out silently when half asked for
        return Link(url, state, nonce, verifier)

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """The tokens for a code. Raises Denied, or Temporary where the same code may be tried again."""
        async with self._client(self.service.scopes, redirect_uri) as client:
            answer = await self._asked(
                client.fetch_token(
                    self.addresses.token, grant_type="authorization_code", code=code, code_verifier=verifier
                )
            )
        return self._tokens(answer, self.service.scopes)

    async def refresh(self, tokens: TokenSet) -> TokenSet:
        """Newer tokens, merged with those at hand. Raises Denied or Temporary.

        Asks for what was granted, and for what is never listed as granted (Microsoft: a new refresh token).
        """
        asked = tuple(dict.fromkeys((*tokens.scopes, *self.service.asked_again)))
        async with self._client(asked, None, public=tokens.public) as client:
            answer = await self._asked(client.refresh_token(self.addresses.token, refresh_token=tokens.refresh_token))
        return tokens.refreshed(self._tokens(answer, tokens.scopes))

    async def keys(self) -> dict[str, Any]:
        """The provider's public keys (JWKS), for id_tokens."""
        async with self._client((), None) as client:
            response = await self._asked(client.request("GET", self.addresses.keys, withhold_token=True))
        document = document_of(response) if response.status_code == 200 else None
        if document is None or not isinstance(document.get("keys"), list):
            code = f"keys_{response.status_code}"  # whatever it says: nothing of ours was shown, so nothing was refused
            self._tally.note(self.service.provider, code)
            raise Temporary(code, self.service.provider, self._retry_at(response))
        self._tally.note(self.service.provider)
        return document

    async def _post(self, url: str, form: Mapping[str, str]) -> httpx2.Response:
        """A plain form, without the client's secret. Raises Temporary for a network that fails."""
        async with httpx2.AsyncClient(timeout=_TIMEOUT, transport=self._transport) as client:
            response: httpx2.Response = await self._asked(client.post(url, data=dict(form)))
        return response

    @asynccontextmanager
    async def _client(
        self, scopes: tuple[str, ...], redirect_uri: str | None, *, public: bool = False
    ) -> AsyncIterator[AsyncOAuth2Client]:
        """Authlib's client; a `public` one keeps the secret to itself."""
        secret_file = None if public else self.service.secret_file
        secret = read_secret(secret_file) if secret_file is not None else None
        client = AsyncOAuth2Client(
            client_id=self._client_id(),
            client_secret=secret,
            token_endpoint_auth_method="client_secret_post" if secret else "none",
            scope=" ".join(scopes),
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
            transport=self._transport,
        )
        for hook in ("access_token_response", "refresh_token_response"):
            client.register_compliance_hook(hook, self._judge)
        async with client:
            yield client

    def _client_id(self) -> str:
        if not self.service.client_id:
            raise Unavailable(
                "no_client_id",
                f"The {self.service.name} app is not configured.",
                f"Set {self.service.setting}_client_id.",
                whose=Whose.OPERATOR,
            )
        return self.service.client_id

    def _good(self, response: httpx2.Response, document: dict[str, Any] | None) -> dict[str, Any]:
        """The JSON object of a 2xx; everything else becomes an error of ours here."""
        self._require_answer(response)
        if document is None or not response.content:
            raise Temporary("garbage", self.service.provider)
        if "error" in document or not response.is_success:
            error, number = _word(document.get("error")) or "unknown", _number(document)
            if temporary(error, number):
                raise Temporary(error, self.service.provider, self._retry_at(response))
            claims = claims_request(document.get("claims"))
            raise Denied(self.service.name, error, _word(document.get("suberror")), number, claims)
        return document

    def _judge(self, response: httpx2.Response) -> httpx2.Response:
        """Let only a good answer through to Authlib."""
        document = self._good(response, self._counted(response))
        if not all(_countable(document.get(name)) for name in ("expires_in", "expires_at")):
            raise Temporary("garbage", self.service.provider)  # Authlib would fall over it
        return response

    def _counted(self, response: httpx2.Response) -> dict[str, Any] | None:
        """The answer's JSON object (see `document_of`), the answer counted."""
        document = document_of(response)
        self._tally.note(self.service.provider, ended_as(response.status_code, document))
        return document

    def _require_answer(self, response: httpx2.Response) -> None:
        if response.status_code == 429 or response.status_code >= 500:
            raise Temporary(f"http_{response.status_code}", self.service.provider, self._retry_at(response))

    def _tokens(self, answer: dict[str, Any], asked: tuple[str, ...]) -> TokenSet:
        tokens = TokenSet.from_answer(answer, asked, self.clock.now())
        if tokens is None:
            raise Temporary("garbage", self.service.provider)
        return tokens

    def _retry_at(self, response: httpx2.Response) -> datetime | None:
        text = response.headers.get("Retry-After", "").strip()
        if not (text.isascii() and text.isdigit()):
            return None
        if len(text) > 6:
            return self.clock.now() + _LONGEST_RETRY_AFTER
        return self.clock.now() + min(timedelta(seconds=int(text)), _LONGEST_RETRY_AFTER)

    async def _asked(self, call: Any) -> Any:
        """Await a call of Authlib's (which is untyped); a network that fails is Temporary, the request not in it."""
        try:
            return await call
        except httpx2.TimeoutException:
            self._tally.note(self.service.provider, "timed_out")
            raise Temporary("timed_out", self.service.provider) from None
        except httpx2.HTTPError:
            self._tally.note(self.service.provider, "unreachable")
            raise Temporary("unreachable", self.service.provider) from None


def _number(document: dict[str, Any]) -> str | None:
    codes = document.get("error_codes")
    first = codes[0] if isinstance(codes, list) and codes else None
    return str(first) if isinstance(first, int) and not isinstance(first, bool) else None


def _countable(seconds: object) -> bool:
    """A whole number, as such or as text, or nothing."""
    if isinstance(seconds, str):
        return seconds.isascii() and seconds.isdigit() and len(seconds) < 12
    return seconds is None or (isinstance(seconds, int) and abs(seconds) < 10**11)


def _word(value: object) -> str | None:
    """A provider's error word: shown to people, so nothing but a word."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None
