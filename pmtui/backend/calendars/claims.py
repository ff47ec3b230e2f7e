"""What Microsoft wants of a next sign-in: a claims request, told by the token endpoint, the page, or Graph itself.

Documents (learn.microsoft.com/entra/identity-platform): claims-challenge ("The claims challenge header format").
Standard library only.
"""

import base64
import json
import re

_LONGEST = 4_096
_INSUFFICIENT = re.compile(r'\berror\s*=\s*"?insufficient_claims"?', re.IGNORECASE)
_CLAIMS = re.compile(r'\bclaims\s*=\s*"?([A-Za-z0-9+/_-]+)', re.IGNORECASE)


def claims_request(text: object) -> str | None:
    """A claims request as Microsoft wants it replayed in a link: a JSON object of sensible size, or nothing."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    try:
        return text if isinstance(json.loads(text), dict) else None
    except (ValueError, RecursionError):
        return None


def challenged(header: str) -> str | None:
    """The claims request in a `WWW-Authenticate` that says `insufficient_claims` (there in base64), or nothing."""
    found = _CLAIMS.search(header) if _INSUFFICIENT.search(header) else None
    if found is None:
        return None
    encoded = found[1].replace("-", "+").replace("_", "/")
    try:
        return claims_request(base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    except ValueError:
        return None
