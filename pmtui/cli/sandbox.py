"""`pmtui sandbox`: the stand-ins in the foreground, and what is written in their calendars."""

import contextlib
import ssl
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer

from pmtui.backend.config import data_folder
from pmtui.backend.errors import BadInput, NotFound, Unavailable, Whose
from pmtui.cli import output
from pmtui.sandbox.certificate import Certificate, certificate
from pmtui.sandbox.server import serve_forever
from pmtui.sandbox.times import parse, system_now, zone
from pmtui.sandbox.world import World

PORT = 8765

app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def sandbox(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = PORT,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    callback_url: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="Where a hosted callback is reached: its /callback/outlook and /callback/google may get answers. "
            "May be given several times.",
        ),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Answer by https, with a certificate it makes itself.")] = False,
    tls_folder: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where certificate.pem and key.pem lie; else in pmtui's data folder.",
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Stand-ins of Outlook, Google Calendar with their sign-in, and the WFM, with sample people; ends with Ctrl+C."""
    if context.invoked_subcommand is not None:
        return
    with output.errors(), contextlib.suppress(KeyboardInterrupt):
        made = _certificate(tls_folder, host) if tls or tls_folder else None
        world = _world(callback_url or [])
        try:
            serve_forever(world, host, port, lambda base_url: _say_hello(base_url, made), made)
        except OSError as error:
            raise Unavailable(
                "port_taken",
                f"The sandbox can't listen on {host}, port {port}: {error.strerror}.",
                "Choose another with --port.",
                whose=Whose.OPERATOR,
            ) from None


@app.command()
def show(
    url: Annotated[str, typer.Option(help="Where the sandbox answers.")] = f"http://127.0.0.1:{PORT}",
    person: Annotated[str | None, typer.Option(metavar="EMAIL", help="One person's calendars, whole.")] = None,
    days: Annotated[int, typer.Option(help="How many days of a person's calendars, from today.", min=1)] = 14,
    certificate_file: Annotated[
        Path | None,
        typer.Option(
            "--certificate", metavar="FILE", help="What to trust of a sandbox with --tls; else what it made itself."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The sandbox's own answer.")] = False,
) -> None:
    """Print what was written to the sandbox's calendars; with --person, all that is in that person's."""
    with output.errors():
        state = _state(url, person, certificate_file or _tls_folder() / "certificate.pem")
        output.data(state, as_json, lambda value: _person_text(value, days) if person else _written_text(value))


def _world(callback_urls: list[str]) -> World:
    try:
        return World(callback_urls=tuple(callback_urls))
    except ValueError as error:
        raise BadInput(
            "bad_callback_url",
            f"A hosted callback can't be there: {error}.",
            "Give its whole https address.",
            where="--callback-url",
        ) from None


def _tls_folder() -> Path:
    return data_folder() / "sandbox"


def _certificate(folder: Path | None, host: str) -> Certificate:
    try:
        return certificate(folder or _tls_folder(), host, system_now())
    except OSError as error:
        raise BadInput(
            "tls_folder",
            f"The certificate can't be put into {folder or _tls_folder()}: {error.strerror}.",
            "Choose another folder with --tls-folder.",
            where="--tls-folder",
        ) from None


def _say_hello(base_url: str, made: Certificate | None) -> None:
    print(f"The sandbox answers at {base_url}/ - the settings for pmtui are on that page.", flush=True)
    print(f"What is written to its calendars: pmtui sandbox show --url {base_url}", flush=True)
    if made is not None:
        print(f"Clients trust it with SSL_CERT_FILE or REQUESTS_CA_BUNDLE set to {made.file}", flush=True)


def _state(url: str, person: str | None, trusted: Path) -> Any:
    wanted = {"person": person} if person else {"written": "1"}
    try:
        verify = ssl.create_default_context(cafile=trusted) if url.startswith("https:") and trusted.exists() else True
        answer = httpx2.get(f"{url.rstrip('/')}/__state", params=wanted, timeout=10, verify=verify)
        if answer.status_code == 404 and person:
            raise NotFound(
                "no_person", f"The sandbox knows nobody with the address {person}.", f"Who there is: {url}/__people"
            )
        answer.raise_for_status()
        return answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, ValueError):
        raise Unavailable(
            "no_sandbox", f"No sandbox answers at {url}.", "Start one with: pmtui sandbox", whose=Whose.OPERATOR
        ) from None


def _written_text(state: Any) -> str:
    """Only what an app wrote, everybody's."""
    parts: list[str] = []
    for account in state["accounts"].values():
        if account["events"]:
            parts += ["", _title("Outlook", account), *_by_day([_event(one, account) for one in account["events"]])]
    for account in state["google"].values():
        if account["events"]:
            parts += ["", _title("Google", account), *_by_day([_google(one, account) for one in account["events"]])]
    for scheduled in state["wfm"].values():
        if scheduled["meetings"]:
            rows = [_meeting(one, scheduled) for one in scheduled["meetings"]]
            parts += ["", _title("WFM", scheduled), *_by_day(rows)]
    nothing = "Nothing was written to these calendars. One person's, whole: pmtui sandbox show --person EMAIL"
    return "\n".join(parts[1:]) if parts else nothing


def _person_text(state: Any, days: int) -> str:
    """One person's calendars, from today on; what an app wrote carries a star."""
    now = parse(state["now"], UTC)
    parts: list[str] = []
    for account in state["accounts"].values():
        rows = [_event(one, account) for one in account["events"]]
        parts += ["", _title("Outlook", account), *_by_day(_from_today(rows, now, account["timezone"], days))]
    for account in state["google"].values():
        rows = [_google(one, account) for one in account["events"]]
        parts += ["", _title("Google", account), *_by_day(_from_today(rows, now, account["timezone"], days))]
    for scheduled in state["wfm"].values():
        layers = [layer for shift in scheduled["shifts"].values() for layer in shift]
        titles = {one["ExternalMeetingId"]: one["Title"] for one in scheduled["meetings"]}
        rows = [_layer(one, titles, scheduled) for one in layers]
        parts += ["", _title("WFM", scheduled), *_by_day(_from_today(rows, now, scheduled["timezone"], days))]
    return "\n".join(parts[1:]) or "This person has no calendar here."


_Row = tuple[date, str]  # the local day, the line under it


def _event(event: Any, account: Any) -> _Row:
    marks = [event["showAs"]] + ["private"] * (event["sensitivity"] == "private") + ["cancelled"] * event["isCancelled"]
    times = "all day" if event["isAllDay"] else None
    return _row(
        event["start"], event["end"], account["timezone"], event["subject"], marks, event["written_by_app"], times
    )


def _google(event: Any, account: Any) -> _Row:
    busy = "free" if event["transparency"] == "transparent" else "busy"
    kind = [event["eventType"]] * (event["eventType"] != "default")
    deleted = ["deleted"] * (event["status"] == "cancelled")
    marks = [busy, *kind, *(["private"] * (event["visibility"] == "private")), *deleted]
    times = "all day" if event["isAllDay"] else None
    return _row(
        event["start"], event["end"], account["timezone"], event["summary"], marks, event["written_by_app"], times
    )


def _meeting(meeting: Any, scheduled: Any) -> _Row:
    return _row(meeting["start"], meeting["end"], scheduled["timezone"], meeting["Title"], [meeting["activity"]], True)


def _layer(layer: Any, titles: dict[str, str], scheduled: Any) -> _Row:
    meeting = layer["ExternalMeetingId"]
    marks = ["absent"] * (layer["AbsenceId"] is not None) + [layer["Name"]] * (meeting is not None)
    name = titles.get(meeting, layer["Name"])
    period = layer["Period"]
    return _row(period["StartTime"], period["EndTime"], scheduled["timezone"], name, marks, meeting is not None)


def _row(
    start: str, end: str, zone_name: str, text: str, marks: list[str], written: bool, times: str | None = None
) -> _Row:
    starts, ends = (parse(moment).astimezone(zone(zone_name)) for moment in (start, end))
    when = times or f"{starts:%H:%M}-{ends:%H:%M}"
    tail = ", ".join([*marks, *(["written by pmtui"] if written else [])])
    return starts.date(), f"  {'*' if written else ' '} {when:<11}  {text:<40}  {tail}".rstrip()


def _by_day(rows: list[_Row]) -> list[str]:
    lines: list[str] = []
    for on in sorted({day for day, _ in rows}):
        lines += [f"{on:%a %d %b %Y}", *(line for day, line in rows if day == on)]
    return lines or ["  nothing"]


def _from_today(rows: list[_Row], now: datetime, zone_name: str, days: int) -> list[_Row]:
    today = now.astimezone(zone(zone_name)).date()
    return [row for row in rows if today <= row[0] < today + timedelta(days=days)]


def _title(calendar: str, owner: Any) -> str:
    return f"{calendar} calendar of {owner['name']} (times in {owner['timezone']})"
