"""Every code under which a read or a write can fail has words; the code's own tree says which codes there are."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pmtui.backend
from pmtui.backend.calendars.wfm import NO_ACTIVITY
from pmtui.backend.errors import Whose
from pmtui.backend.sync import words

_ROOT = Path(pmtui.backend.__file__).parent
_RAISED = {"Temporary", "Vanished", "Refused", "NeedsReconnecting", "Misconfigured", "CannotOpen"}
_SETTINGS = {"BadInput", "Unavailable"}
_SPEAKING = ("calendars", "sync", "signin/tokens.py", "signin/vault.py", "signin/oauth.py", "signin/endpoints.py")
"""Where what the worker meets on its way to a calendar is raised."""
_CONSTANTS = {"NO_ACTIVITY": NO_ACTIVITY}
_PROVIDERS = {"error", "reason", "detail", "_reason(answer)", "code", "connection.error_code or 'needs_reconnecting'"}
"""Expressions whose value is the provider's own word (or was stored before): these have words as unknown codes."""


def files() -> Iterator[Path]:
    for place in _SPEAKING:
        yield from (_ROOT / place).glob("*.py") if "." not in place else [_ROOT / place]


def raised() -> dict[str, str]:
    """Every code by where it stands; what an f-string fills in is `7`."""
    found: dict[str, str] = {}
    for path in files():
        tree = ast.parse(path.read_text("utf-8"))
        errors = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and _is_one(node.bases)]
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_one([node.func])]
        calls += [
            node
            for error in errors
            for node in ast.walk(error)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__"
        ]
        for node in calls:
            if node.args:
                found.update((code, f"{path.name}:{node.lineno}") for code in codes(node.args[0], path, node.lineno))
    return found


def _is_one(names: list[ast.expr]) -> bool:
    return any(isinstance(name, ast.Name) and name.id in _RAISED | _SETTINGS for name in names)


def codes(said: ast.expr, path: Path, line: int) -> list[str]:
    if isinstance(said, ast.Constant):
        return [str(said.value)]
    if isinstance(said, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "7" for part in said.values)]  # type: ignore[misc]  # text parts are str
    if isinstance(said, ast.IfExp):
        return codes(said.body, path, line) + codes(said.orelse, path, line)
    if isinstance(said, ast.Name) and said.id in _CONSTANTS:
        return [_CONSTANTS[said.id]]
    if isinstance(said, ast.Call) and isinstance(said.func, ast.Name) and said.func.id == "code_of":
        return codes(said.args[1], path, line)
    assert ast.unparse(said) in _PROVIDERS, f"{path.name}:{line}: what codes can {ast.unparse(said)} be?"
    return []


def test_every_code_that_can_be_raised_has_words_of_its_own() -> None:
    there = raised()
    assert {"timed_out", "http_7", "signed_out:7", "operator:7", "wfm_token_refused", "key_lost", NO_ACTIVITY} <= set(
        there
    )
    without = {code: place for code, place in there.items() if words.cause(code).reason == f"it refuses, code {code}"}
    assert without == {}


@pytest.mark.parametrize(
    ("code", "reason", "meaning", "whose"),
    [
        (
            "signed_out:700082",
            "the sign-in has ended, code 700082",
            "it was not used for 90 days",
            Whose.PERSON,
        ),
        ("http_429", "it answers with error 429: it asks for fewer requests", "", Whose.PROVIDER),
        ("operator:7000222", "pmtui is not set up correctly, code 7000222", "the app's secret has expired", "operator"),
        ("operator:invalid_client", "pmtui is not set up correctly, code invalid_client", None, Whose.OPERATOR),
        ("operator:7000215", "pmtui is not set up correctly, code 7000215", "the app's secret is wrong", "operator"),
        ("wfm_token_refused", "the WFM refuses the organisation's token", "", Whose.OPERATOR),
        ("ErrorMailboxMoveInProgress", "it refuses, code ErrorMailboxMoveInProgress", "", Whose.PROVIDER),
        ("InvalidAuthenticationToken", "the sign-in has ended", "", Whose.PERSON),
    ],
)
def test_a_code_says_what_it_means_and_whose_turn_it_is(
    code: str, reason: str, meaning: str | None, whose: str
) -> None:
    cause = words.cause(code)
    assert (cause.reason, cause.whose) == (reason, whose)
    assert meaning is None or cause.meaning == meaning
    assert cause.next_step.endswith(".")


def test_no_code_has_no_words() -> None:
    assert words.reason("") == ""
