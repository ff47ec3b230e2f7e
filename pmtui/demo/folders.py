"""The folders demos work in: held while anything of the demo runs, and swept when one could not do it itself."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pmtui.backend.errors import Conflict

PREFIX = "pmtui-demo-"
_HELD = "held"
"""A file in the folder that is locked while somebody works there. A folder without one is not known to be a demo's."""


@contextmanager
def passing() -> Iterator[Path]:
    """A new folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name, held(Path(name)) as folder:
        yield folder


@contextmanager
def held(folder: Path) -> Iterator[Path]:
    """The folder, marked as in use for as long as this process lives, or an app it has opened.

    Raises Conflict if a demo runs there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / _HELD, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _taken(lock):
            raise _runs()
        os.set_inheritable(lock, True)
        yield folder
    finally:
        os.close(lock)


def in_use(folder: Path) -> bool:
    """Whether a demo runs there."""
    try:
        lock = os.open(folder / _HELD, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _taken(lock)
    finally:
        os.close(lock)


def clear(folder: Path) -> None:
    """Throw away what is kept there. Conflict if a demo runs there."""
    if in_use(folder):
        raise _runs()
    shutil.rmtree(folder, ignore_errors=True)


def sweep(where: Path | None = None) -> int:
    """Remove what demos of this user left behind that were killed; how many they were."""
    swept = 0
    for folder in (where or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_uid == os.getuid() and (folder / _HELD).is_file() and not in_use(folder):
                shutil.rmtree(folder)
                swept += 1
    return swept


def _runs() -> Conflict:
    return Conflict("demo_runs", "The kept demo runs already.", "Join it: pmtui demo --join")


def _taken(lock: int) -> bool:
    """Lock it, unless somebody else holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
