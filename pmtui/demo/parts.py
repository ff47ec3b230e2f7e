"""The demo's parts: a folder with a fresh database and keys, the sandbox and the worker beside it."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx2

from pmtui.backend.config import PREFIX
from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.signin.vault import Vault

STATE_FILE = "demo.json"
_STOP_SECONDS = 5
_STARTS = 5  # of a worker that ends by itself, in all


@dataclass(frozen=True, slots=True)
class Parts:
    """A running demo. `environment` is what a pmtui process needs to be part of it."""

    folder: Path
    sandbox_url: str
    environment: dict[str, str]

    def use(self) -> None:
        """Make this process part of the demo."""
        os.environ.update(self.environment)


class Kept:
    """A process that is started again when it ends by itself, a few times; `news` says so in sentences."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str]) -> None:
        self.news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.given_up = False
        self.process: subprocess.Popen[str] | None = None
        self._command, self._log, self._environment = command, log, environment
        self._thread = threading.Thread(target=self._keep, name=f"keeps the {command[0]}", daemon=True)
        self._lock = threading.Lock()
        self._stopping = False

    def start(self) -> None:
        """Start it; returns at once."""
        self.process = _start(self._command, self._log, self._environment)
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
                    self.process = _start(self._command, self._log, self._environment)
                what = "It was started again." if left else "It does not stay up: calendars are not read or written."
                self.news.put(f"The demo's {self._command[0]} ended by itself ({code}). {what} See {self._log}")
                self.given_up = not left


@contextmanager
def running(folder: Path) -> Iterator[Parts]:
    """Start the sandbox and, once `prepare` has made the database, the worker; both end with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        sandbox_url = stack.enter_context(_sandbox(folder))
        parts = Parts(folder, sandbox_url, _environment(folder, sandbox_url))
        state = folder / STATE_FILE
        state.write_text(json.dumps({"sandbox_url": sandbox_url, "environment": parts.environment}), "utf-8")
        stack.callback(state.unlink, missing_ok=True)
        yield parts


@contextmanager
def worker(parts: Parts) -> Iterator[Kept]:
    """The demo's worker, a process of its own, while the block lasts."""
    kept = Kept(["worker"], parts.folder / "worker.log", parts.environment)
    kept.start()
    try:
        yield kept
    finally:
        kept.stop()


def join(folder: Path) -> Parts:
    """A demo that runs already, to open a second terminal on it."""
    try:
        known = json.loads((folder / STATE_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        raise Unavailable(
            "no_demo", "No demo is running there.", "Start one: pmtui demo --keep", whose=Whose.PERSON
        ) from None
    return Parts(folder, known["sandbox_url"], known["environment"])


@contextmanager
def _sandbox(folder: Path) -> Iterator[str]:
    port_file = folder / "sandbox.port"
    port = port_file.read_text("utf-8").strip() if port_file.exists() else "0"
    log = folder / "sandbox.log"
    with _child(["sandbox", "--port", port], log, {}) as process:
        url = _first_line_with_address(process, log)
        port_file.write_text(url.rsplit(":", 1)[1], "utf-8")
        yield url


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


@contextmanager
def _child(command: list[str], log: Path, environment: dict[str, str]) -> "Iterator[subprocess.Popen[str]]":
    process = _start(command, log, environment)
    try:
        yield process
    finally:
        _end(process)


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
