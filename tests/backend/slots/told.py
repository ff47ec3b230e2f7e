"""A pytest plugin that writes down every answer of the engine while the engine's own tests run, one a line.

TOLD=FILE python -m pytest -p tests.backend.slots.told tests/backend/slots
"""

import functools
import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

from pmtui.backend import slots

_EXAMPLES = 4
_told: list[str] = []
_answering = False  # only what a test asks is told, not what the engine asks itself


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every property be shown by a few examples, the same ones in every process."""
    for item in items:
        test = getattr(item, "obj", None)
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        if own is not None:
            few = settings(
                own, max_examples=_EXAMPLES, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate)
            )
            setattr(test, "_hypothesis_internal_use_settings", few)  # noqa: B010  there is no public way


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Put the test's name above its answers."""
    _told.append(item.nodeid)


def pytest_sessionfinish() -> None:
    """Hand over all that was told."""
    Path(os.environ["TOLD"]).write_text("\n".join(_told), encoding="utf-8")


def _telling(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def told(*arguments: Any, **figures: Any) -> Any:
        global _answering
        if _answering:
            return function(*arguments, **figures)
        _answering = True
        try:
            answer = function(*arguments, **figures)
            if isinstance(answer, Iterator):
                answer = list(answer)
        finally:
            _answering = False
        _told.append(f"{name} {answer!r}")
        return answer

    return told


# Before any test module takes the functions by name.
for _found in pkgutil.iter_modules(slots.__path__):
    _module = importlib.import_module(f"{slots.__name__}.{_found.name}")
    for _name, _value in list(vars(_module).items()):
        public = callable(_value) and not isinstance(_value, type) and not _name.startswith("_")
        if public and getattr(_value, "__module__", None) == _module.__name__:
            setattr(_module, _name, _telling(f"{_found.name}.{_name}", _value))
