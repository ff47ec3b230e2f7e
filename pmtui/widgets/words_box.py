"""A one-line box for typing; its cursor does not blink."""

from textual.widgets import Input

from pmtui.actions import Action, bindings


class WordsBox(Input):
    """An input with Enter in the footer."""

    BINDINGS = bindings(Action("box.enter", "enter", "submit", "choose", "Take what is marked.", key_display="Enter"))

    def __init__(self, placeholder: str, *, id: str, secret: bool = False) -> None:
        super().__init__(placeholder=placeholder, id=id, password=secret, compact=True)
        self.cursor_blink = False

    def action_copy(self) -> None:
        """Copy what is selected; not of what stays unseen."""
        if not self.password:
            super().action_copy()

    def action_cut(self) -> None:
        """Cut what is selected; not of what stays unseen."""
        if not self.password:
            super().action_cut()
