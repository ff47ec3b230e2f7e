"""What surfaces show of people."""

from dataclasses import dataclass
from datetime import datetime

from pmtui.backend.states import ADMINISTER, Permission


@dataclass(frozen=True, slots=True)
class Me:
    """The person in front of the screen, and what they may do. `timezone` is already fallen back to the tenant's."""

    person_id: int
    email: str
    name: str
    tenant_name: str
    subdomain: str
    tenant_timezone: str
    timezone: str
    permissions: frozenset[Permission]
    new_login_experience: bool

    @property
    def administers(self) -> bool:
        """Whether calendar access is theirs to change."""
        return any(permission in self.permissions for permission in ADMINISTER)

    @property
    def coaches(self) -> bool:
        """Whether they may connect a calendar and set availability."""
        return Permission.COACH in self.permissions


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person has set for themselves, as it is stored: an empty text is the default.

    `theme` is the name of a theme of the app. `clock` is 24 or 12, `first_day` a weekday in English (`sunday`); by
    default both follow the terminal's locale. `keys` are the actions with keys of the person's own, by id: Textual's
    names of keys, with commas between.
    """

    theme: str = ""
    clock: str = ""
    first_day: str = ""
    keys: tuple[tuple[str, str], ...] = ()


DEFAULTS = Preferences()
"""What holds for who has set nothing."""


@dataclass(frozen=True, slots=True)
class SshKeyRecord:
    """A person's SSH public key: OpenSSH's name of its kind, its size, its fingerprint, and what its owner calls it.

    `last_used_at` is None until it has signed somebody in.
    """

    email: str
    person: str
    kind: str
    bits: int
    fingerprint: str
    comment: str
    added_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """One person in a list."""

    email: str
    name: str
    timezone: str
    teams: tuple[str, ...]
    permissions: tuple[Permission, ...]
    disabled: bool


@dataclass(frozen=True, slots=True)
class PeopleImportRecord:
    """What an import of people did. `ended` of those changed were disabled or can coach no more."""

    rows: int
    added: int
    changed: int
    ended: int
