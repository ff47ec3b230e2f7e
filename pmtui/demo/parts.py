"""The demo's parts: a folder with a fresh database and keys, the sandbox and the worker beside it."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx2

from pmtui.backend.config import PREFIX
from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.signin.vault import Vault
from pmtui.demo import folders

STATE_FILE = "demo.json"
_STOP_SECONDS = 5
_STARTS = 5  # of one that ends by itself, in all
_SANDBOX_ANEW = (
    "\nIts Microsoft, Google and WFM begin anew: connect Outlook and Google calendars again; events written are gone."
)
_NO_SANDBOX = ": nobody can sign in, and calendars can't be reached"


@dataclass(frozen=True, slots=True)
class Parts:
    """A running demo. `environment` is what a pmtui process needs to be part of it."""

    folder: Path
    sandbox_url: str
    environment: dict[str, str]
    kept: "tuple[Kept, ...]" = ()
    """What this process keeps running of it."""

    def use(self) -> None:
        """Make this process part of the demo."""
        os.environ.update(self.environment)


class Kept:
    """A process that is started again when it ends by itself, a few times; `news` says so in sentences.

    `again` is what that means to the person, `without` what it means if it does not stay up.
    """

    def __init__(
        self, command: list[str], log: Path, environment: dict[str, str], again: str = "", without: str = ""
    ) -> None:
        self.news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.name = command[0]
        self.given_up = False
        self.process: subprocess.Popen[str] | None = None
        self.command = command
        self._log, self._environment = log, environment
        self._again, self._without = again, without
        self._thread = threading.Thread(target=self._keep, name=f"keeps the {command[0]}", daemon=True)
        self._lock = threading.Lock()
        self._stopping = False

    def start(self, ready: Callable[["subprocess.Popen[str]"], None] = lambda process: None) -> None:
        """Start it; returns as soon as `ready` does."""
        self.process = _start(self.command, self._log, self._environment)
        try:
            ready(self.process)
        except BaseException:
            _end(self.process)
            raise
        self._thread.start()

    def stop(self) -> None:
        """End it, and return when it has ended."""
        with self._lock:
            self._stopping = True
            if self.process is not None:
                _end(self.process)
        self._thread.join()

    def _keep(self) -> None:
        for left in reversed(range(_STARTS)):
            assert self.process is not None  # `start` has made it
            code = self.process.wait()
            with self._lock:
                if self._stopping:
                    return
                _end(self.process)
                if left:
                    self.process = _start(self.command, self._log, self._environment)
                what = f"It was started again.{self._again}" if left else f"It does not stay up{self._without}."
                self.news.put(f"The demo's {self.name} ended by itself ({code}). {what} See {self._log}")
                self.given_up = not left


@contextmanager
def running(folder: Path) -> Iterator[Parts]:
    """Start the sandbox and, once `prepare` has made the database, the worker; both end with the block."""
    with ExitStack() as stack:
        sandbox, sandbox_url = _sandbox(folder)
        stack.callback(sandbox.stop)
        parts = Parts(folder, sandbox_url, _environment(folder, sandbox_url), (sandbox,))
        state = folder / STATE_FILE
        state.write_text(json.dumps({"sandbox_url": sandbox_url, "environment": parts.environment}), "utf-8")
        stack.callback(state.unlink, missing_ok=True)
        yield parts


@contextmanager
def worker(parts: Parts) -> Iterator[Kept]:
    """The demo's worker, a process of its own, while the block lasts."""
    without = ": calendars are not read or written"
    kept = Kept(["worker"], parts.folder / "worker.log", parts.environment, without=without)
    kept.start()
    try:
        yield kept
    finally:
        kept.stop()


def join(folder: Path) -> Parts:
    """A demo that runs already, to open a second terminal on it."""
    try:
        known = json.loads((folder / STATE_FILE).read_text("utf-8")) if folders.in_use(folder) else None
    except (OSError, ValueError):
        known = None
    if known is None:
        raise Unavailable("no_demo", "No demo is running there.", "Start one: pmtui demo --keep", whose=Whose.PERSON)
    return Parts(folder, known["sandbox_url"], known["environment"])


def _sandbox(folder: Path) -> tuple[Kept, str]:
    """The sandbox, and its address, which stays the same however often it is started."""
    port_file = folder / "sandbox.port"
    port = port_file.read_text("utf-8").strip() if port_file.exists() else "0"
    log = folder / "sandbox.log"
    kept = Kept(["sandbox", "--port", port], log, {}, _SANDBOX_ANEW, _NO_SANDBOX)
    found: list[str] = []
    kept.start(lambda process: found.append(_first_line_with_address(process, log)))
    url = found[0]
    port = url.rsplit(":", 1)[1]
    port_file.write_text(port, "utf-8")
    kept.command = ["sandbox", "--port", port]
    return kept, url


def _first_line_with_address(process: "subprocess.Popen[str]", log: Path) -> str:
    out: IO[str] | None = process.stdout
    assert out is not None  # _child asks for a pipe
    for line in out:
        for word in line.split():
            if word.startswith("http://"):
                return word.rstrip("/.,")
    raise Unavailable(
        "no_sandbox", "The sandbox did not start.", f"What it said stands in {log}.", whose=Whose.OPERATOR
    )


def _start(command: list[str], log: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    with log.open("a", encoding="utf-8") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "pmtui.demo.child", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env={**os.environ, **environment},
            start_new_session=True,  # ctrl+c in the terminal is for the app, not for these
        )


def _end(process: "subprocess.Popen[str]") -> None:
    """End it, if it has not ended."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _environment(folder: Path, sandbox_url: str) -> dict[str, str]:
    """The configuration that points pmtui at the sandbox; secrets stand in files of mode 0600."""
    told = settings(sandbox_url)
    microsoft = told["microsoft"]
    secret = folder / "microsoft-client-secret"
    secret.touch(mode=0o600)
    secret.write_text(microsoft["client_secret"], "utf-8")
    google = told["google"]
    google_secret = folder / "google-client-secret"
    google_secret.touch(mode=0o600)
    google_secret.write_text(google["desktop_client_secret"], "utf-8")
    keys = folder / "keys"
    if not keys.exists():
        Vault.create(keys)
    values = {
        "CONFIG": str(folder / "config.toml"),  # absent: the demo does not read this machine's configuration
        "DATABASE_URL": f"sqlite:///{folder / 'pmtui.db'}",
        "KEY_FILE": str(keys),
        "LOG_FILE": str(folder / "pmtui.log"),
        "EMBEDDED_WORKER": "false",
        "MICROSOFT_AUTHORITY": microsoft["authority"],
        "GRAPH_URL": told["graph"]["url"].rstrip("/"),
        "MICROSOFT_CLIENT_ID": microsoft["client_id"],
        "MICROSOFT_CLIENT_SECRET_FILE": str(secret),
        "GOOGLE_AUTHORIZE_URL": google["authorize_url"],
        "GOOGLE_TOKEN_URL": google["token_url"],
        "GOOGLE_REVOKE_URL": google["revoke_url"],
        "GOOGLE_KEYS_URL": google["keys_url"],
        "GOOGLE_ISSUER": google["issuer"],
        "GOOGLE_CALENDAR_URL": google["calendar_url"],
        "GOOGLE_CLIENT_ID": google["desktop_client_id"],
        "GOOGLE_CLIENT_SECRET_FILE": str(google_secret),
        "INSECURE_ENDPOINTS": "true",
    }
    return {PREFIX + name: value for name, value in values.items()}


def settings(sandbox_url: str) -> dict[str, dict[str, str]]:
    """Addresses, ids and the fixed secrets of the sandbox, as it tells them."""
    answer: dict[str, dict[str, str]] = httpx2.get(f"{sandbox_url}/__settings", timeout=10).json()
    return answer


def people(sandbox_url: str) -> list[dict[str, str | None]]:
    """The sample organisation's people, as the sandbox tells them."""
    answer: list[dict[str, str | None]] = httpx2.get(f"{sandbox_url}/__people", timeout=10).json()
    return answer
