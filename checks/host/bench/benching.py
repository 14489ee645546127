"""Looking at hosts for the benchmark: which ones, all at once, and the files that keep what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checks import errors
from checks.cis import mine as pure
from checks.cis import snapshot
from checks.cis.codec import SnapshotError
from checks.cis.snapshot import Snapshot
from checks.errors import ChecksError, ConfigError, NoEngineError
from checks.host import files
from checks.host.bench import collect
from checks.host.bench.probing import Way
from checks.host.docker import engine
from checks.model import Output

LOCAL = "local"


@dataclass(frozen=True)
class Looked:
    """What was seen of a host, or why nothing was."""

    target: str
    facts: Snapshot | None = None
    error: str = ""
    code: int = errors.OK


def look(
    hosts: Sequence[str],
    environ: Mapping[str, str],
    out: Output,
    way: Way = Way(),  # noqa: B008  frozen
) -> list[Looked]:
    """Look at these hosts, at the same time; where none is named, at the engine that is there. It is never started.

    One host that cannot be looked at is a ChecksError; of several it is an entry.
    """
    wanted = list(dict.fromkeys(hosts)) or [LOCAL]
    if len(wanted) == 1:
        return [_look(wanted[0], environ, way)]
    from checks.host import workers  # threads take a while to import, and one host needs none

    def guarded(host: str) -> Looked:
        try:
            return _look(host, environ, way)
        except ChecksError as error:
            out.warn(f"{host}: {error}")
            return Looked(host, None, str(error), error.code)

    with workers.pool(min(len(wanted), 16)) as pool:
        return list(pool.map(guarded, wanted))


def _look(host: str, environ: Mapping[str, str], way: Way) -> Looked:
    address = _found(environ) if host == LOCAL else host
    with collect.prober(address, environ, machines=host != LOCAL, way=way) as asked:
        facts = collect.snapshot(asked)
    target = facts.target if host == LOCAL else host  # what was asked for is what is reported
    return Looked(target, replace(facts, target=target))


def _found(environ: Mapping[str, str]) -> str:
    place = engine.locate(environ)
    if place is None:
        raise NoEngineError(
            "there is no engine to look at",
            "start Docker, set DOCKER_HOST or name hosts by --host; or: checks engine up",
        )
    return place[1]


def recorded(paths: Iterable[Path]) -> list[Looked]:
    """Return what files hold; a host that is in them several times is told apart by a number."""
    seen: Counter[str] = Counter()
    looked = []
    for facts in (one for path in paths for one in _recorded(path)):
        seen[facts.target] += 1
        number = seen[facts.target]
        target = facts.target if number == 1 else f"{facts.target} ({number})"
        looked.append(Looked(target, replace(facts, target=target)))
    return looked


def _recorded(path: Path) -> tuple[Snapshot, ...]:
    """Return the snapshots of a file, one a line; ConfigError where it holds none."""
    try:
        found = tuple(snapshot.load(line) for line in files.read_text(path).splitlines() if line.strip())
    except SnapshotError as error:
        raise ConfigError(f"{path} holds no facts: {error}", "write them with `checks bench --snapshot`") from error
    if not found:
        raise ConfigError(f"{path} is empty", "write facts with `checks bench --snapshot`")
    return found


def record(path: Path, facts: Iterable[Snapshot]) -> None:
    """Write snapshots to a file, one a line, for the owner's eyes: it says how to attack a host."""
    try:
        files.write_atomic(path, "".join(map(snapshot.dump, facts)), mode=0o600)
    except OSError as error:
        raise ConfigError(f"--snapshot {path} cannot be written: {error.strerror}", "name another file") from error


def mine(facts: Snapshot | None, run: str, root: str) -> Snapshot | None:
    """Return the part of a snapshot that a run, or a repository, has started."""
    return None if facts is None else pure.only(facts, run, root)
