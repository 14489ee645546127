"""Bills of materials: valid CycloneDX, of what is in the image, the same for the same image."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from checks.host.images import sbom
from checks.installed import Package
from tests.unit.test_installed import APK, DPKG, METADATA

FACTS = {"Id": "sha256:ab", "Created": "2025-01-01T00:00:00.123456789Z"}
NUMBER = uuid.UUID(int=5)


def archive(files: dict[str, bytes]) -> tarfile.TarFile:
    """Return a file system as an engine streams it."""
    place = io.BytesIO()
    with tarfile.open(fileobj=place, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("usr/lib/apk/db/installed")
        link.type, link.linkname = tarfile.SYMTYPE, "/lib/apk/db/installed"
        tar.addfile(link)
    return tarfile.open(fileobj=io.BytesIO(place.getvalue()), mode="r|")


FILES = {
    "etc/os-release": b'ID=debian\nVERSION_ID="13"\n',
    "var/lib/dpkg/status": DPKG.encode(),
    "./lib/apk/db/installed": APK.encode(),
    "opt/v/lib/python3.13/site-packages/Flask_WTF.x-1.3.0.dist-info/METADATA": METADATA.encode() + b"\xff",
    "usr/lib/python3/dist-packages/flask_wtf_x-1.3.0.egg-info": METADATA.encode(),
    "app/node_modules/@a/b/package.json": b'{"name": "@a/b", "version": "1.0.0"}',
    "var/lib/rpm/rpmdb.sqlite": b"SQLite format 3",
    "app/main.py": b"Package: none\nVersion: 1\n",
}


def document(found: sbom.Contents) -> dict[str, Any]:
    text = sbom.described("web:1", FACTS, found, NUMBER)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert text == sbom.described("web:1", FACTS, found, NUMBER)
    return dict(json.loads(text))


def test_what_is_installed_is_listed_once_with_its_purl() -> None:
    found = sbom.read(archive(FILES))
    bill = document(found)
    purls = {item["purl"] for item in bill["components"] if "purl" in item}
    assert purls == {
        "pkg:deb/debian/libc6@2.41-12%2Bdeb13u1?arch=amd64&distro=debian-13&upstream=glibc",
        "pkg:deb/debian/held@1:2.0~rc1-3?arch=all&distro=debian-13",
        "pkg:apk/debian/musl@1.2.5-r9?arch=x86_64&distro=debian-13&upstream=musl",
        "pkg:apk/debian/busybox-binsh@1.37-r1?distro=debian-13&upstream=busybox",
        "pkg:pypi/flask-wtf-x@1.3.0",
        "pkg:npm/%40a/b@1.0.0",
    }
    assert [item["name"] for item in bill["components"] if item["type"] == "operating-system"] == ["debian"]
    assert (bill["metadata"]["component"]["name"], bill["metadata"]["timestamp"]) == (
        "web:1",
        "2025-01-01T00:00:00+00:00",
    )
    assert bill["serialNumber"] == f"urn:uuid:{NUMBER}"


def test_a_list_that_cannot_be_read_is_said() -> None:
    bill = document(sbom.read(archive(FILES)))
    assert {"name": "checks:not-read", "value": "var/lib/rpm/rpmdb.sqlite"} in bill["metadata"]["component"][
        "properties"
    ]


def test_an_image_of_one_program_has_a_bill_too() -> None:
    assert document(sbom.Contents((), {})).get("components", []) == []


@pytest.mark.parametrize("created", ["", "yesterday", None])
def test_an_image_without_a_time_has_one(created: str | None) -> None:
    text = sbom.described("a", {"Id": "x", "Created": created}, sbom.Contents((), {}), NUMBER)
    assert json.loads(text)["metadata"]["timestamp"].startswith("1970-01-01")


def test_odd_names_stay_valid() -> None:
    packages = [
        Package("pypi", "ü\x01 &?#", "1 2/3"),
        Package("npm", "@a", "1"),
        Package("deb", "a b", "é", "x", "", "?&"),
    ]
    document(sbom.Contents(tuple(packages), {"id": "", "version_id": "x"}))


def test_stand_ins_are_described_and_only_what_was_asked() -> None:
    resolved = {"services": {"db": {"image": "mongo:8.0"}, "web": {"image": "web:1"}}}
    standins = {"mongo:8.0": "standin/mongo:8.0"}
    assert sbom.wanted(resolved, standins, ()) == {"db": "standin/mongo:8.0", "web": "web:1"}
    assert sbom.wanted(resolved, standins, ["web:1"]) == {"web": "web:1"}
