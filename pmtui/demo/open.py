"""Opens the app in the demo: `python -m pmtui.demo.open EMAIL`. Adds the sign-in clicker, which only the demo has."""

import sys
from typing import TYPE_CHECKING

from pmtui.actions import Action, Extra
from pmtui.app import run_app
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.screens.dialogs.sign_in import SignInDialog

CLICKER = "pmtui.demo.clicker:click_through"
"""Speaks HTTP: loaded when it is used, so that the first frame does not wait for it."""


async def _click(dialog: "SignInDialog") -> None:
    """Do what a person with a browser would do with the link that is shown."""
    link, me, attempt_id = dialog.view.link, dialog.app.me, dialog.view.attempt_id
    if link is None or me is None or attempt_id is None:
        return
    actor = dialog.app.actor
    address = await dialog.app.background.aside(lambda: load(CLICKER)(link, me.email))
    if address is not None:  # nothing listens for the browser here: what a person would paste
        await dialog.app.background.call(lambda services: services.signin.answer(actor, attempt_id, address))


CLICK = Extra(
    "SignInDialog",
    Action("demo.click", "k", "", "click for me", "Let the demo click through the sign-in pages, as a browser would."),
    _click,
)

if __name__ == "__main__":
    sys.exit(run_app(as_email=sys.argv[1], extras=(CLICK,)))
