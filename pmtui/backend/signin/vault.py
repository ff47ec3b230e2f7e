"""Sealing what nobody may read in the database: AES-256-GCM, bound to the row it belongs to.

Only the worker opens a vault. The key file has one `id key` a line (the key in base64); new values are sealed
under the first, older ids still open. Loads `cryptography`: surfaces must not import this module.
"""

import base64
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pmtui.backend.errors import BadInput, Conflict, NeedsReconnecting
from pmtui.backend.states import Provider

_FORM = b"\x01"  # the first byte of every sealed value: how the rest is to be read
_NONCE_BYTES = 12
_KEY_BYTES = 32
_MODE = 0o600
_LARGEST_FILE = 65_536


class CannotOpen(NeedsReconnecting):
    """A sealed value does not open: its key is gone, or it was changed or copied from another row.

    Whoever meets it marks the connection as needing reconnecting; it never ends the process.
    """


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value and the id of the key it is under, as the two columns of a row."""

    data: bytes
    key_id: str


def associated(tenant_id: int, person_id: int, provider: Provider, uid: str) -> str:
    """What a person's sealed values are bound to, `tenant:person:provider:connection`: a copy elsewhere won't open."""
    return f"{tenant_id}:{person_id}:{provider.value}:{uid}"


class Vault:
    """The keys in hand. Its text never shows them."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        """`keys` by id, 32 bytes each; the first is the current one."""
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = next(iter(keys))

    @classmethod
    def load(cls, path: Path) -> Self:
        """The vault of that key file. Refuses (BadInput) a file others may read, or one that is no key file."""
        return cls(_parsed(_read(path), path))

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a key file with one new key, mode 0600. Conflict if there is a file already: keys are never replaced."""
        key_id, key = f"k{secrets.token_hex(4)}", secrets.token_bytes(_KEY_BYTES)
        line = f"{key_id} {base64.b64encode(key).decode()}\n".encode()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MODE)
        except FileExistsError:
            raise Conflict(
                "keys_exist", "There is a key file already.", "Keep it: what it sealed opens with no other.", str(path)
            ) from None
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), _MODE)  # whatever the umask made of it
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        return cls({key_id: key})

    def seal(self, plain: bytes, bound_to: str) -> Sealed:
        """`plain` under the current key, bound to `bound_to` (see `associated`)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        data = self._keys[self._current].encrypt(nonce, plain, _FORM + bound_to.encode())
        return Sealed(_FORM + nonce + data, self._current)

    def open(self, sealed: Sealed, bound_to: str) -> bytes:
        """What was sealed. CannotOpen if the key is unknown, a byte was changed, or it was bound to something else."""
        key = self._keys.get(sealed.key_id)
        if key is None:
            raise CannotOpen("key_lost", "The key that sealed this calendar's access is gone.")
        nonce, data = sealed.data[1 : 1 + _NONCE_BYTES], sealed.data[1 + _NONCE_BYTES :]
        if sealed.data[:1] != _FORM or len(nonce) != _NONCE_BYTES:
            raise CannotOpen("seal_broken", "This calendar's stored access was damaged.")
        try:
            return key.decrypt(nonce, data, _FORM + bound_to.encode())
        except InvalidTag:
            raise CannotOpen("seal_broken", "This calendar's stored access was damaged.") from None


def _read(path: Path) -> str:
    """The file's text; its mode is that of the very file that is read."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            raw = file.read(_LARGEST_FILE)
    except FileNotFoundError:
        raise BadInput("no_keys", "There is no key file.", "Run: pmtui init", str(path)) from None
    except OSError as error:
        raise BadInput(
            "keys_unreadable", f"The key file can't be read: {error.strerror}.", "Check its owner.", str(path)
        ) from None
    if mode & ~_MODE:
        raise BadInput(
            "keys_too_open", f"Others may use this key file (mode {mode:04o}).", f"Run: chmod 600 {path}", str(path)
        )
    return raw.decode("ascii", "replace")


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
