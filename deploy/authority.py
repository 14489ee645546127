"""A certificate authority for one trial: for the registry that the host pulls from, and for the engine's TCP socket."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.wire import command

DAYS = "2"


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as files."""

    cert: Path
    key: Path


@dataclass(frozen=True)
class Authority:
    """An authority whose files are in `folder`."""

    folder: Path

    @property
    def ca(self) -> Path:
        """Its own certificate."""
        return self.folder / "ca.pem"

    def issue(self, name: str, names: str = "") -> Pair:
        """Issue a certificate: for a server with `names` (`IP:10.0.0.1,DNS:x`), without for a client."""
        pair = Pair(self.folder / f"{name}.pem", self.folder / f"{name}-key.pem")
        request, wanted = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        usage = "serverAuth" if names else "clientAuth"
        wanted.write_text(f"extendedKeyUsage={usage}\n" + (f"subjectAltName={names}\n" if names else ""))
        _openssl("req", "-new", *_KEY, "-subj", f"/CN={name}", "-keyout", pair.key, "-out", request)
        signed = ("-CA", self.ca, "-CAkey", self.folder / "ca-key.pem", "-CAcreateserial", "-days", DAYS)
        _openssl("x509", "-req", "-in", request, *signed, "-extfile", wanted, "-out", pair.cert)
        return pair


_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def make(folder: Path) -> Authority:
    """Make an authority in a folder that only we read."""
    folder.mkdir(mode=0o700)
    key, cert = folder / "ca-key.pem", folder / "ca.pem"
    _openssl("req", "-x509", *_KEY, "-subj", "/CN=one trial", "-days", DAYS, "-keyout", key, "-out", cert)
    return Authority(folder)


def _openssl(*words: str | Path) -> None:
    command("openssl", *map(str, words))
