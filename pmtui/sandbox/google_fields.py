"""Partial answers: `fields=items(id,start),nextPageToken` keeps only what it names.

Document followed: developers.google.com/workspace/calendar/api/guides/performance, "Partial response".
"""

from __future__ import annotations

import re
from typing import Any

from pmtui.sandbox.google_checks import GoogleError

Tree = dict[str, "Tree"]  # an empty tree: all of it
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*|[*(),/]")
_MOST_NESTED = 20

_WHO: Tree = {name: {} for name in ("id", "email", "displayName", "self")}
_WHEN: Tree = {name: {} for name in ("date", "dateTime", "timeZone")}
_PLAIN = """
    kind etag id status htmlLink created updated summary description location colorId recurrence recurringEventId
    transparency visibility iCalUID sequence attendeesOmitted source eventType guestsCanInviteOthers guestsCanModify
    guestsCanSeeOtherGuests anyoneCanAddSelf privateCopy locked hangoutLink endTimeUnspecified attachments
    conferenceData gadget eventLabelId extendedProperties reminders workingLocationProperties outOfOfficeProperties
    focusTimeProperties birthdayProperties
"""
_ATTENDEE = "organizer resource optional responseStatus comment additionalGuests asyncOperation"
EVENT: Tree = {
    **{name: {} for name in _PLAIN.split()},
    "creator": _WHO,
    "organizer": _WHO,
    "start": _WHEN,
    "end": _WHEN,
    "originalStartTime": _WHEN,
    "attendees": {**_WHO, **{name: {} for name in _ATTENDEE.split()}},
}
_COLLECTION = "kind etag summary description updated timeZone accessRole defaultReminders nextPageToken nextSyncToken"
EVENTS: Tree = {**{name: {} for name in _COLLECTION.split()}, "items": EVENT}


def projected(document: dict[str, Any], fields: str | None, known: Tree) -> dict[str, Any]:
    """The document with only the fields selected. 400 for a selection that names what does not exist."""
    if fields is None:
        return document
    tokens = _TOKEN.findall(fields)
    if "".join(tokens) != fields.replace(" ", "") or not tokens:
        raise _wrong(fields)
    try:
        tree = _tree(tokens, 0)
    except IndexError:
        raise _wrong(fields) from None
    if tokens:
        raise _wrong(fields)
    _check(tree, known)
    kept: dict[str, Any] = _keep(document, tree)
    return kept


def _tree(tokens: list[str], depth: int) -> Tree:
    """Reads a comma-separated selection off the front; `IndexError` if it ends too early."""
    if depth > _MOST_NESTED:
        raise IndexError
    tree: Tree = {}
    while True:
        name = tokens.pop(0)
        if name in "(),/":
            raise IndexError
        inside: Tree = {}
        if tokens and tokens[0] == "/":
            tokens.pop(0)
            inside = _one(tokens, depth + 1)
        elif tokens and tokens[0] == "(":
            tokens.pop(0)
            inside = _tree(tokens, depth + 1)
            if tokens.pop(0) != ")":
                raise IndexError
        tree[name] = inside if not tree.get(name) else {**tree[name], **inside}
        if not tokens or tokens[0] != ",":
            return tree
        tokens.pop(0)


def _one(tokens: list[str], depth: int) -> Tree:
    """What follows a slash: one name, perhaps with more behind it."""
    rest: list[str] = []
    level = 0
    while tokens and (level or tokens[0] not in ",)"):
        level += (tokens[0] == "(") - (tokens[0] == ")")
        rest.append(tokens.pop(0))
    tree = _tree(rest, depth)
    if rest:
        raise IndexError
    return tree


def _check(tree: Tree, known: Tree) -> None:
    if not known:
        return
    for name, inside in tree.items():
        if name != "*":
            if name not in known:
                raise _wrong(name)
            _check(inside, known[name])


def _keep(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_keep(one, tree) for one in value]
    if not isinstance(value, dict):
        return value
    everything = tree.get("*")
    chosen = {name: tree.get(name, everything) for name in value}
    return {name: _keep(value[name], inside) for name, inside in chosen.items() if inside is not None}


def _wrong(text: str) -> GoogleError:
    message = f"Invalid field selection {text}"
    return GoogleError(400, "invalidParameter", message, location=("parameter", "fields"))
