"""The files of the host to try on: a Debian that knows nothing of us, from the package mirrors, kept in the cache.

It has what an instance's image has before anybody logs in: an init, sshd, sudo, Python. The machine's ways to the mirrors are
not in it; a host that is brought up gets them, and is gone afterwards.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shlex
import time
from collections.abc import Mapping
from pathlib import Path

import filelock

from checks.errors import FailedError
from checks.host import cache, proc
from checks.host.images import bootstrap
from checks.host.tools import packages
from checks.model import Output

SUITE = "bookworm"
PACKAGES = ("iproute2", "openssh-server", "procps", "python3", "python3-apt", "sudo", "sysvinit-core")
_GONE = ("etc/resolv.conf", "etc/hostname", "etc/ssh/ssh_host_*", "var/cache/apt/*.bin", "var/lib/systemd/random-seed")


def tar(environ: Mapping[str, str], out: Output) -> Path:
    """Return the archive of the root, from the cache or made now; FailedError where it cannot be made."""
    recipe = json.dumps([SUITE, PACKAGES, _GONE])
    path = cache.root(environ) / "hosts" / f"debian-{SUITE}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.tar"
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{path}.lock", timeout=2 * bootstrap.LIMIT):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime < bootstrap.MAX_AGE_SECONDS:
                return path
        out.step(f"bootstrapping a host of Debian {SUITE} with mmdebstrap, a minute or two; it is kept in the cache")
        packages.ensure({"mmdebstrap": "mmdebstrap"}, out)
        return _make(path, environ)


def _make(path: Path, environ: Mapping[str, str]) -> Path:
    with bootstrap.workshop() as work:
        made = work / "root.tar"
        env = {name: value for name, value in environ.items() if name != "APT_CONFIG"}
        env |= {"TMPDIR": str(work), "LC_ALL": "C.UTF-8"}
        done = proc.run([*bootstrap.confined(), *_argv(work, made, environ)], env=env, timeout=bootstrap.LIMIT)
        if not done.ok:
            raise FailedError(
                "mmdebstrap could not make the host's files",
                "see its words; are the package mirrors reachable?",
                done.last_lines(12),
            )
        part = path.with_suffix(".part")
        with made.open("rb") as source, part.open("wb") as target:
            while piece := source.read(1 << 20):
                target.write(piece)
        part.replace(path)
    return path


def _argv(work: Path, made: Path, environ: Mapping[str, str]) -> list[str | Path]:
    hook = work / "customize.sh"
    lines = ["set -eu", f"cd {shlex.quote(str(work))}", f'rm "$1/{bootstrap.OF_THE_HOST}"']
    lines += ['cat sources.list > "$1/etc/apt/sources.list"', *(f'rm -f "$1"/{name}' for name in _GONE)]
    hook.write_text("\n".join(lines) + "\n")
    return [
        *("mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", "--skip=output/dev"),
        f'--setup-hook=sh {shlex.quote(str(bootstrap.setup_hook(work, environ)))} "$1"',
        f'--customize-hook=sh {shlex.quote(str(hook))} "$1"',
        *(SUITE, made),
    ]
