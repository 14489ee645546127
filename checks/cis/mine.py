"""What a run, or a repository's compose project, has started: the part of a Snapshot that is theirs."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import replace

from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown

RUN = "checks.run"
FOLDER = "com.docker.compose.project.working_dir"
SECTIONS = ("4", "5")
"""What a run can answer for: its images and containers. The host, the daemon and the swarm are not its making."""


def only(snapshot: Snapshot, run: str, root: str) -> Snapshot:
    """Return the snapshot with the containers of a run and their images and networks only.

    Where the run has none, those of compose projects whose folder is `root` or lies in it.
    """
    containers = snapshot.containers
    if isinstance(containers, Unknown):
        return snapshot
    of_run = tuple(one for one in containers if run and one.labels.get(RUN) == run)
    is_mine = _in_run(run) if of_run else _in_folder(root)
    mine = of_run or tuple(one for one in containers if is_mine(one.labels))
    images = {one.image_id for one in mine}
    return replace(
        snapshot,
        containers=mine,
        images=snapshot.images
        if isinstance(snapshot.images, Unknown)
        else tuple(one for one in snapshot.images if one.id in images),
        networks=snapshot.networks
        if isinstance(snapshot.networks, Unknown)
        else tuple(one for one in snapshot.networks if is_mine(one.labels)),
    )


def _in_run(run: str) -> Callable[[Mapping[str, str]], bool]:
    return lambda labels: labels.get(RUN) == run


def _in_folder(root: str) -> Callable[[Mapping[str, str]], bool]:
    folder = posixpath.normpath(root)
    return lambda labels: f"{labels.get(FOLDER, '')}/".startswith(f"{folder}/")
