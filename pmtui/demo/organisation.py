"""The sample organisation in the demo's database: the sandbox's people, WFM allowed, one coach connected."""

from dataclasses import dataclass
from threading import Event

from pmtui.backend.actor import Actor, Surface, operator
from pmtui.backend.build import Services
from pmtui.backend.integrations.records import Access
from pmtui.backend.signin.vault import Vault
from pmtui.backend.states import Permission, Provider, TeamRole
from pmtui.demo import parts

TENANT_ZONE = "America/Chicago"
ADMINISTRATOR = "ada@acme.example"
SUPPORT = "sam@acme.example"
NEW_COACH = "dana@acme.example"
CONNECTED_COACH = "elena@acme.example"
IT_ADMINISTRATOR = "grace@acme.example"

_WAIT_SECONDS = 15.0
_PERMISSIONS = {
    "coach": (Permission.VIEW, Permission.COACH),
    "agent": (),
    "admin": (Permission.VIEW, Permission.ADMIN_ESSENTIALS),
    "support": (Permission.VIEW, Permission.SUPPORT),
}


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody to open the demo as."""

    email: str
    name: str
    what: str


ROLES = (
    Role(NEW_COACH, "Dana Reyes", "coach without a calendar"),
    Role(CONNECTED_COACH, "Elena Vasquez", "coach, WFM calendar connected"),
    Role(ADMINISTRATOR, "Ada Okafor", "administrator"),
    Role(SUPPORT, "Sam Lindqvist", "support"),
    Role(IT_ADMINISTRATOR, "Grace Kim", "coach and IT administrator: has Outlook approved"),
)


def seed(services: Services, sandbox_url: str) -> None:
    """Fill an empty database: people and teams, the WFM service, WFM access sent."""
    tenant_id = services.people.create_tenant(
        operator(surface=Surface.DEMO),
        "acme",
        "Acme",
        TENANT_ZONE,
        administrator=(ADMINISTRATOR, "Ada Okafor"),
    )
    actor = operator(tenant_id, Surface.DEMO)
    for person in parts.people(sandbox_url):
        _add(services, actor, person)
    services.people.permit(actor, IT_ADMINISTRATOR, give=(Permission.ADMIN_ESSENTIALS,))
    wfm = parts.settings(sandbox_url)["wfm"]
    services.integrations.set_wfm_service(
        actor,
        wfm["url"],
        wfm["token"],
        Vault.load(services.config.keys),
        business_unit_id=wfm["business_unit_id"],
        scenario_id=wfm["scenario_id"],
        coaching_activity_id=wfm["coaching_activity_id"],
    )


def _add(services: Services, actor: Actor, person: dict[str, str | None]) -> None:
    email, role = person["email"], person["role"]
    assert email is not None
    assert role is not None
    if email == ADMINISTRATOR:
        return
    services.people.add(
        actor,
        email,
        person["name"] or email,
        timezone=person["timezone"],
        team=person["team"],
        role=TeamRole.COACH if role == "coach" else TeamRole.AGENT,
        permissions=_PERMISSIONS[role],
        coach_email=person["coach"],
    )


def open_up(services: Services) -> None:
    """Send WFM access and connect one coach. The worker must run; waits for it a few seconds at most."""
    ada = services.people.actor_for(ADMINISTRATOR, Surface.DEMO)
    _wait(lambda: services.integrations.page(ada).wfm_ready)
    page = services.integrations.page(ada)
    page = services.integrations.set_draft(ada, Access(wfm=True), page.version)
    services.integrations.send_access(ada, page.version, page.consequences)
    elena = services.people.actor_for(CONNECTED_COACH, Surface.DEMO)
    services.signin.start(elena, Provider.WFM, None)
    _wait(lambda: services.integrations.page(elena).connection is not None)


def _wait(until: object) -> None:
    assert callable(until)
    pause = Event()  # never set: waits without a clock of its own
    for _ in range(int(_WAIT_SECONDS / 0.05)):
        if until():
            return
        pause.wait(0.05)
