"""What can go wrong, as part of the interface: every error says what happened and what to do next."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class PmtuiError(Exception):
    """An error a person reads.

    `code` is stable and short (`slot_taken`); `title` says what happened, `next_step` what to do about
    it, both as plain sentences; `where` names the place in the input (`coach.busy[0].end`), if any.
    """

    def __init__(self, code: str, title: str, next_step: str, where: str | None = None) -> None:
        super().__init__(title)
        self.code = code
        self.title = title
        self.next_step = next_step
        self.where = where

    @property
    def line(self) -> str:
        """The whole error in one line, for standard error and logs."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.title} {self.next_step}".strip()


class BadInput(PmtuiError):
    """What was typed or sent can't be understood. Exit code 2; nothing was changed."""


class BadRows(BadInput):
    """A file with rows that can't be understood: `rows` names the first of them, a line each. Nothing was taken in."""

    def __init__(self, title: str, rows: tuple[str, ...]) -> None:
        super().__init__("bad_rows", title, "Nothing was imported: correct the file and import it again.")
        self.rows = rows


class NotAllowed(PmtuiError):
    """A permission is missing, or the person is out of scope."""


class NotFound(PmtuiError):
    """There is no such thing, or it belongs to another tenant (which is the same to the caller)."""


class Conflict(PmtuiError):
    """The world changed since it was looked at."""


class SlotTaken(Conflict):
    """Another session of the coach or the agent overlaps, or the time is no longer free."""


class NotOffered(Conflict):
    """A start that no search would offer, and which a person may still choose.

    `reasons` are all that stand against it: a sentence each, under a key that says what it is about. Nothing was
    changed. Who has read them calls again with `anyway=error.reasons`, and the start is taken unless something more
    stands against it by then.
    """

    def __init__(self, reasons: Mapping[str, str]) -> None:
        sentences = " ".join(dict.fromkeys(reasons.values()))
        next_step = "Choose one of the times offered, or book it anyway."
        super().__init__("not_offered", f"That time can't be booked. {sentences}", next_step)
        self.reasons = dict(reasons)


class SavedElsewhere(Conflict):
    """Somebody saved a newer version in between."""


class AlreadyConnected(Conflict):
    """The person has a calendar already; there can be only one."""


class Whose(StrEnum):
    """Who can do something about it."""

    PERSON = "person"
    PROVIDER = "provider"
    OPERATOR = "operator"


class Unavailable(PmtuiError):
    """Something outside does not answer, now. `retry_at` (aware, UTC) is when trying again makes sense, if known."""

    def __init__(
        self,
        code: str,
        title: str,
        next_step: str,
        *,
        whose: Whose,
        retry_at: datetime | None = None,
        where: str | None = None,
    ) -> None:
        super().__init__(code, title, next_step, where)
        self.whose = whose
        self.retry_at = retry_at


class NeedsReconnecting(Unavailable):
    """A calendar's access is gone for good; only its person can give it anew, by signing in.

    `claims` are what the provider wants asked for then (a JSON object, as text).
    """

    def __init__(self, code: str, title: str, claims: str | None = None) -> None:
        super().__init__(code, title, "Connect the calendar again.", whose=Whose.PERSON)
        self.claims = claims
