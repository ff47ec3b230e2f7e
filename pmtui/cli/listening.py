"""The loopback listener beside a command that asks and waits: in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pmtui.backend.errors import Unavailable
from pmtui.backend.signin.loopback import Listener
from pmtui.backend.states import Provider


class Caught:
    """What the listener caught: `address` is a secret, None until the browser has come."""

    def __init__(self, provider: Provider, port: int) -> None:
        self.port = port
        self.address: str | None = None
        self._provider = provider
        self._ready = threading.Event()
        self._refused: Unavailable | None = None
        self._event_loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="pmtui listener", daemon=True)

    def open(self) -> None:
        """Listen from here on. Raises Unavailable `port_taken`."""
        self._thread.start()
        self._ready.wait()
        if self._refused is not None:
            raise self._refused

    def close(self) -> None:
        """Listen no longer."""
        if self._thread.is_alive():
            self._event_loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        self._event_loop.close()

    def take(self) -> str | None:
        """The address, once."""
        address, self.address = self.address, None
        return address

    def _run(self) -> None:
        try:
            self._event_loop.run_until_complete(self._catch())
        except Unavailable as error:
            self._refused = error
        finally:
            self._ready.set()

    async def _catch(self) -> None:
        async with Listener(self.port, self._provider) as listener:
            self.port = listener.port
            self._ready.set()
            answering, stopping = asyncio.ensure_future(listener.answer()), asyncio.ensure_future(self._stop.wait())
            await asyncio.wait({answering, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if answering.done():
                self.address = answering.result()
                await self._stop.wait()  # a page loaded twice is answered twice
            answering.cancel()


@contextmanager
def listening(provider: Provider, port: int) -> Iterator[Caught]:
    """Catch the browser for as long as the block lasts; port 0 takes a free one. Raises Unavailable `port_taken`."""
    caught = Caught(provider, port)
    try:
        caught.open()
        yield caught
    finally:
        caught.close()
