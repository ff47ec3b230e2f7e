"""The key file is written whole or not at all, keeps its owner and mode, and is followed by processes that run."""

import multiprocessing
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from pmtui.backend.errors import BadInput, Conflict
from pmtui.backend.signin import key_file
from pmtui.backend.signin.vault import Keys, Sealed, Vault

MINE = "1:7:outlook:u1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    key_file.create(path)
    return path


def test_a_new_key_stands_in_front_and_the_rest_stays(path: Path) -> None:
    path.write_text(f"# made by hand\n\n{path.read_text()}")
    before = path.read_text()
    key_file.add(path)
    assert path.read_text().endswith(before)
    assert len(key_file.read(path)) == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["keys"]


def test_dropping_leaves_the_current_key_and_the_comments(path: Path) -> None:
    path.write_text(f"# made by hand\n{path.read_text()}")
    [old] = key_file.read(path)
    key_file.add(path)
    current, _ = key_file.read(path)
    key_file.drop(path, {old, current})
    assert list(key_file.read(path)) == [current]
    assert "# made by hand" in path.read_text()


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(path)
    key_file.add(link)
    assert link.is_symlink()
    assert len(key_file.read(path)) == 2


def test_a_failing_rename_leaves_the_old_file_and_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(BadInput, match="No space left"):
        key_file.add(path)
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == ["keys"]


def test_a_credential_says_what_to_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(path.parent))

    def fail(*_: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(BadInput) as caught:
        key_file.add(path)
    for part in ("LoadCredential=", "PMTUI_KEY_FILE", "pmtui keys add", "restart the worker", "pmtui keys rotate"):
        assert part in caught.value.line


def _change(path: Path) -> str:
    try:
        with key_file.alone(path):
            return "changed"
    except Conflict as error:
        return error.code


def test_two_never_change_the_keys_at_once(path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        with key_file.alone(path):
            assert pool.apply(_change, (path,)) == "keys_in_use"
        assert pool.apply(_change, (path,)) == "changed"


def test_a_running_process_follows_the_file(path: Path) -> None:
    keys = Keys(path)
    old = keys.seal(b"mine", MINE)
    key_file.add(path)
    assert keys.seal(b"mine", MINE).key_id == next(iter(key_file.read(path))) != old.key_id
    key_file.drop(path, {old.key_id})
    assert keys.vault().open(old, MINE) == b"mine"  # read a moment before
    assert keys.vault().current != old.key_id


@pytest.mark.parametrize("trouble", ["gone", "too open", "garbage"])
def test_while_the_file_is_unfit_a_running_process_goes_on_and_says_so_once(
    path: Path, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    keys = Keys(path)
    sealed = keys.seal(b"mine", MINE)
    kept = path.read_text()
    if trouble == "gone":
        path.unlink()
    elif trouble == "too open":
        path.chmod(0o644)
    else:
        path.write_text("what is this")
    for _ in range(3):
        assert keys.vault().open(sealed, MINE) == b"mine"
    assert len([record for record in caplog.records if "going on with the keys in hand" in record.message]) == 1
    path.touch(mode=0o600)
    path.write_text(kept)
    path.chmod(0o600)
    assert keys.vault().open(sealed, MINE) == b"mine"


def test_two_threads_that_meet_a_new_file_at_once_keep_every_key(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One reads the file as it was, the other as it is; whoever ends last must not undo the other."""
    keys = Keys(path)
    first = keys.vault().key_ids
    key_file.add(path)
    plain = key_file.read_if_new
    inside, others = threading.Event(), []

    def slow(*arguments: Any) -> Any:
        found = plain(*arguments)
        if not inside.is_set():  # the first has read; meanwhile the file changes and another one asks
            inside.set()
            key_file.add(path)
            other = threading.Thread(target=lambda: others.append(keys.vault().key_ids))
            other.start()
            other.join(0.05)
            threads.append(other)
        return found

    threads: list[threading.Thread] = []
    monkeypatch.setattr(key_file, "read_if_new", slow)
    keys.vault()
    for thread in threads:
        thread.join()
    assert others == [keys.vault().key_ids]
    assert len(keys.vault().key_ids) == len(first) + 2


def test_a_process_that_never_had_keys_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no key file"):
        Keys(tmp_path / "none").vault()


def test_the_text_of_keys_and_vaults_shows_none(path: Path) -> None:
    keys = Keys(path)
    [key] = key_file.read(path).values()
    for shown in (repr(keys), repr(keys.vault()), repr(Vault.load(path)), repr(Sealed(b"x", "k"))):
        assert repr(key) not in shown
