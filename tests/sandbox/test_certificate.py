"""The certificate the sandbox makes for itself."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from pmtui.sandbox.certificate import certificate
from tests.sandbox.conftest import START


def names(file: Path) -> set[str]:
    """Whom it is for."""
    found = x509.load_pem_x509_certificate(file.read_bytes()).extensions
    return {str(one.value) for one in found.get_extension_for_class(x509.SubjectAlternativeName).value}


def test_it_is_for_this_machine_and_the_host_asked_for_and_no_authority(tmp_path: Path) -> None:
    made = certificate(tmp_path / "new", "coaching.acme.example", START)
    assert names(made.file) == {"localhost", "127.0.0.1", "::1", "coaching.acme.example"}
    found = x509.load_pem_x509_certificate(made.file.read_bytes())
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert found.not_valid_before_utc < START < found.not_valid_after_utc


def test_only_the_owner_reads_the_key_whatever_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = certificate(tmp_path / "new", "127.0.0.1", START)
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.key_file.parent.stat().st_mode) == 0o700
    assert sorted(path.name for path in made.key_file.parent.iterdir()) == ["certificate.pem", "key.pem"]


def test_one_that_will_do_is_kept(tmp_path: Path) -> None:
    before = certificate(tmp_path, "127.0.0.1", START).file.read_bytes()
    assert certificate(tmp_path, "localhost", START + timedelta(days=80)).file.read_bytes() == before


@pytest.mark.parametrize("trouble", ["too old", "other host", "no key", "other key", "garbage"])
def test_one_that_will_not_do_is_made_anew(tmp_path: Path, trouble: str) -> None:
    made = certificate(tmp_path, "127.0.0.1", START)
    before, host, now = made.file.read_bytes(), "127.0.0.1", START
    if trouble == "too old":
        now += timedelta(days=89, hours=1)
    elif trouble == "other host":
        host = "192.0.2.1"
    elif trouble == "no key":
        made.key_file.unlink()
    elif trouble == "other key":
        made.key_file.write_bytes(certificate(tmp_path / "other", host, now).key_file.read_bytes())
    else:
        made.file.write_text("no certificate")
    again = certificate(tmp_path, host, now)
    assert again.file.read_bytes() != before
    assert host in names(again.file)
