"""`checks clean`: what runs that are over have left; with --images what was built; with --all everything of ours."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checks import errors
from checks.args import Args
from checks.host import cache
from checks.host import run as runs
from checks.host.console import Console
from checks.host.docker import embedded, engine, handed, labels
from checks.host.images import bootstrap, images
from checks.report.plain import counted

if TYPE_CHECKING:
    from docker import DockerClient

SPOKEN = ("text",)
REMOVE_SECONDS = 60.0
"""How long the engine may take to remove one thing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's own options."""
    parser.add_argument("--images", action="store_true", help="the images that checks built or bootstrapped, too")
    parser.add_argument(
        "--all",
        action="store_true",
        help="the embedded engine with all that is in it, the users it made, the cache, too",
    )


def run(args: Args, out: Console) -> int:
    """Remove it; 0 also where there is nothing."""
    runs.sweep()
    found = engine.find()
    place = embedded.Place.of(os.environ)
    if found is None and not args["all"] and _is_needed(place, args):
        found = embedded.up(os.environ, out)  # what is in it can only be told apart, and removed, by it
    if found is not None:
        with contextlib.closing(found.client(REMOVE_SECONDS)) as client:
            _objects(client, found, out)
            if args["images"] or args["all"]:
                _images(client, out)
    if args["all"]:
        _everything(found, out)
    return errors.OK


def _is_needed(place: embedded.Place, args: Args) -> bool:
    """Return whether there is something in the embedded engine, which does not run, that we can and should remove."""
    if args["images"]:
        return place.data.exists()
    return embedded.was_killed(place) and os.geteuid() == 0  # with what runs had started in it


def _objects(client: DockerClient, found: engine.Engine, out: Console) -> None:
    gone = labels.sweep(client)
    handed.sweep((item.project for item in labels.objects(client)), found.host)
    out.line(f"removed {_named(gone)} of runs that are over", "green")
    for item in gone:
        out.line(f"  {item.kind} {item.name}")


def _named(gone: Sequence[labels.Found]) -> str:
    kinds = Counter(item.kind for item in gone)
    return ", ".join(counted(number, kind) for kind, number in kinds.items()) or "nothing"


def _images(client: DockerClient, out: Console) -> None:
    doomed = list(ours(client))
    for image in doomed:
        images.remove(client, image)
    kept = set(ours(client))
    out.line(f"removed {counted(len(doomed) - len(kept), 'image')}", "green")
    if kept:
        out.warn(f"{counted(len(kept), 'image is', 'images are')} in use by containers, and not removed")


def ours(client: DockerClient) -> Iterator[str]:
    """Yield the names, or ids where they have none, of the images that checks made; those that stand on others first."""
    for mark in (labels.TREE, bootstrap.LABEL):
        for image in client.api.images(filters={"label": mark}):
            tags = [tag for tag in image["RepoTags"] or () if tag != "<none>:<none>"]
            yield from tags or [image["Id"]]


def _everything(found: engine.Engine | None, out: Console) -> None:
    place = embedded.Place.of(os.environ)
    if found is not None and found.kind == "embedded":
        users = labels.live_runs(found)
        if users:
            raise errors.FailedError(f"the engine is used by {', '.join(users)}", "checks down, or wait for it")
        embedded.down(os.environ)
    for what in embedded.erase(os.environ):
        out.line(f"removed {what}", "green")
        handed.sweep((), place.host, 0.0)  # the engine is gone, and with it whoever could mount them
    folder = cache.root()
    if folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        out.line(f"removed the cache {folder}", "green")
    if place.state.exists():
        raise errors.FailedError(f"{place.state} is still there", "is the engine running? checks engine down")
