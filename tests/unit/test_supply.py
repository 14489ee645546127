"""What is pinned: in images with hashes and in no other way, elsewhere for the oldest Python that we take."""

from __future__ import annotations

import re
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from checks.host.tools import toolenv

ROOT = Path(__file__).parents[2]
REQUIREMENTS = sorted([*ROOT.glob("src/*/*requirements.txt"), *ROOT.glob("docker-monolith/requirements.txt")])
DOCKERFILES = sorted([*ROOT.glob("src/*/Dockerfile"), *ROOT.glob("docker-monolith/Dockerfile")])


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def unpinned(text: str) -> list[str]:
    """Return the requirements of a file that are not pinned to one version and at least one hash."""
    whole = re.sub(r"\\\n", " ", text)
    wanted = [line.strip() for line in whole.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    exact = re.compile(r"[A-Za-z0-9][\w.\[\]-]*==[^\s*]+(?:\s*;[^#]*?)?(?:\s+--hash=sha256:[0-9a-f]{64})+(?:\s*#.*)?")
    return [line for line in wanted if not exact.fullmatch(line)]


def installs(text: str) -> list[str]:
    """Return the commands of a Dockerfile that install Python packages by pip without asking for hashes."""
    whole = re.sub(r"\\\n", " ", text)
    commands = re.findall(r"pip\b[^&|;\n]*\binstall\b[^&|;\n]*", whole)
    return [command for command in commands if "--require-hashes" not in command and "--no-index" not in command]


@pytest.mark.parametrize("path", REQUIREMENTS, ids=name)
def test_every_requirement_of_an_image_has_its_hash(path: Path) -> None:
    assert unpinned(path.read_text()) == []


@pytest.mark.parametrize("path", DOCKERFILES, ids=name)
def test_every_installation_asks_for_hashes(path: Path) -> None:
    assert installs(path.read_text()) == []


def test_there_are_requirements_and_dockerfiles_to_look_at() -> None:
    assert len(REQUIREMENTS) >= 5
    assert len(DOCKERFILES) >= 5


@pytest.mark.parametrize(
    "line", ["flask", "flask==3.*", "flask==3.1", "flask>=3 --hash=sha256:" + "a" * 64, "-r other.txt"]
)
def test_what_is_not_pinned_is_found(line: str) -> None:
    good = f"flask==3.1.3 \\\n    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\n    # via x\n"
    assert unpinned(good) == []
    assert unpinned(f"{good}{line}\n") == [line]


def test_an_installation_without_hashes_is_found() -> None:
    text = "RUN /opt/pip/bin/pip --python=x install \\\n  flask && true\nRUN pip install --require-hashes -r x\n"
    assert [command.split()[-1] for command in installs(text)] == ["flask"]


@pytest.mark.parametrize("tool", ["", "ansible-lint", "checkov", "compose", "kingfisher", "terraform-stub"])
def test_every_pin_can_be_had_with_the_oldest_python(tool: str) -> None:
    """Debian 12 has 3.11.2: a pin that wants 3.11.5 is none there, and the tool is missing."""
    base = toolenv.environment_folder(tool) if tool else None
    packages = sysconfig.get_path("purelib", vars={"base": str(base)} if base else None)
    found = list(metadata.distributions(path=[packages]))
    if not found and tool:
        pytest.skip("expected: this tool is not in the cache, and unit tests fetch nothing")
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    oldest = f"{needs.removeprefix('>=')}.0"
    wanted = {f"{one.name} {one.version}": str(one.metadata.json.get("requires_python", "")) for one in found}
    assert {name: needs for name, needs in wanted.items() if not SpecifierSet(needs).contains(oldest)} == {}
