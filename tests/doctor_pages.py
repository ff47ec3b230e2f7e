"""What `pmtui doctor` prints against the sandbox, with the names of the real world, for docs/google.md and its like.

`python -m tests.doctor_pages` writes it there; a test holds the documents to it.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine

from pmtui.backend.clock import SystemClock
from pmtui.backend.config import in_force
from pmtui.backend.doctor.examination import examine
from pmtui.backend.integrations.service import service_seal
from pmtui.backend.signin.vault import Vault
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import WfmService
from pmtui.cli.doctor import line
from pmtui.sandbox.google_grants import DESKTOP_CLIENT_ID, DESKTOP_CLIENT_SECRET
from pmtui.sandbox.grants import CLIENT_ID, CLIENT_SECRET
from tests.clock import ManualClock
from tests.stand_in import StandIn, standing_in
from tests.world import World

DOCS = Path(__file__).parent.parent / "docs"
_AREAS = {
    "google": ("google_client_secret_file", "Google", "callback page"),
    "outlook": ("microsoft_client_secret_file", "Microsoft", "callback page"),
    "wfm": ("keys", "WFM of acme"),
}
_CLOCK = {"google": "Google's", "outlook": "Microsoft's", "wfm": "-"}


def printed() -> dict[str, str]:
    """The lines of each document."""
    clock = ManualClock(SystemClock().now())
    with TemporaryDirectory() as folder, standing_in() as sandbox, _callback_page() as callback:
        stand_in, path = sandbox.fresh(clock), Path(folder)
        report = examine(in_force({}, _settings(stand_in, path, callback, clock)), clock)
        lines = {
            name: [
                line(one)
                for one in report.findings
                if one.area in areas or (one.area == "clock" and _CLOCK[name] in one.said)
            ]
            for name, areas in _AREAS.items()
        }
        names = {
            f"{folder}/keys": "/etc/pmtui/keys",
            f"{folder}/google": "/etc/pmtui/google-secret",
            f"{folder}/microsoft": "/etc/pmtui/microsoft-secret",
            stand_in.wfm_url: "https://acme.teleopticloud.com/api",
            callback: "https://pmtui.example.com",
        }
    said = {}
    for name, found in lines.items():
        text = "\n".join(found)
        for ours, real in names.items():
            text = text.replace(ours, real)
        said[name] = re.sub(r"\bk[0-9a-f]{8}\b", "k1f0c9a7e", text)
    return said


def page(name: str, text: str) -> str:
    """The document `name` with these lines in their place."""
    old = (DOCS / f"{name}.md").read_text("utf-8")
    mark = f"<!-- doctor: {name} -->\n```\n"
    before, _, rest = old.partition(mark)
    return f"{before}{mark}{text}\n```{rest.partition('```')[2]}"


def _settings(stand_in: StandIn, folder: Path, callback: str, clock: ManualClock) -> dict[str, str]:
    url, base = f"sqlite:///{folder / 'pmtui.db'}", stand_in.base_url
    engine = create_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    world = World(Database(url, clock), clock)
    world.wfm_service(url=stand_in.wfm_url)
    sealed = Vault.create(folder / "keys").seal(stand_in.world.wfm.token.encode(), service_seal(world.tenant_id))
    with world.database.write(world.operator) as tx:
        row = tx.db.get_one(WfmService, world.tenant_id)
        row.sealed_token, row.key_id = sealed.data, sealed.key_id
    for name, secret in (("google", DESKTOP_CLIENT_SECRET), ("microsoft", CLIENT_SECRET)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(secret)
    settings = {
        "CONFIG": str(folder / "none.toml"),
        "DATABASE_URL": url,
        "KEY_FILE": str(folder / "keys"),
        "LOG_FILE": str(folder / "log"),
        "MICROSOFT_AUTHORITY": f"{base}/microsoft",
        "GRAPH_URL": stand_in.graph_url,
        "MICROSOFT_CLIENT_ID": CLIENT_ID,
        "MICROSOFT_CLIENT_SECRET_FILE": str(folder / "microsoft"),
        "GOOGLE_AUTHORIZE_URL": f"{base}/google/o/oauth2/v2/auth",
        "GOOGLE_TOKEN_URL": f"{base}/google/token",
        "GOOGLE_REVOKE_URL": f"{base}/google/revoke",
        "GOOGLE_KEYS_URL": f"{base}/google/oauth2/v3/certs",
        "GOOGLE_ISSUER": f"{base}/google",
        "GOOGLE_CALENDAR_URL": f"{base}/google/calendar/v3/",
        "GOOGLE_CLIENT_ID": DESKTOP_CLIENT_ID,
        "GOOGLE_CLIENT_SECRET_FILE": str(folder / "google"),
        "CALLBACK_URL": callback,
        "INSECURE_ENDPOINTS": "true",
    }
    return {f"PMTUI_{name}": value for name, value in settings.items()}


@contextmanager
def _callback_page() -> Iterator[str]:
    """Answers as the callback page does to what is no answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(400)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


if __name__ == "__main__":
    for document, said_now in printed().items():
        (DOCS / f"{document}.md").write_text(page(document, said_now), "utf-8")
