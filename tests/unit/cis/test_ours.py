"""Images of checks itself: the words by which they are told are those that the host room puts on them."""

from __future__ import annotations

from checks.cis import ours
from checks.cis.facts import Image, Step
from checks.host.docker import labels
from checks.host.images import bootstrap, helper


def test_the_words_are_the_host_rooms_own() -> None:
    assert (ours.BASE, ours.TREE) == (bootstrap.LABEL, labels.TREE)
    assert ours.is_helper(Image("sha256:1", (helper.IMAGE,), labels={labels.TREE: helper.TREE}))
    assert ours.is_base(Image("sha256:2", labels={bootstrap.LABEL: "1"}, history=(Step(""),)))
