"""The file with the keys that seal: one `id key` a line (the key in base64), the current key first, mode 0600.

Written as a whole beside itself and renamed, so that whoever reads it meets the old keys or the new, never half.
Standard library only.
"""

import base64
import fcntl
import os
import secrets
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from pmtui.backend.errors import BadInput, Conflict

_KEY_BYTES = 32
_MODE = 0o600
_LARGEST = 65_536

Mark = tuple[int, int, int, int]
"""What tells one state of the file from another."""


def read(path: Path) -> dict[str, bytes]:
    """The keys by id, the current one first. Raises BadInput for a file others may use, or that is no key file."""
    keys, _ = read_if_new(path, None)
    assert keys is not None
    return keys


def read_if_new(path: Path, known: Mark | None) -> tuple[dict[str, bytes] | None, Mark]:
    """The keys and the file's mark; None for the keys if the mark is the `known` one. Raises BadInput."""
    text, mark = _text(path, known)
    return None if text is None else _parsed(text, path), mark


def create(path: Path) -> None:
    """Make the file with one new key. Conflict if there is one already: keys are never replaced."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MODE)
    except FileExistsError:
        raise Conflict(
            "keys_exist", "There is a key file already.", "Keep it: what it sealed opens with no other.", str(path)
        ) from None
    _fill(handle, _new_line())


def add(path: Path) -> None:
    """Put a new key in front, as the current one. Raises BadInput, saying what to do where it can't be written."""
    text, _ = _text(path, None)
    assert text is not None
    _parsed(text, path)
    _write(path, _new_line() + text)


def drop(path: Path, key_ids: Collection[str]) -> None:
    """Take these keys out of the file; the current one stays. Raises BadInput."""
    text, _ = _text(path, None)
    assert text is not None
    gone = set(key_ids) - {next(iter(_parsed(text, path)))}
    left = [line for line in text.splitlines(keepends=True) if line.strip().partition(" ")[0] not in gone]
    _write(path, "".join(left))


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody else changes the file meanwhile. Conflict if somebody does."""
    try:
        folder = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        raise _absent(path) from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict(
            "keys_in_use", "Somebody else is changing the keys.", "Wait until they are done.", str(path)
        ) from None
    finally:
        os.close(folder)


def _write(path: Path, text: str) -> None:
    """The new file, for the same owner, in place of the old one; on the disk before this returns. Be `alone`."""
    real = path.resolve()
    for left in real.parent.glob(f".{real.name}.*"):  # by a process that was killed while it wrote
        left.unlink(missing_ok=True)
    beside = real.with_name(f".{real.name}.{secrets.token_hex(4)}")
    try:
        was = real.stat()
        handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MODE)
        try:
            if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(beside, was.st_uid, was.st_gid)
            _fill(handle, text)
            beside.replace(real)
        finally:
            beside.unlink(missing_ok=True)
        folder = os.open(real.parent, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> BadInput:
    if os.environ.get("CREDENTIALS_DIRECTORY") == str(path.parent):
        return BadInput(
            "keys_are_credential",
            "These keys are a credential of the service manager: a copy that can't be changed.",
            "Change the file it is made from (LoadCredential= in the unit), with PMTUI_KEY_FILE naming it: run"
            " `pmtui keys add`, restart the worker, run `pmtui keys rotate`.",
            str(path),
        )
    return BadInput(
        "keys_unwritable",
        f"The key file can't be changed: {error.strerror}.",
        "Run this as the owner of the file and of its folder.",
        str(path),
    )


def _new_line() -> str:
    return f"k{secrets.token_hex(4)} {base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}\n"


def _fill(handle: int, text: str) -> None:
    with os.fdopen(handle, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), _MODE)  # whatever the umask made of it
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _text(path: Path, known: Mark | None) -> tuple[str | None, Mark]:
    """The file's text, None if it is `known`, and its mark; its mode is that of the very file that is read."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            mark = (found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode)
            if mark == known:
                return None, mark
            raw = file.read(_LARGEST)
    except FileNotFoundError:
        raise _absent(path) from None
    except OSError as error:
        raise BadInput(
            "keys_unreadable", f"The key file can't be read: {error.strerror}.", "Check its owner.", str(path)
        ) from None
    mode = stat.S_IMODE(found.st_mode)
    if mode & ~_MODE:
        raise BadInput(
            "keys_too_open", f"Others may use this key file (mode {mode:04o}).", f"Run: chmod 600 {path}", str(path)
        )
    return raw.decode("ascii", "replace"), mark


def _absent(path: Path) -> BadInput:
    return BadInput("no_keys", "There is no key file.", "Run: pmtui init", str(path))


def _parsed(text: str, path: Path) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        key_id, _, encoded = line.strip().partition(" ")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if len(key) != _KEY_BYTES or key_id in keys:
            raise BadInput(
                "bad_keys", "This line holds no key.", "Put the saved key file back.", where=f"{path}:{number}"
            )
        keys[key_id] = key
    if not keys:
        raise BadInput("bad_keys", "The key file is empty.", "Put the saved key file back.", str(path))
    return keys
