"""A form for how the organisation's WFM is reached. Its token stays unseen, and the stored one is never shown."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pmtui.backend.integrations.records import WfmServiceRecord
from pmtui.loading import load
from pmtui.screens.dialogs.form import Field, FormDialog

if TYPE_CHECKING:
    from pmtui.backend.build import Services

KEYS = "pmtui.backend.signin.vault:Keys"
"""Seals; loaded when it is needed."""


class WfmServiceDialog(FormDialog[bool]):
    """Dismisses with True once it is stored; the worker tries it then."""

    HELP = (
        "Address and token of the WFM's service user, and the ids of your business unit. The token is sealed, and shown"
        " nowhere; whoever changes the address gives it again. Works where pmtui's key file is."
    )

    def __init__(self, now: WfmServiceRecord | None) -> None:
        again = "; the stored one is not shown" if now is not None else ""
        unit, scenario, activity = (now.business_unit, now.scenario, now.activity) if now is not None else ("", "", "")
        super().__init__(
            "How the WFM is reached",
            (
                Field("url", "like https://acme.teleopticloud.com/api", now.url if now is not None else "", "Address"),
                Field("token", f"its personal access token{again}", secret=True),
                Field("business-unit", "the id of the WFM's business unit", unit, "Business unit"),
                Field("scenario", "the id of a scenario; nothing: the default one", scenario),
                Field("activity", "the id of what sessions are written as; nothing: Coaching", activity),
            ),
        )

    async def save(self, texts: Mapping[str, str]) -> bool:
        """Seal the token, and store all of it."""
        actor = self.app.actor

        def store(services: "Services") -> None:
            keys = load(KEYS)(services.config.keys)
            keys.vault()  # without its keys nothing can be stored: say so first
            services.integrations.set_wfm_service(
                actor,
                texts["url"],
                texts["token"],
                keys,
                texts["business-unit"].strip(),
                texts["scenario"].strip() or None,
                texts["activity"].strip() or None,
            )

        await self.app.background.call(store)
        return True
