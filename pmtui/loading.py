"""Loading a thing when it is used: commands, the app's screens, what only one command needs."""

import importlib
from typing import Any


def load(place: str) -> Any:
    """What stands at `module:name`."""
    module, name = place.split(":")
    return getattr(importlib.import_module(module), name)
