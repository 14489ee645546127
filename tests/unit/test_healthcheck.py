"""A health check of an image's history, as engines print it, in a Dockerfile's words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.healthcheck import readable

CAPTURED = Path(__file__).parents[1] / "data/cis/engine/history-classic.json"


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (
            r"""HEALTHCHECK &{["CMD" "/usr/bin/python3" "-I" "/app/healthcheck.py" "9292"] "2s" "3s" "15s" '\x03'}""",
            'HEALTHCHECK --interval=2s --timeout=3s --start-period=15s --retries=3 CMD ["/usr/bin/python3", "-I", '
            '"/app/healthcheck.py", "9292"]',
        ),
        (
            r"""HEALTHCHECK &{["CMD-SHELL" "wget -qO- \"http://localhost/\" || exit 1"] "30s" "0s" "0s" '\x00'}""",
            'HEALTHCHECK --interval=30s CMD wget -qO- "http://localhost/" || exit 1',
        ),
        (
            r"""HEALTHCHECK &{["CMD" "a"] "1m30s" "0s" "0s" "5s" '\n'}""",
            'HEALTHCHECK --interval=1m30s --start-interval=5s --retries=10 CMD ["a"]',
        ),
        (r"""HEALTHCHECK &{["NONE"] "0s" "0s" "0s" '\x00'}""", "HEALTHCHECK NONE"),
        (
            r"""HEALTHCHECK &{["CMD" "é" "\u202e" "\\" "\x7f" "\U000e0001"] "0s" "0s" "0s" '\''}""",
            'HEALTHCHECK --retries=39 CMD ["é", "\u202e", "\\\\", "\x7f", "\U000e0001"]',
        ),
        (r"""HEALTHCHECK &{["CMD-SHELL" "a\tb\n\a"] "0s" "0s" "0s" '\x00'}""", "HEALTHCHECK CMD a\tb\n\a"),
        (r"""HEALTHCHECK &{["CMD" "a"] "0s" "0s" "0s" 'd'}""", 'HEALTHCHECK --retries=100 CMD ["a"]'),
        (r"""HEALTHCHECK &{["CMD" "a"] "0s" "0s" "0s" '�'}""", 'HEALTHCHECK CMD ["a"]'),
        (r"""HEALTHCHECK &{[] "5s" "0s" "0s" '\x00'}""", "HEALTHCHECK --interval=5s"),
    ],
)
def test_it_is_what_a_dockerfile_says(printed: str, said: str) -> None:
    for prefix, suffix in (("", ""), ("/bin/sh -c #(nop)  ", ""), ("", " # buildkit")):
        assert readable(f"{prefix}{printed}{suffix}") == said


def test_the_classic_builders_own_is_read() -> None:
    (printed,) = (one["CreatedBy"] for one in json.loads(CAPTURED.read_text()) if "HEALTHCHECK" in one["CreatedBy"])
    assert readable(printed) == "HEALTHCHECK CMD busybox true"


@pytest.mark.parametrize(
    "printed",
    [
        "RUN echo HEALTHCHECK &{[]}",
        "HEALTHCHECK CMD true",
        "HEALTHCHECK &{[",
        r"""HEALTHCHECK &{["CMD" "\Uffffffff"] "0s" "0s" "0s" '\x00'}""",
        r"""HEALTHCHECK &{["CMD" "a"] "0s" "0s" "0s" '\x4'}""",
        r"""HEALTHCHECK &{["CMD" "a"] "0s" "0s" "0s" '\x41b'}""",
        "",
    ],
)
def test_what_cannot_be_read_stays(printed: str) -> None:
    assert readable(printed) == printed


@given(st.text(), st.text("[]{}&\"'\\ \n0sx", max_size=40))
def test_any_text_is_survived(text: str, odd: str) -> None:
    assert isinstance(readable(text), str)
    assert isinstance(readable(f"HEALTHCHECK &{{[{odd}] {text}}}"), str)
