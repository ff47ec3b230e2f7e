"""Taking a time that may not be free: calendars are read first, and what is not offered is asked about."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from pmtui.backend.coaching.records import READING, SessionRecord
from pmtui.backend.errors import NotOffered, Unavailable
from pmtui.host import Host
from pmtui.screens.dialogs.confirm import ConfirmDialog

if TYPE_CHECKING:
    from pmtui.backend.build import Services

ASKING = "asking"
"""The group of background work that may wait for a person's answer."""
READING_FIRST = "The calendars are read first; nothing has changed yet."

_LOOK_AGAIN = timedelta(seconds=1)
_LOOKS = 60


async def booked(
    app: Host,
    take: "Callable[[Services, Collection[str]], SessionRecord]",
    time: str,
    reading: Callable[[], None],
) -> SessionRecord | None:
    """What `take` gives, told which reasons somebody overrules; None where a person leaves it, once they know them.

    `time` says which time it is, and whose. `reading` is called while calendars have to be read first, again and again.
    Raises what `take` raises but NotOffered, and Unavailable itself where nobody reads them in a minute. Waits for
    answers: to be run in the group `ASKING`.
    """
    anyway: Collection[str] = ()
    while True:
        try:
            return await _once_read(app, take, anyway, reading)
        except NotOffered as error:
            if not await app.push_screen_wait(_anyway(error, time)):
                return None
            anyway = tuple(error.reasons)


async def _once_read(
    app: Host,
    take: "Callable[[Services, Collection[str]], SessionRecord]",
    anyway: Collection[str],
    reading: Callable[[], None],
) -> SessionRecord:
    for _ in range(_LOOKS):
        try:
            return await app.background.call(lambda services: take(services, anyway))
        except Unavailable as error:
            if error.code != READING:
                raise
        reading()
        await app.clock.sleep(_LOOK_AGAIN)
    return await app.background.call(lambda services: take(services, anyway))


def _anyway(error: NotOffered, time: str) -> ConfirmDialog:
    """Every reason against the time; the focus is not on booking."""
    sentences = dict.fromkeys(error.reasons.values())
    against = "This stands against it:" if len(sentences) == 1 else f"These {len(sentences)} things stand against it:"
    reasons = (f"! {sentence}" for sentence in sentences)
    noted = "Who books it anyway, and against what, is noted in Activity."
    return ConfirmDialog("Book it anyway?", (time, against, *reasons, noted), "Book anyway", "Leave it")
