"""`pmtui demo`: the product with sample data, on parts of its own."""

import os
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy import create_engine

from pmtui.backend.build import build
from pmtui.backend.config import data_folder, load
from pmtui.backend.errors import BadInput, Unavailable, Whose
from pmtui.backend.storage import schema
from pmtui.cli import output
from pmtui.demo import folders, organisation, parts
from pmtui.terminal import TITLE_BACK, takes_title

_OUT_OF_THE_FULL_SCREEN = (
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[m"
)
"""Mouse, focus and paste reports off, the ordinary screen and cursor back."""

_KEPT = (
    "This is the kept demo. Its stand-ins of Microsoft, Google and the WFM begin anew each time: calendars connected\n"
    "last time have to be connected again, and events written then are gone from them."
)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def demo(
    as_email: Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="Open as this person at once.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the database for the next time.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Throw the kept database away and begin anew.")] = False,
    join: Annotated[bool, typer.Option("--join", help="A second terminal on the kept demo that runs now.")] = False,
) -> None:
    """Try pmtui with sample data, on parts that vanish afterwards."""
    with output.errors():
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise BadInput("no_terminal", "The demo needs a terminal.", "Run it in one: pmtui demo")
        kept = data_folder() / "demo"
        if join:
            joined = parts.join(kept)
            joined.use()
            _choose(as_email, joined.sandbox_url, ())
            return
        for ending in (signal.SIGHUP, signal.SIGTERM):
            signal.signal(ending, _leave)  # the parts end and the folder goes, also when the terminal does
        if reset:
            folders.clear(kept)
        if swept := folders.sweep():
            one = "an earlier demo that was" if swept == 1 else f"{swept} earlier demos that were"
            print(f"Removed what {one} killed had left behind.", flush=True)
        stays = keep or reset
        with folders.held(kept) if stays else folders.passing() as folder, parts.running(folder) as running:
            running.use()
            with _filled(running) as worker:
                kept_up = (*running.kept, worker)
                _choose(as_email, running.sandbox_url, kept_up, second="pmtui demo --join" if stays else None)


@contextmanager
def _filled(running: parts.Parts) -> Iterator[parts.Kept]:
    """The database upgraded and, the first time, filled; the worker runs inside the block."""
    config = load()
    engine = create_engine(config.url)
    fresh = schema.version(engine) is None
    schema.upgrade(engine)
    engine.dispose()
    services = build(config)
    if fresh:
        print("Making the sample organisation: 3 teams, 8 coaches, 60 agents ...", flush=True)
        organisation.seed(services, running.sandbox_url)
    else:
        print(_KEPT)
    with parts.worker(running) as worker:
        if fresh:
            organisation.open_up(services)
        services.database.close()
        yield worker


def _choose(as_email: str | None, sandbox_url: str, kept_up: tuple[parts.Kept, ...], second: str | None = None) -> None:
    """Open the app as whoever is chosen, until the person leaves. Unavailable once a part does not stay up."""
    if as_email is not None:
        _open(as_email)
        _tell(kept_up)
        return
    print(f"\nSign-in pages: {sandbox_url}/ (in the app, k clicks through them)")
    if second is not None:
        print(f"A second terminal on this demo: {second}")
    while True:
        _tell(kept_up)
        print("\nOpen pmtui as")
        for number, role in enumerate(organisation.ROLES, 1):
            print(f"  {number}  {role.name:<15} {role.what}")
        print("     or any other address of the organisation")
        print("  c  see what pmtui has written into the calendars")
        print("  q  leave the demo")
        try:
            chosen = input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if chosen in ("q", "quit", "exit"):
            return
        if chosen.isdigit() and 1 <= int(chosen) <= len(organisation.ROLES):
            _open(organisation.ROLES[int(chosen) - 1].email)
        elif chosen == "c":
            subprocess.run([sys.executable, "-m", "pmtui", "sandbox", "show", "--url", sandbox_url], check=False)
        elif "@" in chosen:
            _open(chosen)
        else:
            print(f"Choose 1 to {len(organisation.ROLES)}, an address, c or q.")


def _tell(kept_up: tuple[parts.Kept, ...]) -> None:
    """Say what has happened to the demo's parts since the last time."""
    for part in kept_up:
        gone = part.given_up
        while not part.news.empty():
            print(f"\n{part.news.get()}")
        if gone:
            raise Unavailable(
                f"no_{part.name}",
                f"The demo has no {part.name} any more.",
                "Start the demo again.",
                whose=Whose.OPERATOR,
            )


def _leave(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def _open(email: str) -> None:
    """The app in a process of its own: the demo outlives whatever happens to it."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # ctrl+c there is not meant for the demo
    try:
        with _terminal_kept():
            # what holds the demo's folder goes along: the app may outlive a demo that is killed
            subprocess.run([sys.executable, "-m", "pmtui.demo.open", email], check=False, close_fds=False)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _terminal_kept() -> Iterator[None]:
    """Leave the terminal as it was, also when the app was killed and could not."""
    kept = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        if termios.tcgetattr(sys.stdin) != kept:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, kept)
            title = TITLE_BACK if takes_title(os.environ) else ""
            print(_OUT_OF_THE_FULL_SCREEN + title, end="", flush=True)
