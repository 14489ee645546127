from __future__ import annotations

import pytest

from tests.unit.lint.own.looking import lines

RULE = "copy-not-add"


@pytest.mark.parametrize(
    "add",
    [
        "ONBUILD ADD . /app",
        "ONBUILD ADD --chown=1:1 a b /app/",
        'ONBUILD ADD ["a b", "/app"]',
        "ONBUILD ADD a.zip /app",
        "ADD <<EOF /x\nhello\nEOF",
        "ADD --chmod=600 <<-'EOF' /x\nhello\nEOF",
    ],
)
def test_copy_would_do(add: str) -> None:
    assert lines(RULE, f"FROM a\n{add}\n") == [2]


@pytest.mark.parametrize(
    "add",
    [
        "ADD . /app",
        "ONBUILD ADD https://example.org/a /a",
        "ONBUILD ADD git@example.org:a/b.git /a",
        "ONBUILD ADD https://example.org/a.git#main /a",
        "ONBUILD ADD a.tar.gz b /a/",
        "ONBUILD ADD A.TGZ /a/",
        "ONBUILD ADD a.tar /a/",
        "ONBUILD ADD *.tar.xz /a/",
        "ONBUILD ADD $FILES /a",
        "ONBUILD COPY . /app",
        "ONBUILD ADD",
        "COPY <<EOF /x\nhello\nEOF",
        "RUN <<EOF\nADD . /x\nEOF",
    ],
)
def test_add_is_needed_or_hadolints(add: str) -> None:
    assert lines(RULE, f"FROM a\n{add}\n") == []
