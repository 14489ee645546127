"""From what apt says of the host's sources to a bootstrap through them: run by the real sed."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.host import proc
from checks.host.tools import aptsources

DEFAULT = """deb http://archive.example/debian trixie main
deb [signed-by="/usr/share/keyrings/k.gpg"] http://archive.example/debian trixie-updates main
deb http://security.example/debian-security trixie-security main
"""
MAIN = ("Debian", "Debian", "bookworm", "http://m.invalid/a&b#c/")
SECURITY = ("Debian", "Debian-Security", "bookworm-security", "http://m.invalid/s/")


def _applied(tmp_path: Path, targets: list[tuple[str, ...]], debian: bool = True) -> list[str]:
    (tmp_path / "script").write_text(aptsources.sed_script(targets, debian))
    (tmp_path / "sources.list").write_text(DEFAULT)
    done = proc.run(["sed", "-E", "-i", "-f", "script", "sources.list"], cwd=tmp_path, timeout=10)
    assert done.ok, done.err
    return (tmp_path / "sources.list").read_text().splitlines()


def test_archive_and_security_go_to_the_hosts_mirrors(tmp_path: Path) -> None:
    assert _applied(tmp_path, [MAIN, SECURITY]) == [
        "deb http://m.invalid/a&b#c trixie main",
        'deb [signed-by="/usr/share/keyrings/k.gpg"] http://m.invalid/a&b#c trixie-updates main',
        "deb http://m.invalid/s trixie-security main",
    ]


def test_a_host_without_security_updates_has_none_to_ask(tmp_path: Path) -> None:
    assert [line.split()[-2] for line in _applied(tmp_path, [MAIN])] == ["trixie", "trixie-updates"]


@pytest.mark.parametrize(
    ("targets", "debian"),
    [
        ([], True),
        ([("Node Source", "Node Source", "nodistro", "https://n.invalid/")], True),
        ([("Ubuntu", "Ubuntu", "jammy", "http://u.invalid/")], False),
        ([("$(ORIGIN)", "$(LABEL)", "jammy", "http://u.invalid/")], False),
        ([SECURITY], True),
    ],
)
def test_sources_that_are_no_debians_change_nothing(
    tmp_path: Path, targets: list[tuple[str, ...]], debian: bool
) -> None:
    assert _applied(tmp_path, targets, debian) == DEFAULT.splitlines()


def test_before_the_first_update_a_debians_own_sources_count(tmp_path: Path) -> None:
    fresh: list[tuple[str, ...]] = [("$(ORIGIN)", "$(LABEL)", *target[2:]) for target in (MAIN, SECURITY)]
    assert _applied(tmp_path, fresh)[2] == "deb http://m.invalid/s trixie-security main"
