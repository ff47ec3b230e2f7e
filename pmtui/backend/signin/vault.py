"""Sealing what nobody may read in the database: AES-256-GCM, bound to the row it belongs to.

Only the worker opens a vault. New values are sealed under the first key, older ids still open; the file they stand in
is `key_file`'s. Loads `cryptography`: surfaces must not import this module.
"""

import logging
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pmtui.backend.errors import BadInput, NeedsReconnecting
from pmtui.backend.signin import key_file
from pmtui.backend.states import Provider

_log = logging.getLogger(__name__)
_FORM = b"\x01"  # the first byte of every sealed value: how the rest is to be read
_NONCE_BYTES = 12


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

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys` by id, 32 bytes each; the first is the current one."""
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.current = next(iter(keys))

    @classmethod
    def load(cls, path: Path) -> Self:
        """The vault of that key file. Refuses (BadInput) a file others may read, or one that is no key file."""
        return cls(key_file.read(path))

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a key file with one new key, mode 0600. Conflict if there is a file already: keys are never replaced."""
        key_file.create(path)
        return cls.load(path)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys in hand, the current one first."""
        return tuple(self._keys)

    def seal(self, plain: bytes, bound_to: str) -> Sealed:
        """`plain` under the current key, bound to `bound_to` (see `associated`)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        data = self._keys[self.current].encrypt(nonce, plain, _FORM + bound_to.encode())
        return Sealed(_FORM + nonce + data, self.current)

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


class Keys:
    """The key file as a running process uses it: read again whenever it is another one.

    Keys it once held stay in hand until the process ends: a value read a moment before its key was retired still
    opens, and while the file can't be read the process goes on with what it has.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark: key_file.Mark | None = None
        self._held: dict[str, bytes] = {}
        self._vault: Vault | None = None
        self._reading = threading.Lock()  # two that find a new file at once would lose keys in hand

    def vault(self) -> Vault:
        """The keys of now. Raises BadInput if the file was never fit for use. From any thread."""
        with self._reading:
            return self._now()

    def _now(self) -> Vault:
        try:
            keys, mark = key_file.read_if_new(self._path, self._mark)
        except BadInput as error:
            if self._vault is None:
                raise
            if self._mark is not None:  # said once, not at every value
                _log.error("going on with the keys in hand: %s", error.line)
            self._mark = None
            return self._vault
        if keys is not None:
            self._held = keys | {key_id: key for key_id, key in self._held.items() if key_id not in keys}
            self._vault, self._mark = Vault(self._held), mark
        assert self._vault is not None
        return self._vault

    def seal(self, plain: bytes, bound_to: str) -> Sealed:
        """Seal under the key that is current now. Hold the keys (`Transaction.hold_keys`) until it is stored."""
        return self.vault().seal(plain, bound_to)
