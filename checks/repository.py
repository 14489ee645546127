"""What a repository holds: which file is a Dockerfile, YAML or a shell script, and what it says.

Pure over a list of files: their names, first bytes, text and trouble are handed in by the host.
"""

from __future__ import annotations

import enum
import fnmatch
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from checks.model import Unit

HEAD = 256
"""Bytes of a file that are enough to read its first line."""
JSON_HEAD = 65536
"""Bytes of a JSON file that are enough to tell a Packer template: nobody writes larger ones by hand."""
TOO_LARGE = 5_000_000
"""Bytes beyond which linters take minutes for what nobody wrote by hand."""

_DOCKERFILE = re.compile(
    r"(?:docker|container)file(?:[._-].+)?|.+\.(?:docker|container)file", re.IGNORECASE | re.DOTALL
)
_YAML = re.compile(r".+\.ya?ml|\.yamllint", re.IGNORECASE | re.DOTALL)
_SHELL = re.compile(
    r".+\.(?:sh|bash|dash|ksh|bats)|\.(?:bashrc|bash_(?:aliases|login|logout|profile)|profile|kshrc)", re.DOTALL
)
_VARIABLES = re.compile(r"\.env(?:[._-].+)?|.+\.env", re.DOTALL | re.IGNORECASE)
_SHEBANG = re.compile(
    rb"#!\s*(?:\S*/)?(?:busybox\s+|env\s+(?:(?:-\S*S|--split-string=?|-\S+|\w+=\S*)\s*)*)?(?:\S*/)?([\w.+-]+)"
)
_SHELLS = frozenset({b"sh", b"bash", b"dash", b"ash", b"ksh", b"bats"})
_TERRAFORM = re.compile(r".+\.(?:tf|tofu|tfvars)(?:\.json)?|.+\.tf(?:test|mock)\.hcl", re.IGNORECASE | re.DOTALL)
PACKER_EXAMPLE = r"\.(?:example|sample|dist|template|tmpl)"
"""How the name of a file ends that others are to copy and fill in."""
_PACKER = re.compile(rf".+\.(?:pkr|pkrvars)\.(?:hcl|json)(?:{PACKER_EXAMPLE})?", re.IGNORECASE | re.DOTALL)
_PACKER_VARIABLES = re.compile(
    rf"(?:.*/)?[^/]*packer[^/]*/(?:.*[/._-])?(?:variables|vars)(?:[._-][^/]*)?\.json(?:{PACKER_EXAMPLE})?",
    re.IGNORECASE | re.DOTALL,
)
_PACKER_JSON = re.compile(rb'"builders"\s*:\s*\[')
_TEMPLATE = re.compile(r"\.(?:j2|jinja2?|tpl|tmpl|tftpl|erb|mustache|gotmpl|template)")
_NOT_DOCKERFILE = re.compile(
    r"\.(?:dockerignore|md|rst|txt|html|json|ya?ml|toml|py|go|js|ts|rb|java|sh|ps1|lock|log|swp|bak|orig|rej|patch|diff"
    r"|vim|png|svg)"
)
_HELM = re.compile(r"\{\{-?\s*(?:\.Values|\.Release|\.Chart|\.Files|include|define|template|range|with|if)\b")
_OURS = re.compile(
    r"reports/(?:[\w.-]+\.(?:jsonl?|sarif|html|lock)|(?:junit|evidence|build|sbom|running)/.*|\.gitignore)", re.DOTALL
)
"""What checks writes, where git does not ignore it: none of it is linted."""
_VENDORED = re.compile(r"(?:^|/)(?:node_modules|bower_components|\.terraform|\.?venv|site-packages|__pycache__)/")
_VENDOR_MARKS = ("modules.txt", "autoload.php", "bundle")


class Kind(enum.StrEnum):
    """What a file is, as far as linters care."""

    DOCKERFILE = "Dockerfile"
    YAML = "YAML"
    SHELL = "shell script"
    TERRAFORM = "Terraform file"
    PACKER = "Packer template"
    VARIABLES = "environment file"
    ANSIBLE = "Ansible configuration"


class Trouble(enum.StrEnum):
    """Why a file cannot be linted as the text that it should be; these are rules of our own."""

    UNREADABLE = "unreadable"
    OUTSIDE = "outside"
    BAD_NAME = "bad-name"
    TOO_LARGE = "too-large"
    BINARY = "binary"
    NOT_UTF8 = "not-utf8"


@dataclass(frozen=True)
class File:
    """One file: path relative to the root with /, its size in bytes, what it is and what it says.

    `text` is None where it could not be read as text; `trouble` and `detail` say why. `target` is where a
    symbolic link leads, relative to the root.
    """

    path: str
    size: int = 0
    kind: Kind | None = None
    text: str | None = None
    trouble: Trouble | None = None
    detail: str = ""
    target: str = ""

    @property
    def is_named(self) -> bool:
        """Whether its name can be handed to programs that take names for text."""
        try:
            self.path.encode()
        except UnicodeEncodeError:
            return False
        return True


@dataclass(frozen=True)
class Repository:
    """The files of a repository that are its own: nothing vendored, each once."""

    files: tuple[File, ...]

    @classmethod
    def of(cls, files: Iterable[File], exclude: Iterable[str] = ()) -> Repository:
        """Choose from everything that is there what is to be linted; `exclude` are globs."""
        found = {file.path: file for file in files}
        skip, gone = tuple(exclude), _vendor_folders(found)
        return cls(
            tuple(
                file
                for path, file in sorted(found.items())
                if not (is_vendored(path) or _OURS.fullmatch(path))
                and not any(path.startswith(folder) for folder in gone)
                and not any(matches(path, glob) for glob in skip)
                and not _is_another_name(file, found)
            )
        )

    def of_kind(self, kind: Kind, *, utf8: bool = False) -> tuple[File, ...]:
        """Return the files of a kind that a tool can be given; with `utf8` only what it can decode."""
        fine = (None,) if utf8 else (None, Trouble.NOT_UTF8)
        return tuple(file for file in self.files if file.kind is kind and file.trouble in fine)

    @cached_property
    def by_path(self) -> Mapping[str, File]:
        """Return every file by its path."""
        return {file.path: file for file in self.files}

    def files_of(self, units: Iterable[Unit]) -> list[File]:
        """Return the files that units are about, each once."""
        return [self.by_path[path] for path in dict.fromkeys(path for unit in units for path in unit.files)]

    @cached_property
    def troubled(self) -> tuple[File, ...]:
        """Return the files that somebody should lint and nobody can, or not as text."""
        return tuple(file for file in self.files if file.kind is not None and file.trouble is not None)

    @cached_property
    def lines(self) -> Mapping[str, tuple[str, ...]]:
        """Return the lines of every file that has a kind and a text, by path."""
        return {file.path: split_lines(file.text) for file in self.files if file.kind and file.text is not None}


def understand(path: str, kind: Kind, data: bytes, target: str = "") -> File:
    """Return a file with its text, or with the trouble that its bytes make."""
    if kind is Kind.YAML and data.startswith((b"\xff\xfe", b"\xfe\xff")):  # YAML may be UTF-16: its mark says so
        encoding = "utf-32" if data.startswith(b"\xff\xfe\x00\x00") else "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        detail = f"{error.reason} at byte {error.start + 1}"
        trouble = Trouble.BINARY if b"\0" in data else Trouble.NOT_UTF8
        return File(path, len(data), kind, data.decode("utf-8", "replace"), trouble, detail, target)
    if kind is Kind.YAML and is_go_template(path, text):
        return File(path, len(data), target=target)
    if "\0" in text:
        return File(path, len(data), kind, text, Trouble.BINARY, "it holds zeros", target)
    return File(path, len(data), kind, text, target=target)


def split_lines(text: str) -> tuple[str, ...]:
    r"""Split as linters count: at \n, \r\n and \r, not at form feeds and other separators."""
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def kind_of(path: str, head: bytes, siblings: Iterable[str] = ()) -> Kind | None:
    """Return what a file is, by its name and its first bytes; `siblings` are all paths, to know Helm charts by."""
    name = posixpath.basename(path)
    suffix = posixpath.splitext(name)[1].lower()
    if _DOCKERFILE.fullmatch(name) and not (_NOT_DOCKERFILE.fullmatch(suffix) or _TEMPLATE.fullmatch(suffix)):
        return Kind.DOCKERFILE
    if _YAML.fullmatch(name):
        return None if in_chart_templates(path, siblings) else Kind.YAML
    if _is_packer(path, name, suffix, head):
        return Kind.PACKER
    if _TERRAFORM.fullmatch(name):
        return Kind.TERRAFORM
    if _VARIABLES.fullmatch(name) and not _NOT_DOCKERFILE.fullmatch(suffix):
        return Kind.VARIABLES
    return Kind.ANSIBLE if name in ("ansible.cfg", ".ansible-lint") else _shell(name, suffix, head)


def _is_packer(path: str, name: str, suffix: str, head: bytes) -> bool:
    by_name = _PACKER.fullmatch(name) or _PACKER_VARIABLES.fullmatch(path)
    return by_name is not None or (suffix == ".json" and _PACKER_JSON.search(head) is not None)


def _shell(name: str, suffix: str, head: bytes) -> Kind | None:
    first = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    shebang = _SHEBANG.match(first)
    if shebang:
        return Kind.SHELL if shebang[1] in _SHELLS and not _TEMPLATE.fullmatch(suffix) else None
    return Kind.SHELL if _SHELL.fullmatch(name) else None


def in_chart_templates(path: str, siblings: Iterable[str]) -> bool:
    """Return whether a path lies in the templates folder of a Helm chart: Go templates, not YAML yet."""
    parts = path.split("/")
    known = siblings if isinstance(siblings, set | frozenset | dict) else frozenset(siblings)
    return any(
        part == "templates" and "/".join((*parts[:at], "Chart.yaml")) in known for at, part in enumerate(parts[:-1])
    )


def is_go_template(path: str, text: str) -> bool:
    """Return whether a YAML file in a templates folder is a Go template, where the chart's own file is elsewhere."""
    return "templates" in path.split("/")[:-1] and _HELM.search(text) is not None


def is_vendored(path: str) -> bool:
    """Return whether a path lies in a folder that package managers fill."""
    return _VENDORED.search(path) is not None


def matches(path: str, glob: str) -> bool:
    """Return whether a glob means a path; `*` crosses folders, and a folder means everything in it."""
    return fnmatch.fnmatchcase(path, glob) or path.startswith(glob.rstrip("/") + "/")


def _vendor_folders(paths: Iterable[str]) -> frozenset[str]:
    """Return the `vendor/` folders that hold what Go, Composer or Bundler put there; other ones are somebody's own."""
    found = set()
    for path in paths:
        before, mark, after = path.rpartition("vendor/") if path.startswith("vendor/") else path.rpartition("/vendor/")
        if mark and after.partition("/")[0] in _VENDOR_MARKS:
            found.add(before + mark)
    return frozenset(found)


def _is_another_name(file: File, found: Mapping[str, File]) -> bool:
    """Return whether a link leads to a file that is linted under its own name.

    Terraform files are another matter: each directory is read as one, whatever is elsewhere.
    """
    target = found.get(file.target) if file.target and file.kind is not Kind.TERRAFORM else None
    return target is not None and target.kind is file.kind and target.path != file.path
