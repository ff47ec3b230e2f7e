"""The sign-in behind its window: started, asked about, answered, confirmed. What is seen of it is one frozen view."""

from contextlib import AsyncExitStack
from dataclasses import replace

from textual.reactive import reactive

from pmtui.backend.errors import PmtuiError, Unavailable
from pmtui.backend.integrations.records import IntegrationsPage
from pmtui.backend.signin.records import PageSays
from pmtui.backend.states import AnswerWay, Topic
from pmtui.screens.dialogs.link import LinkDialog
from pmtui.screens.dialogs.sign_in_view import SignInView, Step, begun, failed, heard
from pmtui.widgets.provider_words import ProviderWords

ATTEMPT = "attempt"
ENDS = (Step.DONE, Step.OVER)


class SignInAttempt(LinkDialog[IntegrationsPage]):
    """One attempt after the other, each outdating the one before; `view` is what the newest says."""

    TOPICS = (Topic.INTEGRATIONS,)

    view: reactive[SignInView] = reactive(SignInView(), init=False)

    def __init__(self, words: ProviderWords) -> None:
        super().__init__()
        self.title = words.window
        self._provider = words.provider
        self._asking = self._ask_again = False

    def _begin(self, way: AnswerWay | None = None) -> None:
        self.view = begun(self.view, self._provider)
        self.app.background.start(self, self._attempt(self.view.number, way), group=ATTEMPT, exclusive=True)

    async def _attempt(self, number: int, way: AnswerWay | None) -> None:
        """Start it, and catch the browser for as long as the attempt waits. The listener ends with this call."""
        listen, provider = self.app.terminal.listen, self._provider
        async with AsyncExitStack() as stack:
            ways = await self.app.background.call(lambda services: services.signin.ways(provider))
            self.view = replace(self.view, ways=ways)
            listener = None
            if listen is not None and way is None and AnswerWay.LOOPBACK in ways:
                listener = await stack.enter_async_context(listen(provider))
            await self._start(number, listener.port if listener else None, way)
            if listener is not None and self.view.port is not None and self.view.step is not Step.OVER:
                self.take_answer(await listener.answer())

    async def _start(self, number: int, port: int | None, way: AnswerWay | None) -> None:
        actor, provider = self.app.actor, self._provider
        self.view = replace(self.view, port=port)
        try:
            record = await self.app.background.call(
                lambda services: services.signin.start(actor, provider, port, way=way)
            )
        except PmtuiError as error:
            self.view = failed(self.view, number, *self.app.background.words(error))
            return
        self.view = heard(self.view, number, record)

    def look(self) -> None:
        """Something changed: see whether it is this. What is being asked already may have been read before."""
        self._ask_again = self._asking
        if self.view.attempt_id is not None and self.view.step not in ENDS and not self._asking:
            self.app.background.start(self, self._ask(self.view.number, self.view.attempt_id), group="ask")

    async def _ask(self, number: int, attempt_id: int) -> None:
        actor = self.app.actor
        self._asking = True
        try:
            record = await self.app.background.call(lambda services: services.signin.attempt(actor, attempt_id))
        except Unavailable:
            raise  # it is asked again soon
        except PmtuiError as error:  # shut out meanwhile, say: asking again would tell it twice a second
            self.view = failed(self.view, number, *self.app.background.words(error))
            return
        finally:
            self._asking = False
        self.view = heard(self.view, number, record)
        if self._ask_again:
            self.look()

    def take_answer(self, address: str) -> None:
        """Hand in the address the provider's page ended at, as far as one is awaited."""
        attempt_id = self.view.attempt_id
        if attempt_id is not None and self.view.step is Step.WAITING:
            self.app.background.start(self, self._answering(self.view.number, attempt_id, address), group="answer")

    async def _answering(self, number: int, attempt_id: int, address: str) -> None:
        actor = self.app.actor
        try:
            await self.app.background.call(lambda services: services.signin.answer(actor, attempt_id, address))
        except PmtuiError as error:
            if number == self.view.number:
                self.view = replace(self.view, problem=" ".join(self.app.background.words(error)))
            return
        await self._ask(number, attempt_id)

    async def _saying(self, number: int, attempt_id: int, said: PageSays) -> None:
        actor = self.app.actor
        record = await self.app.background.call(lambda services: services.signin.page_says(actor, attempt_id, said))
        self.view = heard(self.view, number, record)

    async def _confirming(self, number: int, attempt_id: int) -> None:
        actor = self.app.actor
        try:
            page = await self.app.background.call(lambda services: services.integrations.confirm(actor, attempt_id))
        except PmtuiError as error:
            await self._ask(number, attempt_id)  # somebody else may have finished it
            self.view = failed(self.view, number, *self.app.background.words(error))
            return
        self._leave(page)

    async def _finish(self) -> None:
        """It is connected, by whomever: show the page."""
        actor = self.app.actor
        self._leave(await self.app.background.call(lambda services: services.integrations.page(actor)))

    def _leave(self, page: IntegrationsPage) -> None:
        if self.is_current:  # the confirmation and the watching may both arrive here
            self.dismiss(page)
