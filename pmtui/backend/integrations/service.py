"""Calendar access of the organisation, and everybody's one connection."""

from collections.abc import Collection
from typing import Protocol
from urllib.parse import urlsplit

from sqlmodel import col

from pmtui.backend.actor import Actor
from pmtui.backend.config import Config
from pmtui.backend.errors import BadInput, Conflict, NotAllowed, SavedElsewhere
from pmtui.backend.integrations import connecting, words
from pmtui.backend.integrations import page as pages
from pmtui.backend.integrations.connecting import Connected
from pmtui.backend.integrations.counting import consequences, live_of, removed
from pmtui.backend.integrations.ending import SHOWN, end
from pmtui.backend.integrations.records import (
    Access,
    BannerRecord,
    Consequences,
    IntegrationsPage,
    WfmServiceRecord,
)
from pmtui.backend.people import access
from pmtui.backend.states import ADMINISTER, EndedWhy, Permission, Provider, Topic, Verb, WorkKind
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.integrations import CalendarAccess, Connection, WfmService
from pmtui.backend.storage.transaction import Transaction


class SignIns(Protocol):
    """What ends with a connection: sign-ins under way."""

    def cancel_all(self, tx: Transaction, person_id: int) -> int:
        """End every sign-in of a person; how many."""

    def cancel_provider(self, tx: Transaction, providers: Collection[Provider]) -> int:
        """End the organisation's sign-ins to these calendars; how many."""


class Sealed(Protocol):
    """A sealed value and the id of its key."""

    @property
    def data(self) -> bytes:
        """The sealed bytes."""

    @property
    def key_id(self) -> str:
        """The key they are under."""


class Sealer(Protocol):
    """Seals; only where the key is."""

    def seal(self, plain: bytes, bound_to: str, /) -> Sealed:
        """`plain`, sealed and bound to `bound_to`."""


def service_seal(tenant_id: int) -> str:
    """What the sealed token of a tenant's WFM service is bound to."""
    return f"{tenant_id}:service:{Provider.WFM.value}"


class Integrations:
    """Calendar access, Send Access, connecting and disconnecting.

    `connected` is told of every new connection in its own transaction.
    """

    def __init__(
        self,
        database: Database,
        config: Config,
        signin: SignIns,
        connected: Connected,
    ) -> None:
        self._database = database
        self._config = config
        self._signin = signin
        self._connected = connected

    def page(self, actor: Actor) -> IntegrationsPage:
        """Everything the Integrations screen shows. Needs any permission."""
        with self._database.read(actor) as tx:
            return self._page(tx)

    def banner(self, actor: Actor) -> BannerRecord | None:
        """The banner that stands on every screen of this person now."""
        with self._database.read(actor) as tx:
            return pages.banner(tx)

    @repeated
    def set_draft(self, actor: Actor, access_: Access, version: int) -> IntegrationsPage:
        """Prepare calendar access; nothing happens to anybody before `send_access`. `version` is the page's."""
        with self._database.write(actor) as tx:
            row = self._administered(tx, version)
            if (row.draft_wfm, row.draft_external) != (access_.wfm, access_.external):
                row.draft_wfm, row.draft_external = access_.wfm, access_.external
                row.version += 1
                tx.db.add(row)
                tx.changed(Topic.INTEGRATIONS)
            return self._page(tx)

    @repeated
    def send_access(self, actor: Actor, version: int, expected: Consequences) -> IntegrationsPage:
        """Put the draft in force: connections to calendars it does not allow end, sign-ins to them too, at once.

        All or nothing. `expected` is what the page told would end: Conflict `numbers_changed` if that is no
        longer so. Conflict `wfm_not_ready` where WFM is switched on without a working token.
        """
        with self._database.write(actor) as tx:
            row = self._administered(tx, version)
            draft = Access(row.draft_wfm, row.draft_external)
            self._require_wfm(tx, row, draft)
            now = consequences(tx, draft)
            if (now.ended, now.agents) != (expected.ended, expected.agents):
                said = words.consequences_in_words(now)
                raise Conflict(
                    "numbers_changed",
                    f"In the meantime the numbers changed: {' '.join(said)}",
                    "Nothing was sent. Look again, and send if it is still right.",
                )
            gone = removed(draft)
            self._signin.cancel_provider(tx, gone)
            end(tx, live_of(tx, gone), EndedWhy.ACCESS_REMOVED)
            row = connecting.sent_access(tx)
            row.wfm, row.external, row.sent_at = draft.wfm, draft.external, tx.now
            row.version += 1
            tx.db.add(row)
            if draft.wfm:
                tx.look_at(WorkKind.LINK, tx.tenant_id)  # agents are linked by themselves
            tx.audit(
                Verb.ACCESS_SENT,
                f"tenant:{tx.tenant_id}",
                wfm=draft.wfm,
                external=draft.external.value,
                ended={provider.value: count for provider, count in now.ended},
                agents=now.agents,
                asked=now.asked,
            )
            tx.changed(*SHOWN)
            return self._page(tx)

    @repeated
    def confirm(self, actor: Actor, attempt_id: int) -> IntegrationsPage:
        """The person confirms the account of their verified sign-in: it becomes their connection.

        Raises NotAllowed, AlreadyConnected, Conflict `attempt_over`, NotFound for anybody else's sign-in.
        """
        with self._database.write(actor) as tx:
            access.require(tx, Permission.COACH)
            self.connect(tx, attempt_id)
            return self._page(tx)

    @repeated
    def disconnect(self, actor: Actor) -> IntegrationsPage:
        """End one's own connection, whichever calendar it is and whether or not it still works."""
        with self._database.write(actor) as tx:
            access.require(tx, Permission.COACH)
            if actor.person_id is None:
                raise NotAllowed("no_person", "You act as no person.", "Name one with --as EMAIL.")
            if not self._end_of(tx, actor.person_id, EndedWhy.BY_COACH):
                raise Conflict("not_connected", "You have no calendar connected.", "There is nothing to disconnect.")
            return self._page(tx)

    @repeated
    def end_person(self, actor: Actor, email: str) -> IntegrationsPage:
        """End one person's connection, and their sign-ins. Needs either Administer, and the person in scope."""
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            person = access.find(tx, email)
            person_id, name = person.id, person.name
            assert person_id is not None
            access.require_in_scope(tx, person_id)
            cancelled = self._signin.cancel_all(tx, person_id)
            if not self._end_of(tx, person_id, EndedWhy.ACCESS_REMOVED) and not cancelled:
                raise Conflict("not_connected", f"{name} has no calendar connected.", "There is nothing to disconnect.")
            return self._page(tx)

    def wfm_service(self, actor: Actor) -> WfmServiceRecord | None:
        """How the organisation's WFM is reached, without the token; None if that was never stored."""
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            row = tx.db.get(WfmService, tx.tenant_id)
            if row is None:
                return None
            scenario, activity = row.scenario_id or "", row.coaching_activity_id or ""
            return WfmServiceRecord(row.url, row.business_unit_id, scenario, activity, row.works, row.checked_at)

    @repeated
    def set_wfm_service(
        self,
        actor: Actor,
        url: str,
        token: str,
        vault: Sealer,
        business_unit_id: str = "",
        scenario_id: str | None = None,
        coaching_activity_id: str | None = None,
    ) -> None:
        """Store how the organisation's WFM is reached. The worker then tries it; until then WFM can't be sent.

        Seals `token`, so it works only where the key is.
        """
        address, secret = self._address(url), token.strip()
        if not secret or not secret.isprintable() or " " in secret:
            raise BadInput("bad_token", "This is not a WFM token.", "Paste the personal access token.", "token")
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            tx.hold_keys()
            sealed = vault.seal(secret.encode(), service_seal(tx.tenant_id))
            row = tx.db.get(WfmService, tx.tenant_id) or WfmService(
                tenant_id=tx.tenant_id, url=address, sealed_token=b"", key_id=""
            )
            row.url, row.sealed_token, row.key_id = address, sealed.data, sealed.key_id
            row.business_unit_id, row.scenario_id = business_unit_id, scenario_id
            row.coaching_activity_id = coaching_activity_id
            row.works, row.checked_at = False, None
            tx.db.add(row)
            tx.look_at(WorkKind.LINK, tx.tenant_id)
            tx.audit(Verb.WFM_SERVICE_SET, f"tenant:{tx.tenant_id}")
            tx.changed(Topic.INTEGRATIONS)

    # For others, in their transactions

    def connect(self, tx: Transaction, attempt_id: int) -> int:
        """Make a connection of a verified sign-in; see `connecting.connect`."""
        return connecting.connect(tx, attempt_id, self._connected)

    def leaving(self, tx: Transaction, person_id: int) -> None:
        """The person is disabled or may no longer coach: their connection and sign-ins end."""
        self._signin.cancel_all(tx, person_id)
        self._end_of(tx, person_id, EndedWhy.PERSON_GONE)

    def _page(self, tx: Transaction) -> IntegrationsPage:
        return pages.page(tx, self._config)

    def _end_of(self, tx: Transaction, person_id: int, why: EndedWhy) -> int:
        return end(tx, col(Connection.person_id) == person_id, why)

    def _administered(self, tx: Transaction, version: int) -> CalendarAccess:
        """The calendar access row, locked, for an administrator who has seen `version` of it."""
        access.require(tx, *ADMINISTER)
        connecting.require_login_experience(tx)
        row = connecting.access_to_change(tx)
        if row.version != version:
            raise SavedElsewhere(
                "saved_elsewhere",
                "Somebody else has changed the calendar access in the meantime.",
                "Look at it again, then repeat.",
            )
        return row

    def _require_wfm(self, tx: Transaction, row: CalendarAccess, draft: Access) -> None:
        """WFM is switched on with a working token only; left on, it stays on while the WFM has trouble."""
        if not draft.wfm or row.wfm:
            return
        service = tx.db.get(WfmService, tx.tenant_id)
        if service is None or not service.works:
            raise Conflict("wfm_not_ready", words.WFM_NOT_READY, words.WFM_NOT_READY_NEXT)

    def _address(self, url: str) -> str:
        address = url.strip().rstrip("/")
        parts = urlsplit(address)
        schemes = ("https", "http") if self._config.insecure_endpoints else ("https",)
        if parts.scheme not in schemes or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise BadInput(
                "bad_url",
                "This is not the address of a WFM.",
                "Write it like https://acme.teleopticloud.com/api",
                "url",
            )
        return address
