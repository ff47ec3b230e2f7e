"""`pmtui integrations`: calendar access, Send Access, connect and disconnect."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from pmtui.backend.errors import BadInput, Unavailable, Whose
from pmtui.backend.integrations import words
from pmtui.backend.integrations.records import Access, ApprovalPanel, ConnectionRecord, IntegrationsPage
from pmtui.backend.people import words as people_words
from pmtui.backend.states import AnswerWay, ApprovalState, ConnectionState, External, Provider
from pmtui.cli import asking, commands, connecting, output
from pmtui.cli.output import Json
from pmtui.loading import load

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]

_STATES = {
    ConnectionState.READY: "connected",
    ConnectionState.DEGRADED: "calendar unreadable",
    ConnectionState.NEEDS_RECONNECTING: "needs reconnecting",
}

_NOT_WORKING = f"It does not work (yet): {words.WFM_REFUSED}."


@app.callback()
def integrations() -> None:
    """Calendar access, Send Access, connect and disconnect."""


@app.command()
def show(as_json: Json = False) -> None:
    """What the organisation allows, and the calendar of the person named by --as."""
    with output.errors():
        services = output.services()
        page = services.integrations.page(output.actor(services))
        output.data(page, as_json, lambda shown: _text(shown, services.clock.now()))


@app.command("set")
def set_access(
    wfm: Annotated[bool | None, typer.Option("--wfm/--no-wfm", help="The WFM calendar on or off.")] = None,
    external: Annotated[External | None, typer.Option(help="The external calendar, one of three.")] = None,
    as_json: Json = False,
) -> None:
    """Prepare calendar access (the draft); nobody notices before send-access."""
    with output.errors():
        if wfm is None and external is None:
            raise BadInput("nothing_to_set", "There is nothing to set.", "Use --wfm, --no-wfm or --external.")
        services = output.services()
        actor = output.actor(services)
        page = services.integrations.page(actor)
        draft = Access(page.draft.wfm if wfm is None else wfm, external or page.draft.external)
        output.data(services.integrations.set_draft(actor, draft, page.version), as_json, _draft)


@app.command("send-access")
def send_access(
    yes: Yes = False,
    expect: Annotated[
        int | None,
        typer.Option(metavar="N", help="With --yes: how many connections end; refused if it is another number."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Put the draft in force in the whole organisation. What it disconnects is disconnected at once."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)
        page = services.integrations.page(actor)
        if page.administers:
            _require_sure(page, yes=yes, expect=expect)
        sent = services.integrations.send_access(actor, page.version, page.consequences)
        happened = words.sending_in_words(page)
        output.data(sent, as_json, lambda done: "\n  ".join((f"Sent: {words.access_in_words(done.sent)}.", *happened)))


@app.command()
def connect(
    provider: Annotated[Provider, typer.Argument(metavar="wfm|google|outlook", help="The calendar.")],
    yes: Annotated[bool, typer.Option("--yes", help="Confirm the account without asking.")] = False,
    way: Annotated[
        AnswerWay | None, typer.Option(help="How the sign-in comes back, instead of what suits this terminal.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="The port to listen on with loopback, one you forward, say.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Connect the calendar of the person named by --as."""
    with output.errors():
        services = output.services()
        page = connecting.connect(services, output.actor(services), provider, yes=yes, way=way, port=port)
        output.data(page, as_json, lambda done: "\n".join(_connection(done, services.clock.now())))


@app.command()
def disconnect(
    person: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Somebody else (administrators); else the person named by --as.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """End a person's calendar connection at once."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)
        if not yes:
            print(words.DISCONNECT_WARNING, file=sys.stderr)
        if not asking.sure(f"Disconnect the calendar{f' of {person}' if person else ''}?", yes=yes):
            raise typer.Abort
        if person is None:
            page = services.integrations.disconnect(actor)
        else:
            page = services.integrations.end_person(actor, person)
        output.data(page, as_json, lambda _: "Disconnected.")


@app.command()
def approval(
    requested: Annotated[
        bool, typer.Option("--requested", help="Note that the approval was requested at Microsoft.")
    ] = False,
    denied: Annotated[bool, typer.Option("--denied", help="Note that it was denied.")] = False,
    blocked: Annotated[bool, typer.Option("--blocked", help="Note that the app was blocked.")] = False,
    justification: Annotated[
        str | None, typer.Option(metavar="TEXT", help="With --requested: what the administrator was told.")
    ] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Print nothing but the link for the whole organisation.")
    ] = False,
    as_json: Json = False,
) -> None:
    """The approval of Outlook by the organisation's Microsoft administrator."""
    with output.errors():
        noted = _noted(requested=requested, denied=denied, blocked=blocked)
        if justification is not None and noted is not ApprovalState.REQUESTED:
            raise BadInput("needless", "--justification belongs to a request.", "Use it with --requested.")
        if link and as_json:
            raise BadInput("needless", "--link and --json are two forms of output.", "Use one of them.")
        services = output.services()
        actor = output.actor(services)
        if noted is None:
            panel = services.approvals.panel(actor)
        else:
            panel = services.approvals.note(actor, noted, justification)
        if link and panel.link is None:
            raise Unavailable("no_link", words.NO_LINK, words.NO_LINK_NEXT, whose=Whose.OPERATOR)
        output.data(panel, as_json, lambda shown: (shown.link or "") if link else _approval(shown))


@app.command("wfm-service")
def wfm_service(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="The WFM's address, like https://acme.teleopticloud.com/api")
    ],
    business_unit: Annotated[str, typer.Option(metavar="ID", help="The WFM's business unit.")] = "",
    scenario: Annotated[
        str | None, typer.Option(metavar="ID", help="The WFM's scenario; its default otherwise.")
    ] = None,
    activity: Annotated[
        str | None, typer.Option(metavar="ID", help="The activity that sessions are written as.")
    ] = None,
) -> None:
    """Store how the WFM is reached; its token is read from standard input. Runs where the key is."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)
        keys = load(commands.KEYS)(services.config.keys)
        keys.vault()  # without its keys nothing can be stored: say so before asking
        token = asking.secret("The WFM's personal access token (it stays unseen)")
        services.integrations.set_wfm_service(actor, url, token, keys, business_unit, scenario, activity)
        if not services.config.embedded_worker:
            print(f"{words.WFM_STORED} `pmtui integrations show` says whether it works.")
            return
        with connecting.worker(services):
            works = connecting.wait_until(lambda: services.integrations.page(actor).wfm_ready)
        print("Stored, and it works." if works else f"Stored. {_NOT_WORKING}")


def _require_sure(page: IntegrationsPage, *, yes: bool, expect: int | None) -> None:
    """Destructive ones ask, or need the number; a number that changed stops it."""
    total = page.consequences.total
    found = f"{total:,} {'connection' if total == 1 else 'connections'} would end"
    if page.consequences.destructive and asking.interactive() and not yes:
        print(_draft(page), file=sys.stderr)
    if not asking.expected(total, found, "Send Access in the whole organisation?", yes=yes, expect=expect):
        raise typer.Abort


def _noted(**flags: bool) -> ApprovalState | None:
    """The one state that is to be noted, if any."""
    named = [ApprovalState(name) for name, given in flags.items() if given]
    if len(named) > 1:
        raise BadInput("contradiction", "An approval is in one state only.", "Give one of the options.")
    return named[0] if named else None


def _approval(panel: ApprovalPanel) -> str:
    lines = [
        f"{words.APPROVAL_TITLE}: {words.approval_state(panel.approval, panel.timezone)}",
        f"The app as the Microsoft administrator sees it: {panel.approval.app}",
        f"Justification: {panel.justification or panel.proposed}",
    ]
    if panel.link is None:
        return "\n".join((*lines, f"{words.NO_LINK} {words.NO_LINK_NEXT}"))
    return "\n".join((*lines, words.CONSENT_LINK, "", panel.link))


def _draft(page: IntegrationsPage) -> str:
    lines = [f"If you send this ({words.access_in_words(page.draft)}):"]
    lines += [f"  {sentence}" for sentence in words.sending_in_words(page)]
    if page.draft.wfm and not page.wfm_ready:
        lines.append(f"  {words.WFM_NOT_READY}")
    return "\n".join(lines)


def _text(page: IntegrationsPage, now: datetime) -> str:
    if not page.new_login_experience:
        return f"{words.NO_LOGIN_EXPERIENCE} {words.NO_LOGIN_EXPERIENCE_NEXT}"
    lines = [f"{words.SECTION_ACCESS}, {words.WHOLE_ORGANISATION}", f"  {words.access_in_words(page.sent)}"]
    if not page.sent_at:
        lines.append("  Never sent.")
    if External.OUTLOOK in (page.sent.external, page.draft.external):
        lines.append(f"  {words.APPROVAL_TITLE}: {words.approval_state(page.approval, page.timezone)}")
    if page.administers:
        lines.append(f"  WFM token: {'works' if page.wfm_ready else 'none that works'}")
        lines += [f"  {line}" for line in _draft(page).splitlines()] if page.draft != page.sent else []
    if page.coaches:
        lines += [words.SECTION_CONNECT, *(f"  {line}" for line in _connection(page, now))]
    if page.missing:
        lines.append(f"{people_words.missing(page.missing)} {people_words.who_can_give(page.who_can_give)}")
    return "\n".join(lines)


def _connection(page: IntegrationsPage, now: datetime) -> list[str]:
    lines = []
    if page.connection is not None:
        lines.append(_state(page.connection))
    elif page.ended is not None:
        lines.append(words.ended_in_words(page.ended, page.timezone))
    else:
        lines.append("No calendar is connected.")
    if page.banner is not None:
        lines.append(words.banner_in_words(page.banner, page.timezone, now))
    if page.connection is None and page.sent.external is External.OUTLOOK:
        lines += [first] if (first := words.approval_first(page.approval, page.timezone)) else []
    if page.connection is None and page.sent.external is External.GOOGLE and not page.google_ready:
        lines.append(words.GOOGLE_NOT_READY)
    return lines


def _state(connection: ConnectionRecord) -> str:
    return f"{words.connected_button(connection.provider)}: {connection.account}, {_STATES[connection.state]}"
