"""A button of one line: `[ Send Access ]`."""

from textual.content import Content
from textual.widgets import Button


class PlainButton(Button):
    """A one-line button that is seen without colours: brackets, and reversed while it has the focus."""

    def __init__(self, words: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(Content(f"[ {words} ]"), id=id, classes=classes, compact=True)
        self._words = words

    @property
    def words(self) -> str:
        """What stands on the button."""
        return self._words

    @words.setter
    def words(self, words: str) -> None:
        self._words = words
        self.label = Content(f"[ {words} ]")
