"""Files that the app writes for somebody."""

import os
from pathlib import Path

from pmtui.backend.errors import BadInput


def write_new(place: str, text: str) -> Path:
    """Write a file that is not there yet, for its owner's eyes only; its whole path. Raises BadInput."""
    path = Path(place.strip()).expanduser().absolute()
    if not place.strip() or place.strip().endswith("/"):
        raise BadInput("no_file", "That names no file.", "Type a folder and a name.", where="file")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput("file_exists", f"{path} is there already.", "Choose another name.", where="file") from None
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _unwritable(path, error) from None
    return path


def _unwritable(path: Path, error: Exception) -> BadInput:
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return BadInput("not_written", f"{path} can't be written: {why}.", "Choose another place.", where="file")
