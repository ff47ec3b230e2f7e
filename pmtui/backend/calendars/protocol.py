"""One interface to every calendar, in this project's own words: spans and events in, our errors out.

An implementation never hands a provider's JSON upwards, never asks for titles, and reads all of a window or
raises. `NeedsReconnecting` (backend.errors) is the fourth kind of failure beside the three here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.slots.values import PartyName, Span
from pmtui.backend.states import Provider

Minutes = tuple[int, int]

AccessToken = Callable[[bool], Awaitable[str]]
"""Gives the token to call with. True: the last one was refused, so get a newer one. Raises NeedsReconnecting."""


@dataclass(frozen=True, slots=True)
class Event:
    """One session's entry in one person's calendar, as wanted.

    `session` is the session's code; with `whose` and `generation` every provider id follows from it, so that
    repeating never makes a second entry. `provider_id` is the entry's id there, once known. Instants are aware.
    """

    session: str
    whose: PartyName
    generation: int
    title: str
    starts: datetime
    ends: datetime
    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """An entry of ours as found in a calendar. Instants are aware, UTC."""

    session: str
    provider_id: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Busy:
    """A whole, good read of `window` (minutes): foreign entries as spans, and our own events, never busy time."""

    window: Minutes
    spans: tuple[Span, ...]
    own: tuple[OwnEvent, ...] = ()


class Calendar(Protocol):
    """One person's calendar. Every method may raise Temporary, NeedsReconnecting, Refused or Misconfigured."""

    async def busy(self, window: Minutes) -> Busy:
        """Everything in `window` (minutes), every page of it; a read that fails anywhere raises."""

    async def put(self, event: Event) -> str:
        """Make the calendar hold exactly this one entry for the session; safe to repeat. The entry's id there."""

    async def remove(self, event: Event) -> None:
        """Make the calendar hold no entry for the session; safe to repeat."""

    async def probe(self) -> None:
        """Read a little, to see that the calendar can be read."""


class Temporary(Unavailable):
    """It may work later: throttled, down, too slow, or an answer that can't be understood."""

    def __init__(self, code: str, provider: Provider, retry_at: datetime | None = None) -> None:
        super().__init__(
            code,
            f"{provider.label} does not answer properly at the moment.",
            "Nothing needs to be done: it is tried again.",
            whose=Whose.PROVIDER,
            retry_at=retry_at,
        )


class Vanished(Temporary):
    """The provider says that this generation's entry was made before, and it is nowhere: somebody deleted it."""


class Refused(Unavailable):
    """The provider will not do it; repeating the same is useless."""

    def __init__(
        self, code: str, provider: Provider, next_step: str = "Ask support what the provider's code means."
    ) -> None:
        super().__init__(code, f"{provider.label} refused.", next_step, whose=Whose.PROVIDER)


class Misconfigured(Unavailable):
    """What the organisation or the operator has set up does not work."""

    def __init__(self, code: str, title: str, next_step: str) -> None:
        super().__init__(code, title, next_step, whose=Whose.OPERATOR)
