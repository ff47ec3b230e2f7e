"""An id_token proves an account only if everything in it holds; zones come under Windows' names."""

from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from pmtui.backend.config import Config
from pmtui.backend.signin.endpoints import Endpoints, endpoints
from pmtui.backend.signin.identity import Identity, Mailbox, NotProven, prove, zone_of
from tests.clock import START

TENANT = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"
LOGIN = "https://login.microsoftonline.com"
NOW = int(START.timestamp())
CLAIMS: dict[str, Any] = {
    "iss": f"{LOGIN}/{TENANT}/v2.0",
    "aud": "client",
    "exp": NOW + 3600,
    "iat": NOW,
    "nbf": NOW,
    "nonce": "the-nonce",
    "tid": TENANT,
    "oid": "object",
    "sub": "subject",
}


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})


def where(tenant: str = "organizations") -> Endpoints:
    return endpoints(Config(microsoft_tenant=tenant))


def signed(key: Any, claims: dict[str, Any], **header: str) -> str:
    return jwt.encode({"alg": "RS256", "kid": "k1", **header}, claims, key, algorithms=["RS256", "HS256"])


def proven(key: RSAKey, token: str | None, at: Endpoints | None = None) -> Identity:
    keys = {"keys": [key.as_dict(private=False)]}
    return prove(token, keys, at or where(), "client", "the-nonce", START)


def test_a_good_token_names_the_account(key: RSAKey) -> None:
    identity = proven(key, signed(key, CLAIMS))
    assert identity == Identity(TENANT, "object")
    assert identity.external_id == f"object@{TENANT}"
    assert proven(key, signed(key, CLAIMS), where(TENANT)) == identity
    assert proven(key, signed(key, CLAIMS), where("acme.example")) == identity


@pytest.mark.parametrize(
    "change",
    [
        {"iss": f"{LOGIN}/{OTHER}/v2.0"},
        {"iss": f"https://evil.example/{TENANT}/v2.0"},
        {"iss": None},
        {"aud": "somebody-else"},
        {"aud": None},
        {"exp": NOW - 3600},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": NOW + 3600},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ""},
        {"tid": None},
        {"tid": OTHER},
        {"tid": "organizations"},
        {"tid": f"{TENANT}/../x"},
        {"oid": None},
        {"oid": ""},
        {"oid": 7},
    ],
)
def test_whatever_does_not_hold_is_refused(key: RSAKey, change: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**CLAIMS, **change}.items() if value is not None}
    with pytest.raises(NotProven) as caught:
        proven(key, signed(key, claims))
    assert caught.value.verdict.code.startswith("bad_identity:")


def test_another_directory_than_the_organisations_is_refused(key: RSAKey) -> None:
    with pytest.raises(NotProven):
        proven(key, signed(key, CLAIMS), where(OTHER))


def test_a_little_difference_between_clocks_is_fine(key: RSAKey) -> None:
    late = signed(key, {**CLAIMS, "exp": NOW - 60, "nbf": NOW + 60})
    assert proven(key, late).object_id == "object"


def test_another_key_is_refused(key: RSAKey) -> None:
    other = RSAKey.generate_key(2048, {"kid": "k1"})
    with pytest.raises(NotProven):
        proven(key, signed(other, CLAIMS))


def test_another_kind_of_signature_is_refused(key: RSAKey) -> None:
    secret = OctKey.generate_key(256, {"kid": "k1"})
    token = jwt.encode({"alg": "HS256", "kid": "k1"}, CLAIMS, secret)
    keys = {"keys": [key.as_dict(private=False), secret.as_dict(private=True)]}
    with pytest.raises(NotProven):
        prove(token, keys, where(), "client", "the-nonce", START)


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_refused(key: RSAKey, token: str | None) -> None:
    with pytest.raises(NotProven):
        proven(key, token)


@pytest.mark.parametrize("keys", [[], [{}], [7], [{"kty": "RSA"}], [{"kty": "new"}]])
def test_keys_that_are_none_are_refused(key: RSAKey, keys: list[Any]) -> None:
    with pytest.raises(NotProven):
        prove(signed(key, CLAIMS), {"keys": keys}, where(), "client", "the-nonce", START + timedelta())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Central Standard Time", "America/Chicago"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("India Standard Time", "Asia/Calcutta"),
        ("UTC", "UTC"),
        ("America/Chicago", "America/Chicago"),
        ("Customized Time Zone", None),
        ("", None),
        (None, None),
    ],
)
def test_zone_of(name: object, expected: str | None) -> None:
    found = zone_of(name)
    assert found == expected or (expected == "UTC" and found in ("UTC", "Etc/UTC"))


def test_the_account_goes_by_the_persons_own_address_where_it_has_it() -> None:
    mailbox = Mailbox(("d.reyes@acme.example", "Dana@acme.example"), None)
    assert mailbox.name_for("dana@ACME.example") == "Dana@acme.example"
    assert mailbox.name_for("marcus@acme.example") == "d.reyes@acme.example"
