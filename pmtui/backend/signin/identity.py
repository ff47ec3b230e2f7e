"""Whose account it is: the id_token verified, and one small read of the mailbox. Worker side."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from tzlocal.windows_tz import win_tz

from pmtui.backend.calendars.calls import Answer, Calls, code_of
from pmtui.backend.signin.endpoints import Endpoints
from pmtui.backend.signin.machine import Event
from pmtui.backend.signin.refusals import Verdict
from pmtui.backend.slots.zones import zone_names
from pmtui.backend.states import Provider

_LEEWAY = 120  # seconds that two clocks may differ


class NotProven(Exception):
    """What came back does not prove an account that can be connected; `verdict` says how the sign-in ends.

    `claims` are what the provider wants asked for in the next one.
    """

    def __init__(self, code: str, claims: str | None = None) -> None:
        super().__init__(code)
        self.claims = claims
        self.verdict = Verdict(Event.REFUSED, code)


class Account(Protocol):
    """Whose account it is, proven."""

    @property
    def external_id(self) -> str:
        """The provider's own id of the account, which never changes."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A Microsoft account: the directory's id and the account's in it, which never change."""

    tenant_id: str
    object_id: str

    @property
    def external_id(self) -> str:
        """Both in one."""
        return f"{self.object_id}@{self.tenant_id}"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The account as people know it, and its time zone (IANA), if it has one the tz database knows."""

    addresses: tuple[str, ...]
    timezone: str | None

    def name_for(self, email: str) -> str:
        """The address to show: the person's own where the account has it, whatever its capitals."""
        own = (address for address in self.addresses if address.casefold() == email.casefold())
        return next(own, self.addresses[0])


def prove(
    id_token: str | None, keys: dict[str, Any], where: Endpoints, client_id: str, nonce: str | None, now: datetime
) -> Identity:
    """Verify signature, issuer, audience, expiry and nonce (None where no link carried one).

    Raises NotProven for whatever does not hold.
    """
    claims = claims_of(id_token, keys)
    tenant_id = claims.get("tid")
    if not where.may_issue(tenant_id):
        raise NotProven("bad_identity:tid")
    require_claims(claims, (where.issuer(str(tenant_id)),), client_id, nonce, now)
    object_id = claims.get("oid")
    if not isinstance(object_id, str) or not object_id:
        raise NotProven("bad_identity:oid")
    return Identity(str(tenant_id), object_id)


def claims_of(id_token: str | None, keys: dict[str, Any]) -> dict[str, Any]:
    """What an id_token says, its signature verified. Raises NotProven."""
    try:
        return jwt.decode(id_token or "", KeySet.import_key_set({"keys": keys["keys"]}), algorithms=["RS256"]).claims
    except JoseError as error:
        raise NotProven(f"bad_identity:{code_of(error.error, 'token')}") from None
    except (ValueError, TypeError, KeyError, AttributeError):  # keys or a token of a shape joserfc does not expect
        raise NotProven("bad_identity:malformed") from None


def require_claims(
    claims: dict[str, Any], issuers: tuple[str, ...], client_id: str, nonce: str | None, now: datetime
) -> None:
    """Issuer (one of these), audience, expiry and nonce (None where no link carried one). Raises NotProven."""
    try:
        jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY,
            iss={"essential": True, "values": list(issuers)},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            nonce={"essential": False} if nonce is None else {"essential": True, "value": nonce},
        ).validate(claims)
    except JoseError as error:
        raise NotProven(f"bad_identity:{code_of(error.error, 'token')}") from None
    except (ValueError, TypeError, KeyError, AttributeError):  # keys or a token of a shape joserfc does not expect
        raise NotProven("bad_identity:malformed") from None


async def look(calls: Calls, where: Endpoints, access_token: str, identity: Identity) -> Mailbox:
    """Read who it is and the mailbox's settings. Raises NotProven, or Temporary."""
    account = identity.external_id
    me = await calls.send(
        Provider.OUTLOOK,
        "GET",
        f"{where.graph}/me",
        access_token,
        account=account,
        params={"$select": "id,mail,userPrincipalName"},
    )
    _require(me, "User.Read")
    if me.document.get("id") != identity.object_id:
        raise NotProven("bad_identity:account")
    addresses = tuple(
        address
        for address in (me.document.get("mail"), me.document.get("userPrincipalName"))
        if isinstance(address, str) and address
    )
    if not addresses:
        raise NotProven("no_mailbox:no_address")
    settings = await calls.send(
        Provider.OUTLOOK, "GET", f"{where.graph}/me/mailboxSettings", access_token, account=account
    )
    _require(settings, "MailboxSettings.Read")
    return Mailbox(addresses, zone_of(settings.document.get("timeZone")))


def zone_of(name: object) -> str | None:
    """The IANA zone for the name Outlook gives, which is mostly Windows' own; None for one nobody knows."""
    if not isinstance(name, str):
        return None
    iana = win_tz.get(name, name)
    return iana if iana in zone_names() else None


def _require(answer: Answer, scope: str) -> None:
    if answer.ok:
        return
    if answer.claims is not None:
        raise NotProven("more_needed:insufficient_claims", answer.claims)
    error = answer.document.get("error")
    code = code_of(error.get("code") if isinstance(error, dict) else None, f"http_{answer.status}")
    if answer.status == 403:
        raise NotProven(f"scope_missing:{scope}")
    if answer.status == 404:
        raise NotProven(f"no_mailbox:{code}")
    raise NotProven(f"refused:{code}")
