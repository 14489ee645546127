from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from checks.host.lint import terraform_copy as copy
from checks.lint import hcl, terraform_dirs

TEXT = """terraform {
  required_version = "~> 0.12.8" # pinned
}
module "net" {
  source  = "a/b/c"
  version = "~> 1.0"
  name    = "x"
}
module "own" {
  source = "./own"
}
"""


def test_places_stay_where_they_are() -> None:
    text = copy.with_stand_ins("main.tf", copy.without_core_version("main.tf", TEXT), {"net"})
    before, after = TEXT.splitlines(), text.splitlines()
    assert len(before) == len(after)
    assert [line for line in after if line in before] == [
        line for line in before if "version" not in line and "a/b" not in line
    ]
    net, own = hcl.parse(text).of("module")
    assert (net.plain("source"), net.plain("version"), net.plain("name")) == ("./.checks-module-net", "", "x")
    assert own.plain("source") == "./own"
    (terraform,) = hcl.parse(text).of("terraform")
    assert terraform.plain("required_version") == ">=0"


def test_json_keeps_its_lines_too() -> None:
    text = json.dumps({"module": {"net": {"source": "a/b/c", "version": "~> 1.0"}}}, indent=2)
    edited = copy.with_stand_ins("main.tf.json", text, {"net"})
    assert len(edited.splitlines()) == len(text.splitlines())
    assert json.loads(edited) == {"module": {"net": {"source": "./.checks-module-net", "//": "~> 1.0"}}}


def test_what_lies_beside_configuration_is_linked_and_nothing_else_is(tmp_path: Path) -> None:
    root, target = tmp_path / "root", tmp_path / "copy"
    names = ["top.txt", "live/main.tf", "live/ignored.tf", "live/key.pub", "live/files/a", "live/.terraform/x"]
    names += ["live/terraform.tfstate", "live/.terraform.lock.hcl", "live/x.tftest.hcl", "live/tests/y.tftest.hcl"]
    for name in [*names, "live/tests/data.json"]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    known = terraform_dirs.directories([("live/main.tf", "")])
    copy.make(root, target, known, {"live/main.tf": "# copied\n"})
    found = {path.relative_to(target).as_posix() for path in target.rglob("*")}
    assert found == {
        "top.txt",
        "live",
        "live/main.tf",
        "live/key.pub",
        "live/files",
        "live/tests",
        "live/tests/data.json",
    }
    assert (target / "live/files").is_symlink()
    assert not (target / "live/main.tf").is_symlink()
    assert (target / "live/main.tf").read_text() == "# copied\n"


def test_a_stand_in_takes_and_gives_what_is_asked_of_it() -> None:
    text = 'module "net" {\n  source = "a/b"\n  name = 1\n  count = 2\n  providers = { aws.x = aws.y, dns = dns }\n}\n'
    (directory,) = terraform_dirs.directories([("main.tf", text)]).values()
    (call,) = directory.calls()
    module = hcl.parse(copy.stand_in(call.block, directory, ["output = module.net.first[0].second"]))
    assert [one.labels[0] for one in module.of("variable")] == ["name"]
    assert {one.labels[0] for one in module.of("output")} >= {"net", "first", "second"}
    made = terraform_dirs.directories([("main.tf", copy.stand_in(call.block, directory, []))])[""]
    assert made.sources == {"aws": "hashicorp/aws", "dns": "hashicorp/dns"}
    assert made.aliases == {"aws.x"}


def test_calls_of_calls_of_calls_end() -> None:
    files = [("a/m.tf", "".join(f'module "m{at}" {{\n  source = "../a"\n}}\n' for at in range(9)))]
    files += [
        (f"d{at}/m.tf", f'module "x" {{\n  source = "../d{at + 1}"\n}}\nmodule "y" {{\n  source = "../d{at + 1}"\n}}\n')
        for at in range(30)
    ]
    known = terraform_dirs.directories(files)
    assert len(json.loads(copy.manifest("a", known, {}))["Modules"]) == 10
    assert len(json.loads(copy.manifest("d0", known, {}))["Modules"]) < 3 * copy.MOST_CALLS


@given(st.text(alphabet='module "net" {\n}source=version"/.#ab:,[]', max_size=150))
def test_any_text_can_be_made_fit(text: str) -> None:
    for name in ("main.tf", "main.tf.json"):
        fit = copy.with_stand_ins(name, copy.without_core_version(name, text), {"net", "a"})
        assert fit.count("\n") <= text.count("\n")
