"""Keeps secrets out of the log, whoever writes it: one filter, on every handler. Standard library only.

Nothing here should ever have something to do: the code logs no secret. It stands for what libraries, errors
and later changes may let slip.
"""

import logging
import re

HIDDEN = "[hidden]"

_NAME = (
    r"[\w.-]*(?:token|secret|verifier|password|passwd|assertion|authorization|cookie|api[_-]?key)[\w.-]*"
    r"|(?:device_|user_|auth_|authorization_)?code|state|nonce"
)
_NAMED = re.compile(
    rf"""(?P<name>(?<![\w.-])(?:{_NAME}))          # the name, as a whole word
         (?P<joint>\\?["']?\s*(?:=>?|:|%3[dD])\s*(?:b(?=["']))?)
         (?:\\?"(?P<double>(?:[^"\\]|\\.)*)\\?"|\\?'(?:[^'\\]|\\.)*\\?'|(?:(?:Bearer|Basic)\s+)?[^\s"'&,;)\]}}>]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_SCHEME = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?")
_LONG = re.compile(r"(?<![\w/.~+=-])(?=[\w~+=-]*\d)(?=[\w~+=-]*[A-Za-z])[\w~+=-]{24,}")
"""A long run of letters and digits: what a token looks like where nothing names it, as in an exception's message."""
_FRAME = '  File "'
_FORMATTER = logging.Formatter()


def redacted(text: str) -> str:
    """`text` with the values of everything that is named like a secret, or looks like one, hidden."""
    text = _NAMED.sub(lambda found: f"{found['name']}{found['joint']}{HIDDEN}", text)
    text = _SCHEME.sub(lambda found: f"{found[1]} {HIDDEN}", text)
    return _JWT.sub(HIDDEN, text)


def _without_tokens(text: str) -> str:
    """A traceback's text, with whatever its messages may quote of a token hidden too."""
    lines = redacted(text).splitlines(keepends=True)
    return "".join(line if line.startswith(_FRAME) else _LONG.sub(HIDDEN, line) for line in lines)


class Redaction(logging.Filter):
    """Rewrites each record, its arguments, its exception and its stack included. Drops none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Hide what is secret; always True."""
        if record.name.startswith("sqlalchemy.") and str(record.msg).startswith("Row "):
            record.msg, record.args = f"Row {HIDDEN}", None  # whole rows, at DEBUG
        record.msg, record.args = redacted(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = _without_tokens(record.exc_text)
        if record.stack_info:
            record.stack_info = redacted(record.stack_info)
        return True


def protect(handler: logging.Handler) -> logging.Handler:
    """The same handler, with the filter on it once. (A logger's own filters do not see what its children pass up.)"""
    if not any(isinstance(one, Redaction) for one in handler.filters):
        handler.addFilter(Redaction())
    return handler
