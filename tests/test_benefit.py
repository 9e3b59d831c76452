"""Who got it: the ten-person economy as published, and a county small enough to work out by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from povplan import benefit
from povplan.model import ENTITY, UNIT
from povplan.spec import Funds
from povplan.units import Tree
from tests.drawing import frame

TEN = [6, 8, 11, 15, 21, 25, 30, 40, 50, 100]
SCENARIOS = {
    1: [15, 15, 0, 0, 0, 0, 0, 0, 0, 0],
    2: [0, 15, 15, 0, 0, 0, 0, 0, 0, 0],
    3: [0, 0, 15, 15, 0, 0, 0, 0, 0, 0],
    4: [3] * 10,
}
VILLAGE = "县/乡/村"


def lines(drawing: str) -> pd.DataFrame:
    text = dict.fromkeys((UNIT, "household_id", "project_id", "kind"), "text")
    rows = frame(drawing, amount="money", **text)  # type: ignore[arg-type]
    return benefit.from_ledger(rows, rows["kind"] == "贷款", rows["kind"].isin(["现金", "分红"]))


def test_a_line_that_names_no_household_is_nobodys_benefit_and_loans_stay_out() -> None:
    found = lines(f"""
        {UNIT}     household_id project_id kind amount
        {VILLAGE}  ·            x          现金 300
        {VILLAGE}  p1           x          贷款 900
        {VILLAGE}  p2           x          现金 500
    """)

    assert found[["household", "amount"]].to_numpy().tolist() == [["p2", 500.0]]


def homes(drawing: str) -> pd.DataFrame:
    return frame(drawing, net_income="money", **{ENTITY: "text", UNIT: "text"})  # type: ignore[arg-type]


def economy(scenario: int, poor: int) -> dict[str, float]:
    """Figures of the ten persons, the `poor` poorest being those whom the benefit is meant for."""
    given = SCENARIOS[scenario]
    households = homes(
        f"{ENTITY} {UNIT} persons net_income\n"
        + "\n".join(f"p{i} {VILLAGE} 1 {income + given[i]}" for i, income in enumerate(TEN))
    )
    received = lines(
        f"{UNIT} household_id project_id kind amount\n"
        + "\n".join(f"{VILLAGE} p{i} x 现金 {amount}" for i, amount in enumerate(given) if amount)
    )
    whole = benefit.register(households, pd.Series([i < poor for i in range(10)]), received)
    found = benefit.targeting(whole, received, Tree.of([VILLAGE]), 2024, line=20)
    county = found[found["level"] == "county"].set_index("indicator")["value"]
    return {str(name): float(value) for name, value in county.dropna().items()}


@pytest.mark.parametrize(
    ("scenario", "closed", "used", "gini"),
    [
        (1, 0.65, 0.8667, 0.34821),
        (2, 0.525, 0.70, 0.35952),
        (3, 0.35, 0.4667, 0.37321),
        (4, 0.30, 0.40, 0.39702),
    ],
)
def test_the_gap_closed_and_the_gini_are_those_published(
    scenario: int, closed: float, used: float, gini: float
) -> None:
    found = economy(scenario, poor=4)

    assert found["gap_closed"] == pytest.approx(closed, abs=5e-5)
    assert found["gap_used"] == pytest.approx(used, abs=5e-5)
    assert found["gini_before"] == pytest.approx(0.43595, abs=5e-6)
    assert found["gini_after"] == pytest.approx(gini, abs=5e-6)


def test_the_gini_falls_by_the_shares_printed() -> None:
    fall = {n: economy(n, 4)["gini_after"] / economy(n, 4)["gini_before"] - 1 for n in (2, 4)}

    assert {n: round(share * 100) for n, share in fall.items()} == {2: -18, 4: -9}


@pytest.mark.parametrize("scenario", [1, 2, 3])
def test_half_the_poor_are_missed_and_nobody_else_is_reached(scenario: int) -> None:
    found = economy(scenario, poor=4)

    assert (found["exclusion_error"], found["inclusion_error"]) == (0.5, 0)


@pytest.mark.parametrize(("scenario", "error"), [(1, 0.0), (2, 0.5), (3, 1.0)])
def test_against_the_poorest_fifth_the_errors_are_none_half_and_all(scenario: int, error: float) -> None:
    found = economy(scenario, poor=2)

    assert (found["exclusion_error"], found["inclusion_error"]) == (error, error)


def test_what_all_receive_alike_is_neutral() -> None:
    found = economy(4, poor=4)

    assert found["concentration"] == pytest.approx(0)
    assert (found["cgh_20"], found["cgh_40"], found["benefit_variation"]) == (1, 1, 0)


# ---- a county worked out by hand -------------------------------------------------------------------

COUNTY = Tree.of(["县/甲镇/一村", "县/乙镇/二村"])
HOMES = homes(f"""
    {ENTITY}  {UNIT}        persons  net_income
    a         县/甲镇/一村   2        2000
    b         县/甲镇/一村   3        9000
    c         县/甲镇/一村   1        ·
    d         县/乙镇/二村   4        40000
""")
POOR = pd.Series([True, True, False, None], dtype="boolean")
LINES = lines(f"""
    {UNIT}        household_id  project_id  kind  amount
    县/甲镇/一村   a             p           现金     100
    县/甲镇/一村   a             q           实物      60
    县/甲镇/一村   c             p           现金      40
    县/乙镇/二村   d             q           贷款   30000
    县/乙镇/二村   z             q           现金     500
    县/乙镇/二村   d             q           现金       ·
""")
"""Six things received: one is a loan, one of somebody in no register, one of unknown worth."""


def figures() -> pd.DataFrame:
    whole = benefit.register(HOMES, POOR, LINES)
    return benefit.targeting(whole, LINES, COUNTY, 2024).set_index(["indicator", "unit"])


def of_county(name: str) -> object:
    return figures().loc[(name, "县"), "value"]


def test_a_loan_is_no_benefit_and_a_household_without_a_line_received_nothing() -> None:
    whole = benefit.register(HOMES, POOR, LINES)

    assert whole["amount"].fillna(-1).tolist() == [160, 0, 40, -1]
    assert whole["covered"].tolist() == [True, False, True, True]


def test_income_before_the_benefit_is_what_is_left_without_its_money() -> None:
    """a: (2000 - 100) yuan for 2 persons; goods are no income. c and d are not known."""
    whole = benefit.register(HOMES, POOR, LINES)

    assert whole["before"].tolist()[:2] == [950, 3000]
    assert whole["before"].isna().tolist() == [False, False, True, True]


def test_rates_weigh_by_persons_and_leave_out_whose_status_is_unknown() -> None:
    """Poor are 2 + 3 persons, a's 2 are reached: 3 of 5 missed. Reached are a (2, poor) and c (1, not)."""
    assert of_county("exclusion_error") == 0.6
    assert of_county("poor_coverage") == 0.4
    assert of_county("inclusion_error") == pytest.approx(1 / 3)
    assert of_county("poor_share") == 160 / 200


def test_strangers_are_counted_apart_and_in_no_share() -> None:
    assert (of_county("outside_households"), of_county("outside_amount")) == (1, 500)
    assert figures().loc[("outside_households", "县/甲镇/一村"), "value"] == 0
    assert of_county("benefit_amount") == 200


def test_no_ranks_of_fewer_than_ten_households_and_the_reason() -> None:
    found = figures().loc["concentration"]

    assert found["value"].isna().all()
    assert found["note"].tolist() == ["too_few"] * 5


def test_villages_add_up_to_the_county() -> None:
    for name in ("households", "benefit_households", "benefit_amount", "outside_amount"):
        found = figures().loc[name]["value"].fillna(0)
        assert found["县"] == found["县/甲镇/一村"] + found["县/乙镇/二村"]


def test_the_order_of_rows_changes_nothing() -> None:
    turned = HOMES.iloc[::-1].reset_index(drop=True)
    whole = benefit.register(turned, POOR.iloc[::-1].reset_index(drop=True), LINES.iloc[::-1])

    found = benefit.targeting(whole, LINES, COUNTY, 2024).set_index(["indicator", "unit"])

    pd.testing.assert_frame_equal(found, figures())


def many(amounts: list[float], incomes: list[float]) -> pd.DataFrame:
    households = homes(
        f"{ENTITY} {UNIT} persons net_income\n"
        + "\n".join(f"h{i} {VILLAGE} 1 {income}" for i, income in enumerate(incomes))
    )
    received = lines(
        f"{UNIT} household_id project_id kind amount\n"
        + "\n".join(f"{VILLAGE} h{i} p 实物 {amount}" for i, amount in enumerate(amounts))
    )
    whole = benefit.register(households, pd.Series([False] * len(households)), received)
    return benefit.projects(received, whole, households, even=0.05, unlike=0.2)


def test_the_same_amount_for_unlike_incomes_is_spread_evenly() -> None:
    unlike = [1000.0 * (i + 1) for i in range(12)]

    assert many([300.0] * 12, unlike)["averaged"].tolist() == [True]
    assert many([300.0] * 12, [5000.0] * 12)["averaged"].tolist() == [False]
    assert many([100.0 * (i + 1) for i in range(12)], unlike)["averaged"].tolist() == [False]


def test_nine_recipients_are_too_few_to_say() -> None:
    found = many([300.0] * 9, [1000.0 * (i + 1) for i in range(9)])

    assert found["averaged"].isna().all()
    assert found["note"].tolist() == ["too_few"]


def test_fifths_of_the_county_share_out_all_that_was_received() -> None:
    households = homes(
        f"{ENTITY} {UNIT} persons net_income\n"
        + "\n".join(f"h{i} 县/{'甲镇/一村' if i < 6 else '乙镇/二村'} 2 {1000 * (i + 1)}" for i in range(10))
    )
    received = lines(f"""
        {UNIT}        household_id  project_id  kind  amount
        县/甲镇/一村   h0            p           实物   300
        县/乙镇/二村   h9            p           实物   100
    """)
    whole = benefit.register(households, pd.Series([False] * 10), received)

    found = benefit.by_fifth(whole, COUNTY)

    county = found[found["unit"] == "县"]
    assert county["benefit_share"].tolist() == [0.75, 0, 0, 0, 0.25]
    assert county["per_head"].tolist() == [75, 0, 0, 0, 25]
    assert county["coverage"].tolist() == [0.5, 0, 0, 0, 0.5]
    assert found[found["unit"] == "县/乙镇/二村"]["households"].tolist() == [0, 0, 0, 2, 2]


def test_outside_lists_what_no_registered_household_received() -> None:
    whole = benefit.register(HOMES, POOR, LINES)

    found = benefit.outside(LINES, whole)

    assert found[["household", "project", "amount"]].to_numpy().tolist() == [["z", "q", 500.0]]


def test_without_a_benefit_ledger_fund_lines_that_name_a_household_tell() -> None:
    funds = Funds.model_validate(
        {
            "classes": [{"id": c, "label": c} for c in ("special", "household", "credit")],
            "sources": [
                {"id": "special", "label": "专项", "class": "special", "lever": True},
                {"id": "own", "label": "自筹", "class": "household"},
                {"id": "loan", "label": "贷款", "class": "credit", "memo": True},
            ],
            "stages": [{"id": "paid", "label": "支出"}, {"id": "planned", "label": "计划"}],
            "basis": ["paid"],
        }
    )
    rows = frame(
        f"""
        {UNIT}        household_id  project_id  source   stage    form     amount
        县/甲镇/一村   a             p           special  paid     ·        100
        县/甲镇/一村   a             p           special  planned  ·        900
        县/甲镇/一村   a             p           own      paid     ·         70
        县/甲镇/一村   a             p           loan     paid     ·       5000
        县/甲镇/一村   ·             p           special  paid     ·        800
        县/甲镇/一村   b             p           special  paid     in_kind   30
    """,
        amount="money",
        form="text",
    )

    found = benefit.from_funds(rows, funds)

    assert found[["household", "amount", "income"]].to_numpy().tolist() == [
        ["a", 100, True],
        ["b", 30, False],
    ]


def test_nothing_received_gives_no_shares_and_says_why() -> None:
    nothing = LINES.iloc[:0]
    whole = benefit.register(HOMES, POOR, nothing)

    found = benefit.targeting(whole, nothing, COUNTY, 2024).set_index(["indicator", "unit"])

    assert found.loc[("coverage", "县"), "value"] == 0
    assert found.loc[("poor_share", "县"), "note"] == "no_denominator"
    assert len(benefit.projects(nothing, whole, HOMES, 0.05, 0.2)) == 0
