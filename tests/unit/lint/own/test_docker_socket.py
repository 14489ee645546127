from __future__ import annotations

import pytest

from checks.model import Severity
from tests.unit.lint.own.looking import found, lines

RULE = "docker-socket"
SOCKET = "/var/run/docker.sock"


@pytest.mark.parametrize(
    ("volumes", "at"),
    [
        (f"- {SOCKET}:{SOCKET}", [4]),
        (f"- '{SOCKET}:/x:ro'", [4]),
        ("- a:/a\n      - /run/docker.sock:/x", [5]),
        (f"- ${{SOCKET:-{SOCKET}}}:/x", [4]),
        ("- ${XDG_RUNTIME_DIR}/docker.sock:/x", [4]),
        ("- //var/run/docker.sock:/x", [4]),
        ("- sock:/var/run/docker.sock", [4]),
        ("- \\\\.\\pipe\\docker_engine:\\\\.\\pipe\\docker_engine", [4]),
        ("- /run/containerd/containerd.sock:/x", [4]),
        (f"- type: bind\n        source: {SOCKET}\n        target: /x", [4]),
        (f"- {{type: bind, source: {SOCKET}, target: /x}}", [4]),
        (f"- &s {SOCKET}:/x\n  b:\n    volumes:\n      - *s", [4]),
        ("- a:/a", []),
        ("- ./docker.sock.md:/x", []),
        ("- /etc/docker:/etc/docker", []),
    ],
)
def test_compose(volumes: str, at: list[int]) -> None:
    text = f"services:\n  a:\n    volumes:\n      {volumes}\n"
    assert lines(RULE, text, "compose.yaml") == at


def test_anchors_and_merge_keys_are_told_where_they_are_written() -> None:
    text = f"x: &x\n  volumes:\n    - {SOCKET}:/x\nservices:\n  a:\n    <<: *x\n  b:\n    <<: *x\n"
    assert lines(RULE, text, "compose.yaml") == [3]


@pytest.mark.parametrize(
    "text",
    [
        f"volumes: [{SOCKET}:/x",
        f"# - {SOCKET}:/x\na: 1\n",
        f"command: -H unix://{SOCKET}\n",
        f"environment:\n  - DOCKER_HOST=unix://{SOCKET}\n",
        f"command: curl --unix-socket {SOCKET} http://localhost/info\n",
        f"- stat:\n    path: {SOCKET}\n",
        f"volumes:\n  a: {{driver_opts: {{device: {SOCKET}x}}}}\n",
    ],
)
def test_other_yaml(text: str) -> None:
    assert lines(RULE, text, "a.yml") == []


def test_other_programs_yaml() -> None:
    ansible = (
        f"- hosts: all\n  tasks:\n    - community.docker.docker_container:\n        volumes:\n          - {SOCKET}:/x\n"
    )
    assert lines(RULE, ansible, "play.yml") == [5]
    job = (
        f"jobs:\n  a:\n    container:\n      volumes: ['{SOCKET}:/x']\n    steps:\n"
        f"      - run: |\n          true\n          docker run -v {SOCKET}:/x a\n"
    )
    assert [(one.line, one.severity) for one in found(RULE, job, ".github/workflows/a.yml")] == [
        (4, Severity.ERROR),
        (8, Severity.WARNING),
    ]
    assert lines(RULE, f"script:\n  - docker run -v {SOCKET}:/x a\n", ".travis.yml") == [2]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (f"docker run -v {SOCKET}:{SOCKET} a\n", [1]),
        (f"docker run \\\n  --rm \\\n  --volume={SOCKET}:/x a\n", [3]),
        (f"docker run --mount type=bind,source={SOCKET},target=/x a\n", [1]),
        (f'docker container create -v "{SOCKET}:/x" a\n', [1]),
        ('docker run -v "$XDG_RUNTIME_DIR/docker.sock:/x" a\n', [1]),
        (f"# docker run -v {SOCKET}:/x a\n", []),
        (f"curl --unix-socket {SOCKET} http://x/\n", []),
        (f"docker -H unix://{SOCKET} run a\n", []),
        (f"test -S {SOCKET} && docker run a\n", []),
        (f"ls -v {SOCKET}\n", []),
    ],
)
def test_scripts(text: str, at: list[int]) -> None:
    assert lines(RULE, text, "a.sh") == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (f"VOLUME {SOCKET}", [2]),
        (f'VOLUME ["/data", "{SOCKET}"]', [2]),
        (f"RUN --mount=type=bind,source={SOCKET},target={SOCKET} docker ps", [2]),
        (f"ENV DOCKER_HOST=unix://{SOCKET}", []),
        (f'CMD ["app", "--socket={SOCKET}"]', []),
        ("VOLUME /var/lib/docker", []),
    ],
)
def test_dockerfiles(text: str, at: list[int]) -> None:
    assert lines(RULE, f"FROM a\n{text}\n") == at
