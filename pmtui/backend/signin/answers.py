"""The one parser of what comes back from the provider's pages: pasted, from the listener or the callback page.

What is parsed is secret: nothing of it is ever shown, logged or put into an error. Standard library only.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from pmtui.backend.calendars.claims import claims_request
from pmtui.backend.errors import BadInput

_LONGEST = 16_384  # characters; Microsoft's codes stay below 4,000
_MOST_FIELDS = 30
_NUMBER = re.compile(r"AADSTS(\d{4,9})")
_NUMBER_IN_LINK = re.compile(r"[?&]code=(\d{4,9})\b")
_WORD = re.compile(r"[a-z_]{1,40}")
_ONE_LINE = str.maketrans("", "", "\r\n\t")  # a terminal may have wrapped the address


@dataclass(frozen=True, slots=True)
class Granted:
    """The person agreed: the code to exchange. Nothing of it shows in a `repr`."""

    code: str = field(repr=False)
    state: str = field(repr=False)
    issuer: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider said no. `error` and `subcode` are plain words, `number` the provider's own (Microsoft: AADSTS)."""

    error: str
    subcode: str | None
    number: str | None
    state: str | None = field(repr=False)
    claims: str | None = field(default=None, repr=False)
    issuer: str | None = field(default=None, repr=False)


def parse(text: str) -> Granted | Refused:
    """Read the whole address the browser ended at, or its part from `?` on.

    Raises BadInput, without any of the text, for a bare code, the sign-in link itself, or anything else.
    """
    text = text.strip().translate(_ONE_LINE)
    if not text:
        raise _bad("Nothing was pasted.")
    if len(text) > _LONGEST or not text.isprintable() or " " in text:
        raise _bad("That is not one address.")
    if "?" not in text:
        raise _bad("That is not the whole address.")
    fields = _fields(text)
    if "error" in fields and "code" in fields:
        raise _bad("That address contradicts itself.")
    if "error" in fields:
        return _refused(fields)
    if "code_challenge" in fields:
        raise _bad("That is the sign-in link itself.")
    if not fields.get("code") or "\0" in fields["code"]:  # PostgreSQL stores no NUL
        raise _bad("There is no answer of the sign-in page in that address.")
    if not fields.get("state"):
        raise _bad("Part of the address is missing.")
    return Granted(fields["code"], fields["state"], fields.get("iss"))


def consented(text: str) -> bool | None:
    """Whether it is Microsoft's answer to the organisation-wide consent link: approved, or not; None if it is none."""
    try:
        fields = _fields(text)
    except BadInput:
        return None
    if "admin_consent" not in fields:
        return None
    return fields["admin_consent"].lower() == "true" and "error" not in fields


def _fields(text: str) -> dict[str, str]:
    """The query, decoded once. A name that stands there twice is refused: which one counts would be a guess."""
    try:
        query = urlsplit(text).query
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _bad("That address can't be read.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _bad("That address says something twice.")
    return fields


def _refused(fields: dict[str, str]) -> Refused:
    said = _NUMBER.search(fields.get("error_description", "")) or _NUMBER_IN_LINK.search(fields.get("error_uri", ""))
    return Refused(
        error=_word(fields["error"]) or "unknown",
        subcode=_word(fields.get("error_subcode", "")),
        number=said[1] if said else None,
        state=fields.get("state"),
        claims=claims_request(fields.get("claims")),
        issuer=fields.get("iss"),
    )


def _word(text: str) -> str | None:
    return text if _WORD.fullmatch(text) else None


def _bad(title: str) -> BadInput:
    return BadInput(
        "bad_answer",
        title,
        "Paste the whole address from the browser's address bar after signing in,"
        " from http to the end; /callback/ stands in it.",
    )
