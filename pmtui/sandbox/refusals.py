"""How Microsoft says no: which error, number and suberror stand for which trouble, and where it is met.

Documents followed (learn.microsoft.com/entra/...):
[errors] identity-platform/reference-error-codes   the AADSTS numbers and what they are about
[flow]   identity-platform/v2-oauth2-auth-code-flow   errors of the authorize and the token endpoint, `claims`
[access] identity/conditional-access/troubleshoot-conditional-access   policies that stop a sign-in
[consent] identity/enterprise-apps/application-sign-in-unexpected-user-consent-error   90094, 65001
The documents warn that numbers change: a refusal may be given any, with any error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

# `page`: stays on Microsoft's page; `redirect`: told to the app; `code` and `refresh`: said by the token endpoint.
Where = Literal["page", "redirect", "code", "refresh"]
_WHERES: tuple[Where, ...] = get_args(Where)
_MORE_FACTORS = '{"access_token":{"capolids":{"essential":true,"values":["00000000-0000-0000-0000-000000000001"]}}}'


@dataclass(frozen=True, slots=True)
class Refusal:
    """Sign-ins of `person` (None: everyone) end like this at `where`, `count` times (None: until it is lifted).

    `suberror` is the redirect's `error_subcode`. A sign-in that brings `claims` along lifts what was refused for them.
    """

    number: int
    where: Where
    error: str
    text: str
    suberror: str | None = None
    claims: str | None = None
    person: str | None = None
    count: int | None = None
    status: int = 400

    def strikes(self, where: Where, email: str) -> bool:
        """Whether it is met there by that person."""
        return self.where == where and self.person in (None, email)

    def used(self, other: Refusal) -> Refusal | None:
        """`other` after this one struck: one fewer if it is the same, None when that was the last."""
        if other is not self or self.count is None:
            return other
        return replace(self, count=self.count - 1) if self.count > 1 else None


@dataclass(frozen=True, slots=True)
class _Usual:
    """What is seen most often of a number: where, the redirect's error, the token endpoint's and its suberror."""

    where: Where
    text: str
    told: str = "access_denied"
    token: str = "invalid_grant"
    suberror: str | None = None
    subcode: str | None = None
    claims: str | None = None
    status: int = 400


_POLICY, _BUSY = "interaction_required", "temporarily_unavailable"
_USUAL: dict[int, _Usual] = {
    50034: _Usual("page", "The user account does not exist in the directory."),
    50057: _Usual("refresh", "The user account is disabled.", suberror="bad_token"),
    50076: _Usual(
        "refresh",
        "You must use multi-factor authentication to access the resource.",
        told=_POLICY,
        token=_POLICY,
        suberror="basic_action",
        claims=_MORE_FACTORS,
    ),
    50105: _Usual("page", "The signed in user is not assigned to a role for the application."),
    50173: _Usual("refresh", "The provided grant has expired due to it being revoked.", suberror="bad_token"),
    53000: _Usual("page", "Your device is not in the required state.", _POLICY, _POLICY, "message_only"),
    53001: _Usual("page", "Your device is not joined to the domain.", _POLICY, _POLICY, "message_only"),
    53003: _Usual("page", "Access has been blocked by Conditional Access policies.", _POLICY, _POLICY, "message_only"),
    530035: _Usual("page", "Access has been blocked by security defaults.", _POLICY, _POLICY, "message_only"),
    65001: _Usual(
        "redirect",
        "The user or administrator has not consented to use the application.",
        told="consent_required",
        suberror="consent_required",
    ),
    65004: _Usual("redirect", "User declined to consent to access the app.", subcode="cancel"),
    70043: _Usual("refresh", "The refresh token is invalid due to sign-in frequency checks.", suberror="bad_token"),
    700016: _Usual("page", "Application was not found in the directory 'Acme'.", token="unauthorized_client"),
    700082: _Usual("refresh", "The refresh token has expired due to inactivity.", suberror="bad_token"),
    7000112: _Usual("page", "The application is disabled.", "unauthorized_client", "unauthorized_client"),
    7000215: _Usual("code", "Invalid client secret provided.", token="invalid_client", status=401),
    7000222: _Usual("code", "The provided client secret keys are expired.", token="invalid_client", status=401),
    90033: _Usual("redirect", "A transient error has occurred.", _BUSY, _BUSY, status=503),
    90094: _Usual("redirect", "The app needs permission that only an administrator can grant."),
    90095: _Usual("redirect", "Approval by an administrator was requested.", subcode="cancel"),
}


def refusal(number: int, value: dict[str, Any]) -> Refusal:
    """A refusal by its number, with what `value` says instead of the usual. `ValueError` says what is wrong."""
    unknown = set(value) - {"number", "where", "person", "count", "error", "suberror", "text", "claims"}
    if unknown:
        raise ValueError(f"a refusal has no {', '.join(sorted(unknown))}")
    usual = _USUAL.get(number, _Usual("redirect", "The sign-in was refused."))
    where = value.get("where", usual.where)
    if where not in _WHERES:
        raise ValueError(f"where is one of {', '.join(_WHERES)}")
    at_token = where in ("code", "refresh")
    return Refusal(
        number=number,
        where=where,
        error=str(value.get("error", usual.token if at_token else usual.told)),
        text=str(value.get("text", usual.text)),
        suberror=value.get("suberror", usual.suberror if at_token else usual.subcode),
        claims=value.get("claims", usual.claims),
        person=value.get("person"),
        count=None if value.get("count") is None else int(value["count"]),
        status=usual.status if at_token else 400,
    )
