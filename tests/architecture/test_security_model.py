"""The security model names files that there are, and each of its rules says what shows it."""

import re

from devstack.documents.parts import MARKED
from tests.architecture.source import ROOT

SECURITY = ROOT / "docs" / "security.md"
TEXT = SECURITY.read_text(encoding="utf-8")
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
PATH = re.compile(r"[\w-]+(?:/[\w.-]+)*\.\w+")
RULE = re.compile(r"^\| (?!rule|---)(.+) \| (.+) \|$", re.MULTILINE)


def test_every_path_in_it_exists_and_is_what_its_link_leads_to() -> None:
    named = [(path, to) for path, to in LINK.findall(TEXT) if PATH.fullmatch(path)]
    assert len(named) > 60
    assert [path for path, _ in named if not (ROOT / path).is_file()] == []
    assert [(path, to) for path, to in named if (SECURITY.parent / to).resolve() != ROOT / path] == []


def test_every_rule_says_what_shows_it() -> None:
    rules = RULE.findall(MARKED.sub("", TEXT))
    assert len(rules) > 35
    assert [rule for rule, shown in rules if not LINK.search(shown)] == []
