"""The program's log: one file, without secrets, never on a person's screen."""

import logging
import os
from logging.handlers import WatchedFileHandler

from pmtui.backend.config import Config
from pmtui.backend.errors import BadInput
from pmtui.backend.signin.redaction import protect

_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


def start(config: Config) -> None:
    """Write this process's log where the configuration says, for its owner only. Raises BadInput if that fails."""
    path = config.log
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
        handler = protect(WatchedFileHandler(path, encoding="utf-8"))
    except OSError as error:
        raise BadInput(
            "log_unwritable",
            f"The log can't be written: {error.strerror}.",
            "Set log_file (PMTUI_LOG_FILE) to a file this account may write.",
            where=str(path),
        ) from None
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("pmtui").setLevel(logging.INFO)
