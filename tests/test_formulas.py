"""Formulas over rows: what is known, what is money, what each function says."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povplan.formulas import Rows, Scope, row_formula
from povplan.spec import Parameter
from tests.drawing import code_list, frame, ledger

TYPES = {
    **{"hid": "code", "persons": "integer", "area": "number", "rent": "number", "income": "money"},
    **{"wage": "money", "other": "money", "poor": "boolean", "insured": "boolean", "name": "text"},
    **{"status": "choice:status", "risks": "choices:risk", "born": "date", "left": "date", "人口": "integer"},
}
LINE = Parameter.model_validate(
    {
        "id": "poverty_line",
        "label": "贫困线",
        "type": "money",
        "values": [
            {"from": 2014, "value": 2800, "source": "文件"},
            {"from": 2021, "value": None, "source": "文件"},
        ],
    }
)
RATE = Parameter.model_validate(
    {"id": "rate", "label": "比例", "values": [{"from": 2014, "value": 0.5, "source": "文件"}]}
)
CODES = {
    "status": code_list("status", poor="未脱贫", exited="脱贫"),
    "risk": code_list("risk", ill="因病", study="因学"),
}
SCOPE = Scope(ledger("household", **TYPES), {}, {"poverty_line": LINE, "rate": RATE}, CODES)


def rows(drawing: str, year: int = 2020) -> Rows:
    types = {name: kind.partition(":")[0] for name, kind in TYPES.items()}
    return Rows(frame(drawing, **types), year, dt.date(year, 12, 31))  # type: ignore[arg-type]


def value(text: str, drawing: str, year: int = 2020) -> list[Any]:
    """The values of a formula on a drawn frame, None where unknown."""
    found = row_formula(text, SCOPE)(rows(drawing, year))
    return [None if pd.isna(cell) else cell for cell in found.tolist()]


def on_one_row(text: str, year: int = 2020) -> Any:
    return value(text, "hid\n1", year)[0]


# three values

TRUTH = {"true": True, "false": False, "·": None}
KLEENE = {
    "and": {("true", "true"): True, ("true", "·"): None, ("·", "·"): None},
    "or": {("false", "false"): False, ("false", "·"): None, ("·", "·"): None},
}


def kleene(word: str, left: str, right: str) -> bool | None:
    table, decided = KLEENE[word], word == "or"
    return table.get((left, right), table.get((right, left), decided))


@pytest.mark.parametrize("word", ["and", "or"])
@pytest.mark.parametrize(("left", "right"), list(itertools.product(TRUTH, TRUTH)))
def test_and_and_or_follow_kleene(word: str, left: str, right: str) -> None:
    drawing = f"poor insured\n{left} {right}"

    assert value(f"poor {word} insured", drawing) == [kleene(word, left, right)]
    assert value(f"{word.upper()}(poor, insured)", drawing) == [kleene(word, left, right)]


def test_not_of_unknown_is_unknown() -> None:
    assert value("not poor", "poor\ntrue\nfalse\n·") == [False, True, None]


def test_if_on_unknown_is_unknown_even_where_both_ways_agree() -> None:
    drawing = "poor persons\ntrue 1\nfalse 2\n· 3"

    assert value("persons if poor else 0", drawing) == [1, 0, None]
    assert value("IF(poor, 7, 7)", drawing) == [7, 7, None]


def test_if_needs_only_the_way_it_takes() -> None:
    assert value("persons if poor else area", "poor persons area\ntrue 1 ·\nfalse · 2") == [1, 2]


def test_membership_of_unknown_is_unknown() -> None:
    drawing = "status persons\npoor 1\nexited 2\n· ·"

    assert value("status in ['poor']", drawing) == [True, False, None]
    assert value("status not in ['poor']", drawing) == [False, True, None]
    assert value("persons in [1, 3]", drawing) == [True, False, None]


def test_membership_of_a_blank_in_the_list_is_unknown_unless_another_fits() -> None:
    assert value("persons in [1, 人口]", "persons 人口\n1 ·\n2 ·\n2 2\n2 3") == [True, None, True, False]


def test_arithmetic_and_comparison_with_unknown_are_unknown() -> None:
    drawing = "persons 人口\n1 ·\n· 1\n· ·"

    for sign in ("+", "-", "*", "/", "<", "==", "!="):
        assert value(f"persons {sign} 人口", drawing) == [None, None, None], sign
    assert value("max(persons, 人口)", drawing) == [None, None, None]


def test_blank_is_known_and_coalesce_are_two_valued() -> None:
    drawing = "income wage\n1 2\n· 2\n· ·"

    assert value("blank(income)", drawing) == [False, True, True]
    assert value("ISBLANK(income + wage)", drawing) == [False, True, True]
    assert value("is_known(income)", drawing) == [True, False, False]
    assert value("coalesce(income, wage)", drawing) == [100, 200, None]
    assert value("coalesce(income, 0)", drawing) == [100, 0, 0]


def test_sum_known_skips_blanks_but_all_blank_is_unknown() -> None:
    assert value("sum_known(income, wage)", "income wage\n1 2\n· 2\n· ·") == [300, 200, None]


def test_sum_propagates_what_is_unknown() -> None:
    assert value("SUM(income, wage, 1)", "income wage\n1 2\n· 2") == [400, None]


def test_a_field_the_frame_does_not_carry_is_unknown() -> None:
    for name in TYPES:
        assert value(f"is_known({name})", "hid\n1" if name != "hid" else "area\n1") in ([False], [True])
    assert value("blank(wage) and blank(born) and blank(name)", "hid\n1") == [True]


# money


def test_sums_of_money_are_exact_where_binary_fractions_are_not() -> None:
    drawing = "income wage other\n0.30 0.10 0.20\n90071992547409.93 90071992547409.92 0.01"
    exact = rows(drawing)
    exact.frame.loc[1] = [9007199254740993, 9007199254740992, 1]

    assert row_formula("income == wage + other", SCOPE)(exact).tolist() == [True, True]
    assert row_formula("income != wage", SCOPE)(exact).tolist() == [True, True]


def test_a_number_beside_money_is_yuan() -> None:
    drawing = "income wage\n101 100\n101.01 100"

    assert value("abs(income - wage) <= 1", drawing) == [True, False]
    assert value("income > 101", drawing) == [False, True]
    assert value("income in [101, 5]", drawing) == [True, False]
    assert value("income == 101.01", drawing) == [False, True]
    assert value("income + 1", drawing) == [10200, 10201]
    assert value("max(income, 101.005) > 101", drawing) == [True, True]


def test_money_times_or_by_a_number_is_money_and_by_money_a_number() -> None:
    drawing = "income wage persons\n100 50 3"

    assert value("income / persons", drawing) == [3333]
    assert value("persons * wage", drawing) == [15000]
    assert value("income / wage", drawing) == [2.0]
    assert value("persons / wage", drawing) == [0.06]
    assert row_formula("income / persons", SCOPE).kind == "money"
    assert row_formula("income / wage", SCOPE).kind == "number"


def test_money_per_person_is_not_rounded_before_it_is_compared() -> None:
    assert value("income / persons < 33.334", "income persons\n100 3") == [True]
    assert value("income / persons * 3 == income", "income persons\n100 3") == [True]


def test_poor_is_strictly_below_the_line() -> None:
    drawing = "income persons\n8400 3\n8399.99 3\n8400.01 3"

    assert value("income / persons < param(poverty_line)", drawing) == [False, True, False]


def test_a_result_in_money_is_rounded_half_up_to_the_fen() -> None:
    assert value("income * 0.5", "income\n0.01\n-0.01\n0.02") == [1, -1, 1]


def test_binary_noise_in_numbers_does_not_fail_a_sum() -> None:
    assert value("area == rent + 0.1", "area rent\n0.3 0.2\n0.301 0.2") == [True, False]
    assert value("area <= rent + 0.1", "area rent\n0.3 0.2") == [True]
    assert value("rent + 0.1 > area", "area rent\n0.3 0.2") == [False]
    assert value("0 < area - 0.1 - 0.2", "area\n0.3") == [False]


def test_division_by_zero_is_unknown() -> None:
    drawing = "area rent income\n1 0 5\n1 2 5"

    assert value("area / rent", drawing) == [None, 0.5]
    assert value("div(income, rent)", drawing) == [None, 250]
    assert on_one_row("1 / 0") is None


def test_a_number_too_great_to_hold_is_unknown() -> None:
    assert on_one_row("*".join(["99999999999999"] * 30)) is None


# functions


def test_a_parameter_is_the_one_in_force_that_year() -> None:
    text = "param(poverty_line)"

    assert [on_one_row(text, year) for year in (2013, 2014, 2020, 2021)] == [None, 280000, 280000, None]
    assert value("income * param('rate')", "income\n3") == [150]


def test_ages_are_whole_years_at_the_date_the_rows_count_from() -> None:
    drawing = "born\n2004-12-31\n2005-01-01\n2020-12-31\n2021-01-01\n·"
    leap = Rows(frame("born\n2004-02-29", born="date"), 2021, dt.date(2021, 2, 28))

    assert value("age(born)", drawing) == [16, 15, 0, -1, None]
    assert row_formula("age(born)", SCOPE)(leap).tolist() == [16]
    assert row_formula("age(born)", SCOPE)(Rows(leap.frame, 2021, dt.date(2021, 3, 1))).tolist() == [17]


def test_an_age_may_be_that_on_another_day() -> None:
    drawing = "born left\n2004-06-15 2020-06-14\n2004-06-15 2020-06-15\n2004-06-15 ·\n· 2020-06-15"

    assert value("age(born, left)", drawing) == [15, 16, None, None]


def test_months_are_whole_and_below_zero_backwards() -> None:
    drawing = """
        born        left
        2020-01-15  2020-07-14
        2020-01-15  2020-07-15
        2020-01-31  2020-02-29
        2020-01-31  2020-03-01
        2020-03-15  2020-02-15
        ·           2020-02-15
    """

    assert value("months(born, left)", drawing) == [5, 6, 0, 1, -1, None]
    assert value("months(born, as_of())", drawing) == [11, 11, 11, 11, 9, None]
    assert value("month(left)", drawing) == [7, 7, 2, 3, 2, 2]
    assert value("left <= as_of()", drawing, year=2019) == [False] * 6


def test_an_identity_number_tells_sex_and_birth() -> None:
    drawing = "name\n" + "\n".join(
        [
            "11010519491231002X",
            "44052418800101001443B1",
            "110105194902300013",
            "11010519491331002X",
            "12",
            "·",
        ]
    )

    assert value("id_male(name)", drawing) == [False, True, True, False, None, None]
    assert value("is_known(id_birth(name))", drawing) == [True, True, False, False, False, False]
    assert value("year(id_birth(name)) * 100 + month(id_birth(name))", drawing)[:2] == [194912, 188001]
    assert value("id_birth(name) == '1949-12-31'", drawing)[:2] == [True, False]
    assert value("left(name, 6)", drawing) == ["110105", "440524", "110105", "110105", "12", None]
    assert on_one_row("id_male('440524188001010014')") is True
    assert on_one_row("id_birth('440524188001010014') == '1880-01-01'") is True


def test_a_code_has_a_place_in_its_list() -> None:
    drawing = "status\npoor\nexited\nother\n·"

    assert value("rank(status)", drawing) == [1, 2, None, None]


def test_dates_compare_with_dates_and_with_dates_written_out_and_differ_in_days() -> None:
    drawing = "born left\n2020-02-28 2020-03-01\n· 2020-03-01"

    assert value("born < left", drawing) == [True, None]
    assert value("left >= '2020-03-01'", drawing) == [True, True]
    assert value("left - born", drawing) == [2, None]
    assert value("year(left) == year()", drawing) == [True, True]
    assert value("max(born, left) == left", drawing) == [True, None]
    assert value("coalesce(born, left)", drawing) == [pd.Timestamp("2020-02-28"), pd.Timestamp("2020-03-01")]


def test_rounding_is_half_away_from_zero_as_in_excel() -> None:
    drawing = "area income\n2.5 2.5\n-2.5 1.005\n2.675 -1.5"

    assert value("round(area)", drawing) == [3, -3, 3]
    assert value("ROUND(area, 2)", drawing) == [2.5, -2.5, 2.68]
    assert value("round(income)", drawing) == [300, 100, -200]
    assert value("round(123.4, -2)", "hid\n1") == [100]


def test_text_is_matched_whole() -> None:
    drawing = "name\n13800000000\n138000000001\n·"

    assert value(r"matches(name, '1[3-9]\d{9}')", drawing) == [True, False, None]
    assert value("matches(name, '1|13800000000')", drawing) == [True, False, None]
    assert value("length(name)", drawing) == [11, 12, None]


def test_a_pattern_that_would_trap_a_backtracking_matcher_is_answered_at_once() -> None:
    assert value("matches(name, '(a+)+b')", "name\n" + "a" * 5000) == [False]


def test_several_choices_are_asked_one_by_one() -> None:
    drawing = "risks\nill,study\nstudy\n·"

    assert value("has(risks, 'ill')", drawing) == [True, False, None]
    assert value("length(risks)", drawing) == [2, 1, None]


def test_an_identity_number_is_valid_when_its_check_digit_is() -> None:
    standard = ["11010519491231002X", "440524188001010014"]
    wrong = ["110105194912310021", "11010519491231002", "1101051949123１002X", "X10105194912310029", "abc"]
    cards = pd.DataFrame({"name": pd.Series([*standard, standard[0].lower(), *wrong, None], dtype="string")})

    found = row_formula("id_card_valid(name)", SCOPE)(Rows(cards, 2020, dt.date(2020, 12, 31)))

    assert found.tolist() == [True, True, True, *[False] * len(wrong), pd.NA]


def test_chains_hold_where_each_link_does() -> None:
    assert value("0 < persons <= 5", "persons\n0\n5\n6\n·") == [False, True, False, None]


def test_texts_are_chosen_and_compared() -> None:
    drawing = "name status poor\n甲 poor true\n乙 exited false\n· poor ·"

    assert value("name if poor else '无'", drawing) == ["甲", "无", None]
    assert value("coalesce(name, '无')", drawing) == ["甲", "乙", "无"]
    assert value("status != 'poor'", drawing) == [False, True, False]
    assert value("'甲' == name", drawing) == [True, False, None]


@pytest.mark.parametrize(
    "text",
    ["'a' == 'a'", "'a' in ['a', 'b']", "matches('a', '.')", "length('ab') == 2", "coalesce('a', 'b') == 'a'",
     "('a' if True else 'b') == 'a'", "id_card_valid('11010519491231002x')", "not False", "1 + 1 == 2",
     "abs(-1) == 1", "+1 == 1", "blank(1) == False", "is_known('a')", "div(1, 2) == 0.5", "min(1, 2) == 1",
     "sum_known(1, 2) == 3", "'2020-01-01' == '2020-01-01'"],
)  # fmt: skip
def test_constants_alone_are_formulas_too(text: str) -> None:
    assert value(text, "hid\n1\n2") == [True, True]


def test_full_width_signs_and_chinese_quotes_are_read_as_plain_ones() -> None:
    assert value("（persons＋１）＞＝２　and status ＝＝ “poor”", "persons status\n1 poor") == [True]
    assert value("persons ≤ 5 and persons ≠ 2、".rstrip("、"), "persons\n1") == [True]
    assert value("persons × 2 ÷ 4", "persons\n1") == [0.5]


def test_text_in_quotes_is_taken_as_it_is() -> None:
    drawn = pd.DataFrame({"name": pd.Series(["（甲）", "a\\b", 'say "x"'], dtype="string")})
    lists = Rows(drawn, 2020, dt.date(2020, 12, 31))

    assert row_formula("name == '（甲）'", SCOPE)(lists).tolist() == [True, False, False]
    assert row_formula(r"name == 'a\b'", SCOPE)(lists).tolist() == [False, True, False]
    assert row_formula("name == 'say \"x\"'", SCOPE)(lists).tolist() == [False, False, True]


def test_excel_spellings_are_accepted_in_any_case_even_those_that_are_python_words() -> None:
    drawing = "persons poor\n3 true\n1 false"

    assert value("if(and(poor, persons > 2), 1, If(OR(poor, NOT(poor)), 2, 3))", drawing) == [1, 2]
    assert value("poor and (persons > 2)", drawing) == [True, False]
    assert value("Max(persons, 2) + Sum(1, 1)", drawing) == [5, 4]


def test_a_formula_may_break_lines() -> None:
    assert value("persons > 0\n  and persons < 5\n", "persons\n1") == [True]


def test_chinese_names_are_names() -> None:
    assert value("人口 >= persons", "人口 persons\n3 2") == [True]


def test_a_formula_says_its_kind_and_its_fields_in_order() -> None:
    formula = row_formula("wage if poor else prev(income) + wage", SCOPE)

    assert (formula.kind, formula.fields) == ("money", ("wage", "poor", "income"))
    assert (formula.needs, formula.uses_previous) == (frozenset(), True)


@pytest.mark.parametrize(
    ("text", "dtype"),
    [("persons + 1", "Float64"), ("income", "Int64"), ("name", "string"), ("poor", "boolean"),
     ("born", "datetime64[s]"), ("risks", "string")],
)  # fmt: skip
def test_a_result_has_the_dtype_of_a_typed_frame_and_the_index_of_the_rows(text: str, dtype: str) -> None:
    drawn = rows("hid persons income name poor born risks\n1 1 1 a true 2020-01-01 ill\n2 · · · · · ·")
    drawn.frame.index = pd.Index([7, 7])

    found = row_formula(text, SCOPE)(drawn)

    assert (str(found.dtype), found.index.tolist(), found.isna().tolist()) == (dtype, [7, 7], [False, True])


def test_no_rows_give_no_values() -> None:
    empty = rows("hid persons income name poor born risks\n1 1 1 a true 2020-01-01 ill").frame.iloc[:0]

    for text in ("persons + 1 > 2", "prev(income) > 1", "id_card_valid(name)", "has(risks, 'ill')"):
        assert row_formula(text, SCOPE)(Rows(empty, 2020, dt.date(2020, 12, 31), empty)).empty


def test_the_rows_are_not_changed() -> None:
    drawn = rows("hid persons income poor born\n1 1 1 true 2020-01-01\n2 · · · ·")
    before = drawn.frame.copy(deep=True)

    for text in ("poor", "income", "income + persons > 2", "age(born) > 3"):
        found = row_formula(text, SCOPE)(drawn)
        found.iloc[:] = pd.NA

    pd.testing.assert_frame_equal(drawn.frame, before)


@given(st.lists(st.tuples(*[st.none() | st.integers(-(10**12), 10**12)] * 3), min_size=1, max_size=20))
def test_money_arithmetic_equals_arithmetic_in_integers(cells: list[tuple[int | None, ...]]) -> None:
    drawn = pd.DataFrame(cells, columns=["income", "wage", "other"], dtype="Int64")

    found = row_formula("income - wage + other == 0", SCOPE)(Rows(drawn, 2020, dt.date(2020, 12, 31)))

    expected = [None if None in (a, b, c) else a - b + c == 0 for a, b, c in cells]  # type: ignore[operator]
    assert [None if pd.isna(cell) else cell for cell in found] == expected


@given(st.permutations(range(6)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    drawn = rows("income persons status\n1 1 poor\n2 · poor\n· 3 exited\n4 4 ·\n5 5 poor\n6 0 exited")
    formula = row_formula("income / persons > 0.5 and status == 'poor'", SCOPE)

    shuffled = formula(Rows(drawn.frame.iloc[np.array(order)], 2020, drawn.as_of))

    pd.testing.assert_series_equal(shuffled.sort_index(), formula(drawn))
