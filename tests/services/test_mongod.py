"""The options of the database's stand-in."""

from pathlib import Path

import pytest
from mongod_standin import cli
from mongod_standin.options import BadOptionError, Options, read


def test_the_files_of_this_repository_are_understood() -> None:
    root = Path(__file__).parents[2]
    stack = read(["--config", str(root / "src/mongo/mongod.conf")])
    assert stack == Options(Path("/data/db"), 27017, "0.0.0.0", 0.25)
    monolith = read(["-f", str(root / "docker-monolith/mongod.conf")])
    assert monolith == Options(Path("/data/db"), 27017, "127.0.0.1", 0.25)


def test_the_command_line_goes_over_the_file(tmp_path: Path) -> None:
    conf = tmp_path / "mongod.conf"
    conf.write_text("net:\n  port: 1\n  bindIp: 127.0.0.1\nsystemLog:\n  destination: file\n")
    options = read(["--config", str(conf), "--port", "2", "--bind_ip_all", "--dbpath", "/x"])
    assert options == Options(Path("/x"), 2, "0.0.0.0")


@pytest.mark.parametrize(
    ("value", "bound"),
    [("localhost", "127.0.0.1"), ("127.0.0.1,::1", "127.0.0.1"), ("*", "0.0.0.0"), ("127.0.0.1,10.0.0.1", "0.0.0.0")],
)
def test_addresses(value: str, bound: str) -> None:
    assert read(["--bind_ip", value]).bind_ip == bound


@pytest.mark.parametrize(
    "argv", [["--bogus"], ["--port", "x"], ["--port", "70000"], ["--config", "/nowhere"], ["--conf", "x"], ["extra"]]
)
def test_wrong_arguments_are_refused(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(argv) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["net: {prot: 1}", "net: {port: true}", "net: {port: '1'}", "- list", "a: [", "storage: {dbPath: 3}"]
)
def test_wrong_files_are_refused(text: str, tmp_path: Path) -> None:
    conf = tmp_path / "mongod.conf"
    conf.write_text(text)
    with pytest.raises(BadOptionError):
        read(["--config", str(conf)])


def test_version_and_a_missing_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("db version v8")
    assert cli.main(["--dbpath", "/nowhere"]) == 100
