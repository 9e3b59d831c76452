"""Statistics of poverty: propositions that no data can break, then figures that others published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from povplan import poverty
from povplan.model import UNIT
from povplan.units import Tree
from tests.drawing import frame

FIXTURES = Path(__file__).parents[2] / "shared" / "fixtures" / "households"
VILLAGE = "县/乡/村"
INEQ_X = [541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261]
INEQ_Y = [841, 2063, 2445, 3438, 4437, 5401, 6392, 8304, 11304, 21961]


def of(incomes: Any, persons: Any = 1.0) -> pd.DataFrame:
    """Households of one village with incomes a head."""
    found = pd.DataFrame({"income": incomes}).assign(unit=VILLAGE, persons=persons)
    return found.astype({"income": "Float64", "persons": "Float64", "unit": "string"})


def county(people: pd.DataFrame, line: float) -> pd.Series:
    found = poverty.statistics(people, {"line": line}, Tree.of([VILLAGE]), 2024)
    return found[found["level"] == "county"].set_index("indicator")["value"].astype(float)


def test_where_nobody_is_below_the_line_all_is_zero_and_there_is_no_mean_of_the_poor() -> None:
    found = poverty.statistics(of([3000, 4000]), {"line": 3000}, Tree.of([VILLAGE]), 2024)

    whole = found[found["level"] == "county"].set_index("indicator")
    zero = ["headcount", "poverty_gap", "squared_gap", "watts", "shortfall"]
    assert whole["value"][zero].tolist() == [0.0] * 5
    assert whole["value"].isna()["mean_below"]
    assert whole["note"]["mean_below"] == "no_rows"


def test_where_all_incomes_are_zero_all_are_poor_and_the_gap_is_the_line() -> None:
    found = county(of([0, 0]), 3000)

    assert found[["headcount", "poverty_gap", "squared_gap", "shortfall"]].tolist() == [1.0, 1.0, 1.0, 6000.0]
    assert np.isnan(found["watts"])
    assert found["not_positive"] == 2


def test_rates_weight_by_persons_and_not_by_households() -> None:
    found = county(of([1000, 5000], persons=[4, 1]), 2000)

    assert found["headcount"] == pytest.approx(0.8)
    assert found["poverty_gap"] == pytest.approx(0.4)
    assert found["shortfall"] == 4000.0
    assert found[["households", "persons", "below_persons"]].tolist() == [2.0, 5.0, 4.0]


def test_what_is_not_known_is_neither_poor_nor_rich_and_is_counted() -> None:
    rows = frame(
        f"""
        {UNIT}     persons net_income
        {VILLAGE}  2       2000
        {VILLAGE}  2       ·
        {VILLAGE}  ·       2000
        {VILLAGE}  0       2000
        {VILLAGE}  1       9000
        """,
        net_income="money",
        persons="integer",
        **{UNIT: "text"},  # type: ignore[arg-type]
    )

    found = poverty.statistics(poverty.people(rows), {"line": 1500}, Tree.of([VILLAGE]), 2024)

    whole = found[found["level"] == "county"].set_index("indicator")
    assert whole.loc["headcount", "value"] == pytest.approx(2 / 3)
    assert whole["left_out"][["headcount", "poverty_gap", "households", "persons"]].tolist() == [3, 3, 3, 3]
    assert whole.loc["mean_below", "value"] == 1000.0


def test_each_level_is_sum_over_sum_and_never_a_mean_of_its_villages() -> None:
    units = ["县/乡/甲"] * 2 + ["县/乡/乙"] * 2
    people = of([1000, 1000, 5000, 5000], persons=[9, 1, 1, 1]).assign(unit=units)

    found = poverty.statistics(people, {"line": 2000}, Tree.of(["县/乡/甲", "县/乡/乙"]), 2024)

    heads = found[found["indicator"] == "headcount"].set_index("unit")["value"]
    assert heads["县"] == pytest.approx(10 / 12)
    assert (heads["县/乡/甲"], heads["县/乡/乙"]) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("incomes", "line", "headcount", "gap", "severity", "watts"),
    [
        (INEQ_X, 2000, 0.2, 0.0998, 0.06042625, 0.1620141),
        (INEQ_X, 5000, 0.5, 0.25352, 0.166711552, 0.4662122938),
        (INEQ_Y, 2000, 0.1, 0.05795, None, 0.08663108),
    ],
)
def test_the_examples_of_ineq(
    incomes: list[int], line: float, headcount: float, gap: float, severity: float | None, watts: float
) -> None:
    found = county(of(incomes), line)

    assert found["headcount"] == pytest.approx(headcount)
    assert found["poverty_gap"] == pytest.approx(gap)
    assert severity is None or found["squared_gap"] == pytest.approx(severity)
    assert found["watts"] == pytest.approx(watts, rel=1e-6)


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not here")
def test_the_persons_of_laeken_at_sixty_percent_of_the_median() -> None:
    data = pd.read_csv(FIXTURES / "eusilc_persons.csv")

    found = county(of(data["eqIncome"], data["rb050"]), 10859.24)

    assert found["headcount"] == pytest.approx(0.1444422, abs=5e-8)
    assert found["poverty_gap"] == pytest.approx(0.0398094, abs=5e-8)
    assert found["squared_gap"] == pytest.approx(0.0191858, abs=5e-8)
    assert found["watts"] == pytest.approx(0.0623911, abs=5e-8)


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not here")
def test_the_microdata_of_the_world_bank() -> None:
    data = pd.read_csv(FIXTURES / "wbpip_ABC_2000_income.csv")

    found = county(of(data["welfare"], data["weight"]), 3_617_167.627451)

    assert found["mean_income"] == pytest.approx(3_436_146.134, abs=5e-4)
    assert found[["headcount", "poverty_gap", "squared_gap", "watts"]].tolist() == pytest.approx(
        [0.7333513, 0.3957584, 0.2534849, 0.6899868], abs=5e-8
    )
