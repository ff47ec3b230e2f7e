"""Book anyway: what stands against a time, the yes of whoever has read it, and what is kept of both."""

from collections.abc import Collection, Iterable, Mapping

from pmtui.backend.coaching import reason_keys, sessions, words
from pmtui.backend.coaching.objections import Objection
from pmtui.backend.errors import NotOffered
from pmtui.backend.states import Verb
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.transaction import Transaction


def require_seen(reasons: Mapping[str, str], anyway: Collection[str]) -> None:
    """Refuse (NotOffered, with all of them) while there are `reasons` whose keys are not among `anyway`."""
    if reason_keys.unseen(reasons, anyway):
        raise NotOffered(reasons)


def left(session: Session, found: Iterable[Objection]) -> dict[str, str]:
    """Those of the reasons found that nobody has overruled for this session's time: keys and sentences."""
    sentences = {one.key: one.sentence for one in found}
    overruled = {reason_keys.read(key).kind for key in session.overruled}
    return {
        key: f"{sentences[key]} {words.NOT_THAT}" if reason_keys.read(key).kind in overruled else sentences[key]
        for key in reason_keys.unseen(sentences, session.overruled)
    }


def keep(tx: Transaction, session: Session, keys: Iterable[str]) -> None:
    """Note what was overruled for the session's time, in place of what was before; and in the audit, if anything."""
    session.overruled = list(keys)
    tx.db.add(session)
    if session.overruled:
        # Names of activities are the WFM's, and when somebody is busy is theirs: the audit holds codes only.
        known = map(reason_keys.read, session.overruled)
        codes = list(dict.fromkeys(f"{one.party}:{one.code}" for one in known))
        tx.audit(Verb.SESSION_BOOKED_ANYWAY, sessions.subject(session), reasons=codes)


def keep_more(tx: Transaction, session: Session, keys: Iterable[str]) -> None:
    """Note what was overruled beside what was before; what is of the same kind takes its place."""
    by_kind = {reason_keys.read(key).kind: key for key in (*session.overruled, *keys)}
    keep(tx, session, by_kind.values())
