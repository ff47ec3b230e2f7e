"""Pictures of the screen as text, compared with files.

A picture is the screen's text and, under it, one line per run of cells whose style is not the default, named by its
role: theme colours by their name, the rest by their attributes. So it survives a change of theme. Run with
`PMTUI_SNAPSHOTS=update` to write the files anew; then read the difference.
"""

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.strip import Strip

FOLDER = Path(__file__).parent / "expected"
_ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse", "strike")
_ROLES = ("primary", "secondary", "accent", "warning", "error", "success")
_GROUNDS = ("background", "surface", "panel")


def strips(app: App[Any]) -> list[Strip]:
    """The lines on the screen now."""
    return app.screen._compositor.render_strips()


def text(app: App[Any]) -> str:
    """The screen's text, without spaces at the ends of lines."""
    return "\n".join(strip.text.rstrip() for strip in strips(app))


def picture(app: App[Any]) -> str:
    """Text and styles."""
    roles = _Roles(app)
    runs = [line for row, strip in enumerate(strips(app)) for line in _runs(row, strip, roles)]
    return "\n".join((text(app), "", *runs, ""))


def has_colours(app: App[Any]) -> bool:
    """Whether any cell says a colour of its own."""
    return any(
        colour is not None and not colour.is_default
        for strip in strips(app)
        for segment in strip
        if segment.style is not None
        for colour in (segment.style.color, segment.style.bgcolor)
    )


def check(app: App[Any], name: str) -> None:
    """Compare the screen with the picture of that name."""
    path = FOLDER / f"{name}.txt"
    now = picture(app)
    if os.environ.get("PMTUI_SNAPSHOTS") == "update":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(now, "utf-8")
    assert path.exists(), f"there is no picture {path.name} yet: run once with PMTUI_SNAPSHOTS=update"
    assert now == path.read_text("utf-8")


class _Roles:
    """Names for the theme's colours, the other way round."""

    def __init__(self, app: App[Any]) -> None:
        self._names: dict[str, str] = {}
        for name, value in app.theme_variables.items():
            if name in (*_ROLES, *_GROUNDS, "foreground"):
                self._names.setdefault(Color.parse(value).hex6.lower(), name)

    def name(self, style: Style) -> str:
        """The role of a style; empty for the default."""
        words = [attribute for attribute in _ATTRIBUTES if getattr(style, attribute)]
        ink, ground = self._colour(style, "color"), self._colour(style, "bgcolor")
        if ink not in ("", "foreground"):
            words.append(ink)
        if ground not in ("", "background"):
            words.append(f"on {ground}")
        return " ".join(words)

    def _colour(self, style: Style, which: str) -> str:
        colour = getattr(style, which)
        if colour is None or colour.is_default:
            return ""
        triplet = colour.triplet
        return self._names.get(triplet.hex.lower(), "mixed") if triplet is not None else str(colour.name)


def _runs(row: int, strip: Strip, roles: _Roles) -> Iterator[str]:
    column = 0
    for role, segments in groupby(strip, lambda segment: roles.name(segment.style or Style())):
        width = sum(segment.cell_length for segment in segments)
        if role and width:
            yield f"{row + 1:>3}:{column + 1}-{column + width} {role}"
        column += width
