"""The app's stylesheet, which reads each source once.

Textual parses every source anew for each screen or window that brings its own: tens of milliseconds in which no key
is answered.
"""

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

_SOURCES = 1024
"""More than there are. Textual remembers 64, and parses all of them again as soon as there are 65."""


class RememberingStylesheet(Stylesheet):
    """Keeps what was parsed for as long as the variables (the theme) are the same."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(_SOURCES)

    def set_variables(self, variables: dict[str, str]) -> None:
        """Forget what was parsed, if these are others."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Take in what is new."""
        self.parse()
