"""A reason against a time as a line of text: which one it is, and what it is about. Standard library only.

`coach:busy@entry.29900160.29900190`, `agent:not_overwritable@entry.29900280.29900310:Lunch`; several things that a
reason is about are joined by `+`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pmtui.backend.slots.causes import Cause, CauseKind, covered
from pmtui.backend.slots.values import Reason

OFF_THE_GRID = "coach:off_the_grid"
"""The key of what is no reason of the engine's: the start is none of those looked at."""

_CAUSE = re.compile(rf"({'|'.join(CauseKind)})\.(-?\d+)\.(-?\d+)")


class Key(NamedTuple):
    """A reason as it is kept. `causes` is empty where it is about the start as such, and in keys of old."""

    party: str
    code: str
    activity: str = ""
    causes: tuple[Cause, ...] = ()

    @property
    def kind(self) -> tuple[str, str, str]:
        """Whose reason it is and of what kind, whatever it is about."""
        return self.party, self.code, self.activity


def write(reason: Reason, causes: Iterable[Cause] = ()) -> str:
    """The key of a reason that is about these causes."""
    about = "+".join(f"{one.kind.value}.{one.first}.{one.last}" for one in causes)
    coded = f"{reason.party}:{reason.code}{f'@{about}' if about else ''}"
    return f"{coded}:{reason.activity}" if reason.activity else coded


def read(text: str) -> Key:
    """What `write` wrote; what can't be read of the causes is none."""
    party, coded, *activity = text.split(":", 2)
    code, _, about = coded.partition("@")
    return Key(party, code, "".join(activity), tuple(_causes(about)))


def unseen(found: Iterable[str], seen: Iterable[str]) -> tuple[str, ...]:
    """Those of the keys found that are not, or not wholly, among those somebody has seen.

    A calendar's entries may have become fewer or shorter since; a new or a longer one makes the reason another. A key
    that says nothing of what it is about, as older versions kept it, stands for no reason but one that never does.
    """
    known = {key.kind: key.causes for key in map(read, seen)}
    return tuple(text for text in found if not _covers(known, read(text)))


def _covers(known: dict[tuple[str, str, str], tuple[Cause, ...]], key: Key) -> bool:
    return key.kind in known and covered(key.causes, known[key.kind])


def _causes(about: str) -> Iterator[Cause]:
    for found in map(_CAUSE.fullmatch, about.split("+")):
        if found is not None:
            yield Cause(CauseKind(found[1]), int(found[2]), int(found[3]))
