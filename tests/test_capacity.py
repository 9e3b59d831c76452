"""What people give against what they can bear: a county worked out by hand, and what must hold of any."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan import capacity
from povplan.fifths import concentration
from povplan.model import ENTITY, UNIT
from povplan.spec import Funds, Parameter
from povplan.units import Tree
from tests.drawing import cells, frame

TREE = Tree.of(["县/甲镇/一村", "县/乙镇/二村"])
FUNDS = Funds.model_validate(
    {
        "classes": [{"id": c, "label": c} for c in ("special", "collective", "household", "credit")],
        "sources": [
            {"id": "special", "label": "专项", "class": "special", "lever": True},
            {"id": "village_collective", "label": "集体", "class": "collective"},
            {"id": "household_cash", "label": "现金", "class": "household"},
            {"id": "household_labour", "label": "投工", "class": "household"},
            {"id": "credit", "label": "信贷", "class": "credit", "memo": True},
        ],
        "stages": [{"id": stage, "label": stage} for stage in ("planned", "arrived", "paid")],
        "basis": ["paid"],
    }
)


def parameter(name: str, value: float) -> Parameter:
    return Parameter.model_validate(
        {"id": name, "label": name, "values": [{"from": 2000, "value": value, "source": "文件"}]}
    )


PARAMETERS = {
    name: parameter(name, value)
    for name, value in (("cash_cap", 15), ("labour_day_cap", 10), ("cash_burden_limit", 5))
}
HOMES = frame(
    f"""
    {ENTITY}  {UNIT}       persons labour_force net_income pledged_cash paid_cash pledged_days labour_days
    a         县/甲镇/一村   4        2              20000       500           100        10            10
    b         县/甲镇/一村   2        0               4000       300            50         5             0
    c         县/甲镇/一村   3        1              -1000        40            40         0             2
    d         县/乙镇/二村   5        3              30000         0             0         0             0
    e         县/乙镇/二村   2        1               8000        20             ·         ·             ·
""",
    net_income="money",
    pledged_cash="money",
    paid_cash="money",
    **{ENTITY: "text", UNIT: "text"},  # type: ignore[arg-type]
)
"""May be asked: a 60, b 30, c 45, d 75, e 30 yuan; 20, 0, 10, 30, 10 days. Can bear: a 1000, b 200, c 0,
d 1500, e 400 yuan, 5 percent of the income, nothing of a loss."""
NO_FUNDS = pd.DataFrame()


def fund(drawing: str) -> pd.DataFrame:
    text = dict.fromkeys((UNIT, "project_id", "household_id", "source", "stage", "form"), "text")
    return frame(drawing, amount="money", labour_days="number", **text)  # type: ignore[arg-type]


def borne(homes: pd.DataFrame = HOMES, funds: pd.DataFrame = NO_FUNDS) -> pd.DataFrame:
    return capacity.bearing(homes, funds, FUNDS, PARAMETERS, 2024).set_index("household")


def figure(name: str, unit: str = "县", scope: str = "all", homes: pd.DataFrame = HOMES) -> Any:
    found = burdens() if homes is HOMES else capacity.burdens(borne(homes).reset_index(), TREE, 2024)
    keys: Any = (name, unit, scope)
    return found.set_index(["indicator", "unit", "scope"]).loc[keys]


@cache
def burdens() -> pd.DataFrame:
    return capacity.burdens(borne().reset_index(), TREE, 2024)


def test_a_broken_promise_is_parted_at_what_the_household_can_bear() -> None:
    """b promised 300, can bear 200, gave 50: 100 it could not give, 150 it would not. a could give all."""
    found = borne()

    assert cells(found, "b", "could_not_cash", "would_not_cash") == [100, 150]
    assert cells(found, "a", "could_not_cash", "would_not_cash") == [0, 400]
    assert cells(found, "b", "could_not_days", "would_not_days") == [5, 0]
    assert found["standing"].fillna("-").tolist() == ["would_not", "could_not", "kept", "-", "-"]


def test_what_could_and_what_would_not_be_given_is_all_that_is_owed() -> None:
    found = borne().loc[["a", "b", "c", "d"]]

    owed = (found["cash_promised"] - found["cash"]).clip(lower=0)

    assert (found["could_not_cash"] + found["would_not_cash"]).tolist() == owed.tolist() == [400, 250, 0, 0]


def test_limits_follow_persons_workers_and_income() -> None:
    found = borne()

    assert found["cash_limit"].tolist() == [60, 30, 45, 75, 30]
    assert found["days_limit"].tolist() == [20, 0, 10, 30, 10]
    assert found["cash_capacity"].tolist() == [1000, 200, 0, 1500, 400]


def test_the_county_burden_is_sum_over_sum_and_an_unknown_gift_is_left_out() -> None:
    """100 + 50 + 40 + 0 yuan of 20000 + 4000 - 1000 + 30000; e did not say. 12 days of six workers."""
    cash, labour = figure("cash_burden"), figure("labour_burden")

    assert (cash["value"], cash["numerator"], cash["denominator"]) == (190 / 53000, 190, 53000)
    assert (cash["n"], cash["left_out"]) == (4, 1)
    assert labour["value"] == 12 / 6


def test_a_burden_has_no_figure_without_income_or_workers() -> None:
    found = borne()

    assert found["cash_burden"].tolist()[:2] == [100 / 20000, 50 / 4000]
    assert found.loc[["c", "e"], "cash_burden"].isna().all()
    assert found["labour_burden"].isna().tolist() == [False, True, False, False, True]


def test_over_the_limit_is_a_share_of_the_households_that_said() -> None:
    """Cash: a (100 > 60) and b (50 > 30) of a, b, c, d; days: c may work 10, nobody is over."""
    assert figure("over_cash_limit")["value"] == 2 / 4
    assert figure("over_days_limit")["value"] == 0
    assert figure("could_not_households")["value"] == 1
    assert figure("would_not_households")["value"] == 1


def test_scope_contributing_keeps_those_who_gave() -> None:
    assert figure("households", scope="contributing")["value"] == 3
    assert figure("households")["value"] == 5
    assert figure("cash_burden_p50", scope="contributing")["note"] == "too_few"
    assert figure("cash_burden_max", scope="contributing")["value"] == 50 / 4000


def test_villages_add_up_to_the_county() -> None:
    for name in ("households", "cash", "days", "could_not_cash", "would_not_cash"):
        parts = [figure(name, unit)["value"] for unit in ("县/甲镇/一村", "县/乙镇/二村")]
        assert figure(name)["value"] == sum(part for part in parts if part is not pd.NA)


def test_where_nobody_contributes_the_burden_is_zero() -> None:
    nothing = HOMES.assign(paid_cash=0, pledged_cash=0, labour_days=0.0, pledged_days=0.0)
    nothing = nothing.astype({"paid_cash": "Int64", "pledged_cash": "Int64"})

    assert figure("cash_burden", homes=nothing)["value"] == 0
    assert figure("labour_burden", homes=nothing)["value"] == 0
    assert figure("households", scope="contributing", homes=nothing)["value"] == 0
    assert figure("cash_burden_max", scope="contributing", homes=nothing)["note"] == "none_gave"
    assert figure("would_not_cash", homes=nothing)["value"] == 0


def test_where_it_is_not_known_who_gave_nobody_is_counted() -> None:
    blank = HOMES.drop(columns=["paid_cash", "labour_days"])
    some = figure("households", "县/乙镇/二村", scope="contributing")

    assert figure("households", scope="contributing", homes=blank)["note"] == "no_rows"
    assert figure("cash_burden_max", scope="contributing", homes=blank)["note"] == "no_rows"
    assert (some["value"], some["left_out"]) == (0, 1)
    assert figure("cash_burden_max", "县/乙镇/二村", scope="contributing")["note"] == "no_rows"


def test_where_all_give_the_same_share_the_gifts_lean_as_the_incomes() -> None:
    incomes = pd.Series([1000 * (i + 1) for i in range(12)], dtype="Int64")
    homes = pd.DataFrame(
        {
            ENTITY: pd.Series([f"h{i}" for i in range(12)], dtype="string"),
            UNIT: pd.Series(["县/甲镇/一村"] * 12, dtype="string"),
            "persons": pd.Series([1] * 12, dtype="Int64"),
            "net_income": incomes * 100,
            "paid_cash": incomes * 2,
        }
    )

    found = borne(homes)

    cash, income = (
        concentration(found[name], found["net_income"], found["persons"]) for name in ("cash", "net_income")
    )
    assert cash == pytest.approx(income)
    assert found["cash_burden"].tolist() == pytest.approx([0.02] * 12)


def test_lines_that_name_households_go_before_what_the_household_ledger_says() -> None:
    """Lines name a in 一村: there b and c gave nothing by them. 二村 has a line without a
    name: what its households say themselves counts."""
    funds = fund(f"""
        {UNIT}        project_id  household_id  source            stage    form    amount  labour_days
        县/甲镇/一村   p           a             household_cash    planned  cash       80     ·
        县/甲镇/一村   p           a             household_cash    paid     cash       30     ·
        县/甲镇/一村   q           a             household_cash    paid     cash       20     ·
        县/甲镇/一村   p           a             household_labour  paid     labour    600     5
        县/甲镇/一村   p           ·             special           paid     cash     9000     ·
        县/乙镇/二村   p           ·             household_cash    paid     cash      700     ·
    """)

    found = borne(funds=funds)

    assert found["origin"].tolist() == ["fund"] * 3 + ["household"] * 2
    assert found["cash"].fillna(-1).tolist() == [50, 0, 0, 0, -1]
    assert cells(found, "a", "cash_promised", "days") == [80, 5]


def test_a_line_without_an_amount_makes_the_gift_unknown() -> None:
    funds = fund(f"""
        {UNIT}        project_id  household_id  source          stage  form  amount  labour_days
        县/甲镇/一村   p           a             household_cash  paid   cash  ·       ·
        县/甲镇/一村   p           a             household_cash  paid   cash  20      ·
    """)

    assert borne(funds=funds).loc["a", "cash"] is pd.NA


def test_a_collective_gave_its_part_of_its_income() -> None:
    """一村 gave 3000 of 60000; 二村 has lines but none of its collective: 0 of 40000."""
    villages = frame(
        f"""
        {UNIT}        collective_income
        县/甲镇/一村   60000
        县/乙镇/二村   40000
    """,
        collective_income="money",
        **{UNIT: "text"},  # type: ignore[arg-type]
    )
    funds = fund(f"""
        {UNIT}        project_id  household_id  source              stage  form    amount  labour_days
        县/甲镇/一村   p           ·             village_collective  paid   cash      3000   ·
        县/乙镇/二村   p           ·             special             paid   cash    100000   ·
        县/乙镇/二村   p           ·             household_cash      paid   cash       700   ·
        县/乙镇/二村   p           ·             household_labour    paid   labour     600   5
    """)

    found = capacity.villages(villages, funds, capacity.contributions(funds, FUNDS), FUNDS, TREE, 2024)

    values = found.set_index(["indicator", "unit"])["value"]
    assert values["collective_burden"].tolist() == [0.03, 0.05, 0.05, 0, 0]
    assert (values["cash_by_funds", "县"], values["days_by_funds", "县"]) == (700, 5)


PROJECTS = frame(
    f"""
    {ENTITY} {UNIT} project_name beneficiary_households beneficiary_persons expected_return years cover
    p        县/甲镇/一村 水渠     10  40  5000  6  是
    q        县/甲镇/一村 道路      ·   ·     ·  ·  否
""",
    expected_return="money",
    years="number",
    cover="boolean",
    **{ENTITY: "text", UNIT: "text"},  # type: ignore[arg-type]
).rename(columns={"cover": "risk_cover", "years": "payback_years"})


def test_a_project_that_asks_more_than_may_be_asked_is_designed_beyond_capacity() -> None:
    """p asks 900 yuan and 200 days of 10 households of 4 persons: 90 each, at most 60; 20 days each, and an
    average household of 一村 has one worker: at most 10. 5 percent of its 23000 ÷ 3 yuan are 383.33."""
    funds = fund(f"""
        {UNIT}        project_id  household_id  source            stage    form    amount  labour_days
        县/甲镇/一村   p           ·             household_cash    planned  cash       900     ·
        县/甲镇/一村   p           ·             household_labour  planned  labour  24000   200
        县/甲镇/一村   q           ·             household_cash    planned  cash       500     ·
    """)
    given = capacity.contributions(funds, FUNDS)

    found = capacity.designs(PROJECTS, given, borne().reset_index(), PARAMETERS, 2024).set_index("project")

    p = found.loc["p"]
    assert cells(found, "p", "cash_per_household", "cash_limit", "days_per_household", "days_limit") == [
        90,
        60,
        20,
        10,
    ]
    assert p["cash_capacity"] == pytest.approx(23000 / 3 * 0.05)
    assert cells(found, "p", "beyond_cash", "beyond_days", "beyond_income") == [True, True, False]
    assert found.loc["q", "beyond_cash"] is pd.NA


def test_labour_of_the_exempt_is_suspicious() -> None:
    """a worked 10 days with one able member of two: as many as may be asked; c's only member is exempt."""
    members = frame(
        """
        household_id
        a
        a
        b
        c
    """,
        household_id="text",
    )
    exempt = pd.Series([False, True, True, True], dtype="boolean")

    found = capacity.exempt_labour(borne().reset_index(), members, exempt, PARAMETERS, 2024)
    tighter = {**PARAMETERS, "labour_day_cap": parameter("labour_day_cap", 5)}
    more = capacity.exempt_labour(borne().reset_index(), members, exempt, tighter, 2024)

    assert found[["household", "able", "reason"]].to_numpy().tolist() == [["c", 0, "nobody_able"]]
    assert more[["household", "reason"]].to_numpy().tolist() == [["a", "beyond_able"], ["c", "nobody_able"]]


def test_exposure_is_what_stands_in_projects_over_the_income() -> None:
    """a: 30 of its own and a loan of 4000 in p, whose risk is covered; 20 in q, whose risk is not. b: 50 by
    the household ledger only? No: its village has lines that name households, so it gave nothing."""
    funds = fund(f"""
        {UNIT}        project_id  household_id  source          stage  form  amount  labour_days
        县/甲镇/一村   p           a             household_cash  paid   cash    30    ·
        县/甲镇/一村   q           a             household_cash  paid   cash    20    ·
        县/甲镇/一村   p           a             credit          paid   cash  4000    ·
    """)
    lent = capacity.loans(funds, FUNDS, funds.iloc[:0], pd.Series(dtype="boolean"))
    given = capacity.contributions(funds, FUNDS)

    found = capacity.exposure(borne(funds=funds).reset_index(), given, lent, PROJECTS)

    assert found["household"].tolist() == ["a"]
    row = found.iloc[0]
    assert row[["own", "loan", "at_risk", "covered", "uncovered"]].tolist() == [50, 4000, 4050, 4030, 20]
    assert row["exposure"] == 4050 / 20000
    assert (row["expected_return"], row["payback_years"]) == (500, 6)
    whole = capacity.exposures(found, TREE, 2024).set_index(["indicator", "unit"])["value"]
    assert whole["uncovered_share", "县"] == 20 / 4050


def test_fifths_show_on_whom_the_burden_lies() -> None:
    homes = pd.DataFrame(
        {
            ENTITY: pd.Series([f"h{i}" for i in range(10)], dtype="string"),
            UNIT: pd.Series(["县/甲镇/一村"] * 5 + ["县/乙镇/二村"] * 5, dtype="string"),
            "persons": pd.Series([2] * 10, dtype="Int64"),
            "labour_force": pd.Series([1] * 10, dtype="Int64"),
            "net_income": pd.Series([1000_00 * (i + 1) for i in range(10)], dtype="Int64"),
            "paid_cash": pd.Series([40_00] * 10, dtype="Int64"),
        }
    )

    found = capacity.by_fifth(borne(homes).reset_index(), TREE)

    county = found[found["unit"] == "县"]
    assert county["cash_burden"].tolist() == [80 / 3000, 80 / 7000, 80 / 11000, 80 / 15000, 80 / 19000]
    assert county["over_cash_limit"].tolist() == [1] * 5
    assert found[found["unit"] == "县/乙镇/二村"]["households"].tolist() == [0, 0, 1, 2, 2]
    assert len(capacity.by_fifth(borne().reset_index(), TREE)) == 0


rows = st.lists(
    st.tuples(
        st.sampled_from(["县/甲镇/一村", "县/乙镇/二村"]),
        st.integers(1, 6),
        st.integers(0, 4),
        st.one_of(st.none(), st.integers(-5000, 50000)),
        st.one_of(st.none(), st.integers(0, 900)),
        st.one_of(st.none(), st.integers(0, 900)),
    ),
    min_size=1,
    max_size=25,
)


@given(rows)
@settings(deadline=None, max_examples=5)
def test_order_changes_nothing_and_villages_add_up_whatever_the_county(drawn: list[Any]) -> None:
    names = [UNIT, "persons", "labour_force", "net_income", "pledged_cash", "paid_cash"]
    homes = pd.DataFrame(drawn, columns=names).astype(dict.fromkeys(names[1:], "Int64"))
    homes = homes.assign(**{ENTITY: [f"h{i}" for i in range(len(homes))]}).astype(
        {UNIT: "string", ENTITY: "string"}
    )

    first, turned = (
        capacity.burdens(borne(frame).reset_index(), TREE, 2024) for frame in (homes, homes.iloc[::-1])
    )

    pd.testing.assert_frame_equal(first, turned)
    values = first[first["scope"] == "all"].set_index(["indicator", "unit"])["value"]
    for name in ("households", "cash", "could_not_cash", "would_not_cash"):
        parts = values[name][["县/甲镇/一村", "县/乙镇/二村"]].fillna(0).sum()
        assert round(parts, 2) == (0 if values[name]["县"] is pd.NA else values[name]["县"])
