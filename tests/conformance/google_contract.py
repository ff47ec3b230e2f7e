"""Google's own description of the Calendar API, as JSON Schema; as a pytest plugin it looks at what tests exchange.

The description comes with google-api-python-client. Loaded with `-p tests.conformance.google_contract`, every answer
of the sandbox's Google calendar that a test receives is validated, and every request that the product sends there. How
many there were, and from which functions of our client, is written into the file that `PMTUI_CONTRACT_COUNTS` names.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient
import httpx2
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pmtui.backend.calendars import google

COUNTS = "PMTUI_CONTRACT_COUNTS"
PREFIX = "/google/calendar/v3/"
_DOCUMENT = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents" / "calendar.v3.json"
_FORMATS = FormatChecker()


def _is_instant(text: object) -> bool:
    """RFC 3339: with an offset, always."""
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


_FORMATS.checks("date-time", raises=ValueError)(_is_instant)


@cache
def discovery() -> dict[str, Any]:
    """The description itself."""
    document: dict[str, Any] = json.loads(_DOCUMENT.read_text("utf-8"))
    return document


@cache
def schema() -> dict[str, Any]:
    """All its schemas as JSON Schema in which nothing may appear that is not described."""
    return {"$defs": {name: _closed(one) for name, one in discovery()["schemas"].items()}}


def _closed(given: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in given:
        return {"$ref": f"#/$defs/{given['$ref']}"}
    if given.get("type") == "any":
        return {}
    made: dict[str, Any] = {name: given[name] for name in ("type", "format", "enum") if name in given}
    if given.get("type") == "object":
        made["properties"] = {name: _closed(one) for name, one in given.get("properties", {}).items()}
        made["additionalProperties"] = (
            _closed(given["additionalProperties"]) if "additionalProperties" in given else False
        )
    if "items" in given:
        made["items"] = _closed(given["items"])
    return made


def check(name: str, document: Any) -> None:
    """`jsonschema.ValidationError` unless the document is one of that schema."""
    whole = {**schema(), "$ref": f"#/$defs/{name}"}
    Draft202012Validator(whole, format_checker=_FORMATS).validate(document)


def method_of(request: httpx2.Request) -> dict[str, Any] | None:
    """The method of the description that a request calls; None if it is none of them."""
    parts = request.url.path.removeprefix(PREFIX).split("/")
    known = discovery()["resources"]["events"]["methods"]
    one = len(parts) == 4
    names = (
        {"GET": "get", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}
        if one
        else {"GET": "list", "POST": "insert"}
    )
    method: dict[str, Any] | None = known.get(names.get(request.method, ""))
    return method


def check_request(request: httpx2.Request, body: bytes) -> str:
    """Which method it calls. `AssertionError` or `ValidationError` unless the description knows all that it says."""
    method = method_of(request)
    assert method is not None, request
    described = {**discovery()["parameters"], **method["parameters"]}
    for name, value in request.url.params.multi_items():
        assert described[name].get("location") == "query", name
        _require_value(described[name], value)
    if body:
        document = json.loads(body)
        check(method["request"]["$ref"], document)
        assert document
    else:
        assert "request" not in method
    return str(method["id"])


def _require_value(how: dict[str, Any], value: str) -> None:
    if how["type"] == "boolean":
        assert value in ("true", "false")
    if how["type"] == "integer":
        assert int(how.get("minimum", "0")) <= int(value) <= int(how.get("maximum", "2500"))
    if "enum" in how:
        assert value in how["enum"]
    if how.get("format") == "date-time":
        assert _is_instant(value), value


def check_error(document: Any) -> None:
    """An error has the form that the guide "Handle API errors" shows; the description has none."""
    Draft202012Validator(_ERROR).validate(document)


def _form(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    kinds = {"type": "object", "properties": required | optional, "required": sorted(required)}
    return {**kinds, "additionalProperties": False}


_TEXT = {"type": "string"}
_DETAIL = _form({"domain": _TEXT, "reason": _TEXT, "message": _TEXT}, locationType=_TEXT, location=_TEXT)
_ERROR = _form(
    {
        "error": _form(
            {
                "code": {"type": "integer"},
                "message": _TEXT,
                "errors": {"type": "array", "minItems": 1, "items": _DETAIL},
            }
        )
    }
)


def senders() -> set[str]:
    """The functions of our client that send something."""
    tree = ast.parse(Path(google.__file__).read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    return {one.name for one in functions if any(_sends(node) for node in ast.walk(one))}


def _sends(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_send"


def _sender() -> str:
    """Which function of our client sends now."""
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_filename == google.__file__ and frame.f_code.co_name != "_send":
            return frame.f_code.co_name
    return ""


class _Watch:
    """Stands between the tests and the sandbox."""

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.senders: Counter[str] = Counter()
        self._send = httpx2.Client.send
        self._send_ours = httpx2.AsyncClient.send

    def start(self) -> None:
        """Look at everything from here on."""
        watch = self

        def send(client: httpx2.Client, request: httpx2.Request, **more: Any) -> httpx2.Response:
            answer = watch._send(client, request, **more)
            watch.look_at(request, answer)
            return answer

        async def send_ours(client: httpx2.AsyncClient, request: httpx2.Request, **more: Any) -> httpx2.Response:
            if request.url.path.startswith(PREFIX):
                watch.requests[check_request(request, await request.aread())] += 1
                watch.senders[_sender()] += 1
            answer = await watch._send_ours(client, request, **more)
            await answer.aread()
            watch.look_at(request, answer)
            return answer

        httpx2.Client.send = send  # type: ignore[assignment,method-assign]  # all that the tests send themselves
        httpx2.AsyncClient.send = send_ours  # type: ignore[assignment,method-assign]  # all that the product sends

    def look_at(self, request: httpx2.Request, answer: httpx2.Response) -> None:
        """Validate one answer; garbage and bare statuses on demand are none."""
        method = method_of(request)
        if not request.url.path.startswith(PREFIX) or method is None or not answer.text.startswith("{"):
            return
        if answer.status_code == 200:
            check(method["response"]["$ref"], answer.json())
            self.answers[method["id"]] += 1
        else:
            check_error(answer.json())
            self.answers[f"error {answer.status_code}"] += 1

    def write(self) -> None:
        """Leave behind what there was."""
        seen = {"answers": self.answers, "requests": self.requests, "senders": self.senders}
        Path(os.environ[COUNTS]).write_text(json.dumps(seen), "utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Called by pytest when this module is loaded as a plugin."""
    watch = _Watch()
    watch.start()
    config.add_cleanup(watch.write)
