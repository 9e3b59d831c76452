"""How far targets are met, what the path asks for, where it leads: against numbers worked by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from povplan.evaluation import evaluate, in_force, results, spread
from povplan.evaluation.forecast import forecast, t_quantile
from povplan.evaluation.targets import typed
from povplan.measures import together
from povplan.model import MEASURE_COLUMNS
from povplan.spec import Indicator, Parameter, UnitOfMeasure
from povplan.units import Tree
from tests.drawing import frame

COUNTY = "桥县"
TREE = Tree.of(["桥县/河镇/甲村"])


def indicator(name: str, better: str, **more: object) -> Indicator:
    drawn = {"id": name, "label": name, "domain": "economic", "ledger": "village", "value": "1", "in": "人"}
    return Indicator.model_validate({**drawn, "better": better, **more})


INDICATORS = (
    indicator("up", "higher"), indicator("down", "lower"), indicator("either", "neutral"),
    indicator("since", "higher", comparable_from=2022), indicator("short", "higher", valid="2010..2022"),
    indicator("share", "higher", **{"in": "percent"}), indicator("money", "higher", **{"in": "元"}),
)  # fmt: skip
MEASUREMENT = {
    "人": UnitOfMeasure(id="人", dimension="persons"),
    "元": UnitOfMeasure(id="元", dimension="money"),
    "percent": UnitOfMeasure(id="percent", dimension="ratio", factor=0.01),
}
PARAMETERS = {
    name: Parameter.model_validate(
        {
            "id": name,
            "label": name,
            "in": "percent",
            "values": [{"from": 2000, "value": value, "source": "示例"}],
        }
    )
    for name, value in (("path_tolerance", 5), ("reach_factor", 1.5), ("forecast_confidence", 95))
}


def wanted(drawing: str) -> pd.DataFrame:
    texts = dict.fromkeys(("indicator", "path", "yearly", "department", "person", "target"), "text")
    numbers = dict.fromkeys(("baseline", "value", "weight"), "number")
    rows = frame(drawing, **texts, **numbers)  # type: ignore[arg-type]
    whole = rows.assign(unit=COUNTY, named=rows["indicator"], origin="ledger")
    return spread(in_force(typed(whole)), TREE)


def known(name: str, **years: float | None) -> dict[int, pd.DataFrame]:
    """The county's figures of one indicator, `y2020=80`."""
    found = {}
    for year, value in years.items():
        row = dict.fromkeys(MEASURE_COLUMNS)
        note = "no_rows" if value is None else None
        row |= {"indicator": name, "unit": COUNTY, "level": "county", "year": int(year[1:]), "value": value}
        found[int(year[1:])] = together([pd.DataFrame([row | {"n": 3, "left_out": 0, "note": note}])])
    return found


def at(found: pd.DataFrame, party: str, *names: str) -> list[object]:
    """One party's results."""
    told: list[object] = found.loc[[party], list(names)].to_numpy().tolist()[0]
    return told


def told(found: dict[Any, Any], *names: str) -> list[object]:
    """Some figures of a target, None where there is none."""
    return [None if pd.isna(found[name]) else found[name] for name in names]


def judged(drawing: str, series: dict[int, pd.DataFrame], year: int = 2022) -> pd.DataFrame:
    return evaluate(wanted(drawing), series, year, INDICATORS, PARAMETERS, MEASUREMENT)


HEAD = "indicator baseline_year baseline target_year value\n"


@pytest.mark.parametrize(
    ("line", "actual", "attainment", "state"),
    [
        ("up 2020 80 2025 100", 88, 0.4, "on_path"),
        ("up 2020 80 2025 100", 89, 0.45, "on_path"),  # 5 % of the way ahead is still on it
        ("up 2020 80 2025 100", 89.1, 0.455, "ahead"),
        ("up 2020 80 2025 100", 87, 0.35, "on_path"),
        ("up 2020 80 2025 100", 86.9, 0.345, "behind"),
        ("up 2020 80 2025 100", 100, 1.0, "reached"),
        ("up 2020 80 2025 100", 104, 1.2, "reached"),  # uncapped
        ("up 2020 80 2025 100", 74, -0.3, "behind"),
        ("down 2020 10 2025 0", 6, 0.4, "on_path"),
        ("down 2020 10 2025 0", 3, 0.7, "ahead"),
        ("down 2020 10 2025 5", 4, 1.2, "reached"),
        ("either 2020 10 2025 5", 4, 1.2, "reached"),
    ],
)
def test_attainment_is_uncapped_and_states_follow_the_tolerance_at_its_edges(
    line: str, actual: float, attainment: float, state: str
) -> None:
    name = line.split()[0]

    (found,) = judged(HEAD + line, known(name, y2022=actual)).to_dict("records")

    assert found["attainment"] == pytest.approx(attainment)
    assert found["numerator"] / found["denominator"] == pytest.approx(attainment)
    assert (found["verdict"], found["baseline_from"]) == (state, "declared")
    assert pd.isna(found["note"])


def test_a_target_equal_to_its_baseline_has_no_attainment_and_is_held_or_not() -> None:
    for actual, state in ((80, "reached"), (79, "behind")):
        (found,) = judged(HEAD + "up 2020 80 2025 80", known("up", y2022=actual)).to_dict("records")

        assert pd.isna(found["attainment"])
        assert (found["note"], found["verdict"]) == ("target_is_base", state)


@pytest.mark.parametrize(
    ("line", "series", "note"),
    [
        ("up 2020 80 2025 100", known("up", y2022=None), "no_rows"),
        ("up 2023 80 2025 100", known("up", y2022=80), "before_base"),
        ("up 2020 · 2025 100", known("up", y2022=80), "base_missing"),
        ("up 2020 80 2025 ·", known("up", y2022=80), "no_target_value"),
        ("up 2020 80 2025 70", known("up", y2022=80), "against_direction"),
        ("none 2020 80 2025 90", known("up", y2022=80), "unknown_indicator"),
        ("up 2020 80 2025 90", known("down", y2022=80), "unknown_unit"),
        ("since 2020 80 2025 90", known("since", y2022=80), "not_comparable"),
        ("short 2020 80 2025 90", known("short", y2022=80), None),
    ],
)
def test_what_cannot_be_judged_says_why(line: str, series: dict[int, pd.DataFrame], note: str | None) -> None:
    (found,) = judged(HEAD + line, series).to_dict("records")

    assert (None if pd.isna(found["note"]) else found["note"]) == note
    assert (found["verdict"] == "not_evaluable") == (note is not None)


def test_a_blank_baseline_is_the_ledgers_and_that_is_said() -> None:
    (found,) = judged(HEAD + "up 2020 · 2025 100", known("up", y2020=80, y2022=88)).to_dict("records")

    assert (found["baseline"], found["baseline_from"], found["attainment"]) == (
        80,
        "ledger",
        pytest.approx(0.4),
    )


def test_paths_run_straight_bent_or_as_listed() -> None:
    drawing = """
        target indicator baseline_year baseline target_year value path      yearly
        a      up        2020          100      2024        1600  linear    ·
        b      up        2020          100      2024        1600  geometric ·
        c      up        2020          100      2024        1600  listed    2021:150;2023:950
        d      up        2020          0        2024        1600  geometric ·
    """

    found = judged(drawing, known("up", y2022=400))

    assert found["due"].fillna(-1).tolist() == [850, 400, 550, -1]  # (150 + 950) ÷ 2
    assert found["note"].fillna("").tolist() == ["", "", "", "no_path"]
    assert found["gap"].fillna(0).tolist() == [-450, 0, -150, 0]


def test_after_its_year_a_target_is_reached_or_out_of_reach() -> None:
    for actual, state, why in ((100, "reached", None), (99, "out_of_reach", "deadline_passed")):
        (found,) = judged(HEAD + "up 2018 80 2022 100", known("up", y2022=actual)).to_dict("records")

        assert (found["verdict"], found["because"] if not pd.isna(found["because"]) else None) == (state, why)
        assert pd.isna(found["pace_required"])


def test_a_pace_beyond_the_best_ever_is_out_of_reach_only_if_two_steps_are_known() -> None:
    line = HEAD + "up 2020 80 2024 100"  # in 2022: 83 of 90 planned, 8.5 a year from here

    some = judged(line, known("up", y2020=80, y2021=79, y2022=83))
    less = judged(line, known("up", y2021=81, y2022=83))
    near = judged(line, known("up", y2019=72, y2020=77.7, y2021=78, y2022=83))

    assert some[["pace_required", "pace_best", "verdict", "because"]].to_numpy().tolist() == [
        [8.5, 4, "out_of_reach", "pace_beyond"]
    ]
    assert less["verdict"].tolist() == ["behind"]
    assert near["verdict"].tolist() == ["behind"]  # 8.5 is less than 1.5 × 5.7


def test_a_forecast_is_least_squares_with_the_interval_of_a_single_observation() -> None:
    """By hand: x̄ 2021.5, ȳ 2.25, slope 4.5 ÷ 5, s² 0.7 ÷ 2; t(0.95; 2) 4.3027; half-width 4.8963."""
    found = forecast(
        np.array([2020.0, 2021, 2022, 2023]), np.array([[1.0, 2, 2, 4]]), np.array([2025.0]), 0.95
    )

    (line,) = found.to_dict("records")
    half = 4.302652730 * math.sqrt(0.35 * (1 + 1 / 4 + 3.5**2 / 5))
    assert line["slope"] == pytest.approx(0.9)
    assert line["forecast"] == pytest.approx(5.4)
    assert line["forecast_low"] == pytest.approx(5.4 - half)
    assert line["forecast_high"] == pytest.approx(5.4 + half)


def test_fewer_than_three_comparable_years_give_no_forecast() -> None:
    up, since = HEAD + "up 2020 80 2025 100", HEAD + "since 2022 80 2025 100"

    three = judged(up, known("up", y2020=80, y2021=82, y2022=84))
    two = judged(up, known("up", y2021=82, y2022=84))
    broken = judged(since, known("since", y2019=1, y2020=80, y2021=82, y2022=84))

    assert three["forecast"].tolist() == [90]
    assert three["forecast_note"].isna().all()
    for found, years in ((two, 2), (broken, 1)):
        assert found["forecast"].isna().all()
        assert found[["n_years", "forecast_note"]].to_numpy().tolist() == [[years, "few_years"]]


@pytest.mark.parametrize(
    ("line", "past", "shown"),
    [  # x̄ 2021: 101 − 67 a year is at zero in 2022.5, and so there in 2023
        ("down 2020 172 2023 0", (172, 93, 38), [None, "trend_to_none", 2023]),
        ("share 2020 0.97 2023 1", (0.97, 0.98, 0.995), [None, "trend_to_whole", 2023]),
        ("share 2020 0.97 2025 1", (0.97, 0.98, 0.995), [None, "trend_to_whole", 2023]),
        ("share 2020 0.8 2023 1", (0.8, 0.81, 0.82), [0.83, None, None]),
        ("money 2020 30 2023 40", (30, 10, -10), [-30, None, None]),  # who owes has less than none
        ("share 2020 1.1 2023 1.3", (1.1, 1.2, 1.3), [1.4, None, None]),  # 110 % is no share
    ],
)
def test_a_trend_beyond_what_can_be_has_no_number_but_says_when_it_comes_there(
    line: str, past: tuple[float, ...], shown: list[object]
) -> None:
    some = dict(zip(("y2020", "y2021", "y2022"), past, strict=True))

    (found,) = judged(HEAD + line, known(line.split()[0], **some)).to_dict("records")

    expected = [pytest.approx(one) if isinstance(one, float | int) else one for one in shown]
    assert told(found, "forecast", "forecast_note", "bound_year") == expected
    assert found["n_years"] == 3


def test_the_interval_of_a_forecast_is_cut_to_what_can_be_and_the_verdict_is_that_of_the_whole_line() -> None:
    line, past = HEAD + "share 2020 0.6 2023 1", {"y2020": 0.6, "y2021": 0.9, "y2022": 0.6}

    (share,) = judged(line, known("share", **past)).to_dict("records")
    (same,) = judged(line.replace("share", "money"), known("money", **past)).to_dict("records")

    assert same["forecast_high"] > 1 > same["forecast"] > 0 > same["forecast_low"]
    assert (share["forecast_low"], share["forecast_high"]) == (0, 1)
    whole = ("verdict", "because", "forecast", "slope", "forecast_note")
    assert told(share, *whole) == told(same, *whole)


def test_an_interval_that_lies_beyond_what_can_be_is_not_shown() -> None:
    series = known("down", y2020=40, y2021=20, y2022=0)

    (found,) = judged(HEAD + "down 2020 40 2025 0", series).to_dict("records")

    assert found["verdict"] == "reached"
    assert told(found, "forecast", "forecast_low", "forecast_high") == [None] * 3


def test_of_a_target_whose_year_has_come_no_year_is_foretold() -> None:
    series = known("down", y2020=100, y2021=5, y2022=4)

    (found,) = judged(HEAD + "down 2020 100 2022 0", series).to_dict("records")

    assert told(found, "verdict", "because") == ["out_of_reach", "deadline_passed"]
    assert told(found, "forecast", "forecast_note", "bound_year") == [None, "trend_to_none", None]


@pytest.mark.parametrize(
    ("df", "t"), [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (10, 2.2281), (30, 2.0423)]
)
def test_quantiles_of_student_are_those_of_the_tables(df: int, t: float) -> None:
    assert t_quantile(0.95, df) == pytest.approx(t, abs=5e-5)


def test_split_results_add_up_and_whole_results_leave_nobody_out() -> None:
    evaluation = judged(
        """
        target indicator baseline_year baseline target_year value weight department      person
        T1     up        2020          80       2025        100   1      甲局、乙局       张三
        T2     up        2020          80       2026        100   3      甲局60%;乙局40%  ·
        T3     up        2020          80       2027        82    1      丙局            ·
        T4     up        2020          80       2028        60    1      ·               ·
        """,
        known("up", y2022=88),
    )
    projects = pd.DataFrame(
        {
            "phase": ["passed", "under_way"],
            "marks": [None, "overdue"],
            "department": ["甲局", "甲局、丙局"],
            "person": [None, None],
        }
    ).astype("string")
    money = pd.DataFrame(
        {
            "planned": [100.0, None],
            "paid": [None, 60.0],
            "department": ["甲局、乙局"] * 2,
            "person": [None] * 2,
        }
    )

    found = results(evaluation, projects, money.astype({"department": "string", "person": "string"}))

    split = found[(found["kind"] == "department") & (found["view"] == "split")].set_index("party")
    whole = found[(found["kind"] == "department") & (found["view"] == "whole")].set_index("party")
    assert split["targets"].fillna(0).sum() == len(evaluation)
    assert [pd.isna(one) for one in split.index] == [False, False, False, True]
    assert split.loc[["甲局", "乙局", "丙局"], "targets"].tolist() == pytest.approx([1.1, 0.9, 1.0])
    assert whole.loc[["甲局", "乙局", "丙局"], "targets"].tolist() == [2, 2, 1]
    # T1 0.4 and T2 0.4 of the way; 甲局 weighs them 0.5 and 1.8
    assert split.loc["甲局", "attainment_weight"] == pytest.approx(2.3)
    assert whole.loc["甲局", "attainment"] == pytest.approx(0.4)
    assert at(whole, "丙局", "attainment", "reached_share") == [1, 1]
    assert at(split, "甲局", "projects", "projects_done", "projects_overdue") == [1.5, 1, 0.5]
    assert at(whole, "甲局", "projects", "projects_overdue") == [2, 1]
    assert at(split, "甲局", "money_planned", "money_paid", "money_rate") == [50, 30, 0.6]
    assert at(whole.fillna({"money_rate": -1}), "丙局", "note", "money_rate") == ["no_denominator", -1]
    person = found[(found["kind"] == "person") & (found["view"] == "whole")].set_index("party")
    assert person.loc["张三", "targets"] == 1
