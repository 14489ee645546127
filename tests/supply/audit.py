"""Known vulnerabilities in what is pinned here: `nox -s audit`. What could not be looked up is said, never taken for sound.

pip-audit itself ends 0 and says "no known vulnerabilities" of packages that its source has never heard of, as where an
internal mirror stands in for the public index: it only lists them as skipped. So its report is read, not its exit code.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.host import proc
from checks.host.console import Console
from checks.host.files import write_atomic
from checks.host.tools import toolenv

ROOT = Path(__file__).parents[2]
PINS = (
    "src/*/requirements.txt",
    "docker-monolith/requirements.txt",
    "src/common/*requirements.txt",
    "checks/constraints/*.txt",
)
LIMIT_SECONDS = 600.0
_UNREACHABLE = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|NameResolution|ConnectionRefused|ProxyError|HTTP(?:S)?Error|503"
)
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Audit:
    """What came of it: vulnerabilities as text, the packages that could not be looked up, and why not, "" for none.

    `broken` says that it is pip-audit itself that failed, and not who it asked.
    """

    vulnerable: tuple[str, ...]
    unknown: tuple[str, ...]
    why: str = ""
    broken: bool = False

    @property
    def state(self) -> str:
        """Return audited, partly or not-audited."""
        if self.why:
            return "not-audited"
        return "partly" if self.unknown else "audited"


def pins(texts: Iterable[str]) -> list[str]:
    """Return what requirement files pin, each version once."""
    return sorted(
        {f"{name.lower().replace('_', '-')}=={version}" for text in texts for name, version in _PIN.findall(text)}
    )


def rounds(wanted: Sequence[str]) -> list[list[str]]:
    """Return the pins in lists in each of which a package is named once: pip-audit refuses a second version of one."""
    found: list[dict[str, str]] = []
    for pin in wanted:
        name = pin.partition("==")[0]
        free = next((names for names in found if name not in names), None)
        if free is None:
            found.append(free := {})
        free[name] = pin
    return [list(names.values()) for names in found]


def read(code: int, out: str, err: str, wanted: Sequence[str]) -> Audit:
    """Read what pip-audit said of the pins `wanted`."""
    try:
        found: list[dict[str, Any]] = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (err.strip().splitlines() or [f"exit code {code}"])[-1]
        return Audit((), tuple(wanted), last[:300], broken=not _UNREACHABLE.search(err))
    vulnerable = [
        f"{item['name']} {item['version']}: {one['id']}, fixed in {', '.join(one.get('fix_versions') or ()) or 'nothing yet'}"
        for item in found
        for one in item.get("vulns") or ()
    ]
    looked_up = {f"{item['name'].lower().replace('_', '-')}=={item['version']}" for item in found if "vulns" in item}
    unknown = tuple(pin for pin in wanted if pin not in looked_up)
    why = "none of the packages is known to the source of vulnerabilities" if unknown and not looked_up else ""
    return Audit(tuple(vulnerable), unknown, why)


def joined(audits: Sequence[Audit]) -> Audit:
    """Return what several audits come to: the first reason why not, unless another did look something up."""
    why = next((audit.why for audit in audits if audit.why), "") if all(audit.why for audit in audits) else ""
    return Audit(
        tuple(line for audit in audits for line in audit.vulnerable),
        tuple(pin for audit in audits for pin in audit.unknown),
        why,
        any(audit.broken for audit in audits),
    )


def _asked(program: Path, pinned: Sequence[str]) -> Audit:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(pinned) + "\n")
        file.flush()
        argv: list[str | Path] = [
            program,
            "--disable-pip",
            "--no-deps",
            "--progress-spinner=off",
            "-f",
            "json",
            "-r",
            file.name,
        ]
        done = proc.run(argv, timeout=LIMIT_SECONDS)
    return read(done.code, done.out, done.err, pinned)


def main() -> int:
    """Audit every pin of the repository; 1 for a vulnerability or a failed tool, 0 else, also where nobody could be asked."""
    out = Console()
    wanted = pins(path.read_text(encoding="utf-8") for pattern in PINS for path in sorted(ROOT.glob(pattern)))
    program = toolenv.environment("pip-audit", out) / "bin/pip-audit"
    found = joined([_asked(program, pinned) for pinned in rounds(wanted)])
    facts = {
        "schema": 1,
        "state": found.state,
        "why": found.why,
        "vulnerable": found.vulnerable,
        "unknown": found.unknown,
    }
    write_atomic(ROOT / "reports/audit.json", json.dumps(facts, indent=2) + "\n")
    for line in found.vulnerable:
        out.failure(line)
    if found.unknown:
        said = found.why or ", ".join(found.unknown)
        out.warn(f"{found.state}: {len(found.unknown)} of {len(wanted)} pins could not be looked up ({said})")
    else:
        out.line(f"{len(wanted)} pins audited, {len(found.vulnerable)} vulnerabilities")
    return int(bool(found.vulnerable) or found.broken)


if __name__ == "__main__":
    sys.exit(main())
