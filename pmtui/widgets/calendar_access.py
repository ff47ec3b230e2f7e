"""Allow calendar access to coaches: the administrators' section."""

from dataclasses import dataclass, replace

from textual import getters, on
from textual.app import ComposeResult, RenderResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Button, Static

from pmtui.actions import Action, bindings
from pmtui.backend.integrations.records import Access
from pmtui.backend.integrations.words import APPROVAL_TITLE, SECTION_ACCESS, SEND_ACCESS, WHOLE_ORGANISATION
from pmtui.backend.states import External
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.section_title import SectionTitle

CHOICES = ((External.GOOGLE, "Google"), (External.OUTLOOK, "Outlook"), (External.NONE, "No external calendar"))


class WfmSwitch(Widget, can_focus=True):
    """On or off: `[x] on`."""

    HELP = "Whether coaches may connect their WFM calendar. Nothing happens until you send access."
    BINDINGS = bindings(
        Action("access.toggle", "space,enter", "other_way", "switch", "Switch the WFM calendar on or off.")
    )

    class Toggled(Message):
        """The switch was toggled."""

    on_ = reactive(False)

    def render(self) -> RenderResult:
        """The switch."""
        return Content("[x] on" if self.on_ else "[ ] off")

    def action_other_way(self) -> None:
        """The other position."""
        self.post_message(self.Toggled())

    def on_click(self) -> None:
        """A click toggles."""
        self.action_other_way()


class ExternalChoice(Widget, can_focus=True):
    """One of three: `( ) Google   (o) Outlook   ( ) No external calendar`."""

    HELP = "Which external calendar coaches may connect: one of three. Nothing happens until you send access."
    BINDINGS = bindings(
        Action("access.previous", "left,h", "step(-1)", "previous", "The choice to the left.", key_display="←"),
        Action("access.next", "right,l,space", "step(1)", "next", "The choice to the right.", key_display="→"),
    )
    _GAP = 3

    @dataclass
    class Chosen(Message):
        """Another calendar was chosen."""

        external: External

    chosen = reactive(External.NONE)

    def render(self) -> RenderResult:
        """The three choices on one line."""
        return Content((" " * self._GAP).join(self._pieces()))

    def _pieces(self) -> list[str]:
        return [f"({'o' if value is self.chosen else ' '}) {name}" for value, name in CHOICES]

    def action_step(self, by: int) -> None:
        """Choose a neighbour."""
        values = [value for value, _ in CHOICES]
        self.post_message(self.Chosen(values[(values.index(self.chosen) + by) % len(values)]))

    def on_click(self, event: object) -> None:
        """A click chooses what it hits."""
        at = getattr(event, "x", 0)
        for (value, _), piece in zip(CHOICES, self._pieces(), strict=True):
            if 0 <= at < len(piece):
                self.post_message(self.Chosen(value))
            at -= len(piece) + self._GAP


class CalendarAccess(Vertical):
    """What the organisation would allow, what sending it would do, and the button that sends it."""

    @dataclass
    class Drafted(Message):
        """The draft shall be this."""

        access: Access

    class SendAsked(Message):
        """Send Access was pressed."""

    access = reactive(Access(), init=False)
    """The draft as shown."""
    approval: reactive[str] = reactive("", init=False)
    """How the Outlook approval stands, in words; empty where nobody needs it."""
    consequences: reactive[tuple[str, ...]] = reactive((), init=False)
    """What sending would do, in words."""

    switch = getters.query_one(WfmSwitch)
    choice = getters.query_one(ExternalChoice)
    sentences = getters.query_one("#consequences", Static)

    def compose(self) -> ComposeResult:
        """Title, two choices, consequences and the button."""
        yield SectionTitle(SECTION_ACCESS, WHOLE_ORGANISATION)
        with Horizontal(classes="row"):
            yield Static("WFM Calendar", classes="name")
            yield WfmSwitch()
        with Horizontal(classes="row"):
            yield Static("External calendar", classes="name")
            yield ExternalChoice()
        with Horizontal(classes="row", id="approval-row"):
            yield Static(APPROVAL_TITLE, classes="name")
            yield Static(id="approval", markup=False)
        with Horizontal(classes="row", id="sending"):
            yield Static(id="consequences", markup=False)
            yield PlainButton(SEND_ACCESS, id="send")

    def watch_access(self, access: Access) -> None:
        """Show the draft."""
        self.switch.on_ = access.wfm
        self.choice.chosen = access.external

    def on_mount(self) -> None:
        """Nothing is said of an approval before something is known."""
        self.watch_approval(self.approval)

    def watch_approval(self, sentence: str) -> None:
        """Show how the approval stands."""
        self.query_one("#approval-row").display = bool(sentence)
        self.query_one("#approval", Static).update(sentence)

    def watch_consequences(self, sentences: tuple[str, ...]) -> None:
        """Show what sending would do."""
        self.sentences.update(" ".join(sentences))

    def toggle_wfm(self) -> None:
        """Switch WFM on or off in the draft."""
        self.post_message(self.Drafted(replace(self.access, wfm=not self.access.wfm)))

    def choose(self, external: External) -> None:
        """Choose the external calendar of the draft."""
        self.post_message(self.Drafted(replace(self.access, external=external)))

    @on(WfmSwitch.Toggled)
    def _toggled(self) -> None:
        self.toggle_wfm()

    @on(ExternalChoice.Chosen)
    def _chosen(self, message: ExternalChoice.Chosen) -> None:
        self.choose(message.external)

    @on(Button.Pressed, "#send")
    def _send(self, message: Button.Pressed) -> None:
        message.stop()
        self.post_message(self.SendAsked())
