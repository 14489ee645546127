"""Images from registries, from the command line: Debian's docker-registry and some that fail, on a world's loopback.

A service that names an image and builds none makes `checks build` do nothing but provide it. The engine's own
registry is out of reach in every test: the address of a proxy that nobody listens at stands before it.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from checks.host.images import bootstrap, imagetar
from tests.e2e import registries

if TYPE_CHECKING:
    from checks.model import Done
    from tests.e2e.conftest import World

_HERE = Path(__file__).parent
_AWAY = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
Faulty = Callable[[str], str]


@pytest.fixture(scope="module")
def registry(engine_world: World) -> Iterator[str]:
    """Run Debian's docker-registry on the world's loopback; its address."""
    with registries.registry(engine_world) as made:
        yield made.name


@pytest.fixture(scope="module", autouse=True)
def _compose(engine_world: World, tiny: imagetar.Archive, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let compose be fetched before the ways to the outside are cut."""
    engine_world.load(tiny)
    root = tmp_path_factory.mktemp("first")
    (root / "compose.yaml").write_text('{"services": {"one": {"image": "tiny:1"}}}')
    done = engine_world.checks("build", "--root", str(root))
    assert done.ok, done.err


@pytest.fixture
def faulty(engine_world: World) -> Iterator[Faulty]:
    """Start registries that fail; a call with the way of failing gives the address."""
    with contextlib.ExitStack() as stack:

        def start(mode: str) -> str:
            port = next(registries.ports)
            argv: list[str | Path] = [sys.executable, _HERE / "faulty_registry.py", str(port), mode]
            stack.enter_context(registries.serving(engine_world, port, *argv))
            return f"127.0.0.1:{port}"

        yield start


@pytest.fixture
def engine_without_images(engine_world: World, tiny: imagetar.Archive) -> Iterator[World]:
    """Give the shared engine without any image of ours, before and after."""
    _forget_images(engine_world)
    engine_world.load(tiny)
    yield engine_world
    _forget_images(engine_world)


def _forget_images(world: World) -> None:
    with contextlib.closing(world.engine.client()) as client:
        for image in client.images.list():
            for tag in image.tags:
                if tag.partition(":")[0] in ("probe", "debian") or "/" in tag:
                    client.images.remove(tag)


def _push(world: World, name: str, source: str = "tiny:1") -> None:
    with contextlib.closing(world.engine.client()) as client:
        client.images.get(source).tag(name)
        said = client.images.push(name)
        client.images.remove(name)
    assert "error" not in said, said


def _ids(world: World) -> dict[str, str]:
    """Return name → id of all images."""
    with contextlib.closing(world.engine.client()) as client:
        return {tag: str(image.id) for image in client.images.list() for tag in image.tags}


def _build(world: World, root: Path, image: str, **env: str) -> Done:
    (root / "compose.yaml").write_text(json.dumps({"services": {"one": {"image": image}}}))
    return world.checks("build", "--root", str(root), env={**_AWAY, **env})


def _base(root: Path) -> Any:
    (base,) = json.loads((root / "reports/build.json").read_text())["bases"]
    return base


@pytest.mark.parametrize("folder", ["", "team/", "library/"])
def test_a_mirror_gives_the_image_and_only_its_plain_name_stays(
    engine_without_images: World, registry: str, tiny: imagetar.Archive, tmp_path: Path, folder: str
) -> None:
    image = f"probe:{folder.rstrip('/') or 'plain'}"
    _push(engine_without_images, f"{registry}/{folder}{image}")
    mirror = f"{registry}/team" if folder == "team/" else registry
    done = _build(engine_without_images, tmp_path, image, CHECKS_REGISTRY=mirror)
    assert done.ok, done.err
    assert f"pulling {image} from {mirror}" in done.err
    base = _base(tmp_path)
    assert (base["image"], base["way"]) == (image, "pulled")
    assert base["detail"].startswith(f"{registry}/{folder}probe@sha256:")
    ids = _ids(engine_without_images)
    assert ids[image] == tiny.image_id
    assert not [name for name in ids if registry in name]


def test_what_was_there_is_never_retagged(
    engine_without_images: World, registry: str, tiny: imagetar.Archive, shared_cache: Path, tmp_path: Path
) -> None:
    world = engine_without_images
    _push(world, f"{registry}/probe:1")
    config = imagetar.Config("amd64", 0, {"mine": "yes"}, "another image of that name")
    own = imagetar.write(tmp_path / "own.tar", shared_cache / "tiny-layer.tar", config)
    assert own.image_id != tiny.image_id
    world.load(own, "probe")
    done = _build(world, tmp_path, "probe:1", CHECKS_REGISTRY=registry)
    assert done.ok, done.err
    assert _base(tmp_path)["way"] == "present"
    assert _ids(world)["probe:1"] == own.image_id


def test_a_base_of_ours_gives_way_to_the_real_one(
    engine_without_images: World, registry: str, tiny: imagetar.Archive, shared_cache: Path, tmp_path: Path
) -> None:
    world, image = engine_without_images, "debian:trixie-slim"
    _push(world, f"{registry}/{image}")
    config = imagetar.Config("amd64", 0, {bootstrap.LABEL: "of an old recipe"}, "mmdebstrap")
    ours = imagetar.write(tmp_path / "ours.tar", shared_cache / "tiny-layer.tar", config)
    world.load(ours, "debian")
    with contextlib.closing(world.engine.client()) as client:
        client.images.get("debian:1").tag(image)
    done = _build(world, tmp_path, image, CHECKS_REGISTRY=registry)
    assert done.ok, done.err
    assert _base(tmp_path)["way"] == "pulled"
    assert _ids(world)[image] == tiny.image_id


def test_an_image_that_names_its_registry_comes_from_there(
    engine_without_images: World, registry: str, tmp_path: Path
) -> None:
    _push(engine_without_images, f"{registry}/probe:named")
    done = _build(engine_without_images, tmp_path, f"{registry}/probe:named")
    assert done.ok, done.err
    assert _base(tmp_path)["way"] == "pulled"


def test_what_a_registry_does_not_have_is_an_error(engine_without_images: World, registry: str, tmp_path: Path) -> None:
    done = _build(engine_without_images, tmp_path, "debian:bookworm-slim", CHECKS_REGISTRY=registry)
    assert done.code == 1
    assert "does not have it" in done.err
    assert "bootstrapping" not in done.err


def test_a_registry_that_is_slow_is_waited_for(engine_without_images: World, faulty: Faulty, tmp_path: Path) -> None:
    name = f"{faulty('slow')}/probe:slow"
    done = _build(engine_without_images, tmp_path, name)
    assert done.ok, done.err
    assert _base(tmp_path)["way"] == "pulled"
    assert name in _ids(engine_without_images)


@pytest.mark.parametrize("mode", ["500", "dies", "truncated"])
def test_a_registry_that_answered_and_fails_is_an_error(
    engine_without_images: World, faulty: Faulty, tmp_path: Path, mode: str
) -> None:
    address = faulty(mode)
    done = _build(engine_without_images, tmp_path, "debian:trixie-slim", CHECKS_REGISTRY=address)
    assert done.code == 1
    assert "could not be pulled, though the registry answered" in done.err
    assert "bootstrapping" not in done.err
    assert "debian:trixie-slim" not in _ids(engine_without_images)


@pytest.mark.parametrize(
    ("mode", "why"), [("silent", "no answer"), ("portal", "HTTP 302"), ("teapot", "HTTP 418"), ("", "no connection")]
)
def test_a_mirror_that_does_not_answer_is_an_error(
    engine_without_images: World, faulty: Faulty, tmp_path: Path, mode: str, why: str
) -> None:
    address = faulty(mode) if mode else "127.0.0.1:9"
    done = _build(engine_without_images, tmp_path, "debian:trixie-slim", CHECKS_REGISTRY=address)
    assert done.code == 1
    assert f"{address}: {why}" in done.err
    assert "CHECKS_OFFLINE=1" in done.err
    assert "bootstrapping" not in done.err


def test_silence_is_taken_for_no_answer_after_three_seconds(engine_world: World, faulty: Faulty) -> None:
    address = faulty("silent")
    code = (
        "import time; from checks.host.images import registry; start = time.monotonic();"
        f"print(registry.probe(['{address}'], {{}})); print(time.monotonic() - start)"
    )
    said, seconds = engine_world.python(code).out.splitlines()
    assert "no answer" in said
    assert 2.5 < float(seconds) < 3.5


def test_a_registry_that_must_be_there_and_is_not_is_an_error(engine_without_images: World, tmp_path: Path) -> None:
    for image in ("debian:trixie-slim", "127.0.0.1:9/probe:1"):
        done = _build(engine_without_images, tmp_path, image, CHECKS_OFFLINE="0")
        assert done.code == 1
        assert f"no registry answers for {image}" in done.err
        assert "CHECKS_OFFLINE=0" in done.err


def test_offline_no_registry_is_asked_and_what_is_missing_is_named(
    engine_without_images: World, registry: str, tmp_path: Path
) -> None:
    _push(engine_without_images, f"{registry}/probe:away")
    done = _build(engine_without_images, tmp_path, "probe:away", CHECKS_OFFLINE="1", CHECKS_REGISTRY=registry)
    assert done.code == 1
    assert "probe:away: not on this engine, and CHECKS_OFFLINE=1" in done.err
    assert "standins" in done.err


def test_variables_that_mean_nothing_are_wrong_usage(engine_world: World, tmp_path: Path) -> None:
    assert _build(engine_world, tmp_path, "probe:1", CHECKS_OFFLINE="maybe").code == 2
    assert _build(engine_world, tmp_path, "probe:1", CHECKS_REGISTRY="http://127.0.0.1:1").code == 2


def test_what_a_stand_in_stands_on_is_had_as_any_base(
    engine_without_images: World, registry: str, tmp_path: Path
) -> None:
    _push(engine_without_images, f"{registry}/probe:below")
    (tmp_path / "checks.toml").write_text('[standins]\n"gone.example/db:1" = "Dockerfile"\n')
    (tmp_path / "Dockerfile").write_text("FROM probe:below\n")
    offline = _build(engine_without_images, tmp_path, "gone.example/db:1", CHECKS_OFFLINE="1")
    assert offline.code == 1
    assert "probe:below: not on this engine, and CHECKS_OFFLINE=1" in offline.err
    done = _build(engine_without_images, tmp_path, "gone.example/db:1", CHECKS_REGISTRY=registry)
    assert done.ok, done.err
    ways = {base["image"]: base["way"] for base in json.loads((tmp_path / "reports/build.json").read_text())["bases"]}
    assert ways == {"gone.example/db:1": "stand-in", "probe:below": "pulled"}
