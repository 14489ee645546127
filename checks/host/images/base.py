"""Where an external image comes from: it is there, a registry gives it, mmdebstrap makes it, or a stand-in is built."""

from __future__ import annotations

import contextlib
import enum
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checks.errors import ChecksError, FailedError
from checks.host.docker.engine import Engine
from checks.host.images import bootstrap, imagestate, registry
from checks.model import Output

if TYPE_CHECKING:
    from docker import DockerClient

_CLIENT_SECONDS = 300.0


class Way(enum.StrEnum):
    """How an image came to be there."""

    PRESENT = "present"
    PULLED = "pulled"
    BOOTSTRAPPED = "bootstrapped"
    STAND_IN = "stand-in"


@dataclass(frozen=True)
class Provided:
    """An image that is there now (a stand-in: that the caller builds), the way that was taken, seconds of wall time.

    `detail` is what a report says of it: digest or id, registry, or the stand-in's folder. `began` is in epoch seconds.
    """

    image: str
    way: Way
    detail: str
    seconds: float
    began: float = 0.0


@dataclass(frozen=True)
class _Task:
    """What is the same for all images of one call."""

    client: DockerClient
    policy: registry.Policy
    info: Mapping[str, Any]
    environ: Mapping[str, str]
    out: Output
    silent: Mapping[str, str]


def provide(
    engine: Engine, images: Sequence[str], standins: Mapping[str, str], out: Output, environ: Mapping[str, str]
) -> list[Provided]:
    """Bring images that are not built here onto the engine; return, in the order given, what was done for each.

    `standins` is the configuration's: image → folder of what is built in its place; the caller builds it. `environ`
    says CHECKS_OFFLINE, CHECKS_REGISTRY, CHECKS_CACHE. What was on the engine before is never re-tagged, but our own
    bootstrapped base, which gives way to the real one as soon as a registry answers. Nothing is asked of a registry
    where every image is there. Raises FailedError where an image can be had in no way, or where a registry answered
    and then failed; UsageError where the variables make no sense.
    """
    policy = registry.Policy.of(environ)
    wanted = {image: registry.parse(image) for image in images}
    with contextlib.closing(engine.client(_CLIENT_SECONDS)) as client:
        info = client.info()
        found = {image: imagestate.present(client, image) for image in wanted}
        needed = [image for image, was in found.items() if was is None or was.base]
        silent = _ask(policy, [wanted[image] for image in needed], info)
        task = _Task(client, policy, info, environ, out, silent)
        ways = {image: _way(task, wanted[image], found[image], standins) for image in wanted}
        _refuse_missing(task, [image for image, way in ways.items() if way is None])
        done = {image: _do(task, image, way, found[image], standins) for image, way in ways.items() if way}
    return [done[image] for image in images]


def provide_each(
    engine: Engine, images: Sequence[str], standins: Mapping[str, str], out: Output, environ: Mapping[str, str]
) -> tuple[list[Provided], dict[str, FailedError]]:
    """Do what `provide` does for every image that can be had; return also why the others cannot, by image."""
    try:
        return provide(engine, images, standins, out, environ), {}
    except FailedError as error:
        if len(images) == 1:
            return [], {images[0]: error}
    each = [provide_each(engine, [image], standins, out, environ) for image in images]
    return [item for found, _ in each for item in found], {key: why for _, one in each for key, why in one.items()}


def _ask(policy: registry.Policy, needed: Sequence[registry.Reference], info: Mapping[str, Any]) -> dict[str, str]:
    """Return host → why it does not answer ("": it does) of the registries needed; FailedError where one must."""
    if policy.offline or not needed:
        return {}
    by_image = {reference.familiar: registry.hosts(reference, policy, info) for reference in needed}
    silent = registry.probe([host for hosts in by_image.values() for host in hosts], info)
    mirror = policy.mirror.partition("/")[0]
    for image, hosts in by_image.items():
        said = "; ".join(f"{host}: {silent[host]}" for host in hosts)
        if all(silent[host] for host in hosts) and mirror in hosts:
            raise FailedError(
                f"the registry of CHECKS_REGISTRY does not answer ({said})",
                "start it or unset the variable; CHECKS_OFFLINE=1 does without one",
            )
        if all(silent[host] for host in hosts) and policy.offline is False:
            raise FailedError(
                f"no registry answers for {image} ({said}), and CHECKS_OFFLINE=0 asks for one",
                "unset CHECKS_OFFLINE to go on without one, or set CHECKS_REGISTRY to an internal mirror",
            )
    return silent


def _answers(task: _Task, reference: registry.Reference) -> bool:
    hosts = registry.hosts(reference, task.policy, task.info)
    return any(not task.silent.get(host, "not asked") for host in hosts)


def _base(task: _Task, reference: registry.Reference) -> bootstrap.Base | None:
    if reference.registry:
        return None
    return bootstrap.base_of(reference.repository, reference.version, str(task.info["Architecture"]))


def _way(
    task: _Task, reference: registry.Reference, found: imagestate.Present | None, standins: Mapping[str, str]
) -> Way | None:
    if found is not None and not found.base:
        return Way.PRESENT
    if _answers(task, reference):
        return Way.PULLED
    if _folder(reference, standins):
        return Way.STAND_IN
    return Way.BOOTSTRAPPED if _base(task, reference) else None


def _folder(reference: registry.Reference, standins: Mapping[str, str]) -> str:
    """Return the folder of an image's stand-in, however its name is written; "" where it has none."""
    return next((folder for image, folder in standins.items() if registry.parse(image) == reference), "")


def _refuse_missing(task: _Task, images: Sequence[str]) -> None:
    if not images:
        return
    why = "CHECKS_OFFLINE=1" if task.policy.offline else "no registry answers"
    raise FailedError(
        f"{', '.join(images)}: not on this engine, and {why}",
        "pull it where there is a registry and `docker load` it here, set CHECKS_REGISTRY to a mirror that has it,"
        " or name what is built in its place under `standins` in checks.toml",
        [f"{host}: {said}" for host, said in task.silent.items() if said],
    )


def _do(task: _Task, image: str, way: Way, found: imagestate.Present | None, standins: Mapping[str, str]) -> Provided:
    started, began = time.monotonic(), time.time()
    reference = registry.parse(image)
    if way is Way.PRESENT and found is not None:
        detail = found.digest or found.id
    elif way is Way.PULLED:
        detail = _pull(task, image, reference)
    elif way is Way.BOOTSTRAPPED:
        detail = _bootstrap(task, image, reference, found)
    else:
        detail = _folder(reference, standins)
    return Provided(image, way, detail, time.monotonic() - started, began)


def _pull(task: _Task, image: str, reference: registry.Reference) -> str:
    names = [image]
    if task.policy.mirror and not reference.registry:
        names = _names_at(task.policy.mirror, reference)
    for name in names:
        task.out.step(f"pulling {image}" if name == image else f"pulling {image} from {task.policy.mirror}")
        was_there = imagestate.present(task.client, name) is not None
        if registry.pull(task.client, name):
            return _adopt(task, image, name, was_there)
    raise FailedError(
        f"{image}: the registry answers and does not have it, or not for us ({', '.join(names)})",
        "correct the name, log in with `docker login`, or push it there",
    )


def _names_at(mirror: str, reference: registry.Reference) -> list[str]:
    if reference.is_digest:
        raise FailedError(
            f"{reference.familiar} is named by its digest, which no mirror of another name can give",
            "name it by a tag, or unset CHECKS_REGISTRY",
        )
    plain = f"{mirror}/{reference.familiar}"
    return [plain] if "/" in reference.repository else [plain, f"{mirror}/library/{reference.familiar}"]


def _adopt(task: _Task, image: str, name: str, was_there: bool) -> str:
    """Give what came from a mirror its plain name, and take away the name that only the way to it needed."""
    pulled = imagestate.inspect(task.client, name)
    digest = str((pulled.get("RepoDigests") or [pulled["Id"]])[0])
    if name != image:
        _tag(task.client, pulled["Id"], image)
        if not was_there:
            task.client.api.remove_image(name, noprune=True)
    return digest


def _tag(client: DockerClient, image_id: str, image: str) -> None:
    """Name an image, unless that name has come to stand for somebody else's meanwhile."""
    now = imagestate.present(client, image)
    if now is None or now.base:
        reference = registry.parse(image)
        client.api.tag(image_id, reference.repository, reference.version)


def _bootstrap(task: _Task, image: str, reference: registry.Reference, found: imagestate.Present | None) -> str:
    base = _base(task, reference)
    assert base is not None  # noqa: S101 - _way asked before
    fits = found is not None and found.base == base.key
    if found is not None and fits and found.tagged_seconds_ago < bootstrap.MAX_AGE_SECONDS:
        return f"kept, {found.id}"
    why = "CHECKS_OFFLINE=1: " if task.policy.offline else "no registry answers: "
    try:
        made = bootstrap.archive(base, task.environ, task.out, why)
    except ChecksError as error:
        if found is None:
            raise
        task.out.warn(f"{error}; {image} stays as it was bootstrapped earlier")
        return f"kept, {found.id}"
    with made.path.open("rb") as file:
        imagestate.load(task.client, file)
    _tag(task.client, made.image_id, image)
    return f"mmdebstrap {base}, {made.image_id}"
