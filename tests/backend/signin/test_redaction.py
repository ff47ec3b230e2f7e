"""Canaries put into a log in every form do not come out of it; what is harmless does."""

import io
import json
import logging
import logging.handlers

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.signin.redaction import HIDDEN, protect, redacted

CANARY = "CANARY-0123456789abcdef"


def logged(write: "object") -> str:
    """What a protected handler writes of one call."""
    stream = io.StringIO()
    handler = protect(logging.StreamHandler(stream))
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    logger = logging.Logger("somewhere.deep")
    logger.addHandler(handler)
    assert callable(write)
    write(logger)
    return stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        f"GET /callback/outlook?code={CANARY}&session=1 HTTP/1.1",
        f"http://localhost:1/callback?error=x&state={CANARY}",
        f"code%3D{CANARY}",
        f"client_secret={CANARY}&grant_type=x",
        f"code_verifier={CANARY}",
        f"{{'access_token': '{CANARY}', 'expires_in': 1}}",
        f'{{"refresh_token":"{CANARY}"}}',
        json.dumps(json.dumps({"id_token": CANARY})),
        f"Authorization: Bearer {CANARY}",
        f"authorization=Basic {CANARY}",
        f"headers {{'authorization': 'Bearer {CANARY}'}}",
        f"headers [(b'authorization', b'Bearer {CANARY}')]",
        f"Bearer {CANARY}",
        f"Cookie: {CANARY}",
        f"state_token = {CANARY}",
        f"verifier: {CANARY}",
        f"nonce={CANARY}",
        f"TokenSet(access_token='{CANARY}', x=1)",
        f"PMTUI_TOKEN={CANARY}",
        f"token => {CANARY}",
        "id eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJDQU5BUlkifQ.CANARY_signature and more",
    ],
)
def test_a_secret_is_hidden_in_every_form(text: str) -> None:
    assert "CANARY" not in redacted(text)
    assert HIDDEN in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "sign-in 7: the configuration for Microsoft is refused (operator:7000215)",
        'HTTP Request: POST https://login.example/oauth2/v2.0/token "HTTP/1.1 200 OK"',
        "error_code=503 status_code: 429",
        "read 42 spans of connection 7 in 0.3 s",
        "the zip code is fine",
    ],
)
def test_what_is_harmless_stays(text: str) -> None:
    assert redacted(text) == text


def test_arguments_exceptions_and_stacks_are_seen_too() -> None:
    def write(logger: logging.Logger) -> None:
        logger.info("asked with %s and %r", f"code={CANARY}", {"token": CANARY})
        try:
            raise ValueError(f"client_secret={CANARY}")
        except ValueError:
            logger.exception("went wrong: state=%s", CANARY, stack_info=True)

    text = logged(write)
    assert CANARY not in text
    assert "ValueError: client_secret=" in text
    assert "Stack (most recent call last)" in text


def test_a_record_passed_up_by_a_child_is_seen() -> None:
    stream = io.StringIO()
    parent = logging.getLogger("pmtui-redaction-test")
    parent.propagate = False
    parent.addHandler(protect(logging.StreamHandler(stream)))
    logging.getLogger("pmtui-redaction-test.child").warning("token=%s", CANARY)
    assert stream.getvalue() == f"token={HIDDEN}\n"


def test_protecting_twice_is_once() -> None:
    handler = logging.StreamHandler(io.StringIO())
    assert len(protect(protect(handler)).filters) == 1


@given(st.text(max_size=300))
def test_any_text_passes(text: str) -> None:
    redacted(text)


@given(st.text(alphabet=st.characters(codec="ascii", categories=("L", "N")), min_size=8, max_size=60))
def test_any_value_of_a_query_is_hidden(value: str) -> None:
    assert f"={value}&" not in redacted(f"?code={value}&x=1")
