"""What Google and Microsoft say to this installation, as far as they say it without a person signing in."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pmtui.backend.calendars.reaching import Reached, Reaching
from pmtui.backend.config import Config, read_secret
from pmtui.backend.doctor.installation import SKEW
from pmtui.backend.doctor.records import Finding, ok, problem, warning
from pmtui.backend.errors import PmtuiError
from pmtui.backend.signin import refusals
from pmtui.backend.signin.endpoints import endpoints, google_endpoints, redirect_uri
from pmtui.backend.signin.loopback import HOSTS
from pmtui.backend.states import AnswerWay, Provider

_NO_CODE = "pmtui-doctor"  # nobody ever got this code: the answer says only what is thought of id and secret
_SOON = timedelta(days=21)
_NO_TENANT = frozenset({"90002", "900023"})


@dataclass(frozen=True, slots=True)
class _Side:
    """One provider's addresses by name, and what to show it."""

    provider: Provider
    name: str
    setting: str
    client_id: str
    token: str
    others: dict[str, str]


async def examine(config: Config, reaching: Reaching, now: datetime) -> list[Finding]:
    """Both providers and the callback page, at once."""
    found = await asyncio.gather(
        _provider(config, reaching, Provider.GOOGLE, now),
        _provider(config, reaching, Provider.OUTLOOK, now),
        _callback(config, reaching, now),
    )
    return [finding for some in found for finding in some]


async def _provider(config: Config, reaching: Reaching, provider: Provider, now: datetime) -> list[Finding]:
    name = "Google" if provider is Provider.GOOGLE else "Microsoft"
    client_id = config.google_client_id if provider is Provider.GOOGLE else config.microsoft_client_id
    if not client_id:
        setting = "google_client_id" if provider is Provider.GOOGLE else "microsoft_client_id"
        return [warning(name, f"{provider.label} calendars can't be connected: {setting} is not set.", _how(provider))]
    try:
        side = _side(config, provider, name, client_id)
    except PmtuiError as error:
        return [problem(name, f"{error.where or name}: {error.title}", error.next_step)]
    secret = _secret(config, provider)
    form = {
        "grant_type": "authorization_code",
        "code": _NO_CODE,
        "code_verifier": _NO_CODE * 4,
        "client_id": client_id,
        "redirect_uri": _redirect(config, provider),
    }
    if secret:
        form["client_secret"] = secret
    answers = await asyncio.gather(
        reaching.reach(side.token, form), *(reaching.reach(address) for address in side.others.values())
    )
    reached = dict(zip(("token", *side.others), answers, strict=True))
    found = [*_reachable(side, reached, now)]
    if secret is not None:  # one that can't be read has its own line
        found += _client(side, reached["token"], "id and secret" if secret else "id")
    return [*found, ok(name, _registration(config, provider))]


def _side(config: Config, provider: Provider, name: str, client_id: str) -> _Side:
    if provider is Provider.GOOGLE:
        google = google_endpoints(config)
        others = {
            "sign-in page": google.authorize,
            "keys": google.keys,
            "revoking": google.revoke,
            "calendar": google.calendar,
        }
        return _Side(provider, name, "google", client_id, google.token, others)
    microsoft = endpoints(config)
    others = {"sign-in page": microsoft.authorize, "keys": microsoft.keys, "Graph": microsoft.graph}
    return _Side(provider, name, "microsoft", client_id, microsoft.token, others)


def _secret(config: Config, provider: Provider) -> str | None:
    """The client's secret: empty where there is none, None where it can't be read."""
    google = provider is Provider.GOOGLE
    file = config.google_client_secret_file if google else config.microsoft_client_secret_file
    try:
        return read_secret(file) if file is not None else ""
    except PmtuiError:
        return None


def _reachable(side: _Side, reached: dict[str, Reached], now: datetime) -> Iterator[Finding]:
    """One line where everything answers; else one for each address that does not."""
    good = True
    for what, answer in reached.items():
        said = answer.trouble
        if said is None and answer.status is not None and answer.status >= 500:
            said = f"it answers with {answer.status}"
        if said is None and what == "keys" and not isinstance(answer.document.get("keys"), list):
            said = f"it answers ({answer.status}), but not with keys"
        if said is not None:
            good = False
            address = side.token if what == "token" else side.others[what]
            step = f"Check the network, the proxy and the settings that begin with {side.setting}_."
            yield problem(side.name, f"{what} ({address.partition('?')[0]}): {said}.", step)
    if good:
        yield ok(side.name, f"All addresses answer: {', '.join(reached)}.")
    yield from _clock(side.name, [answer.skew for answer in reached.values() if answer.skew is not None])
    yield from _certificates(side.name, list(reached.values()), now)


def _clock(name: str, skews: list[timedelta]) -> Iterator[Finding]:
    if not skews:
        return
    skew = min(skews, key=abs)
    if abs(skew) <= SKEW:
        yield ok("clock", f"This machine's clock agrees with {name}'s.")
        return
    way = "ahead of" if skew > timedelta() else "behind"
    yield warning(
        "clock",
        f"This machine's clock is {abs(skew).total_seconds():.0f} s {way} {name}'s.",
        "Synchronise it (NTP): sign-ins are refused by a wrong clock.",
    )


def _certificates(name: str, answers: list[Reached], now: datetime) -> Iterator[Finding]:
    ends = min((answer.certificate_ends for answer in answers if answer.certificate_ends is not None), default=None)
    if ends is not None and ends - now < _SOON:
        yield warning(name, f"A TLS certificate there ends on {ends:%Y-%m-%d}.", "Have it renewed.")


def _client(side: _Side, answer: Reached, shown: str) -> Iterator[Finding]:
    """What the token endpoint thinks of id and secret: it was asked with a code that nobody ever got."""
    if answer.status is None or answer.status >= 500:
        return
    error = answer.document.get("error")
    codes = answer.document.get("error_codes")
    number = str(codes[0]) if isinstance(codes, list) and codes else None
    detail = refusals_detail(error, number)
    if number in _NO_TENANT:
        yield problem(side.name, f"The directory is not known ({detail}).", "Correct microsoft_tenant.")
    elif error == "invalid_grant":
        yield ok(side.name, f"Nothing is said against the client {shown}.")
    elif isinstance(error, str) and refusals.operators_fault(error, number):
        yield problem(
            side.name,
            f"The client id or its secret is refused ({detail}).",
            f"Compare {side.setting}_client_id with the registration; put a new secret into its file if it has ended.",
        )
    else:
        yield warning(
            side.name,
            f"The token address answers in a way that says nothing ({detail}).",
            "Try a sign-in; see docs/sign-in.md.",
        )


def refusals_detail(error: object, number: str | None) -> str:
    """The provider's own number or word."""
    return number if number is not None and number.isdigit() else error if isinstance(error, str) else "no error named"


async def _callback(config: Config, reaching: Reaching, now: datetime) -> list[Finding]:
    if not config.callback_url:
        return []
    answer = await reaching.reach(f"{config.callback_url}/callback/{Provider.GOOGLE.value}")
    step = "Run `pmtui callback` and let the reverse proxy pass /callback/ on to it."
    if answer.trouble is not None:
        return [problem("callback page", f"{config.callback_url}: {answer.trouble}.", step)]
    if answer.status != 400:  # its page for an answer that is none
        said = f"{config.callback_url}/callback/google answers with {answer.status}, which is not the callback page."
        return [problem("callback page", said, step)]
    found = [ok("callback page", f"{config.callback_url} leads to it.")]
    return [*found, *_certificates("callback page", [answer], now)]


def _redirect(config: Config, provider: Provider) -> str:
    if config.callback_url:
        return redirect_uri(config, AnswerWay.HOSTED, None, provider)
    return f"http://{HOSTS[provider]}/callback/{provider.value}"


def _registration(config: Config, provider: Provider) -> str:
    """Which redirect address must stand in the provider's registration, to be compared."""
    if config.callback_url:
        return f"The registered app is a web one, with the redirect address {_redirect(config, provider)}"
    if provider is Provider.GOOGLE:
        return "The registered app is a desktop one; it needs no redirect address."
    return f"The registered app is a mobile and desktop one, with the redirect address {_redirect(config, provider)}"


def _how(provider: Provider) -> str:
    return f"If coaches shall connect {provider.label}: docs/{provider.value}.md says how."
