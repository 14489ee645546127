"""The baseline: findings that were there when somebody began to look, by fingerprint. They do not fail a run; new ones do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from checks.errors import ConfigError
from checks.lint import fields
from checks.lint.findings import OWN
from checks.model import Finding, Status

PLACE = ".checks/lint-baseline.json"
"""Where it is, relative to the root."""
_ADVICE = "write it again with `checks lint --write-baseline`"


def parse(text: str) -> Counter[str]:
    """Return the fingerprints that a baseline holds; ConfigError where it is none."""
    try:
        data = fields.mapping(json.loads(text))
        if data.get("schema") != 1:
            raise ConfigError(f"{PLACE} is of schema {data.get('schema')!r}, not 1", _ADVICE)
        entries = [fields.mapping(entry) for entry in fields.listed(data.get("findings"))]
        return Counter(fields.text(entry.get("fingerprint")) for entry in entries)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{PLACE} cannot be read: {error}", _ADVICE) from error


def written(found: Iterable[Finding]) -> str:
    """Return the baseline of these findings: what is waived has its own place, what we say of waivers is for now.

    One finding a line, sorted, so that a change of it reads well and merges.
    """
    kept = [one for one in found if one.status is not Status.WAIVED and not is_of_waivers(one)]
    lines = sorted(
        json.dumps({"path": one.path, "tool": one.tool, "rule": one.rule, "fingerprint": one.fingerprint})
        for one in kept
    )
    body = ",\n    ".join(lines)
    return f'{{\n  "schema": 1,\n  "findings": [\n    {body}\n  ]\n}}\n' if lines else '{"schema": 1, "findings": []}\n'


def is_of_waivers(finding: Finding) -> bool:
    """Return whether a finding is about a waiver: a baseline takes none of these."""
    return finding.tool == OWN and finding.rule.startswith("waiver-")


def applied(found: Iterable[Finding], known: Counter[str]) -> tuple[tuple[Finding, ...], int]:
    """Return the findings, those that are in the baseline marked, and how many of its entries met none."""
    left = Counter(known)
    marked = []
    for finding in found:
        met = left[finding.fingerprint] > 0 and finding.status is Status.NEW and not is_of_waivers(finding)
        if met:
            left[finding.fingerprint] -= 1
        marked.append(replace(finding, status=Status.BASELINE) if met else finding)
    return tuple(marked), left.total()
