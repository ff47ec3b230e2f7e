"""What whoever may change nothing sees: what the organisation allows, and what is missing."""

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from pmtui.backend.integrations.records import Access, IntegrationsPage
from pmtui.backend.integrations.words import NO_LOGIN_EXPERIENCE, NO_LOGIN_EXPERIENCE_NEXT
from pmtui.backend.people.words import listed, missing, who_can_give
from pmtui.widgets.provider_words import PROVIDERS


class ReadOnlyAccess(Widget, can_focus=False):
    """Sentences only."""

    page: reactive[IntegrationsPage | None] = reactive(None, layout=True)

    def render(self) -> RenderResult:
        """The sentences."""
        page = self.page
        if page is None:
            return ""
        if not page.new_login_experience:
            return Content(f"{NO_LOGIN_EXPERIENCE} {NO_LOGIN_EXPERIENCE_NEXT}")
        lines = [allowed(page.sent), "You can change nothing here."]
        if page.missing:
            lines.append(f"{missing(page.missing)} {who_can_give(page.who_can_give)}")
        return Content("\n\n".join(lines))


def allowed(access: Access) -> str:
    """What the organisation allows, in a sentence."""
    names = [words.calendar for words in PROVIDERS if access.allows(words.provider)]
    if not names:
        return "Your organisation allows coaches to connect no calendar."
    return f"Your organisation allows coaches to connect: {listed(names)}."
