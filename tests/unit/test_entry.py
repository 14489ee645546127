"""Ctrl-C before the command line is read, and when the verb is over: no traceback, and no other exit code."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

CONSOLE = "import sys; from checks.entry import main; sys.exit(main())"
FIRST = "import 'argparse'"
"""What python3 -v says of an import that comes after ours has begun."""


@pytest.mark.parametrize("words", [("-m", "checks"), ("-c", CONSOLE)], ids=["module", "console script"])
def test_ctrl_c_while_it_starts_ends_it_without_a_word(words: tuple[str, ...]) -> None:
    argv = [sys.executable, "-P", "-v", *words, "--version"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = next((line for line in process.stderr if line.startswith(FIRST)), "")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert said
    assert (process.returncode, out) == (-signal.SIGINT, "")
    assert "Traceback" not in err


def test_ctrl_c_after_the_verb_changes_no_exit_code() -> None:
    late = """
import os, signal, sys, types
sys.modules["checks.__main__"] = fake = types.ModuleType("checks.__main__")
fake.main = lambda: 4
from checks.entry import main
code = main()
os.kill(os.getpid(), signal.SIGINT)
sys.exit(code)
"""
    done = subprocess.run([sys.executable, "-P", "-c", late], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (4, "")
