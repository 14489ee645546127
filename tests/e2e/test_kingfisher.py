"""The secret scanner itself, from its own environment, on secrets that are made here and are nobody's."""

from __future__ import annotations

import base64
import io
import json
import random
import string
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from checks.host import git
from checks.host.lint import inventory, jobs, linters
from checks.lint import kingfisher
from checks.lint.batches import Tools
from checks.model import Done, Finding, Findings, Job, Severity, ToolError
from checks.repository import Repository

LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase


class Quiet:
    """Where the environment says that it is made."""

    def step(self, text: str) -> None:
        pass

    def line(self, text: str, style: str = "") -> None:
        pass

    def warn(self, text: str) -> None:
        pass


@pytest.fixture(scope="module")
def tools() -> Tools:
    return Tools({"kingfisher": linters.kingfisher(Quiet())}, 2)


def github_token(seed: int) -> str:
    """Return a token of GitHub's form: its last six letters are the check sum of the others."""
    body = "".join(random.Random(seed).choices(LETTERS, k=30))  # noqa: S311  # nobody's secret
    total, check = zlib.crc32(body.encode()), ""
    while total:
        total, digit = divmod(total, 62)
        check = LETTERS[digit] + check
    return "gh" + "p_" + body + check.rjust(6, "0")


def private_key() -> str:
    body = base64.encodebytes(random.Random(1).randbytes(1190)).decode()  # noqa: S311
    return "-----BEGIN " + "RSA PRIVATE KEY-----\n" + body + "-----END " + "RSA PRIVATE KEY-----\n"


def zipped(name: str, text: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, text)
    return data.getvalue()


def scan(root: Path, tools: Tools) -> tuple[list[tuple[str, int, str]], str]:
    """Return path, line and rule of what is found, and everything that the scanner printed."""
    repository = Repository.of(inventory.inventory(root, git.listing(root).paths))
    work = kingfisher.jobs(repository, kingfisher.units(repository), tools)
    done = jobs.run(work, root, 2)
    found = [finding for job, one in zip(work, done, strict=True) for finding in items(job, one)]
    said = "".join(one.out + one.err for one in done)
    return sorted((finding.path, finding.line, finding.rule.removeprefix("betterleaks.")) for finding in found), said


def items(job: Job, done: Done) -> tuple[Finding, ...]:
    answer = kingfisher.read(job, done)
    assert isinstance(answer, Findings), answer
    return answer.items


def test_its_version_is_the_pinned_one(tools: Tools, tmp_path: Path) -> None:
    (done,) = jobs.run([kingfisher.version(tools)], tmp_path, 1)
    pins = (Path(kingfisher.__file__).parents[1] / "constraints/kingfisher.txt").read_text()
    assert pins == f"kingfisher-bin=={kingfisher.read_version(done)}\n"


def test_secrets_are_found_in_files_of_any_name_and_never_printed(tools: Tools, tmp_path: Path) -> None:
    token, key = github_token(1), private_key()
    account = {"type": "service_account", "private_key": key, "client_email": "a@b.iam.gserviceaccount.com"}
    files = {
        "id_rsa": key.encode(),
        "server.key": key.encode(),  # what is named like a presentation of Keynote's
        "notes!.zip": zipped("old/.env", f"A=1\nTOKEN={token}\n"),
        "service account.json": json.dumps(account, indent=1).encode(),
        'sub/new\nline\'s "name".txt': f"\n{token}".encode(),
        "-dash.env": f"TOKEN={token}\r\n".encode(),
        "latin.txt": b"caf\xe9\n " + token.encode(),
        "hook.sh": ("curl https://hooks.slack.com/" + "services/T0A1B2C3D/B0A1B2C3D4E/" + token[4:28] + "\n").encode(),
        "bot.py": ("TOKEN = 'xo" + "xb-390996030824-628194821993-" + token[4:28] + "'\n").encode(),
        "clean.txt": b"password = os.environ['PASSWORD']\n",
        "empty": b"",
        "image.bin": b"\0\1" * 500,
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found, said = scan(tmp_path, tools)
    assert found == [
        ("-dash.env", 1, "github-pat"),
        ("bot.py", 1, "slack-bot-token"),
        ("hook.sh", 1, "slack-webhook-url"),
        ("id_rsa", 1, "private-key"),
        ("latin.txt", 2, "github-pat"),
        ("notes!.zip", 0, "github-pat"),
        ("server.key", 1, "private-key"),
        ("service account.json", 3, "private-key"),
        ('sub/new\nline\'s "name".txt', 2, "github-pat"),
    ]
    assert token[4:28] not in said
    assert key.split("\n")[1] not in said


def strange(root: Path) -> None:
    """Fill a folder with what is read as it seems and what is not, and a secret in every tenth file."""
    token = "TOKEN = '" + github_token(2) + "'\n"
    for number in range(150):
        place = root / f"part{number % 7}/sub dir/file{number}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{number}\n" * number + (token if number % 10 == 0 else ""))
    files = {
        "part1/zeros.py": b"\0" * 900 + token.encode(),
        "part1/late.py": b"#" * 5000 + b"\0\n" + token.encode(),
        "part2/latin.txt": b"caf\xe9\n" + token.encode(),
        "part2/wide.txt": token.encode("utf-16"),
        "part3/text.tar.gz": token.encode(),
        "part3/real.zip": zipped("a/b.txt", token),
        "part3/server.key": private_key().encode(),
        "part4/large.txt": (b"x" * 99 + b"\n") * 12_000 + token.encode(),
        "part4/one line.js": b"x" * 900_000 + b" " + token.encode(),
        "part5/.gitignore": b"*\n",
        "part5/.ignore": b"*\n",
        "node_modulez/package-lock.json": token.encode(),
        "empty": b"",
        "part6/bare.git/HEAD": b"ref: refs/heads/main\n",
        "part6/bare.git/config": b"[core]\n\tbare = true\n",
        "part6/bare.git/objects/notes.txt": token.encode(),
        "part6/bare.git/refs/heads/.keep": token.encode(),
        f"{'n' * 200}/{'m' * 200}/long.txt": token.encode(),
    }
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def by_place(answer: Findings) -> list[tuple[str, int, int, str, Severity]]:
    return sorted((one.path, one.line, one.column, one.rule, one.severity) for one in answer.items)


def test_files_given_as_folders_are_read_as_files_given_by_themselves(tools: Tools, tmp_path: Path) -> None:
    strange(tmp_path)
    repository = Repository.of(inventory.inventory(tmp_path, git.listing(tmp_path).paths))
    (together,) = kingfisher.jobs(repository, kingfisher.units(repository), tools)
    alone = replace(together, argv=together.argv[together.argv.index(tools.commands["kingfisher"][-1]) :])
    assert alone.argv != together.argv
    folders, files = map(kingfisher.read, (together, alone), jobs.run([together, alone], tmp_path, 2))
    assert isinstance(folders, Findings)
    assert isinstance(files, Findings)
    assert by_place(folders) == by_place(files)
    assert sorted(folders.skipped) == sorted(files.skipped)
    assert "part1/zeros.py" in folders.skipped
    found = {finding.path for finding in folders.items}
    assert found >= {"part0/sub dir/file140.txt", "part4/large.txt", "part6/bare.git/objects/notes.txt"}


def test_of_many_files_one_that_is_gone_is_named(tools: Tools, tmp_path: Path) -> None:
    strange(tmp_path)
    repository = Repository.of(inventory.inventory(tmp_path, git.listing(tmp_path).paths))
    (job,) = kingfisher.jobs(repository, kingfisher.units(repository), tools)
    gone = "part2/sub dir/file2.txt"
    (tmp_path / gone).unlink()
    (done,) = jobs.run([job], tmp_path, 1)
    answer = kingfisher.read(job, done)
    assert isinstance(answer, ToolError)
    assert answer.files == (gone,)


def test_this_repository_holds_none(tools: Tools) -> None:
    found, _ = scan(Path(__file__).parents[2], tools)
    assert found == []
