from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import hcl

TEXT = """
# resource "no" "comment" {
/* resource "no" "either" { */
terraform {
  required_version = "~> 0.12.8" // pinned
  required_providers {
    google = { source = "hashicorp/google", version = "~> 4.0" }
  }
}
resource "google_compute_instance" "app" {
  name = "a-${var.names["}"]}-{"
  metadata = {
    key = "value"
  }
  startup = <<-EOT
    resource "no" "heredoc" {
    EOT
  boot_disk {
    initialize_params { image = "x" }
  }
  dynamic "disk" {
    for_each = [for d in var.disks : d if d != null]
    content {
      size = disk.value
    }
  }
}
variable "x" { default = "y" }
module net {
  source = "./net"
}
"""


def test_blocks_labels_and_lines() -> None:
    top = hcl.parse(TEXT)
    assert [(one.kind, one.labels, one.line) for one in top.blocks] == [
        ("terraform", (), 4),
        ("resource", ("google_compute_instance", "app"), 10),
        ("variable", ("x",), 28),
        ("module", ("net",), 29),
    ]


def test_nested_blocks_are_told_from_what_is_assigned() -> None:
    (resource,) = hcl.parse(TEXT).of("resource")
    assert list(resource.values) == ["name", "metadata", "startup"]
    assert [(one.kind, one.labels) for one in resource.blocks] == [("boot_disk", ()), ("dynamic", ("disk",))]
    assert resource.blocks[0].blocks[0].plain("image") == "x"
    assert list(resource.blocks[1].values) == ["for_each"]


def test_where_a_value_stands() -> None:
    (block,) = hcl.parse(TEXT).of("terraform")
    value = block.values["required_version"]
    assert TEXT[value.start : value.end] == ' "~> 0.12.8" // pinned'
    assert value.plain == "~> 0.12.8"


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ('"a"', "a"),
        ('"a\\"b"', 'a"b'),
        ('"${var.x}"', ""),
        ("var.x", ""),
        ('"a" # c', "a"),
        ('"a$b%c"', "a$b%c"),
        ('["a"]', ""),
    ],
)
def test_only_a_string_without_a_template_is_plain(raw: str, plain: str) -> None:
    assert hcl.parse(f"x = {raw}\n").plain("x") == plain


def test_a_broken_file_hides_nothing_after_the_line_that_is_broken() -> None:
    top = hcl.parse('a = "never ends\nb = = 1\nresource "x" "y" {\n}\n}}}\nvariable "z" {}\n')
    assert [one.kind for one in top.blocks] == ["resource", "variable"]


def test_the_end_may_be_missing() -> None:
    assert [one.kind for one in hcl.parse('resource "a" "b" {\n  c {\n    d = <<EOT\nno end').blocks] == ["resource"]


def test_json_has_the_same_outline() -> None:
    text = json.dumps(
        {
            "terraform": {"required_providers": {"google": {"source": "hashicorp/google"}}},
            "resource": {"a_b": {"c": {"d": "e"}}, "f_g": [{"h": {}}]},
            "module": {"m": {"source": "./m", "x": "${var.y}"}},
        }
    )
    top = hcl.parse_json(text)
    assert [(one.kind, one.labels) for one in top.blocks] == [
        ("terraform", ()),
        ("resource", ("a_b", "c")),
        ("resource", ("f_g", "h")),
        ("module", ("m",)),
    ]
    assert top.blocks[1].plain("d") == "e"
    assert (top.blocks[3].plain("source"), top.blocks[3].plain("x")) == ("./m", "")
    assert [one.kind for one in top.blocks[0].blocks] == ["required_providers"]


@given(st.text(alphabet='ab{}[]()"$%\\\n=#/*<-EOT., ', max_size=200) | st.text())
def test_any_text_has_an_outline(text: str) -> None:
    for top in (hcl.parse(text), hcl.parse_json(text)):
        assert all(block.line <= text.count("\n") + 1 for block in top.blocks)


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_json_has_an_outline(value: object) -> None:
    for kind in ("resource", "module", "terraform", "locals"):
        hcl.parse_json(json.dumps({kind: value}))


def test_depth_and_length_are_no_matter() -> None:
    assert len(hcl.parse("a {\n" * 50_000).blocks) == 1
    assert len(hcl.parse('x = "' + '${"' * 50_000).values) == 1
    assert len(hcl.parse("/*" * 50_000).blocks) == 0
    assert len(hcl.parse('variable "x" {}\n' * 20_000).blocks) == 20_000
