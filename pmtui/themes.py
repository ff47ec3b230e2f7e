"""The app's own themes: dark, light and high contrast. Textual's own can be chosen too, the terminal's colours among
them (`ansi-dark`, `ansi-light`).
"""

from difflib import get_close_matches

from textual.theme import BUILTIN_THEMES, Theme

from pmtui.backend.errors import BadInput

DARK = Theme(
    name="pmtui-dark",
    primary="#5aa9e6",
    secondary="#7fc8a9",
    accent="#e6b35a",
    warning="#e6b35a",
    error="#f07178",
    success="#7fc8a9",
    foreground="#d8dee9",
    background="#15191f",
    surface="#1b2028",
    panel="#252b35",
    dark=True,
)

LIGHT = Theme(
    name="pmtui-light",
    primary="#0b5cad",
    secondary="#1b6e4b",
    accent="#8a5a00",
    warning="#8a5a00",
    error="#b3261e",
    success="#1b6e4b",
    foreground="#1b1f24",
    background="#fbfbf8",
    surface="#f2f2ee",
    panel="#e4e4de",
    dark=False,
)

HIGH_CONTRAST = Theme(
    name="pmtui-high-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffff00",
    warning="#ffff00",
    error="#ff8080",
    success="#00ff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#000000",
    dark=True,
)

THEMES = (DARK, LIGHT, HIGH_CONTRAST)
NAMES = (*(theme.name for theme in THEMES), *sorted(BUILTIN_THEMES))
"""Every theme there is to choose, the app's own first."""

_OURS = "pmtui-"


def theme_named(text: str) -> str:
    """The theme that `text` names; `dark` is `pmtui-dark`. BadInput with the nearest one."""
    wanted = "-".join(text.lower().split())
    for name in (wanted, f"{_OURS}{wanted}"):
        if name in NAMES:
            return name
    near = get_close_matches(wanted, [*NAMES, *(theme.name.removeprefix(_OURS) for theme in THEMES)], n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(NAMES)}."
    raise BadInput("no_theme", f"There is no theme {text[:40]!r}.", hint, where="theme")
