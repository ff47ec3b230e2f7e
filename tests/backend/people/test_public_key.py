"""Public keys as they are pasted: what is taken, what is refused, and that nothing of a private one is repeated."""

from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.errors import BadInput
from pmtui.backend.people.public_key import parse
from tests.backend.people.key_pairs import pair, security_key

ED25519 = pair("ssh-ed25519")[0]
REFUSED = (
    ("", "There is no key."),
    (f"{ED25519}\n{ED25519}", "more than one line"),
    (ED25519[:-20], "damaged"),
    (f"{ED25519[:40]} {ED25519[40:]}", "damaged"),
    (ED25519.replace("ssh-ed25519", "ssh-rsa"), "damaged"),
    (f"{ED25519.split()[0]} {b64encode(b64decode(ED25519.split()[1]) + b'x').decode()}", "damaged"),
    ("ssh-ed25519", "damaged"),
    (pair("weak")[0], "1024 bits is too weak"),
    ("ssh-dss AAAAB3NzaC1kc3M= old", "DSA keys (ssh-dss) are too weak"),
    (ED25519.replace("ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com"), "a certificate"),
    ("ssh-foo AAAA", "Keys of the kind ssh-foo are not known"),
    (f'command="rm" {ED25519}', "options before it are not taken"),
    ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA", "another form"),
    ("-----BEGIN PUBLIC KEY-----\nAAAA", "another form"),
    ("x" * 20_000, "too long"),
    ("hello there", "does not begin like a public key"),
)
"""What is pasted, and what is said of it. Keys are made anew in every process: names of tests hold none."""


@pytest.mark.parametrize(("kind", "bits"), [("ssh-ed25519", 256), ("ecdsa-sha2-nistp384", 384), ("ssh-rsa", 2048)])
def test_a_key_is_read_with_its_fingerprint(kind: str, bits: int) -> None:
    line = pair(kind)[0]
    key = parse(f"  {line}   dana@laptop,  at\thome \n")
    assert (key.kind, key.bits, key.comment) == (kind, bits, "dana@laptop, at home")
    assert f"{key.kind} {key.body}" == line
    digest = b64encode(sha256(b64decode(key.body)).digest()).decode().rstrip("=")
    assert key.fingerprint == f"SHA256:{digest}"


def test_a_key_on_a_security_key_is_taken() -> None:
    assert parse(security_key()).kind == "sk-ssh-ed25519@openssh.com"


def test_lines_that_are_remarks_are_passed_over() -> None:
    assert parse(f"# mine\n\n{ED25519}\n").comment == ""


@pytest.mark.parametrize(("text", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_anything_else_is_refused_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(text)
    assert said in refused.value.title
    assert (refused.value.where, refused.value.line.isprintable()) == ("key", True)


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp384"])
@pytest.mark.parametrize("form", ["whole", "one line", "a part", "with the public one", "putty"])
def test_nothing_of_a_private_key_is_repeated(kind: str, form: str) -> None:
    public, private = pair(kind)
    lines = private.split("\n")
    text = {
        "whole": private,
        "one line": " ".join(lines),
        "a part": "\n".join(lines[1:4]),
        "with the public one": f"{public}\n{private}",
        "putty": f"PuTTY-User-Key-File-3: {kind}\nPrivate-Lines: 1\n{lines[1]}",
    }[form]
    with pytest.raises(BadInput) as refused:
        parse(text)
    assert form == "a part" or refused.value.code == "private_key"
    told = f"{refused.value.line} {refused.value!r} {refused.value.__cause__!r} {refused.value.args}"
    assert not [line for line in lines[1:-2] if line[:16] in told]


@given(st.text(max_size=80))
def test_any_text_is_a_key_or_refused_in_a_line(text: str) -> None:
    for pasted in (text, f"ssh-ed25519 {text}", f"{ED25519} {text}"):
        said = _told(pasted)
        assert said.isprintable()


def _told(text: str) -> str:
    try:
        return parse(text).comment
    except BadInput as refused:
        return refused.line


def test_what_is_stored_is_the_key_that_was_pasted() -> None:
    key = parse(ED25519)
    again = load_ssh_public_key(f"{key.kind} {key.body}".encode()).public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    assert again.decode() == ED25519
