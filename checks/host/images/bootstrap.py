"""Debian base images without a registry: mmdebstrap makes what `debian:<suite>-slim` is, the same bytes each time.

The host's mirror, proxy and certificates serve the bootstrap and stay in no file of the image: what it keeps are the
package sources that mmdebstrap itself writes by default.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from checks.errors import FailedError
from checks.host import cache, identity, proc
from checks.host.images import imagetar
from checks.host.tools import aptsources, packages
from checks.model import Output

LABEL = "checks.base"
MAX_AGE_SECONDS = 30 * 86400.0
LIMIT = 900.0
EPOCH = 1735689600
"""Every time stamp in an image, 2025-01-01: what is newer is set back to it, or no two bootstraps were the same."""
_RECIPE = 1
_CODENAMES = {"11": "bullseye", "12": "bookworm", "13": "trixie", "14": "forky", "latest": "stable"}
_SUITES = {*_CODENAMES.values(), "oldstable", "testing", "unstable", "sid"}
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_SLIM = (
    *(f"path-exclude=/usr/share/{name}/*" for name in ("man", "doc", "locale", "info", "lintian")),
    "path-include=/usr/share/doc/*/copyright",
)
_CLEAN = '"rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true";'
_FILES = {  # Debian's own images have these: a Dockerfile makes the same layers on both
    "etc/apt/apt.conf.d/docker-clean": (
        f"DPkg::Post-Invoke {{ {_CLEAN} }};\nAPT::Update::Post-Invoke {{ {_CLEAN} }};\n"
        'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n'
    ),
    "etc/apt/apt.conf.d/docker-gzip-indexes": 'Acquire::GzipIndexes "true";\n',
    "etc/apt/apt.conf.d/docker-no-languages": 'Acquire::Languages "none";\n',
    "etc/dpkg/dpkg.cfg.d/docker-apt-speedup": "force-unsafe-io\n",
}
_GONE = (
    "etc/resolv.conf",
    "etc/hostname",
    "var/cache/apt/*.bin",
    "var/cache/debconf/*-old",
    "var/log/*tmp",
    "var/log/lastlog",
)
OF_THE_HOST = "etc/apt/apt.conf.d/00checks-host"
_TRANSPORT = re.compile(r"Acquire::(https?|ftp|socks|Retries|ForceIPv|Check-|M\w\w-ValidTime)", re.IGNORECASE)


@dataclass(frozen=True)
class Base:
    """What is to be bootstrapped: Debian's suite, slim or not, Debian's name of the architecture."""

    suite: str
    slim: bool
    architecture: str

    @property
    def key(self) -> str:
        """The hash of all that decides what is in it but the day's packages."""
        recipe = [_RECIPE, EPOCH, asdict(self), _SLIM, _FILES, _GONE]
        return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]

    def __str__(self) -> str:
        return f"debian {self.suite}{'-slim' if self.slim else ''}"


def base_of(repository: str, version: str, machine: str = "x86_64") -> Base | None:
    """Return how `repository:version` (short names) can be bootstrapped; None for what is not Debian's.

    `machine` is the engine's own word for its architecture.
    """
    name = version.removesuffix("-slim")
    suite = _CODENAMES.get(name, name)
    if repository != "debian" or suite not in _SUITES:
        return None
    return Base(suite, version.endswith("-slim"), _ARCHITECTURES.get(machine, machine))


def archive(base: Base, environ: Mapping[str, str], out: Output, why: str = "") -> imagetar.Archive:
    """Return a `docker load` archive of a base, from the cache or made now; `why` opens the line that says so.

    Safe beside another command that wants the same. Raises FailedError where the bootstrap fails, MissingToolError
    where mmdebstrap cannot be installed.
    """
    import filelock  # it imports asyncio: a tenth of a second for all who only start

    path = cache.root(environ) / "bases" / f"{str(base).replace(' ', '-')}-{base.architecture}-{base.key}.tar"
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{path}.lock", timeout=2 * LIMIT):
        if 0 <= time.time() - _changed(path) < MAX_AGE_SECONDS and (found := imagetar.read(path)):
            return found
        out.step(f"{why}bootstrapping {base} with mmdebstrap: half a minute or more")
        packages.ensure({"mmdebstrap": "mmdebstrap"}, out)
        return _make(base, path, environ)


def _changed(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _make(base: Base, path: Path, environ: Mapping[str, str]) -> imagetar.Archive:
    with workshop() as work:
        layer = work / "layer.tar"
        env = {name: value for name, value in environ.items() if name != "APT_CONFIG"}
        env |= {"SOURCE_DATE_EPOCH": str(EPOCH), "TMPDIR": str(work), "LC_ALL": "C.UTF-8"}
        done = proc.run([*confined(), *_argv(base, work, layer, environ)], env=env, timeout=LIMIT)
        if not done.ok:
            raise FailedError(
                f"mmdebstrap could not make {base}",
                "see its words; are the package mirrors reachable?",
                done.last_lines(12),
            )
        config = imagetar.Config(base.architecture, EPOCH, {LABEL: base.key}, f"mmdebstrap {base}")
        return imagetar.write(path, layer, config)


def confined() -> tuple[str, ...]:
    """Return the words before a command that let its processes and mounts end when we do, even by SIGKILL.

    mmdebstrap mounts /proc, /sys and /dev/pts below its folder, and what it started goes on without it. () where this
    machine allows no namespaces, or not to us: who is not root gets some from mmdebstrap itself.
    """
    words = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--")
    if os.geteuid() != 0 or packages.which("unshare") is None:
        return ()
    return words if proc.run([*words, "true"], timeout=10).ok else ()


def _argv(base: Base, work: Path, layer: Path, environ: Mapping[str, str]) -> list[str | Path]:
    """Return mmdebstrap's command line; what its hooks need is laid into `work`."""
    options = _SLIM if base.slim else ()
    return [
        *("mmdebstrap", "--variant=minbase", f"--architectures={base.architecture}"),
        "--skip=output/dev",  # an engine makes /dev itself
        *(f"--dpkgopt={option}" for option in options),
        f'--setup-hook=sh {shlex.quote(str(setup_hook(work, environ)))} "$1"',
        f'--customize-hook=sh {shlex.quote(str(_customize_hook(work)))} "$1"',
        *(base.suite, layer),
    ]


def setup_hook(work: Path, environ: Mapping[str, str]) -> Path:
    """Lay down what makes apt, inside, use the host's mirror and its ways to it."""
    (work / "host.conf").write_text(transport(environ))
    (work / "sources.sed").write_text(aptsources.sed_of_the_host(environ))
    hook = work / "setup.sh"
    hook.write_text(
        f"set -eu\ncd {shlex.quote(str(work))}\n"
        'cp "$1/etc/apt/sources.list" sources.list\n'
        'sed -E -i -f sources.sed "$1/etc/apt/sources.list"\n'
        f'cp host.conf "$1/{OF_THE_HOST}"\n'
    )
    return hook


def _customize_hook(work: Path) -> Path:
    """Lay down what takes everything of the host out again, and adds what Debian's own images have."""
    lines = ["set -eu", f"cd {shlex.quote(str(work))}", f'rm "$1/{OF_THE_HOST}"']
    lines += ['cat sources.list > "$1/etc/apt/sources.list"', *(f'rm -f "$1"/{name}' for name in _GONE)]
    for number, (name, text) in enumerate(_FILES.items()):
        (work / f"file{number}").write_text(text)
        lines.append(f'install -m 644 file{number} "$1/{name}"')
    hook = work / "customize.sh"
    hook.write_text("\n".join(lines) + "\n")
    return hook


def transport(environ: Mapping[str, str]) -> str:
    """Return the host's apt configuration of proxies, certificates and checks, as a file of apt's."""
    done = proc.run(["apt-config", "dump"], env=environ, timeout=30)
    kept = [line for line in done.out.splitlines() if _TRANSPORT.match(line)]
    paths = proc.run(
        ["apt-config", "shell", "netrc", "Dir::Etc::netrc/f", "parts", "Dir::Etc::netrcparts/d"],
        env=environ,
        timeout=30,
    )
    found = dict(re.findall(r"^(\w+)='(.*)'$", paths.out, re.MULTILINE))
    names = {"netrc": "Dir::Etc::netrc", "parts": "Dir::Etc::netrcparts"}
    kept += [f'{names[name]} "{path}";' for name, path in found.items()]
    return "".join(f"{line}\n" for line in kept)


@contextlib.contextmanager
def workshop() -> Iterator[Path]:
    """Yield a folder that apt's own user may enter; what a killed command left of its own goes first."""
    for folder in Path(tempfile.gettempdir()).glob("checks-base-*"):
        words = folder.name.split("-", 3)[2].split("_")
        with contextlib.suppress(OSError):
            ours = folder.stat().st_uid == os.geteuid()
            if ours and not identity.is_alive(f"{identity.boot_id()}:{':'.join(words)}"):
                _remove(folder)
    pid = os.getpid()
    with tempfile.TemporaryDirectory(
        prefix=f"checks-base-{pid}_{identity.start_time(pid)}-", ignore_cleanup_errors=True
    ) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _remove(folder: Path) -> None:
    """Remove a folder with what is mounted in it, but never the content of such a mount: that is the machine's."""
    for place in reversed(_mounts(folder)):
        proc.run(["umount", place], timeout=20)
    if not _mounts(folder):
        shutil.rmtree(folder, ignore_errors=True)


def _mounts(folder: Path) -> list[str]:
    return [
        part.mountpoint for part in psutil.disk_partitions(all=True) if Path(part.mountpoint).is_relative_to(folder)
    ]
