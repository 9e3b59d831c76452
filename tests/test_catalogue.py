"""The catalogue of rules: every number has its rules or a built-in check, and the page says which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from povplan.jobs.explaining import CHECKS, entries, explain
from povplan.jobs.faults import READING
from povplan.spec import Ledger, Pattern, Rule
from tests.definitions import default

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"
NUMBERS = [*range(1, 111), *range(113, 120), *range(126, 137)]
"""Those of households, persons and work; 111 and 112 are of whole columns."""
LEDGERS = ("household", "member", "job")
BUILT_IN = {12: ("unknown_code",), 13: ("orphan",), 106: ("range",), 110: ("range",)}
"""Number → checks that need no rule: a code in no list, a link to nothing, a quantity below its least."""
SEVERITIES = {"error": "错误", "doubt": "疑点", "notice": "提示"}
ID = re.compile(r"[A-Z](\d+)(?:_|$)")
WITH_MANY = {24: 12, 27: 13, 29: 10, 32: 4, 68: 4, 70: 4, 71: 4, 95: 4, 104: 6, 106: 6}
"""Numbers that ask several things, each of which has a rule of its own."""


def rules() -> Iterator[tuple[Ledger, Rule]]:
    for name in LEDGERS:
        yield from ((default().ledgers[name], rule) for rule in default().ledgers[name].rules)


def number_of(rule: Rule | Pattern) -> int | None:
    found = ID.match(rule.id)
    return int(found[1]) if found else None


def listed() -> dict[int, dict[str, str]]:
    """Number → rule → severity, as the page has them."""
    lines = (line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines())
    return {
        int(cells[0]): dict(re.findall(r"`(\w+)` (\S+)", cells[3])) for cells in lines if cells[0].isdigit()
    }


@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_has_rules_or_a_built_in_check(number: int) -> None:
    found = [rule.id for _, rule in rules() if number_of(rule) == number]

    assert found or number in BUILT_IN
    assert len(found) >= WITH_MANY.get(number, 0)


def test_built_in_checks_exist() -> None:
    assert {name for names in BUILT_IN.values() for name in names} <= {*CHECKS, *READING}


def test_the_page_names_every_rule_with_its_severity() -> None:
    expected: dict[int, dict[str, str]] = {number: {} for number in NUMBERS}
    for one in (one for ledger in default().ledgers.values() for one in ledger.checks):
        if (number := number_of(one)) in expected:
            expected[number][one.id] = SEVERITIES[one.severity]

    page = {
        number: {name: severity for name, severity in found.items() if name not in BUILT_IN.get(number, ())}
        for number, found in listed().items()
        if number in expected
    }

    assert page == expected
    named = set(re.findall(r"`(\w+)`", PAGE.read_text(encoding="utf-8")))
    assert {rule.id for _, rule in rules()} <= named
    assert {name for names in BUILT_IN.values() for name in names} <= named


def test_a_rule_has_no_number_of_its_own_but_nought_one_and_a_hundred() -> None:
    """Ages, caps, periods are parameters. What stays are shapes of numbers and shares of a hundred."""
    plain = re.compile(r'"[^"]*"|(?<![\w.])\d+(?:\.\d+)?')
    shapes = {"0", "1", "100", "12", "18", "20", "22"}

    odd = {
        rule.id: more
        for _, rule in rules()
        if (more := {n for n in plain.findall(f"{rule.check} {rule.when or ''}") if n[0] != '"'} - shapes)
    }

    assert odd == {}


def test_parameters_of_rules_are_all_used() -> None:
    text = " ".join(f"{rule.check} {rule.when or ''}" for _, rule in rules())
    own = default().texts["parameters/household_checks.yaml"]

    declared = re.findall(r"^- id: (\w+)", own, flags=re.MULTILINE)

    assert [name for name in declared if f"param({name})" not in text] == []


def test_a_finding_points_at_a_field_that_the_rule_looks_at_or_marks_for_its_children() -> None:
    """The first field is the cell to be mended."""
    odd = [
        rule.id
        for ledger, rule in rules()
        if rule.fields[0] not in f"{rule.check} {rule.when or ''}"
        and not re.search(r"\b(count|total|total_known|parent)\(", f"{rule.check} {rule.when or ''}")
    ]

    assert odd == []


def test_a_number_of_the_catalogue_explains_its_rules() -> None:
    assert [one.id for one in explain(default(), "37")] == ["P37", "P37_place"]
    assert [one.id for one in explain(default(), "P41")] == ["P41"]
    assert explain(default(), "999") == []


def test_every_rule_explains_itself_with_its_examples() -> None:
    told = {one.explain().id for one in entries(default()) if one.kind == "rule" and one.of in LEDGERS}

    assert told == {rule.id for _, rule in rules()}
