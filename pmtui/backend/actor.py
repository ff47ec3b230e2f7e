"""Who acts. Identity only: permissions are read in the transaction that needs them."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """A person, the worker, or the operator of the machine (local commands only, never over SSH)."""

    PERSON = "person"
    OPERATOR = "operator"
    WORKER = "worker"


class Surface(StrEnum):
    """Through what somebody acts."""

    APP = "app"
    CLI = "cli"
    WORKER = "worker"
    CALLBACK = "callback"
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which tenant, through what. `person_id` is None for operator and worker; `tenant_id`
    is None only for an operator acting above all tenants (`pmtui init`) and the worker choosing its work.
    """

    kind: ActorKind
    tenant_id: int | None
    person_id: int | None
    surface: Surface


def operator(tenant_id: int | None = None, surface: Surface = Surface.CLI) -> Actor:
    """The operator of this machine."""
    return Actor(ActorKind.OPERATOR, tenant_id, None, surface)


def worker(tenant_id: int | None = None) -> Actor:
    """The worker, for one tenant or (choosing work) for none."""
    return Actor(ActorKind.WORKER, tenant_id, None, Surface.WORKER)
