"""`pmtui worker`: the process that speaks to the calendars, until it is asked to stop."""

import asyncio
import signal

import typer

from pmtui.backend.signin.vault import Vault
from pmtui.cli import output
from pmtui.worker.run import Worker

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def worker() -> None:
    """Signs in, reads and writes calendars for every organisation; ends with Ctrl+C or SIGTERM, finishing its work."""
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
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        event_loop.add_signal_handler(number, stop.set)
    print("The worker runs.", flush=True)
    await running.run(stop)
    print("The worker has stopped.", flush=True)
