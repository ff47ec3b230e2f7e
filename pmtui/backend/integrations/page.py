"""What the Integrations screen and the banner show one person, read in one transaction."""

from sqlmodel import col, select

from pmtui.backend.availability.service import week_of
from pmtui.backend.config import Config
from pmtui.backend.integrations.approval import may_note, record
from pmtui.backend.integrations.connecting import live_connection, sent_access
from pmtui.backend.integrations.counting import consequences
from pmtui.backend.integrations.records import (
    Access,
    BannerRecord,
    ConnectionRecord,
    Consequences,
    EndedRecord,
    IntegrationsPage,
)
from pmtui.backend.people import access
from pmtui.backend.states import ADMINISTER, Banner, ConnectionState, EndedWhy, Permission, Provider
from pmtui.backend.storage.tables.integrations import Availability, CalendarAccess, Connection, WfmService
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.transaction import Transaction


def page(tx: Transaction, config: Config) -> IntegrationsPage:
    """The actor's page. Administrators get the draft and its consequences, others what was sent.

    Needs View Performance Management or any other permission.
    """
    access.require(tx, *Permission)
    held, me = access.permissions(tx), tx.actor.person_id
    administers = not held.isdisjoint(ADMINISTER)
    coaches = Permission.COACH in held and me is not None
    missing = () if administers or coaches else (Permission.COACH, *ADMINISTER)
    row, tenant = sent_access(tx), access.tenant(tx)
    sent, draft = Access(row.wfm, row.external), Access(row.draft_wfm, row.draft_external)
    service = tx.db.get(WfmService, tx.tenant_id)
    connection = live_connection(tx, me) if me is not None else None
    return IntegrationsPage(
        new_login_experience=tenant.new_login_experience,
        administers=administers,
        coaches=coaches,
        missing=missing,
        who_can_give=access.administrators(tx) if missing else (),
        sent=sent,
        sent_at=row.sent_at,
        draft=draft if administers else sent,
        version=row.version,
        consequences=consequences(tx, draft) if administers else Consequences(),
        wfm_ready=service is not None and service.works,
        google_ready=bool(config.google_client_id),
        approval=record(tx, config.microsoft_app_name),
        approves=may_note(held),
        connection=_connection(connection) if connection is not None else None,
        ended=_ended(tx, me) if connection is None and me is not None else None,
        banner=_banner(tx, row, connection) if coaches and tenant.new_login_experience else None,
        week=week_of(tx, me) if me is not None else None,
        timezone=access.person_timezone(tx, tx.db.get(Person, me) if me is not None else None),
        tenant_timezone=tenant.timezone,
    )


def banner(tx: Transaction) -> BannerRecord | None:
    """The actor's banner, without the rest of the page. Nobody but coaches has one."""
    me = tx.actor.person_id
    if me is None or Permission.COACH not in access.permissions(tx) or not access.tenant(tx).new_login_experience:
        return None
    return _banner(tx, sent_access(tx), live_connection(tx, me))


def _banner(tx: Transaction, sent: CalendarAccess, connection: Connection | None) -> BannerRecord | None:
    if connection is None:
        offered = any(Access(sent.wfm, sent.external).allows(provider) for provider in Provider)
        return BannerRecord(Banner.CONNECT) if offered else None
    if connection.state is ConnectionState.NEEDS_RECONNECTING:
        return BannerRecord(Banner.RECONNECT, connection.provider, connection.failing_since_at)
    if connection.provider is not Provider.WFM and tx.db.get(Availability, connection.person_id) is None:
        return BannerRecord(Banner.SET_AVAILABILITY)
    return None


def _connection(connection: Connection) -> ConnectionRecord:
    return ConnectionRecord(
        provider=connection.provider,
        state=connection.state,
        account=connection.account,
        connected_at=connection.connected_at,
        last_read_at=connection.last_read_at,
        failing_since_at=connection.failing_since_at,
        error_code=connection.error_code,
    )


def _ended(tx: Transaction, person_id: int) -> EndedRecord | None:
    row = tx.db.exec(
        select(Connection.provider, Connection.ended_at, Connection.ended_why)
        .where(
            Connection.tenant_id == tx.tenant_id,
            Connection.person_id == person_id,
            col(Connection.ended_at).is_not(None),
        )
        .order_by(col(Connection.ended_at).desc(), col(Connection.id).desc())
        .limit(1)
    ).first()
    if row is None or row[1] is None or row[2] is None:
        return None
    return EndedRecord(provider=Provider(row[0]), ended_at=row[1], why=EndedWhy(row[2]))
