"""kingfisher over many files: the ordinary ones as folders, which takes it a tenth of the time.

Run as a script, not imported: `kingfisher_api.py PROGRAM scan OPTION… -- FILE…` prints what `PROGRAM scan OPTION… -- FILE…`
prints, as far as `checks.lint.kingfisher` reads it, and ends as that does. kingfisher makes a scan of its own of each path
that it is given, of 4 ms whatever is there, and its audit says of each how much it read. So copies of ordinary files, a
few dozen to a folder, are given to it as that folder. Where the audit has not counted just these files and their bytes,
nothing that was said of the folder is taken: they are given again one by one, as all files are that are not ordinary:
what is not text by the strictest measure, is large, or cannot be read.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

TOGETHER = 64
"""Files to a folder: as many are scanned again where one of them is not what it seems."""
USUAL = 1_000_000
"""Bytes beyond which a file is not worth a copy."""
_NO_TEXT = bytes(code for code in range(32) if code not in b"\t\n\f\r\x1b")
_WITH_FINDINGS = 200


@dataclass(frozen=True)
class _Folder:
    """A folder with copies of files under their own paths, and how many bytes they are together."""

    place: str
    files: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class _Said:
    """What a scan found, and what its audit says of each path that it was given; both as kingfisher writes them."""

    found: tuple[dict[str, Any], ...] = ()
    scans: tuple[dict[str, Any], ...] = ()


def main() -> None:
    """Scan, and print one JSON object per finding and the audit."""
    end = sys.argv.index("--") + 1
    command, files = sys.argv[1:end], sys.argv[end:]
    with TemporaryDirectory(prefix="kingfisher-") as scratch:
        folders = list(_folders(files, os.path.realpath(scratch)))
        together = {file for folder in folders for file in folder.files}
        first = _scan(command, [file for file in files if file not in together] + [folder.place for folder in folders])
    doubtful = [folder for folder in folders if not _is_counted(folder, first)]
    second = _scan(command, [file for folder in doubtful for file in folder.files])
    found = [*_found(first, folders, doubtful), *second.found]
    for finding in found:
        print(json.dumps(finding))
    scans = [*_scans(first, folders, doubtful), *second.scans]
    print(json.dumps({"audit": {"repositories": scans}}))
    sys.exit(_WITH_FINDINGS if found else 0)


def _folders(files: Iterable[str], scratch: str) -> Iterator[_Folder]:
    """Copy ordinary files into folders below `scratch`."""
    places = (f"{scratch}/{number}" for number in itertools.count())
    place, names, size = next(places), [], 0
    for file in files:
        data = _ordinary(file)
        if data is None or not _write(f"{place}/{file}", data):
            continue
        names.append(file)
        size += len(data)
        if len(names) == TOGETHER:
            yield _Folder(place, tuple(names), size)
            place, names, size = next(places), [], 0
    if names:
        yield _Folder(place, tuple(names), size)


def _ordinary(file: str) -> bytes | None:
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 (pathlib would be one more import in a short process)
            data = opened.read(USUAL + 1)
        data.decode()
    except (OSError, UnicodeDecodeError):
        return None
    return data if len(data) <= USUAL and len(data.translate(None, _NO_TEXT)) == len(data) else None


def _write(place: str, data: bytes) -> bool:
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
        with open(place, "xb") as copy:  # noqa: PTH123
            copy.write(data)
    except OSError:  # a path that is too long with ours before it, or no room
        return False
    return True


def _scan(command: Sequence[str], paths: Sequence[str]) -> _Said:
    """Return what kingfisher says of `paths`; where it does not end as it does with an answer, end as it did."""
    if not paths:
        return _Said()
    done = subprocess.run([*command, *paths], stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, _WITH_FINDINGS):
        sys.exit(done.returncode)
    entries = [json.loads(line) for line in done.stdout.split(b"\n") if line.strip()]
    found = tuple(entry for entry in entries if "finding" in entry)
    if bool(found) != (done.returncode == _WITH_FINDINGS):
        sys.exit(f"kingfisher ended with {done.returncode}, which does not go with what it printed")
    audits = [entry["audit"] for entry in entries if "audit" in entry]
    if len(audits) != 1:
        sys.exit("kingfisher did not print one audit")
    return _Said(found, tuple(audits[0]["repositories"]))


def _is_counted(folder: _Folder, said: _Said) -> bool:
    """Return whether a folder was read to its end, and in it just what we put there."""
    scans = [scan for scan in said.scans if _is_in(scan["repository"], folder)]
    if len(scans) != 1 or scans[0]["repository"] != folder.place or scans[0]["scan"]["status"] != "completed":
        return False
    read = scans[0]["stats"]
    return (read["blobs_scanned"], read["bytes_scanned"]) == (len(folder.files), folder.size)


def _is_in(path: str, folder: _Folder) -> bool:
    return path == folder.place or path.startswith(f"{folder.place}/")


def _found(said: _Said, folders: Collection[_Folder], doubtful: Collection[_Folder]) -> Iterator[dict[str, Any]]:
    """Return findings in the files that were given, where what was said of their folder is taken."""
    for entry in said.found:
        path = entry["finding"]["path"]
        folder = next((one for one in folders if _is_in(path, one)), None)
        if folder is None:
            yield entry
        elif folder not in doubtful:
            yield {**entry, "finding": {**entry["finding"], "path": f".{path.removeprefix(folder.place)}"}}


def _scans(said: _Said, folders: Collection[_Folder], doubtful: Collection[_Folder]) -> Iterator[dict[str, Any]]:
    """Return what the audit says of each file that was given, as it says it of one that was given by itself."""
    for scan in said.scans:
        if not any(_is_in(scan["repository"], folder) for folder in folders):
            yield scan
    for file in (file for folder in folders if folder not in doubtful for file in folder.files):
        path = f"{os.getcwd()}/{file.removeprefix('./')}"  # noqa: PTH109
        yield {"repository": path, "scan": {"status": "completed"}, "stats": {"blobs_scanned": 1}}


if __name__ == "__main__":
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, int) and end.code < 0:  # killed: so that whoever waits for us sees that
            os.kill(os.getpid(), -end.code)
        raise
