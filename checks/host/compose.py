"""Calling compose: what a project resolves to, building, starting, stopping."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.config import Config
from checks.errors import FailedError, UsageError
from checks.host import proc, toolenv, watch
from checks.host.engine import Engine, version
from checks.host.files import read_first_line
from checks.model import Done, Output

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")  # compose's own order
PLACES = ("", "src", "docker", "deploy")
CONFIG_SECONDS = 60.0


@dataclass(frozen=True)
class Compose:
    """How compose is called for one repository: the command, its file, the environment with the engine in it."""

    argv: tuple[str, ...]
    file: Path
    env: Mapping[str, str]

    def run(self, *words: str, timeout: float, project: str = "", file: Path | None = None, **how: Any) -> Done:
        """Run compose on the file, or on another one, from the folder of the project's own file."""
        chosen = ["-f", str(file or self.file), *(("-p", project) if project else ())]
        folder = ["--project-directory", str(self.file.parent)]
        argv = [*self.argv, "--ansi", "never", *folder, *chosen, *words]
        return proc.run(argv, env=self.env, cwd=self.file.parent, timeout=timeout, **how)

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
            raise FailedError(f"compose cannot read {self.file.name}", "correct what it names", done.last_lines(8))
        try:
            return dict(json.loads(done.out))
        except ValueError as error:
            raise FailedError(
                "what compose makes of its file is no JSON", "compose 2.24 or newer is needed", done.last_lines(3)
            ) from error


def find(root: Path, config: Config) -> Path:
    """Return the compose file of a repository; UsageError where there is none."""
    if config.compose:
        named = root / config.compose
        if not named.is_file():
            raise UsageError(
                f"the configured compose file {config.compose} is not there", f"correct it in {config.source}"
            )
        return named
    for place in PLACES:
        for name in NAMES:
            if (root / place / name).is_file():
                return root / place / name
    raise UsageError(f"no compose file in {root}", 'name one in checks.toml: compose = "path/compose.yaml"')


def open_project(root: Path, config: Config, engine: Engine, out: Output) -> Compose:
    """Return compose for a repository, on an engine, with the defaults of its version variables set."""
    env = engine.env()
    for variable, file in config.versions.items():
        if not env.get(variable):
            env[variable] = read_first_line(root / file)
    # Compose would hand the build to a buildx that may not be there.
    return Compose(toolenv.compose(out), find(root, config), {**env, "DOCKER_BUILDKIT": "1"})
