"""The sign-in's state machine: state and event in, new state and wanted action out. Pure; everything else obeys it."""

from dataclasses import dataclass
from enum import StrEnum

from pmtui.backend.states import AttemptState as S


class Event(StrEnum):
    """What happens to a sign-in."""

    LINK_MADE = "link_made"  # the worker has made link and verifier
    FOUND = "found"  # the WFM knows the person: nothing to sign in to
    CODE_CAME = "code_came"  # an answer with a code and the right state
    GRANTED = "granted"  # device code: the person agreed, the tokens are in
    UNDECIDED = "undecided"  # device code: the person has not decided yet
    DECLINED = "declined"  # the person went back, on the provider's page or here
    APPROVAL_NEEDED = "approval_needed"  # the organisation's administrator has to approve the app
    FOREIGN = "foreign"  # an answer with a wrong state or issuer, or a code used before
    TROUBLE = "trouble"  # the provider does not answer, for now
    VERIFIED = "verified"  # identity, scopes and a first read are fine
    REFUSED = "refused"  # the provider, or our own check, says no for good
    CONNECTED = "connected"  # the connection stands
    WITHDRAWN = "withdrawn"  # a newer sign-in, access removed, the person gone
    TIME_UP = "time_up"  # the attempt's time, or the code's, is over


class Action(StrEnum):
    """What is to be done next, by the worker unless said otherwise."""

    NOTHING = "nothing"  # the event does not belong here: nothing changes
    AWAIT = "await"  # show the link; look again when the time is up
    EXCHANGE = "exchange"  # claim the code and exchange it, if it is one; verify
    RETRY = "retry"  # the same again, later
    ASK = "ask"  # the person confirms the account
    FINISH = "finish"  # it is over: wipe what was secret


@dataclass(frozen=True, slots=True)
class Step:
    """Where an event leads."""

    state: S
    action: Action


_ENDS = {
    Event.DECLINED: S.CANCELLED,
    Event.APPROVAL_NEEDED: S.NEEDS_APPROVAL,
    Event.FOREIGN: S.REJECTED,
    Event.REFUSED: S.FAILED,
    Event.WITHDRAWN: S.CANCELLED,
    Event.TIME_UP: S.EXPIRED,
}
"""Events that end a sign-in wherever it stands."""

_ONWARD = {
    (S.STARTING, Event.LINK_MADE): Step(S.AWAITING, Action.AWAIT),
    (S.STARTING, Event.FOUND): Step(S.CONFIRMING, Action.ASK),
    (S.STARTING, Event.TROUBLE): Step(S.STARTING, Action.RETRY),
    (S.AWAITING, Event.CODE_CAME): Step(S.EXCHANGING, Action.EXCHANGE),
    (S.AWAITING, Event.GRANTED): Step(S.EXCHANGING, Action.EXCHANGE),
    (S.AWAITING, Event.UNDECIDED): Step(S.AWAITING, Action.RETRY),
    (S.AWAITING, Event.TROUBLE): Step(S.AWAITING, Action.RETRY),
    (S.EXCHANGING, Event.TROUBLE): Step(S.EXCHANGING, Action.RETRY),
    (S.EXCHANGING, Event.VERIFIED): Step(S.CONFIRMING, Action.ASK),
    (S.CONFIRMING, Event.CONNECTED): Step(S.CONNECTED, Action.FINISH),
}


def step(state: S, event: Event) -> Step:
    """Where `event` leads from `state`. What is over stays over, and an event out of its turn changes nothing."""
    if state.over:
        return Step(state, Action.NOTHING)
    if event in _ENDS:
        return Step(_ENDS[event], Action.FINISH)
    return _ONWARD.get((state, event), Step(state, Action.NOTHING))


def may(state: S, event: Event) -> bool:
    """Whether `event` changes anything or asks for something in `state`."""
    return step(state, event).action is not Action.NOTHING
