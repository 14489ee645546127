"""What is said of a directory beside terraform's own words: what could not be had, and so was not looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from checks.lint import hcl, terraform_dirs, versions
from checks.lint.terraform_dirs import OPENTOFU, Directory

Note = dict[str, Any]


def describe(
    known: Mapping[str, Directory],
    path: str,
    callers: Collection[str],
    stand_ins: Mapping[str, Collection[str]],
    schemas: Mapping[str, str],
    *,
    tofu: bool,
) -> dict[str, Any]:
    """Return what is to be known of a directory when it is validated.

    `blame` are the files that cannot be validated without it: its own and those of whatever calls it. `extra` is
    configuration that it needs to stand alone.
    """
    directory = known[path]
    return {
        "path": path,
        "blame": terraform_dirs.files_of((path, *callers), known),
        "extra": _handed(directory, called=bool(callers)),
        "core": list(_core(directory)),
        "limits": [
            *_unknown(directory, schemas),
            *_elsewhere(directory, stand_ins.get(path, ())),
            *_cycles(directory, known),
            *(
                {"path": name, "line": 0, "opentofu": name}
                for name in directory.files
                if name.endswith(OPENTOFU) and not tofu
            ),
        ],
    }


def wanted(
    root: Path, known: Mapping[str, Directory], callers: Mapping[str, Collection[str]]
) -> dict[str, dict[str, list[str]]]:
    """Return for each directory the versions of providers that it asks for, or whatever calls it, or is called by it."""
    found = {}
    for path in known:
        asked: dict[str, set[str]] = {}
        for other in {*terraform_dirs.unit(path, known), *callers[path]} & known.keys():
            for address, constraints in known[other].constraints.items():
                asked.setdefault(address, set()).update(constraints)
            for address, constraint in _locked(root / other / ".terraform.lock.hcl"):
                asked.setdefault(address, set()).add(constraint)
        found[path] = {address: sorted(constraints) for address, constraints in asked.items()}
    return found


def _locked(path: Path) -> list[tuple[str, str]]:
    """Return the versions in a lock file, as constraints: what is locked and what is compatible with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    found = []
    for block in hcl.parse(text).of("provider"):
        major, minor, *_ = (*versions.parse(block.plain("version")), 0, 0)
        if block.labels:
            found.append((terraform_dirs.address(block.labels[0]), f"~> {major}.{minor}"))
    return found


def _handed(directory: Directory, *, called: bool) -> str:
    """Return the provider configurations that a module's callers hand to it, and that it lacks when it stands alone."""
    missing = set(directory.aliases)
    if called:
        for place in directory.of("resource", "data", "ephemeral"):
            value = place.block.values.get("provider")
            name = value.text.strip().strip('"') if value else ""
            missing |= {name} if "." in name else set()
    for place in directory.of("provider"):
        missing.discard(f"{place.block.labels[0] if place.block.labels else ''}.{place.block.plain('alias')}")
    pairs = sorted(name.split(".", 1) for name in missing)
    return "".join(f'provider "{name}" {{\n  alias = "{alias}"\n}}\n' for name, alias in pairs)


def _core(directory: Directory) -> list[Note]:
    return [
        {"path": place.path, "line": place.block.line, "constraint": place.block.plain("required_version")}
        for place in directory.of("terraform")
        if place.block.plain("required_version")
    ]


def _unknown(directory: Directory, schemas: Mapping[str, str]) -> list[Note]:
    """Return the first use of each provider whose schema nobody knows here."""
    found: dict[str, Note] = {}
    for place, address in directory.uses():
        if schemas.get(address) == "":
            found.setdefault(address, {"path": place.path, "line": place.block.line, "provider": address})
    return list(found.values())


def _elsewhere(directory: Directory, names: Collection[str]) -> list[Note]:
    return [
        {
            "path": call.path,
            "line": call.block.line,
            "module": call.block.labels[0],
            "source": call.block.plain("source"),
        }
        for call in directory.calls()
        if call.block.labels[0] in names
    ]


def _cycles(directory: Directory, known: Mapping[str, Directory]) -> list[Note]:
    """Return the calls that lead back to where they are."""
    found = []
    for call in directory.calls():
        called = directory.called(call.block)
        if called in known and directory.path in terraform_dirs.unit(str(called), known):
            found.append({"path": call.path, "line": call.block.line, "cycle": call.block.labels[0]})
    return found
