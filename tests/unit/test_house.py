"""The rules of the house that a program can check: who imports what, who opens files, how long things are."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.host import files
from checks.lint import registry

ROOT = Path(__file__).parents[2]
CHECKS = ROOT / "checks"
EDGE = {"__main__.py", "entry.py", "pytest_plugin.py", "testing.py"}
PURE_ROOMS = ("lint", "report", "cis")
ALLOWED = frozenset(
    (
        "__future__",
        "abc",
        "argparse",
        "bisect",
        "base64",
        "collections",
        "copy",
        "dataclasses",
        "datetime",
        "difflib",
        "enum",
        "fnmatch",
    )
    + (
        "functools",
        "graphlib",
        "hashlib",
        "html",
        "importlib.metadata",
        "io",
        "ipaddress",
        "itertools",
        "json",
        "math",
        "operator",
    )
    + ("pathlib", "posixpath", "re", "shlex", "statistics", "string", "textwrap", "tomllib", "types", "typing")
    + ("urllib.parse", "xml", "junitparser", "markupsafe", "dockerfile_parse", "yaml", "checks")
)
"""What pure modules may import: of pathlib only the pure half (Args holds Paths and uses none), no effects of ours."""
EFFECTS = ("checks.host", "checks.verbs", "checks.__main__", "checks.entry", "checks.pytest_plugin", "checks.testing")
CALLS = {
    "open",
    "print",
    "input",
    "exit",
    "exec",
    "eval",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "unlink",
}


def pure() -> list[Path]:
    rooms = [file for room in PURE_ROOMS for file in (CHECKS / room).rglob("*.py")]
    return sorted([file for file in CHECKS.glob("*.py") if file.name not in EDGE] + rooms)


def everything() -> list[Path]:
    return sorted(CHECKS.rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def in_any(module: str, roots: frozenset[str] | tuple[str, ...]) -> bool:
    return any(module == root or module.startswith(f"{root}.") for root in roots)


@pytest.mark.parametrize("path", pure(), ids=name)
def test_a_pure_module_imports_nothing_with_effects(path: Path) -> None:
    used = set(imports(path))
    if name(path) == "checks/lint/registry.py":
        used.remove("importlib.import_module")  # of modules beside it, by their names
    assert not {module for module in used if not in_any(module, ALLOWED) or in_any(module, EFFECTS)}
    paths = {"pathlib.PurePosixPath", "pathlib.PurePath"} | ({"pathlib.Path"} if path.name == "args.py" else set())
    assert not {module for module in used if in_any(module, ("pathlib",))} - paths


@pytest.mark.parametrize("path", pure(), ids=name)
def test_a_pure_module_opens_no_file_and_prints_nothing(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = [call.id if isinstance(call, ast.Name) else getattr(call, "attr", "") for call in calls]
    assert not CALLS.intersection(names)


def test_only_proc_imports_subprocess() -> None:
    who = {name(path) for path in everything() if any(in_any(used, ("subprocess",)) for used in imports(path))}
    scripts = {
        "checks/host/lint/ansible_forks_api.py",  # replaces what it imports
        "checks/host/lint/kingfisher_api.py",  # stands before one program, in a process that proc ends
    }
    assert who == {"checks/host/proc.py", *scripts}


@pytest.mark.parametrize("path", everything(), ids=name)
def test_modules_and_functions_are_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 250
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    assert not [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 60]


@pytest.mark.parametrize("linter", list(registry.LINTERS))
def test_every_linter_is_shown_to_pass_and_to_fail(linter: str) -> None:
    text = (Path(__file__).parent / "lint" / f"test_{linter.replace('-', '_')}.py").read_text()
    tests = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    assert {"test_a_clean_file_passes", "test_a_bad_file_fails"} <= tests


def _counts(node: ast.expr) -> bool:
    """Return whether an expression is a number of things."""
    return isinstance(node, ast.Call) and (
        (isinstance(node.func, ast.Name) and node.func.id in ("len", "sum"))
        or (isinstance(node.func, ast.Attribute) and node.func.attr == "count")
    )


def uncounted(tree: ast.AST) -> Iterator[str]:
    """Yield the words that an f-string puts behind a number of things as they are: of one it says `1 images`."""
    for text in (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)):
        for number, word in itertools.pairwise(text.values):
            if isinstance(number, ast.FormattedValue) and _counts(number.value) and isinstance(word, ast.Constant):
                yield from re.findall(r"^ ((?:[a-z]+ )?[a-z]+s)\b", str(word.value))


@pytest.mark.parametrize("path", everything(), ids=name)
def test_what_is_counted_has_its_plural_by_the_helper(path: Path) -> None:
    # A plot is of two runs at least, and the schemas of a provider are hundreds.
    allowed = {"checks/report/page/rest.py": {"runs"}, "checks/host/lint/schemas.py": {"resources", "data sources"}}
    found = set(uncounted(ast.parse(path.read_text(encoding="utf-8"))))
    assert found - allowed.get(name(path), set()) == set()


def test_a_plural_by_hand_is_found() -> None:
    found = [
        *uncounted(ast.parse('f"removed {len(gone)} images; {sum(x)} data sources of {a.count(b)} built, {n} files"'))
    ]
    assert found == ["images", "data sources"]


@pytest.mark.parametrize("path", everything(), ids=name)
def test_the_harness_knows_no_variable_of_this_repository(path: Path) -> None:
    """What a repository has of its own, its configuration names: `checks doctor` told strangers of our ports."""
    config = files.load_config(ROOT)
    own = {*config.versions, *config.variables} - {
        "DOCKERHUB_LOGIN",
        "ENV",
    }  # publish reads the one, Dockerfiles have the other
    assert [word for word in sorted(own) if word in path.read_text(encoding="utf-8")] == []


ROOMS: dict[str, set[str]] = {
    "": set(),
    "tools": {""},
    "lint": {"", "tools"},
    "docker": {"", "tools"},
    "bench": {"", "docker"},
    "images": {"", "tools", "docker"},
    "testing": {"", "docker", "images"},
}
"""The rooms of checks/host, and the others that each uses; "" are the modules beside them."""


def test_every_room_of_the_host_is_named() -> None:
    assert {path.parent.name for path in (CHECKS / "host").glob("*/__init__.py")} == set(ROOMS) - {""}


@pytest.mark.parametrize("path", sorted((CHECKS / "host").rglob("*.py")), ids=name)
def test_rooms_of_the_host_use_only_those_below(path: Path) -> None:
    own = path.parent.name if path.parent.name in ROOMS else ""
    used = {module.split(".")[2] for module in imports(path) if module.startswith("checks.host.")}
    assert {room if room in ROOMS else "" for room in used} <= {own, *ROOMS[own]}
