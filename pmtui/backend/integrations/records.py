"""What surfaces show of calendar access, connections and sign-ins."""

from dataclasses import dataclass
from datetime import datetime

from pmtui.backend.slots.values import Week
from pmtui.backend.states import ApprovalState, Banner, ConnectionState, EndedWhy, External, Permission, Provider


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
class ApprovalRecord:
    """What is known of the Microsoft administrator's approval of `app` (the name they see).

    `since_at` is when it came to this state; `requested_by` a name, None for the operator; `needed_at` when a
    sign-in last met "approval required", if none succeeded since. Instants are aware UTC.
    """

    app: str
    state: ApprovalState = ApprovalState.NOT_ASKED
    since_at: datetime | None = None
    requested_at: datetime | None = None
    requested_by: str | None = None
    needed_at: datetime | None = None

    @property
    def certain(self) -> bool:
        """Whether coaches can sign in, as far as can be known."""
        return self.state is ApprovalState.APPROVED and self.needed_at is None


@dataclass(frozen=True, slots=True)
class ApprovalPanel:
    """What an administrator needs to have the app approved.

    `link` leads a Microsoft administrator to the approval for the whole organisation; None where no app is
    configured. `justification` is what was told them, `proposed` what could be.
    """

    approval: ApprovalRecord
    link: str | None
    justification: str | None
    proposed: str
    timezone: str


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
    approval: ApprovalRecord
    approves: bool
    """Whether the actor may open the Outlook approval panel."""
    connection: ConnectionRecord | None
    ended: EndedRecord | None
    banner: BannerRecord | None
    week: Week | None
    """The saved availability; None while nothing was ever saved."""
    timezone: str
    tenant_timezone: str


@dataclass(frozen=True, slots=True)
class WfmServiceRecord:
    """How the organisation's WFM is reached; never its token. `checked_at` is None until the worker has tried it."""

    url: str
    business_unit: str
    scenario: str
    activity: str
    works: bool
    checked_at: datetime | None
