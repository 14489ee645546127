"""What builds need of this machine and must not keep: CA bundle, mirror names, proxies, how old package lists may be.

They reach a build as BuildKit secrets (`ca`, `pip`, `apt`, `apt-sources`; a Dockerfile mounts what it needs) and as the
predefined proxy arguments, which BuildKit keeps out of history and cache keys.
"""

from __future__ import annotations

import configparser
import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from checks.errors import MissingToolError
from checks.host import proc
from checks.host.images import bootstrap, registry
from checks.host.tools import aptsources, packages

CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
CA_PLACES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "ftp_proxy", "all_proxy")
_ONLY_THESE = 'Dir::Etc::sourcelist "/etc/apt/sources.list.d/90checks.list";\nDir::Etc::sourceparts "-";\n'
_CHECKS = re.compile(r"Acquire::(Check-|M(ax|in)-ValidTime)", re.IGNORECASE)
"""Settings of how old package lists may be: a mirror that is a copy made some time ago needs them, here as in a build."""
_PIP_KEYS = ("index-url", "extra-index-url", "trusted-host", "proxy")


def secrets(folder: Path, environ: Mapping[str, str] | None = None) -> dict[str, Path]:
    """Write this machine's build secrets into `folder` (only its owner can read it) and return them by id."""
    env = os.environ if environ is None else environ
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = {}
    bundle = ca_bundle(env)
    if bundle is not None:
        found["ca"] = bundle
    for name, text in (("pip", pip_settings(env)), ("apt", apt_settings(env))):
        if text:
            (folder / name).write_text(text)
            (folder / name).chmod(0o600)
            found[name] = folder / name
    return found


def with_apt_sources(given: Mapping[str, Path], suite: str, folder: Path) -> dict[str, Path]:
    """Add `apt-sources` to build secrets: Debian's sources of `suite` at this machine's mirrors, in files in `folder`.

    The `apt` beside it then makes apt use nothing else. As they are where the suite is "" or this machine is no Debian.
    """
    text = aptsources.of_the_host(suite, os.environ) if suite else ""
    if not text:
        return dict(given)
    place = folder / suite
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = given["apt"].read_text() if "apt" in given else ""
    (place / "apt").write_text(settings + _ONLY_THESE)
    (place / "apt-sources").write_text(text)
    return {**given, "apt": place / "apt", "apt-sources": place / "apt-sources"}


def suite(images: Sequence[str]) -> str:
    """Return the Debian suite that what stands on these images stands on, "" where it stands on none."""
    parsed = [registry.parse(image) for image in images]
    bases = [bootstrap.base_of(item.repository, item.version) for item in parsed if not item.registry]
    return next((item.suite for item in bases if item), "")


def ca_bundle(environ: Mapping[str, str]) -> Path | None:
    """Return the CA bundle that programs of this machine trust, None where there is none."""
    named = (environ.get(name) for name in CA_VARIABLES)
    return next((Path(place) for place in (*named, *CA_PLACES) if place and Path(place).is_file()), None)


def proxies(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the proxy variables that are set, in both spellings, for the builder's predefined arguments."""
    env = os.environ if environ is None else environ
    found = {name: env.get(name) or env.get(name.upper()) for name in PROXIES}
    set_ones = {name: value for name, value in found.items() if value}
    return {**set_ones, **{name.upper(): value for name, value in set_ones.items()}}


def pip_settings(environ: Mapping[str, str]) -> str:
    """Return a pip.conf with the index and proxy settings of this machine's pip, "" where it has none of its own."""
    try:
        done = proc.run(["python3", "-m", "pip", "config", "list"], env=dict(environ), timeout=30)
    except MissingToolError:
        return ""
    values = dict(line.partition("=")[::2] for line in done.out.splitlines() if "=" in line)
    kept = {}
    for key in _PIP_KEYS:
        said = next(
            (values[name] for name in (f":env:.{key}", f"install.{key}", f"global.{key}") if name in values), ""
        )
        # Folders of this machine mean nothing inside a build.
        words = [word for word in said.strip("'\"").replace("\\n", " ").split() if not word.startswith(("file:", "/"))]
        if words:
            kept[key] = "\n".join(words)
    return _ini(kept) if kept else ""


def _ini(values: Mapping[str, str]) -> str:
    parser = configparser.RawConfigParser()
    parser["global"] = dict(values)
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def apt_settings(environ: Mapping[str, str]) -> str:
    """Return as an apt.conf what this machine's apt has of proxies, and of how old lists may be; "" where it has neither."""
    if packages.which("apt-config") is None:
        return ""
    done = proc.run(["apt-config", "dump"], env=dict(environ), timeout=20)
    wanted = [line for line in done.out.splitlines() if _CHECKS.match(line) or _is_proxy(line)]
    return "".join(f"{line}\n" for line in wanted if not line.endswith('"";'))


def _is_proxy(line: str) -> bool:
    return line.startswith("Acquire::") and "::Proxy" in line.split()[0]


def laxer(secrets: Mapping[str, Path]) -> list[str]:
    """Return the settings among these secrets by which apt takes lists that it would refuse, or the other way round."""
    lines = secrets["apt"].read_text().splitlines() if "apt" in secrets else []
    return [line.rstrip(";") for line in lines if _CHECKS.match(line)]
