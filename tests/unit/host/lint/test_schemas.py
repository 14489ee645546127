"""The reader of CDK's packages, on a package of ours that is written as theirs are."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from checks.host.lint import schemas

BOX = """
function thingBoxDiskToHclTerraform(struct) {
    const attrs = {
        size: {
            value: cdktf.numberToHclTerraform(struct.size),
            isBlock: false,
            type: "simple",
            storageClassType: "number",
        },
        label: {
            value: cdktf.stringToHclTerraform(struct.label),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
}
class ThingBoxDiskOutputReference extends cdktf.ComplexObject {
    set size(value) {
        this._size = value;
    }
    resetLabel() {
        this._label = undefined;
    }
    // uuid - computed: true, optional: false, required: false
    get uuid() {
        return this.getStringAttribute('uuid');
    }
}
class ThingBoxStateOutputReference extends cdktf.ComplexObject {
    // ok - computed: true, optional: false, required: false
    get ok() {
        return this.getBooleanAttribute('ok');
    }
}
class ThingBox extends cdktf.TerraformResource {
    constructor(scope, id, config) {
        super(scope, id, {
            terraformResourceType: 'thing_box',
        });
        // state - computed: true, optional: false, required: false
        this._state = new ThingBoxStateList(this, "state", false);
        this._disk = new ThingBoxDiskOutputReference(this, "disk");
        this._build = new ThingBoxDiskOutputReference(this, "build");
        this._rule = new index_structs_1.ThingBoxDiskList(this, "rule", true);
    }
    set fetchName(value) {
        this._getName = value;
    }
    resetFetchName() {
        this._getName = undefined;
    }
    resetRule() {
        this._rule.internalValue = undefined;
    }
    putBuildAttribute(value) {
        this._build.internalValue = value;
    }
    resetBuildAttribute() {
        this._build.internalValue = undefined;
    }
    // ips - computed: true, optional: false, required: false
    get ips() {
        return cdktf.Fn.tolist(this.getListAttribute('ips'));
    }
    synthesizeHclAttributes() {
        const attrs = {
            get_name: {
                value: cdktf.stringToHclTerraform(this._getName),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            tags: {
                value: cdktf.listMapperHcl(cdktf.stringToHclTerraform, false)(this._tags),
                isBlock: false,
                type: "set",
                storageClassType: "stringList",
            },
            disk: {
                value: thingBoxDiskToHclTerraform(this._disk.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "ThingBoxDiskList",
            },
            build: {
                value: thingBoxDiskToHclTerraform(this._build.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "ThingBoxDiskList",
            },
            rule: {
                value: cdktf.listMapperHcl(thingBoxDiskToHclTerraform, false)(this._rule.internalValue),
                isBlock: true,
                type: "set",
                storageClassType: "ThingBoxDiskList",
            },
        };
    }
}
"""
PROVIDER = """
class ThingProvider extends cdktf.TerraformProvider {
    constructor(scope, id, config = {}) {
        super(scope, id, {
            terraformResourceType: 'thing',
            terraformGeneratorMetadata: {
                providerVersion: '1.2.3',
            },
            terraformProviderSource: 'thing'
        });
    }
}
"""
DISK = {
    "size": {"type": "number", "required": True},
    "label": {"type": "string", "optional": True},
    "uuid": {"type": "string", "computed": True},
}


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as archive:
        for name, text in (("thing-box", BOX), ("provider", PROVIDER)):
            info = tarfile.TarInfo(f"package/lib/{name}/index.js")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    path = tmp_path / "thing.whl"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("cdktf_cdktf_provider_thing/_jsii/provider-thing@1.0.0.jsii.tgz", inner.getvalue())
    return path


def test_a_resource_is_read(wheel: Path) -> None:
    name, found = schemas.read(wheel)
    assert (name, found["source"], found["version"]) == ("thing", "hashicorp/thing", "1.2.3")
    box = found["resources"]["thing_box"]
    kinds = ["object", {"size": "number", "label": "string", "uuid": "string"}, ["label", "uuid"]]
    assert box["attributes"] == {
        "get_name": {"type": "string", "optional": True},  # CDK calls it fetchName
        "tags": {"type": ["set", "string"], "required": True},
        "rule": {"type": ["set", kinds], "optional": True},  # may be written either way
        "state": {"type": ["list", ["object", {"ok": "bool"}]], "computed": True},
        "ips": {"type": ["set", "string"], "computed": True},
    }
    disk = {"nesting_mode": "list", "min_items": 1, "max_items": 1, "block": {"attributes": DISK}}
    build = {"nesting_mode": "list", "max_items": 1, "block": {"attributes": DISK}}  # CDK calls it buildAttribute
    assert box["block_types"] == {"disk": disk, "build": build}


def test_the_same_package_gives_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    written = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        schemas.main(tmp_path / name, [wheel])
        written.append((tmp_path / name / "hashicorp.thing.json.gz").read_bytes())
    assert written[0] == written[1]
    assert json.loads(gzip.decompress(written[0])) == schemas.read(wheel)[1]


def test_every_package_that_is_named_has_its_schema() -> None:
    folder = Path(schemas.__file__).parents[2] / "schemas"
    named = {
        line.partition("==")[0].removeprefix("cdktf-cdktf-provider-")
        for line in (folder / "packages.txt").read_text().split()
    }
    assert named == {path.name.split(".")[1] for path in folder.glob("*.json.gz")}
