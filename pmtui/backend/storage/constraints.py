"""The one map from what the database says to our errors."""

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError

from pmtui.backend.errors import AlreadyConnected, Conflict, PmtuiError, SlotTaken, Unavailable, Whose
from pmtui.backend.storage.guards import OVERLAP


def _slot_taken() -> PmtuiError:
    return SlotTaken("slot_taken", "That time has just been taken.", "Choose another time.")


def _already_connected() -> PmtuiError:
    return AlreadyConnected(
        "already_connected",
        "A calendar is connected already.",
        "You can connect only one: disconnect the other first.",
    )


def _email_taken() -> PmtuiError:
    return Conflict("email_taken", "Somebody with this email address exists already.", "Use another address.")


def _subdomain_taken() -> PmtuiError:
    return Conflict("subdomain_taken", "An organisation with this subdomain exists already.", "Choose another.")


def _key_taken() -> PmtuiError:
    return Conflict("key_taken", "That key is somebody else's here.", "One key belongs to one person: add another key.")


_MEANING = (
    # PostgreSQL names the constraint; SQLite names the trigger's message or the index's columns.
    ((OVERLAP,), _slot_taken),
    (("one_live_connection", "UNIQUE constraint failed: connection.person_id"), _already_connected),
    (("uq_person_tenant_id_email", "person.tenant_id, person.email"), _email_taken),
    (("uq_ssh_key_fingerprint", "ssh_key.fingerprint"), _key_taken),
    (("tenant.subdomain", "tenant_subdomain"), _subdomain_taken),
)


def meaning(error: IntegrityError) -> Exception:
    """Our error for a broken constraint, or the database's own where nobody should ever meet it."""
    diagnosis = getattr(error.orig, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    said = f"{name} {error.orig}"
    for signs, make in _MEANING:
        if any(sign in said for sign in signs):
            return make()
    return error


def no_database(error: DBAPIError) -> bool:
    """Whether the file is no database at all, or a broken one."""
    return type(error.orig) is sqlite3.DatabaseError


def unreachable(error: DBAPIError) -> Unavailable:
    """Our error for a database that does not answer, or not as a database should."""
    first = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no answer"
    return Unavailable(
        "database_unreachable",
        f"The database can't be used: {first}.",
        "Ask the operator of this machine; `pmtui init` makes a new one.",
        whose=Whose.OPERATOR,
    )
