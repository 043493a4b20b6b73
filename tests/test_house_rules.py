"""The repository keeps its own rules, and each rule can tell when it is broken."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.house_rules import RULES, Rule

ROOT = Path(__file__).parent.parent
LEFT_ALONE = (".git/", ".venv/", ".cache/")


@cache
def files() -> dict[str, str]:
    """Every text file that belongs to the repository: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    texts: dict[str, str] = {}
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file() and not name.startswith(LEFT_ALONE):
            content = path.read_bytes()
            if b"\0" not in content[:8192]:
                texts[name] = content.decode("utf-8", errors="replace")
    return texts


def names(rule: Rule) -> str:
    return rule.name


@pytest.mark.parametrize("rule", RULES, ids=names)
def test_the_repository_keeps_the_rule(rule: Rule) -> None:
    broken = [f"{p}:{c}" for p, text in files().items() if rule.applies(p) for c in rule.check(p, text)]
    assert not broken, f"{rule.name}:\n" + "\n".join(broken)


@pytest.mark.parametrize("rule", RULES, ids=names)
def test_the_rule_can_fail(rule: Rule) -> None:
    assert rule.bad
    for path, text in rule.bad:
        assert rule.applies(path) and list(rule.check(path, text)), f"{rule.name} misses {text!r}"


@pytest.mark.parametrize("rule", RULES, ids=names)
def test_the_rule_lets_good_code_pass(rule: Rule) -> None:
    for path, text in rule.good:
        assert not list(rule.check(path, text)), f"{rule.name} refuses {text!r}"


def test_the_host_alone_may_call_the_machine() -> None:
    raw = RULES[0]
    path, text = next((p, t) for p, t in files().items() if p.endswith("countermand/host.py"))
    assert list(raw.check(path, text)) and not raw.applies(path)
