"""Signing in to Microsoft by typing a code at its page, on whatever device (RFC 8628). Worker side.

The person sees the code and the page's address; the device code, which fetches the tokens, is only ever here sealed.
Documents: learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code; RFC 8628, 3.5 for `slow_down`.
"""

import asyncio
import json
from datetime import timedelta

from pmtui.backend.clock import Clock
from pmtui.backend.signin.machine import Event
from pmtui.backend.signin.microsoft import Microsoft
from pmtui.backend.signin.oauth import Denied
from pmtui.backend.signin.progress import Progress
from pmtui.backend.storage.tables.signin import Attempt

_SLOWER_SECONDS = 5
_PENDING, _SLOW_DOWN = "authorization_pending", "slow_down"


class DeviceCodes:
    """Asks for a code, and then whether it was used."""

    def __init__(self, microsoft: Microsoft, progress: Progress, clock: Clock) -> None:
        self._microsoft = microsoft
        self._progress = progress
        self._clock = clock

    async def begin(self, attempt: Attempt) -> None:
        """Fetch the code that the person shall type. Raises Denied, Temporary."""
        code = await self._microsoft.device_code()
        scopes = " ".join(self._microsoft.service.scopes)
        now = self._clock.now()

        def store(row: Attempt) -> None:
            sealed = self._progress.sealed(attempt, json.dumps({"device_code": code.device_code}).encode())
            row.user_code, row.verification_uri, row.poll_seconds = code.user_code, code.page, code.poll_seconds
            row.sealed_verifier, row.key_id, row.scopes = sealed.data, sealed.key_id, scopes
            row.expires_at = min(row.expires_at, now + code.lifetime)

        first = now + timedelta(seconds=code.poll_seconds)
        await asyncio.to_thread(self._progress.change, attempt, store, Event.LINK_MADE, first)

    async def poll(self, attempt: Attempt) -> None:
        """Ask once whether the person has agreed. Raises Denied where they have not or may not, Temporary."""
        secret = json.loads(self._progress.unsealed(attempt, attempt.sealed_verifier))
        try:
            tokens = await self._microsoft.tokens_of(secret["device_code"])
        except Denied as error:
            if error.error not in (_PENDING, _SLOW_DOWN):
                raise
            await asyncio.to_thread(self._again, attempt, error.error == _SLOW_DOWN)
            return
        await asyncio.to_thread(self._progress.keep_tokens, attempt, tokens, Event.GRANTED)

    def _again(self, attempt: Attempt, slower: bool) -> None:
        seconds = (attempt.poll_seconds or 0) + (_SLOWER_SECONDS if slower else 0)

        def store(row: Attempt) -> None:
            row.poll_seconds = seconds

        due_at = self._clock.now() + timedelta(seconds=seconds)
        self._progress.change(attempt, store, Event.UNDECIDED, due_at)
