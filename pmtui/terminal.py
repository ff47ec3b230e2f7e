"""The terminal the app runs in: how the provider's page comes back to it, and how a link gets out of it."""

import os
import signal
import sys
import termios
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TextIO

from pmtui.backend.people.locales import time_locale
from pmtui.backend.signin.place import forward_line, has_browser, over_ssh
from pmtui.backend.states import Provider
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.backend.signin.loopback import Listener

SENT = "Sent to the terminal's clipboard, if it takes it (mosh never does): nobody can tell. Else press o."
SENT_TO_MULTIPLEXER = "Sent to {name}, which keeps it from your clipboard unless {unless}. Else press o."
_PLAIN = ("", "dumb", "unknown")
"""What TERM says where nothing can be drawn at a place of one's choice."""


_TITLED = (
    *("xterm", "tmux", "screen", "rxvt", "putty", "alacritty", "foot", "kitty", "konsole", "vte", "gnome", "st-"),
    *("wezterm", "ghostty", "contour", "mlterm", "iterm", "ms-terminal", "rio", "eterm", "nsterm"),
)
"""What TERM begins with where a title can be set (OSC 2): others, the Linux console among them, may print it."""
_TITLE_CELLS = 80
_KEEP_TITLE = "\x1b[22;2t"
"""The terminal puts its title aside (xterm's XTWINOPS 22); one that can't ignores it."""
TITLE_BACK = "\x1b]2;\x07\x1b[23;2t"
"""The title put aside comes back; where none could be, the terminal shows one of its own."""


def _there() -> bool:
    return False


def _nowhere(port: int) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Terminal:
    """`listen` makes the listener that catches the browser; without one the address can still be pasted.

    `forward` is the command that brings the listener's port to the person's own machine, None without SSH.
    `open_browser` is None where no browser may be opened: over SSH always, and without a display. `copied` is what can
    honestly be said after something was sent to the clipboard. `gone` tells whether the terminal has hung up.
    On the person's `own_machine` its settings are theirs; over SSH they are somebody else's. `titled` tells
    whether it has a title that can be set. `locale` names the locale that times are written by, which SSH hands on.
    """

    listen: "Callable[[Provider], Listener] | None" = None
    forward: Callable[[int], str | None] = _nowhere
    open_browser: Callable[[str], bool] | None = None
    copied: str = SENT
    gone: Callable[[], bool] = _there
    own_machine: bool = False
    titled: bool = False
    locale: str = ""


def _listener(provider: Provider) -> "Listener":
    listener: Listener = load("pmtui.backend.signin.loopback:Listener")(provider=provider)
    return listener


def _browse(link: str) -> bool:
    return bool(load("webbrowser:open")(link))


def this_terminal(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Terminal:
    """The terminal of this process."""
    environment = os.environ if environment is None else environment
    return Terminal(
        _listener,
        partial(forward_line, environment),
        _browse if has_browser(environment, platform) else None,
        _copied(environment),
        partial(_hung_up, os.getppid()),
        not over_ssh(environment),
        takes_title(environment),
        time_locale(environment),
    )


def takes_title(environment: Mapping[str, str]) -> bool:
    """Whether this terminal takes a title, as far as TERM tells."""
    return environment.get("TERM", "").lower().startswith(_TITLED)


def titled(title: str) -> str:
    """What sets the title. Only what can be printed gets through: a name may hold anything."""
    shown = "".join(character for character in title if character.isprintable())
    return f"\x1b]2;{shown[:_TITLE_CELLS]}\x07"


@contextmanager
def title_kept(terminal: Terminal, stream: TextIO | None) -> Iterator[None]:
    """The terminal has its title back afterwards, however the block ends."""
    out = stream if terminal.titled else None
    try:
        if out is not None:
            out.write(_KEEP_TITLE)
            out.flush()
        yield
    finally:
        if out is not None:
            with suppress(OSError):  # it may have hung up
                out.write(TITLE_BACK)
                out.flush()


def _hung_up(parent: int) -> bool:
    """Whether the terminal is gone. The signal that says so reaches only the leader of its session, if nobody else.

    It is gone too once whoever started this process (`parent`) was killed and somebody else has the terminal now.
    """
    stream = sys.__stdin__ or sys.stdin
    try:
        termios.tcgetattr(stream)
        return os.getppid() != parent and os.tcgetpgrp(stream.fileno()) != os.getpgrp()
    except (termios.error, ValueError, OSError):
        return True


def _copied(environment: Mapping[str, str]) -> str:
    if environment.get("TMUX"):
        return SENT_TO_MULTIPLEXER.format(name="tmux", unless="its set-clipboard is on")
    if environment.get("STY"):
        return SENT_TO_MULTIPLEXER.format(name="screen", unless="it is told otherwise")
    return SENT


def refusal(environment: Mapping[str, str] | None = None, streams: Iterable[TextIO | None] | None = None) -> str | None:
    """Why the full screen can't be shown here, and what to do instead, in one line; None if it can.

    Without this, Textual reads a standard input that has ended for ever, and draws into files.
    """
    environment = os.environ if environment is None else environment
    streams = (sys.stdin, sys.stdout, sys.stderr) if streams is None else streams
    if not all(stream is not None and stream.isatty() for stream in streams):
        return "The full screen needs a terminal. Run pmtui in one, or use its commands: pmtui --help"
    if environment.get("TERM", "") in _PLAIN:
        return "This terminal can't show a full screen. Set TERM if it can, or use the commands: pmtui --help"
    return None


def alone(link: str) -> str:
    """What is printed when the link shall stand alone: nothing but it touches its line."""
    return f"\nOpen this link in a browser:\n\n{link}\n\nPress Enter to come back to pmtui. "


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl+c does nothing inside: outside the full screen it would end the app, with everything unsaved."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
