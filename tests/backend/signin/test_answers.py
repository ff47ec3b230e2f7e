"""The parser takes whole addresses only, and says nothing of what it was given."""

from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.errors import BadInput
from pmtui.backend.signin.answers import Granted, Refused, parse

AT = "http://localhost:8753/callback/outlook"


@pytest.mark.parametrize(
    "text",
    [
        f"{AT}?code=canary-c&state=canary-s",
        f"  {AT}?code=canary-c&state=canary-s \n",
        f"{AT}?state=canary-s&session_state=5&code=canary-c#",
        "?code=canary-c&state=canary-s",
        f"{AT}?code=can\nary-c&sta\r\nte=canary-s",
    ],
)
def test_a_whole_address_is_taken(text: str) -> None:
    assert parse(text) == Granted("canary-c", "canary-s")


def test_values_are_decoded_once() -> None:
    answer = parse(f"{AT}?code=a%2520b%2Bc&state=s%3D&iss=https%3A%2F%2Flogin.example")
    assert answer == Granted("a%20b+c", "s=", "https://login.example")


@given(
    code=st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=40),
    state=st.text(min_size=1, max_size=40),
)
def test_whatever_the_provider_encodes_comes_back(code: str, state: str) -> None:
    assert parse(f"{AT}?code={quote(code, safe='')}&state={quote(state, safe='')}") == Granted(code, state)


def test_a_refusal_keeps_words_and_numbers_only() -> None:
    answer = parse(
        f"{AT}?error=access_denied&error_subcode=cancel&state=s"
        "&error_description=AADSTS65004%3A+canary+declined&error_uri=https%3A%2F%2Flogin%2Ferror%3Fcode%3D1"
    )
    assert answer == Refused("access_denied", "cancel", "65004", "s")


def test_the_number_may_stand_in_the_link_only() -> None:
    answer = parse(f"{AT}?error=consent_required&error_uri={quote('https://login.example/error?code=90094', safe='')}")
    assert answer == Refused("consent_required", None, "90094", None)


def test_an_error_that_is_no_word_is_not_kept() -> None:
    answer = parse(f"{AT}?error=Canary+Value&error_subcode=Canary&error_description=canary")
    assert answer == Refused("unknown", None, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "canary-bare-code",
        "code=canary&state=canary",
        AT,
        f"{AT}?",
        f"{AT}?code=canary",
        f"{AT}?code=&state=canary",
        f"{AT}?code=canary&state=",
        f"{AT}?state=canary",
        f"{AT}?code=canary&code=canary2&state=s",
        f"{AT}?code=canary&state=s&error=access_denied",
        f"{AT}?code=canary&state=s and more",
        f"{AT}?code=canary&state=s\x00",
        f"{AT}?code=%ff%fe&state=canary",
        f"{AT}?code=canary%00&state=s",
        f"{AT}?code=canary&state=s" + "&x=1" * 40,
        f"{AT}?code=" + "canary" * 4000 + "&state=s",
        "http://[canary?code=c&state=s",
        "https://login.example/authorize?client_id=canary&state=s&code_challenge=canary",
    ],
)
def test_anything_else_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text)
    said = f"{caught.value.line} {caught.value!r} {caught.value.__cause__!r}"
    assert "canary" not in said
    assert "Paste the whole address" in caught.value.next_step


@given(st.text(max_size=200))
def test_no_input_breaks_it(text: str) -> None:
    with suppress(BadInput):
        parse(text)


def test_an_answer_does_not_show_itself() -> None:
    shown = repr(parse(f"{AT}?code=canary-c&state=canary-s&iss=canary-i"))
    assert "canary" not in shown
    assert "canary" not in repr(parse(f"{AT}?error=access_denied&state=canary-s"))
