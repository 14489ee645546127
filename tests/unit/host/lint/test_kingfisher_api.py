"""The scanner is a stand-in here, so that it can lie; the real one is in tests/e2e/test_kingfisher.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checks.host.lint import kingfisher_api

SCANNER = """\
import json, os, pathlib, signal, sys
paths = sys.argv[sys.argv.index("--") + 1:]
found, scans = [], []
for path in map(pathlib.Path, paths):
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    texts = {file: file.read_bytes().decode('latin-1') for file in files}
    found += [
        {"rule": {"id": "r"}, "finding": {"path": str(file) if path.is_dir() else "./" + str(file), "line": 1}}
        for file in files if "secret" in texts[file]
    ]
    size = sum(map(len, texts.values()))
    scan = {"repository": os.path.abspath(path), "scan": {"status": "completed"}, "stats": {}}
    scans.append({**scan, "stats": {"blobs_scanned": len(files), "bytes_scanned": size}})
    LIE
for entry in found:
    print(json.dumps(entry))
print(json.dumps({"audit": {"repositories": scans}}))
code = 200 if found else 0
END
sys.exit(code)
"""
SEEN = "open('seen', 'a').write(f'{len(paths)} ')"


def scanner(folder: Path, lie: str = "pass", end: str = "pass") -> Path:
    program = folder / "scanner"
    text = SCANNER.replace("LIE", lie).replace("END", f"{SEEN}\n{end}")
    program.write_text(f"#!{sys.executable}\n{text}")
    program.chmod(0o755)
    return program


def run(root: Path, program: Path, files: list[str]) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-I", "-S", kingfisher_api.__file__, str(program), "scan", "--", *files]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(100):
        place = tmp_path / f"repository/f{number % 3}/{number}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("a secret" if number in (7, 70) else "text")
    return tmp_path / "repository"


def files_of(root: Path) -> list[str]:
    return [f"./{path.relative_to(root)}" for path in sorted(root.rglob("*.txt"))]


def printed(done: subprocess.CompletedProcess[str]) -> tuple[list[str], dict[str, int]]:
    entries: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    (audit,) = [entry["audit"] for entry in entries if "audit" in entry]
    read = {scan["repository"]: scan["stats"]["blobs_scanned"] for scan in audit["repositories"]}
    return sorted(entry["finding"]["path"] for entry in entries if "finding" in entry), read


def test_files_are_given_as_folders_and_told_of_by_their_names(root: Path, tmp_path: Path) -> None:
    files = files_of(root)
    done = run(root, scanner(tmp_path), files)
    assert (done.returncode, done.stderr) == (200, "")
    found, read = printed(done)
    assert found == ["./f1/7.txt", "./f1/70.txt"]
    assert read == {str(root / file): 1 for file in files}
    assert (root / "seen").read_text() == "2 "  # folders of 64 and of 36


LIES = {
    "one file less": "scans[-1]['stats']['blobs_scanned'] -= path.is_dir()",
    "some bytes less": "scans[-1]['stats']['bytes_scanned'] -= path.is_dir()",
    "not to the end": "scans[-1]['scan']['status'] = 'partial' if path.is_dir() else 'completed'",
    "nothing of it": "path.is_dir() and scans.pop()",
    "another scan in it": "path.is_dir() and scans.append({**scans[-1], 'repository': scans[-1]['repository'] + '/x'})",
}


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
def test_a_folder_that_is_not_counted_as_it_is_is_read_file_by_file(root: Path, tmp_path: Path, lie: str) -> None:
    files = files_of(root)
    done = run(root, scanner(tmp_path, lie), files)
    found, read = printed(done)
    assert done.returncode == 200
    assert found == ["./f1/7.txt", "./f1/70.txt"]  # once, though it was found twice
    assert read == {str(root / file): 1 for file in files}
    assert (root / "seen").read_text() == "2 100 "


def test_what_is_not_ordinary_text_is_given_by_itself(root: Path, tmp_path: Path) -> None:
    strange = {"f0/zero": b"a\0", "f0/bell": b"a\a", "f0/latin": b"\xe9", "f1/large": b"x" * 1_000_001}
    for name, data in strange.items():
        (root / name).write_bytes(data)
    files = ["f0/0.txt", "f0/3.txt", *strange]
    done = run(root, scanner(tmp_path), [f"./{name}" for name in files])
    assert printed(done)[1] == {str(root / name): 1 for name in files}
    assert (root / "seen").read_text() == "5 "  # four files and a folder


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("os.kill(os.getpid(), signal.SIGABRT)", -6),
        ("code = 3", 3),
        ("code = 0", 1),
        ("print('{\"audit\": {}}')", 1),
    ],
)
def test_it_ends_as_the_scanner_ends(root: Path, tmp_path: Path, end: str, code: int) -> None:
    done = run(root, scanner(tmp_path, end=end), files_of(root))
    assert done.returncode == code
    assert done.stdout == ""
