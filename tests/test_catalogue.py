"""The catalogue of checks of villages, money and projects: every number has something that answers for it."""

from __future__ import annotations

from functools import cache

from povplan.checks.catalogue import BUILT_IN, covered, number_of
from povplan.checks.money import MONEY_CHECKS
from povplan.config import Config, load_config
from povplan.jobs.explaining import CHECKS

HERE = (*range(120, 126), *range(137, 153))
"""Villages, funds, projects and benefits."""


@cache
def default() -> Config:
    return load_config("default")


def declared() -> list[str]:
    ledgers = default().ledgers.values()
    return [one.id for ledger in ledgers for one in ledger.checks]


def test_every_number_is_answered_for_by_a_rule_a_pattern_or_a_built_in_check() -> None:
    found = covered(declared())

    assert [number for number in HERE if number not in found] == []


def test_every_built_in_check_named_exists_and_can_be_explained() -> None:
    named = {check for checks in BUILT_IN.values() for check in checks}

    assert named <= set(CHECKS)
    assert {number for number, checks in BUILT_IN.items() if {*checks} & set(MONEY_CHECKS)} == {143, 146, 147}


def test_the_number_of_an_id_stands_after_its_letter() -> None:
    assert [number_of(id_) for id_ in ("V125_poor", "F138", "F_amount", "H_labour")] == [125, 138, None, None]


def test_every_pattern_says_in_both_languages_what_is_wrong_what_to_do_and_where_it_comes_from() -> None:
    patterns = [one for ledger in default().ledgers.values() for one in ledger.patterns]

    silent = [one.id for one in patterns if not (one.label.en and one.hint and one.hint.en and one.source)]

    assert (silent, len(patterns) > 15) == ([], True)


def test_every_limit_of_a_pattern_is_in_force_and_names_its_source() -> None:
    patterns = [one for ledger in default().ledgers.values() for one in ledger.patterns]
    names = {name for one in patterns for name in (one.limit, one.least) if name}

    for name in names:
        parameter = default().parameters[name]
        assert parameter.in_force(2024) is not None
        assert all(dated.source for dated in parameter.values)
