"""What surfaces show of a sign-in under way."""

from dataclasses import dataclass
from datetime import datetime

from pmtui.backend.states import AttemptState, Provider


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One sign-in. Never a code, state, verifier or token.

    `link` is there while AWAITING; `account` from CONFIRMING on; `other_address` says that the account is
    not the person's own address; `title` and `next_step` explain an end that is not a success.
    """

    attempt_id: int
    provider: Provider
    state: AttemptState
    link: str | None
    port: int | None
    expires_at: datetime
    account: str | None
    other_address: bool
    title: str | None
    next_step: str | None
