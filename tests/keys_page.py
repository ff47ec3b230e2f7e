"""docs/keys.md, made from the actions as the app declares them: `python -m tests.keys_page` writes, `--check` compares.

Every screen, window and widget that declares actions is found by itself: nothing has to be listed anywhere.
"""

import re
import sys
from pathlib import Path

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import format_key

from pmtui.app import PmtuiApp
from pmtui.keymap import actions, declaring
from pmtui.screens.base import PmtuiDialog, PmtuiScreen
from pmtui.screens.places import PLACES

PAGE = Path(__file__).parent.parent / "docs" / "keys.md"
_HEAD = """# Keys

Every key of the full-screen app, made from the program itself. `?` shows those that work where you are, with what the
focused thing is; `ctrl+p` finds an action by its words. Where a field is being typed in, letters are text.

"""
_FIRST = {PmtuiApp: "Everywhere", PmtuiScreen: "On every screen", PmtuiDialog: "In every window"}
_WIDGETS = "pmtui.widgets"


def page() -> str:
    """The whole document."""
    classes = sorted(declaring(), key=_order)
    return _HEAD + "\n".join(_section(one) for one in classes)


def _order(one: type[DOMNode]) -> tuple[int, int, str]:
    places = [place.where.partition(":")[2] for place in PLACES]
    name = one.__name__
    if one in _FIRST:
        return 0, list(_FIRST).index(one), name
    if name in places:
        return 1, places.index(name), name
    return (2 if issubclass(one, PmtuiScreen) else 3 if one.__module__.startswith(_WIDGETS) else 4), 0, name


def _section(one: type[DOMNode]) -> str:
    rows = "".join(f"| {_keys(action)} | {action.tooltip} | `{action.id}` |\n" for action in actions(one))
    return f"## {_title(one)}\n\n| key | does | id |\n|---|---|---|\n{rows}"


def _title(one: type[DOMNode]) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", one.__name__.lstrip("_"))
    if one in _FIRST:
        return _FIRST[one]
    kind = next((kind for kind in ("Screen", "Dialog") if words.endswith(f" {kind}")), "")
    plain = words.removesuffix(f" {kind}").capitalize() if kind else words.capitalize()
    plain = plain.replace("Wfm", "WFM").replace("Qr", "QR")
    return f"{plain} (window)" if kind == "Dialog" else plain


def _keys(action: Binding) -> str:
    """All keys of an action, as the footer writes them; a bar would end the table's cell."""
    shown = [format_key(key.strip()) for key in action.key.split(",")]
    if action.key_display is not None:
        shown = [action.key_display, *shown[1:]]
    return ", ".join(f"`{key}`" for key in shown).replace("|", "\\|")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PAGE.write_text(page(), "utf-8")
    elif PAGE.read_text("utf-8") != page():
        sys.exit(f"docs/{PAGE.name} is not what the app declares: run python -m tests.keys_page")
