"""Runs one pmtui command as the demo's child, and ends with the demo however that ends.

The demo holds the other end of this process's standard input; when it closes, the command is asked to
stop. Usage: `python -m pmtui.demo.child COMMAND ...`.
"""

import os
import signal
import sys
import threading

from pmtui.__main__ import main


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):  # not through the buffer: its lock would be missed at the exit
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, name="end with the demo", daemon=True).start()
    sys.exit(main(sys.argv[1:]))
