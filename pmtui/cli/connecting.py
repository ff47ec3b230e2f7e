"""Connecting a calendar without the full screen: link or code, the answer however it comes, the account confirmed."""

import os
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

import typer

from pmtui.backend.errors import BadInput, Conflict
from pmtui.backend.integrations.words import approval_first
from pmtui.backend.signin import place
from pmtui.backend.signin.words import replaces
from pmtui.backend.states import AnswerWay, AttemptState, Provider
from pmtui.cli import asking
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.backend.actor import Actor
    from pmtui.backend.build import Services
    from pmtui.backend.integrations.records import IntegrationsPage
    from pmtui.backend.signin.records import AttemptRecord
    from pmtui.cli.listening import Caught

_WORKER = "pmtui.worker.embedded:Embedded"
_LISTENING = "pmtui.cli.listening:listening"
_LOOK_SECONDS = 0.2
_PATIENCE = 50  # looks before it is said what is waited for
_PASTED = (AnswerWay.LOOPBACK, AnswerWay.PASTE, AnswerWay.HOSTED)
_ADDRESS = "The address (it stays unseen)"
_WAITING = "Waiting for you to sign in ... (Ctrl+C ends the sign-in)"
_WORKING = (AttemptState.STARTING, AttemptState.EXCHANGING)


def connect(
    services: "Services",
    actor: "Actor",
    provider: Provider,
    *,
    yes: bool,
    way: AnswerWay | None = None,
    port: int | None = None,
) -> "IntegrationsPage":
    """Lead a person through connecting; their page afterwards. Everything said goes to standard error.

    `way` None takes the one that suits this terminal; `port` is the listener's, else a free one.
    """
    way = way or _usual(services.signin.ways(provider))
    with _listener(provider, way, port) as caught:
        attempt = services.signin.start(actor, provider, caught.port if caught else None, way=way)
        with worker(services):
            try:
                attempt = _settled(services, actor, attempt.attempt_id)
                if attempt.state is AttemptState.AWAITING:
                    _say_what_comes_first(services, actor, provider)
                    attempt = _answered(services, actor, attempt, caught)
                if attempt.state is AttemptState.CONFIRMING and _right_account(attempt, yes=yes):
                    return services.integrations.confirm(actor, attempt.attempt_id)
            except (KeyboardInterrupt, typer.Abort, BadInput):
                services.signin.cancel(actor, attempt.attempt_id)
                raise
            return _ended(services, actor, attempt)


def _say_what_comes_first(services: "Services", actor: "Actor", provider: Provider) -> None:
    """Before a link to Microsoft: what its administrator has to do, as far as anybody knows."""
    if provider is Provider.OUTLOOK:
        page = services.integrations.page(actor)
        if first := approval_first(page.approval, page.timezone):
            _say(first)


def _ended(services: "Services", actor: "Actor", attempt: "AttemptRecord") -> "IntegrationsPage":
    if attempt.state is AttemptState.CONFIRMING:
        services.signin.cancel(actor, attempt.attempt_id)
        raise typer.Abort
    if attempt.state is not AttemptState.CONNECTED:
        raise Conflict(
            f"sign_in_{attempt.state.value}",
            attempt.title or "The sign-in ended without a connection.",
            attempt.next_step or "Start again.",
        )
    return services.integrations.page(actor)


def _usual(ways: tuple[AnswerWay, ...]) -> AnswerWay | None:
    """The way that suits this terminal: whoever can be asked may also be caught, a script pastes."""
    if not ways or ways[0] is AnswerWay.HOSTED:
        return ways[0] if ways else None
    return AnswerWay.LOOPBACK if asking.interactive() else AnswerWay.PASTE


@contextmanager
def _listener(provider: Provider, way: AnswerWay | None, port: int | None) -> "Iterator[Caught | None]":
    if port is not None and way is not AnswerWay.LOOPBACK:
        raise BadInput("no_listener", "A port is only listened on with --way loopback.", "Leave --port out.", "--port")
    if way is not AnswerWay.LOOPBACK:
        yield None
        return
    with load(_LISTENING)(provider, port or 0) as caught:
        yield caught


@contextmanager
def worker(services: "Services") -> Iterator[None]:
    """The worker inside this process, unless one of its own runs."""
    if not services.config.embedded_worker:
        yield
        return
    embedded = load(_WORKER)(services)
    embedded.start()
    try:
        yield
    finally:
        embedded.stop()


def wait_until(done: Callable[[], bool], looks: int = _PATIENCE) -> bool:
    """Look until the worker has done something, for about ten seconds; whether it has."""
    pause = Event()  # never set: waits
    for _ in range(looks):
        if done():
            return True
        pause.wait(_LOOK_SECONDS)
    return done()


def _settled(services: "Services", actor: "Actor", attempt_id: int) -> "AttemptRecord":
    """The sign-in once the worker has done its part."""
    pause, looks = Event(), 0  # never set: waits
    while (attempt := services.signin.attempt(actor, attempt_id)).state in _WORKING:
        pause.wait(_LOOK_SECONDS)
        looks += 1
        if looks == _PATIENCE:
            _say("Waiting for the worker ... (Ctrl+C ends the sign-in)")
    return attempt


def _answered(
    services: "Services", actor: "Actor", attempt: "AttemptRecord", caught: "Caught | None"
) -> "AttemptRecord":
    """The sign-in once its answer is in, however that comes, and the worker has done its part."""
    attempt_id = attempt.attempt_id

    def come() -> bool:
        over = services.signin.attempt(actor, attempt_id).state is not AttemptState.AWAITING
        return over or (caught is not None and caught.address is not None)

    _say(_invitation(attempt, caught))
    if caught is not None:
        _browse(attempt)
    while attempt.state is AttemptState.AWAITING:
        typed = _typed_or(come, attempt)
        address = (caught.take() if caught is not None else None) or typed
        if address is not None:
            _hand_in(services, actor, attempt_id, address)
        attempt = _settled(services, actor, attempt_id)
    return attempt


def _typed_or(come: Callable[[], bool], attempt: "AttemptRecord") -> str | None:
    """The address pasted, where one can be; None once something has come by itself."""
    if attempt.way is AnswerWay.PASTE and not asking.interactive():
        return asking.secret(_ADDRESS)
    if attempt.way in _PASTED and asking.interactive():
        return asking.secret_unless(_ADDRESS, come)
    pause = Event()  # never set: waits
    while not come():
        pause.wait(_LOOK_SECONDS)
    return None


def _hand_in(services: "Services", actor: "Actor", attempt_id: int, address: str) -> None:
    try:
        services.signin.answer(actor, attempt_id, address)
    except BadInput as error:
        if not asking.interactive():
            raise
        _say(error.line)
    except Conflict:
        return  # it was answered or ended meanwhile: the next look says how it stands


def _invitation(attempt: "AttemptRecord", caught: "Caught | None") -> str:
    if attempt.way is AnswerWay.DEVICE:
        return (
            f"Open {attempt.verification_uri} in a browser, on any device, and enter this code:\n\n"
            f"    {attempt.user_code}\n\n{_WAITING}"
        )
    link = f"\n\n{attempt.link}\n"
    if attempt.way is AnswerWay.HOSTED:
        down = "If the page you end at can't be reached, paste its address below.\n" if asking.interactive() else ""
        return f"Open this link in a browser, sign in, and come back here:{link}\n{down}{_WAITING}"
    if caught is None:
        return f"Open this link in a browser, sign in, and come back with the address the browser ends at:{link}"
    forward = place.forward_line(os.environ, caught.port)
    if forward is not None:
        return (
            f"To have the browser come back by itself, run this on your own machine first:\n\n  {forward}\n\n"
            "Open this link in a browser and sign in. If the browser can't reach the page it ends at, the sign-in"
            f" worked all the same: paste that page's whole address here.{link}"
        )
    return f"Open this link in a browser and sign in; if it can't come back here, paste the address it ends at.{link}"


def _browse(attempt: "AttemptRecord") -> None:
    """Open the link here, where the person would see it."""
    if attempt.link is not None and place.has_browser(os.environ, sys.platform):
        webbrowser.open(attempt.link)


def _right_account(attempt: "AttemptRecord", *, yes: bool) -> bool:
    if attempt.account_before is not None:
        _say(replaces(attempt.account_before))
    if attempt.other_address:
        _say("This is not your own address: whoever's calendar it is, its busy times would count as yours.")
    return asking.sure(f"Connect the calendar of {attempt.account}?", yes=yes)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
