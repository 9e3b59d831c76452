"""Every rule with one thing changed is noticed by at least one of its examples.

Rules whose mutants cannot differ from them stand in EQUIVALENT with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from povplan.spec import Ledger, Rule
from tests.definitions import default
from tests.mutants import examples, mutants

LEDGERS = ("village", "household", "member", "job", "fund", "project", "benefit")
"""Ledgers whose examples are complete."""
ONE_OR_TWO = "whether anybody is counted does not depend on how much each one counts"
EQUIVALENT: Mapping[tuple[str, str], str] = {
    ("H95", "check: moved by 1 in `1`"): ONE_OR_TWO,
    ("H95_missing", "when: moved by 1 in `1`"): ONE_OR_TWO,
    ("H95_destitute", "check: moved by 1 in `1`"): ONE_OR_TWO,
    ("H95_destitute_missing", "when: moved by 1 in `1`"): ONE_OR_TWO,
    ("H96", "when: moved by 1 in `1`"): ONE_OR_TWO,
    ("H102_outside", "check: moved by 1 in `1`"): ONE_OR_TWO,
    ("H_exempt", "check: moved by 1 in `1`"): ONE_OR_TWO,
}
"""(rule, what was done) → why no row can tell the two apart."""


def rules() -> list[tuple[Ledger, Rule]]:
    ledgers = [default().ledgers[name] for name in LEDGERS]
    return [(ledger, rule) for ledger in ledgers for rule in ledger.rules]


def surviving(ledger: Ledger, rule: Rule) -> list[str]:
    """What was done to the rule without any example noticing."""
    given = examples(default(), ledger, rule)
    assert not given.wrong(rule.check, rule.when), "the examples of the rule itself come out otherwise"
    return [
        one.what
        for one in mutants(rule)
        if (rule.id, one.what) not in EQUIVALENT and not given.wrong(one.check, one.when)
    ]


@pytest.mark.parametrize("name", LEDGERS)
def test_every_mutant_of_every_rule_is_killed_by_an_example(name: str) -> None:
    survivors = {rule.id: surviving(ledger, rule) for ledger, rule in rules() if ledger.ledger == name}

    assert {id_: told for id_, told in survivors.items() if told} == {}


def test_what_is_called_equivalent_is_a_mutant_of_a_rule_and_survives() -> None:
    of = {rule.id: (ledger, rule) for ledger, rule in rules()}

    for id_, what in EQUIVALENT:
        ledger, rule = of[id_]
        given = examples(default(), ledger, rule)
        assert [one.what for one in mutants(rule) if not given.wrong(one.check, one.when)] == [what]


def test_a_rule_has_the_mutants_that_the_words_promise() -> None:
    rule = Rule.model_validate(
        {
            "id": "X",
            "label": "x",
            "fields": ("a",),
            "when": 'kind in ["p", "q"]',
            "check": "a > 5 and b <= param(cap)",
        }
    )

    assert {(one.check, one.when) for one in mutants(rule)} == {
        ("not (a > 5 and b <= param(cap))", 'kind in ["p", "q"]'),
        ("a > 5 and b <= param(cap)", None),
        ("a > 5 and b <= param(cap)", "kind in ['q']"),
        ("a > 5 and b <= param(cap)", "kind in ['p']"),
        ("a > 5 or b <= param(cap)", 'kind in ["p", "q"]'),
        ("b <= param(cap)", 'kind in ["p", "q"]'),
        ("a > 5", 'kind in ["p", "q"]'),
        ("a >= 5 and b <= param(cap)", 'kind in ["p", "q"]'),
        ("a > 5 and b < param(cap)", 'kind in ["p", "q"]'),
        ("a > 6 and b <= param(cap)", 'kind in ["p", "q"]'),
        ("a > 4 and b <= param(cap)", 'kind in ["p", "q"]'),
        ("a > 5 and b <= param(cap) + 1", 'kind in ["p", "q"]'),
        ("a > 5 and b <= param(cap) - 1", 'kind in ["p", "q"]'),
    }
