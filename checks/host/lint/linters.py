"""Where the linters are: in the environment of the package or in one of their own, not whatever is on PATH first."""

from __future__ import annotations

import contextvars
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from checks.errors import MissingToolError
from checks.host import workers as threads
from checks.host.lint import terraform
from checks.host.tools import toolenv
from checks.lint.batches import Tools
from checks.model import Output

Place = Callable[[Output], tuple[str, ...] | None]
"""How a command line of a tool starts; None where nobody has to have it; MissingToolError where it should be there."""

_AGAIN = "install checks again"


def script(name: str) -> Place:
    """Return the place of a program that the package's dependencies installed."""

    def find(_out: Output) -> tuple[str, ...]:
        path = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name, path=_scripts())
        if path is None:
            raise MissingToolError(f"{name} is not in the environment of checks: {_AGAIN}", _AGAIN)
        return (path,)

    return find


def _scripts() -> str:
    """Return the folder of programs where Python is not in it: on Debian, with packages beside those of the system."""
    import sysconfig  # reads a large table

    return sysconfig.get_path("scripts")


def api(package: str, program: str) -> Place:
    """Return the place of a program of ours, beside this module, that uses a package of our environment."""

    def find(_out: Output) -> tuple[str, ...]:
        if importlib.util.find_spec(package) is None:
            raise MissingToolError(f"{package} is not in the environment of checks: {_AGAIN}", _AGAIN)
        return (sys.executable, "-I", str(Path(__file__).with_name(program)))

    return find


def environment(name: str, program: str) -> Place:
    """Return the place of a program in a tool's own environment, made on first need: `bin/NAME`, or one of ours, `NAME.py`."""

    def find(out: Output) -> tuple[str, ...]:
        folder = toolenv.environment(name, out)
        if program.endswith(".py"):
            return (str(folder / "bin/python"), "-I", str(Path(__file__).with_name(program)))
        return (str(folder / program),)

    return find


def compose(out: Output) -> tuple[str, ...]:
    """Return the place of compose: the plugin that is there and new enough, else the pinned one."""
    return (toolenv.compose_program(out),)


def kingfisher(out: Output) -> tuple[str, ...]:
    """Return the place of kingfisher in its own environment, after what gives it many files at once."""
    return (sys.executable, "-I", "-S", str(Path(__file__).with_name("kingfisher_api.py")), *toolenv.kingfisher(out))


def packer(out: Output) -> tuple[str, ...]:
    """Return the place of packer: the program on PATH, with the plugins that its user has installed, else Debian's."""
    path = shutil.which("packer")
    if path is None or Path(path).resolve().name.startswith("cracklib"):  # another program of that name
        return (str(toolenv.unpacked("packer", "usr/bin/packer", out)),)
    home = Path(os.environ.get("HOME") or "/root")
    settled = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "packer" / "plugins"
    places = (os.environ.get("PACKER_PLUGIN_PATH"), settled, home / ".packer.d" / "plugins")
    plugins = next((str(place) for place in places if place and Path(place).is_dir()), None)
    env = shutil.which("env")
    return (env, f"PACKER_PLUGIN_PATH={plugins}", path) if plugins and env else (path,)


def on_path(name: str) -> Place:
    """Return the place of a program that is used where a person has it on PATH."""

    def find(_out: Output) -> tuple[str, ...] | None:
        path = shutil.which(name)
        return (path,) if path else None

    return find


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "ansible-lint": environment("ansible-lint", "ansible_lint_api.py"),
        "check-jsonschema": api("check_jsonschema", "jsonschema_api.py"),
        "checkov": environment("checkov", "checkov_api.py"),
        "compose-config": compose,
        "compose-lint": script("compose-lint"),
        "hadolint": script("hadolint"),
        "kingfisher": kingfisher,
        "packer": packer,
        "shellcheck": script("shellcheck"),
        "terraform": terraform.command,
        "tflint": on_path("tflint"),
        "yamllint": api("yamllint", "yamllint_api.py"),
    }
)


def locate(names: Iterable[str], out: Output) -> Tools:
    """Return where these tools are, made where they can be, and as many workers as there are cores for us."""
    commands: dict[str, tuple[str, ...]] = {}
    absent: dict[str, str] = {}
    wanted = tuple(names)
    for name, found in zip(wanted, _found(wanted, out), strict=True):
        if isinstance(found, MissingToolError):
            advice = "" if found.advice in str(found) else found.advice
            absent[name] = "; ".join(filter(None, (str(found), *found.details[-2:], advice)))
        elif found is None:
            absent[name] = ""
        else:
            commands[name] = found
    return Tools(commands, workers(), absent)


def _found(names: Sequence[str], out: Output) -> list[tuple[str, ...] | MissingToolError | None]:
    """Return the place of each, or why it has none; side by side, because environments take long to make."""

    def find(name: str) -> tuple[str, ...] | MissingToolError | None:
        try:
            return PLACES[name](out)
        except MissingToolError as error:
            return error

    with threads.pool(max(1, workers())) as pool:
        places = [pool.submit(contextvars.copy_context().run, find, name) for name in names]
        return [place.result() for place in places]


def workers() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
