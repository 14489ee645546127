"""testinfra's connection to a container: its namespaces entered from outside, so that images carry no test tools.

Questions about processes, sockets and interfaces are answered by this machine's `ps`, `ss` and `ip`, run in the container's
namespaces; everything else runs in the image's own file system, and fails there where the image has no such tool.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from typing import Any

import testinfra.backend
from testinfra.backend import base

from checks.errors import NoEngineError
from checks.host import engine, netns, proc

SCHEME = "checks"
TOOLS = frozenset({"ps", "ss", "ip", "netstat", "hostname", "uname", "id", "lsns", "sysctl"})
LIMIT = 60.0


def register() -> None:
    """Teach testinfra the scheme `checks://<container>`."""
    testinfra.backend.BACKENDS[SCHEME] = f"{__name__}.NamespaceBackend"


def is_tool(command: str) -> bool:
    """Return whether a command is one that this machine's tools answer: `ss -tln`, `command -v ps`."""
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    while words[:2] == ["command", "-v"] or words[:1] == ["which"]:
        words = words[2 if words[0] == "command" else 1 :]
    return bool(words) and words[0].rpartition("/")[2] in TOOLS


class NamespaceBackend(base.BaseBackend):  # type: ignore[misc]  # testinfra is not typed
    """A container, by id or name, on the engine that this process uses."""

    NAME = SCHEME

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.name = name
        super().__init__(self.name, *args, **kwargs)
        self.route = "nsenter" if _is_here() else "exec"
        """How commands get in: `nsenter` from outside, or `exec` by the engine."""

    def run(self, command: str, *args: str, **kwargs: Any) -> base.CommandResult:
        """Run a shell command, its arguments quoted."""
        del kwargs
        text = self.get_command(command, *args)
        done = proc.run(self._argv(text), timeout=LIMIT)
        return self.result(done.code, self.encode(text), done.out.encode(), done.err.encode())

    def _argv(self, text: str) -> list[str]:
        if self.route == "exec":
            return ["docker", "exec", self.name, "/bin/sh", "-c", text]
        with contextlib.closing(_engine().client()) as client:
            pid = netns.host_pid(client.api.inspect_container(self.name))
        return netns.tool_argv(pid, text) if is_tool(text) else netns.image_argv(pid, text)


def ps(host: Any) -> Any:
    """Return testinfra's process module for a host of ours: for the `ps` of this machine, whatever the image has.

    By itself testinfra looks for busybox in the image and would read the answer as that one's.
    """
    from testinfra.modules.process import PosixProcess

    class Processes(PosixProcess):  # type: ignore[misc]  # testinfra is not typed
        @classmethod
        def get_module_class(cls, _host: Any) -> Any:
            return cls

    return Processes.get_module(host)


def _engine() -> engine.Engine:
    found = engine.find()
    if found is None:
        raise NoEngineError("no engine to reach containers on", "checks engine up")
    return found


def _is_here() -> bool:
    return os.geteuid() == 0 and _engine().is_here
