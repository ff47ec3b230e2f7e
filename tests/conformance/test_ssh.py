"""A coach over plain SSH, nothing forwarded, connects Google by pasting the address back: a real sshd and browser."""

import getpass
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from pmtui.backend.states import External
from tests.conformance.multiplexer import Multiplexer, link_alone, multiplexer
from tests.conformance.organisation import organisation
from tests.end_to_end.test_hosted import COACH

pytestmark = pytest.mark.conformance
MINUTE = 60.0
_WAIT = Event()  # never set: waits a moment between two looks
_SETTINGS = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/own.pub
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
DisableForwarding yes
PermitUserEnvironment no
ForceCommand {folder}/session
"""


@contextmanager
def sshd(folder: Path, session: str) -> Iterator[str]:
    """Debian's sshd with a configuration of its own, which runs `session` at every login; the command to log in."""
    folder.mkdir()
    for name in ("host", "own"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    script = folder / "session"
    script.write_text(f"#!/bin/sh\n{session}\n")
    script.chmod(0o755)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    configuration = folder / "sshd_config"
    configuration.write_text(_SETTINGS.format(port=port, folder=folder))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # Debian makes it when the service starts
    with subprocess.Popen(
        ["/usr/sbin/sshd", "-D", "-e", "-f", str(configuration)], stderr=(folder / "log").open("w")
    ) as server:
        try:
            for _ in range(200):
                if "listening" in (folder / "log").read_text():
                    break
                assert server.poll() is None, (folder / "log").read_text()
                _WAIT.wait(0.05)
            options = "-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
            yield f"ssh -tt {options} -i {folder}/own -p {port} {getpass.getuser()}@127.0.0.1"
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture
def mux(tmp_path: Path) -> Iterator[Multiplexer]:
    """Dana's terminal at 80x24, logged in."""
    with organisation(External.GOOGLE, tmp_path, hosted=False) as parts:
        known = " ".join(f"{name}={shlex.quote(value)}" for name, value in parts.environment.items())
        session = f"exec env HOME={tmp_path} {known} {sys.executable} -m pmtui --as {COACH}"
        with sshd(tmp_path / "ssh", session) as login, multiplexer(f"{login}; cat", tmp_path) as terminal:
            terminal.until("Connect Now")
            yield terminal


@contextmanager
def own_browser(port: int) -> Iterator[Page]:
    """The browser on Dana's own machine: nobody listens at that port there, as pmtui does on the host."""
    with sync_playwright() as playwright:
        refused = f"--host-resolver-rules=MAP 127.0.0.1:{port} 127.0.0.1:1"
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking", "--no-first-run", refused],
        )
        yield browser.new_page()
        browser.close()


def signed_in(link: str) -> str:
    """Sign in to Google in that browser; what stands in its address bar in the end."""
    redirect = parse_qs(urlsplit(link).query)["redirect_uri"][0]
    ended_at: list[str] = []
    with own_browser(urlsplit(redirect).port or 0) as page:
        page.on("requestfailed", lambda request: ended_at.append(request.url))
        page.goto(link)
        page.get_by_role("button", name=COACH).click()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Continue").click()
        expect(page.locator("body")).to_contain_text("127.0.0.1 refused to connect")
        return next(address for address in ended_at if address.startswith(redirect))


@pytest.mark.shows(
    "A real terminal",
    "A coach over plain SSH, nothing forwarded, connects Google by pasting the address back, reading only the screen"
    " at 80x24, in under a minute",
    by="openssh-server, tmux, chromium, playwright",
)
def test_google_by_pasting_the_address_back(mux: Multiplexer, figure: Callable[[str], None]) -> None:
    since = time.perf_counter()
    mux.until("c connect")
    mux.keys("c", "Enter")
    mux.until("[ Connect Google Calendar ]")
    mux.keys("Enter")
    mux.until("Open this link", "paste it into this", "o link alone", "p paste")
    address = signed_in(link_alone(mux))
    mux.keys("p")
    mux.type(address)
    mux.keys("Enter")
    mux.until("Is this your calendar?", COACH)
    mux.keys("Enter")
    mux.until("[ Connected to Google Calendar ]")
    seconds = time.perf_counter() - since
    figure(f"in {seconds:.0f} s")
    assert seconds < MINUTE
