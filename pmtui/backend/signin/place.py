"""Where the person sits: at this machine, or at the other end of an SSH connection. Standard library only."""

from collections.abc import Mapping


def over_ssh(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is reached through SSH: no browser may be opened here then, nobody would see it."""
    return bool(environment.get("SSH_CONNECTION"))


def has_browser(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a browser opened here would be seen by the person. `platform` is `sys.platform`."""
    if over_ssh(environment):
        return False
    if platform in ("darwin", "win32"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def forward_line(environment: Mapping[str, str], port: int) -> str | None:
    """The exact command, for another terminal of the person's own machine, that brings the browser to a listener here.

    None without an SSH connection (or one this can't be read from).
    """
    words = environment.get("SSH_CONNECTION", "").split()
    if len(words) != 4:
        return None
    address, ssh_port = words[2], words[3]
    user = environment.get("USER") or environment.get("LOGNAME")
    whom = f"{user}@{address}" if user else address
    other_port = "" if ssh_port == "22" else f" -p {ssh_port}"
    return f"ssh -N -L {port}:127.0.0.1:{port}{other_port} {whom}"
