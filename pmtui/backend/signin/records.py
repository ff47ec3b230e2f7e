"""What surfaces show of a sign-in under way, and what the callback page shows of an answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pmtui.backend.states import AnswerWay, AttemptState, Provider


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One sign-in. Never a code, state, verifier or token.

    `way` is how the answer comes back, None for the WFM. While AWAITING there is the `link`, or with the way DEVICE
    the `user_code` to be typed at `verification_uri`. From CONFIRMING on there is the `account`; `other_address` says
    that it is not the person's own address, `account_before` names the one connected until now if confirming
    replaces it. `title` and `next_step` explain an end that is not a success.
    """

    attempt_id: int
    provider: Provider
    state: AttemptState
    way: AnswerWay | None
    link: str | None
    user_code: str | None
    verification_uri: str | None
    port: int | None
    expires_at: datetime
    account: str | None
    other_address: bool
    account_before: str | None
    title: str | None
    next_step: str | None


class PageSays(StrEnum):
    """What a person reads on the provider's page when it does not come back. The first two end nothing."""

    UNREACHABLE = "unreachable"  # the browser can't reach this machine: the sign-in itself worked
    APPROVAL_REQUIRED = "approval_required"  # with a box for a justification
    REQUEST_SENT = "request_sent"
    ADMIN_ONLY = "admin_only"  # "Need admin approval": there is nothing to send
    BLOCKED = "blocked"
    NOT_ALLOWED_HERE = "not_allowed_here"  # rules about place or device
    ORG_INTERNAL = "org_internal"
    ADMIN_POLICY = "admin_policy"
    NOT_TESTER = "not_tester"
    NOT_CONFIGURED = "not_configured"
    REDIRECT_MISMATCH = "redirect_mismatch"


class Page(StrEnum):
    """What a browser that comes to the callback page is shown."""

    SIGNED_IN = "signed_in"
    DECLINED = "declined"
    NEEDS_APPROVAL = "needs_approval"
    REFUSED = "refused"  # by the provider or our own checks; the words say why
    USED = "used"  # an answer to this sign-in is in already
    EXPIRED = "expired"
    OVER = "over"  # cancelled, replaced, or ended otherwise
    UNKNOWN = "unknown"  # no sign-in of this installation
    UNREADABLE = "unreadable"  # no answer of a provider's
    CONSENT_SAID = "consent_said"  # Microsoft says an administrator approved the app for a whole organisation
    CONSENT_REFUSED = "consent_refused"


@dataclass(frozen=True, slots=True)
class Landing:
    """The page, and its words: what happened, and what to do now."""

    page: Page
    title: str
    text: str


class SealedKind(StrEnum):
    """What a sealed value belongs to."""

    SIGN_IN = "sign_ins"
    CONNECTION = "connections"
    REVOCATION = "revocations"
    WFM = "wfm"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key that seals, by its id alone. `values` are under it; `not_opening` of them do not open."""

    key_id: str
    current: bool
    in_file: bool
    values: dict[SealedKind, int]
    not_opening: int


@dataclass(frozen=True, slots=True)
class KeysRecord:
    """The key file, and every key that is in it or that something is under: the current one first."""

    file: str
    keys: tuple[KeyRecord, ...]


@dataclass(frozen=True, slots=True)
class RotationRecord:
    """What a rotation did: `sealed_anew` values are under `current` now, `recovered` connections work again.

    `finished_earlier` says that it finished one that had been begun before, and made no key of its own.
    """

    current: str
    retired: tuple[str, ...]
    sealed_anew: int
    recovered: int
    finished_earlier: bool
    keys: tuple[KeyRecord, ...]
