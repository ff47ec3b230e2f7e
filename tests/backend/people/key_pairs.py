"""Key pairs for tests, made by `cryptography`."""

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from struct import pack

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

MAKERS: dict[str, Callable[[], Private]] = {
    "ssh-ed25519": ed25519.Ed25519PrivateKey.generate,
    "ecdsa-sha2-nistp384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ssh-rsa": lambda: rsa.generate_private_key(65537, 2048),
    "weak": lambda: rsa.generate_private_key(65537, 1024),
}


@cache
def pair(kind: str, number: int = 0) -> tuple[str, str]:
    """The public key's line without a comment, and the private key's file."""
    key = MAKERS[kind]()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return public, private


def security_key() -> str:
    """The line of an Ed25519 key on a security key."""
    kind = b"sk-ssh-ed25519@openssh.com"
    parts = (kind, bytes(range(32)), b"ssh:")
    blob = b"".join(pack(">I", len(part)) + part for part in parts)
    return f"{kind.decode()} {b64encode(blob).decode()}"
