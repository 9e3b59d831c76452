"""Money that stands twice: each kind found with its amounts, counted once, and its effect on the ratio."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.checks.money import money as money_checks
from povplan.config import load_config
from povplan.formulas import Rows
from povplan.leverage import (
    Account,
    effect_of_doubles,
    leverage_by_group,
    leverage_by_unit,
    shared_documents,
)
from povplan.model import DTYPES, ENTITY, UNIT
from povplan.spec import Double, Treatment
from tests.test_leverage_county import TREE, account, county, funds, lines


def found(of: Account) -> list[tuple[str, int, float, float]]:
    """(kind, year, yuan that stand twice, yuan left out) of each group, in the order of the list."""
    listed = of.found.assign(year=of.lines["year"].to_numpy()[of.found["at"].to_numpy(np.int64)])
    sums = listed.groupby(["kind", "group"], sort=False).agg(
        year=("year", "first"), double=("double", "sum"), out=("out", "sum")
    )
    return [
        (kind, year, double / 100, out / 100) for (kind, _), year, double, out in sums.itertuples(name=None)
    ]


def treating(of: Account, double: Double, treatment: Treatment) -> Account:
    """The same rows under another treatment of one kind."""
    other = funds().model_copy(update={"doubles": {**funds().doubles, double: treatment}})
    yearly = {int(str(year)): part for year, part in of.lines.groupby("year")}
    rows = {year: part.assign(amount=part["gross"]) for year, part in yearly.items()}
    return Account.of(rows, other)


TWICE = """
    _unit       project_id  source           stage  amount  document_no  date        instalment
    县/甲乡/一村  P1          special_central  paid   100     财1号         2023-05-01  ·
    县/甲乡/一村  P1          donation         paid   60      捐1号         2023-05-01  ·
    县/甲乡/一村  P1          donation         paid   60      捐1号         2023-05-01  {}
"""


def test_the_same_entry_twice_counts_once() -> None:
    # 同文号、同来源、同项目、同日、同额：捐赠 120 只算 60。按填报 1.2，剔除后 0.6。
    of = account((2023, TWICE.format("·")))

    assert found(of) == [("same_document", 2023, 60, 60)]
    figures = leverage_by_unit(of, TREE, [2023])
    assert county(figures, "leverage_others") == 0.6
    assert county(figures, "doubled") == 60
    effect = effect_of_doubles(of, [2023])
    steps = effect[effect["scope"] == "all"].set_index("step")
    assert steps.loc["entered", "leverage_others"] == 1.2
    assert list(steps[["out_others", "leverage_others"]].loc["same_document"]) == [60, 0.6]
    assert steps.loc["counted", "leverage_others"] == 0.6
    assert steps["change"].sum() == pytest.approx(-0.6)


def test_an_instalment_another_day_another_amount_or_another_payer_is_no_duplicate() -> None:
    assert found(account((2023, TWICE.format("是")))) == []
    for old, new in (
        ("60      捐1号         2023-05-01  {}", "60 捐1号 2023-06-01 ·"),
        ("60      捐1号         2023-05-01  {}", "61 捐1号 2023-05-01 ·"),
    ):
        assert found(account((2023, TWICE.replace(old, new)))) == []
    other = TWICE.replace(
        "donation         paid   60      捐1号         2023-05-01  {}", "east_west paid 60 捐1号 2023-05-01 ·"
    )
    assert found(account((2023, other))) == []


def test_an_entry_reversed_and_entered_anew_stands_once() -> None:
    # 捐赠 60 记错，冲销 −60，重记 60：捐赠就是 60，没有重复。错记在 P1 的村集体 30 改记 P2：也只是 30。
    drawing = """
        _unit       project_id  source              stage  amount  document_no  date
        县/甲乡/一村  P1          special_central     paid   100     财1号         2023-05-01
        县/甲乡/一村  P1          donation            paid   60      捐1号         2023-05-01
        县/甲乡/一村  P1          donation            paid   -60     捐1号         2023-06-01
        县/甲乡/一村  P1          donation            paid   60      捐1号         2023-05-01
        县/甲乡/一村  P1          village_collective  paid   30      村1号         2023-05-01
        县/甲乡/一村  P1          village_collective  paid   -30     村1号         2023-06-01
        县/甲乡/一村  P2          village_collective  paid   30      村1号         2023-05-01
    """
    of = account((2023, drawing))
    thrice = account((2023, drawing + drawing.strip().splitlines()[2]))

    assert found(of) == []
    assert county(leverage_by_unit(of, TREE, [2023]), "others") == 90
    assert found(thrice) == [("same_document", 2023, 60, 60)]


def test_a_shared_number_alone_is_a_notice_and_takes_nothing_out() -> None:
    drawing = """
        _unit       project_id  source           stage  amount  document_no  date
        县/甲乡/一村  P1          special_central  paid   100     财1号         2023-05-01
        县/甲乡/二村  P2          special_central  paid   70      财1号         2023-05-02
        县/甲乡/二村  P2          special_central  paid   70      财2号         2023-05-02
    """
    of = account((2023, drawing))

    assert found(of) == []
    shared = shared_documents(of.lines)
    row = shared[["document_no", "subjects", "lines", "amount"]].to_numpy().tolist()
    assert row == [["财1号", 2, 2, 17000]]


def test_one_contribution_under_two_projects_is_shared_between_them() -> None:
    # 一笔捐赠 90，记在 P1、P2、P3：只算 90，各分 30。P1 专项 100：0.3。
    drawing = """
        _unit       project_id  source           stage  amount  document_no  date
        县/甲乡/一村  P1          special_central  paid   100     财1号         2023-05-01
        县/甲乡/一村  P1          donation         paid   90      捐1号         2023-05-01
        县/甲乡/二村  P2          donation         paid   90      捐1号         2023-05-01
        县/乙乡/三村  P3          donation         paid   90      捐1号         2023-05-01
    """
    of = account((2023, drawing))

    assert found(of) == [("two_projects", 2023, 180, 180)]
    figures = leverage_by_unit(of, TREE, [2023])
    assert county(figures, "others") == 90
    assert county(figures, "leverage_others", "with_lever") == 0.3
    left_out = leverage_by_unit(treating(of, "two_projects", "leave_out"), TREE, [2023])
    assert county(left_out, "leverage_others", "with_lever") == 0.9
    counted = leverage_by_unit(treating(of, "two_projects", "count"), TREE, [2023])
    assert county(counted, "others") == 270


def test_a_document_that_gives_two_projects_the_same_public_money_is_ordinary() -> None:
    drawing = """
        _unit       project_id  source          stage      amount  document_no  date
        县/甲乡/一村  P1          sector_central  allocated  50      财1号         2023-05-01
        县/甲乡/二村  P2          sector_central  allocated  50      财1号         2023-05-01
    """

    assert found(account((2023, drawing))) == []
    assert found(account((2023, drawing.replace("allocated", "paid"))))[0][0] == "two_projects"


def test_money_carried_over_is_not_new_money_whether_it_says_so_or_not() -> None:
    # 2022 年到位 100；2023 年新到位 30，结转 40（注明），再有 25 用上年同一文号登记：新增只有 30。
    before = """
        _unit       project_id  source           stage    amount  document_no
        县/甲乡/一村  P1          special_central  arrived  100     财2022-1
    """
    now = """
        _unit       project_id  source           stage    amount  document_no  carried_over
        县/甲乡/一村  P1          special_central  arrived  30      财2023-1      ·
        县/甲乡/一村  P1          special_central  arrived  40      ·            是
        县/甲乡/一村  P1          special_central  arrived  25      财2022-1      ·
        县/甲乡/一村  P1          special_central  paid     60      财2022-1      是
    """
    of = account((2022, before), (2023, now))

    assert found(of) == [("carry_over", 2023, 40, 40), ("carry_over", 2023, 25, 25)]
    arrived = [leverage_by_unit(of, TREE, years, "arrived") for years in ([2022], [2023], [2022, 2023])]
    assert [county(one, "lever") for one in arrived] == [100, 30, 130]
    assert county(leverage_by_unit(of, TREE, [2023], "paid"), "lever") == 60


def test_what_a_cumulative_amount_grew_by_is_no_money_carried_over() -> None:
    # 同一文号的累计到位：2022 年 100，2023 年 180。2023 年新到位 80。
    drawing = """
        _unit       project_id  source           stage    amount  document_no  amount_kind
        县/甲乡/一村  P1          special_central  arrived  100     财2022-1      cumulative
    """
    of = account((2022, drawing), (2023, drawing.replace(" 100 ", " 180 ")))

    assert found(of) == []
    assert county(leverage_by_unit(of, TREE, [2023], "arrived"), "lever") == 80


def test_no_more_is_carried_over_than_there_was() -> None:
    # 上年同一文号 100；今年同一文号 100 和 60：只有 100 可能是结转，60 是新的。
    before = """
        _unit       project_id  source           stage    amount  document_no  date
        县/甲乡/一村  P1          special_central  arrived  100     财1号         2022-05-01
    """
    now = """
        _unit       project_id  source           stage    amount  document_no  date
        县/甲乡/一村  P1          special_central  arrived  100     财1号         2023-02-01
        县/甲乡/一村  P1          special_central  arrived  60      财1号         2023-03-01
    """
    of = account((2022, before), (2023, now))

    assert found(of) == [("carry_over", 2023, 100, 100)]
    assert county(leverage_by_unit(of, TREE, [2023], "arrived"), "lever") == 60


def test_integrated_money_beside_the_sector_money_it_was_made_of_counts_once() -> None:
    # 整合 100 由 行业 60（注明整合）等组成：重复 60。专项 50（注明整合）与整合金额不等，仍是杠杆，不扣。
    # 按填报 (100 + 60) ÷ 50 = 3.2；剔除后 (40 + 60) ÷ 50 = 2。
    drawing = """
        _unit       project_id  source           stage  amount  integrated
        县/甲乡/一村  P1          special_central  paid   50      是
        县/甲乡/一村  P1          sector_central   paid   60      是
        县/甲乡/一村  P1          integrated       paid   100     ·
    """
    of = account((2023, drawing))

    assert found(of) == [("integrated", 2023, 60, 60)]
    figures = leverage_by_unit(of, TREE, [2023])
    assert (county(figures, "lever"), county(figures, "leverage_others")) == (50, 2)
    shared = leverage_by_unit(treating(of, "integrated", "attribute"), TREE, [2023])
    assert county(shared, "amount_integrated") == 62.5
    assert county(shared, "amount_department") == 37.5


def test_the_special_part_of_integrated_money_stays_lever_and_leaves_the_numerator() -> None:
    # 整合 50 就是那 50 专项：整合一笔不算，专项仍是杠杆，撬动 0。
    drawing = """
        _unit       project_id  source           stage  amount  integrated
        县/甲乡/一村  P1          special_central  paid   50      是
        县/甲乡/一村  P1          integrated       paid   50      ·
    """
    of = account((2023, drawing))

    figures = leverage_by_unit(of, TREE, [2023])
    assert found(of) == [("integrated", 2023, 50, 50)]
    assert (county(figures, "lever"), county(figures, "leverage_others")) == (50, 0)


def test_work_that_the_fund_paid_for_is_not_the_households_contribution() -> None:
    # 群众投工 10 天 × 120 = 1200，同一项目专项支付劳务报酬 700：投入只有 500。另一村没有付酬，不动。
    drawing = """
        _unit       project_id  source            stage  form    amount  labour_days  purpose
        县/甲乡/一村  P1          special_central   paid   cash    1000    ·            工程款
        县/甲乡/一村  P1          special_central   paid   cash    700     ·            以工代赈劳务报酬
        县/甲乡/一村  P1          household_labour  paid   labour  ·       10           ·
        县/甲乡/二村  P2          household_labour  paid   labour  ·       1            ·
    """
    of = account((2023, drawing))

    assert found(of) == [("labour_pay", 2023, 700, 700)]
    figures = leverage_by_unit(of, TREE, [2023])
    assert (county(figures, "lever"), county(figures, "others")) == (1700, 620)


def test_a_loan_beside_its_interest_subsidy_is_listed_and_stays_a_memo() -> None:
    drawing = """
        _unit       project_id  source            stage  amount  household_id
        县/甲乡/一村  ·           interest_subsidy  paid   50      H1
        县/甲乡/一村  ·           credit            paid   1000    H1
        县/甲乡/一村  ·           credit            paid   800     H2
    """
    of = account((2023, drawing))
    open_ = funds().model_copy(
        update={"sources": tuple(source.model_copy(update={"memo": False}) for source in funds().sources)}
    )
    counted = Account.of({2023: lines(drawing)}, open_)

    assert found(of) == [("loan_principal", 2023, 1000, 0)]
    assert county(leverage_by_unit(of, TREE, [2023]), "memo") == 1800
    assert found(counted) == [("loan_principal", 2023, 1000, 1000)]
    assert county(leverage_by_unit(counted, TREE, [2023]), "others") == 800


def test_effects_of_all_kinds_add_up_from_entered_to_counted() -> None:
    drawing = """
        _unit    source            stage  form   amount labour_days document_no date       purpose integrated
        县/甲/一  special_central   paid   cash   100    ·           财1号        2023-05-01 劳务报酬  ·
        县/甲/一  special_central   paid   cash   100    ·           财1号        2023-05-01 劳务报酬  ·
        县/甲/一  household_labour  paid   labour ·      1           ·           ·          ·       ·
        县/甲/一  sector_central    paid   cash   30     ·           ·           ·          ·       是
        县/甲/一  integrated        paid   cash   50     ·           ·           ·          ·       ·
    """
    effect = effect_of_doubles(account((2023, drawing)), [2023])
    steps = effect[effect["scope"] == "all"].set_index("step")

    # 填报：200 专项，其他 120 + 30 + 50 = 200；重复专项出 100；整合出 30；付酬用工出 100。
    assert steps["out_lever"].to_dict() == {
        "entered": 0, "same_document": 100, "two_projects": 0, "carry_over": 0, "integrated": 0,
        "labour_pay": 0, "loan_principal": 0, "counted": 0,
    }  # fmt: skip
    assert (steps["out_others"]["integrated"], steps["out_others"]["labour_pay"]) == (30, 100)
    assert steps["leverage_others"].to_dict() == pytest.approx(
        {"entered": 1, "same_document": 2, "two_projects": 2, "carry_over": 2, "integrated": 1.7,
         "labour_pay": 0.7, "loan_principal": 0.7, "counted": 0.7}
    )  # fmt: skip


# ---- findings --------------------------------------------------------------------------------------


def rules(*years: tuple[int, str]) -> list[tuple[str, str, int]]:
    """(rule, severity, position of the row) of what is found in the last year."""
    config, (year, drawing) = load_config("default"), years[-1]
    rows = lines(drawing)
    rows = rows.assign(**{ENTITY: [str(number) for number in range(len(rows))]})
    checked = money_checks(
        config.ledgers["fund"],
        Rows(rows, year, pd.Timestamp(year, 12, 31).date()),
        account(*years),
        config.codes,
    )
    names = ("rule", "severity", "entity")
    return [(rule, severity, int(entity)) for rule, severity, entity in checked.findings[list(names)].values]


def test_doubles_are_doubts_shared_numbers_notices_and_what_is_declared_is_no_finding() -> None:
    assert rules((2023, TWICE.format("·"))) == [("double_same_document", "doubt", 2)]
    carried = """
        _unit       project_id  source           stage    amount  carried_over
        县/甲乡/一村  P1          special_central  arrived  40      是
    """
    assert rules((2023, carried)) == []
    shared = """
        _unit       project_id  source           stage  amount  document_no
        县/甲乡/一村  P1          special_central  paid   100     财1号
        县/甲乡/二村  P2          special_central  paid   70      财1号
    """
    assert rules((2023, shared)) == [("shared_document", "notice", 0)]


def test_payment_ahead_of_arrival_is_a_doubt_and_a_noted_advance_a_notice() -> None:
    drawing = """
        _unit       project_id  source           stage    amount  advanced
        县/甲乡/一村  P1          special_central  arrived  80      ·
        县/甲乡/一村  P1          special_central  paid     95      {}
    """

    assert rules((2023, drawing.format("·"))) == [("paid_over_arrived", "doubt", 1)]
    assert rules((2023, drawing.format("是"))) == [("paid_over_arrived", "notice", 1)]


def test_a_cumulative_amount_that_falls_is_found_in_its_year() -> None:
    drawing = """
        _unit       project_id  source           stage  amount  amount_kind
        县/甲乡/一村  P1          special_central  paid   {}      cumulative
    """

    found = rules((2022, drawing.format(80)), (2023, drawing.format(75)))

    assert found == [("cumulative_falls", "doubt", 0)]


def test_several_cumulative_amounts_of_one_money_without_a_date_are_doubted() -> None:
    """100 and 70 of one village: the 70 does not count, and nobody said that it is an earlier report."""
    drawing = """
        _unit        project_id  source           stage  amount  amount_kind  date
        县/甲乡/一村  ·           special_central  paid   100     cumulative   {}
        县/甲乡/一村  ·           special_central  paid   70      cumulative   {}
        县/甲乡/二村  ·           special_central  paid   70      cumulative   ·
    """

    undated = rules((2023, drawing.format("·", "·")))
    dated = rules((2023, drawing.format("2023-12-01", "2023-06-01")))

    assert undated == [("cumulative_twice", "doubt", 0), ("cumulative_twice", "doubt", 1)]
    assert dated == []


# ---- properties ------------------------------------------------------------------------------------

COLUMNS = {
    UNIT: "text", "project_id": "code", "source": "choice", "stage": "choice", "form": "choice",
    "amount": "money", "document_no": "code", "date": "date", "integrated": "boolean",
    "carried_over": "boolean", "instalment": "boolean", "purpose": "text", "labour_days": "number",
}  # fmt: skip
DAY = pd.Timestamp("2023-05-01")
LINE = st.fixed_dictionaries(
    {
        UNIT: st.sampled_from(["县/甲乡/一村", "县/甲乡/二村", "县/乙乡/三村"]),
        "project_id": st.sampled_from(["P1", "P2", None]),
        "source": st.sampled_from(
            ["special_central", "sector_central", "integrated", "donation", "household_labour",
             "credit", "interest_subsidy", None]
        ),
        "stage": st.sampled_from(["paid", "arrived"]),
        "form": st.sampled_from(["cash", "labour", None]),
        "amount": st.one_of(st.none(), st.integers(1, 10**7)),
        "document_no": st.sampled_from(["甲", "乙", None]),
        "date": st.sampled_from([DAY, None]),
        "integrated": st.sampled_from([True, False, None]),
        "carried_over": st.sampled_from([True, None]),
        "instalment": st.sampled_from([True, None, None]),
        "purpose": st.sampled_from(["劳务报酬", None, None]),
        "labour_days": st.sampled_from([None, None, 2.5]),
    }
)  # fmt: skip
Line = dict[str, Any]


def drawn(rows: Sequence[Line]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    return frame.astype({name: DTYPES[kind] for name, kind in COLUMNS.items()})  # type: ignore[index]


def of(rows: Sequence[Line], before: Sequence[Line] = ()) -> Account:
    wages = {(year, "general"): 120.0 for year in (2022, 2023)}
    return Account.of({2022: drawn(before), 2023: drawn(rows)}, funds(), wages)


def ratios(of_rows: Account) -> list[Any]:
    """The county's ratio in both scopes."""
    figures = leverage_by_unit(of_rows, TREE, [2023], "paid", detail=False)
    at = (figures["indicator"] == "leverage_others") & (figures["unit"] == "县")
    return figures.loc[at, "value"].tolist()


@settings(max_examples=8, deadline=None)
@given(st.lists(LINE, max_size=8), st.integers(1, 10**7))
def test_a_line_of_other_money_that_stands_nowhere_else_never_lowers_the_ratio(
    rows: list[Line], fen: int
) -> None:
    more = dict.fromkeys(COLUMNS) | {
        UNIT: "县/甲乡/一村", "project_id": "P1", "source": "donation", "stage": "paid",
        "form": "cash", "amount": fen, "document_no": "只此一份",
    }  # fmt: skip

    for before, after in zip(ratios(of(rows)), ratios(of([*rows, more])), strict=True):
        assert before is pd.NA or after >= before


@settings(max_examples=8, deadline=None)
@given(st.lists(LINE, max_size=6), LINE, st.integers(2, 4))
def test_splitting_a_line_into_marked_instalments_changes_nothing(
    rows: list[Line], line: Line, count: int
) -> None:
    whole = line | {
        "amount": 1000 * count, "instalment": True, "labour_days": None, "form": "cash", "carried_over": None
    }  # fmt: skip
    parts = [whole | {"amount": 1000} for _ in range(count)]

    one, several = (leverage_by_unit(of([*rows, *more]), TREE, [2023]) for more in ([whole], parts))

    compared = ["indicator", "unit", "scope", "value", "numerator", "denominator", "note"]
    pd.testing.assert_frame_equal(one[compared], several[compared])


@settings(max_examples=8, deadline=None)
@given(st.lists(LINE, max_size=8), st.lists(LINE, max_size=5), st.randoms())
def test_the_order_of_rows_changes_nothing_even_where_money_stands_twice(
    rows: list[Line], before: list[Line], random: Random
) -> None:
    other = list(rows)
    random.shuffle(other)

    first, second = of(rows, before), of(other, before)

    pd.testing.assert_frame_equal(
        leverage_by_unit(first, TREE, [2023]), leverage_by_unit(second, TREE, [2023])
    )
    pd.testing.assert_frame_equal(effect_of_doubles(first, [2023]), effect_of_doubles(second, [2023]))


@settings(max_examples=8, deadline=None)
@given(st.lists(LINE, max_size=8), st.lists(LINE, max_size=8))
def test_units_years_and_groups_add_up_to_the_fen(rows: list[Line], before: list[Line]) -> None:
    both = of(rows, before)
    tables = {
        years: leverage_by_unit(both, TREE, list(years), "paid") for years in ((2022,), (2023,), (2022, 2023))
    }
    for name in ("lever", "others", "memo", "unclassified"):
        sums = {years: _fen(table, name, "county") for years, table in tables.items()}
        assert sums[2022, 2023] == sums[2022,] + sums[2023,]
        for table in tables.values():
            assert (
                _fen(table, name, "county") == _fen(table, name, "township") == _fen(table, name, "village")
            )
    for by in ("source", "project", "tag"):
        groups = leverage_by_group(both, [2023], by, "paid")
        whole = groups[groups["scope"] == "all"]
        times = 5 if by == "tag" else 1
        assert round(whole["others"].sum() * 100) == times * _fen(tables[2023,], "others", "county")


def _fen(table: pd.DataFrame, name: str, level: str) -> int:
    chosen = (table["indicator"] == name) & (table["level"] == level) & (table["scope"] == "all")
    return round(table.loc[chosen, "value"].fillna(0).mul(100).round().sum())


@settings(max_examples=8, deadline=None)
@given(st.lists(LINE, max_size=10), st.lists(LINE, max_size=5))
def test_nothing_is_taken_out_that_is_not_there(rows: list[Line], before: list[Line]) -> None:
    both = of(rows, before)

    amount, gross = both.lines["amount"].dropna(), both.lines["gross"].dropna()
    assert (amount >= 0).all()
    assert int(gross.sum() - amount.sum()) == int(both.found["out"].sum())
