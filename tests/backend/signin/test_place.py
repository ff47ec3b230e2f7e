"""Over SSH nothing is opened here, and the way for the person's own browser is told exactly."""

import pytest

from pmtui.backend.signin.place import forward_line, has_browser, over_ssh

SSH = {"SSH_CONNECTION": "203.0.113.5 51234 198.51.100.7 22", "USER": "dana", "DISPLAY": ":0"}


def test_ssh_is_known_by_its_connection() -> None:
    assert over_ssh(SSH)
    assert not over_ssh({})
    assert not over_ssh({"SSH_CONNECTION": "", "SSH_TTY": "/dev/pts/1"})


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        (SSH, "linux", False),
        (SSH, "darwin", False),
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_whether_a_browser_would_be_seen(environment: dict[str, str], platform: str, expected: bool) -> None:
    assert has_browser(environment, platform) is expected


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        (SSH, "ssh -N -L 8753:127.0.0.1:8753 dana@198.51.100.7"),
        (
            {"SSH_CONNECTION": "a 1 2001:db8::7 2222", "LOGNAME": "dana"},
            "ssh -N -L 8753:127.0.0.1:8753 -p 2222 dana@2001:db8::7",
        ),
        ({"SSH_CONNECTION": "a 1 198.51.100.7 22"}, "ssh -N -L 8753:127.0.0.1:8753 198.51.100.7"),
        ({"SSH_CONNECTION": "odd"}, None),
        ({}, None),
    ],
)
def test_the_forwarding_command(environment: dict[str, str], line: str | None) -> None:
    assert forward_line(environment, 8753) == line
