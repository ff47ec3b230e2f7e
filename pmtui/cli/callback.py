"""`pmtui callback`: the page that providers send browsers back to, until it is asked to stop."""

import asyncio
from typing import Annotated

import typer

from pmtui.backend.errors import BadInput
from pmtui.backend.signin.endpoints import redirect_uri
from pmtui.backend.states import AnswerWay, Provider
from pmtui.callback import run
from pmtui.cli import output

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def callback(
    host: Annotated[str | None, typer.Option(help="Where to listen, instead of callback_host.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="The port, instead of callback_port.")] = None,
) -> None:
    """Take the answers of Google's and Microsoft's sign-in pages, behind the organisation's https. Needs no key.

    Ends with Ctrl+C or SIGTERM, finishing what is under way.
    """
    with output.errors():
        config = output.config()
        if not config.callback_url:
            raise BadInput(
                "no_callback_url",
                "callback_url is not set.",
                "Set it to the public https address that leads here (docs/sign-in.md).",
                where="callback_url",
            )
        addresses = [redirect_uri(config, AnswerWay.HOSTED, None, one) for one in (Provider.GOOGLE, Provider.OUTLOOK)]
        services = output.services()

        def ready(listening: str) -> None:
            print(f"The callback page runs: {listening}, for {' and '.join(addresses)}", flush=True)

        try:
            asyncio.run(
                run(services, host or config.callback_host, config.callback_port if port is None else port, ready)
            )
        finally:
            services.database.close()
        print("The callback page has stopped.", flush=True)
