from __future__ import annotations

from checks.lint import own
from checks.lint.own import manual


def test_every_rule_has_a_section_and_a_row() -> None:
    text = manual.manual()
    for rule in own.RULES:
        assert text.count(f"\n## {rule.ID}\n") == 1
        assert f"| [`{rule.ID}`](#{rule.ID}) | {rule.SEVERITY} | {manual.summary(rule)} |\n" in text


def test_examples_stand_in_blocks_of_their_language() -> None:
    text = manual.manual()
    assert "Bad (`start.sh`):\n\n```sh\ndocker run --rm \\\n" in text
    assert "Good:\n\n```dockerfile\nFROM " in text
    assert "```yaml\nservices:\n" in text
    assert text.count("```") % 2 == 0
    assert "d:\n\n    " not in text


def test_only_some_rules() -> None:
    (label,) = (rule for rule in own.RULES if rule.ID == "image-label")
    assert manual.manual([label]).count("\n## ") == 1
