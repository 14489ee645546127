"""Provider schemas out of the packages of CDK for Terraform: `python -m checks.host.lint.schemas FOLDER WHEEL…`.

A development tool (`nox -s schemas`): what it writes is kept in checks/schemas and read when a configuration is
validated. The generated JavaScript in each package says of every attribute its Terraform name, whether it is a block,
its type, and whether it is required, optional or only computed. The result has the form of
`terraform providers schema -json`, less what validation does not need.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Json = Any

_CLASS = re.compile(r"^class (\w+) extends cdktf\.(\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_INPUT = re.compile(
    r'^ +(\w+): \{\n\s+value: (.*),\n\s+isBlock: (true|false),\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)"',
    re.MULTILINE,
)
_FIELD = re.compile(r'this\._\w+ = new (?:\w+_1\.)?((?:cdktf\.)?\w+)\(this, "(\w+)"(?:, (true|false))?\)')
_SETTER = re.compile(r"^ +(?:set |put)(\w+)\(value\) \{\n\s+this\._(\w+)(?:\.internalValue)? = value;", re.MULTILINE)
_COMPUTED = re.compile(
    r"^ +// (\w+) - computed: true, optional: false, required: false\n\s+(.*)(?:\n\s+return (.*);)?", re.MULTILINE
)
_SOURCE = re.compile(r"(this\._|struct\.)(\w+)")
_STORAGE = re.compile(r"(string|number|boolean|any)(List|Map)?")
_SCALARS = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
_GETTERS: Mapping[str, Json] = {
    "Fn.tolist(this.getNumberListAttribute": ["set", "number"],
    "Fn.tolist(this.getListAttribute": ["set", "string"],
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getNumberListAttribute": ["list", "number"],
    "getListAttribute": ["list", "string"],
    "getStringMapAttribute": ["map", "string"],
    "getNumberMapAttribute": ["map", "number"],
    "getBooleanMapAttribute": ["map", "bool"],
}
_MAPS: Mapping[str, Json] = {
    "cdktf.StringMap": ["map", "string"],
    "cdktf.NumberMap": ["map", "number"],
    "cdktf.BooleanMap": ["map", "bool"],
    "cdktf.StringMapList": ["list", ["map", "string"]],
}
_KINDS = {"TerraformProvider": "provider", "TerraformResource": "resource", "TerraformDataSource": "data"}


class Source:
    """The JavaScript of one resource, data source or provider: its classes and the functions that list inputs."""

    def __init__(self, text: str) -> None:
        self.classes = {name: (base, body) for name, base, body in _CLASS.findall(text)}
        self.functions = {name.lower(): body for name, body in _FUNCTION.findall(text)}

    def block(self, struct: str) -> Json:
        """Return the block that a nested class stands for."""
        body = self.classes.get(f"{struct}OutputReference", ("", ""))[1]
        return self.described(self.functions.get(struct.lower(), ""), body)

    def described(self, inputs: str, body: str) -> Json:
        """Return the block with these inputs, and what the class's body says beyond them."""
        fields = {name: (made, wraps == "true") for made, name, wraps in _FIELD.findall(body)}
        setters = {storage: name for name, storage in _SETTER.findall(body)}
        attributes: dict[str, Json] = {}
        blocks: dict[str, Json] = {}
        for name, value, is_block, form, storage in _INPUT.findall(inputs):
            required = bool(body) and not _can_be_left_out(value, setters, body)
            field = fields.get(name, (storage, False))
            if is_block == "true" and _is_written_as_block(name, value, form):
                blocks[name] = self._nested(form, field[0], required=required)
            else:
                kind = _input_type(form, storage) if storage[0].islower() else self._object(form, *field)
                attributes[name] = {"type": kind, **({"required": True} if required else {"optional": True})}
        for name, first, second in _COMPUTED.findall(body):
            if name not in attributes and name not in blocks:
                kind = self._field_type(*fields[name]) if name in fields else _getter_type(second or first)
                attributes[name] = {"type": kind, "computed": True}
        return {"attributes": attributes, **({"block_types": blocks} if blocks else {})}

    def _nested(self, form: str, made: str, *, required: bool) -> Json:
        single = made.endswith("OutputReference")
        found = {"nesting_mode": "single" if form == "struct" else form, "block": self.block(_struct(made))}
        if form != "struct":
            found |= ({"min_items": 1} if required else {}) | ({"max_items": 1} if single else {})
        return found

    def _object(self, form: str, made: str, _wraps: bool) -> Json:
        """Return the type of an attribute that holds objects; what may be left out of them is named too.

        Nothing may be left out where providers kept a way to write blocks of old; which those are is not to be seen.
        """
        fields = self.block(_struct(made))["attributes"]
        kind: list[Json] = ["object", {name: one["type"] for name, one in fields.items()}]
        optional = [name for name, one in fields.items() if not one.get("required")]
        kind += [optional] if optional else []
        return kind if form == "struct" else [form, kind]

    def _field_type(self, made: str, wraps: bool) -> Json:
        if made in _MAPS:
            return _MAPS[made]
        kind: Json = "dynamic"
        struct = _struct(made)
        if f"{struct}OutputReference" in self.classes and not made.endswith("MapList"):
            fields = self.block(struct)["attributes"]
            kind = ["object", {name: one["type"] for name, one in fields.items()}]
            if made.endswith("List"):
                kind = ["set" if wraps else "list", kind]
            elif made.endswith("Map"):
                kind = ["map", kind]
        return kind


def _struct(made: str) -> str:
    return re.sub(r"(?:OutputReference|MapList|List|Map)$", "", made)


def _can_be_left_out(value: str, setters: Mapping[str, str], body: str) -> bool:
    source = _SOURCE.search(value)
    if source is None:
        return True
    name = setters.get(source[2], source[2]) if source[1] == "this._" else source[2]
    return f" reset{name[:1].upper()}{name[1:]}()" in body


def _is_written_as_block(name: str, value: str, form: str) -> bool:
    """Return whether it has no equals sign; lists of objects that may be written either way are attributes."""
    if form in ("list", "set"):
        return re.search(r"listMapperHcl\(\w+(?:\.\w+)?, false\)", value) is None
    return form == "struct" and name == "timeouts"


def _input_type(form: str, storage: str) -> Json:
    match = _STORAGE.fullmatch(storage)
    if match is None:
        return "dynamic"
    kind = _SCALARS[match[1]]
    if match[2] is None:
        return kind
    return ["map", kind] if match[2] == "Map" else ["set" if form == "set" else "list", kind]


def _getter_type(expression: str) -> Json:
    return next((kind for getter, kind in _GETTERS.items() if getter in expression), "dynamic")


def _texts(wheel: Path) -> Mapping[str, str]:
    """Return the JavaScript in a package, by the folder of each resource: some are spread over several files."""
    texts: dict[str, str] = defaultdict(str)
    with zipfile.ZipFile(wheel) as package:
        name = next(name for name in package.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(package.read(name))) as archive:
            for member in archive:
                match = re.fullmatch(r"package/lib/([\w-]+)/.*\.js", member.name)
                content = archive.extractfile(member) if match else None
                if match and content:
                    texts[match[1]] += content.read().decode()
    return texts


def read(wheel: Path) -> tuple[str, Json]:
    """Return a provider's name and its schema with source and version."""
    blocks: dict[str, dict[str, Json]] = {kind: {} for kind in _KINDS.values()}
    address, version = "", ""
    for text in _texts(wheel).values():
        source = Source(text)
        for base, body in source.classes.values():
            named = re.search(r"terraformResourceType: '([\w-]+)'", body)
            if base not in _KINDS or named is None:
                continue
            at = body.find("synthesizeHclAttributes()")
            blocks[_KINDS[base]][named[1]] = source.described(body[at:] if at >= 0 else "", body)
            if base == "TerraformProvider":
                version = str(re.search(r"providerVersion: '([\d.]+)'", body)[1])  # type: ignore[index]
                address = str(re.search(r"terraformProviderSource: '([\w./-]+)'", body)[1])  # type: ignore[index]
    (name, provider), *_ = blocks["provider"].items()
    provider["attributes"].pop("alias", None)  # the language's own
    found = {"source": address if "/" in address else f"hashicorp/{address}", "version": version, "provider": provider}
    return name, found | {"resources": blocks["resource"], "data_sources": blocks["data"]}


def main(folder: Path, wheels: list[Path]) -> None:
    """Write `<source>.json.gz` for each package."""
    for wheel in wheels:
        _, found = read(wheel)
        data = json.dumps(found, separators=(",", ":"), sort_keys=True).encode()
        (folder / f"{found['source'].replace('/', '.')}.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
        counts = f"{len(found['resources'])} resources, {len(found['data_sources'])} data sources"
        print(f"{found['source']} {found['version']}: {counts}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
