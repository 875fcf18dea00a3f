"""Every rule has its section in the reference, and its examples are what it says they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from cellmark.rules.table import RULES

from .conftest import Find

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "rules.md"
_SECTION = re.compile(
    r"^## (?P<id>CM\d{3}) (?P<name>[\w-]+)\n\*(?P<severity>\w+)\*\. (?P<why>.+?)\n\n"
    r"Bad:\n\n```python\n(?P<bad>.*?)\n```\n\nGood:\n\n```python\n(?P<good>.*?)\n```\n",
    re.DOTALL | re.MULTILINE,
)


class Section(NamedTuple):
    id: str
    name: str
    severity: str
    why: str
    bad: str
    good: str


SECTIONS = [Section(*found.groups()) for found in _SECTION.finditer(PAGE.read_text("utf-8"))]
# The examples are for these.
VERSIONS = {"pandas": "3.0.0", "numpy": "2.4.0", "scikit_learn": "1.9.0", "matplotlib": "3.11.0"}


def test_the_page_has_every_rule_and_no_other() -> None:
    documented = [(each.id, each.name, each.severity) for each in SECTIONS]
    assert documented == [(rule.id, rule.name, rule.severity) for rule in RULES]


def test_ids_and_names_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda each: each.id)
def test_the_bad_example_is_found(section: Section, find: Find) -> None:
    found = find(section.bad, section.id, **VERSIONS)
    assert found
    for each in found:
        assert each.message
        assert each.fix.rstrip("`")[-1] in ".?"
        assert each.source.strip()


@pytest.mark.parametrize("section", SECTIONS, ids=lambda each: each.id)
def test_the_good_example_is_clean(section: Section, find: Find) -> None:
    assert find(section.good, **VERSIONS) == []
