"""The helper: a container that shares another's namespaces and has the tools that its image has not.

It stands in for `nsenter` where we are not root on the engine's machine. One short-lived container answers one question, so
that between questions nothing of ours is in the other's process list.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks import compose as pure
from checks.errors import FailedError
from checks.host.docker import labels
from checks.host.docker.compose import Compose
from checks.host.docker.engine import Engine
from checks.host.images import base, buildenv, images
from checks.host.tools import toolenv
from checks.model import Output

if TYPE_CHECKING:
    from docker import DockerClient

SUITE = "trixie"
BASE = f"debian:{SUITE}-slim"
BUILD_SECONDS = 300.0
RUN_SECONDS = 60
_SECRETS = {
    "ca": "/etc/ssl/certs/ca-certificates.crt",
    "apt": "/etc/apt/apt.conf.d/90checks",
    "apt-sources": "/etc/apt/sources.list.d/90checks.list",
}
_MOUNTS = " ".join(f"--mount=type=secret,id={name},target={path},mode=0444" for name, path in _SECRETS.items())
DOCKERFILE = f"""\
FROM {BASE}
RUN {_MOUNTS} \\
    apt-get update && apt-get install -y --no-install-recommends procps iproute2 && \\
    rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/apt /var/log/dpkg.log
RUN find {" ".join(_SECRETS.values())} -empty -delete 2>/dev/null; \\
    find / -xdev -type f -perm /6000 -exec chmod a-s {{}} +
ENV LC_ALL=C TZ=UTC
"""
TREE = hashlib.sha256(DOCKERFILE.encode()).hexdigest()
IMAGE = f"checks/helper:{TREE[:12]}"


def ensure(engine: Engine, client: DockerClient, out: Output) -> None:
    """Build the helper's image where it is not there yet; ChecksError where that is not possible."""
    if images.existing(client, IMAGE) is not None:
        return
    out.step(f"building {IMAGE}, which enters containers where nsenter cannot")
    base.provide(engine, [BASE], {}, out, os.environ)
    with tempfile.TemporaryDirectory(prefix="checks-helper-") as name:
        folder = Path(name)
        file = folder / "Dockerfile"
        file.write_text(DOCKERFILE, encoding="utf-8")
        service = pure.Service("helper", IMAGE, pure.Build(name, str(file)))
        plan = images.Plan(service, TREE, (BASE,), {"context": name, "args": buildenv.proxies()})
        compose = Compose(toolenv.compose(out), folder / "compose.yaml", {**engine.env(), "DOCKER_BUILDKIT": "1"})
        own = buildenv.with_apt_sources(buildenv.secrets(folder / "secrets"), SUITE, folder / "secrets")
        (folder / ".dockerignore").write_text("*\n")
        done = images.build(compose, plan, own, folder, lambda _line: None, BUILD_SECONDS)
    if not done.ok or images.existing(client, IMAGE) is None:
        raise FailedError(f"{IMAGE} cannot be built", "see what apt says", done.last_lines(10))


def run(client: DockerClient, inspected: Mapping[str, Any], command: str) -> tuple[int, bytes, bytes]:
    """Run a shell command of the helper's tools among a container's processes, sockets and interfaces.

    Returns exit code, standard output and standard error. What it sees of files is the helper's own, never the host's.
    """
    return _answer(client, inspected, command, _sharing(inspected))


def on_machine(client: DockerClient, inspected: Mapping[str, Any], command: str) -> tuple[int, bytes, bytes]:
    """Run a shell command of the helper's tools among the engine's own processes, sockets and interfaces.

    `inspected` is a container of the run that it belongs to. Its files are the helper's own here, too.
    """
    return _answer(client, inspected, command, _OF_THE_MACHINE)


def _answer(
    client: DockerClient, inspected: Mapping[str, Any], command: str, how: Mapping[str, Any]
) -> tuple[int, bytes, bytes]:
    api = client.api
    with _made(client, inspected, command, how) as container:
        api.start(container)
        code = int(api.wait(container, timeout=RUN_SECONDS)["StatusCode"])
        out, err = (bytes(api.logs(container, stdout=which, stderr=not which)) for which in (True, False))
        return code, out, err


@contextlib.contextmanager
def _made(client: DockerClient, inspected: Mapping[str, Any], command: str, how: Mapping[str, Any]) -> Iterator[str]:
    """Create a helper, and remove it; it is marked as its target is, so that who cleans up after that finds it, too."""
    import docker.errors

    marks = inspected["Config"]["Labels"] or {}
    ours = {name: marks[name] for name in (labels.RUN, labels.OWNER, labels.EXPIRES, labels.PROJECT) if name in marks}
    made = client.api.create_container(
        IMAGE,
        ["/bin/sh", "-c", command],
        user="0:0",
        labels=ours,
        host_config=client.api.create_host_config(**_BOUND, **how),
    )
    try:
        yield str(made["Id"])
    finally:
        with contextlib.suppress(docker.errors.NotFound):
            client.api.remove_container(made["Id"], force=True, v=True)


_BOUND: Mapping[str, Any] = {
    "cap_drop": ["ALL"],
    "read_only": True,
    "mem_limit": "64m",
    "log_config": {"type": "json-file", "config": {}},
}
_OF_THE_MACHINE: Mapping[str, Any] = {
    **{f"{kind}_mode": "host" for kind in ("network", "pid", "ipc", "uts", "userns")},
    "cap_add": ["SYS_PTRACE"],  # to be told which namespaces others are in
    "security_opt": ["no-new-privileges:true", "apparmor=unconfined"],
}


def _sharing(inspected: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is shared: processes, network (with it host name and, under remapping, users), IPC where that is allowed."""
    other = f"container:{inspected['Id']}"
    ipc = {"ipc_mode": other} if inspected["HostConfig"].get("IpcMode") == "shareable" else {}
    return {"network_mode": other, "pid_mode": other, **ipc, "security_opt": ["no-new-privileges:true"]}
