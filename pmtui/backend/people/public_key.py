"""SSH public keys as people paste them: one line of OpenSSH's, made into a value. The only parser of them.

Whatever is refused, what was pasted is never repeated: it may be somebody's private key.
"""

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from pmtui.backend.errors import BadInput

KINDS = {
    "ssh-ed25519": "Ed25519",
    "sk-ssh-ed25519@openssh.com": "Ed25519 on a security key",
    "ecdsa-sha2-nistp256": "ECDSA P-256",
    "ecdsa-sha2-nistp384": "ECDSA P-384",
    "ecdsa-sha2-nistp521": "ECDSA P-521",
    "sk-ecdsa-sha2-nistp256@openssh.com": "ECDSA P-256 on a security key",
    "ssh-rsa": "RSA",
}
"""The kinds of keys that are taken, by OpenSSH's names."""

_FEWEST_RSA_BITS = 2048
_LONGEST = 16_384
_LONGEST_COMMENT = 100
_KIND = re.compile(r"[a-z0-9][a-z0-9.@-]{2,60}")
_WHERE = "key"
_PUBLIC = "Paste the line of the file that ends in .pub, such as ~/.ssh/id_ed25519.pub."


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key: OpenSSH's name of its kind, its bytes in base64, its fingerprint as `ssh-keygen -l` shows it, its size in
    bits, and what its owner calls it.
    """

    kind: str
    body: str
    fingerprint: str
    bits: int
    comment: str


def parse(text: str) -> PublicKey:
    """The key on the one line of `text`. BadInput names what is wrong, and repeats nothing of it."""
    clean = text.strip()
    _refuse_what_is_no_public_key(clean)
    lines = [line for line in clean.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) != 1:
        raise _bad(
            "There is no key." if not lines else "That is more than one line.",
            _PUBLIC if not lines else "Add one key at a time, on one line.",
        )
    kind, _, rest = lines[0].strip().partition(" ")
    body, _, comment = rest.strip().partition(" ")
    _refuse_kind(kind)
    try:
        blob = b64decode(body, validate=True)
        key = load_ssh_public_key(f"{kind} {body}".encode("ascii"))
    except (ValueError, UnsupportedAlgorithm, binascii.Error):
        raise _bad("The key is damaged: perhaps a part of it is missing.", "Copy the whole line again.") from None
    if b64encode(blob).decode() != body:
        raise _bad("The key is damaged: perhaps a part of it is missing.", "Copy the whole line again.")
    bits = key.key_size if hasattr(key, "key_size") else 256
    if isinstance(key, RSAPublicKey) and bits < _FEWEST_RSA_BITS:
        raise _bad(
            f"An RSA key of {bits} bits is too weak: at least {_FEWEST_RSA_BITS} are asked for.",
            "Make another: ssh-keygen -t ed25519",
        )
    return PublicKey(kind, body, fingerprint(blob), bits, _comment(comment))


def fingerprint(blob: bytes) -> str:
    """`SHA256:` and the digest in base64 without padding, as OpenSSH writes it."""
    return f"SHA256:{b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"


def _refuse_what_is_no_public_key(text: str) -> None:
    if len(text) > _LONGEST:
        raise _bad("That is too long for a public key.", _PUBLIC)
    upper = text.upper()
    if "PRIVATE KEY" in upper or "PRIVATE-LINES" in upper or upper.startswith("PUTTY-USER-KEY-FILE"):
        raise BadInput(
            "private_key",
            "That is a private key, which nobody but you may have; pmtui has kept nothing of it.",
            f"{_PUBLIC} If others could see it, make a new pair.",
            where=_WHERE,
        )
    if text.startswith(("---- BEGIN", "-----BEGIN")):
        raise _bad("That is a public key in another form than OpenSSH's.", "Convert it first: ssh-keygen -i -f FILE")


def _refuse_kind(kind: str) -> None:
    if kind in KINDS:
        return
    if "-cert-" in kind:
        raise _bad("That is a certificate, not a key.", _PUBLIC)
    if kind == "ssh-dss":
        raise _bad("DSA keys (ssh-dss) are too weak.", "Make another: ssh-keygen -t ed25519")
    if _KIND.fullmatch(kind) and kind.startswith(("ssh-", "ecdsa-", "sk-", "rsa-", "x509")):
        raise _bad(f"Keys of the kind {kind} are not known.", f"Take one of {', '.join(KINDS)}.")
    raise _bad("That does not begin like a public key (options before it are not taken).", _PUBLIC)


def _comment(text: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_LONGEST_COMMENT]


def _bad(title: str, next_step: str) -> BadInput:
    return BadInput("bad_key", title, next_step, where=_WHERE)
