"""terraform over many directories in one process: a JSON array of files on standard input, JSON lines on standard output.

Run as a script by the Python of a tool environment (`terraform`, or `terraform-stub` where a program is on PATH), in
the repository's root: `terraform_api.py [--program FILE] [--real CACHE] [--cli-config FILE] -- DIRECTORY…`. Nothing is
written there: terraform works on a copy (terraform_copy.py). What this prints, a line for each thing that it knows, is
read by checks/lint/terraform.py; after a crash the lines tell how far it came.

A provider that cannot be had is stood in for (terraform_stub.py): by its schema in checks/schemas, else by one made up
from what the configuration uses.
"""

from __future__ import annotations

import argparse
import gzip
import json
import posixpath
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[3]))  # last: of our packages only `checks` is meant

from checks.host.lint import terraform_copy as copy
from checks.host.lint import terraform_notes
from checks.host.lint import terraform_stage as stage
from checks.lint import provider_schemas, terraform_dirs
from checks.lint.terraform_dirs import BUILT_IN, Directory

SCHEMAS = Path(__file__).parents[2] / "schemas"
_NAME = re.compile(r"[^\W\d][\w-]*")
_LONGEST_SOCKET = 90
"""Bytes of a socket's path: the kernel takes 107, and 104 elsewhere than on Linux."""


def main() -> None:
    """Answer one question, or carry on with it in an environment that terraform sees from its start."""
    if sys.argv[1:2] == ["--stage"]:
        stage.run(Path(sys.argv[2]), int(sys.argv[3]))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="")
    parser.add_argument("--real", default="")
    parser.add_argument("--cli-config", default="")
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("directories", nargs="*")
    args = parser.parse_args()
    if args.version:
        print(json.dumps(stage.versions(args.program)))
        return
    root, files = Path.cwd(), [str(name) for name in json.load(sys.stdin)]
    texts = _read(root, files)
    if args.write:
        folder = Path(tempfile.mkdtemp(prefix="t"))
        stage.write(root, folder, _to_format(folder, _own(root, files, texts)), args.program)
        return
    wanted = ["" if name == "." else name for name in args.directories]
    known = terraform_dirs.directories(texts.items())
    _add_called(root, known, texts)
    folder = Path(tempfile.mkdtemp(prefix="t"))
    real = args.real if args.real and _is_remote(known) and stage.can_be_had(args.cli_config) else ""
    plan = {"program": args.program, "real": real, "cli_config": args.cli_config}
    plan |= _plan(root, folder, known, texts, [path for path in wanted if path in known], plan)
    plan["formatted"] = _to_format(folder / "fmt", _own(root, files, texts))
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    stage.begin(folder / "plan.json")


def _is_remote(known: Mapping[str, Directory]) -> bool:
    """Return whether there is anything to be had from elsewhere."""
    return any(
        _elsewhere(directory) or any(directory.named()) or any(address != BUILT_IN for _, address in directory.uses())
        for directory in known.values()
    )


def _read(root: Path, files: Iterable[str]) -> dict[str, str]:
    texts = {}
    for name in files:
        try:
            texts[name] = (root / name).read_bytes().decode("utf-8", "surrogateescape")
        except OSError as error:
            stage.say(unreadable=name, message=str(error.strerror))
    return texts


def _add_called(root: Path, known: dict[str, Directory], texts: dict[str, str]) -> None:
    """Add the modules that are called and were not given to us: they are excluded or ignored, and needed all the same."""
    queue = list(known.values())
    for directory in queue:
        for call in directory.calls():
            called = directory.called(call.block)
            if called is None or called in known or not (root / called).is_dir():
                continue
            names = [posixpath.join(called, path.name) for path in sorted((root / called).iterdir()) if path.is_file()]
            more = _read(root, [name for name in names if terraform_dirs.is_configuration(name)])
            texts.update(more)
            known[called] = terraform_dirs.directories(more.items()).get(called, Directory(called, ()))
            queue.append(known[called])


def _plan(
    root: Path,
    folder: Path,
    known: dict[str, Directory],
    texts: Mapping[str, str],
    wanted: list[str],
    options: Mapping[str, str],
) -> dict[str, Any]:
    """Lay out the copies and schemas, and return what is to be done with them."""
    stand_ins = {path: _elsewhere(directory) for path, directory in known.items()}
    fit = {name: copy.without_core_version(name, text) for name, text in texts.items()}
    if options["real"]:
        copy.make(root, folder / "real", known, fit)
        _copy_locks(root, folder / "real", known)
    for path, directory in known.items():
        for name in directory.files:
            fit[name] = copy.with_stand_ins(name, fit[name], stand_ins[path])
    copy.make(root, folder / "stub", known, fit)
    for path, directory in known.items():
        _write_stand_ins(folder / "stub" / path, directory, stand_ins[path], [texts[name] for name in directory.files])
    for path in wanted:
        modules = folder / "stub" / path / ".terraform/modules"
        modules.mkdir(parents=True, exist_ok=True)
        (modules / "modules.json").write_text(copy.manifest(path, known, stand_ins), encoding="utf-8")
    servers, schemas = _servers(folder, known.values(), texts)
    callers = terraform_dirs.callers(known)
    tofu = Path(options["program"]).name == "tofu"
    directories = [
        terraform_notes.describe(known, path, callers[path], stand_ins, schemas, tofu=tofu) for path in wanted
    ]
    types = {
        f'{place.block.kind} "{place.block.labels[0]}"': address
        for directory in known.values()
        for place, address in directory.uses()
    }
    wants = terraform_notes.wanted(root, known, callers)
    return {"directories": directories, "servers": servers, "schemas": schemas, "types": types, "wanted": wants}


def _copy_locks(root: Path, target: Path, paths: Iterable[str]) -> None:
    for path in paths:
        lock = root / path / ".terraform.lock.hcl"
        if lock.is_file():
            shutil.copyfile(lock, target / path / lock.name)


def _elsewhere(directory: Directory) -> frozenset[str]:
    """Return the calls of modules that are not in this repository."""
    return frozenset(
        call.block.labels[0]
        for call in directory.calls()
        if _NAME.fullmatch(call.block.labels[0]) and call.block.plain("source") and not directory.called(call.block)
    )


def _write_stand_ins(folder: Path, directory: Directory, names: frozenset[str], texts: list[str]) -> None:
    for call in directory.calls():
        name = call.block.labels[0]
        if name in names:
            (folder / f"{copy.STAND_IN}{name}").mkdir(parents=True, exist_ok=True)
            text = copy.stand_in(call.block, directory, texts)
            (folder / f"{copy.STAND_IN}{name}" / "main.tf").write_text(text, encoding="utf-8", errors="replace")


def _servers(
    folder: Path, directories: Iterable[Directory], texts: Mapping[str, str]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Write what each stand-in answers; return by address its socket and that file, and the known schema's version."""
    sockets = folder if len(str(folder)) < _LONGEST_SOCKET else Path(tempfile.mkdtemp(dir="/tmp"))
    servers, schemas = {}, {}
    for at, (address, used) in enumerate(sorted(provider_schemas.used(directories, texts).items())):
        if address == BUILT_IN:
            continue
        schema = _schema(address)
        schemas[address] = schema["version"] if schema else ""
        answer = folder / f"schema{at}"
        answer.write_bytes(provider_schemas.response(schema, used))
        servers[address] = [str(sockets / f"s{at}"), str(answer)]
    return servers, schemas


def _schema(address: str) -> Any:
    path = SCHEMAS / f"{address.replace('/', '.')}.json.gz"
    return json.loads(gzip.decompress(path.read_bytes())) if path.is_file() else None


def _own(root: Path, files: Iterable[str], texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the files that `terraform fmt` is for, without those that are links to another one."""
    return {
        name: texts[name]
        for name in files
        if name in texts
        and terraform_dirs.is_formatted(name)
        and not re.search("[\udc80-\udcff]", texts[name])  # what is not UTF-8 has its own error
        and not _is_another_name(root, name, texts)
    }


def _is_another_name(root: Path, name: str, texts: Mapping[str, str]) -> bool:
    """Return whether a file is a link to one that is formatted under its own name."""
    if not (root / name).is_symlink():
        return False
    real = (root / name).resolve()
    return real.is_relative_to(root.resolve()) and real.relative_to(root.resolve()).as_posix() in texts


def _to_format(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """Write files below a folder of their own, and return their names."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return list(texts)


if __name__ == "__main__":
    main()
