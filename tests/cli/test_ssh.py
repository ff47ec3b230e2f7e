"""`pmtui ssh key`, on a database of its own."""

import json
from pathlib import Path

import pytest

from tests.backend.people.key_pairs import pair
from tests.cli.test_people import Pmtui, answering, pmtui, ready

__all__ = ["pmtui", "ready"]

KEY = ("--as", "amy@acme.example", "ssh", "key")


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """The file of Amy's public key."""
    path = tmp_path / "id.pub"
    path.write_text(f"{pair('ssh-ed25519')[0]} amy@laptop\n")
    return path


def test_a_key_is_added_listed_and_removed(ready: Pmtui, public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ready(*KEY, "list")[1] == "There is no key. Add one: pmtui ssh key add FILE.pub\n"
    code, said, errors = ready(*KEY, "add", str(public))
    assert (code, errors) == (0, "")
    assert said.startswith("Added: ssh-ed25519 SHA256:")
    assert said.endswith("(amy@laptop)\n")
    (record,) = json.loads(ready(*KEY, "list", "--json")[1])
    assert (record["email"], record["comment"], record["last_used_at"]) == ("amy@acme.example", "amy@laptop", None)
    assert "Amy <amy@acme.example>  ssh-ed25519" in ready("ssh", "key", "list", "--all")[1]
    assert ready("ssh", "key", "list", "--person", "amy@acme.example")[1].endswith("never used\n")
    asked = answering(monkeypatch, False)
    ready(*KEY, "remove", record["fingerprint"])
    assert "(amy@laptop) of Amy?" in asked[0]
    assert record["fingerprint"] in ready(*KEY, "list")[1]
    assert ready(*KEY, "remove", record["fingerprint"][:20], "--yes")[1].startswith("Removed: ssh-ed25519")
    assert json.loads(ready(*KEY, "list", "--json")[1]) == []


def test_a_private_key_is_refused_and_nothing_of_it_said(ready: Pmtui, tmp_path: Path) -> None:
    private = pair("ssh-ed25519")[1]
    (tmp_path / "id").write_text(private)
    code, said, errors = ready(*KEY, "add", str(tmp_path / "id"))
    assert (code, said) == (2, "")
    assert errors.startswith("pmtui: key: That is a private key")
    assert errors.count("\n") == 1
    assert not [line for line in private.splitlines()[1:-1] if line[:16] in errors]
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "id"]
    assert not [path for path in kept if private.splitlines()[1].encode() in path.read_bytes()]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "/nowhere/id.pub"), 2, "/nowhere/id.pub can't be read: No such file or directory."),
        (("remove", "SHA256:abc", "--yes"), 1, "There is no key with that fingerprint."),
        (("list", "--person", "bob@acme.example"), 1, "There is nobody here with the address bob@acme.example."),
    ],
)
def test_what_goes_wrong_gets_one_line(ready: Pmtui, arguments: tuple[str, ...], code: int, said: str) -> None:
    found, out, errors = ready(*KEY, *arguments)
    assert (found, out) == (code, "")
    assert errors.startswith(f"pmtui: {said}")
    assert errors.count("\n") == 1


def test_the_operator_has_to_say_whose(ready: Pmtui, public: Path) -> None:
    code, _, errors = ready("ssh", "key", "add", str(public))
    assert (code, errors.startswith("pmtui: person: It does not say whose keys.")) == (2, True)
    assert ready("ssh", "key", "add", str(public), "--person", "amy@acme.example")[0] == 0
