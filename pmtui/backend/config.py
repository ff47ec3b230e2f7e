"""Configuration: a file, then the environment, then flags, into one validated model.

Read with the standard library and validated by pydantic, off the first frame's path. Secrets never
stand in the file or the environment: their *files* do.
"""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from pmtui.backend.errors import BadInput

CONFIG_FILE = Path("/etc/pmtui/config.toml")
PREFIX = "PMTUI_"
DATABASES = ("sqlite:///", "postgresql+psycopg://")
_FLAGS = {"database_url": "--database"}


class Config(BaseModel):
    """Everything an installation can set. Every provider endpoint is configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: str = ""
    """`sqlite:////path/file.db` or `postgresql+psycopg://...`; empty means a SQLite file in the user's data folder."""
    key_file: Path | None = None
    """The file (mode 0600) with the keys that seal tokens; only the worker needs it."""
    log_file: Path | None = None
    """Where the log goes; None means `pmtui.log` in the user's data folder."""
    embedded_worker: bool = True
    """Whether the app runs the worker inside itself; off where a worker of its own runs."""

    microsoft_authority: str = "https://login.microsoftonline.com"
    microsoft_tenant: str = "organizations"
    """Whose accounts may sign in: the organisation's own directory (its id or domain), or any organisation's."""
    graph_url: str = "https://graph.microsoft.com/v1.0"
    microsoft_client_id: str = ""
    microsoft_client_secret_file: Path | None = None
    microsoft_app_name: str = "Performance Management Calendar Integration"
    google_authorize_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    google_token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address
    google_revoke_url: str = "https://oauth2.googleapis.com/revoke"
    google_keys_url: str = "https://www.googleapis.com/oauth2/v3/certs"
    google_issuer: str = "https://accounts.google.com"
    google_calendar_url: str = "https://www.googleapis.com/calendar/v3/"
    google_client_id: str = ""
    """The app registered with Google: a web one with `callback_url`, else a desktop one. Needed to connect Google."""
    google_client_secret_file: Path | None = None
    microsoft_device_code: bool = False
    """Whether people may sign in to Microsoft by typing a code; many directories block it."""
    callback_url: str = ""
    """The public https address under which `pmtui callback` is reached; set, it is how every answer comes back."""
    callback_host: str = "127.0.0.1"
    callback_port: int = 8754
    """Where `pmtui callback` listens, for the reverse proxy before it."""
    paste_port: int = 8753
    """The redirect port of a sign-in without a listener: nothing answers there, the address is pasted back."""
    insecure_endpoints: bool = False
    """Allows plain http endpoints on this machine (the sandbox)."""

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(DATABASES):
            raise ValueError(f"an address begins with {' or '.join(DATABASES)}")
        try:
            make_url(value or DATABASES[0])
        except (ArgumentError, ValueError):
            raise ValueError("it is no address of a database") from None
        return value

    @field_validator("callback_url")
    @classmethod
    def _public_address(cls, value: str) -> str:
        value = value.strip().rstrip("/")
        parts = urlsplit(value)  # ValueError for what is no address
        if value and (parts.scheme not in ("https", "http") or not parts.hostname):
            raise ValueError("it is no address like https://pmtui.example.com")
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError("it is an address alone, without a user, query or fragment")
        return value

    @field_validator("callback_port", "paste_port")
    @classmethod
    def _port(cls, value: int) -> int:
        if not 0 <= value <= 65_535:
            raise ValueError("a port is a number up to 65535")
        return value

    @property
    def url(self) -> str:
        """The database in force."""
        return self.database_url or f"sqlite:///{data_folder() / 'pmtui.db'}"

    @property
    def log(self) -> Path:
        """The log in force."""
        return self.log_file or data_folder() / "pmtui.log"

    @property
    def keys(self) -> Path:
        """The key file in force: the service manager's credential, else `key_file`, else the user's data folder."""
        credentials = _credentials()
        if credentials is not None and (credentials / "pmtui-keys").exists():
            return credentials / "pmtui-keys"
        return self.key_file or data_folder() / "keys"


def _credentials() -> Path | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) if folder else None


def data_folder() -> Path:
    """Where an installation without configuration keeps its database and keys."""
    return Path(platformdirs.user_data_dir("pmtui"))


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is in force. `value` shows no secret; `origin` is None for the default."""

    name: str
    value: str
    origin: str | None


@dataclass(frozen=True, slots=True)
class InForce:
    """The configuration and where each value came from; `unknown` are variables named like settings that are none."""

    config: Config
    origin: Mapping[str, str]
    unknown: tuple[str, ...]

    def settings(self) -> tuple[Setting, ...]:
        """Every setting, with what an empty one comes down to. Passwords in addresses are masked."""
        config = self.config
        values = {name: getattr(config, name) for name in Config.model_fields}
        values |= {"database_url": config.url, "key_file": config.keys, "log_file": config.log}
        origin = dict(self.origin)
        if config.keys.parent == _credentials():
            origin["key_file"] = "CREDENTIALS_DIRECTORY"
        return tuple(Setting(name, _shown(value), origin.get(name)) for name, value in values.items())


def load(
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Config:
    """The configuration in force; see `in_force`."""
    return in_force(flags, environment, file).config


def in_force(
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> InForce:
    """What is in force: `file`, over it `PMTUI_*` variables, over them `flags` (None values are left out).

    Raises BadInput naming the setting and where its value came from.
    """
    environment = os.environ if environment is None else environment
    chosen = file or Path(environment.get(f"{PREFIX}CONFIG", CONFIG_FILE))
    values: dict[str, object] = {}
    origin: dict[str, str] = {}
    if file is not None or chosen.exists():
        for name, value in _read_file(chosen).items():
            values[name], origin[name] = value, str(chosen)
    variables = {PREFIX + name.upper(): name for name in Config.model_fields}
    for variable, name in variables.items():
        if variable in environment:
            values[name], origin[name] = environment[variable], variable
    for name, value in (flags or {}).items():
        if value is not None:
            values[name], origin[name] = value, _FLAGS.get(name, f"--{name.replace('_', '-')}")
    known = {*variables, f"{PREFIX}CONFIG"}
    unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    try:
        return InForce(Config.model_validate(values), origin, tuple(unknown))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise BadInput(
            "bad_configuration",
            f"The setting {name} is wrong: {first['msg'].removeprefix('Value error, ')}.",
            "Correct it and start again.",
            where=origin.get(name),
        ) from None


def _shown(value: object) -> str:
    """A value as text, without the password an address may carry, in its place or in its query."""
    text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    if "://" not in text:
        return text
    parts = urlsplit(text)
    user, at, host = parts.netloc.rpartition("@")
    if ":" in user:
        user = f"{user.partition(':')[0]}:***"
    query = re.sub(r"(?i)([^&=]*(?:pass|secret|token|key)[^&=]*=)[^&]*", r"\1***", parts.query)
    return parts._replace(netloc=f"{user}{at}{host}", query=query).geturl() if user or query else text


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            "bad_configuration", f"The configuration can't be read: {error}.", "Correct the file.", where=str(path)
        ) from None


def read_secret(path: Path) -> str:
    """The first line of a secret's file. Refuses a file that others may read."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text("utf-8")
    except OSError as error:
        raise BadInput(
            "secret_unreadable", f"A secret can't be read: {error.strerror}.", "Check the file.", where=str(path)
        ) from None
    if mode & 0o077:
        raise BadInput(
            "secret_too_open",
            f"Others may read this file (mode {mode:04o}).",
            f"Run: chmod 600 {path}",
            where=str(path),
        )
    return text.strip()
