"""Keeps a draft in the database, so that it outlives the terminal."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pmtui.backend.actor import Actor
from pmtui.backend.slots.values import Week
from pmtui.screens.availability_draft import Draft
from pmtui.screens.base import PmtuiScreen

if TYPE_CHECKING:
    from pmtui.backend.build import Services

_WAIT = timedelta(seconds=1)


class DraftKeeper:
    """Writes what is unsaved in `draft` at most once a second, one call after the other."""

    def __init__(self, screen: PmtuiScreen, draft: Draft) -> None:
        self._screen = screen
        self._draft = draft
        self._kept: tuple[Week, int] | None = None
        self._keeping = False

    def found(self, kept: tuple[Week, int] | None) -> None:
        """This is what is kept now."""
        self._kept = kept

    def keep_soon(self) -> None:
        """The draft changed: write it in a second, or forget it if nothing is unsaved any more."""
        if not self._keeping and self._wanted != self._kept:
            self._keeping = True
            self._screen.app.background.start(self._screen, self._keep(), group="keep")

    @property
    def _wanted(self) -> tuple[Week, int] | None:
        record = self._draft.record
        return (self._draft.week, record.version) if record is not None and self._draft.edited else None

    async def _keep(self) -> None:
        app = self._screen.app
        actor, call = app.actor, app.background.call
        try:
            while self._wanted != self._kept:
                await app.clock.sleep(_WAIT)
                wanted = self._wanted
                await call(partial(_write, actor, wanted))
                self._kept = wanted
        finally:
            self._keeping = False


def _write(actor: Actor, wanted: tuple[Week, int] | None, services: "Services") -> None:
    if wanted is None:
        services.availability.forget(actor)
    else:
        services.availability.keep(actor, *wanted)
