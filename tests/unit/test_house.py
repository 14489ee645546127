"""The rules of the house that a program can check: who imports what, who opens files, how long things are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.lint import registry

ROOT = Path(__file__).parents[2]
CHECKS = ROOT / "checks"
EDGE = {"__main__.py", "entry.py", "pytest_plugin.py"}
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
EFFECTS = ("checks.host", "checks.verbs", "checks.__main__", "checks.entry", "checks.pytest_plugin")
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
    assert who == {"checks/host/proc.py", "checks/host/ansible_forks_api.py"}  # which replaces what it imports


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
