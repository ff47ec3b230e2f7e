"""What the sign-in window shows, as one frozen value; and how a sign-in's record becomes it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pmtui.backend.signin.records import AttemptRecord
from pmtui.backend.signin.words import replaces
from pmtui.backend.states import AnswerWay, AttemptState, Provider


class Step(StrEnum):
    """What the window is for now."""

    STARTING = "starting"
    WAITING = "waiting"  # for the person, on the provider's page
    CHECKING = "checking"
    CONFIRMING = "confirming"
    DONE = "done"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class SignInView:
    """`number` counts the attempts made in this window: what an older one still says is not heard.

    `ways` are how the answer may come back here, `way` is how it does. With a code to be typed there is `user_code`,
    and `link` is the page it is typed at. `note` says what to do about what the page shows. `deadline` is when the
    attempt ends by itself (aware, UTC). `problem` is what was wrong with a pasted address.
    `port` is the listener's, if the answer comes back to one.
    """

    number: int = 0
    attempt_id: int | None = None
    step: Step = Step.STARTING
    message: str = ""
    next_step: str = ""
    ways: tuple[AnswerWay, ...] = ()
    way: AnswerWay | None = None
    link: str | None = None
    user_code: str | None = None
    port: int | None = None
    deadline: datetime | None = None
    account: str | None = None
    other_address: bool = False
    account_before: str | None = None
    problem: str = ""
    note: str = ""


_STEPS = {
    AttemptState.STARTING: Step.STARTING,
    AttemptState.AWAITING: Step.WAITING,
    AttemptState.EXCHANGING: Step.CHECKING,
    AttemptState.CONFIRMING: Step.CONFIRMING,
    AttemptState.CONNECTED: Step.DONE,
}
_MESSAGES = {
    Step.WAITING: "Open this link in a browser and {pick}.",
    Step.CHECKING: "Checking the answer ...",
    Step.CONFIRMING: "Is this your calendar?",
    Step.DONE: "Connected.",
}
_TYPE_CODE = "Open this page in a browser on any device, type the code there and pick your Microsoft account."
_COMES_BACK = "The page says when you are done, and this window notices by itself: there is nothing to copy."
_ASKS = "This window notices by itself when you are done."
_PASTE = (
    "At the end the browser shows a page that can't be reached. That is right here: copy the whole address from its"
    " address bar and paste it into this box:"
)
_PASTE_IF = "If the page can't come back by itself, paste the address the browser ended at:"
_FORWARD = "Or have the page come back by itself: run this on your own machine before you open the link:"
_PICK = {
    Provider.GOOGLE: "select your Google account",
    Provider.OUTLOOK: "pick your Microsoft account",
    Provider.WFM: "sign in",
}
_STARTING = {
    Provider.GOOGLE: "Asking Google for a sign-in link ...",
    Provider.OUTLOOK: "Preparing the link to Microsoft ...",
    Provider.WFM: "Looking for you in the WFM system ...",
}


def begun(view: SignInView, provider: Provider) -> SignInView:
    """A new attempt: everything the one before said is forgotten."""
    return SignInView(number=view.number + 1, message=_STARTING[provider], ways=view.ways)


def heard(view: SignInView, number: int, record: AttemptRecord) -> SignInView:
    """What attempt `number` says now; ignored if a newer one was begun."""
    if number != view.number:
        return view
    step = _STEPS.get(record.state, Step.OVER)
    message = _MESSAGES.get(step, view.message).format(pick=_PICK[record.provider])
    if step is Step.WAITING and record.user_code:
        message = _TYPE_CODE
    if step is Step.STARTING:
        message = _STARTING[record.provider]
    if step is Step.OVER:
        message = record.title or "The sign-in is over."
    return replace(
        view,
        attempt_id=record.attempt_id,
        step=step,
        message=message,
        next_step=(record.next_step or "") if step is Step.OVER else "",
        way=record.way,
        link=record.link or (record.verification_uri if step is Step.WAITING else None),
        user_code=record.user_code if step is Step.WAITING else None,
        port=record.port,
        deadline=record.expires_at,
        account=record.account,
        other_address=record.other_address,
        account_before=record.account_before,
        problem=view.problem if step is Step.WAITING else "",
        note=view.note if step is Step.WAITING else "",
    )


def failed(view: SignInView, number: int, title: str, next_step: str) -> SignInView:
    """The attempt could not go on, for a reason of our own."""
    if number != view.number or view.step is Step.DONE:
        return view
    return replace(
        view, step=Step.OVER, message=title, next_step=next_step, link=None, user_code=None, problem="", note=""
    )


def how_it_ends(view: SignInView) -> str:
    """What happens after the page, where nothing is pasted."""
    if view.step is not Step.WAITING:
        return ""
    return {AnswerWay.HOSTED: _COMES_BACK, AnswerWay.DEVICE: _ASKS}.get(view.way or AnswerWay.PASTE, "")


def pastes(view: SignInView) -> bool:
    """Whether an address may be pasted now."""
    return view.step is Step.WAITING and view.way in (AnswerWay.LOOPBACK, AnswerWay.PASTE)


def paste_words(view: SignInView, forward: str | None) -> tuple[str, str]:
    """What to do with the paste box, and (over SSH) how to do without it. `forward` is the command for that."""
    if view.way is AnswerWay.PASTE or forward:
        return _PASTE, f"{_FORWARD}\n  {forward}" if forward else ""
    return _PASTE_IF, ""


def spaced(code: str) -> str:
    """A code, wide enough to be read across a desk: `A B C D`."""
    return f"  {' '.join(code)}  "


def time_left(view: SignInView, now: datetime) -> str:
    """`9:41 left`, while there is something to wait for."""
    if view.deadline is None or view.step in (Step.DONE, Step.OVER, Step.CONFIRMING):
        return ""
    seconds = max(0, (view.deadline - now) // timedelta(seconds=1))
    return f"{seconds // 60}:{seconds % 60:02d} left"


def whose(view: SignInView) -> str:
    """The account to confirm, with a warning if it is not the person's own address."""
    text = f"  {view.account}"
    if view.account_before:
        text += f"\n\n! {replaces(view.account_before)} What was written to the other calendar stays there."
    if view.other_address:
        text += (
            "\n\n! This is not your own address. Connect it only if you signed in with it yourself: if somebody else"
            " did, their calendar would be used."
        )
    return text
