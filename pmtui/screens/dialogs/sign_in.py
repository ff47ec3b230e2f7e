"""Connecting a calendar: one frozen view state, one watcher that draws it."""

from dataclasses import replace
from datetime import timedelta

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Paste
from textual.widgets import Button, Input, Static

from pmtui.actions import Action, bindings
from pmtui.backend.integrations.words import PROPOSED_JUSTIFICATION
from pmtui.backend.signin.loopback import HOSTS
from pmtui.backend.signin.records import PageSays
from pmtui.backend.signin.words import PAGE_STAYS, page_may_say
from pmtui.backend.states import AnswerWay
from pmtui.screens.dialogs.link import LinkLine, QrScreen
from pmtui.screens.dialogs.sign_in_attempt import ATTEMPT, ENDS, SignInAttempt
from pmtui.screens.dialogs.sign_in_view import (
    SignInView,
    Step,
    how_it_ends,
    paste_words,
    pastes,
    spaced,
    time_left,
    whose,
)
from pmtui.screens.dialogs.trouble import TroubleDialog
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.words_box import WordsBox

TICK_SECONDS = 0.5
_OTHERS_TURN = (Step.STARTING, Step.CHECKING)
SLOW = timedelta(seconds=10)
SLOW_WORDS = "This takes longer than usual. If it stays so, pmtui's worker may not be running: tell your administrator."
NEVER_COMES_BACK = (
    "Some refusals stay on the provider's page and never come back here: then close this window and show the page"
    ' to your administrator. If the page only can\'t be reached ("localhost" or "127.0.0.1 refused to connect"), the'
    " sign-in worked: copy the whole address from the browser's address bar and paste it below."
)


class SignInDialog(SignInAttempt):
    """Starts a sign-in, shows how it goes, takes the answer (from the listener or pasted, whichever comes first) and
    has the account confirmed. Dismisses with the page once connected, else with None.
    """

    CSS_PATH = "sign_in.tcss"
    AUTO_FOCUS = ""
    HELP = NEVER_COMES_BACK
    BINDINGS = bindings(
        Action("sign_in.browser", "b", "browser", "browser", "Open the link in this machine's browser."),
        Action("sign_in.paste", "p", "paste", "paste", "Go to the box for the address the browser ended at."),
        Action("sign_in.code", "d", "device", "type a code", "Sign in by typing a code on another device."),
        Action("sign_in.trouble", "e", "trouble", "page error", "What to do if the page shows an error.", footer=False),
    )

    message = getters.query_one("#message", Static)

    def compose_body(self) -> ComposeResult:
        """Everything any step needs; the watcher shows what this one does."""
        with Horizontal(id="now"):
            yield Static(id="message", markup=False)
            yield Static(id="time-left", markup=False)
        yield Static(id="account", markup=False)
        yield Static(id="next-step", markup=False)
        yield LinkLine(id="link")
        yield Static(id="code", markup=False)
        yield Static(id="ends", markup=False)
        yield Static(id="note", markup=False)
        with Vertical(id="back"):
            yield Static(id="paste-label", markup=False)
            yield WordsBox(f"http://{HOSTS.get(self._provider, 'localhost')}...", id="paste", secret=True)
            yield Static(id="problem", markup=False)
            yield Static(id="forward", markup=False)
        with Horizontal(classes="buttons"):
            yield PlainButton("Show link alone", id="alone")
            yield PlainButton("The page shows an error", id="error")
            yield PlainButton("Connect this calendar", id="confirm")
            yield PlainButton("Try again", id="again")
            yield PlainButton("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Begin, and keep looking."""
        self._since = self.app.clock.now()
        self._begin()
        self.set_interval(TICK_SECONDS, self.look)

    # Drawing

    def watch_view(self, before: SignInView, view: SignInView) -> None:
        """Draw the view, whole."""
        waiting = view.step is Step.WAITING
        confirming = view.step is Step.CONFIRMING
        self.message.update(view.message)
        self._draw_time()
        self._put("#account", whose(view) if confirming else "")
        self.query_one(LinkLine).show(view.link)
        self._put("#code", spaced(view.user_code) if view.user_code else "")
        self._put("#ends", how_it_ends(view))
        self._put("#note", view.note)
        forward = self.app.terminal.forward(view.port) if view.port is not None else None
        label, otherwise = paste_words(view, forward)
        self._put("#paste-label", label)
        self._put("#forward", otherwise)
        self._put("#problem", f"! {view.problem}" if view.problem else "")
        self.query_one("#back").display = pastes(view)
        self.query_one("#alone").display = self.query_one("#error").display = waiting
        self.query_one("#confirm").display = confirming
        self.query_one("#again").display = view.step is Step.OVER
        if view.step is not before.step or view.number != before.number:
            self._arrive(view)
        self.refresh_bindings()

    def look(self) -> None:
        """Something changed, or time passed."""
        self._draw_time()
        super().look()

    def _draw_time(self) -> None:
        now = self.app.clock.now()
        self.query_one("#time-left", Static).update(time_left(self.view, now))
        slow = self.view.step in _OTHERS_TURN and now - self._since >= SLOW
        self._put("#next-step", self.view.next_step or (SLOW_WORDS if slow else ""))

    def _put(self, where: str, text: str) -> None:
        widget = self.query_one(where, Static)
        widget.display = bool(text)
        widget.update(text)

    def _arrive(self, view: SignInView) -> None:
        """What a new step brings: the focus, the browser, the end."""
        self._since = self.app.clock.now()
        if view.step is not Step.WAITING and isinstance(self.app.screen, QrScreen | TroubleDialog):
            self.app.screen.dismiss(None)  # what was shown of the page is out of date
        if view.step is Step.DONE:
            self.app.background.start(self, self._finish(), group="finish", exclusive=True)
            return
        doubtful = view.other_address or view.account_before is not None
        focus = {Step.WAITING: "#alone", Step.CONFIRMING: "#cancel" if doubtful else "#confirm"}
        self.set_focus(self.query_one(focus.get(view.step, "#again" if view.step is Step.OVER else "#cancel")))
        if view.step is Step.WAITING:
            self.action_browser()
        if view.step in (Step.CONFIRMING, Step.OVER):
            self.workers.cancel_group(self, ATTEMPT)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys exist while they do something."""
        waiting = self.view.step is Step.WAITING
        if action == "browser":
            return self.view.link is not None and self.app.terminal.open_browser is not None
        if action == "paste":
            return pastes(self.view)
        if action == "device":
            return waiting and AnswerWay.DEVICE in self.view.ways and self.view.way is not AnswerWay.DEVICE
        if action in ("trouble", "extra"):
            return waiting
        return super().check_action(action, parameters)

    def given(self) -> str | None:
        """The link, or the page a code is typed at."""
        return self.view.link

    # What the person does

    @on(Button.Pressed, "#alone")
    def _alone(self) -> None:
        self.action_show_link()

    def action_browser(self) -> None:
        """Open the link here, where there is a browser and no SSH."""
        link, browser = self.view.link, self.app.terminal.open_browser
        if link is not None and browser is not None:
            self.app.background.start(self, self._browse(link), group="browser")

    async def _browse(self, link: str) -> None:
        browser = self.app.terminal.open_browser
        if browser is not None and not await self.app.background.aside(lambda: browser(link)):
            self.app.told("No browser could be opened here: use the link.", warning=True)

    def action_paste(self) -> None:
        """Go to the paste box."""
        self.query_one("#paste").focus()

    def action_device(self) -> None:
        """Begin anew, with a code to be typed."""
        self._begin(AnswerWay.DEVICE)

    @on(Button.Pressed, "#error")
    def action_trouble(self) -> None:
        """Ask what the page says."""
        self.app.push_screen(TroubleDialog(page_may_say(self._provider, self.view.way)), self._page_says)

    def _page_says(self, said: PageSays | None) -> None:
        attempt_id = self.view.attempt_id
        if said is None or attempt_id is None or self.view.step is not Step.WAITING:
            return
        if said in PAGE_STAYS:
            justification = f"\n\n{PROPOSED_JUSTIFICATION}" if said is PageSays.APPROVAL_REQUIRED else ""
            self.view = replace(self.view, note=f"{PAGE_STAYS[said]}{justification}")
            self.query_one("#paste" if said is PageSays.UNREACHABLE else "#alone").focus()
            return
        self.app.background.start(self, self._saying(self.view.number, attempt_id, said), group="answer")

    def on_paste(self, event: Paste) -> None:
        """What is pasted anywhere in the window goes into the box."""
        if pastes(self.view):
            box = self.query_one("#paste", Input)
            box.value = event.text.strip()
            box.focus()

    @on(Input.Submitted, "#paste")
    def _pasted(self, message: Input.Submitted) -> None:
        message.input.clear()
        self.take_answer(message.value)

    @on(Button.Pressed, "#confirm")
    def _confirm(self) -> None:
        if self.view.attempt_id is not None:
            self.app.background.start(self, self._confirming(self.view.number, self.view.attempt_id), group="confirm")

    @on(Button.Pressed, "#again")
    def _again(self) -> None:
        self._begin()

    @on(Button.Pressed, "#cancel")
    def action_close(self) -> None:
        """Give up: the attempt ends with the window."""
        attempt_id, actor = self.view.attempt_id, self.app.actor
        if attempt_id is not None and self.view.step not in ENDS:
            cancelling = self.app.background.call(lambda services: services.signin.cancel(actor, attempt_id))
            self.app.background.start(self.app, cancelling, group="cancel")
        self.dismiss(None)
