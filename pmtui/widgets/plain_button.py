"""A button of one line: `[ Send Access ]`."""

from textual.content import Content
from textual.widgets import Button


class PlainButton(Button):
    """A one-line button that is seen without colours: brackets, and reversed while it has the focus."""

    def __init__(self, words: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(Content(_bracketed(words, True)), id=id, classes=classes, compact=True)
        self._words = words
        self.active_effect_duration = 0  # while Textual shows that a button was pressed, it takes no other Enter

    @property
    def words(self) -> str:
        """What stands on the button."""
        return self._words

    @words.setter
    def words(self, words: str) -> None:
        self._words = words
        self._draw()

    def watch_disabled(self, disabled: bool) -> None:
        """Brackets only where it can be pressed."""
        super().watch_disabled(disabled)
        self._draw()

    def _draw(self) -> None:
        self.label = Content(_bracketed(self._words, not self.disabled))
        self.refresh(layout=True)  # other words may need another width


def _bracketed(words: str, pressable: bool) -> str:
    return f"[ {words} ]" if pressable else f"  {words}  "
