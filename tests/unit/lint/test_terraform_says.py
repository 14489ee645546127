from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import terraform_says as says
from checks.lint.terraform_says import Facts
from checks.model import Finding, Severity

TYPES = {
    'resource "google_compute_instance"': "hashicorp/google",
    'data "google_compute_image"': "hashicorp/google",
    'resource "corp_box"': "corp.example.com/team/corp",
    'provider "google"': "hashicorp/google",
}
SCHEMAS = {"hashicorp/google": "6.50.0", "corp.example.com/team/corp": ""}


def facts(*wanted: str, schemas: dict[str, str] | None = None) -> Facts:
    return Facts(
        "live", "live/a.tf", TYPES, SCHEMAS if schemas is None else schemas, {"live": {"hashicorp/google": wanted}}
    )


def said(summary: str, detail: str = "", context: str = "", code: str = "", path: str = "main.tf") -> dict[str, Any]:
    return {
        "severity": "error",
        "summary": summary,
        "detail": detail,
        "range": {"filename": path, "start": {"line": 3, "column": 5}},
        "snippet": {"context": context, "code": code},
    }


def finding(item: dict[str, Any], known: Facts) -> Finding:
    found = says.finding("terraform", item, known)
    assert found is not None
    return found


APP = 'resource "google_compute_instance" "app"'


@pytest.mark.parametrize(
    ("summary", "detail", "wanted", "severity"),
    [
        ("Unsupported argument", 'named "x".', [], Severity.ERROR),
        ("Unsupported argument", 'named "x".', [">= 4.0"], Severity.ERROR),
        ("Unsupported argument", 'named "x".', ["~> 6.0"], Severity.ERROR),
        ("Unsupported argument", 'named "x".', ["~> 2.5"], Severity.INFO),
        ("Unsupported argument", 'named "x".', [">= 6.42, < 8"], Severity.INFO),
        ("Unsupported argument", 'named "siz". Did you mean "size"?', ["~> 2.5"], Severity.ERROR),
        ("Unsupported argument", 'named "id". Did you mean "ids"?', ["~> 2.5"], Severity.INFO),
        ("Unsupported argument", 'named "x". Did you mean to define a block of type "x"?', ["~> 2.5"], Severity.INFO),
        (
            "Unsupported block type",
            'Blocks of type "x". Did you mean to define argument "x"?',
            ["~> 2.5"],
            Severity.ERROR,
        ),
        ("Missing required argument", "machine_type", ["~> 2.5"], Severity.INFO),
        ("Missing required argument", "machine_type", [">= 2.5"], Severity.ERROR),
        ("Invalid resource type", 'no "a_b". Did you mean "a_c"?', ["~> 7.0"], Severity.INFO),
        ("Insufficient boot_disk blocks", "1 at least", ["~> 2.5"], Severity.INFO),
        ("Too many boot_disk blocks", "1 at most", ["~> 2.5"], Severity.INFO),
    ],
)
def test_what_rests_on_a_schema_is_trusted_as_far_as_its_version_is_asked_for(
    summary: str, detail: str, wanted: list[str], severity: Severity
) -> None:
    found = finding(said(summary, detail, APP), facts(*wanted))
    assert found.severity is severity
    assert "(against the schema stub of hashicorp/google 6.50.0" in found.message
    assert ("is asked for" in found.message) is (bool(wanted) and wanted not in ([">= 4.0"], [">= 2.5"], ["~> 6.0"]))


def test_what_a_real_provider_says_is_said_as_it_is() -> None:
    found = finding(said("Unsupported argument", 'named "x".', APP), facts("~> 2.5", schemas={}))
    assert (found.severity, found.message) == (Severity.ERROR, 'Unsupported argument: named "x".')


def test_what_the_language_says_rests_on_no_schema() -> None:
    for summary in ("Missing name for resource", "Reference to undeclared input variable", "Invalid expression"):
        assert "schema stub" not in finding(said(summary, "", APP), facts()).message


def test_of_an_unknown_schema_nothing_is_an_error() -> None:
    found = finding(said("Unsupported argument", "named X", 'resource "corp_box" "b"'), facts())
    assert found.severity is Severity.INFO
    assert found.message.endswith("(the schema of corp.example.com/team/corp is not known here)")


def test_an_attribute_belongs_to_what_it_is_read_from() -> None:
    item = said("Unsupported attribute", "no x", 'output "o"', "value = data.google_compute_image.i.x")
    assert finding(item, facts()).url.endswith("/hashicorp/google/latest/docs/data-sources/compute_image")


def test_what_is_only_in_the_copy_is_not_said() -> None:
    for path in (
        ".checks-module-net/main.tf",
        "../a/.checks-module-x/main.tf",
        "checks-providers.tf",
        ".terraform/m/x.tf",
    ):
        assert says.finding("terraform", said("Unsupported argument", path=path), facts()) is None


def test_paths_are_relative_to_the_root() -> None:
    assert finding(said("Invalid expression", path="../modules/vm/main.tf"), facts()).path == "modules/vm/main.tf"


def test_without_a_place_it_is_about_the_directory() -> None:
    found = finding({"severity": "warning", "summary": "X"}, facts())
    assert (found.path, found.line, found.rule, found.severity) == ("live/a.tf", 0, "x", Severity.WARNING)


@pytest.mark.parametrize(
    ("summary", "rule"),
    [
        ('Duplicate resource "x" configuration', "duplicate-resource-configuration"),
        ("Insufficient boot_disk blocks", "insufficient-boot_disk-blocks"),
        ('"', "validate"),
        ("", "validate"),
    ],
)
def test_a_rule_is_a_heading_without_names(summary: str, rule: str) -> None:
    assert says.rule_of(summary) == rule


def test_the_version_that_is_asked_for() -> None:
    note = {"path": "main.tf", "line": 1, "constraint": "~> 0.12.8"}
    (found,) = says.core_version("terraform", note, "1.15.5")
    assert found.message == "asks for Terraform ~> 0.12.8; it was validated with 1.15.5"
    assert not list(says.core_version("terraform", {**note, "constraint": ">= 1.0"}, "1.15.5"))


def test_errors_of_formatting_are_read() -> None:
    text = "\nError: Invalid expression\n\n  on a/x.tfvars line 2, in y:\n   2: a\n\nWhy.\n\n\n"
    text += "Error: Other\n\n  on b.tf line 7:\n"
    assert list(says.format_errors(text)) == [("a/x.tfvars", 2, "Invalid expression"), ("b.tf", 7, "Other")]


@given(st.text())
def test_any_text_has_errors_or_none(text: str) -> None:
    assert isinstance(list(says.format_errors(text)), list)
    assert says.rule_of(text)


def test_what_is_wrong_in_a_file_that_is_not_linted() -> None:
    found = finding(said("Invalid expression", path="../vendor/x.tf"), facts())
    (note,) = says.elsewhere(found, "live/a.tf")
    assert (note.path, note.severity, note.rule) == ("live/a.tf", Severity.INFO, "not-checked")
    assert note.message.startswith("vendor/x.tf is not linted, and wrong: Invalid expression")
    assert not list(says.elsewhere(replace(found, severity=Severity.WARNING), "live/a.tf"))
