"""The short names of sessions: opaque, easy to read out, hard to mistype."""

import secrets

from pmtui.backend.errors import NotFound

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U
LENGTH = 6

_BITS = 5  # of each letter
_MEANT = str.maketrans("OIL", "011")


def draw() -> str:
    """A new code, drawn at random."""
    number = secrets.randbits(_BITS * LENGTH)
    return "".join([ALPHABET[number >> shift & len(ALPHABET) - 1] for shift in range(0, _BITS * LENGTH, _BITS)])


def read(text: str) -> str:
    """The code somebody typed: any case, spaces and dashes left out, O as 0, I and L as 1.

    Raises NotFound for what can't be a code, since to the caller it is a session that does not exist.
    """
    code = meant(text)
    if code is None:
        raise unknown(text)
    return code


def meant(text: str) -> str | None:
    """The code that somebody typed, read in the same way; None for what can't be one."""
    code = text.upper().replace("-", "").replace(" ", "").translate(_MEANT)
    return code if all(letter in ALPHABET for letter in code) else None


def unknown(text: str) -> NotFound:
    """The error for a code nobody has."""
    return NotFound("no_session", f"There is no session {text[:20]!r}.", "See the codes with: pmtui coaching list")
