"""What is sealed opens with its key, in its row, unchanged, and in no other case."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.errors import BadInput, Conflict
from pmtui.backend.signin.vault import CannotOpen, Sealed, Vault, associated
from pmtui.backend.states import Provider

MINE = associated(1, 7, Provider.OUTLOOK, "u1")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.create(tmp_path / "keys")


def test_what_is_sealed_opens_again_and_is_not_to_be_seen(vault: Vault) -> None:
    sealed = vault.seal(b"canary-token", MINE)
    assert b"canary" not in sealed.data
    assert vault.open(sealed, MINE) == b"canary-token"


def test_the_same_value_is_sealed_differently_each_time(vault: Vault) -> None:
    assert vault.seal(b"same", MINE).data != vault.seal(b"same", MINE).data


@pytest.mark.parametrize(
    "other",
    [
        associated(2, 7, Provider.OUTLOOK, "u1"),
        associated(1, 8, Provider.OUTLOOK, "u1"),
        associated(1, 7, Provider.GOOGLE, "u1"),
        associated(1, 7, Provider.OUTLOOK, "u2"),
    ],
)
def test_a_value_copied_to_another_row_does_not_open(vault: Vault, other: str) -> None:
    sealed = vault.seal(b"mine", MINE)
    with pytest.raises(CannotOpen) as caught:
        vault.open(sealed, other)
    assert caught.value.code == "seal_broken"


@given(at=st.integers(0, 63), bit=st.integers(0, 7))
def test_a_changed_bit_does_not_open(at: int, bit: int) -> None:
    vault = Vault({"k": b"k" * 32})
    sealed = vault.seal(b"x" * 40, MINE)
    changed = bytearray(sealed.data)
    changed[at % len(changed)] ^= 1 << bit
    with pytest.raises(CannotOpen):
        vault.open(Sealed(bytes(changed), sealed.key_id), MINE)


@pytest.mark.parametrize("length", range(0, 30, 4))
def test_a_shortened_value_does_not_open(vault: Vault, length: int) -> None:
    sealed = vault.seal(b"mine", MINE)
    with pytest.raises(CannotOpen):
        vault.open(Sealed(sealed.data[:length], sealed.key_id), MINE)


def test_a_lost_key_is_a_typed_error(vault: Vault, tmp_path: Path) -> None:
    sealed = Vault.create(tmp_path / "other").seal(b"mine", MINE)
    with pytest.raises(CannotOpen) as caught:
        vault.open(sealed, MINE)
    assert caught.value.code == "key_lost"
    assert "Connect the calendar again" in caught.value.line


def test_the_first_key_seals_and_the_older_ones_still_open(tmp_path: Path) -> None:
    old = Vault.create(tmp_path / "old").seal(b"mine", MINE)
    newer = Vault.create(tmp_path / "new").seal(b"", MINE).key_id
    both = tmp_path / "both"
    both.write_text((tmp_path / "new").read_text() + "# older\n\n" + (tmp_path / "old").read_text())
    both.chmod(0o600)
    vault = Vault.load(both)
    assert vault.open(old, MINE) == b"mine"
    assert vault.seal(b"again", MINE).key_id == newer


def test_a_key_file_is_made_for_its_owner_alone_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys"
    sealed = Vault.create(path).seal(b"mine", MINE)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Conflict):
        Vault.create(path)
    assert Vault.load(path).open(sealed, MINE) == b"mine"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700, 0o620])
def test_a_wider_key_file_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys"
    Vault.create(path)
    path.chmod(mode)
    with pytest.raises(BadInput, match=f"mode {mode:04o}") as caught:
        Vault.load(path)
    assert caught.value.next_step == f"Run: chmod 600 {path}"


def test_a_read_only_key_file_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    Vault.create(path)
    path.chmod(0o400)
    Vault.load(path)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "k1\n", "k1 short\n", f"k1 {base64.b64encode(b'x' * 16).decode()}\n", "k1 \u00e4\n"]
)
def test_what_is_no_key_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(BadInput) as caught:
        Vault.load(path)
    assert str(path) in (caught.value.where or "")


def test_the_same_key_id_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    Vault.create(path)
    path.write_text(path.read_text() * 2)
    with pytest.raises(BadInput):
        Vault.load(path)


def test_no_key_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no key file") as caught:
        Vault.load(tmp_path / "none")
    assert caught.value.next_step == "Run: pmtui init"
