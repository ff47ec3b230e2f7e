"""One row of a file of people, made into a value. What a file does not speak of is None, and stays as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pmtui.backend.errors import BadInput
from pmtui.backend.people import typed
from pmtui.backend.states import Permission, TeamRole

COLUMNS = ("email", "name")
OPTIONAL = ("timezone", "teams", "role", "groups", "permissions", "coach", "disabled")

_zone = lru_cache(typed.timezone)
_permissions = lru_cache(typed.permissions)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """How a person is to be. An empty `timezone` is the organisation's, an empty `coach` nobody.

    `teams` (the main one first) and `permissions` are all they are to have; the main team is to be in `groups`.
    """

    email: str
    name: str
    timezone: str | None = None
    teams: tuple[str, ...] | None = None
    role: TeamRole | None = None
    groups: tuple[str, ...] = ()
    permissions: tuple[Permission, ...] | None = None
    coach: str | None = None
    disabled: bool | None = None


def parsed(columns: Sequence[str], cells: Sequence[str]) -> PersonRow:
    """The row. Raises BadInput with the column."""
    said = dict(zip(columns, cells, strict=True))
    row = PersonRow(
        email=typed.email(said["email"]),
        name=typed.name(said["name"]),
        timezone=_or_empty(said.get("timezone"), _zone),
        teams=_names(said.get("teams"), "teams"),
        role=_role(said.get("role", "")),
        groups=_names(said.get("groups"), "groups") or (),
        permissions=_held(said.get("permissions")),
        coach=_or_empty(said.get("coach"), _address),
        disabled=_yes_or_no(said.get("disabled", "")),
    )
    if row.groups and not row.teams:
        raise BadInput("no_team", "Groups hold teams, and this row names no team.", "", "groups")
    if row.coach == row.email:
        raise BadInput("own_coach", "Nobody is their own coach.", "", "coach")
    return row


def _or_empty(text: str | None, read: Callable[[str], str]) -> str | None:
    return read(text) if text else text


def _address(text: str) -> str:
    try:
        return typed.email(text)
    except BadInput as error:
        raise BadInput(error.code, error.title, error.next_step, "coach") from None


def _parts(text: str) -> list[str]:
    return [part for part in (one.strip() for one in text.split(";")) if part]


def _names(text: str | None, where: str) -> tuple[str, ...] | None:
    return None if text is None else tuple(dict.fromkeys(typed.name(one, where) for one in _parts(text)))


def _held(text: str | None) -> tuple[Permission, ...] | None:
    if text is None:
        return None
    try:
        return _permissions(tuple(_parts(text)))
    except BadInput as error:
        raise BadInput(error.code, error.title, error.next_step, "permissions") from None


def _role(text: str) -> TeamRole | None:
    if not text:
        return None
    try:
        return TeamRole(text.lower())
    except ValueError:
        raise BadInput("bad_role", f"{text[:60]!r} is no role.", "Write coach or agent.", "role") from None


def _yes_or_no(text: str) -> bool | None:
    if text.lower() not in ("", "yes", "no"):
        raise BadInput("bad_answer", f"{text[:60]!r} is neither yes nor no.", "", "disabled")
    return text.lower() == "yes" if text else None
