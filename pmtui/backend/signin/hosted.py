"""Answers that reach the callback page: the sign-in found by its state, the answer written like a pasted one.

The process that serves the page holds no key and belongs to no organisation: a state says whose sign-in it is, and
whoever has none learns nothing of any.
"""

from sqlmodel import select

from pmtui.backend.actor import Actor, ActorKind, Surface, worker
from pmtui.backend.errors import BadInput, Conflict, NotAllowed, NotFound
from pmtui.backend.signin import answers, attempts, words
from pmtui.backend.signin.records import AttemptRecord, Landing, Page
from pmtui.backend.signin.service import SignIn
from pmtui.backend.states import AnswerWay, AttemptState, Provider
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.signin import Attempt

_PAGES = {
    AttemptState.EXCHANGING: Page.SIGNED_IN,
    AttemptState.CANCELLED: Page.DECLINED,
    AttemptState.NEEDS_APPROVAL: Page.NEEDS_APPROVAL,
}
"""What an answer just taken shows, by where it led."""


class HostedAnswers:
    """What the callback page does with a browser."""

    def __init__(self, database: Database, signin: SignIn) -> None:
        self._database = database
        self._signin = signin

    def land(self, provider: Provider, query: str) -> Landing:
        """Take what a browser brought to that provider's path (the query, undecoded); the page to show it.

        Raises Unavailable while the database is: then the same address may be opened again.
        """
        address = f"?{query}"
        said = answers.consented(address) if provider is Provider.OUTLOOK else None
        if said is not None:
            return _own(Page.CONSENT_SAID if said else Page.CONSENT_REFUSED, provider)
        try:
            answer = answers.parse(address)
        except BadInput:
            return _own(Page.UNREADABLE, provider)
        found = self._found(provider, answer.state) if answer.state is not None else None
        if found is None:
            refused = isinstance(answer, answers.Refused) and provider is Provider.OUTLOOK
            return _own(Page.CONSENT_REFUSED if refused else Page.UNKNOWN, provider)
        return self._answered(provider, *found, address)

    def reachable(self) -> None:
        """Raises Unavailable unless the database answers."""
        with self._database.read(worker()) as tx:
            tx.db.exec(select(Attempt.id).limit(1)).first()

    def _answered(self, provider: Provider, actor: Actor, attempt_id: int, address: str) -> Landing:
        try:
            try:
                record = self._signin.answer(actor, attempt_id, address)
            except Conflict:
                return _late(self._signin.attempt(actor, attempt_id))
        except (NotAllowed, NotFound):  # the person is gone, and the sign-in with them
            return _own(Page.OVER, provider)
        which = _PAGES.get(record.state, Page.REFUSED)
        if record.title is None or record.next_step is None:
            return _own(which, provider)
        return Landing(which, record.title, f"{record.next_step} Your terminal says so too: you can close this window.")

    @repeated
    def _found(self, provider: Provider, state: str) -> tuple[Actor, int] | None:
        """Whose sign-in has that state, and its id. One that waits for its answer elsewhere is none of this page's."""
        with self._database.read(worker()) as tx:
            row = tx.db.exec(
                select(Attempt.tenant_id, Attempt.person_id, Attempt.id).where(
                    Attempt.state_digest == attempts.digest(state),
                    Attempt.provider == provider,
                    Attempt.way == AnswerWay.HOSTED,
                )
            ).first()
        if row is None:
            return None
        tenant_id, person_id, attempt_id = row
        assert attempt_id is not None
        return Actor(ActorKind.PERSON, tenant_id, person_id, Surface.CALLBACK), attempt_id


def _late(record: AttemptRecord) -> Landing:
    """The page for an answer to a sign-in that awaits none."""
    if not record.state.over or record.state is AttemptState.CONNECTED:
        return _own(Page.USED, record.provider)
    if record.state is AttemptState.EXPIRED:
        return _own(Page.EXPIRED, record.provider)
    title, text = words.page(Page.OVER, record.provider)
    return Landing(Page.OVER, f"{title} {record.title or ''}".strip(), record.next_step or text)


def _own(which: Page, provider: Provider) -> Landing:
    return Landing(which, *words.page(which, provider))
