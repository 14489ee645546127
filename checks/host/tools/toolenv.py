"""Tools that do not come with the package: found where they are, else made under the cache from exact pins."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from checks.errors import MissingToolError
from checks.host import cache, proc
from checks.host.tools import ansible_collections, looking, packages, pip
from checks.lint.kingfisher import RULES
from checks.model import Output

COMPOSE_OLDEST = (2, 24)
"""The oldest compose that knows everything we ask of it (`--wait-timeout`, resolved `config --format json`)."""
PLUGINS = tuple(
    Path(folder, "docker")
    for folder in ("/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec", "/opt/homebrew/lib")
)
"""Where docker looks for its plugins after the person's own folder."""
_INSTALL_SECONDS = 600.0
_ELSEWHERE = "make it writable, or set CHECKS_CACHE to a folder that is"
_COLLECTIONS: Mapping[str, str] = MappingProxyType({"ansible-lint": "ansible-collections"})
"""Tools in whose environment Ansible collections are, and the constraints that name the package with them."""


def compose(out: Output, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return how compose is called: the `docker compose` that is there and new enough, else the pinned one."""
    if packages.which("docker"):
        # It would speak to the engine first, and to one on another machine over a connection of its own.
        env = {
            **{name: value for name, value in os.environ.items() if name != "DOCKER_HOST"},
            "DOCKER_CONTEXT": "default",
        }
        done = proc.run(["docker", "compose", "version", "--short"], env=env, timeout=20)
        if done.ok and version_of(done.out) >= COMPOSE_OLDEST:
            return ("docker", "compose")
    return (_pinned_compose(out, environ),)


def compose_program(out: Output, environ: Mapping[str, str] | None = None) -> str:
    """Return the program of compose itself, to call without docker and with any home; chosen as `compose` does.

    A plugin of docker's is such a program too. MissingToolError where there is none and none can be made.
    """
    env = os.environ if environ is None else environ
    for folder in (Path(env.get("DOCKER_CONFIG") or Path(env.get("HOME") or "/root") / ".docker"), *PLUGINS):
        program = folder / "cli-plugins" / "docker-compose"
        if os.access(program, os.X_OK):
            done = proc.run([program, "version", "--short"], timeout=20)
            if done.ok and version_of(done.out) >= COMPOSE_OLDEST:
                return str(program)
            break  # the one that docker would call
    return _pinned_compose(out, environ)


def _pinned_compose(out: Output, environ: Mapping[str, str] | None) -> str:
    # The package's own command is a Python wrapper that ends 0 whatever compose did: call what it wraps.
    found = sorted(environment("compose", out, environ).glob("lib/python*/site-packages/compose/docker-compose"))
    if not found:
        raise MissingToolError("the pinned compose carries no program", "install the docker compose plugin")
    return str(found[0])


def kingfisher(out: Output, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return how kingfisher is called, with its rules compiled: each run without that takes six seconds longer."""
    # The package's own command is a Python wrapper that costs a start of Python: call what it wraps.
    found = sorted(environment("kingfisher", out, environ).glob("lib/python*/site-packages/kingfisher/bin/kingfisher"))
    if not found:
        raise MissingToolError("the pinned kingfisher carries no program", "install checks again")
    rules = found[0].with_name(RULES)
    if not any(rules.glob("*")):
        looking.refuse("kingfisher")
        place = rules if rules.exists() else rules.parent
        if not os.access(place, os.R_OK | os.W_OK):
            raise MissingToolError(f"kingfisher cannot keep its compiled rules: {place} is not writable", _ELSEWHERE)
        out.step("compiling kingfisher's rules")
        argv = (found[0], "--no-update-check", "--quiet", "rules", "compile-cache", "--rule-cache-dir", rules)
        done = proc.run(argv, timeout=_INSTALL_SECONDS)
        if not done.ok:
            said = done.err.partition("Stack backtrace:")[0].strip().splitlines()
            raise MissingToolError("kingfisher cannot compile its rules", "see what it says", said[-5:])
    return (str(found[0]),)


def version_of(text: str) -> tuple[int, ...]:
    """Return the first dotted version in a text as numbers, () where there is none."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part) for part in match.groups() if part) if match else ()


def environment(name: str, out: Output, environ: Mapping[str, str] | None = None) -> Path:
    """Return the virtual environment of a tool, made from constraints/<name>.txt on first need.

    Its folder is named by the hash of its pins and of the Python; two commands at once make it once. Raises
    MissingToolError where it cannot be made.
    """
    pins, collections = _pins(name), _collections(name)
    folder = environment_folder(name, environ)
    done = folder / ".complete"
    if done.exists():
        return folder
    with _locked(folder, name):
        if not done.exists():
            out.step(f"installing {name} ({pins.split()[0]}) into the tool cache")
            _make(folder, name, pins)
            if collections:
                out.step(f"unpacking the collections of {collections.strip()} for {name}")
                ansible_collections.install(folder, collections)
            done.touch()
    return folder


def environment_folder(name: str, environ: Mapping[str, str] | None = None) -> Path:
    """Return where the virtual environment of a tool is, once it has been made."""
    key = hashlib.sha256(f"{sys.version}\n{_pins(name)}{_collections(name)}".encode()).hexdigest()[:16]
    return cache.root(environ) / "tools" / f"{name}-{key}"


def _pins(name: str) -> str:
    return resources.files("checks.constraints").joinpath(f"{name}.txt").read_text()


def _collections(name: str) -> str:
    return _pins(_COLLECTIONS[name]) if name in _COLLECTIONS else ""


def unpacked(package: str, program: str, out: Output, environ: Mapping[str, str] | None = None) -> Path:
    """Return a program of a Debian package, unpacked into the cache: no root is needed, nothing of the system is touched.

    Raises MissingToolError where the package cannot be had.
    """
    tools = cache.root(environ) / "tools"
    found = _newest(tools, package)
    if found is None:
        with _locked(tools / f"{package}-debian", package):
            found = _newest(tools, package)
            if found is None:
                out.step(f"unpacking Debian's {package} into the tool cache")
                found = _unpack(tools, package, program)
    return found / program


def _newest(tools: Path, package: str) -> Path | None:
    made = [mark.parent for mark in tools.glob(f"{package}-*/.complete")]
    return max(made, key=lambda folder: version_of(folder.name), default=None)


def _unpack(tools: Path, package: str, program: str) -> Path:
    for command in ("apt-get", "dpkg-deb"):
        if packages.which(command) is None:
            raise MissingToolError(f"{package} is not installed, and this is no system with apt", f"install {package}")
    with tempfile.TemporaryDirectory(dir=tools, prefix=f".{package}-") as name:
        deb = _downloaded(Path(name), package)
        version = proc.run(["dpkg-deb", "--field", deb, "Version"], timeout=60).out.strip()
        done = proc.run(["dpkg-deb", "--extract", deb, Path(name, "files")], timeout=_INSTALL_SECONDS)
        if not done.ok or not os.access(Path(name, "files", program), os.X_OK):
            raise MissingToolError(f"Debian's {package} {version} holds no {program}", f"install {package}")
        folder = tools / f"{package}-{version}"
        shutil.rmtree(folder, ignore_errors=True)  # what a killed command left
        Path(name, "files").rename(folder)
        (folder / ".complete").touch()
    return folder


def _downloaded(folder: Path, package: str) -> Path:
    """Download a package with apt, with the system's lists of packages, else with lists of our own."""
    own = ["-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache"]
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root"]  # the folder is not the sandbox's
    done = proc.run([*command, "download", package], timeout=_INSTALL_SECONDS, cwd=folder)
    if not done.ok and proc.run([*command, *own, "update"], timeout=_INSTALL_SECONDS, cwd=folder).ok:
        done = proc.run([*command, *own, "download", package], timeout=_INSTALL_SECONDS, cwd=folder)
    found = next(folder.glob("*.deb"), None)
    if not done.ok or found is None:
        raise MissingToolError(
            f"{package} is not on PATH, and apt cannot download it", f"install {package}", done.last_lines(3)
        )
    return found


@contextlib.contextmanager
def _locked(folder: Path, name: str) -> Iterator[None]:
    import filelock  # it imports asyncio: a tenth of a second for all whose tools are there

    looking.refuse(name)  # whatever is made is made under a lock
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"{folder.parent} cannot be made: {error.strerror}"
        raise MissingToolError(why, "set CHECKS_CACHE to a folder that you may write to") from error
    lock = filelock.FileLock(f"{folder}.lock")
    try:
        lock.acquire(timeout=2 * _INSTALL_SECONDS)
    except filelock.Timeout as error:
        raise MissingToolError(
            f"another command has been installing {name} for too long", f"end it; it holds {lock.lock_file}"
        ) from error
    except OSError as error:
        raise MissingToolError(f"{folder.parent} is not writable: {error.strerror}", _ELSEWHERE) from error
    try:
        yield
    finally:
        lock.release()


def _make(folder: Path, name: str, pins: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # what a killed command left
    bare = ("--without-pip",) if pip.is_ours() else ()
    made = proc.run([_python(), "-m", "venv", *bare, folder], timeout=_INSTALL_SECONDS)
    if made.ok:
        (folder / "pins.txt").write_text(pins)
        argv = [*pip.command(folder / "bin" / "python"), "install", "-q", "--no-deps", "-r", str(folder / "pins.txt")]
        made = proc.run([*argv, *(("--require-hashes",) if "--hash" in pins else ())], timeout=_INSTALL_SECONDS)
    if not made.ok:
        raise MissingToolError(
            f"{name} could not be installed", "see pip's words; is a package index reachable?", made.last_lines(8)
        )


def _python() -> str:
    """Return the interpreter to make environments with: the one below a virtual environment, if we are in one."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    return base if os.access(base, os.X_OK) else sys.executable
