"""Patterns: what many rows of one village say together, found in words and never of fewer than ten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.checks import Checked, check
from povplan.checks.areas import Areas
from povplan.checks.patterns.outlying import robust
from povplan.formulas import Rows
from povplan.model import ENTITY, UNIT
from povplan.spec import Ledger, Parameter

LIMITS = {"k": 8, "share": 80, "all": 95, "three": 3, "ten": 10, "few": 2}
PARAMETERS = {
    name: Parameter.model_validate(
        {"id": name, "label": name, "values": ({"from": 2014, "value": value, "source": "示例"},)}
    )
    for name, value in LIMITS.items()
}
FIELDS = (
    {"id": "number", "label": "户编号", "type": "code", "person": True},
    {"id": "name", "label": "户主姓名", "type": "text", "person": True},
    {"id": "phone", "label": {"zh": "电话", "en": "phone"}, "type": "code", "person": True},
    {"id": "source", "label": "来源", "type": "text"},
    {"id": "income", "label": {"zh": "年纯收入", "en": "net income"}, "type": "money"},
    {"id": "wage", "label": {"zh": "工资", "en": "wages"}, "type": "money"},
    {"id": "crops", "label": {"zh": "种植", "en": "crops"}, "type": "money"},
    {"id": "land", "label": {"zh": "耕地", "en": "land"}, "type": "number"},
)
HERE, THERE = "清河县/东岭镇/甲子村", "清河县/西坪镇/丁丑村"


def ledger(**pattern: Any) -> Ledger:
    given = {"id": "H1", "label": {"zh": "可疑", "en": "Suspicious"}, **pattern}
    return Ledger.model_validate(
        {
            "ledger": "household",
            "label": "农户台账",
            "level": "household",
            "key": ["number"],
            "fields": FIELDS,
            "patterns": [given],
        }
    )


def village(unit: str = HERE, prefix: str = "a", /, **columns: Any) -> pd.DataFrame:
    """Rows of one village: money in yuan, other columns as they are."""
    size = len(next(iter(columns.values())))
    types = {field["id"]: field["type"] for field in FIELDS}
    frame = pd.DataFrame({ENTITY: [f"{prefix}{i}" for i in range(size)], UNIT: [unit] * size})
    for name, values in columns.items():
        if types[name] == "money":
            fen = [None if value is None else round(value * 100) for value in values]
            frame[name] = pd.array(fen, dtype="Int64")
        else:
            frame[name] = pd.array(list(values), dtype="Float64" if types[name] == "number" else "string")
    return frame.astype({ENTITY: "string", UNIT: "string"})


def run(
    spec: Ledger, *villages: pd.DataFrame, before: pd.DataFrame | None = None, year: int = 2024
) -> Checked:
    frame = pd.concat(villages, ignore_index=True)
    rows = Rows(frame, year, date(year, 12, 31), before, {})
    return check(spec, rows, {spec.ledger: spec}, PARAMETERS, {})


def found(checked: Checked) -> list[str]:
    of = checked.findings[checked.findings["rule"] == "H1"]
    return of["entity"].fillna("").tolist()


def counts(checked: Checked) -> list[int]:
    of = checked.evaluated[checked.evaluated["rule"] == "H1"]
    return [int(of[name].iloc[0]) for name in ("passed", "failed", "not_evaluable")]


OUTLIER = ledger(kind="outlier", fields=["income"], limit="k", least="ten")
USUAL = [8000 + 150 * i for i in range(12)]


def test_an_income_far_from_the_villages_median_is_found_with_both_in_words() -> None:
    checked = run(OUTLIER, village(income=[*USUAL, 80_000]))

    row = checked.findings.iloc[0]
    assert found(checked) == ["a12"]
    assert (
        row["message_zh"] == "可疑：年纯收入：年纯收入 80,000 元，东岭镇甲子村 13 户（行）的中位数为 8,900 元"
    )
    assert row["message_en"] == (
        "Suspicious: net income: net income 80,000 yuan; the median of 13 rows in 东岭镇甲子村 is 8,900 yuan"
    )
    assert row[["severity", "field", "unit"]].tolist() == ["doubt", "income", HERE]


def test_the_median_is_of_the_rows_own_village() -> None:
    poor, rich = [100 + i for i in range(12)], [9000 + 100 * i for i in range(12)]

    assert found(run(OUTLIER, village(income=poor), village(THERE, "b", income=rich))) == []
    assert found(run(OUTLIER, village(income=[*poor, 9000]), village(THERE, "b", income=rich))) == ["a12"]


def test_of_nine_households_nothing_is_said_and_all_are_counted_as_not_evaluable() -> None:
    checked = run(OUTLIER, village(income=[*USUAL[:8], 90_000]))

    assert (found(checked), counts(checked)) == ([], [0, 0, 9])


def test_no_parameter_makes_a_pattern_speak_of_fewer_than_ten() -> None:
    spec = ledger(kind="outlier", fields=["income"], limit="k", least="few")

    assert found(run(spec, village(income=[*USUAL[:8], 90_000]))) == []


def test_zeros_are_not_asked_and_blanks_not_evaluable() -> None:
    checked = run(OUTLIER, village(income=[*USUAL, 0, 0, None]))

    assert counts(checked) == [12, 0, 1]


def test_where_most_values_are_equal_only_what_is_far_from_them_is_out() -> None:
    pension = [1300.0] * 20

    assert found(run(OUTLIER, village(income=[*pension, 1400, 1200]))) == []
    assert found(run(OUTLIER, village(income=[*pension, 130_000]))) == ["a20"]


def test_before_the_parameter_is_in_force_nobody_can_tell() -> None:
    assert counts(run(OUTLIER, village(income=[*USUAL, 80_000]), year=2013)) == [0, 0, 13]


def test_a_value_k_deviations_off_is_still_in() -> None:
    values = [1000 + 100 * i for i in range(-5, 6)]  # median 1000, MAD 300

    assert found(run(OUTLIER, village(income=[*values[:-1], 1000 + 8 * 300]))) == []
    assert found(run(OUTLIER, village(income=[*values[:-1], 1000 + 8 * 300 + 1]))) == ["a10"]


def test_the_median_absolute_deviation_is_that_of_a_worked_example() -> None:
    """1, 1, 2, 2, 4, 6, 9: median 2, deviations 1 1 0 0 2 4 7, their median 1."""
    groups = Areas(np.zeros(7, np.int64), ("x",))

    median, spread = robust(np.array([1.0, 1, 2, 2, 4, 6, 9]), groups)

    assert (median.tolist(), spread.tolist()) == ([2.0], [1.0])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=10, max_size=40), st.integers(2, 50))
def test_outliers_do_not_depend_on_the_unit_or_the_order(values: list[int], factor: int) -> None:
    once = found(run(OUTLIER, village(income=values)))
    scaled = found(run(OUTLIER, village(income=[value * factor for value in values])))
    turned = found(run(OUTLIER, village(income=values[::-1])))

    assert once == scaled
    assert {int(name[1:]) for name in once} == {len(values) - 1 - int(name[1:]) for name in turned}


UNITS = ledger(kind="units", fields=["income"], least="ten", per="county")


def test_an_income_typed_in_wan_among_yuan_is_found_over_the_whole_county() -> None:
    checked = run(UNITS, village(income=[*USUAL[:6], 0.9]), village(THERE, "b", income=USUAL[6:]))

    assert found(checked) == ["a6"]
    assert checked.findings["message_zh"].iloc[0].endswith("年纯收入 0.90 元，中位数为 8,750 元")
    assert "元和万元" in checked.findings["hint_zh"].iloc[0]


def test_what_is_merely_large_is_no_matter_of_units() -> None:
    assert found(run(UNITS, village(income=[*USUAL, 400_000]))) == []


def test_amounts_are_compared_only_with_their_like() -> None:
    spec = ledger(kind="units", fields=["income"], least="ten", per="county", by=["source"])
    small, large = [1 + i / 10 for i in range(12)], [9000 + 100 * i for i in range(12)]
    sources = ["赔付"] * 12 + ["工资"] * 12

    assert found(run(spec, village(income=[*small, *large], source=sources))) == []
    assert found(run(spec, village(income=[*small, *large, 0.9], source=[*sources, "工资"]))) == ["a24"]


DIGITS = ledger(kind="digits", fields=["income"], step=100, limit="share", least="ten", severity="notice")


def test_a_village_of_round_incomes_is_one_finding_of_the_village_at_the_first_of_them() -> None:
    checked = run(DIGITS, village(income=[8123, *[1000 * i for i in range(1, 12)]]))

    of = checked.findings.iloc[0]
    assert len(checked.findings) == 1
    assert of["message_zh"] == "可疑：东岭镇甲子村 12 个年纯收入中有 11 个是 100 的整倍数（92%）"
    assert of["message_en"] == (
        "Suspicious: in 东岭镇甲子村 11 of 12 values of net income are whole multiples of 100 (92%)"
    )
    assert of[["unit", "severity", "field"]].tolist() == [HERE, "notice", "income"]
    assert of["entity"] is pd.NA
    assert counts(checked) == [0, 1, 0]


def test_as_many_round_values_as_the_limit_allows_are_no_finding() -> None:
    eight_of_ten = [*[100 * i for i in range(1, 9)], 101, 102]

    assert counts(run(DIGITS, village(income=eight_of_ten))) == [1, 0, 0]
    assert counts(run(DIGITS, village(income=[*eight_of_ten, 900]))) == [0, 1, 0]


def test_zeros_are_not_round_numbers() -> None:
    assert counts(run(DIGITS, village(income=[0.0] * 20))) == [0, 0, 0]


COPIED = ledger(kind="copied", fields=["income", "wage", "crops"], limit="three", least="ten")


def apart(size: int) -> dict[str, list[Any]]:
    """Rows that agree in nothing."""
    return {
        "income": [8000.0 + i for i in range(size)],
        "wage": [3000.0 + i for i in range(size)],
        "crops": [500.0 + i for i in range(size)],
        "land": [2.0 + i for i in range(size)],
    }


def with_copies(of: int, rows: Sequence[int], size: int = 12) -> dict[str, list[Any]]:
    columns = apart(size)
    for values in columns.values():
        for row in rows:
            values[row] = values[of]
    return columns


def test_three_households_with_the_same_incomes_are_found_and_two_are_not() -> None:
    three = run(COPIED, village(**with_copies(0, [4, 7])))

    assert found(three) == ["a0", "a4", "a7"]
    assert three.findings["message_zh"].iloc[0] == (
        "可疑：年纯收入 8,000 元，工资 3,000 元，种植 500 元；东岭镇甲子村共有 3 行这些数据完全相同"
    )
    assert found(run(COPIED, village(**with_copies(0, [4])))) == []


def test_the_same_incomes_in_two_villages_are_nothing() -> None:
    there = village(THERE, "b", **with_copies(0, [1]))

    assert found(run(COPIED, village(**with_copies(0, [1])), there)) == []


def test_rows_that_are_all_but_empty_are_not_copies() -> None:
    empty = {name: [*values[:8], 0.0, 0.0, 0.0, 0.0] for name, values in apart(12).items()}

    assert found(run(COPIED, village(**empty))) == []


def test_in_a_small_village_nobody_is_said_to_copy() -> None:
    assert found(run(COPIED, village(**with_copies(0, [1, 2], size=9)))) == []


def test_rows_alike_in_everything_but_the_name_are_found_where_no_fields_are_named() -> None:
    fields = [*FIELDS, *({"id": f"x{i}", "label": f"栏{i}", "type": "number"} for i in range(8))]
    plain = ledger(kind="copied", limit="few", least="ten").model_dump(by_alias=True)
    spec = Ledger.model_validate(plain | {"fields": fields})
    rows = village(**with_copies(3, [9]), name=[f"户{i}" for i in range(12)])
    more = {f"x{i}": pd.array([float(i + 1)] * 12, dtype="Float64") for i in range(8)}

    assert found(run(spec, rows.assign(**more))) == ["a3", "a9"]
    assert found(run(spec, rows.assign(**more, land=pd.array(range(12), dtype="Float64")))) == []


UNCHANGED = ledger(kind="unchanged", limit="all", least="ten")
IN_MONEY = ledger(kind="unchanged", limit="all", least="ten", fields=["income", "wage", "crops"])


def test_a_village_sent_again_as_last_year_is_one_finding() -> None:
    now, before = village(**apart(20)), village(**apart(20))
    now.loc[0, "land"] = 99.0

    checked = run(UNCHANGED, now, before=before)

    assert checked.findings["message_zh"].tolist() == [
        "可疑：东岭镇甲子村 20 行中有 19 行的 4 项数据全部与上年相同"
    ]
    assert checked.findings["entity"].isna().all()


def test_with_less_than_the_share_unchanged_nothing_is_said() -> None:
    now, before = village(**apart(20)), village(**apart(20))
    now.loc[[0, 1], "land"] = 99.0

    assert counts(run(UNCHANGED, now, before=before)) == [1, 0, 0]


def test_a_blank_that_stays_blank_is_unchanged_and_one_that_is_filled_is_not() -> None:
    before = village(**apart(20) | {"land": [None] * 20})
    filled = village(**apart(20))

    assert counts(run(UNCHANGED, before.copy(), before=before)) == [0, 1, 0]
    assert counts(run(UNCHANGED, filled, before=before)) == [1, 0, 0]


def test_amounts_alone_that_repeat_last_years_are_found_by_the_pattern_of_the_amounts() -> None:
    now, before = village(**apart(20)), village(**apart(20))
    aged = now.assign(land=pd.array([float(i) for i in range(20)], dtype="Float64"))

    assert counts(run(IN_MONEY, aged, before=before)) == [0, 1, 0]
    assert counts(run(IN_MONEY, now, before=before)) == [1, 0, 0]  # everything repeats: the other pattern's


def test_new_households_differ_and_without_last_year_nobody_can_tell() -> None:
    now, before = village(**apart(20)), village(HERE, "b", **apart(20))

    assert counts(run(UNCHANGED, now, before=before)) == [1, 0, 0]
    assert counts(run(UNCHANGED, now)) == [0, 0, 1]


DUPLICATE = ledger(kind="duplicate", fields=["phone"])


def test_a_telephone_in_two_townships_names_the_other_place_and_neither_number_nor_person() -> None:
    here = village(phone=["13800000001", "13800000002", None], name=["王一", "王二", "王三"])
    there = village(THERE, "b", phone=["13800000001", None, None], name=["李一", "李二", "李三"])

    checked = run(DUPLICATE, here, there)

    assert found(checked) == ["a0", "b0"]
    assert checked.findings["message_zh"].tolist() == [
        "可疑：电话 ***；又见于西坪镇丁丑村（共 2 行）",
        "可疑：电话 ***；又见于东岭镇甲子村（共 2 行）",
    ]
    assert counts(checked) == [1, 2, 3]


def test_a_number_twice_in_one_village_is_another_rules_matter() -> None:
    assert found(run(DUPLICATE, village(phone=["13800000001", "13800000001"]))) == []


def test_of_many_places_three_are_named_and_the_rest_counted() -> None:
    villages = [village(f"清河县/东岭镇/{n}村", n, phone=["13800000001"]) for n in "甲乙丙丁戊"]

    message = run(DUPLICATE, *villages).findings["message_zh"].iloc[0]

    assert message == "可疑：电话 ***；又见于东岭镇乙村、东岭镇丙村、东岭镇丁村等，还有 1 处（共 5 行）"


def test_rows_outside_the_condition_take_no_part() -> None:
    spec = ledger(kind="duplicate", fields=["phone"], where='source != "注销"')
    here = village(phone=["13800000001"], source=["在册"])
    gone = village(THERE, "b", phone=["13800000001"], source=["注销"])

    assert found(run(spec, here, gone)) == []


SHARE = ledger(
    kind="share", fields=["income"], part='source == "产业"', bound="at_least", limit="share", per="county"
)


def test_a_share_is_of_the_whole_unit_sum_over_sum() -> None:
    here = village(income=[1, 9], source=["产业", "道路"])
    there = village(THERE, "b", income=[89, 1], source=["产业", "道路"])

    assert counts(run(SHARE, here, there)) == [1, 0, 0]  # 90 of 100, though one village has 10 %


def test_the_bound_itself_is_allowed_and_less_is_found() -> None:
    def with_part(yuan: float) -> Checked:
        return run(SHARE, village(income=[yuan, 100 - yuan], source=["产业", "道路"]))

    assert counts(with_part(80)) == [1, 0, 0]
    assert with_part(79.99).findings[["message_zh", "unit"]].values.tolist() == [
        ["可疑：清河县 100 元中有 79.99 元，占 80.0%，应不低于 80%", "清河县"]
    ]


def test_a_most_is_broken_from_above() -> None:
    spec = ledger(kind="share", fields=["income"], part='source == "管理费"', bound="at_most", limit="few")

    assert counts(run(spec, village(income=[2, 98], source=["管理费", "道路"]))) == [1, 0, 0]
    assert counts(run(spec, village(income=[2.1, 97.9], source=["管理费", "道路"]))) == [0, 1, 0]


def test_rows_of_which_nobody_knows_whether_they_are_the_part_are_in_neither_sum() -> None:
    rows = village(income=[80, 20, 1000], source=["产业", "道路", None])

    assert counts(run(SHARE, rows)) == [1, 0, 0]


@pytest.mark.parametrize("spec", [OUTLIER, UNITS, DIGITS, COPIED, UNCHANGED, DUPLICATE, SHARE])
def test_an_empty_ledger_has_no_pattern(spec: Ledger) -> None:
    rows = village(**{name: [] for name in ("income", "wage", "crops", "phone")})

    assert len(run(spec, rows, before=rows).findings) == 0
