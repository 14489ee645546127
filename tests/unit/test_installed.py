"""What package managers say is installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import installed
from checks.installed import Package

DPKG = """Package: libc6
Status: install ok installed
Source: glibc (2.41-12)
Version: 2.41-12+deb13u1
Architecture: amd64
Description: GNU C Library
 Version: 9 of a line that goes on

Package: gone
Status: deinstall ok config-files
Version: 1

Package: held
Status: hold ok installed
Version: 1:2.0~rc1-3
Architecture: all
"""
APK = "C:Q1abc=\nP:musl\nV:1.2.5-r9\nA:x86_64\nL:MIT\no:musl\nF:lib\nR:ld.so\n\nP:busybox-binsh\nV:1.37-r1\no:busybox\n"
METADATA = "Name: Flask_WTF.x\nVersion: 1.3.0\nLicense-Expression: BSD-3-Clause\n\nName: not\nVersion: this\n"


def test_dpkg_lists_what_is_installed_and_nothing_that_was() -> None:
    assert list(installed.dpkg(DPKG)) == [
        Package("deb", "libc6", "2.41-12+deb13u1", "amd64", "", "glibc"),
        Package("deb", "held", "1:2.0~rc1-3", "all"),
    ]


def test_a_piece_of_a_distroless_image_s_status_has_no_status() -> None:
    assert list(installed.dpkg("Package: tzdata\nVersion: 2026a\n")) == [Package("deb", "tzdata", "2026a")]


def test_apk_lists_packages() -> None:
    assert list(installed.apk(APK)) == [
        Package("apk", "musl", "1.2.5-r9", "x86_64", "MIT", "musl"),
        Package("apk", "busybox-binsh", "1.37-r1", "", "", "busybox"),
    ]


@pytest.mark.parametrize("text", [METADATA, METADATA.replace("\n", "\r\n")])
def test_a_python_distribution_has_its_normal_name(text: str) -> None:
    assert list(installed.python(text)) == [Package("pypi", "flask-wtf-x", "1.3.0", "", "BSD-3-Clause")]


def test_npm_modules() -> None:
    assert list(installed.npm('{"name": "@a/b", "version": "1.0.0", "license": "ISC"}')) == [
        Package("npm", "@a/b", "1.0.0", "", "ISC")
    ]
    for text in ("", "[]", "{", '{"name": 1, "version": "1"}', "[" * 100_000):
        assert list(installed.npm(text)) == []


def test_the_system_is_named() -> None:
    assert installed.system('ID=debian\nVERSION_ID="13"\n# x=y\n') == {"id": "debian", "version_id": "13"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("var/lib/dpkg/status", "dpkg"),
        ("var/lib/dpkg/status.d/base", "dpkg"),
        ("var/lib/dpkg/status.d/base.md5sums", ""),
        ("var/lib/dpkg/status-old", ""),
        ("lib/apk/db/installed", "apk"),
        ("opt/venv/lib/python3.13/site-packages/flask-3.1.3.dist-info/METADATA", "python"),
        ("usr/lib/python3/dist-packages/six.egg-info", "python"),
        ("opt/x/METADATA", ""),
        ("app/node_modules/@scope/name/package.json", "npm"),
        ("app/node_modules/name/package.json", "npm"),
        ("app/node_modules/name/test/package.json", ""),
        ("app/package.json", ""),
    ],
)
def test_which_files_are_read(path: str, kind: str) -> None:
    expected = installed.READERS[kind][1] if kind else None
    assert installed.reader(path) is expected


@pytest.mark.skipif(not Path("/var/lib/dpkg/status").exists(), reason="expected: this machine has no dpkg")
def test_this_machine_s_own_list_is_read_whole() -> None:
    text = Path("/var/lib/dpkg/status").read_text(encoding="utf-8")
    found = list(installed.dpkg(text))
    assert len(found) == text.count("\nStatus: install ok installed") + text.startswith("Status: install ok installed")
    assert {"dpkg", "libc6"} <= {package.name for package in found}


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for _, read in installed.READERS.values():
        assert all(package.name and package.version for package in read(text))
    installed.system(text)
