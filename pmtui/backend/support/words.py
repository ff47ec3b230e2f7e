"""The sentences support staff read about connections, and what the audit tells. Standard library only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pmtui.backend.errors import Whose
from pmtui.backend.integrations.records import ApprovalRecord
from pmtui.backend.integrations.words import APPROVAL_TITLE, NO_LOGIN_EXPERIENCE, approval_state
from pmtui.backend.signin.words import About, why
from pmtui.backend.states import ApprovalState, EndedWhy, Outcome, Provider, Verb
from pmtui.backend.support.records import Standing, Trouble
from pmtui.backend.sync.words import cause

LABELS = {
    Standing.NEEDS_RECONNECTING: "needs reconnecting",
    Standing.WAITING_FOR_APPROVAL: "waiting for approval",
    Standing.SIGN_IN_BLOCKED: "sign-in blocked",
    Standing.UNREADABLE: "calendar unreadable",
    Standing.SCHEDULE_OVER: "schedule has ended",
    Standing.WAITING_FOR_COACH: "waiting for the coach",
    Standing.NOT_LINKED: "not in the WFM",
    Standing.SCHEDULE_IMPORTED: "schedule imported",
    Standing.CONNECTED: "connected",
    Standing.NOT_ASKED: "not asked yet",
    Standing.NOT_ALLOWED: "not allowed",
}
MEANINGS = {
    Standing.WAITING_FOR_COACH: "They may connect a calendar and have not.",
    Standing.NOT_LINKED: "The WFM has nobody with this email address, or was not asked yet since they were added.",
    Standing.NOT_ASKED: "Nobody has sent calendar access in this organisation.",
    Standing.NOT_ALLOWED: "The organisation allows coaches no calendar.",
}
APPROVAL_NEXT = "The organisation's Microsoft administrator has to approve: pmtui integrations approval."
NO_LOGIN = Trouble(
    "no_new_login_experience", NO_LOGIN_EXPERIENCE, "An administrator has to have it enabled.", Whose.PROVIDER, None
)
SCHEDULE_OVER = Trouble(
    "schedule_over",
    "The schedule that was imported has ended: nothing after it is known, so no time is offered.",
    "Import a newer one: pmtui import schedules.",
    Whose.OPERATOR,
    None,
)
NO_AVAILABILITY = "They have set no availability, so no time of theirs is offered."
WORKER_LATE = "Calendars that are due are not read."
WORKER_LATE_NEXT = "See whether the worker runs (pmtui worker), and what its log says."

_SERVICES = {Provider.WFM: "WFM", Provider.GOOGLE: "Google", Provider.OUTLOOK: "Microsoft"}
_ENDED = {
    EndedWhy.BY_COACH: "by the person",
    EndedWhy.ACCESS_REMOVED: "by an administrator",
    EndedWhy.PERSON_GONE: "because they may coach no longer",
}
_BLOCKING = frozenset({"operator", "app_blocked", "policy", "not_assigned", "wfm_unknown", "wfm_not_ready"})
_SURFACES = {
    "app": "the app",
    "cli": "the command line",
    "worker": "the worker",
    "callback": "the callback page",
    "demo": "the demo",
}


def calendar(provider: Provider) -> str:
    """`WFM schedule`, `Outlook calendar`."""
    return "WFM schedule" if provider is Provider.WFM else f"{provider.label} calendar"


def reading(provider: Provider, code: str, since_at: datetime | None) -> Trouble:
    """Why a calendar can't be read."""
    found = cause(code)
    more = f" ({found.meaning})" if found.meaning else ""
    said = f"The {calendar(provider)} can't be read: {found.reason}{more}."
    return Trouble(code, said, found.next_step, found.whose, since_at)


def sign_in(code: str, about: About, at: datetime) -> Trouble:
    """How the last sign-in ended, as the coach was told."""
    title, next_step = why(code, about)
    name = code.partition(":")[0]
    whose = Whose.OPERATOR if name == "operator" else Whose.PROVIDER if blocking(code) else Whose.PERSON
    said = f"The last sign-in to {_SERVICES[about.provider]} ended: {title}"
    return Trouble(code, said, f"The coach was told: {next_step}", whose, at)


def approval_waits(approval: ApprovalRecord, timezone: str) -> Trouble | None:
    """That the organisation's Microsoft administrator has to act first, as far as that is known; None otherwise."""
    asked = approval.state in (ApprovalState.REQUESTED, ApprovalState.DENIED, ApprovalState.BLOCKED)
    if approval.certain or not (asked or approval.needed_at is not None):
        return None
    said = f"{APPROVAL_TITLE}: {approval_state(approval, timezone)}"
    since_at = approval.needed_at or approval.since_at
    return Trouble(f"approval:{approval.state.value}", said, APPROVAL_NEXT, Whose.PROVIDER, since_at)


def blocking(code: str) -> bool:
    """Whether a sign-in ended by something that the coach can't change."""
    return code.partition(":")[0] in _BLOCKING


def ended(why_ended: EndedWhy) -> str:
    """`by an administrator`."""
    return _ENDED[why_ended]


def surface(name: str) -> str:
    """`the command line`."""
    return _SURFACES.get(name, name)


def entry(verb: Verb, outcome: Outcome, details: Mapping[str, Any], email: str, app: str) -> str:
    """An audit entry in words: what was done, and how it ended. `email` is of the person it is about, if any."""
    provider = _provider(details)
    system = calendar(provider) if provider is not None else "calendar"
    code = str(details.get("code") or "")
    match verb:
        case Verb.SIGN_IN_STARTED:
            return f"started to connect the {system}"
        case Verb.SIGN_IN_ENDED if provider is not None:
            said = why(code, About(provider, email, app))[0] if code else str(details.get("state", ""))
            return f"the sign-in to {_SERVICES[provider]} ended: {said}{_coded(code, said)}"
        case Verb.CONNECTED:
            return f"the {system} was connected"
        case Verb.DISCONNECTED:
            return f"the {system} was disconnected{_why_ended(details)}"
        case Verb.GRANT_REVOKED:
            done = "was ended at Google" if outcome is Outcome.OK else "could not be ended at Google"
            return f"the access {done}{f' ({code})' if code and outcome is not Outcome.OK else ''}"
        case Verb.CALENDAR_READ:
            if outcome is Outcome.OK:
                return f"the {system} can be read again"
            return f"the {system} can't be read: {cause(code).reason}{_coded(code, cause(code).reason)}"
        case Verb.CALENDAR_TESTED:
            return f"a test reading of the {system} was asked for"
        case Verb.EVENT_WRITTEN | Verb.EVENT_REMOVED:
            return _event(verb, outcome, system, code)
        case Verb.AVAILABILITY_SAVED:
            minutes = details.get("weekly_minutes", 0)
            return f"availability saved: {hours(minutes)} a week, {details.get('timezone', '')}"
        case Verb.PERMISSION_GIVEN | Verb.PERMISSION_TAKEN:
            done = "given" if verb is Verb.PERMISSION_GIVEN else "taken away"
            return f"{details.get('permission', 'a permission')} was {done}"
        case Verb.SSH_KEY_ADDED | Verb.SSH_KEY_REMOVED:
            done = "added" if verb is Verb.SSH_KEY_ADDED else "removed"
            return f"the SSH key {details.get('fingerprint', '')} was {done}".replace("  ", " ")
        case Verb.ACCESS_SENT:
            wfm = "on" if details.get("wfm") else "off"
            number = sum((details.get("ended") or {}).values()) + int(details.get("agents") or 0)
            return f"calendar access sent: WFM {wfm}, external {details.get('external', '')}; {number:,} ended"
        case Verb.APPROVAL_NOTED:
            return f"the Outlook approval stands as {str(details.get('state', '')).replace('_', ' ')}"
        case Verb.SESSION_FLAGGED:
            return f"needs attention: {str(details.get('reason', '')).replace('_', ' ')}"
        case Verb.SESSION_BOOKED_ANYWAY:
            reasons = ", ".join(_reason(str(one)) for one in details.get("reasons", ()))
            return f"a time was chosen that is not offered: {reasons}"
        case _:
            refused = "" if outcome is Outcome.OK else f" ({outcome.value})"
            return f"{verb.value.replace('_', ' ')}{refused}"


def _reason(key: str) -> str:
    """`outside availability (coach)`, of `coach:outside_availability`."""
    party, _, code = key.partition(":")
    return f"{code.replace('_', ' ')} ({party})"


def hours(minutes: int) -> str:
    """`28:30`."""
    return f"{minutes // 60}:{minutes % 60:02}"


def _event(verb: Verb, outcome: Outcome, system: str, code: str) -> str:
    done = "written to" if verb is Verb.EVENT_WRITTEN else "removed from"
    if outcome is Outcome.OK:
        return f"the event was {done} the {system}"
    said = cause(code).reason
    return f"the event could not be {done} the {system}: {said}{_coded(code, said)}"


def _coded(code: str, said: str) -> str:
    """The code, where the words don't show it."""
    shown = code.partition(":")[2] or code.removeprefix("http_")
    return "" if not shown or shown in said else f" ({code})"


def _why_ended(details: Mapping[str, Any]) -> str:
    known = {member.value: words for member, words in _ENDED.items()}
    return f" {known[details['why']]}" if details.get("why") in known else ""


def _provider(details: Mapping[str, Any]) -> Provider | None:
    name = details.get("provider")
    return Provider(name) if name in {member.value for member in Provider} else None
