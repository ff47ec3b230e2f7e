"""Sign-ins as surfaces ask for them: started, looked at, answered, cancelled. The worker does the rest (`exchange`).

Loads no library of the sign-in's: the process a coach reaches holds no key and opens no token.
"""

import hmac
import secrets
from collections.abc import Collection

from sqlmodel import col, select

from pmtui.backend.actor import Actor
from pmtui.backend.config import Config
from pmtui.backend.errors import AlreadyConnected, BadInput, Conflict, NotAllowed, Unavailable, Whose
from pmtui.backend.people import access
from pmtui.backend.signin import answers, attempts
from pmtui.backend.signin.endpoints import own_issuer, ways
from pmtui.backend.signin.machine import Event, may
from pmtui.backend.signin.records import AttemptRecord, PageSays
from pmtui.backend.signin.refusals import read_on_page, verdict_of
from pmtui.backend.signin.words import About, no_such_way, why
from pmtui.backend.states import (
    AnswerWay,
    AttemptState,
    ConnectionState,
    External,
    Permission,
    Provider,
    Topic,
    Verb,
    WorkKind,
)
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.integrations import CalendarAccess, Connection
from pmtui.backend.storage.tables.people import Person, Tenant
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.transaction import Transaction


class SignIn:
    """The surfaces' side of connecting a calendar."""

    def __init__(self, database: Database, config: Config) -> None:
        self._database = database
        self._config = config

    def ways(self, provider: Provider) -> tuple[AnswerWay, ...]:
        """How the answer may come back in this installation, the usual way first; none for the WFM."""
        return ways(self._config, provider)

    @repeated
    def start(
        self, actor: Actor, provider: Provider, port: int | None = None, *, way: AnswerWay | None = None
    ) -> AttemptRecord:
        """Begin connecting one's own calendar; an older sign-in of one's own ends. The worker takes it from there.

        `port` is that of a loopback listener that stands already. `way` None takes the usual one (see `ways`):
        the callback page if there is one (a port is then of no use), else the listener, else pasting back. Raises
        NotAllowed, AlreadyConnected, or Unavailable for a calendar or a way this installation does not offer.
        """
        with self._database.write(actor) as tx:
            access.require(tx, Permission.COACH)
            person_id = _person(actor)
            way = _way(self._config, provider, port, way)
            _require_allowed(tx, provider)
            _require_configured(self._config, provider)
            tx.lock_people(person_id)
            _require_unconnected(tx, person_id, provider)
            attempts.end_overdue(tx)
            attempts.withdraw(tx, attempts.under_way(tx, person_id), "replaced")
            attempt = Attempt(
                tenant_id=tx.tenant_id,
                person_id=person_id,
                uid=secrets.token_hex(16),
                provider=provider,
                way=way,
                port=port if way is AnswerWay.LOOPBACK else None,
                created_at=tx.now,
                expires_at=tx.now + (attempts.DEVICE_LIFETIME if way is AnswerWay.DEVICE else attempts.LIFETIME),
            )
            tx.db.add(attempt)
            tx.db.flush()
            record = self._record(tx, attempt)
            tx.look_at(WorkKind.ATTEMPT, record.attempt_id)
            tx.audit(Verb.SIGN_IN_STARTED, f"person:{person_id}", provider=provider.value)
            tx.changed(Topic.INTEGRATIONS)
            return record

    def attempt(self, actor: Actor, attempt_id: int) -> AttemptRecord:
        """How one's own sign-in stands. NotFound for anybody else's.

        A code that rested too long in its row is wiped on the way: there may be no worker to do it.
        """
        with self._database.read(actor) as tx:
            access.permissions(tx)
            _person(actor)
            attempt = attempts.load(tx, attempt_id, lock=False)
            record, overdue = self._record(tx, attempt), attempts.code_overdue(tx, attempt)
        if overdue:
            self._end_overdue(actor)
        return record

    def under_way(self, actor: Actor) -> AttemptRecord | None:
        """One's own sign-in that is not over, if there is one: a dropped line does not end it."""
        with self._database.read(actor) as tx:
            access.permissions(tx)
            rows = attempts.under_way(tx, _person(actor), lock=False)
            records = [self._record(tx, row) for row in rows]
            return next((record for record in reversed(records) if not record.state.over), None)

    @repeated
    def answer(self, actor: Actor, attempt_id: int, address: str) -> AttemptRecord:
        """Hand in what came back from the provider's page: the address the browser ended at, pasted or caught.

        How the sign-in stands then; what follows shows in `attempt`. Raises BadInput (repeating nothing of it) for
        anything but such an address, and Conflict if an answer is in already or none is awaited.
        """
        with self._database.write(actor) as tx:
            access.require(tx, Permission.COACH)
            _person(actor)
            answer = answers.parse(address)
            attempts.end_overdue(tx)
            attempt = attempts.load(tx, attempt_id)
            _require_awaiting(tx, attempt)
            if not _same_state(answer, attempt):
                attempts.move(tx, attempt, Event.FOREIGN, "bad_state")
            elif answer.issuer is not None and not own_issuer(self._config, attempt.provider, answer.issuer):
                attempts.move(tx, attempt, Event.FOREIGN, "bad_issuer")
            elif isinstance(answer, answers.Refused):
                said = verdict_of(attempt.provider, answer.error, answer.subcode, answer.number)
                attempt.claims = answer.claims
                attempts.move(tx, attempt, said.event, said.code)
            else:
                attempt.code, attempt.answered_at = answer.code, tx.now
                attempt.link = None
                attempts.move(tx, attempt, Event.CODE_CAME)
            return self._record(tx, attempt)

    @repeated
    def page_says(self, actor: Actor, attempt_id: int, said: PageSays) -> AttemptRecord:
        """End one's own sign-in with what the person read on the provider's page, which never comes back.

        How it stands then. Raises BadInput for what ends nothing, Conflict unless an answer is awaited.
        """
        with self._database.write(actor) as tx:
            access.require(tx, Permission.COACH)
            _person(actor)
            attempt = attempts.load(tx, attempt_id)
            meaning = read_on_page(attempt.provider, said)
            if meaning is None:
                raise BadInput("goes_on", "That does not end the sign-in.", "Go on with it.")
            _require_awaiting(tx, attempt)
            attempts.move(tx, attempt, meaning.event, meaning.code)
            return self._record(tx, attempt)

    @repeated
    def cancel(self, actor: Actor, attempt_id: int) -> None:
        """End one's own sign-in; nothing happens to one that is over."""
        with self._database.write(actor) as tx:
            access.permissions(tx)
            _person(actor)
            attempts.end_overdue(tx)
            attempts.move(tx, attempts.load(tx, attempt_id), Event.DECLINED, "cancelled")

    def cancel_all(self, tx: Transaction, person_id: int) -> int:
        """End every sign-in of a person who is disabled or may no longer coach; how many."""
        return attempts.withdraw(tx, attempts.under_way(tx, person_id), "person_gone")

    def cancel_provider(self, tx: Transaction, providers: Collection[Provider]) -> int:
        """End the organisation's sign-ins to calendars that are no longer allowed; how many."""
        rows = [row for row in attempts.under_way(tx) if row.provider in providers]
        return attempts.withdraw(tx, rows, "access_removed")

    @repeated
    def _end_overdue(self, actor: Actor) -> None:
        with self._database.write(actor) as tx:
            attempts.end_overdue(tx)

    def _record(self, tx: Transaction, attempt: Attempt) -> AttemptRecord:
        assert attempt.id is not None
        person = tx.db.get(Person, attempt.person_id)
        assert person is not None
        state, code = _standing(tx, attempt)
        title, next_step = None, None
        if code is not None and state.over:
            title, next_step = why(code, About(attempt.provider, person.email, self._config.microsoft_app_name))
        account = attempt.account
        return AttemptRecord(
            attempt_id=attempt.id,
            provider=attempt.provider,
            state=state,
            way=attempt.way,
            link=attempt.link if state is AttemptState.AWAITING else None,
            user_code=attempt.user_code if state is AttemptState.AWAITING else None,
            verification_uri=attempt.verification_uri if state is AttemptState.AWAITING else None,
            port=attempt.port,
            expires_at=attempt.expires_at,
            account=account,
            other_address=account is not None and account.casefold() != person.email.casefold(),
            account_before=_account_before(tx, attempt) if state is AttemptState.CONFIRMING else None,
            title=title,
            next_step=next_step,
        )


def _standing(tx: Transaction, attempt: Attempt) -> tuple[AttemptState, str | None]:
    """State and reason as of now: time runs out for everybody at once, whether or not the worker has come by."""
    if attempts.code_overdue(tx, attempt):
        return AttemptState.EXPIRED, attempts.UNUSED
    if attempt.state.over or tx.now < attempt.expires_at:
        return attempt.state, attempt.error_code
    return AttemptState.EXPIRED, attempts.overdue(attempt)


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotAllowed("no_person", "Only a person can connect a calendar.", "Say who you are with --as EMAIL.")
    return actor.person_id


def _require_allowed(tx: Transaction, provider: Provider) -> None:
    tenant = tx.db.get(Tenant, tx.tenant_id)
    if tenant is None or not tenant.new_login_experience:
        raise NotAllowed(
            "no_new_login_experience",
            "Your organisation does not have the new login experience.",
            "Ask your administrator to have it enabled.",
        )
    # Shared until this ends: access sent meanwhile either is seen here, or finds the sign-in and ends it.
    locked = select(CalendarAccess).where(CalendarAccess.tenant_id == tx.tenant_id).with_for_update(read=True)
    sent = tx.db.exec(locked).first()
    allowed = sent is not None and (sent.wfm if provider is Provider.WFM else sent.external == External(provider.value))
    if not allowed:
        raise NotAllowed(
            "access_not_sent",
            f"Your organisation does not allow the {provider.label} calendar.",
            "Ask an administrator, or connect a calendar that is allowed.",
        )


def _require_configured(config: Config, provider: Provider) -> None:
    """Refuse before there is a sign-in to watch fail."""
    if provider is Provider.GOOGLE and not config.google_client_id:
        raise Unavailable(
            "google_not_ready",
            "Google calendars can't be connected: the Google app is not configured.",
            "Ask whoever runs pmtui to set google_client_id.",
            whose=Whose.OPERATOR,
        )


def _way(config: Config, provider: Provider, port: int | None, way: AnswerWay | None) -> AnswerWay | None:
    """The way in force, refused before there is a sign-in to watch fail."""
    if port is not None and not 1 <= port <= 65_535:
        raise BadInput("bad_port", "There is no such port.", "Use one from 1024 to 65535.", "port")
    offered = ways(config, provider)
    if way is None:
        if not offered or offered[0] is AnswerWay.HOSTED:
            return offered[0] if offered else None
        return AnswerWay.PASTE if port is None else AnswerWay.LOOPBACK
    if way not in offered:
        raise Unavailable("way_not_offered", *no_such_way(provider, way), whose=Whose.OPERATOR)
    if way is AnswerWay.LOOPBACK and port is None:
        raise BadInput("no_port", "A listener needs a port.", "Start it first, and say its port.", "port")
    return way


def _account_before(tx: Transaction, attempt: Attempt) -> str | None:
    """The account connected until now, where confirming this sign-in puts another in its place."""
    connection = _live_connection(tx, attempt.person_id)
    if connection is None or connection.external_id == attempt.external_id:
        return None
    return connection.account


def _live_connection(tx: Transaction, person_id: int) -> Connection | None:
    live = select(Connection).where(Connection.person_id == person_id, col(Connection.ended_at).is_(None))
    return tx.db.exec(live).first()


def _require_unconnected(tx: Transaction, person_id: int, provider: Provider) -> None:
    """One calendar only. The same calendar may be signed in to again when it needs reconnecting."""
    connection = _live_connection(tx, person_id)
    if connection is None:
        return
    if connection.provider is provider and connection.state is ConnectionState.NEEDS_RECONNECTING:
        return
    raise AlreadyConnected(
        "already_connected",
        f"Your {connection.provider.label} calendar is connected already.",
        "You can connect only one: disconnect it first.",
    )


def _require_awaiting(tx: Transaction, attempt: Attempt) -> None:
    state, _ = _standing(tx, attempt)
    if state.over:
        raise Conflict("attempt_over", "This sign-in is over.", "Start a new one.")
    if not may(state, Event.CODE_CAME):
        title = "The link is not ready yet." if state is AttemptState.STARTING else "The answer is in already."
        raise Conflict("not_awaited", title, "Wait a moment.")


def _same_state(answer: answers.Granted | answers.Refused, attempt: Attempt) -> bool:
    """Whether the answer belongs to this sign-in. A refusal may come without a state: nothing is gained by one."""
    if answer.state is None:
        return isinstance(answer, answers.Refused)
    return hmac.compare_digest(attempts.digest(answer.state), attempt.state_digest or "")
