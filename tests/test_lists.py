"""A name list: three-valued conditions, official order, fields by any of their names."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from povplan.formulas import FormulaErrors, Rows, Scope, measure_formula, row_formula
from povplan.formulas.wording import worded
from povplan.lists import (
    Key,
    figures,
    officially_placed,
    ordered,
    select,
    totals,
    usual_fields,
    with_places,
    words,
)
from povplan.spec import Ledger, LedgerField, Parameter
from povplan.units import Tree
from tests.drawing import code_list, frame, ledger

STATUS = code_list("status", poor="贫困", escaped="已脱贫", fallen="返贫")
LINE = Parameter.model_validate(
    {
        "id": "line",
        "label": {"zh": "扶贫标准", "en": "Line"},
        "type": "money",
        "values": ({"from": 2011, "value": 2300, "source": "示例"},),
    }
)


def households() -> Ledger:
    drawn: dict[str, Any] = {
        "ledger": "household",
        "label": {"zh": "农户基础台账", "en": "Household ledger"},
        "level": "household",
        "key": [["id"]],
        "fields": [
            {"id": "id", "label": "户编号", "type": "code", "person": True},
            {"id": "village", "label": {"zh": "行政村", "en": "Village"}, "type": "text", "place": "village"},
            {"id": "head", "label": "户主姓名", "aliases": ["户主"], "type": "text", "required": True},
            {"id": "persons", "label": "家庭人口数", "type": "integer", "in": "人"},
            {"id": "income", "label": {"zh": "年纯收入", "en": "Net income"}, "type": "money", "in": "元"},
            {"id": "per_head", "label": "人均纯收入", "type": "money", "in": "元", "additive": False},
            {"id": "status", "label": "脱贫状态", "type": "choice", "codes": "status"},
            {"id": "risks", "label": "风险", "type": "choices", "codes": "status"},
            {"id": "house", "label": "是否危房", "type": "boolean"},
        ],
    }
    return Ledger.model_validate(drawn)


MEMBERS = ledger(
    "member", "person", {"household": "household"}, number="code", household="code", age="integer"
)


def scope(by_label: bool = True) -> Scope:
    own = households()
    known = {"household": own, "member": MEMBERS}
    return Scope(own, known, {"line": LINE}, {"status": STATUS}, by_label)


def rows(drawing: str, **types: Any) -> Rows:
    types = {"id": "text", "income": "money", "per_head": "money", "house": "boolean", **types}
    drawn = frame(drawing, **types)
    drawn = drawn.rename(columns={"unit": "_unit"}).assign(_entity=drawn["id"])
    return Rows(drawn.astype({"_unit": "string"}), 2014, date(2014, 12, 31))


THREE = """
    id  unit           persons  income  status
    h1  清河/东岭/甲村  5        9000    poor
    h2  清河/东岭/乙村  ·        8000    poor
    h3  清河/西坪/丙村  6        7000    ·
    h4  清河/西坪/丙村  2        ·       escaped
"""


# ---- conditions ------------------------------------------------------------------------------------


def test_a_row_of_which_the_condition_is_unknown_is_counted_and_not_listed() -> None:
    holds = row_formula("status == 'poor' and persons >= 5", scope())

    found = select(rows(THREE), holds)

    assert found.chosen.tolist() == [True, False, False, False]
    assert found.unknown == 2


def test_only_rows_of_the_unit_are_chosen_and_only_they_are_unknown() -> None:
    holds = row_formula("persons >= 5", scope())

    found = select(rows(THREE), holds, "清河/西坪")

    assert found.chosen.tolist() == [False, False, True, False]
    assert found.unknown == 0


def test_a_unit_is_no_prefix_of_another_whose_name_begins_alike() -> None:
    two = rows("""
        id  unit
        h1  清河/东岭
        h2  清河/东岭上
    """)

    assert select(two, None, "清河/东岭").chosen.tolist() == [True, False]


@pytest.mark.parametrize(
    ("by_id", "by_label"),
    [
        ("status == 'poor'", "脱贫状态 == '贫困'"),
        ("status in ['poor', 'fallen']", "脱贫状态 in [“贫困”，“返贫”]"),
        ("persons >= 5 and not house", "AND(家庭人口数>=5，NOT(是否危房))"),
        ("income / persons < param(line)", "年纯收入÷家庭人口数＜param(扶贫标准)"),
        ("total(member, age) > 3", "total(member, age) > 3"),
        ("has(risks, 'poor')", "has(风险, '贫困')"),
        ("prev(income) > income", "prev(年纯收入) > 年纯收入"),
        ("head == 'status'", "户主 == 'status'"),
    ],
)
def test_labels_mean_what_ids_mean(by_id: str, by_label: str) -> None:
    one, other = row_formula(by_id, scope(by_label=False)), row_formula(by_label, scope())

    drawn = rows("""
        id  unit           persons  income  status   risks        house  head
        h1  清河/东岭/甲村  5        9000    poor     poor,fallen  否     status
        h2  清河/东岭/乙村  ·        8000    fallen   escaped      是     甲
        h3  清河/西坪/丙村  6        7000    ·        ·            ·      乙
    """)
    assert one.fields == other.fields
    assert one(drawn).equals(other(drawn))


def test_a_text_that_looks_like_a_label_stays_a_text() -> None:
    found = row_formula("户主姓名 == '家庭人口数'", scope())

    assert found.fields == ("head",)


def test_definitions_still_speak_ids_only() -> None:
    with pytest.raises(FormulaErrors, match='Did you mean "persons"'):
        row_formula("家庭人口数 > 1", scope(by_label=False))


def test_the_nearest_label_is_suggested_at_the_place_of_the_fault() -> None:
    with pytest.raises(FormulaErrors) as caught:
        row_formula("persons > 1 and 脱贫状太 == '贫困'", scope())

    (error,) = caught.value.errors
    assert (error.offset, "是不是“脱贫状态”" in error.said.zh) == (16, True)


def test_a_code_that_is_none_is_answered_with_those_there_are() -> None:
    with pytest.raises(FormulaErrors) as caught:
        row_formula("脱贫状态 == 'xyz'", scope())

    assert "有：贫困、已脱贫、返贫。" in caught.value.errors[0].said.zh


def test_a_code_without_its_quotes_is_no_field() -> None:
    with pytest.raises(FormulaErrors) as caught:
        row_formula("脱贫状态 == 贫困", scope())

    assert caught.value.errors[0].said.zh == "“贫困”不是字段。文字要加引号，写成 '贫困'。"


def test_aggregates_understand_labels_too() -> None:
    assert measure_formula("sum(年纯收入)/sum(家庭人口数)", scope()).fields == ("income", "persons")


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (
            "status == 'poor' and persons >= 5",
            "脱贫状态为贫困，且家庭人口数不少于5",
            "脱贫状态 = 贫困 and 家庭人口数 ≥ 5",
        ),
        ("house or blank(income)", "是否危房为是，或年纯收入空白", "是否危房 = yes or Net income blank"),
        ("not house", "是否危房为否", "是否危房 = no"),
        ("status in ['poor','fallen']", "脱贫状态为贫困、返贫之一", "脱贫状态 one of 贫困, 返贫"),
        (
            "income/persons < param(line)",
            "年纯收入 ÷ 家庭人口数小于扶贫标准",
            "Net income ÷ 家庭人口数 < Line",
        ),
        ("prev(status) != status", "上年脱贫状态不为脱贫状态", "last year's 脱贫状态 ≠ 脱贫状态"),
        (
            "1 < persons <= 30000",
            "1小于家庭人口数，且家庭人口数不超过30,000",
            "1 < 家庭人口数 and 家庭人口数 ≤ 30,000",
        ),
        (
            "not (house and persons > 1)",
            "不符合（是否危房为是，且家庭人口数大于1）",
            "not (是否危房 = yes and 家庭人口数 > 1)",
        ),
        ("total(member, age) > 9", "加总(member，age)大于9", "total(member, age) > 9"),
    ],
)
def test_a_condition_is_said_in_words(text: str, zh: str, en: str) -> None:
    said = worded(text, scope())

    assert (said.zh, said.en) == (zh, en)


# ---- order -----------------------------------------------------------------------------------------

TREE = Tree.of(["清河/西坪/丙村", "清河/东岭/乙村", "清河/东岭/甲村"])


def in_order(drawn: Rows, *keys: tuple[str, bool]) -> list[str]:
    own = households()
    every = np.ones(len(drawn), bool)
    wanted = [Key(own.field(name), down) for name, down in keys]
    at = ordered(drawn, TREE, every, wanted, {"status": STATUS})
    return drawn.frame["id"].iloc[at].tolist()


def test_rows_stand_in_the_official_order_of_units_then_by_key() -> None:
    drawn = rows("""
        id  unit
        h4  清河/东岭/甲村
        h3  清河/东岭/乙村
        h2  ·
        h1  清河/东岭/甲村
        h0  清河/西坪/丙村
    """)

    assert in_order(drawn) == ["h0", "h3", "h1", "h4", "h2"]


def test_sorting_is_stable_and_blanks_come_last_either_way() -> None:
    drawn = rows("""
        id  unit            persons
        h1  清河/东岭/甲村   3
        h2  清河/东岭/乙村   ·
        h3  清河/东岭/乙村   5
        h4  清河/西坪/丙村   3
    """)

    assert in_order(drawn, ("persons", False)) == ["h4", "h1", "h3", "h2"]
    assert in_order(drawn, ("persons", True)) == ["h3", "h4", "h1", "h2"]


def test_a_choice_sorts_by_its_code_list_and_a_place_by_the_official_order() -> None:
    drawn = rows("""
        id  unit            status
        h1  清河/东岭/甲村   fallen
        h2  清河/东岭/乙村   poor
        h3  清河/西坪/丙村   escaped
    """)

    assert in_order(drawn, ("status", False)) == ["h2", "h3", "h1"]
    assert in_order(drawn, ("village", True)) == ["h1", "h2", "h3"]


# ---- fields and places -----------------------------------------------------------------------------


def test_places_bear_the_names_of_the_unit_whatever_was_written() -> None:
    drawn = frame("""
        id  _unit           village
        h1  清河/东岭/甲村   甲村委会
        h2  清河/东岭        ·
        h3  ·               丙
    """).astype({"_unit": "string"})
    own = with_places(households())

    placed = officially_placed(drawn, own)

    assert placed["village"].fillna("").tolist() == ["甲村", "", "丙"]
    assert placed["township"].fillna("").tolist() == ["东岭", "东岭", ""]
    assert drawn["village"].tolist()[0] == "甲村委会"


def test_a_list_shows_key_places_condition_and_required_fields_unless_told() -> None:
    drawn = rows("""
        id  unit           village  head  persons
        h1  清河/东岭/甲村  甲村     丁    5
    """)
    own = with_places(households())
    placed = officially_placed(drawn.frame, own)

    shown = usual_fields(own, placed, ["persons"])

    assert [field.id for field in shown] == ["id", "township", "village", "persons", "head"]


def test_totals_add_what_is_known_and_only_what_may_be_added() -> None:
    drawn = rows("""
        id  unit  persons  income   per_head
        h1  ·     5        9000.10  1800.02
        h2  ·     ·        8000.20  ·
    """)
    own = households()

    found = totals(drawn.frame, own.fields)

    assert found == {"persons": 5, "income": 17000.3}


def test_a_total_of_nothing_known_is_no_zero() -> None:
    drawn = rows("id unit persons\nh1 · ·", persons="integer")

    assert totals(drawn.frame, [households().field("persons")]) == {"persons": None}


def test_fractions_add_without_binary_noise() -> None:
    land = LedgerField.model_validate({"id": "land", "label": "耕地", "type": "number", "in": "亩"})

    assert totals(frame("land\n11.7\n4.1"), [land]) == {"land": 15.8}


def test_values_are_yuan_and_codes_for_machines_and_words_for_people() -> None:
    own = households()
    drawn = frame(
        """
        income  house  risks
        10.50   是     poor,fallen
        ·       ·      ·
        """,
        income="money",
        house="boolean",
    )

    plain = {name: figures(drawn[name], own.field(str(name))) for name in drawn}
    said = {name: words(drawn[name], own.field(str(name)), STATUS, "zh") for name in drawn}

    assert plain == {"income": [10.5, None], "house": [True, None], "risks": ["poor,fallen", None]}
    assert said == {"income": [10.5, None], "house": ["是", None], "risks": ["贫困、返贫", None]}


def test_dates_are_written_as_iso() -> None:
    since = LedgerField.model_validate({"id": "since", "label": "建档", "type": "date"})
    days = pd.Series(["2020-03-04", None], dtype="datetime64[s]")

    assert figures(days, since) == ["2020-03-04", None]
