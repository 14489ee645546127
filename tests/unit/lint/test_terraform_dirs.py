from __future__ import annotations

import pytest

from checks.lint import terraform_dirs as dirs

FILES = [
    (
        "live/stage/main.tf",
        'module "app" {\n  source = "../../modules/app"\n}\nmodule "far" {\n  source = "a/b/c"\n}\n',
    ),
    ("live/prod/main.tf", 'module "app" {\n  source = "../../modules/app/"\n}\n'),
    ("modules/app/main.tf", 'module "db" { source = "./db" }\nmodule "gone" { source = "../gone" }\n'),
    ("modules/app/db/main.tf.json", '{"variable": {"x": {}}}'),
    ("other/main.tf", 'module "out" {\n  source = "../../elsewhere"\n}\nmodule "root" {\n  source = "../"\n}\n'),
    ("top.tf", ""),
    ("other/.hidden.tf", "not { read }"),
    ("other/values.tfvars", "x = 1"),
]
KNOWN = dirs.directories(FILES)


def test_every_directory_with_configuration_is_one() -> None:
    assert sorted(KNOWN) == ["", "live/prod", "live/stage", "modules/app", "modules/app/db", "other"]
    assert KNOWN["other"].files == ("other/main.tf",)


def test_a_unit_holds_what_is_called_whether_or_not_it_is_there() -> None:
    assert dirs.unit("live/stage", KNOWN) == ("live/stage", "modules/app", "modules/app/db", "modules/gone")
    assert dirs.unit("other", KNOWN) == ("other", "")
    assert dirs.files_of(dirs.unit("live/prod", KNOWN), KNOWN) == (
        "live/prod/main.tf",
        "modules/app/main.tf",
        "modules/app/db/main.tf.json",
    )


def test_what_calls_a_directory() -> None:
    assert dirs.callers(KNOWN)["modules/app/db"] == {"modules/app", "live/stage", "live/prod"}
    assert dirs.callers(KNOWN)["live/prod"] == frozenset()


def test_components_have_nothing_to_do_with_each_other() -> None:
    assert sorted(dirs.components(KNOWN)) == [
        ("", "other"),
        ("live/prod", "live/stage", "modules/app", "modules/app/db"),
    ]


def test_a_circle_ends() -> None:
    known = dirs.directories(
        [("a/x.tf", 'module "b" { source = "../b" }'), ("b/x.tf", 'module "a" { source = "../a" }')]
    )
    assert dirs.unit("a", known) == ("a", "b")
    assert dirs.components(known) == (("a", "b"),)
    assert dirs.callers(known) == {"a": {"b"}, "b": {"a"}}


PROVIDERS = """
terraform {
  required_providers {
    corp   = { source = "corp.example.com/team/thing", version = ">= 1.0" }
    google = {
      source  = "registry.terraform.io/hashicorp/google"
      version = "~> 4.0"
      configuration_aliases = [google.east, google.west]
    }
    random = "~> 2.2"
  }
}
provider "google" {
  version = "~> 3.0"
}
provider "aws" {
  alias = "b"
}
resource "google_compute_instance" "a" {
  provider = google-beta
}
resource "corp_box" "b" {}
resource "null_resource" "c" { provider = "aws.b" }
data "terraform_remote_state" "d" {}
check "e" {
  data "http" "f" {}
}
module "m" {
  source = "./m"
  providers = { tls.x = tls, dns = dns.y }
}
resource "broken" {}
"""


def test_providers_are_found_as_terraform_finds_them() -> None:
    (found,) = dirs.directories([("main.tf", PROVIDERS)]).values()
    assert [(place.block.labels[0], name) for place, name in found.uses()] == [
        ("google", "hashicorp/google"),
        ("aws", "hashicorp/aws"),
        ("google_compute_instance", "hashicorp/google-beta"),
        ("corp_box", "corp.example.com/team/thing"),
        ("null_resource", "hashicorp/aws"),
        ("terraform_remote_state", dirs.BUILT_IN),
        ("http", "hashicorp/http"),
    ]
    assert found.constraints == {
        "corp.example.com/team/thing": (">= 1.0",),
        "hashicorp/google": ("~> 4.0", "~> 3.0"),
        "hashicorp/random": ("~> 2.2",),
    }
    assert found.aliases == {"google.east", "google.west"}
    assert set(found.named()) == {"corp", "google", "random", "tls", "dns"}


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("google", "hashicorp/google"),
        ("Hashicorp/Google", "hashicorp/google"),
        ("registry.opentofu.org/hashicorp/aws", "hashicorp/aws"),
        ("corp.example.com/a/b", "corp.example.com/a/b"),
    ],
)
def test_an_address_is_as_short_as_it_can_be(source: str, address: str) -> None:
    assert dirs.address(source) == address


def test_files_that_functions_name() -> None:
    text = (
        'a = file("k.pub")\nb = templatefile("${path.module}/t/x.tftpl", {})\nc = file("~/.ssh/id")\nd = file(var.e)\n'
    )
    assert dirs.named_files(["m"], [text]) == ("m/k.pub", "m/t/x.tftpl")


def test_which_files_are_meant() -> None:
    assert dirs.is_configuration("a/b.tf")
    assert not dirs.is_configuration("a/.#b.tf")
    assert not dirs.is_configuration("a/b.tf~")
    assert dirs.is_formatted("a/b.tfvars")
    assert not dirs.is_formatted("a/b.tf.json")
