"""Ansible's own commands, run by forks of a process that has Ansible imported: 0.15 s each, not 0.5.

Loaded by ansible_lint_api.py, in the tool's interpreter, before anything of Ansible is imported: the configuration that
the forks see is the one that Ansible read then.
"""

from __future__ import annotations

import array
import contextlib
import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

PROGRAMS = {"ansible": "adhoc", "ansible-config": "config", "ansible-doc": "doc", "ansible-playbook": "playbook"}
FOLLOWED = {
    "ANSIBLE_COLLECTIONS_PATH": "COLLECTIONS_PATHS",
    "ANSIBLE_LIBRARY": "DEFAULT_MODULE_PATH",
    "ANSIBLE_ROLES_PATH": "DEFAULT_ROLES_PATH",
}
"""Variables that a fork can take over, and the lists that Ansible made of them when it was imported."""
_OPTIONS = frozenset(("--syntax-check", "-vv", "--extra-vars", "--json", "-l", "-t", "--version"))
"""What ansible-lint calls them with: everything else that begins with a dash is a file's name."""
_run: Callable[..., subprocess.CompletedProcess[Any]] = subprocess.run


class KilledError(RuntimeError):
    """A process of ours was ended by somebody else."""


class Forks:
    """The process, and the way to it; where we die it ends by itself."""

    def __init__(self) -> None:
        for module in PROGRAMS.values():
            import_module(f"ansible.cli.{module}")
        self._environ = dict(os.environ)
        self._lock = threading.Lock()
        self._amend: Callable[[dict[str, str]], dict[str, str]] = dict
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        gc.freeze()  # a fork that looks at all of this copies it
        self._pid = os.fork()
        if self._pid == 0:
            self._socket.close()
            _serve(theirs)
        theirs.close()

    def end(self) -> None:
        """End the process, and wait for it."""
        self._socket.close()
        os.waitpid(self._pid, 0)

    def install(self, amend: Callable[[dict[str, str]], dict[str, str]]) -> None:
        """Let every `subprocess.run` of Ansible's commands come here, with the variables that `amend` makes of its own."""
        self._amend = amend
        subprocess.run = self.run  # type: ignore[assignment]

    def run(self, args: Any, **options: Any) -> subprocess.CompletedProcess[Any]:
        """Do what subprocess.run does; what a fork would not do as a new process does, a new process does."""
        if not isinstance(args, list) or not args or args[0] not in PROGRAMS:
            return _run(args, **options)
        args = [word if word in _OPTIONS or not word.startswith("-") else f"./{word}" for word in args]
        env = self._amend(dict(options.get("env") or os.environ))
        changed = {name for name in {*env, *self._environ} if env.get(name) != self._environ.get(name)}
        if changed - set(FOLLOWED):
            return _run(args, **{**options, "env": env})
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            code = self._ask({"argv": args, "env": env, "cwd": str(options.get("cwd") or Path.cwd())}, out, err)
            said = [_text(file) for file in (out, err)]
        if options.get("check") and code:
            raise subprocess.CalledProcessError(code, args, *said)
        return subprocess.CompletedProcess(args, code, *said)

    def _ask(self, question: dict[str, Any], out: Any, err: Any) -> int:
        ours, theirs = os.pipe()
        with os.fdopen(ours, "rb") as answer:
            fds = array.array("i", [out.fileno(), err.fileno(), theirs])
            with self._lock, contextlib.suppress(ConnectionError):
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)]
                self._socket.sendmsg([json.dumps(question).encode()], rights)
            os.close(theirs)
            code = answer.read()
        if not code:
            raise KilledError(f"{question['argv'][0]} was killed")
        return int(code)


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode("utf-8", "replace"))


def _serve(questions: socket.socket) -> None:
    while True:
        data, fds, _, _ = socket.recv_fds(questions, 1 << 20, 3)
        if data and os.fork() == 0:
            questions.close()
            _become(json.loads(data), *fds)
        for fd in fds:
            os.close(fd)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG if data else 0)[0]:
                pass
        if not data:
            os._exit(0)


def _become(question: dict[str, Any], out: int, err: int, answer: int) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.environ.clear()
    os.environ.update(question["env"])
    os.chdir(question["cwd"])
    sys.argv = question["argv"]
    gc.disable()  # it is over before that would pay
    code: object = 1
    try:
        constants = import_module("ansible.constants")
        for name in FOLLOWED.values():
            getattr(constants, name)[:] = constants.config.get_config_value(name)  # in place: loaders hold them
        import_module(f"ansible.cli.{PROGRAMS[sys.argv[0]]}").main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(answer, str(code if isinstance(code, int) else 1).encode())
        os._exit(0)
