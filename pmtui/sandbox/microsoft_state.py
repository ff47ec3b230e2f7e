"""What the sandbox's own endpoints tell about Microsoft's directory: consent, device sign-ins, refusals; no code."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pmtui.sandbox.grants import Device, Grant
from pmtui.sandbox.times import seconds_z
from pmtui.sandbox.world import World


def directory(world: World) -> dict[str, Any]:
    """How sign-ins stand for the whole organisation."""
    sign_ins = world.sign_ins
    return {
        "consent_for_all": {client_id: sorted(of) for client_id, of in sign_ins.organisation_consents.items()},
        "consents": {email: sorted(scopes) for (email, _), scopes in sign_ins.consents.items()},
        "device_flow": sign_ins.device_flow,
        "device_codes": [_device(one) for one in sign_ins.devices.values()],
        "refusals": [asdict(one) for one in sign_ins.refusals],
        "redirects": {client_id: list(app.redirects) for client_id, app in sign_ins.apps.items()},
    }


def _device(device: Device) -> dict[str, Any]:
    outcome = device.outcome
    return {
        "outcome": "agreed" if isinstance(outcome, Grant) else outcome,
        "person": outcome.email if isinstance(outcome, Grant) else None,
        "expires_at": seconds_z(device.expires_at),
        "interval": int(device.interval.total_seconds()),
    }
