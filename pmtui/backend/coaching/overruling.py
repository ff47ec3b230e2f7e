"""Book anyway: what stands against a time, the yes of whoever has read it, and what is kept of both."""

from collections.abc import Collection, Iterable, Mapping

from pmtui.backend.coaching import sessions
from pmtui.backend.errors import NotOffered
from pmtui.backend.slots.values import Reason
from pmtui.backend.states import Verb
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.transaction import Transaction

OFF_THE_GRID = "coach:off_the_grid"
"""The key of what is no reason of the engine's: the start is none of those looked at."""


def key(reason: Reason) -> str:
    """The reason as it is kept: `coach:busy`, `agent:not_overwritable:Lunch`."""
    return ":".join(part for part in (reason.party, reason.code, reason.activity) if part)


def require_seen(reasons: Mapping[str, str], anyway: Collection[str]) -> None:
    """Refuse (NotOffered, with all of them) while there are `reasons` whose keys are not among `anyway`."""
    if not reasons.keys() <= set(anyway):
        raise NotOffered(reasons)


def left(session: Session, found: Mapping[Reason, str]) -> tuple[Reason, ...]:
    """Those of the reasons found that nobody has overruled for this session's time."""
    return tuple(reason for reason in found if key(reason) not in session.overruled)


def keep(tx: Transaction, session: Session, keys: Iterable[str]) -> None:
    """Note what was overruled for the session's time, in place of what was before; and in the audit, if anything."""
    session.overruled = list(keys)
    tx.db.add(session)
    if session.overruled:
        # Names of activities are the WFM's: the audit holds codes only.
        codes = list(dict.fromkeys(":".join(one.split(":")[:2]) for one in session.overruled))
        tx.audit(Verb.SESSION_BOOKED_ANYWAY, sessions.subject(session), reasons=codes)
