"""A form for a rule of Auto Coaching: every field as one would type it for the command."""

from collections.abc import Mapping

from pmtui.backend.coaching import rules_typed
from pmtui.backend.coaching.records import RuleRecord
from pmtui.screens.dialogs.form import Field, FormDialog

_HINTS = {
    "name": "what it is called",
    "metric": "as it is imported: quality",
    "when": "below 80, at most 5, above 300, at least 3",
    "priority": "high, medium or low; nothing is medium",
    "title": "what its sessions are called",
    "description": "what it is about, if you like",
    "teams": "with ; between; no teams and no groups: every agent",
    "groups": "groups of teams, with ; between",
    "target": "85 in 30 days, if there is one",
    "minutes": "15, 30, 45 or 60; nothing: as the organisation has set",
    "look-ahead": "days to look ahead; nothing: as the organisation has set",
    "cooldown": "days an agent is left alone afterwards",
}


class RuleDialog(FormDialog[RuleRecord]):
    """A new rule, or `changed` anew. Dismisses with the rule as it was saved."""

    def __init__(self, changed: RuleRecord | None = None) -> None:
        self._changed = changed
        typed = rules_typed.typed(changed.rule) if changed is not None else {}
        super().__init__(
            f"Change {changed.rule.name}" if changed is not None else "New rule",
            tuple(
                Field(name, _HINTS[name], typed.get(name, ""), fixed=name == "name" and changed is not None)
                for name in rules_typed.FIELDS
            ),
        )

    async def save(self, texts: Mapping[str, str]) -> RuleRecord:
        """Save the rule, from the version it was opened in."""
        actor, version = self.app.actor, self._changed.version if self._changed is not None else 0
        draft = rules_typed.draft(dict(texts))
        return await self.app.background.call(lambda services: services.rules.save(actor, draft, version))
