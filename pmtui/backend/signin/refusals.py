"""What the providers' refusals mean: an error and Microsoft's AADSTS number in, what follows for the sign-in out.

The numbers are hints, not promises: whatever is not known here ends the sign-in with its number shown.
Sources: Microsoft Entra authentication and authorization error codes; Google's OAuth 2.0 for web server applications,
"Authorization errors" (most of those stay on Google's page). Standard library only.
"""

from dataclasses import dataclass

from pmtui.backend.signin.machine import Event
from pmtui.backend.signin.records import PageSays
from pmtui.backend.states import Provider

APPROVAL_REQUESTED = "approval_requested"
"""Why a sign-in ends whose person asked for approval on Microsoft's page: nothing comes back from there."""
_APPROVAL = frozenset({"65001", "90093", "90094", "90095"})
_POLICY = frozenset({"53000", "53001", "53002", "53003", "530031", "530032", "530034", "530035"})
_NOT_ASSIGNED = frozenset({"50105", "650052"})
_APP_BLOCKED = frozenset({"7000112"})
_OPERATOR = frozenset(
    {
        *("50011", "50194", "500011", "500112", "650056", "650057"),
        *("700016", "700025", "700054", "7000215", "7000216", "7000218", "7000222", "9002325"),
    }
)
_USED = frozenset({"54005"})
_CODE_TOO_OLD = frozenset({"70008"})
_OPERATOR_ERRORS = frozenset(
    {
        "invalid_client",
        "unauthorized_client",
        "invalid_request",
        "invalid_scope",
        "unsupported_response_type",
        "redirect_uri_mismatch",
        "deleted_client",
        "disabled_client",
        "access_not_configured",
    }
)
_TEMPORARY_ERRORS = frozenset({"server_error", "temporarily_unavailable"})
_TEMPORARY = frozenset({"50033", "90006", "90033"})
_MORE_NEEDED = frozenset({"50072", "50074", "50076", "50079", "50158"})
_BY_CODE = {
    "authorization_declined": (Event.DECLINED, "declined"),
    "expired_token": (Event.TIME_UP, "code_expired"),
    "bad_verification_code": (Event.REFUSED, "code_unknown"),
}
"""How a sign-in by device code ends."""
_GOOGLE_POLICY = frozenset({"admin_policy_enforced", "org_internal", "disallowed_useragent"})
_RECONNECT_ERRORS = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal does to the sign-in, and the code its words are found under (`policy:53003`)."""

    event: Event
    code: str


def verdict(error: str, subcode: str | None = None, number: str | None = None) -> Verdict:
    """The meaning of a refusal that comes back during a sign-in, from the page or the token endpoint.

    `subcode` is the redirect's `error_subcode` or the token endpoint's `suberror`.
    """
    detail = number or error
    if number in _APPROVAL or "consent_required" in (error, subcode):
        return Verdict(Event.APPROVAL_NEEDED, f"needs_approval:{detail}")
    if number in _APP_BLOCKED:
        return Verdict(Event.REFUSED, f"app_blocked:{detail}")
    if number in _POLICY:
        return Verdict(Event.REFUSED, f"policy:{detail}")
    if number in _NOT_ASSIGNED:
        return Verdict(Event.REFUSED, f"not_assigned:{detail}")
    if number in _USED:
        return Verdict(Event.FOREIGN, f"reused:{detail}")
    if number in _CODE_TOO_OLD:
        return Verdict(Event.TIME_UP, f"unused:{detail}")
    if error == "interaction_required" or number in _MORE_NEEDED:
        return Verdict(Event.REFUSED, f"more_needed:{detail}")
    if error in _BY_CODE:
        event, name = _BY_CODE[error]
        return Verdict(event, name)
    if operators_fault(error, number):
        return Verdict(Event.REFUSED, f"operator:{detail}")
    if error == "access_denied":
        clear = subcode == "cancel" or number == "65004"
        return Verdict(Event.DECLINED, "declined" if clear else f"unclear:{detail}")
    if temporary(error, number):
        return Verdict(Event.REFUSED, f"provider_trouble:{detail}")
    return Verdict(Event.REFUSED, f"refused:{detail}")


def verdict_of(provider: Provider, error: str, subcode: str | None = None, number: str | None = None) -> Verdict:
    """The same for whichever provider refused."""
    return google_verdict(error) if provider is Provider.GOOGLE else verdict(error, subcode, number)


def google_verdict(error: str) -> Verdict:
    """The meaning of Google's refusals, which are a word alone. A code used twice or too late is `invalid_grant`."""
    if error == "access_denied":
        return Verdict(Event.DECLINED, "declined")
    if error in _GOOGLE_POLICY:
        return Verdict(Event.REFUSED, f"policy:{error}")
    if error == "invalid_grant":
        return Verdict(Event.TIME_UP, f"unused:{error}")
    return verdict(error)


def read_on_page(provider: Provider, said: PageSays) -> Verdict | None:
    """The meaning of what a person read on the provider's page; None for what ends nothing."""
    mismatch = "redirect_uri_mismatch" if provider is Provider.GOOGLE else "50011"
    return {
        PageSays.REQUEST_SENT: Verdict(Event.APPROVAL_NEEDED, APPROVAL_REQUESTED),
        PageSays.ADMIN_ONLY: Verdict(Event.APPROVAL_NEEDED, "admin_only"),
        PageSays.BLOCKED: Verdict(Event.REFUSED, "app_blocked:7000112"),
        PageSays.NOT_ALLOWED_HERE: Verdict(Event.REFUSED, "policy:53003"),
        PageSays.ORG_INTERNAL: Verdict(Event.REFUSED, "org_internal:org_internal"),
        PageSays.ADMIN_POLICY: Verdict(Event.REFUSED, "admin_policy:admin_policy_enforced"),
        PageSays.NOT_TESTER: Verdict(Event.REFUSED, "not_tester:access_denied"),
        PageSays.NOT_CONFIGURED: Verdict(Event.REFUSED, "not_configured:access_not_configured"),
        PageSays.REDIRECT_MISMATCH: Verdict(Event.REFUSED, f"redirect_mismatch:{mismatch}"),
    }.get(said)


def operators_fault(error: str, number: str | None) -> bool:
    """Whether our own registration or secret is wrong: the operator's alarm, nothing a coach can change."""
    return number in _OPERATOR or (error in _OPERATOR_ERRORS and number not in _APP_BLOCKED)


def temporary(error: str, number: str | None) -> bool:
    """Whether the provider itself asks to try again."""
    return error in _TEMPORARY_ERRORS or number in _TEMPORARY


def reconnect(error: str) -> bool:
    """Whether a refused refresh means that the person has to sign in again."""
    return error in _RECONNECT_ERRORS
