"""What may be changed by hand in Microsoft's directory: consent, approval, tokens, the app's registration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast, get_args

from pmtui.sandbox.grants import CLIENT_ID, App, Approval, ApprovalReturn, DeviceFlow
from pmtui.sandbox.refusals import refusal
from pmtui.sandbox.world import World

_APPROVALS: tuple[Approval, ...] = get_args(Approval)
_DEVICE_FLOWS: tuple[DeviceFlow, ...] = get_args(DeviceFlow)
_ANSWERS = ("approved", "denied", "blocked")


def _approval(world: World, value: str) -> str:
    """`not-required`, `required`, `required-without-requests` or `blocked`"""
    if value not in _APPROVALS:
        raise ValueError(f"approval is one of {', '.join(_APPROVALS)}")
    world.sign_ins.approval = value
    return value


def _answer_approval(world: World, value: str) -> int:
    """`approved`, `denied` or `blocked`, for all that is pending"""
    if value not in _ANSWERS:
        raise ValueError(f"an answer is one of {', '.join(_ANSWERS)}")
    world.sign_ins.answer_requests(cast(Any, value))
    return len(world.sign_ins.approval_requests)


def _approval_return(world: World, value: dict[str, Any]) -> dict[str, Any]:
    """{error?, number?, subcode?, after_request?}: what the app hears from the approval pages; {} as at the start"""
    unknown = set(value) - set(ApprovalReturn.__dataclass_fields__)
    if unknown:
        raise ValueError(f"approval_return has no {', '.join(sorted(unknown))}")
    world.sign_ins.approval_return = ApprovalReturn(**value)
    return value


def _consent_for_all(world: World, value: list[str]) -> int:
    """The scopes that an administrator agreed to for everyone"""
    world.sign_ins.consent_for_all(CLIENT_ID, tuple(str(one) for one in value))
    return len(value)


def _withdraw_consent(world: World, value: str | None) -> int:
    """A person's address, or null for the organisation's consent and everyone's: refreshing says 65001"""
    return world.sign_ins.withdraw_consent(value, world.now())


def _refuse(world: World, value: dict[str, Any] | None) -> int:
    """{number, where?, person?, count?, error?, suberror?, text?, claims?}: sign-ins end so; null lifts all"""
    if value is None:
        world.sign_ins.refusals.clear()
    else:
        if value.get("person") not in (None, *world.people):
            raise ValueError(f"nobody here has the address {value['person']}")
        world.sign_ins.refusals.append(refusal(int(value["number"]), value))
    return len(world.sign_ins.refusals)


def _device_flow(world: World, value: str) -> str:
    """`allowed`; `blocked` by a policy, so that the code runs out; `not-enabled`: the app is no public client"""
    if value not in _DEVICE_FLOWS:
        raise ValueError(f"device_flow is one of {', '.join(_DEVICE_FLOWS)}")
    world.sign_ins.device_flow = value
    return value


def _client_secret(world: World, value: dict[str, Any]) -> bool:
    """{secret?, expired?}: another secret (then the old one is wrong: 7000215), or an expired one (7000222)"""
    app = world.sign_ins.apps[CLIENT_ID]
    secret, expired = str(value.get("secret", app.secret)), bool(value.get("expired", False))
    world.sign_ins.apps[CLIENT_ID] = replace(app, secret=secret, secret_expired=expired)
    return True


def _redirects(world: World, value: list[str]) -> int:
    """The redirect addresses registered for the app; `http://localhost/...` stands for every port"""
    app: App = world.sign_ins.apps[CLIENT_ID]
    world.sign_ins.apps[CLIENT_ID] = replace(app, redirects=tuple(str(one) for one in value))
    return len(value)


def _expire_tokens(world: World, value: str | None) -> int:
    """A person's address, or null for everyone: access tokens end now, refreshing works"""
    return world.sign_ins.expire_access(value, world.now())


def _revoke_tokens(world: World, value: dict[str, Any]) -> int:
    """{person?, number?}: sign-ins end now; the AADSTS number is 50173 unless given"""
    return world.sign_ins.revoke(value.get("person"), int(value.get("number", 50173)), world.now())


def _access_seconds(world: World, value: int) -> int:
    """How long access tokens made from now on live"""
    world.sign_ins.access_seconds = int(value)
    return world.sign_ins.access_seconds


LEVERS: dict[str, Callable[[World, Any], Any]] = {
    "approval": _approval,
    "answer_approval": _answer_approval,
    "approval_return": _approval_return,
    "consent_for_all": _consent_for_all,
    "withdraw_consent": _withdraw_consent,
    "refuse": _refuse,
    "device_flow": _device_flow,
    "client_secret": _client_secret,
    "redirects": _redirects,
    "expire_tokens": _expire_tokens,
    "revoke_tokens": _revoke_tokens,
    "access_seconds": _access_seconds,
}
