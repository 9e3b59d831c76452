"""Formulas that look at other rows: last year's, the parent's, the children's."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povplan.formulas import FormulaErrors, Rows, Scope, row_formula
from povplan.formulas.columns import TEXT
from povplan.formulas.scope import match
from povplan.spec import FieldType
from tests.drawing import frame, ledger

HOUSEHOLD = ledger("household", hid="code", income="money", persons="integer", head="text", status="text")
MEMBER = ledger("member", "person", {"household": "hid"}, mid="code", hid="code", wage="money", role="text")
VILLAGE = ledger("village", "village", vid="code", population="integer", fund="money", name="text")
TOWNSHIP = ledger("township", "township", tid="code", target="integer")
FUND = ledger("fund", "entry", {"project": "pid"}, fid="code", pid="code", paid="money")
PROJECT = ledger("project", "entry", pid="code", budget="money")
LEDGERS = {each.ledger: each for each in (HOUSEHOLD, MEMBER, VILLAGE, TOWNSHIP, FUND, PROJECT)}
TYPES: dict[str, FieldType] = {field.id: field.type for each in LEDGERS.values() for field in each.fields}
DAY = dt.date(2020, 12, 31)


def drawn(drawing: str) -> pd.DataFrame:
    return frame(drawing, **{**TYPES, "_entity": "text", "_unit": "text"})


def value(text: str, own: str, drawing: str, previous: str | None = None, **others: str) -> list[Any]:
    """The values of a formula over ledger `own`, None where unknown."""
    last = None if previous is None else drawn(previous)
    rows = Rows(drawn(drawing), 2020, DAY, last, {name: drawn(text) for name, text in others.items()})
    found = row_formula(text, Scope(LEDGERS[own], LEDGERS))(rows)
    return [None if pd.isna(cell) else cell for cell in found.tolist()]


def test_prev_is_the_same_entity_exactly_one_year_before() -> None:
    now = "_entity income head\nA 10 甲\nB 20 乙\nC 30 丙\n· 40 丁"
    before = "_entity income head\nC 3 丙\nA 1 甲甲\nB · ·\n· 4 丁"

    assert value("prev(income)", "household", now, before) == [100, None, 300, None]
    assert value("prev(head) == head", "household", now, before) == [False, None, True, None]
    assert value("income > 5 * prev(income)", "household", now, before) == [True, None, True, None]
    assert value("prev(income + persons)", "household", now, before) == [None] * 4
    assert value("blank(prev(income))", "household", now, before) == [False, True, False, True]


def test_prev_of_an_entity_that_is_not_unique_last_year_is_unknown() -> None:
    now, before = "_entity income\nA 1\nB 1", "_entity income\nA 1\nA 1\nB 2"

    assert value("prev(income)", "household", now, before) == [None, 200]


def test_without_a_year_before_prev_is_unknown_throughout() -> None:
    assert value("prev(income)", "household", "_entity income\nA 10") == [None]
    assert value("prev(head)", "household", "_entity head\nA 甲") == [None]
    assert value("prev(head)", "household", "_entity head\nA 甲", "_entity head\n· ·") == [None]


def test_prev_in_a_text_is_counted_among_the_fields() -> None:
    formula = row_formula("abs(income - prev(persons)) > 1", Scope(HOUSEHOLD, LEDGERS))

    assert (formula.fields, formula.uses_previous) == (("income", "persons"), True)


HOMES = """
    _entity  _unit      income
    A        县/镇/甲村  1
    B        县/镇/乙村  2
    C        县/镇       3
    D        ·           4
"""
VILLAGES = """
    _entity  _unit      population  fund  name
    1        县/镇/甲村  100         5     甲
    2        县/镇/乙村  ·           6     乙
"""


def test_a_village_is_the_parent_of_what_lies_in_it() -> None:
    def in_village(text: str) -> list[Any]:
        return value(text, "household", HOMES, village=VILLAGES)

    assert in_village("parent(village, population)") == [100, None, None, None]
    assert in_village("parent(village, fund) > income") == [True, True, None, None]
    assert in_village("parent(village, name)") == ["甲", "乙", None, None]
    assert value("parent(township, target)", "village", VILLAGES, township="_unit target\n县/镇 7") == [7, 7]


def test_a_parent_is_found_by_the_link_the_row_holds() -> None:
    members = "_entity hid wage\n1 A 5\n2 B 6\n3 Z 7\n4 · 8"
    homes = "_entity income\nA 10\nB 20\nB 30"

    found = value("parent(household, income) > wage", "member", members, household=homes)

    assert found == [True, None, None, None]


def test_a_parent_ledger_that_is_not_at_hand_leaves_its_values_unknown() -> None:
    assert value("parent(village, population)", "household", HOMES) == [None] * 4
    assert value("is_known(parent(village, name))", "household", HOMES) == [False] * 4


MEMBERS = """
    _entity  hid  _unit      wage  role
    1        A    县/镇/甲村  10    户主
    2        A    县/镇/甲村  20    之子
    3        B    县/镇/乙村  ·     户主
    4        B    县/镇/乙村  40    之子
    5        ·    县/镇/乙村  80    之子
    6        X    县/镇/乙村  80    之子
"""
FAMILIES = """
    _entity  _unit
    A        县/镇/甲村
    B        县/镇/乙村
    C        县/镇/乙村
    D        县/镇/丙村
"""


def of_members(text: str) -> list[Any]:
    return value(text, "household", FAMILIES, member=MEMBERS)


def test_a_total_over_children_is_unknown_without_children_or_with_a_blank_among_them() -> None:
    assert of_members("total(member, wage)") == [3000, None, None, None]


def test_total_known_skips_blanks() -> None:
    assert of_members("total_known(member, wage)") == [3000, 4000, None, None]


def test_a_total_may_have_a_condition_and_only_children_that_meet_it_matter() -> None:
    assert of_members("total(member, wage, role == '之子')") == [2000, 4000, None, None]
    assert of_members("total(member, wage, role == '配偶')") == [0, 0, None, None]
    assert of_members("total(member, wage, wage > 15)") == [2000, None, None, None]
    assert of_members("total_known(member, wage, role == '户主')") == [1000, None, None, None]


def test_no_children_are_counted_as_none_only_where_the_village_reports_any() -> None:
    assert of_members("count(member)") == [2, 2, 0, None]
    assert of_members("count(member, role == '户主') == 1") == [True, True, False, None]
    assert of_members("count(member, wage > 15)") == [1, None, 0, None]


def test_a_project_without_money_has_none_where_its_county_keeps_a_ledger_of_money() -> None:
    projects = "_entity _unit\nP1 县/镇/甲村\nP2 县/镇/乙村\nP3 外县/镇/甲村"
    funds = "_entity pid _unit\n1 P1 县"

    assert value("count(fund)", "project", projects, fund=funds) == [1, 0, None]


def test_a_constant_counts_every_child() -> None:
    assert of_members("total(member, 1)") == [2, 2, None, None]


def test_a_child_ledger_that_is_not_at_hand_leaves_totals_and_counts_unknown() -> None:
    assert value("total(member, wage)", "household", FAMILIES) == [None] * 4
    assert value("count(member)", "household", FAMILIES) == [None] * 4


def test_children_of_an_area_are_the_rows_in_it() -> None:
    homes = """
        _entity  _unit          persons
        A        县/镇/甲村      1
        B        县/镇/甲村      2
        C        县/镇/乙村      4
        D        县/镇           8
        E        县/另镇/甲村    16
    """
    places = "_entity _unit\n1 县/镇/甲村\n2 县/镇/乙村\n3 县/镇/丙村"

    assert value("total(household, persons)", "village", places, household=homes) == [3, 4, None]
    assert value("count(household)", "village", places, household=homes) == [2, 1, None]

    towns = "_unit\n县/镇\n县/另镇"

    assert value("total(household, persons)", "township", towns, household=homes) == [15, 16]


def test_children_of_an_entry_follow_its_link() -> None:
    projects = "_entity pid budget\nP P 10\nQ Q 1"
    payments = "_entity pid paid\n1 P 4\n2 P 6\n3 Q 2"

    assert value("total(fund, paid) <= budget", "project", projects, fund=payments) == [True, False]


def test_rows_that_share_a_key_share_their_children() -> None:
    assert value("count(member)", "household", "_entity\nA\nA", member=MEMBERS) == [2, 2]


def test_other_ledgers_used_are_named() -> None:
    formula = row_formula("count(member) + parent(village, population) > persons", Scope(HOUSEHOLD, LEDGERS))

    assert (formula.needs, formula.fields) == (frozenset({"member", "village"}), ("persons",))


@pytest.mark.parametrize(
    ("own", "text"),
    [("household", "total(village, population)"), ("household", "parent(member, wage)"),
     ("village", "parent(village, population)"), ("township", "parent(village, population)"),
     ("household", "count(fund)"), ("household", "total(household, income)")],
)  # fmt: skip
def test_ledgers_that_are_not_so_related_are_refused(own: str, text: str) -> None:
    with pytest.raises(FormulaErrors) as refused:
        row_formula(text, Scope(LEDGERS[own], LEDGERS))

    assert [error.offset for error in refused.value.errors] == [text.index("(") + 1]


@given(st.permutations(range(6)), st.permutations(range(4)))
def test_the_order_of_children_and_of_rows_changes_nothing(children: list[int], own: list[int]) -> None:
    text = "total_known(member, wage) + count(member, role == '户主')"
    formula = row_formula(text, Scope(HOUSEHOLD, LEDGERS))
    homes, members = drawn(FAMILIES), drawn(MEMBERS)

    shuffled = formula(Rows(homes.iloc[own], 2020, DAY, None, {"member": members.iloc[children]}))

    expected = formula(Rows(homes, 2020, DAY, None, {"member": members}))
    pd.testing.assert_series_equal(shuffled.sort_index(), expected)


# ---- rows that say the same ------------------------------------------------------------------------


def test_alike_counts_the_rows_with_the_same_values_and_the_row_itself() -> None:
    homes = "_entity head status income\nA 甲 贫困 1\nB 甲 贫困 2\nC 甲 脱贫 1\nD 乙 贫困 1"

    assert value("alike(head)", "household", homes) == [3, 3, 3, 1]
    assert value("alike(head, status)", "household", homes) == [2, 2, 1, 1]
    assert value("alike(head, income)", "household", homes) == [2, 1, 2, 1]
    assert value("alike(head) == alike(head, status)", "household", homes) == [False, False, False, True]


def test_a_blank_is_like_nothing() -> None:
    homes = "_entity head status\nA 甲 ·\nB 甲 ·\nC 甲 贫困"

    assert value("alike(head, status)", "household", homes) == [None, None, 1]
    assert value("alike(persons)", "household", homes) == [None] * 3


@given(st.lists(st.tuples(st.sampled_from("甲乙丙"), st.integers(0, 2)), min_size=1, max_size=20))
def test_alike_is_what_counting_pairs_gives(rows: list[tuple[str, int]]) -> None:
    homes = "_entity head persons\n" + "\n".join(f"E{i} {a} {b}" for i, (a, b) in enumerate(rows))

    assert value("alike(head, persons)", "household", homes) == [rows.count(row) for row in rows]


# ---- the row before, the last of several, last year's ----------------------------------------------

SPELL = ledger("spell", "entry", {"household": "hid"}, sid="code", hid="code", begun="date", role="text")
SPELLS = """
    _entity  hid  begun       role
    1        A    2020-03-01  外省
    2        A    2019-05-01  县内
    3        A    2020-03-01  县内
    4        B    2018-01-01  ·
    5        ·    2018-02-01  县内
    6        B    ·           外省
"""


def of_spells(text: str, own: str = "spell") -> list[Any]:
    ledgers = {"spell": SPELL, "household": HOUSEHOLD}
    types: dict[str, FieldType] = {"begun": "date", "hid": "code", "_entity": "text", "_unit": "text"}
    spells, homes = frame(SPELLS, **types), frame("_entity\nA\nB\nC", **types)
    rows = Rows(spells, 2020, DAY) if own == "spell" else Rows(homes, 2020, DAY, None, {"spell": spells})
    found = row_formula(text, Scope(ledgers[own], ledgers))(rows)
    return [None if pd.isna(cell) else str(cell) for cell in found.tolist()]


def test_the_row_before_is_of_the_same_person_and_next_in_order() -> None:
    assert of_spells("earlier(sid, begun, hid)") == [None] * 6
    assert of_spells("earlier(role, begun, hid)") == ["县内", None, "外省", None, None, None]
    assert of_spells("earlier(begun, begun, hid, role)") == [
        None,
        None,
        "2019-05-01 00:00:00",
        None,
        None,
        None,
    ]
    assert of_spells("is_known(earlier(begun, begun, hid))") == [str(i in (0, 2)) for i in range(6)]


def test_the_latest_of_the_children_is_unknown_without_any_or_where_one_is() -> None:
    assert of_spells("latest(spell, begun)", "household") == ["2020-03-01 00:00:00", None, None]
    last = of_spells("latest(spell, begun, role == '县内')", "household")
    assert last == ["2020-03-01 00:00:00", None, None]
    assert of_spells("latest(spell, begun, begun < '2020-01-01')", "household") == [
        "2019-05-01 00:00:00",
        None,
        None,
    ]


def test_a_text_was_seen_before_if_any_row_of_last_year_has_it() -> None:
    now, before = "_entity head\nA 甲\nB 乙\nC ·", "_entity head\nX 甲\nB ·"

    assert value("seen_before(head)", "household", now, before) == [True, False, None]
    assert value("seen_before(head)", "household", now) == [None] * 3
    assert row_formula("seen_before(head)", Scope(HOUSEHOLD, LEDGERS)).uses_previous


@pytest.mark.parametrize("inside", ["alike(wage)", "earlier(wage, wage, role)", "seen_before(role)"])
def test_other_rows_are_not_looked_at_from_other_rows(inside: str) -> None:
    with pytest.raises(FormulaErrors):
        row_formula(f"is_known(parent(household, {inside}))", Scope(MEMBER, LEDGERS))


KEYS = st.lists(st.sampled_from(["001", "002", "010", "1", "02", "-1", "", "乡", "999999999999999999", None]))


@given(KEYS, st.one_of(KEYS, KEYS.map(lambda keys: sorted({key for key in keys if key}))))
def test_a_key_is_found_where_it_stands_once(wanted: list[str | None], among: list[str | None]) -> None:
    """Digits of one length, rising or not, short keys, signs and blanks alike."""
    places = match(pa.array(wanted, TEXT), pa.array(among, TEXT), lone=True)

    by_hand = [among.index(key) if key is not None and among.count(key) == 1 else -1 for key in wanted]
    assert places.tolist() == by_hand
