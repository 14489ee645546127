"""Who holds the Docker socket is root on the host.

A container that the socket is mounted into can start another one with the whole file system in it; `:ro` changes nothing.
Looked at are volumes and mounts in YAML files (compose in both syntaxes, Ansible's containers, CI jobs), `docker run -v` in
scripts and in the commands of YAML files, and in Dockerfiles VOLUME and the mounts of RUN. The sockets of podman, containerd,
CRI-O and BuildKit and the named pipe of Windows count as well. Where a program needs a part of the API, a proxy that lets
only that part through does; where nothing else will do, waive it where it stands.

Others: compose-lint's CL-0001 tells it of compose files, and checkov's CKV_K8S_27 of Kubernetes. Where both speak of one
line it is said once.

Bad (`compose.yaml`):

    services:
      proxy:
        image: traefik:3
        volumes:
          - /var/run/docker.sock:/var/run/docker.sock:ro

Bad (`compose.yaml`):

    services:
      agent:
        image: agent:1
        volumes:
          - type: bind
            source: ${XDG_RUNTIME_DIR}/docker.sock
            target: /docker.sock

Bad (`start.sh`):

    docker run --rm \\
      -v /var/run/docker.sock:/var/run/docker.sock agent:1

Bad:

    FROM docker:27
    VOLUME /var/run/docker.sock

Good (`compose.yaml`):

    services:
      proxy:
        image: traefik:3
        environment:
          DOCKER_HOST: tcp://socket-proxy:2375
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from checks import instructions
from checks.lint.own.subject import Subject, finding, line_of, scalar
from checks.model import Finding, Severity
from checks.repository import File, Kind

ID = "docker-socket"
SEVERITY = Severity.ERROR
_SOCKET = re.compile(r"""(?:^|[/\\:=}])(?:docker|podman|containerd|crio|buildkitd)\.sock(?![\w.-])|\bdocker_engine\b""")
_RUNS = re.compile(r"\b(?:docker|podman|nerdctl|ctr)\b.{0,2000}?\s(?:run|create)\b", re.DOTALL)
_OPTION = re.compile(r"(?:^|\s)(?:-v|--volume|--mount)[\s=]*[\"']?[^\s\"']*$")
_LISTS = frozenset({"volumes", "mounts", "binds", "volume", "mount"})
_SOURCES = frozenset({"source", "src"})
_LOOK_BACK = 40
"""Lines that a command goes on over, at most."""


def takes(file: File) -> bool:
    """Return whether it is a Dockerfile, YAML or a script."""
    return file.kind in (Kind.DOCKERFILE, Kind.YAML, Kind.SHELL)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield each place that hands the socket to a container."""
    if not _SOCKET.search(subject.text):
        return
    if subject.kind is Kind.DOCKERFILE:
        yield from _in_dockerfile(subject)
    elif subject.kind is Kind.YAML:
        yield from _in_yaml(subject)
    else:
        yield from (_said(subject, line, Severity.WARNING) for line in _in_commands(subject.text))


def _said(subject: Subject, line: int, severity: Severity = SEVERITY) -> Finding:
    return finding(
        ID, severity, subject, line, "whoever holds this socket is root on the host: do without, or by a proxy"
    )


def _in_dockerfile(subject: Subject) -> Iterator[Finding]:
    for step in subject.dockerfile.instructions():
        inner = instructions.inner(step)
        mounts = (value for name, value in instructions.said(inner).flags if name == "mount" and inner.keyword == "RUN")
        volumes = instructions.exec_form(inner.value) or (inner.value,) if inner.keyword == "VOLUME" else ()
        if any(_SOCKET.search(text) for text in (*mounts, *volumes)):
            yield _said(subject, step.line)


def _in_yaml(subject: Subject) -> Iterator[Finding]:
    lines: dict[int, Severity] = {}
    for keys, node in subject.nodes():
        text = _source(node) if isinstance(node, yaml.MappingNode) else scalar(node)
        if not text or not _SOCKET.search(text):
            continue
        if _is_mount(keys):
            lines[line_of(node)] = SEVERITY
        elif isinstance(node, yaml.ScalarNode):
            start = line_of(node) + (node.style in ("|", ">"))
            for line in _in_commands(text if node.style != ">" else subject.text):
                at = start + line - 1 if node.style != ">" else line
                lines.setdefault(at, Severity.WARNING)
    yield from (_said(subject, line, severity) for line, severity in sorted(lines.items()))


def _is_mount(keys: tuple[str, ...]) -> bool:
    """Return whether keys lead to what is mounted: an item of a list of volumes, or one by itself."""
    return (keys[-1:] == ("",) or (bool(keys) and keys[-1] in _LISTS)) and any(key in _LISTS for key in keys[-2:])


def _source(mount: yaml.MappingNode) -> str:
    """Return the source of a mount in the long form: it is told where the mount begins, as others do."""
    return next((scalar(value) for key, value in mount.value if scalar(key) in _SOURCES), "")


def _in_commands(text: str) -> Iterator[int]:
    """Yield the lines, from 1, where a command such as `docker run` mounts the socket."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = _SOCKET.search(line)
        if match is None or line.lstrip().startswith("#"):
            continue
        start = number
        while start > max(0, number - _LOOK_BACK) and lines[start - 1].rstrip().endswith("\\"):
            start -= 1
        before = "\n".join([*lines[start:number], line[: match.start()]])
        if _RUNS.search(before) and _OPTION.search(before):
            yield number + 1
