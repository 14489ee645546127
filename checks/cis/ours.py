"""Images that `checks` itself has put on an engine: nobody's Dockerfile made them, so nobody could correct one."""

from __future__ import annotations

from checks.cis.facts import Image
from checks.cis.unknown import Unknown

BASE = "checks.base"
"""The label of a bootstrapped base, which what is built on it inherits."""
TREE = "checks.tree"
"""The label of what `checks` builds: the repository's images as well."""
HELPER = "checks/helper"
_SHOWN = 12
"""Characters of its tree that the helper's tag is made of."""


def is_base(image: Image) -> bool:
    """Return whether it is a bootstrapped base itself: it has the label and the one layer, and nothing was built on it."""
    steps = 0 if isinstance(image.history, Unknown) else len(image.history)
    return BASE in image.labels and TREE not in image.labels and steps == 1


def is_helper(image: Image) -> bool:
    """Return whether it is the helper that enters containers: its tag and its label say the same tree."""
    tree = image.labels.get(TREE, "")[:_SHOWN]
    return bool(tree) and f"{HELPER}:{tree}" in image.tags


def is_ours(image: Image) -> bool:
    """Return whether it is a base or the helper; an image of the repository never is, whatever it stands on."""
    return is_base(image) or is_helper(image)
