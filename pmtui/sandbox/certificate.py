"""A self-signed certificate for the sandbox, made when it is first wanted, for clients that insist on https.

It is no authority: whoever trusts it trusts this one server, at this machine's own names, and nothing else.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_NAMES = ("localhost", "127.0.0.1", "::1")
_LIFETIME = timedelta(days=90)
_SPARE = timedelta(days=1)  # made anew when it has less to live; and how far clients' clocks may be behind


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where a certificate and its key lie, as PEM. Clients are given the first, the second is the server's own."""

    file: Path
    key_file: Path


def certificate(folder: Path, host: str, now: datetime) -> Certificate:
    """The certificate in that folder, for this machine's own names and `host`; made if there is none that will do.

    `OSError` if the folder can't be written.
    """
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    if not _will_do(made, host, now):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        _write(
            made.key_file,
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
            0o600,
        )
        _write(made.file, _signed(key, host, now).public_bytes(serialization.Encoding.PEM), 0o644)
    return made


def _will_do(made: Certificate, host: str, now: datetime) -> bool:
    try:
        known = x509.load_pem_x509_certificate(made.file.read_bytes())
        key = serialization.load_pem_private_key(made.key_file.read_bytes(), None)
        names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    fresh = known.not_valid_before_utc <= now < known.not_valid_after_utc - _SPARE
    return fresh and key.public_key() == known.public_key() and _name(host) in names


def _signed(key: ec.EllipticCurvePrivateKey, host: str, now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pmtui sandbox")])
    names = [_name(one) for one in dict.fromkeys((*_NAMES, host))]
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SPARE)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by more than `mode` lets, not even for a moment."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    beside.replace(path)
