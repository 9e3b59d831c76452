"""A drawn county whose every figure is worked out by hand: tags, stages, labour, cash, years, promises."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest

from povplan.config import load_config
from povplan.leverage import (
    Account,
    delivery,
    execution,
    leverage_by_group,
    leverage_by_unit,
    marginal,
    overpaid,
    payment_progress,
    sensitivity,
)
from povplan.spec import Funds
from povplan.units import Tree
from tests.drawing import frame

TREE = Tree.of(["县/甲乡/一村", "县/甲乡/二村", "县/乙乡/三村"])
TYPES = {
    "amount": "money",
    "date": "date",
    "labour_days": "number",
    "carried_over": "boolean",
    "integrated": "boolean",
    "instalment": "boolean",
    "advanced": "boolean",
    "document_no": "code",
    "household_id": "code",
}


@cache
def funds() -> Funds:
    found = load_config("default").funds
    assert found
    return found


def lines(drawing: str) -> pd.DataFrame:
    return frame(drawing, **TYPES)  # type: ignore[arg-type]


def account(*years: tuple[int, str], wages: dict[tuple[int, str], float] | None = None) -> Account:
    """The account of drawn years; a day is worth 120 yuan unless said otherwise."""
    yearly = {year: lines(drawing) for year, drawing in years}
    known = {(year, "general"): 120.0 for year in yearly} if wages is None else wages
    return Account.of(yearly, funds(), known)


def county(frame: pd.DataFrame, indicator: str, scope: str = "all", unit: str = "县") -> Any:
    found = frame[(frame["indicator"] == indicator) & (frame["unit"] == unit) & (frame["scope"] == scope)]
    assert len(found) == 1, indicator
    value, note = found.iloc[0][["value", "note"]]
    return note if pd.isna(value) else pytest.approx(float(value))


# 2023, 支出：
#   P1 一村  专项 100，行业(省) 60，群众投工 10 天（×120 = 1200 元，填了 900），群众现金 20
#   P2 二村  专项 50，捐赠(社会、救助) 30，企业 500（备忘），村集体 40（必要配套），县行业 15（关联）
#   P3 三村  没有专项，中央行业 200，实物 25
#   另有 来源不明 7；投工只有金额 300（未核工日）在 P2
YEAR = """
    _unit        project_id  source              stage  form     amount  labour_days  relation
    县/甲乡/一村   P1          special_central     paid   cash     100     ·            ·
    县/甲乡/一村   P1          sector_provincial   paid   cash     60      ·            ·
    县/甲乡/一村   P1          household_labour    paid   labour   900     10           ·
    县/甲乡/一村   P1          household_cash      paid   cash     20      ·            ·
    县/甲乡/二村   P2          special_county      paid   cash     50      ·            ·
    县/甲乡/二村   P2          donation            paid   cash     30      ·            ·
    县/甲乡/二村   P2          enterprise          paid   cash     500     ·            ·
    县/甲乡/二村   P2          village_collective  paid   ·        40      ·            essential
    县/甲乡/二村   P2          sector_county       paid   ·        15      ·            associated
    县/甲乡/二村   P2          household_labour    paid   labour   300     ·            ·
    县/乙乡/三村   P3          sector_central      paid   cash     200     ·            ·
    县/乙乡/三村   P3          household_in_kind   paid   in_kind  25      ·            ·
    县/乙乡/三村   P3          ·                   paid   cash     7       ·            ·
"""


@cache
def by_unit() -> pd.DataFrame:
    return leverage_by_unit(account((2023, YEAR)), TREE, [2023])


def test_the_headline_is_other_money_over_special_money_in_both_scopes() -> None:
    # 专项 100 + 50 = 150。其他 = P1 60 + 1200 + 20 = 1280；P2 30 + 40 + 15 + 300 = 385；P3 200 + 25 = 225。
    # 共 1890。
    # 全部：1890 ÷ 150 = 12.6；有专项的项目：(1280 + 385) ÷ 150 = 11.1。
    found = by_unit()

    assert county(found, "lever") == 150
    assert county(found, "others") == 1890
    assert county(found, "leverage_others") == 12.6
    assert county(found, "leverage_total") == 13.6
    assert county(found, "leverage_others", "with_lever") == 11.1
    assert county(found, "leverage_others", unit="县/甲乡") == 1665 / 150
    assert county(found, "leverage_others", unit="县/乙乡") == "no_lever"


def test_what_is_outside_the_ratio_stands_beside_it() -> None:
    found = by_unit()

    assert county(found, "memo") == 500
    assert county(found, "unclassified") == 7
    assert county(found, "unverified") == 300
    assert "doubled" not in set(found["indicator"])


def test_cash_and_in_kind_add_up_to_the_whole() -> None:
    # 现金 60 + 20 + 30 + 200 + 15（县行业按来源是现金）= 325；投工 1200 + 300、实物 25 = 1525；
    # 村集体没写方式 40。
    found = by_unit()

    assert county(found, "leverage_cash") == 325 / 150
    assert county(found, "leverage_in_kind") == 1525 / 150
    assert county(found, "leverage_by_labour") == 1500 / 150
    assert county(found, "leverage_by_goods") == 25 / 150
    assert county(found, "leverage_unformed") == 40 / 150


def test_essential_and_associated_money_are_told_apart() -> None:
    found = by_unit()

    assert county(found, "leverage_essential") == 40 / 150
    assert county(found, "leverage_associated") == 15 / 150
    assert county(found, "leverage_unrelated") == (1890 - 55) / 150


def test_the_five_combinations_each_divide_the_whole() -> None:
    # 每个组合各值之和 = 撬动比 12.6；专项＋行业：行业 60 + 15 + 200 = 275，未注明其余 1615。
    # 开发＋救助：救助只有捐赠 30。政府＋社会：政府 150 + 275。中央＋地方：中央 200、省 60、县 15。
    # 外部＋自身：自身 1200 + 20 + 40 + 300 + 25 = 1585。
    tags = leverage_by_group(account((2023, YEAR)), [2023], "tag")
    whole = tags[tags["scope"] == "all"].set_index(["by", "group"])
    ratio, total = whole["leverage_others"], whole["total"]

    assert ratio.groupby("by").sum().round(9).tolist() == [12.6] * 5
    assert ratio["instrument", "sector"] == pytest.approx(275 / 150)
    assert total["instrument", "special"] == 150
    assert ratio["mode", "relief"] == pytest.approx(30 / 150)
    assert total["party", "government"] == 425
    levels = ratio["level"].to_dict()
    assert levels == pytest.approx(
        {"central": 200 / 150, "provincial": 0.4, "county": 0.1, "unstated": 1615 / 150}
    )
    assert ratio["origin", "own"] == pytest.approx(1585 / 150)
    assert whole["share"].groupby("by").sum().round(6).tolist() == [100] * 5


def test_groups_of_what_money_is_spent_on_have_a_lever_of_their_own() -> None:
    names = {
        "category": pd.Series({"P1": "产业", "P2": "产业", "P3": "道路"}),
        "department": pd.Series({"P1": "农业局", "P2": "水利局"}),
    }
    tables = {
        by: leverage_by_group(account((2023, YEAR)), [2023], by, None, names) for by in ("project", *names)
    }
    told = {
        by: {
            row["group"]: row["note"] if pd.isna(row["leverage_others"]) else round(row["leverage_others"], 6)
            for row in table[table["scope"] == "all"].to_dict("records")
        }
        for by, table in tables.items()
    }

    assert told["project"] == {"P1": 12.8, "P2": 7.7, "P3": "no_lever"}
    assert told["category"] == {"产业": 11.1, "道路": "no_lever"}
    assert {name: value for name, value in told["department"].items() if not pd.isna(name)} == {
        "农业局": 12.8,
        "水利局": 7.7,
    }


def test_a_ratio_by_source_shares_one_denominator_and_adds_up() -> None:
    found = leverage_by_group(account((2023, YEAR)), [2023], "source")
    whole = found[found["scope"] == "all"]

    assert set(whole["denominator"]) == {150.0}
    assert whole["leverage_others"].sum() == pytest.approx(12.6)
    assert whole["share"].sum() == pytest.approx(100)
    assert whole["group"].isna().sum() == 1  # 待分类
    assert whole.loc[whole["group"].isna(), "unclassified"].tolist() == [7]


def test_groups_hold_all_that_was_entered_with_labour_outside_the_total_too() -> None:
    outside = funds().model_copy(update={"labour": "outside"})
    of = Account.of({2023: lines(YEAR)}, outside, {(2023, "general"): 120.0})

    found = leverage_by_group(of, [2023], "source")

    whole = found[found["scope"] == "all"]
    held = whole[["total", "memo", "unclassified", "labour"]].sum()
    assert held["labour"] > 0
    assert held.sum() == pytest.approx(of.at(of.stage_in_use([2023]), [2023])["amount"].sum() / 100)


def test_labour_is_days_by_the_wage_of_its_year_and_skill() -> None:
    # 2023 年：普工 10 天 × 120；技工半天 × 200；没有工价的 2013 年：只认填报的 500。
    drawing = """
        _unit      source            stage  form    amount  labour_days  skill
        县/甲乡/一村 household_labour  paid   labour  ·       10           ·
        县/甲乡/一村 household_labour  paid   labour  ·       0.5          skilled
        县/甲乡/一村 special_central   paid   cash    1300    ·            ·
    """
    wages = {(2023, "general"): 120.0, (2023, "skilled"): 200.0}
    old = "_unit source stage form amount labour_days\n县/甲乡/一村 household_labour paid labour 500 9"

    now = leverage_by_unit(account((2023, drawing), wages=wages), TREE, [2023])
    then = leverage_by_unit(account((2013, old), wages=wages), TREE, [2013])

    assert county(now, "others") == 1300
    assert county(now, "leverage_others") == 1
    assert (county(then, "others"), county(then, "unverified")) == (500, 500)
    nobody = leverage_by_unit(account((2023, drawing), wages={}), TREE, [2023])
    row = nobody[(nobody["indicator"] == "leverage_others") & (nobody["unit"] == "县")].iloc[0]
    assert (row["value"], row["left_out"], row["note"]) == (pd.NA, 2, "no_rows")


def test_the_ratio_at_a_wage_a_quarter_lower_and_higher_moves_only_counted_days() -> None:
    # 投工按工日的 1200 变为 900、1500，按面值的 300 不动：(1890 ∓ 300) ÷ 150。
    found = sensitivity(account((2023, YEAR)), TREE, [2023])
    whole = found[(found["unit"] == "县") & (found["scope"] == "all")]

    assert whole["value"].round(6).tolist() == [10.6, 12.6, 14.6]
    assert whole["wage_change"].tolist() == [-0.25, 0, 0.25]


def test_pay_out_of_the_fund_covers_less_of_dearer_work() -> None:
    # 投工 100 天 × 100 元 = 10000，其中 4000 由专项付酬。工价低 25%：7500 − 4000；高 25%：12500 − 4000。
    of = account(
        (
            2023,
            """
            _unit       project_id  source            stage  form    amount  labour_days  purpose
            县/甲乡/一村  P1          special_central   paid   cash    4000    ·            劳务报酬
            县/甲乡/一村  P1          household_labour  paid   labour  ·       100          ·
            """,
        ),
        wages={(2023, "general"): 100.0},
    )

    found = sensitivity(of, TREE, [2023])

    whole = found[(found["unit"] == "县") & (found["scope"] == "all")]
    assert whole["numerator"].tolist() == [3500, 6000, 8500]


def test_marginal_leverage_is_the_change_of_one_over_the_change_of_the_other() -> None:
    # 一村：专项 100 → 140，其他 200 → 320：Δ120 ÷ Δ40 = 3。二村：专项不变。三村：去年没有。
    before = """
        _unit       source           stage  amount
        县/甲乡/一村  special_central  paid   100
        县/甲乡/一村  sector_central   paid   200
        县/甲乡/二村  special_central  paid   50
        县/甲乡/二村  sector_central   paid   10
    """
    now = before.replace(" 100", " 140").replace(" 200", " 320").replace("paid   10", "paid   15")
    now += "县/乙乡/三村  special_central  paid   60"

    found = marginal(account((2022, before), (2023, now)), TREE, 2023)
    whole = found[found["scope"] == "all"].set_index("unit")

    assert whole.loc["县/甲乡/一村", "value"] == 3
    parts = whole[["numerator", "denominator", "previous"]].loc["县/甲乡/一村"]
    assert list(parts) == [120, 40, 2]
    assert whole.loc["县/甲乡/二村", "note"] == "no_denominator"
    assert whole.loc["县/乙乡/三村", "note"] == "base_missing"
    assert whole.loc["县", "value"] == (335 - 210) / (250 - 150)
    alone = marginal(account((2023, now)), TREE, 2023)
    assert set(alone["note"]) == {"base_missing"}


STAGES = """
    _unit       project_id  source           stage      form    amount  labour_days  carried_over
    县/甲乡/一村  P1          special_central  planned    cash    100     ·            ·
    县/甲乡/一村  P1          special_central  allocated  cash    90      ·            ·
    县/甲乡/一村  P1          special_central  allocated  cash    10      ·            是
    县/甲乡/一村  P1          special_central  arrived    cash    80      ·            ·
    县/甲乡/一村  P1          special_central  paid       cash    70      ·            ·
    县/甲乡/一村  P1          donation         planned    cash    40      ·            ·
    县/甲乡/一村  P1          donation         paid       cash    30      ·            ·
    县/甲乡/二村  P2          donation         paid       cash    5       ·            ·
    县/甲乡/二村  P2          household_labour planned    labour  ·       10           ·
    县/甲乡/二村  P2          household_labour paid       labour  ·       6            ·
"""


def test_promised_and_delivered_money_are_compared_where_there_was_a_promise() -> None:
    # 捐赠：计划 40，兑现 30（P2 的 5 没有计划，另列）= 0.75；投工 6 ÷ 10 = 0.6；
    # 其他 (30 + 720) ÷ (40 + 1200)。
    found = delivery(account((2023, STAGES)), TREE, [2023])
    whole = found[found["unit"] == "县"].set_index("indicator")["value"].to_dict()

    assert whole["delivered_class_society"] == 0.75
    assert whole["delivered_class_household"] == 0.6
    assert whole["delivered_others"] == pytest.approx(750 / 1240)
    assert whole["delivered_lever"] == 0.7
    assert whole["unpromised"] == 5


def test_execution_names_its_denominator_and_carried_money_is_in_it() -> None:
    # 专项：支出 70 ÷ (下达 90 + 结转 10) = 0.7；÷ 计划 100 = 0.7；÷ 到位 80 = 0.875。捐赠没有下达：分母为零。
    progress = payment_progress(account((2023, STAGES)), [2023])
    rates = execution(progress).set_index(["source", "base"])

    special = rates.loc["special_central"]
    assert special["value"].round(6).to_dict() == {"planned": 0.7, "allocated": 0.7, "arrived": 0.875}
    assert special["denominator"].to_dict() == {"planned": 100, "allocated": 100, "arrived": 80}
    assert rates.loc[("donation", "allocated"), "note"] == "no_denominator"
    assert rates.loc[("household_labour", "planned"), "value"] == 0.6
    released = progress[(progress["stage"] == "released") & (progress["source"] == "donation")].iloc[0]
    assert (released["amount"], released["note"]) == (pytest.approx(float("nan"), nan_ok=True), "no_stage")


def test_what_nobody_allocates_is_not_paid_out_of_allocations() -> None:
    # 下达 100，支出 80；群众现金 50 没有下达一说。合计执行率 80 ÷ 100，不是 130%。
    drawing = """
        _unit       project_id  source           stage      form  amount
        县/甲乡/一村  P1          special_central  allocated  cash  100
        县/甲乡/一村  P1          special_central  paid       cash  80
        县/甲乡/一村  P1          household_cash   paid       cash  50
    """
    rates = execution(payment_progress(account((2023, drawing)), [2023]))

    of_all = rates[(rates["class"] == "") & (rates["base"] == "allocated")]
    assert of_all[["value", "numerator", "denominator"]].to_numpy().tolist() == [[0.8, 80, 100]]


def test_paid_beyond_arrival_is_found_and_an_advance_is_noted() -> None:
    drawing = """
        _unit       project_id  source           stage    amount  advanced
        县/甲乡/一村  P1          special_central  arrived  80      ·
        县/甲乡/一村  P1          special_central  paid     95      ·
        县/甲乡/二村  P2          special_central  arrived  10      ·
        县/甲乡/二村  P2          special_central  paid     10      ·
        县/甲乡/二村  P2          special_central  paid     5       是
        县/甲乡/二村  P2          donation         paid     30      ·
    """

    found = overpaid(account((2023, drawing)), 2023)

    assert found[["project_id", "paid", "arrived", "excess", "advanced"]].values.tolist() == [
        ["P1", 95, 80, 15, False],
        ["P2", 15, 10, 5, True],
    ]


def test_a_stage_that_is_missing_gives_its_reason_and_no_guess() -> None:
    found = leverage_by_unit(account((2023, YEAR)), TREE, [2023], "arrived")
    rates = delivery(account((2023, YEAR)), TREE, [2023])

    assert set(found.loc[found["basis"] == "arrived", "note"]) == {"no_stage"}
    assert set(rates["note"]) == {"no_stage"}


def test_cumulative_amounts_are_differenced_and_a_fall_is_negative() -> None:
    rows = "_unit project_id source stage amount amount_kind date\n"
    line = "县/甲乡/一村 P1 {} paid {{}} cumulative {{}}\n"
    year = rows + line.format("special_central") + line.format("donation")
    later = line.format("donation").format(60, "2021-12-31")
    years = (
        (2021, year.format(100, "2021-06-30", 50, "2021-06-30") + later),
        (2022, year.format(100, "2022-12-31", 90, "2022-12-31")),
        (2023, year.format(130, "2023-12-31", 85, "2023-12-31")),
    )
    of = account(*years)

    figures = [leverage_by_unit(of, TREE, [y]) for y in (2021, 2022, 2023)]

    assert [county(one, "lever") for one in figures] == [100, 0, 30]
    assert [county(one, "others") for one in figures] == [60, 30, -5]
    assert county(figures[1], "leverage_others") == "no_lever"
    whole = leverage_by_unit(of, TREE, [2021, 2022, 2023])
    assert (county(whole, "lever"), county(whole, "others")) == (130, 85)
    assert county(whole, "opening") == 160
