"""The terminal the app runs in: whether it is reached over SSH, and how to get an address out of it."""

import os
import sys
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


class Listening(Protocol):
    """A listener on this machine that waits for one answer of the provider's page."""

    @property
    def port(self) -> int:
        """Where it listens."""

    def close(self) -> None:
        """Listen no more."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """`ssh_target` is `user@host` as the person's own machine would name this one, None without SSH.

    `listen` opens a listener that hands the address it catches to its argument, in a thread of its own; without
    one the address can still be pasted. `open_browser` is None where no browser may be opened: over SSH always,
    and without a display.
    """

    listen: Callable[[Callable[[str], None]], Listening] | None = None
    ssh_target: str | None = None
    open_browser: Callable[[str], bool] | None = None

    def forward(self, port: int) -> str | None:
        """The command that brings the listener's port to the person's own machine; None without SSH."""
        return f"ssh -L {port}:localhost:{port} {self.ssh_target}" if self.ssh_target else None


def this_terminal(environment: Mapping[str, str] | None = None) -> Terminal:
    """The terminal of this process."""
    environment = os.environ if environment is None else environment
    connection = environment.get("SSH_CONNECTION", "").split()
    if connection:
        host = connection[2] if len(connection) > 2 else "this-host"
        return Terminal(ssh_target=f"{environment.get('USER', 'you')}@{host}")
    has_display = sys.platform in ("darwin", "win32") or any(
        environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return Terminal(open_browser=webbrowser.open if has_display else None)


def alone(link: str) -> str:
    """What is printed below the app when the link shall stand alone: nothing but it touches the margins."""
    return f"\nOpen this link in a browser:\n\n{link}\n\nPress Enter to come back to pmtui. "
