"""testinfra's connection to a container: its namespaces entered from outside, so that images carry no test tools.

Questions about processes, sockets and interfaces are answered by tools that are not the image's, run in the container's
namespaces: this machine's where we are root on the engine's (`nsenter`), else those of a helper container (`helper`), else
what /proc says inside (`exec`). Everything else runs in the image's own file system, and fails there where the image has no
such tool.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shlex
import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import testinfra.backend
from testinfra.backend import base

from checks.errors import ChecksError, FailedError, NoEngineError, UsageError
from checks.host import console
from checks.host import proc as processes
from checks.host.docker import engine
from checks.host.images import helper
from checks.host.testing import netns, notes, procfs

if TYPE_CHECKING:
    from docker import DockerClient

SCHEME = "checks"
ROUTES = ("nsenter", "helper", "exec")
VARIABLE = "CHECKS_ROUTE"
TOOLS = frozenset({"ps", "ss", "ip", "netstat", "hostname", "uname", "id", "lsns", "sysctl"})
LIMIT = 60.0
_PLAIN = {"LC_ALL": "C", "TZ": "UTC"}  # so that every route writes numbers and times alike
Answer = tuple[int, bytes, bytes]


def register() -> None:
    """Teach testinfra the scheme `checks://<container>`."""
    testinfra.backend.BACKENDS[SCHEME] = f"{__name__}.NamespaceBackend"


def is_tool(command: str) -> bool:
    """Return whether a command is one that the image's tools are not asked for: `ss -tln`, `command -v ps`."""
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    while words[:2] == ["command", "-v"] or words[:1] == ["which"]:
        words = words[2 if words[0] == "command" else 1 :]
    return bool(words) and words[0].rpartition("/")[2] in TOOLS


class NamespaceBackend(base.BaseBackend):  # type: ignore[misc]  # testinfra is not typed
    """A container, by id or name, on the engine that `client` speaks to; `route` is one of ROUTES, "" to choose."""

    NAME = SCHEME

    def __init__(self, name: str, *args: Any, client: DockerClient, route: str = "", **kwargs: Any) -> None:
        self.name = name
        self.client = client
        super().__init__(self.name, *args, **kwargs)
        self.route = route or chosen_route()
        """How commands get in."""
        if self.route == "helper":
            _make_helper()

    def run(self, command: str, *args: str, **kwargs: Any) -> base.CommandResult:
        """Run a shell command, its arguments quoted."""
        del kwargs
        text = self.get_command(command, *args)
        inspected = self.client.api.inspect_container(self.name)
        through = {"nsenter": _by_nsenter, "helper": _by_helper, "exec": _by_exec}[self.route]
        code, out, err = through(self.client, inspected, text)
        return self.result(code, self.encode(text), out, err)


def _by_nsenter(_client: DockerClient, inspected: Mapping[str, Any], text: str) -> Answer:
    pid = netns.host_pid(inspected)
    if is_tool(text):
        return _tool_by_nsenter(pid, text)
    own = dict(entry.partition("=")[::2] for entry in inspected["Config"]["Env"] or ())
    argv = netns.image_argv(pid, text)
    argv[0] = shutil.which(argv[0]) or argv[0]  # the image's PATH says nothing of this machine's tools
    done = processes.run(argv, env=own, timeout=LIMIT)
    return done.code, done.out.encode(), done.err.encode()


def _tool_by_nsenter(pid: int, text: str) -> Answer:
    done = processes.run(netns.tool_argv(pid, text), env={**os.environ, **_PLAIN}, timeout=LIMIT)
    return done.code, done.out.encode(), done.err.encode()


def _by_helper(client: DockerClient, inspected: Mapping[str, Any], text: str) -> Answer:
    if is_tool(text):
        return helper.run(client, inspected, text)
    return execute(client, inspected["Id"], text)


def _by_exec(client: DockerClient, inspected: Mapping[str, Any], text: str) -> Answer:
    asked = procfs.question(text) if is_tool(text) else None
    if asked is None:
        return execute(client, inspected["Id"], text)
    code, out, err = execute(client, inspected["Id"], asked.script)
    return (code, b"", err) if code else (0, asked.answer(out.decode("utf-8", "replace")).encode(), err)


def execute(client: DockerClient, container: str, text: str, user: str = "0") -> Answer:
    """Let the engine run a shell command in the container, by default as root, which nsenter makes us, too."""
    made = client.api.exec_create(container, ["/bin/sh", "-c", text], user=user)
    out, err = client.api.exec_start(made["Id"], demux=True)
    return int(client.api.exec_inspect(made["Id"])["ExitCode"]), out or b"", err or b""


def tool(client: DockerClient, inspected: Mapping[str, Any], command: str) -> Answer:
    """Run a shell command of tools that are not the image's in a container's namespaces; FailedError without any."""
    route = chosen_route()
    if route == "exec":
        raise FailedError(
            f"{command!r} needs tools that the image need not have", f"{VARIABLE}=helper says what is missing"
        )
    if route == "helper":
        return helper.run(client, inspected, command)
    return _tool_by_nsenter(netns.host_pid(inspected), command)


@functools.cache
def chosen_route() -> str:
    """Return the best route to this process's engine, found out once; what CHECKS_ROUTE names is taken as it is.

    Raises UsageError for an unknown name, NoEngineError where there is no engine.
    """
    named = os.environ.get(VARIABLE, "")
    if named and named not in ROUTES:
        raise UsageError(f"{VARIABLE}={named} is no way into a container", f"use one of {', '.join(ROUTES)}")
    route, why = (named, f"{VARIABLE} says so") if named else _best(_engine())
    if route == "helper":
        route, why = _with_helper(why, must=bool(named))
    notes.note("connection", {"route": route, "why": why})
    return route


def _best(found: engine.Engine) -> tuple[str, str]:
    if not found.is_here:
        return "helper", "the engine is on another machine"
    if os.geteuid() != 0:
        return "helper", "we are not root"
    if shutil.which("nsenter") is None:
        return "helper", "this machine has no nsenter"
    return "nsenter", "we are root on the engine's machine"


def _with_helper(why: str, must: bool) -> tuple[str, str]:
    try:
        _make_helper()
    except ChecksError as error:
        if must:
            raise
        return "exec", f"{why}, and no helper: {error}"
    return "helper", why


@functools.cache
def _make_helper() -> None:
    found = _engine()
    with contextlib.closing(found.client(helper.RUN_SECONDS)) as client:
        helper.ensure(found, client, console.Console(quiet=True))


def _engine() -> engine.Engine:
    found = engine.find()
    if found is None:
        raise NoEngineError("no engine to reach containers on", "checks engine up")
    return found


def ps(host: Any) -> Any:
    """Return testinfra's process module for a host of ours: for a `ps` as on this machine, whatever the image has.

    By itself testinfra looks for busybox in the image and would read the answer as that one's.
    """
    from testinfra.modules.process import PosixProcess

    class Processes(PosixProcess):  # type: ignore[misc]  # testinfra is not typed
        @classmethod
        def get_module_class(cls, _host: Any) -> Any:
            return cls

    return Processes.get_module(host)
