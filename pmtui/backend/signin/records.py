"""What surfaces show of a sign-in under way."""

from dataclasses import dataclass
from datetime import datetime

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
