"""What is loaded when: a static graph can't tell a deferred import, a fresh process can."""

import pkgutil
import subprocess
import sys

import pytest

import pmtui.backend

_TERMINAL = ("textual", "rich", "typer", "pmtui.app", "pmtui.screens", "pmtui.widgets")
_SLOW = ("sqlalchemy", "sqlmodel", "pydantic", "pendulum", "authlib", "httpx2", "alembic", "cryptography")
_BACKEND = sorted(
    module.name
    for module in pkgutil.walk_packages(pmtui.backend.__path__, "pmtui.backend.")
    if ".migrations" not in module.name
)


def loaded(statement: str) -> set[str]:
    """The modules a fresh process has loaded after `statement`."""
    code = f"import sys\n{statement}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stderr.splitlines())


def found(modules: set[str], names: tuple[str, ...]) -> set[str]:
    return {module for module in modules if any(module == name or module.startswith(f"{name}.") for name in names)}


def test_version_loads_neither_textual_nor_the_database() -> None:
    modules = loaded("from pmtui.__main__ import main\nassert main(['--version']) == 0")
    assert not found(modules, (*_TERMINAL, *_SLOW))


def test_no_module_of_the_backend_loads_the_terminal() -> None:
    modules = loaded("\n".join(f"import {name}" for name in _BACKEND))
    assert set(_BACKEND) <= modules
    assert not found(modules, _TERMINAL)


def test_what_the_first_frame_needs_loads_no_database() -> None:
    modules = loaded("import pmtui.app")
    assert "textual" in modules
    assert not found(modules, _SLOW)
    later = ("pmtui.keymap", "pmtui.backend.slots", "pmtui.backend.integrations", "pmtui.screens.base", "webbrowser")
    assert not found(modules, later)


@pytest.mark.parametrize(
    "name", [name for name in _BACKEND if name.endswith((".records", "words", ".hours", ".edits", ".choosing"))]
)
def test_what_screens_import_is_standard_library(name: str) -> None:
    assert not found(loaded(f"import {name}"), _SLOW)


def test_building_the_backend_loads_nothing_that_speaks_to_providers() -> None:
    assert not found(loaded("import pmtui.backend.build"), ("authlib", "httpx2", "alembic", "joserfc"))


def test_building_the_backend_loads_only_what_the_first_screen_shows() -> None:
    modules = loaded("import pmtui.backend.build")
    later = ("pmtui.backend.coaching", "pmtui.backend.support", "pmtui.backend.sync", "sqlalchemy.dialects.postgresql")
    assert not found(modules, later)


def test_the_callback_page_loads_nothing_that_opens_tokens_or_speaks_to_providers() -> None:
    modules = loaded("import pmtui.cli.callback")
    assert "uvicorn" in modules
    assert not found(modules, ("authlib", "httpx2", "joserfc", "cryptography", "pmtui.backend.signin.vault"))


def test_the_sandbox_shares_no_code_with_its_clients() -> None:
    modules = loaded("import pmtui.sandbox.server")
    assert not found(modules, ("pmtui.backend", "pmtui.cli"))
