"""A fact that could not be had, and why: it never reads as a pass."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """Stands in the place of a fact. `reason` completes "unknown, because …": `permission denied: /etc/docker/certs.d`."""

    reason: str


NOT_COLLECTED = Unknown("the collector did not look")
"""The default of every fact that somebody has to collect: what was forgotten is unknown, not absent."""
