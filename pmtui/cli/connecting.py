"""Connecting a calendar without the full screen: the link, the address pasted back, the account confirmed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

import typer

from pmtui.backend.errors import BadInput, Conflict
from pmtui.backend.states import AttemptState, Provider
from pmtui.cli import asking
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.backend.actor import Actor
    from pmtui.backend.build import Services
    from pmtui.backend.integrations.records import IntegrationsPage
    from pmtui.backend.signin.records import AttemptRecord

_WORKER = "pmtui.worker.embedded:Embedded"
_LOOK_SECONDS = 0.2
_PATIENCE = 50  # looks before it is said what is waited for
_WORKING = (AttemptState.STARTING, AttemptState.EXCHANGING)


def connect(services: "Services", actor: "Actor", provider: Provider, *, yes: bool) -> "IntegrationsPage":
    """Lead a person through connecting; their page afterwards. Everything said goes to standard error."""
    attempt = services.signin.start(actor, provider, None)
    with worker(services):
        try:
            attempt = _settled(services, actor, attempt.attempt_id)
            while attempt.state is AttemptState.AWAITING:
                _ask_address(services, actor, attempt)
                attempt = _settled(services, actor, attempt.attempt_id)
            if attempt.state is AttemptState.CONFIRMING and _right_account(attempt, yes=yes):
                return services.integrations.confirm(actor, attempt.attempt_id)
        except (KeyboardInterrupt, typer.Abort, BadInput):
            services.signin.cancel(actor, attempt.attempt_id)
            raise
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


def _ask_address(services: "Services", actor: "Actor", attempt: "AttemptRecord") -> None:
    _say(
        f"Open this link in a browser, sign in, and come back with the address the browser ends at:\n\n{attempt.link}\n"
    )
    try:
        services.signin.answer(actor, attempt.attempt_id, asking.secret("The address (it stays unseen)"))
    except BadInput as error:
        if not asking.interactive():
            raise
        _say(error.line)


def _right_account(attempt: "AttemptRecord", *, yes: bool) -> bool:
    if attempt.other_address:
        _say("This is not your own address: whoever's calendar it is, its busy times would count as yours.")
    return asking.sure(f"Connect the calendar of {attempt.account}?", yes=yes)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
