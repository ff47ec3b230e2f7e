"""Reading the numbers of what changed, for screens that watch."""

from sqlmodel import select

from pmtui.backend.actor import Actor
from pmtui.backend.states import Topic
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.sync import Change


def numbers(database: Database, actor: Actor) -> dict[Topic, int]:
    """The present number of each topic of the actor's tenant."""
    with database.read(actor) as tx:
        rows = tx.db.exec(select(Change).where(Change.tenant_id == tx.tenant_id)).all()
        return {row.topic: row.number for row in rows}
