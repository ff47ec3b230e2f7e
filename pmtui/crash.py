"""What is kept of an error nobody expected: a file with where it happened, never with what was in hand.

Neither local variables nor the messages of other people's exceptions go into it: either may hold a token or what stands
in somebody's calendar. Standard library (and platformdirs) only.
"""

import logging
import os
import secrets
import traceback
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from pmtui.backend.errors import PmtuiError

_log = logging.getLogger("pmtui.crash")


def keep(error: BaseException, folder: Path | None = None) -> str:
    """Write the crash file, for its owner only, into `folder` (else beside the log); what to tell the person."""
    incident = secrets.token_hex(3).upper()
    _log.error("incident %s: %s", incident, type(error).__qualname__)
    path = (folder or _folder()) / f"crash-{incident}.txt"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join((f"pmtui, incident {incident}", "", *_told(error), "")))
    except OSError as trouble:
        where = f"nothing could be kept of it ({trouble.strerror})"
    else:
        where = f"where it happened is in {path}"
    return (
        f"Something went wrong in pmtui (incident {incident}); {where}. Try again; if it happens again, give the"
        " operator of this machine that number."
    )


def _folder() -> Path:
    log = os.environ.get("PMTUI_LOG_FILE")
    return Path(log).parent if log else Path(platformdirs.user_data_dir("pmtui"))


def _told(error: BaseException) -> Iterator[str]:
    """The chain of errors, the first cause first: where each was raised, and what kind it is."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    for one in reversed(chain):
        yield from (line.rstrip("\n") for line in traceback.format_tb(one.__traceback__))
        said = f": {one.code}" if isinstance(one, PmtuiError) else ""
        yield f"{type(one).__module__}.{type(one).__qualname__}{said}"
        yield ""
