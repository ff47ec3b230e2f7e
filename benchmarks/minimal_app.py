"""The smallest app of the same library, to compare start-up with."""

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header, Static


class Minimal(App[None]):
    """One line of text between a header and a footer."""

    def compose(self) -> ComposeResult:
        """Header, text, footer."""
        yield Header()
        yield Static("minimal is ready")
        yield Footer()


if __name__ == "__main__":
    Minimal().run()
