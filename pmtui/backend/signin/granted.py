"""The tokens of one account, as sealed in a row. Standard library only; never logged, never shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

_LONGEST = 86_400  # seconds; Microsoft's access tokens live 60 to 90 minutes
_SHORTEST = 60


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What the token endpoint gave. `expires_at` (aware) is the access token's; `scopes` were really granted."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    scopes: tuple[str, ...]
    expires_at: datetime
    id_token: str | None = field(default=None, repr=False)
    public: bool = False
    """Got without the client's secret (device code), so refreshed without it."""

    def to_bytes(self) -> bytes:
        """To be sealed. The expiry stands beside it in the row."""
        return json.dumps(
            {
                "access_token": self.access_token,
                "refresh_token": self.refresh_token,
                "scopes": self.scopes,
                "id_token": self.id_token,
                "public": self.public,
            }
        ).encode()

    @classmethod
    def from_bytes(cls, plain: bytes, expires_at: datetime) -> "TokenSet":
        """What `to_bytes` made of it."""
        said = json.loads(plain)
        return cls(
            access_token=said["access_token"],
            refresh_token=said["refresh_token"],
            scopes=tuple(said["scopes"]),
            expires_at=expires_at,
            id_token=said["id_token"],
            public=said.get("public", False),
        )

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any], asked: tuple[str, ...], now: datetime) -> "TokenSet | None":
        """The tokens of a token endpoint's answer; None if it is no such answer.

        Without a `scope`, what was `asked` was granted (RFC 6749, 5.1).
        """
        access_token, scope = _text(answer.get("access_token")), _text(answer.get("scope"))
        if access_token is None:
            return None
        return cls(
            access_token=access_token,
            refresh_token=_text(answer.get("refresh_token")),
            scopes=tuple(scope.split()) if scope is not None and scope.strip() else asked,
            expires_at=now + _lifetime(answer.get("expires_in")),
            id_token=_text(answer.get("id_token")),
        )

    def refreshed(self, newer: "TokenSet") -> "TokenSet":
        """These with what a refresh brought; what it left out stays."""
        refresh_token = newer.refresh_token or self.refresh_token
        return replace(newer, refresh_token=refresh_token, id_token=None, public=self.public)

    def lacks(self, needed: tuple[str, ...]) -> tuple[str, ...]:
        """Which of the needed scopes were not granted; a scope may come with its resource in front."""
        granted = {scope.rpartition("/")[2].lower() for scope in self.scopes}
        return tuple(scope for scope in needed if scope.lower() not in granted)


def _text(value: object) -> str | None:
    """A text that can travel in a header or a form; tokens and scopes are plain ASCII."""
    return value if isinstance(value, str) and value and value.isascii() and value.isprintable() else None


def _lifetime(value: object) -> timedelta:
    """`expires_in` as a number or as text; what is neither is taken as short."""
    try:
        seconds = int(value) if isinstance(value, int | str) else _SHORTEST
    except ValueError:
        seconds = _SHORTEST
    return timedelta(seconds=min(max(seconds, _SHORTEST), _LONGEST))
