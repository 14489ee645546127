"""ansible-lint in a process of its own: a question as JSON on standard input, the answer as JSON on standard output.

Run as a script by the tool's own interpreter, in a copy that holds exactly what ansible-lint is to find. It calls
ansible-lint's own entry as its command does in the project's folder, offline. What is different, and why:

- Ansible's commands (a syntax check per playbook, …), half of the time that ansible-lint takes, are run by forks.
- A role, or a collection's module, that is not here ends a syntax check: it is reported as ansible-lint does, and then
  an empty one takes its place, as ansible-lint's own mocks do, so that the rest of the playbook is checked too.
- Files that are encrypted with ansible-vault become empty ones of a known password: those that read them are checked.
- Inventories are not read: Ansible would run those that are programs, and ask a cloud for others.
- A repository that is itself a role or a collection is found by the name by which its own playbooks call it.
- A file that is included or imported and is missing is told where it is named.
- An `ansible.cfg` that Ansible cannot read is told, and what is linted is linted without it.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import io
import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

ENVIRONMENT = {
    "ANSIBLE_ASK_PASS": "False",
    "ANSIBLE_ASK_VAULT_PASS": "False",
    "ANSIBLE_BECOME_ASK_PASS": "False",
    "ANSIBLE_CACHE_PLUGIN": "memory",
    "ANSIBLE_DEBUG": "0",
    "ANSIBLE_DEVEL_WARNING": "false",
    "ANSIBLE_FORCE_COLOR": "0",
    "NO_COLOR": "1",
    "ANSIBLE_INVENTORY_CACHE": "False",
    "ANSIBLE_INVENTORY_ENABLED": "ini",
    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "False",
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "False",
    "ANSIBLE_LOG_PATH": os.devnull,
    "ANSIBLE_VERBOSE_TO_STDERR": "True",
    "PYTHONWARNINGS": "ignore",
}
"""What ansible-lint, too, sets for the commands that it starts; what lets them do without an inventory and without somebody
who is asked; and what keeps them from writing where a configuration says."""
_VAULT = b"$ANSIBLE_VAULT;"


def main() -> None:
    """Answer one question."""
    if sys.argv[1:] == ["--version"]:
        print(importlib.metadata.version("ansible-lint"))
        return
    question = json.load(sys.stdin)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)  # whatever a plugin prints is no answer
        json.dump((_fixed if question.get("fix") else _answer)(question, Path.cwd().resolve()), out)


def _fixed(question: dict[str, Any], root: Path) -> dict[str, Any]:
    """Let ansible-lint correct what it can, where it sees only the project's files, and put back what it changed."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch).resolve()
        _copy(root, copy, question["files"])
        answer = _answer(question, copy)
        _copy(copy, root, [path for path in question["files"] if not _is_closed(root / path)])
    return answer


def _copy(source: Path, target: Path, paths: Iterable[str]) -> None:
    for path in paths:
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists() or place.read_bytes() != (source / path).read_bytes():
            shutil.copyfile(source / path, place)


def _answer(question: dict[str, Any], root: Path) -> dict[str, Any]:
    """Return what ansible-lint found, its code, and how far it came: `ansible`, `configuration`, `rules`, `end`."""
    project, lint, code, error, said = root / question["project"], None, 1, "", io.StringIO()
    config = str(root / question["config"]) if question["config"] else os.devnull
    mistake = ""
    try:
        mistake = _import(project)
        with _forks() as forks, contextlib.redirect_stderr(said):
            missing = _load("ansible_missing_api").Missing(project)
            lint = _load("ansible_hooks_api").Lint(root, project, forks, missing)
            _open_vaults(project)
            code = lint.run(config, question.get("others", ()), *(["--fix"] if question.get("fix") else []))
    except SystemExit as end:
        code, error = (end.code, "") if isinstance(end.code, int) else (1, str(end.code))
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
        traceback.print_exc()
    sys.stderr.write(said.getvalue())
    return {
        "stage": lint.stage if lint else "ansible",
        "code": code,
        "error": (error or said.getvalue()[-2000:]).replace(f"{root}/", ""),
        "mistake": mistake.replace(f"{root}/", ""),
        "matches": [one for match in lint.matches for one in lint.answers(match)] if lint else [],
        "files": lint.files if lint else [],
        "named": list(lint.unknown(config)) if lint and lint.stage == "end" and question["config"] else [],
    }


def _import(project: Path) -> str:
    """Import Ansible in the project's folder: what it reads here is what counts. Return what is wrong with ansible.cfg."""
    _set(project)
    try:
        import_module("ansible.constants")
    except Exception as problem:  # Ansible's commands would exit
        os.environ["ANSIBLE_CONFIG"] = str(Path.home() / "ansible.cfg")
        import_module("ansible.constants")
        return str(problem)
    return ""


@contextlib.contextmanager
def _forks() -> Iterator[Any]:
    """Yield what runs Ansible's commands."""
    forks = _load("ansible_forks_api").Forks()
    try:
        yield forks
    finally:
        forks.end()


def _load(name: str) -> Any:
    """Load a module from beside this one: their folder is not where Python looks, it has names that others have too."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _set(project: Path) -> None:
    home = Path.home()
    password, empty, inventory = home / "vault-password", home / "ansible.cfg", home / "inventory"
    password.write_text("checks", encoding="ascii")
    empty.touch()
    inventory.touch()
    config = project / "ansible.cfg"
    os.environ.update(ENVIRONMENT)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    os.environ["ANSIBLE_CONFIG"] = str(config if config.is_file() else empty)
    os.environ["ANSIBLE_INVENTORY"] = str(inventory)
    os.environ["ANSIBLE_LOCAL_TEMP"] = str(home / "local")
    os.environ["ANSIBLE_VAULT_PASSWORD_FILE"] = str(password)
    os.environ["ANSIBLE_VAULT_IDENTITY_LIST"] = f"default@{password}"
    os.chdir(project)


def _open_vaults(project: Path) -> None:
    closed = [path for path in project.rglob("*") if path.is_file() and _is_closed(path)]
    if closed:
        vault = import_module("ansible.parsing.vault")
        secret = vault.VaultSecret(b"checks")
        nothing = vault.VaultLib([("default", secret)]).encrypt(b"---\n{}\n", secret)
        for path in closed:
            path.write_bytes(nothing)


def _is_closed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_VAULT)) == _VAULT


if __name__ == "__main__":
    main()
