"""The benchmark as annotations of GitHub's runner: one for each check that fails, and for each that could not be judged."""

from __future__ import annotations

from collections.abc import Iterator

from checks.cis.bench import Bench, HostResult
from checks.model import Judgement
from checks.report import benchwords
from checks.report.github import command


def bench(result: Bench) -> str:
    """Return one command a line."""
    return "".join(f"{line}\n" for line in _commands(result))


def _commands(result: Bench) -> Iterator[str]:
    for host in result.hosts:
        if host.error:
            yield command("error", {"title": f"CIS on {host.target}"}, host.error)
        yield from (_command("error", one, host) for one in host.failing)
        yield from (_command("error" if result.strict else "warning", one, host) for one in host.unknown)
    for fails, said in benchwords.of_waivers(result):
        yield command("error" if fails else "warning", {"title": "CIS waivers"}, said)
    for host in result.below:
        yield command("error", {"title": "CIS score"}, benchwords.too_low(host, result.fail_under))


def _command(level: str, one: Judgement, host: HostResult) -> str:
    return command(
        level, {"title": f"CIS {one.id} on {host.target}"}, f"{one.title}\n{benchwords.message(one)}\n{one.remedy}"
    )
