"""Write the pages that are made of what the code says of itself. `nox -s docs` runs it."""

from __future__ import annotations

import json
from pathlib import Path

from checks.cis import doc, registry
from checks.lint.own.manual import manual

HERE = Path(__file__).parent


def figures() -> dict[str, str]:
    """Return the figures that were measured: docs/cis-figures.json, {} where nobody has."""
    place = HERE / "cis-figures.json"
    return dict(json.loads(place.read_text())) if place.exists() else {}


if __name__ == "__main__":
    (HERE / "cis.md").write_text(doc.page(registry.CHECKS.values(), figures()), encoding="utf-8")
    (HERE / "rules.md").write_text(manual().rstrip("\n") + "\n", encoding="utf-8")
