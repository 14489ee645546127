from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import provider_schemas, terraform_dirs
from checks.lint.provider_schemas import Used, response, used

SCHEMAS = Path(provider_schemas.__file__).parents[1] / "schemas"


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Decode a protocol buffer: tag and value."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
        else:
            size = number()
            yield key >> 3, data[at : at + size]
            at += size


def block(data: bytes) -> dict[str, Any]:
    """Return a Schema.Block: attributes as type and flags, nested blocks as mode, counts and block."""
    out: dict[str, Any] = {}
    for tag, value in fields(data):
        parts = dict(fields(value))
        name = parts[1].decode()
        if tag == 2:
            out[name] = (json.loads(parts[2]), {key for key in (4, 5, 6, 11) if parts.get(key)})
        else:
            out[name] = (parts[3], parts.get(4, 0), parts.get(5, 0), block(parts[2]))
    return out


def resources(data: bytes) -> dict[str, dict[str, Any]]:
    found = [dict(fields(value)) for tag, value in fields(data) if tag == 2]
    return {one[1].decode(): block(dict(fields(one[2]))[2]) for one in found}


def of(text: str) -> dict[str, Used]:
    return used(terraform_dirs.directories([("main.tf", text)]).values(), {"main.tf": text})


KNOWN = {
    "provider": {"attributes": {}},
    "resources": {
        "x_a": {
            "attributes": {
                "name": {"type": "string", "required": True},
                "secret_wo": {"type": "string", "optional": True},
                "id": {"type": "string", "computed": True},
            },
            "block_types": {
                "disk": {
                    "nesting_mode": "set",
                    "min_items": 1,
                    "max_items": 1,
                    "block": {"attributes": {"any": {"type": "dynamic", "optional": True}}},
                }
            },
        },
        "x_b": {"attributes": {"name": {"type": "string", "required": True}}},
    },
    "data_sources": {},
}
REQUIRED, OPTIONAL, COMPUTED, WRITE_ONLY = 4, 5, 6, 11


def test_a_known_schema_is_written_out_where_it_is_used_and_named_where_not() -> None:
    found = resources(response(KNOWN, of('resource "x_a" "y" {}')["hashicorp/x"]))
    assert found["x_b"] == {}
    assert found["x_a"] == {
        "name": ("string", {REQUIRED}),
        "secret_wo": ("string", {OPTIONAL, WRITE_ONLY}),
        "id": ("string", {COMPUTED}),
        "disk": (2, 1, 1, {"any": ("dynamic", {OPTIONAL, COMPUTED})}),  # a list: sets may hold nothing untyped
    }


def test_an_unknown_schema_has_what_is_written_and_what_is_read() -> None:
    text = """resource "x_a" "y" {
  count = 1
  name  = "a"
  port {
    number = 1
  }
  dynamic "volume" {
    for_each = []
    content {
      path = "b"
    }
  }
  lifecycle {
    ignore_changes = all
  }
}
output "o" {
  value = x_a.y.port[0].address
}
"""
    (a,) = resources(response(None, of(text)["hashicorp/x"])).values()
    assert {"name", "address", "port", "volume"} <= a.keys()
    assert not {"count", "lifecycle", "for_each", "dynamic"} & a.keys()
    assert {"number", "address"} <= a["port"][3].keys()
    assert "path" in a["volume"][3]


def test_providers_that_are_only_named_are_there_too() -> None:
    assert "hashicorp/y" in of('terraform {\n  required_providers {\n    y = "~> 1"\n  }\n}\n')


def test_depth_is_no_matter() -> None:
    text = 'resource "x_a" "y" {\n' + "b {\n" * 3000 + "}\n" * 3001
    assert response(None, of(text)["hashicorp/x"])


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json.gz")), ids=lambda path: path.name)
def test_every_schema_that_is_kept_can_be_answered_with(path: Path) -> None:
    schema = json.loads(gzip.decompress(path.read_bytes()))
    assert f"{schema['source'].replace('/', '.')}.json.gz" == path.name
    everything = Used()
    for kind, key in (("resource", "resources"), ("data", "data_sources")):
        for name in schema[key]:
            everything.types[kind][name] = []
    found = resources(response(schema, everything))
    assert found.keys() == schema["resources"].keys()
    for name, one in found.items():
        described = schema["resources"][name]
        assert one.keys() == described.get("attributes", {}).keys() | described.get("block_types", {}).keys()


def test_what_the_google_schema_says() -> None:
    schema = json.loads(gzip.decompress((SCHEMAS / "hashicorp.google.json.gz").read_bytes()))
    assert (schema["version"], len(schema["resources"]), len(schema["data_sources"])) == ("6.50.0", 1096, 373)
    instance = schema["resources"]["google_compute_instance"]
    assert {name for name, one in instance["attributes"].items() if one.get("required")} == {"machine_type", "name"}
    assert instance["attributes"]["tags"] == {"optional": True, "type": ["set", "string"]}
    assert instance["block_types"]["boot_disk"]["min_items"] == 1
    assert instance["block_types"]["network_interface"].get("max_items") is None


@given(st.text(alphabet='resource data "x_a" {}=.\n'))
def test_any_configuration_has_schemas(text: str) -> None:
    for one in of(text).values():
        list(fields(response(None, one)))
