"""Google's own description of the Calendar API, as JSON Schema; as a pytest plugin it looks at every answer.

The description comes with google-api-python-client. Loaded with `-p tests.conformance.google_contract`, every answer
of the sandbox's Google calendar that a test receives is validated, and how many there were is written into the file
that `PMTUI_CONTRACT_COUNTS` names.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient
import httpx2
import pytest
from jsonschema import Draft202012Validator, FormatChecker

COUNTS = "PMTUI_CONTRACT_COUNTS"
PREFIX = "/google/calendar/v3/"
_DOCUMENT = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents" / "calendar.v3.json"
_ONE = {"GET": "get", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}
_EVERY = {"GET": "list", "POST": "insert"}
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


class _Watch:
    """Stands between the tests and the sandbox."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._send = httpx2.Client.send

    def start(self) -> None:
        """Look at every answer from here on."""
        watch = self

        def send(client: httpx2.Client, request: httpx2.Request, **more: Any) -> httpx2.Response:
            answer = watch._send(client, request, **more)
            if request.url.path.startswith(PREFIX) and answer.status_code == 200:
                watch.look_at(request, answer)
            return answer

        httpx2.Client.send = send  # type: ignore[assignment,method-assign]  # the one place all of a client's requests go through

    def look_at(self, request: httpx2.Request, answer: httpx2.Response) -> None:
        """Validate one answer; garbage on demand is none."""
        method = method_of(request)
        if method is not None and not answer.text.startswith("<"):
            check(method["response"]["$ref"], answer.json())
            self.counts[method["id"]] += 1

    def write(self) -> None:
        """Leave behind how many answers of which method there were."""
        Path(os.environ[COUNTS]).write_text(json.dumps(self.counts), "utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Called by pytest when this module is loaded as a plugin."""
    watch = _Watch()
    watch.start()
    config.add_cleanup(watch.write)
