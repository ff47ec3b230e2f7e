"""What the codes mean under which calendars can't be read or written: in words, with what helps and whose turn it is.

Standard library only: screens load it too. Codes are `name` or `name:detail`; the detail, and a name that is not ours,
is the provider's own and shown for whoever looks it up.
"""

from dataclasses import dataclass

from pmtui.backend.errors import Whose


@dataclass(frozen=True, slots=True)
class Cause:
    """Why it does not work. `reason` continues a sentence ("it can't be read: ..."), `next_step` is one.

    `meaning` says what the provider's number means, where it has one that is known.
    """

    reason: str
    next_step: str
    whose: Whose
    meaning: str = ""


_WAIT = ("Nothing needs to be done: it is tried again.", Whose.PROVIDER)
_LOOK_UP = ("Look the provider's code up, or ask its support.", Whose.PROVIDER)
_SIGN_IN = ("Only they can help it: connect the calendar again.", Whose.PERSON)
_ACCOUNT = ("They should connect again, with the account that has their calendar.", Whose.PERSON)
_OPERATOR = ("Nobody's calendar is at fault: tell whoever runs pmtui.", Whose.OPERATOR)
_WFM_TOKEN = ("Nobody's calendar is at fault: an administrator has to store a new WFM token.", Whose.OPERATOR)
_ENDED = "the sign-in has ended"
_SETTINGS = "pmtui is not set up correctly"

_KNOWN: dict[str, tuple[str, tuple[str, Whose]]] = {
    # the network, and what comes of itself
    "timed_out": ("it does not answer in time", _WAIT),
    "unreachable": ("it does not answer", _WAIT),
    "garbage": ("its answers make no sense", _WAIT),
    "server_error": ("it has trouble of its own", _WAIT),
    "temporarily_unavailable": ("it has trouble of its own", _WAIT),
    "sealed_anew": ("the sign-in is being sealed under a new key", _WAIT),
    "throttled": ("too much was asked of it lately", _WAIT),
    "refresh_under_way": ("the sign-in is being renewed", _WAIT),
    "changed_meanwhile": ("somebody keeps changing the event", _WAIT),
    "duplicate_not_found": ("the event was deleted there; it is made anew", _WAIT),
    "never_read": ("it has not been read yet", _WAIT),
    "rateLimitExceeded": ("it asks for fewer requests", _WAIT),
    "userRateLimitExceeded": ("it asks for fewer requests", _WAIT),
    "quotaExceeded": ("it asks for fewer requests", _WAIT),
    # the person's sign-in
    "signed_out": (_ENDED, _SIGN_IN),
    "needs_reconnecting": (_ENDED, _SIGN_IN),
    "disconnected": ("it is not connected any more", _SIGN_IN),
    "no_refresh_token": ("the sign-in gave no lasting access", _SIGN_IN),
    "InvalidAuthenticationToken": (_ENDED, _SIGN_IN),
    "authError": (_ENDED, _SIGN_IN),
    "unauthorized": (_ENDED, _SIGN_IN),
    "http_401": ("it does not accept the sign-in (error 401)", _LOOK_UP),
    "key_lost": ("the key of the sign-in is lost", ("They have to connect the calendar again.", Whose.OPERATOR)),
    "seal_broken": ("the stored sign-in is damaged", ("They have to connect the calendar again.", Whose.OPERATOR)),
    # the account
    "refused": ("it refuses", _LOOK_UP),
    "ErrorAccessDenied": ("access is denied", _LOOK_UP),
    "insufficientPermissions": ("the sign-in does not include the calendar", _SIGN_IN),
    "forbidden": ("access is denied", _LOOK_UP),
    "MailboxNotEnabledForRESTAPI": ("the account has no mailbox that can be reached", _ACCOUNT),
    "ErrorItemNotFound": ("what was asked for is not there", _LOOK_UP),
    "notFound": ("the account has no calendar", _ACCOUNT),
    "notACalendarUser": ("the account has no calendar", _ACCOUNT),
    "duplicate": ("the event's id is taken by an event of somebody else", _LOOK_UP),
    # the WFM
    "not_in_wfm": (
        "the WFM no longer knows this person",
        ("A WFM administrator has to add them, with the address they have here.", Whose.PROVIDER),
    ),
    "wfm_token_refused": ("the WFM refuses the organisation's token", _WFM_TOKEN),
    "wfm_key_lost": ("the key of the organisation's WFM token is lost", _WFM_TOKEN),
    "wfm_seal_broken": ("the organisation's WFM token is damaged", _WFM_TOKEN),
    "no_wfm": ("the WFM is not set up", ("An administrator has to store its address and token.", Whose.OPERATOR)),
    "wfm_error": ("the WFM answers with an error", _LOOK_UP),
    "coaching_activity_missing": (
        "the WFM has no activity named Coaching",
        ("A WFM administrator has to make one; it is then tried again.", Whose.OPERATOR),
    ),
    "meeting_refused": (
        "the WFM does not take the meeting",
        ("Look at that time in the WFM; a new time for the session is tried anew.", Whose.PROVIDER),
    ),
    # pmtui itself
    "operator": (_SETTINGS, _OPERATOR),
    "no_client_id": (_SETTINGS, _OPERATOR),
    "insecure_endpoint": (_SETTINGS, _OPERATOR),
    "bad_address": (_SETTINGS, _OPERATOR),
    "accessNotConfigured": ("the app's calendar access is switched off at Google", _OPERATOR),
    "SERVICE_DISABLED": ("the app's calendar access is switched off at Google", _OPERATOR),
    "no_keys": (_SETTINGS, _OPERATOR),
    "bad_keys": (_SETTINGS, _OPERATOR),
    "keys_unreadable": (_SETTINGS, _OPERATOR),
    "keys_too_open": (_SETTINGS, _OPERATOR),
    "secret_unreadable": (_SETTINGS, _OPERATOR),
    "secret_too_open": (_SETTINGS, _OPERATOR),
    "database_busy": ("pmtui's database is too busy", _OPERATOR),
    "internal": ("pmtui made a mistake", _OPERATOR),
    "too_old": ("the last reading is too old", ("See whether the worker runs.", Whose.OPERATOR)),
}
_NUMBERS = {
    # learn.microsoft.com/entra/identity-platform/reference-error-codes
    "50057": "the account is disabled",
    "50076": "Microsoft wants a second factor",
    "50078": "the second factor is too old",
    "50079": "Microsoft wants a second factor to be set up",
    "50132": "the password was changed or is too old",
    "50173": "the password was changed, or an administrator ended the sign-in",
    "53000": "the organisation's rules want a managed device",
    "53003": "the organisation's rules block it",
    "65001": "the consent was taken back",
    "70043": "the organisation's rules let sign-ins end after a while",
    "700082": "it was not used for 90 days",
    "7000215": "the app's secret is wrong",
    "7000222": "the app's secret has expired",
    "invalid_client": "the app's id or secret is wrong",
}
_HTTP = "http_"
_KEYS = "keys_"


def cause(code: str) -> Cause:
    """What a code of a read or a write means; also for one nobody has met yet."""
    name, _, detail = code.partition(":")
    if code in _KNOWN or name in _KNOWN:
        plain, (next_step, whose) = _KNOWN.get(code) or _KNOWN[name]
        reason = f"{plain}, code {detail}" if detail else plain
        return Cause(reason, next_step, whose, _NUMBERS.get(detail, ""))
    if code in _NUMBERS:
        return Cause(f"it refuses, code {code}", *_LOOK_UP, _NUMBERS[code])
    if name.startswith(_HTTP):
        number = name.removeprefix(_HTTP)
        temporary = number in ("408", "425", "429") or number.startswith("5")
        fewer = ": it asks for fewer requests" if number == "429" else ""
        return Cause(f"it answers with error {number}{fewer}", *(_WAIT if temporary else _LOOK_UP))
    if name.startswith(_KEYS):
        return Cause("its keys can't be read", *_WAIT)
    return Cause(f"it refuses, code {code}", *_LOOK_UP)


def reason(code: str) -> str:
    """The words alone, short: `the sign-in has ended, code 700082`; none for no code."""
    return cause(code).reason if code else ""
