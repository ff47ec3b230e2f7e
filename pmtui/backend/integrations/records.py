"""What surfaces show of calendar access, connections and sign-ins."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pmtui.backend.slots.values import Week
from pmtui.backend.states import ConnectionState, EndedWhy, External, Permission, Provider


@dataclass(frozen=True, slots=True)
class Access:
    """What calendars the organisation allows: WFM on or off, and one external choice."""

    wfm: bool = False
    external: External = External.NONE

    def allows(self, provider: Provider) -> bool:
        """Whether a coach may connect this calendar."""
        return self.wfm if provider is Provider.WFM else self.external == provider.value


@dataclass(frozen=True, slots=True)
class Consequences:
    """What Send Access would do now, in numbers.

    `ended` counts coaches' connections per calendar that would end; `agents` the agents' WFM links that
    would end; `asked` the coaches who would be asked to connect.
    """

    ended: tuple[tuple[Provider, int], ...] = ()
    agents: int = 0
    asked: int = 0

    @property
    def destructive(self) -> bool:
        """Whether anything ends."""
        return bool(self.agents or any(count for _, count in self.ended))

    @property
    def total(self) -> int:
        """How many connections end."""
        return self.agents + sum(count for _, count in self.ended)


class Banner(StrEnum):
    """Which banner stands on every screen."""

    CONNECT = "connect"
    RECONNECT = "reconnect"
    SET_AVAILABILITY = "set_availability"


@dataclass(frozen=True, slots=True)
class BannerRecord:
    """The banner and what its sentence needs. `provider` and `since_at` belong to RECONNECT."""

    banner: Banner
    provider: Provider | None = None
    since_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    """A person's live connection."""

    provider: Provider
    state: ConnectionState
    account: str
    connected_at: datetime
    last_read_at: datetime | None
    failing_since_at: datetime | None
    error_code: str | None


@dataclass(frozen=True, slots=True)
class EndedRecord:
    """The last connection that ended, shown until another is made. `by_administrator` says who ended it."""

    provider: Provider
    ended_at: datetime
    why: EndedWhy


@dataclass(frozen=True, slots=True)
class IntegrationsPage:
    """Everything the Integrations screen shows one person.

    `missing` names the permission whose lack keeps the person from changing anything, if so. `draft` and
    `consequences` count for administrators; `version` is what `integrations.set_draft` and
    `send_access` must start from.
    """

    new_login_experience: bool
    administers: bool
    coaches: bool
    missing: tuple[Permission, ...]
    who_can_give: tuple[str, ...]
    sent: Access
    sent_at: datetime | None
    draft: Access
    version: int
    consequences: Consequences
    wfm_ready: bool
    """Whether a working WFM token is stored; without it WFM can't be sent."""
    google_ready: bool
    """Whether a Google app is configured; without one nobody can connect a Google calendar."""
    connection: ConnectionRecord | None
    ended: EndedRecord | None
    banner: BannerRecord | None
    week: Week | None
    """The saved availability; None while nothing was ever saved."""
    timezone: str
    tenant_timezone: str
