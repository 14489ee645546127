"""Which checks there are, choosing among them, and judging a Snapshot by them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from checks.cis import (
    catalogue,
    section1,
    section1_audit,
    section2,
    section2_containers,
    section3,
    section4,
    section4_history,
    section5_limits,
    section5_mounts,
    section5_namespaces,
    section5_network,
    section5_operation,
    section5_privileges,
    section5_profiles,
    section6,
    section7,
)
from checks.cis.check import Check
from checks.cis.snapshot import Policy, Snapshot
from checks.errors import UsageError
from checks.model import Judgement

MODULES = (
    *(section1, section1_audit, section2, section2_containers, section3),
    *(section4, section4_history),
    *(section5_limits, section5_mounts, section5_namespaces, section5_network),
    *(section5_operation, section5_privileges, section5_profiles),
    *(section6, section7),
)


def _in_order(checks: Iterable[Check]) -> Mapping[str, Check]:
    by_id: dict[str, Check] = {}
    for one in checks:
        if by_id.setdefault(one.id, one) is not one:
            raise ValueError(f"{one.id} is declared twice")
    return MappingProxyType({name: by_id[name] for name in catalogue.IDS if name in by_id})


CHECKS = _in_order(one for module in MODULES for one in module.CHECKS)
"""All checks by their ids in 1.8, in the benchmark's order."""


def choose(benchmark: str, ids: Collection[str] = (), sections: Collection[str] = ()) -> tuple[Check, ...]:
    """Return the checks of an edition, only those of `ids` (in its numbering) or `sections` where some are named.

    A group of checks can be named by its prefix: `1.1`. UsageError for an edition, check or section that does not exist.
    """
    if benchmark not in catalogue.BENCHMARKS:
        raise UsageError(f"there is no benchmark {benchmark!r}", f"benchmarks: {', '.join(catalogue.BENCHMARKS)}")
    for section in sections:
        if section not in catalogue.SECTIONS:
            raise UsageError(f"there is no section {section!r}", f"sections: {', '.join(catalogue.SECTIONS)}")
    known = {own: one for one in CHECKS.values() if (own := one.id_in(benchmark)) is not None}
    for name in ids:
        if not any(catalogue.is_in(own, name) for own in known):
            raise UsageError(f"the benchmark {benchmark} has no check {name!r}", "docs/cis.md lists the checks")
    everything = not ids and not sections
    return tuple(
        one
        for own, one in known.items()
        if everything or one.section in sections or any(catalogue.is_in(own, name) for name in ids)
    )


def judge(
    snapshot: Snapshot, checks: Iterable[Check], benchmark: str = "1.8", policy: Policy | None = None
) -> tuple[Judgement, ...]:
    """Return what each check says of a snapshot, in the numbering of that edition; checks that it has not are left out."""
    facts = snapshot if policy is None else replace(snapshot, policy=policy)
    return tuple(_judgement(facts, one, own) for one in checks if (own := one.id_in(benchmark)) is not None)


def _judgement(snapshot: Snapshot, one: Check, own: str) -> Judgement:
    outcome = one.judge(snapshot)
    return Judgement(
        id=own,
        section=one.section,
        title=one.title,
        verdict=outcome.verdict,
        offenders=outcome.offenders,
        evidence=outcome.evidence,
        remedy=one.advice(outcome.offenders),
        target=snapshot.target,
    )
