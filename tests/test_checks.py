"""Checks: what a field's declaration and a ledger's rules find, and what they say of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from povplan.checks import EVALUATED_COLUMNS, Checked, check, together
from povplan.formulas import Rows
from povplan.model import ENTITY, FINDING_COLUMNS, ROW, SOURCE, UNIT
from povplan.spec import CodeList, Ledger
from tests.drawing import frame

FIXTURES = Path(__file__).parents[2] / "shared" / "fixtures"


def ledger(*fields: dict[str, Any], rules: list[dict[str, Any]] | None = None, **more: Any) -> Ledger:
    given = {
        "ledger": "village",
        "label": {"zh": "村台账", "en": "Village ledger"},
        "level": "village",
        "key": ["code"],
        "fields": [{"id": "code", "label": "村编码", "type": "code"}, *fields],
        "rules": rules or [],
    }
    return Ledger.model_validate(given | more)


def number(name: str, zh: str = "户数", en: str = "Households", **more: Any) -> dict[str, Any]:
    return {"id": name, "label": {"zh": zh, "en": en}, "type": "integer", **more}


def run(spec: Ledger, rows: pd.DataFrame, **more: Any) -> Checked:
    others: dict[str, pd.DataFrame] = more.get("others", {})
    ledgers = {spec.ledger: spec} | {other.ledger: other for other in more.get("declared", ())}
    codes: dict[str, CodeList] = more.get("codes", {})
    given = Rows(rows, more.get("year", 2024), date(2024, 12, 31), more.get("previous"), others)
    return check(spec, given, ledgers, {}, codes, more.get("already"))


def counts(checked: Checked, rule: str) -> list[int]:
    found = checked.evaluated[checked.evaluated["rule"] == rule]
    assert list(found.columns) == list(EVALUATED_COLUMNS)
    return [int(found[name].iloc[0]) for name in ("passed", "failed", "not_evaluable")]


POOR = number("poor", "贫困户数", "Registered poor households")
SAME = {
    "id": "V1",
    "label": {"zh": "贫困户数与贫困户户数不一致", "en": "Two counts of poor households differ"},
    "check": "poor == poor_again",
    "fields": ["poor"],
    "hint": {"zh": "核对两列", "en": "Compare the two columns"},
}
TWICE = ledger(POOR, number("poor_again", "贫困户户数", "poor households"), rules=[SAME])


def test_a_rule_that_is_false_is_a_finding_with_the_values_in_words() -> None:
    rows = frame("""
        _entity  _unit        _source  _row  poor  poor_again
        a        县/镇/桥头村        7    12    25          47
        b        县/镇/乌石村        7    13    30          30
    """)

    found = run(TWICE, rows).findings

    assert list(found.columns) == list(FINDING_COLUMNS)
    row = found.iloc[0]
    assert len(found) == 1
    assert row["message_zh"] == "贫困户数与贫困户户数不一致：贫困户数 25，贫困户户数 47"
    assert row["message_en"] == (
        "Two counts of poor households differ: Registered poor households 25, poor households 47"
    )
    assert row[["rule", "severity", "effect", "ledger", "field", "hint_zh"]].tolist() == [
        *("V1", "doubt", "flag", "village", "poor", "核对两列")
    ]
    assert row[["entity", "unit", "year", "source", "row"]].tolist() == ["a", "县/镇/桥头村", 2024, 7, 12]
    assert row["column"] is pd.NA


def test_unknown_is_neither_passed_nor_failed() -> None:
    rows = frame("""
        _entity  poor  poor_again
        a          25          47
        b          30          30
        c           ·          30
    """)

    assert counts(run(TWICE, rows), "V1") == [1, 1, 1]


def test_rows_that_a_rule_is_not_meant_for_are_not_counted() -> None:
    spec = ledger(POOR, number("left"), rules=[SAME | {"check": "left > 0", "when": "poor > 10"}])
    rows = frame("""
        _entity  poor  left
        a          25     0
        b           5     0
        c           ·     0
        d          25     1
    """)

    assert counts(run(spec, rows), "V1") == [1, 1, 1]


def test_a_rule_outside_its_years_is_silent() -> None:
    spec = ledger(POOR, rules=[SAME | {"check": "poor < 0", "valid": "2014..2020"}])

    checked = run(spec, frame("_entity poor\na 1"))

    assert len(checked.findings) == len(checked.evaluated) == 0


def test_without_last_year_a_rule_across_years_is_not_evaluable() -> None:
    spec = ledger(POOR, rules=[SAME | {"check": "blank(prev(poor)) or poor <= prev(poor)"}])

    assert counts(run(spec, frame("_entity poor\na 1\nb 2")), "V1") == [0, 0, 2]


def test_a_rule_across_years_shows_last_years_value() -> None:
    spec = ledger(POOR, rules=[SAME | {"check": "poor <= prev(poor)"}])
    now, before = frame("_entity poor\na 30"), frame("_entity poor\na 12")

    found = run(spec, now, previous=before).findings

    assert found["message_zh"].tolist() == ["贫困户数与贫困户户数不一致：贫困户数 30，上年贫困户数 12"]


HOUSEHOLD = ledger(
    number("persons", "人口", "persons"),
    {"id": "id", "label": "户编号", "type": "code"},
    {"id": "village", "label": "村", "type": "text"},
    ledger="household",
    label={"zh": "户台账", "en": "Household ledger"},
    level="household",
    key=["id"],
)
MEMBER = ledger(
    {"id": "household", "label": {"zh": "户编号", "en": "household"}, "type": "code"},
    {"id": "name", "label": "姓名", "type": "text", "person": True},
    number("age", "年龄", "age"),
    ledger="member",
    label="成员台账",
    level="person",
    key=["name"],
    links={"household": "household"},
    rules=[SAME | {"id": "M1", "label": "年龄不符", "check": "age < 150", "fields": ["name"]}],
)


def test_a_rule_over_another_ledger_is_not_evaluable_without_it_and_shows_its_value_with_it() -> None:
    household = HOUSEHOLD.model_copy(
        update={"rules": ledger(rules=[SAME | {"check": "persons == count(member)"}]).rules}
    )
    rows = frame("_entity _unit persons\nh1 县/镇/村 3", _entity="text", _unit="text")
    members = frame("_entity _unit household\nm1 县/镇/村 h1\nm2 县/镇/村 h1", household="code")

    alone = run(household, rows, declared=[MEMBER])
    beside = run(household, rows, declared=[MEMBER], others={"member": members})

    assert counts(alone, "V1") == [0, 0, 1]
    assert beside.findings["message_zh"].tolist() == ["贫困户数与贫困户户数不一致：人口 3，成员台账行数 2"]


def test_a_total_under_a_condition_is_shown_as_such() -> None:
    village = ledger(
        POOR,
        rules=[
            SAME | {"check": "poor == total(household, persons, persons > 2) - count(household, persons > 2)"}
        ],
    )
    households = frame("_entity _unit persons\nh1 县/镇/村 3\nh2 县/镇/村 4\nh3 县/镇/村 1")

    found = run(
        village,
        frame("_entity _unit poor\nv 县/镇/村 9"),
        declared=[HOUSEHOLD],
        others={"household": households},
    ).findings

    assert (
        found["message_zh"]
        .str.endswith("：贫困户数 9，户台账人口合计（符合条件的） 7，户台账行数（符合条件的） 2")
        .all()
    )
    assert found["message_en"].str.endswith("rows in Household ledger (where it applies) 2").all()


def test_persons_are_masked_in_messages_but_not_in_the_key() -> None:
    rows = frame("_entity name age\n张三 张三 200")

    found = run(MEMBER, rows).findings

    assert found["message_zh"].tolist() == ["年龄不符：年龄 200，姓名 ***"]
    assert found["entity"].tolist() == ["张三"]


def test_a_link_to_a_missing_household_is_an_orphan_and_keeps_its_number_to_itself() -> None:
    rows = frame("_entity household\nm1 h1\nm2 h9\nm3 ·", household="code")
    households = frame("_entity persons\nh1 3\nh2 1")

    checked = run(MEMBER, rows, declared=[HOUSEHOLD], others={"household": households})

    assert counts(checked, "orphan") == [1, 1, 1]
    orphan = checked.findings.iloc[0]
    assert orphan[["entity", "severity", "message_zh"]].tolist() == [
        *("m2", "doubt", "在户台账中找不到对应的记录：户编号 ***")
    ]


def test_a_link_to_a_village_goes_by_the_unit_of_the_row() -> None:
    spec = ledger(
        {"id": "name", "label": "村名", "type": "text", "place": "village"},
        ledger="project",
        label="项目台账",
        level="entry",
        links={"village": "name"},
    )
    rows = frame("_entity _unit name\np1 县/镇/桥头村 桥头村\np2 县/镇/乌石村 乌石村\np3 县/镇 ·")

    checked = run(spec, rows, declared=[TWICE], others={"village": frame("_entity _unit\nx 县/镇/桥头村")})

    assert counts(checked, "orphan") == [1, 1, 1]
    assert checked.findings["message_zh"].tolist() == ["在村台账中找不到对应的记录：村名 乌石村"]


def test_no_link_is_judged_while_the_parents_are_not_there() -> None:
    rows = frame("_entity household\nm1 h1", household="code")

    checked = run(MEMBER, rows, declared=[HOUSEHOLD], others={"household": frame("_entity persons")})

    assert counts(checked, "orphan") == [0, 0, 1]


def test_a_required_field_left_blank_is_an_error() -> None:
    found = run(ledger(number("poor", required=True)), frame("_entity poor\na 1\nb ·")).findings

    assert found[["entity", "rule", "severity", "effect", "message_zh", "message_en"]].values.tolist() == [
        ["b", "required", "error", "flag", "户数未填", "Households is blank"]
    ]


def test_a_cell_that_could_not_be_read_is_not_called_blank_as_well() -> None:
    rows = frame("_entity _source _row poor\na 1 5 ·\nb 1 6 ·\nc 2 5 ·", poor="integer")
    spec = ledger(number("poor", required=True))
    already = pd.DataFrame({"field": ["poor", "poor"], "source": [1, pd.NA], "row": [5, pd.NA]})
    already["ledger"], already["entity"] = spec.ledger, None

    checked = run(spec, rows, already=already)

    assert checked.findings["entity"].tolist() == ["b", "c"]
    assert counts(checked, "required") == [0, 2, 1]


def test_limits_belong_to_the_allowed_range() -> None:
    spec = ledger(number("poor", min=1, max=20))
    checked = run(spec, frame("_entity poor\na 0\nb 1\nc 20\nd 21\ne ·"))

    assert counts(checked, "range") == [2, 2, 1]
    assert checked.findings["message_zh"].tolist() == [
        "户数超出允许范围：户数 0，应在 1 至 20 之间",
        "户数超出允许范围：户数 21，应在 1 至 20 之间",
    ]


def test_a_negative_count_is_an_error_that_says_the_least_allowed() -> None:
    found = run(ledger(number("poor", min=0)), frame("_entity poor\na -3")).findings

    assert found["severity"].tolist() == ["error"]
    assert found["message_en"].tolist() == [
        "Households is outside its limits: Households -3; at least 0 is expected"
    ]


def test_limits_of_money_are_yuan() -> None:
    spec = ledger({"id": "wage", "label": "日工资", "type": "money", "max": 1000})

    found = run(spec, frame("_entity wage\na 1000\nb 1234567.5", wage="money")).findings

    assert found["message_zh"].tolist() == ["日工资超出允许范围：日工资 1,234,567.50 元，至多应为 1,000 元"]


def test_a_part_above_its_whole_is_doubtful() -> None:
    spec = ledger(POOR, number("low", "低保户数", "low-income households", part_of="poor"))
    checked = run(spec, frame("_entity poor low\na 10 11\nb 10 10\nc 10 ·"))

    assert counts(checked, "part_over_whole") == [1, 1, 1]
    assert checked.findings["message_zh"].tolist() == ["低保户数大于贫困户数：低保户数 11，贫困户数 10"]
    assert checked.findings["field"].tolist() == ["low"]


def test_choices_yes_no_and_dates_are_shown_in_words() -> None:
    codes = CodeList.model_validate(
        {
            "codes": "cause",
            "label": "原因",
            "values": [
                {"code": "1", "label": {"zh": "因病", "en": "illness"}},
                {"code": "2", "label": {"zh": "因学", "en": "schooling"}},
            ],
        }
    )
    spec = ledger(
        {"id": "cause", "label": "致贫原因", "type": "choices", "codes": "cause"},
        {"id": "left", "label": "已脱贫", "type": "boolean"},
        {"id": "since", "label": "日期", "type": "date"},
        rules=[SAME | {"check": "left", "fields": ["cause", "left", "since"]}],
    )
    rows = pd.DataFrame({ENTITY: ["a"], "cause": ["1,2"], "left": [False], "since": ["2020-01-03"]}).astype(
        {"cause": "string", "left": "boolean", "since": "datetime64[s]"}
    )

    found = run(spec, rows, codes={"cause": codes}).findings

    assert found["message_zh"].tolist() == [
        "贫困户数与贫困户户数不一致：已脱贫 否，致贫原因 因病、因学，日期 2020-01-03"
    ]


def test_the_digest_changes_with_the_values_and_with_nothing_else() -> None:
    old = run(TWICE, frame("_entity poor poor_again\na 25 47\nb 25 47")).findings["digest"]
    new = run(TWICE, frame("_entity poor poor_again\nz 25 47\ny 25 48")).findings["digest"]

    assert old[0] == old[1] == new[0] != new[1]
    assert old[0] == "ae21d453ab32c65d", "an excuse on record would lapse"


def test_a_rule_keeps_the_index_of_the_rows_out_of_the_matter() -> None:
    rows = frame("_entity poor poor_again\na 25 25\nb 25 47").set_axis([9, 9])

    assert run(TWICE, rows).findings["entity"].tolist() == ["b"]


def test_rows_without_an_address_leave_it_blank() -> None:
    found = run(TWICE, frame("_entity poor poor_again\na 25 47")).findings

    assert found[["source", "row", "unit"]].isna().all(axis=None)


def test_results_of_several_ledgers_become_one() -> None:
    one = run(TWICE, frame("_entity poor poor_again\na 25 47"))

    both = together([one, one])

    assert len(both.findings) == 2
    assert counts(both, "V1") == [0, 2, 0]
    assert list(together([]).findings.columns) == list(FINDING_COLUMNS)


def test_the_frame_of_rows_is_left_as_it_was() -> None:
    rows = frame("_entity _unit _source _row poor poor_again\na 县 1 1 25 47")
    before = rows.copy(deep=True)

    run(TWICE, rows)

    pd.testing.assert_frame_equal(rows, before)
    assert {ENTITY, UNIT, SOURCE, ROW} <= set(rows.columns)


def real(file: str, header: int, columns: dict[int, str]) -> pd.DataFrame:
    """Whole-number columns of a real village ledger; money in whole fen, blank cells blank."""
    calamine = pytest.importorskip("python_calamine")
    path = FIXTURES / "village_ledgers" / file
    if not path.exists():
        pytest.skip("the real files are not here")
    table = calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    villages = [row for row in table.to_python(skip_empty_area=False)[header:] if row[0] != "合计"]
    scale = 100 if "funds" in file else 1
    read = {
        name: pd.Series([None if row[j] == "" else round(row[j] * scale) for row in villages], dtype="Int64")
        for j, name in columns.items()
    }
    names = pd.Series(["/".join(row[:3]) for row in villages], dtype="string")
    return pd.DataFrame({ENTITY: names, **read})


def test_in_a_real_ledger_two_counts_of_households_differ_in_71_villages() -> None:
    rows = real("gz2011_conghua-206_monthly.xls", 2, {3: "poor", 8: "poor_again"})

    checked = run(TWICE, rows)

    assert counts(checked, "V1") == [52, 71, 2]


def test_in_a_real_ledger_the_sources_add_up_wherever_all_are_known() -> None:
    names = {9: "spent", 12: "special", 13: "loan", 14: "own", 15: "donated", 16: "invested"}
    sources = list(names.values())[1:]
    spec = ledger(
        *({"id": name, "label": name, "type": "money"} for name in names.values()),
        rules=[
            SAME | {"id": "strict", "check": f"spent == {' + '.join(sources)}"},
            SAME | {"id": "known", "check": f"spent == sum_known({', '.join(sources)})"},
        ],
    )

    checked = run(spec, real("gz2011_conghua-206_funds.xls", 1, names))

    assert counts(checked, "strict") == [112, 0, 13]
    assert counts(checked, "known") == [113, 0, 12], "12 villages left every one of these cells blank"


def test_a_rule_says_nothing_of_a_cell_that_could_not_be_read() -> None:
    rule = {"id": "R", "label": {"zh": "未填"}, "check": "is_known(poor)", "fields": ["poor"]}
    spec = ledger(number("poor"), rules=[rule])
    rows = frame("_entity _source _row poor\na 1 5 ·\nb 1 6 ·", poor="integer")
    already = pd.DataFrame(
        {"field": ["poor"], "source": [1], "row": [5], "ledger": spec.ledger, "entity": ["a"]}
    )

    checked = run(spec, rows, already=already)

    assert checked.findings["entity"].tolist() == ["b"]
    assert counts(checked, "R") == [0, 1, 1]


def test_a_rule_about_blanks_is_not_evaluable_where_the_form_lacks_the_column() -> None:
    rule = {"id": "R", "label": {"zh": "未填"}, "check": "is_known(poor)", "fields": ["poor"]}
    spec = ledger(number("poor"), rules=[rule])

    checked = run(spec, frame("_entity other\na 1\nb 2"))

    assert counts(checked, "R") == [0, 0, 2]


def test_a_rule_that_asks_for_blanks_of_another_ledger_needs_the_column_there() -> None:
    place = number("place", "务工所在地", "Place", type="text")
    member = ledger(place, ledger="member", level="person", key=["code"])
    rule = SAME | {"check": "count(member, is_known(place)) > 0"}
    spec = ledger(POOR, rules=[rule])
    village = frame("_entity _unit poor\na 县/镇/桥头村 1")
    persons = frame("_entity _unit\n1 县/镇/桥头村")

    without = run(spec, village, others={"member": persons}, declared=[member])
    blank = persons.assign(place=pd.Series([pd.NA], dtype="string"))
    with_it = run(spec, village, others={"member": blank}, declared=[member])

    assert (counts(without, "V1"), counts(with_it, "V1")) == ([0, 0, 1], [0, 1, 0])
