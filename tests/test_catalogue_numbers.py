"""The catalogue of checks: every number has something that answers for it, and the page names all of it."""

from __future__ import annotations

from pathlib import Path

from povplan.checks.catalogue import BUILT_IN, number_of
from povplan.checks.money import MONEY_CHECKS
from povplan.jobs.explaining import CHECKS, explain
from povplan.jobs.faults import READING
from tests.definitions import default

NUMBERS = range(1, 153)
PAGE = Path(__file__).parents[1] / "docs" / "rules.md"


def covered() -> dict[int, tuple[str, ...]]:
    """Number → the rules, patterns and built-in checks that answer for it."""
    found = dict(BUILT_IN)
    for ledger in default().ledgers.values():
        for one in ledger.checks:
            if (number := number_of(one.id)) is not None:
                found[number] = (*found.get(number, ()), one.id)
    return found


def test_every_number_is_answered_for_by_a_rule_a_pattern_or_a_built_in_check() -> None:
    found = covered()

    assert [number for number in NUMBERS if number not in found] == []


def test_every_built_in_check_named_exists_and_can_be_explained() -> None:
    named = {check for checks in BUILT_IN.values() for check in checks}

    assert named <= {*CHECKS, *READING}
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


def test_the_page_names_everything_that_answers_for_a_number() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert [one for ones in covered().values() for one in ones if f"`{one}`" not in page] == []


def test_a_number_explains_patterns_as_well_as_rules() -> None:
    assert {one.id for one in explain(default(), "112")} == {
        one for one in covered()[112] if one not in BUILT_IN.get(112, ())
    }
