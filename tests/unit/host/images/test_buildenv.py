"""What builds are handed of this machine's apt: real apt says what is in force, of a configuration of our own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checks.host.images import buildenv
from checks.host.tools import aptsources, packages

pytestmark = pytest.mark.skipif(packages.which("apt-config") is None, reason="expected: this machine has no apt")
OLD = 'Acquire::Check-Valid-Until "false";'


def environ(folder: Path, *lines: str) -> dict[str, str]:
    """Return an environment in which apt has these settings and none of the machine's."""
    empty = folder / "parts"
    empty.mkdir()
    text = [f'Dir::Etc::main "{empty}/none";', f'Dir::Etc::parts "{empty}";', *lines]
    (folder / "apt.conf").write_text("".join(f"{line}\n" for line in text))
    variables = {"PATH": os.environ["PATH"], "APT_CONFIG": str(folder / "apt.conf")}
    return {**variables, "PIP_CONFIG_FILE": os.devnull}


@pytest.mark.parametrize(
    ("lines", "handed"),
    [
        ((), ""),
        (('Acquire::Retries "3";', 'APT::Install-Recommends "false";'), ""),
        ((OLD,), f"{OLD}\n"),
        (('acquire::check-valid-until "0";',), 'Acquire::check-valid-until "0";\n'),
        (('Acquire::Max-ValidTime::Debian "9999999";',), 'Acquire::Max-ValidTime::Debian "9999999";\n'),
        (('Acquire::Check-Date "false";', 'Acquire::http::Proxy "";'), 'Acquire::Check-Date "false";\n'),
        (('Acquire::http::Proxy "http://p.invalid:3128";',), 'Acquire::http::Proxy "http://p.invalid:3128";\n'),
    ],
)
def test_proxies_and_the_age_of_lists_are_handed_on_where_they_are_set(
    tmp_path: Path, lines: tuple[str, ...], handed: str
) -> None:
    assert buildenv.apt_settings(environ(tmp_path, *lines)) == handed


def test_a_laxer_apt_is_told_and_a_proxy_is_not(tmp_path: Path) -> None:
    lines = (OLD, 'Acquire::http::Proxy "http://p.invalid:3128";')
    given = buildenv.secrets(tmp_path / "secrets", environ(tmp_path, *lines))
    assert buildenv.laxer(given) == [OLD.rstrip(";")]
    assert buildenv.laxer({}) == []


def test_a_build_that_has_sources_of_this_machine_has_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aptsources, "of_the_host", lambda *_: "deb http://m.invalid trixie main\n")
    given = buildenv.secrets(tmp_path / "secrets", environ(tmp_path, OLD))
    handed = buildenv.with_apt_sources(given, "trixie", tmp_path / "secrets")
    assert handed["apt"].read_text().splitlines()[0] == OLD
    assert "sourcelist" in handed["apt"].read_text()
    assert handed["apt"].parent.stat().st_mode & 0o77 == 0
