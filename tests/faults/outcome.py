"""What came of a fault, in a line, and of all of them, in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from plan import Fault
from rich import box
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Outcome:
    """What came of one fault. `hit` is False where what it was for was never there, or the job was over before."""

    fault: Fault
    hit: bool
    at: float
    code: int
    seconds: float
    follow_code: int
    clean_after: float
    leaked: tuple[str, ...]
    touched: tuple[str, ...]
    broken: tuple[str, ...]
    said: str

    @property
    def survived(self) -> bool:
        """Whether the job came to a good end all the same."""
        return self.code == 0

    @property
    def ok(self) -> bool:
        """Whether every promise was kept."""
        return not (self.leaked or self.touched or self.broken)

    def line(self) -> str:
        """Return it in one line, with a line for each broken promise."""
        fault = self.fault
        lasts = f" for {fault.seconds:.1f} s" if fault.seconds else ""
        moment = f"at {self.at:5.1f} s{lasts}" if self.hit else "never hit"
        words = [
            f"{fault.number:3} {fault.job:5} {fault.kind:18} {moment:20}",
            f"{'survived' if self.survived else 'failed':8} exit {self.code:3} in {self.seconds:5.1f} s",
            f"leaked {len(self.leaked)} touched {len(self.touched)}",
            f"clean {self.clean_after:4.1f} s after, by checks {fault.follow}",
        ]
        bad = [f"leaked: {name}" for name in self.leaked] + [f"touched: {name}" for name in self.touched]
        return "\n".join([" | ".join(words), *(f"      ✗ {what}" for what in [*bad, *self.broken])])


def summary(outcomes: Sequence[Outcome], seed: int, count: int) -> str:
    """Return the table at the end: by kind, how often it came, hit, was survived, and what it broke."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("kind")
    for name in ("done", "hit", "survived", "leaked", "touched", "broken", "clean after, at most"):
        table.add_column(name, justify="right")
    for kind in sorted({item.fault.kind for item in outcomes}):
        of = [item for item in outcomes if item.fault.kind == kind]
        figures = [len(of), sum(item.hit for item in of), sum(item.survived for item in of)]
        bad = [sum(len(getattr(item, name)) for item in of) for name in ("leaked", "touched", "broken")]
        table.add_row(kind, *map(str, [*figures, *bad]), f"{max(item.clean_after for item in of):.1f} s")
    console = Console(width=110)
    with console.capture() as shown:
        console.print(table)
    codes = ", ".join(f"{code}: {times}" for code, times in sorted(Counter(item.code for item in outcomes).items()))
    failed = sum(not item.ok for item in outcomes)
    said = f"seed {seed}: {len(outcomes)} of {count} faults; exit codes {codes}; {failed} broke a promise"
    return f"{shown.get()}{said}"
