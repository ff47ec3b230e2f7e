"""`pmtui worker`: the process that speaks to the calendars, until it is asked to stop."""

import asyncio
import contextlib
import os
import signal
import sys

import typer

from pmtui.backend.signin.vault import Vault
from pmtui.cli import output
from pmtui.worker.run import Worker

FINISHING = "Finishing what is under way; once more ends at once."
"""What the first signal is answered with."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def worker() -> None:
    """Signs in, reads and writes calendars for every organisation; ends with Ctrl+C or SIGTERM, finishing its work.

    A second one ends it at once: what it had under way is taken up again when its lease runs out.
    """
    with output.errors():
        services = output.services()
        Vault.load(services.config.keys)  # without its keys a worker can do nothing: say so now
        try:
            asyncio.run(_run(Worker(services)))
        finally:
            services.database.close()


async def _run(running: Worker) -> None:
    stop = asyncio.Event()
    event_loop = asyncio.get_running_loop()

    def asked(number: int) -> None:
        if not stop.is_set():
            stop.set()
            with contextlib.suppress(OSError):  # nobody reads it any more where the terminal has gone
                print(FINISHING, file=sys.stderr, flush=True)
        elif number != signal.SIGHUP:  # a terminal that closes may say so twice, and nobody is in a hurry
            os._exit(128 + number)  # as a shell counts it; leases and the database stand any end

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        event_loop.add_signal_handler(number, asked, number)
    print("The worker runs.", flush=True)
    await running.run(stop)
    print("The worker has stopped.", flush=True)
