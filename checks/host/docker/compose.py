"""Calling compose: what a project resolves to, building, starting, stopping."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.config import Config
from checks.errors import FailedError, UsageError
from checks.host import proc
from checks.host.docker import watch
from checks.host.docker.engine import Engine, version
from checks.host.files import read_first_line
from checks.host.tools import toolenv
from checks.model import Done, Output

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")  # compose's own order
PLACES = ("", "src", "docker", "deploy")
CONFIG_SECONDS = 60.0
CHOICE = "COMPOSE_FILE"
_CHOICE = re.compile(rf"^\s*(?:export\s+)?{CHOICE}\s*=\s*(?P<quote>[\"']?)(?P<files>[^\"'#\n]+)", re.MULTILINE)


@dataclass(frozen=True)
class Compose:
    """How compose is called for one repository: the command, its file, the environment with the engine in it.

    `more` are files that are merged into that one. `choosing` is the folder where compose chooses files by itself, as for
    somebody who calls it there: the override file, and what COMPOSE_FILE names; None where the files are named.
    """

    argv: tuple[str, ...]
    file: Path
    env: Mapping[str, str]
    more: tuple[Path, ...] = ()
    choosing: Path | None = None

    def run(self, *words: str, timeout: float, project: str = "", file: Path | None = None, **how: Any) -> Done:
        """Run compose on the project's files, or on another one, from the project's folder."""
        folder = self.choosing or self.file.parent
        argv = [
            *self.argv,
            "--ansi",
            "never",
            *self._files(folder, file),
            *(("-p", project) if project else ()),
            *words,
        ]
        return proc.run(argv, env=self.env, cwd=folder, timeout=timeout, **how)

    def _files(self, folder: Path, file: Path | None) -> list[str]:
        if file is None and self.choosing:
            return []
        files = [file] if file else [self.file, *self.more]
        return ["--project-directory", str(folder), *(word for path in files for word in ("-f", str(path)))]

    def run_watched(self, *words: str, timeout: float, what: str, **how: Any) -> Done:
        """Run what the engine does, which may take long.

        Raises NoEngineError as soon as the engine has come to hang, and where it is gone by the time that this has failed.
        """
        with watch.watched(self.env["DOCKER_HOST"]) as watched:
            done = self.run(*words, timeout=timeout, doomed=watched.hung, **how)
            watched.refuse(what)
        if not done.ok:
            version(self.env["DOCKER_HOST"])
        return done

    @property
    def version(self) -> str:
        """What compose says its version is."""
        return ".".join(map(str, toolenv.version_of(proc.run([*self.argv, "version", "--short"], timeout=20).out)))

    def resolve(self, project: str = "") -> dict[str, Any]:
        """Return `config --format json`; FailedError where compose cannot read the file."""
        done = self.run("config", "--format", "json", project=project, timeout=CONFIG_SECONDS)
        if done.timed_out:
            raise FailedError(
                f"compose has not read {self.file.name} within {CONFIG_SECONDS:.0f} s", "look for aliases that multiply"
            )
        if not done.ok:
            said = [line for line in done.last_lines(8) if "level=warning" not in line]
            raise FailedError(
                f"compose cannot read {self.file.name}", _advice(" ".join(said)), said or done.last_lines(8)
            )
        try:
            return dict(json.loads(done.out))
        except ValueError as error:
            raise FailedError(
                "what compose makes of its file is no JSON", "compose 2.24 or newer is needed", done.last_lines(3)
            ) from error


def _advice(said: str) -> str:
    if "env file" in said and "not found" in said:
        return "make that file (an example may be beside it), or say `required: false` of it"
    return "correct what it names"


@dataclass(frozen=True)
class Found:
    """The compose files of a repository, and where compose chooses them by itself, as `Compose` says."""

    file: Path
    more: tuple[Path, ...] = ()
    choosing: Path | None = None


def find(root: Path, config: Config) -> Found:
    """Return the compose files of a repository; UsageError where there is none.

    A file that compose would find in its folder stands for what it would read there.
    """
    if config.compose:
        named = [root / name for name in config.compose]
        missing = [name for name in config.compose if not (root / name).is_file()]
        if missing:
            raise UsageError(f"the configured compose file {missing[0]} is not there", f"correct it in {config.source}")
        is_default = len(named) == 1 and _default(named[0].parent) == named[0]
        return Found(named[0], tuple(named[1:]), named[0].parent if is_default else None)
    for place in PLACES:
        file = _default(root / place) or _chosen(root / place)
        if file:
            return Found(file, choosing=root / place)
    raise UsageError(
        f"no compose file in {root}",
        'checks init looks for one in all folders; or name it in checks.toml: compose = "path/compose.yaml"',
    )


def _default(folder: Path) -> Path | None:
    """Return what compose reads in a folder where nothing says what it is to read."""
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)


def _chosen(folder: Path) -> Path | None:
    """Return the first of the files that .env of a folder chooses, None where it chooses none that is there."""
    try:
        match = _CHOICE.search((folder / ".env").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    file = folder / match["files"].strip().partition(":")[0] if match else folder
    return file if file.is_file() else None


def open_project(root: Path, config: Config, engine: Engine, out: Output) -> Compose:
    """Return compose for a repository, on an engine, with the defaults of its version variables set."""
    env = engine.env()
    for variable, file in config.versions.items():
        if not env.get(variable):
            env[variable] = read_first_line(root / file)
    found = find(root, config)
    if config.compose:
        env.pop(CHOICE, None)  # what is configured stands before what somebody's shell has for another project
    # Compose would hand the build to a buildx that may not be there.
    env["DOCKER_BUILDKIT"] = "1"
    return Compose(toolenv.compose(out), found.file, env, found.more, found.choosing)
