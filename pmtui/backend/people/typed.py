"""What people type about people, made into values: addresses, names, zones, permissions. The only parser of them."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from pmtui.backend.errors import BadInput
from pmtui.backend.slots.zones import zone, zone_names
from pmtui.backend.states import Permission

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_NAME = 120

SHORT = {
    "view": Permission.VIEW,
    "coach": Permission.COACH,
    "approve": Permission.APPROVE,
    "essentials": Permission.ADMIN_ESSENTIALS,
    "enterprise": Permission.ADMIN_ENTERPRISE,
    "support": Permission.SUPPORT,
}
"""The words permissions go by on the command line; their whole names do as well."""


def email(text: str) -> str:
    """The address in lower case; BadInput for what is none."""
    address = text.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise BadInput(
            "bad_email", f"{_shown(text)} is not an email address.", "Write it like dana@acme.example.", "email"
        )
    return address


def name(text: str, where: str = "name") -> str:
    """A name of a person, team, group or organisation: one line, not empty, at most 120 characters."""
    clean = " ".join(text.split())
    if not clean or len(clean) > _LONGEST_NAME or not clean.isprintable():
        raise BadInput("bad_name", f"{_shown(text)} is not a name.", f"Write 1 to {_LONGEST_NAME} characters.", where)
    return clean


def subdomain(text: str) -> str:
    """An organisation's subdomain: letters, digits and inner hyphens, lower case."""
    clean = text.strip().lower()
    if not _SUBDOMAIN.fullmatch(clean):
        raise BadInput(
            "bad_subdomain",
            f"{_shown(text)} is not a subdomain.",
            "Use letters, digits and hyphens, like acme.",
            "subdomain",
        )
    return clean


def timezone(text: str) -> str:
    """A name of the tz database, in any case; BadInput with the nearest one."""
    wanted = text.strip().replace(" ", "_")
    known = {each.lower(): each for each in zone_names()}
    found = known.get(wanted.lower())
    if found is None:
        near = get_close_matches(wanted.lower(), known, n=1, cutoff=0.5)
        hint = f"Did you mean {known[near[0]]}?" if near else "Write one like America/Chicago."
        raise BadInput("bad_timezone", f"{_shown(text)} is not a time zone.", hint, "timezone")
    return zone(found).key


def permissions(texts: Iterable[str]) -> tuple[Permission, ...]:
    """Permissions by their short words or whole names, in any case, each once."""
    known = SHORT | {each.value.lower(): each for each in Permission}
    found: dict[Permission, None] = {}
    for text in texts:
        permission = known.get(" ".join(text.lower().split()))
        if permission is None:
            raise BadInput(
                "bad_permission",
                f"{_shown(text)} is not a permission.",
                f"Use one of {', '.join(SHORT)}.",
                "permission",
            )
        found[permission] = None
    return tuple(found)


def _shown(text: str) -> str:
    return repr(text.strip()[:60])
