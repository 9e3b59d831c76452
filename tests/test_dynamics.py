"""Household dynamics: a county of nine households over four years, every figure worked out by hand."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan import dynamics
from povplan.dynamics import Line, Panel, Reason
from povplan.messages import Said, catalogue
from povplan.model import ENTITY, UNIT
from povplan.units import Tree
from tests.drawing import frame

A, B = "县/甲镇/一村", "县/乙镇/二村"
TREE = Tree.of([A, B])
POOR = {"贫困", "预脱贫", "返贫"}
COUNTY = f"""
    {ENTITY}  {UNIT}  persons  2021    2022    2023    2024
    a         {A}     4        贫困    已脱贫  已脱贫  返贫
    b         {A}     2        贫困    贫困    贫困    贫困
    c         {A}     3        已脱贫  已脱贫  已脱贫  已脱贫
    d         {A}     5        贫困    贫困    已脱贫  已脱贫
    e         {A}     1        贫困    已脱贫  ·       贫困
    f         {B}     6        已脱贫  贫困    已脱贫  已脱贫
    g         {B}     2        贫困    注销    -       -
    h         {B}     3        -       -       贫困    已脱贫
    i         {B}     4        贫困    贫困    -       贫困
"""
"""·: the status is blank; -: no row that year."""


def of_year(year: int, text: str = COUNTY) -> pd.DataFrame:
    """The snapshot of one year of the drawn county."""
    drawn = frame(text, **{ENTITY: "text", UNIT: "text", str(year): "text"})  # type: ignore[arg-type]
    kept = drawn[drawn[str(year)].fillna("·") != "-"].rename(columns={str(year): "poverty_status"})
    rows = kept[[ENTITY, UNIT, "persons", "poverty_status"]].reset_index(drop=True)
    return dynamics.snapshot(rows, groups(rows["poverty_status"]), year)


def groups(status: pd.Series) -> dict[str, pd.Series]:
    known = {
        "poor": status.isin(POOR),
        "gone": status == "注销",
        "escaped": status == "已脱贫",
        "fallen": status == "返贫",
    }
    return {name: held.astype("boolean").mask(status.isna()) for name, held in known.items()}


@cache
def panel(*years: int) -> Panel:
    return Panel.of([of_year(year) for year in years or (2021, 2022, 2023, 2024)])


def at(found: pd.DataFrame, *names: str, unit: str = "县", **wanted: object) -> list[list[object]]:
    """Rows of one unit in which these columns have these values."""
    some = found[found["unit"] == unit]
    for name, value in wanted.items():
        some = some[some[name] == value]
    rows: list[list[object]] = some[list(names)].astype(object).to_numpy().tolist()
    return rows


COUNTS = ("begin", "end", "households", "of_households", "persons", "of_persons")


def test_the_balanced_matrix_has_only_households_known_in_every_year() -> None:
    """a b c d f are; e was blank once, g struck off, h came late, i was missing for a year."""
    found = dynamics.matrix(panel(), "status", ["贫困", "已脱贫", "返贫", "注销"], TREE)

    assert at(found, *COUNTS, panel="balanced") == [
        ["贫困", "贫困", 1, 3, 2, 11],
        ["贫困", "已脱贫", 1, 3, 5, 11],
        ["贫困", "返贫", 1, 3, 4, 11],
        ["已脱贫", "已脱贫", 2, 2, 9, 9],
    ]
    assert at(found, "rate", panel="balanced", end="返贫") == [[pytest.approx(1 / 3)]]


def test_in_the_whole_matrix_those_who_came_and_went_stand_beside_the_states() -> None:
    found = dynamics.matrix(panel(), "status", ["贫困", "已脱贫", "返贫", "注销"], TREE)

    assert at(found, *COUNTS, "note", panel="all", unit="县/乙镇") == [
        ["贫困", "贫困", 1, 2, 4, 6, pd.NA],
        ["贫困", "absent", 1, 2, 2, 6, pd.NA],
        ["已脱贫", "已脱贫", 1, 1, 6, 6, pd.NA],
        ["absent", "已脱贫", 1, 0, 3, 0, pd.NA],
    ]


def test_a_blank_status_is_beside_the_matrix_and_in_no_rate() -> None:
    found = dynamics.matrix(panel(2022, 2023), "status", ["贫困", "已脱贫", "注销"], TREE)

    assert at(found, *COUNTS, panel="all", unit=A, begin="已脱贫") == [
        ["已脱贫", "已脱贫", 2, 2, 7, 7],
        ["已脱贫", "unknown", 1, 0, 1, 0],
    ]


FLOWS = ("year", "households", "of_households", "persons", "of_persons", "left_register", "unknown")


def test_entry_exit_and_return_of_the_balanced_panel() -> None:
    """a: out in 2022, back in 2024. d: out in 2023. f: in 2022 poor, out in 2023. b and c never move."""
    found = dynamics.flows(panel(), TREE)

    assert at(found, *FLOWS, panel="balanced", flow="entry") == [
        [2022, 1, 2, 6, 9, 0, 0],
        [2023, 0, 2, 0, 7, 0, 0],
        [2024, 1, 4, 4, 18, 0, 0],
    ]
    assert at(found, *FLOWS, panel="balanced", flow="exit") == [
        [2022, 1, 3, 4, 11, 0, 0],
        [2023, 2, 3, 11, 13, 0, 0],
        [2024, 0, 1, 0, 2, 0, 0],
    ]
    assert at(found, *FLOWS, "note", panel="balanced", flow="return") == [
        [2022, 0, 0, 0, 0, 0, 0, "few_years"],
        [2023, 0, 1, 0, 4, 0, 0, pd.NA],
        [2024, 1, 3, 4, 15, 0, 0, pd.NA],
    ]


def test_of_all_households_the_struck_off_and_the_blank_are_in_no_rate_but_counted() -> None:
    """2022: g is struck off, poor before. 2023: e is blank, i has no row, both stand apart."""
    found = dynamics.flows(panel(), TREE)

    assert at(found, *FLOWS, panel="all", flow="exit", year=2022) == [[2022, 2, 5, 5, 16, 1, 0]]
    assert at(found, *FLOWS, panel="all", flow="entry", year=2023) == [[2023, 0, 2, 0, 7, 0, 1]]
    assert at(found, *FLOWS, panel="all", flow="exit", year=2023) == [[2023, 2, 3, 11, 13, 1, 0]]


def test_of_two_years_nothing_is_said_of_return() -> None:
    found = dynamics.flows(panel(2023, 2024), TREE)

    assert at(found, "rate", "note", panel="all", flow="return") == [[pd.NA, "few_years"]]


def test_villages_add_up_to_the_county() -> None:
    found = dynamics.flows(panel(), TREE)
    counts = ["households", "of_households", "persons", "of_persons", "left_register", "unknown"]
    keys = ["panel", "flow", "year"]

    sums = found[found["level"] == "village"].groupby(keys)[counts].sum()

    pd.testing.assert_frame_equal(
        sums, found[found["level"] == "county"].set_index(keys).sort_index()[counts]
    )


def test_a_spell_runs_through_years_with_the_same_state() -> None:
    found = dynamics.spells(panel())
    found = found.assign(household=panel().households[found["household"]])

    def of(key: str) -> list[list[object]]:
        columns = ["spell", "since", "until", "length", "at_least", "ended"]
        rows: list[list[object]] = found.loc[found["household"] == key, columns].to_numpy().tolist()
        return rows

    assert of("a") == [
        ["poor", 2021, 2021, 1, True, True],
        ["not_poor", 2022, 2023, 2, False, True],
        ["poor", 2024, 2024, 1, False, False],
    ]
    assert of("b") == [["poor", 2021, 2024, 4, True, False]]
    assert of("e") == [
        ["poor", 2021, 2021, 1, True, True],
        ["not_poor", 2022, 2022, 1, False, False],
        ["poor", 2024, 2024, 1, True, False],
    ]
    assert of("g") == [["poor", 2021, 2021, 1, True, True]]
    assert of("h") == [["poor", 2023, 2023, 1, False, True], ["not_poor", 2024, 2024, 1, False, False]]


def test_years_that_nobody_collected_count_as_they_passed() -> None:
    found = dynamics.spells(panel(2021, 2024))

    assert found["length"].max() == 4
    b = found[panel(2021, 2024).households[found["household"]] == "b"]
    assert b[["since", "until", "length"]].to_numpy().tolist() == [[2021, 2024, 4]]
    came = found[panel(2021, 2024).households[found["household"]] == "h"]
    assert came[["since", "at_least"]].to_numpy().tolist() == [[2024, True]]


def test_durations_share_out_all_spells_of_a_state() -> None:
    found = dynamics.durations(panel(), TREE)

    poor = at(
        found, "ended", "length", "at_least", "households", "of_households", panel="balanced", spell="poor"
    )
    assert poor == [
        [False, 1, False, 1, 5],
        [False, 4, True, 1, 5],
        [True, 1, False, 1, 5],
        [True, 1, True, 1, 5],
        [True, 2, True, 1, 5],
    ]


def test_those_who_fell_back_stand_with_what_says_so() -> None:
    """a was seen out; e too, though blank in between; i was never out and is only poor."""
    found = dynamics.fallen_back(panel(), {}).listed(TREE)

    assert found[["household", "unit", "reasons"]].to_numpy().tolist() == [["a", A, "seen"], ["e", A, "seen"]]
    assert found["reason_zh"].iloc[0] == "2023年不属贫困，2024年又成为贫困；主要致贫原因：未填"
    assert found["reason_en"].iloc[1] == "not poor in 2022, poor again in 2024; main cause: not stated"
    watched = dynamics.fallen_back(panel(), {})
    assert watched.count == 2
    assert watched.listed(TREE, 1).equals(found.head(1))


def test_a_list_cut_short_keeps_the_poorest_of_all_villages() -> None:
    incomes = {"a": (A, 900), "b": (A, 100), "c": (A, pd.NA), "d": (B, 300), "e": (B, 200), "f": (B, 300)}
    rows = pd.DataFrame(
        {
            "entity": [*incomes],
            "unit": [unit for unit, _ in incomes.values()],
            "income": pd.Series([income for _, income in incomes.values()], dtype="Float64"),
            **dict.fromkeys(("head_name", "persons", "status", "cause"), pd.NA),
        }
    )
    everyone = Reason("r", pd.Series([True] * 6, dtype="boolean"), lambda at: dict.fromkeys(at, Said("", "")))
    watched = dynamics.Watched(rows, np.ones(6, bool), [everyone])

    def households(most: int | None) -> str:
        return "".join(watched.listed(TREE, most)["household"])

    assert [households(most) for most in (None, 6, 5, 4, 3, 1, 0)] == [
        "bacedf", "bacedf", "baedf", "bedf", "bed", "b", ""
    ]  # fmt: skip


def test_what_only_the_status_says_is_told_as_recorded() -> None:
    found = dynamics.fallen_back(panel(2024), {})

    assert found.listed(TREE)[["household", "reasons"]].to_numpy().tolist() == [["a", "recorded"]]
    assert at(found.counted(TREE), "listed_for", "households", "of_households") == [
        ["any", 1, 4],
        ["seen", 0, 4],
        ["recorded", 1, 4],
    ]


def test_a_reason_that_is_unknown_lists_nobody_and_is_counted() -> None:
    last = panel(2024)
    held = pd.Series([True, True, False, pd.NA, True, True, pd.NA, False], dtype="boolean")
    reason = Reason("shock", held, lambda places: dict.fromkeys(places, Said("受灾", "disaster")))

    found = dynamics.at_risk(last, [reason])

    assert found.listed(TREE)[["household", "reason_zh"]].to_numpy().tolist() == [["f", "受灾"]]
    assert at(found.counted(TREE), "households", "of_households", "unknown", listed_for="any") == [[1, 2, 2]]


def test_a_village_that_did_not_report_has_not_lost_its_households() -> None:
    text = f"""
    {ENTITY}  {UNIT}  persons  2021    2022
    a         {A}     4        贫困    已脱贫
    b         {B}     2        贫困    -
    """
    found = dynamics.flows(Panel.of([of_year(2021, text), of_year(2022, text)]), TREE)

    assert at(found, *FLOWS, panel="all", flow="exit") == [[2022, 1, 1, 4, 4, 0, 1]]


def test_a_corrected_key_goes_on_and_one_that_two_rows_claim_does_not() -> None:
    rows = frame(f"{ENTITY} {UNIT} poverty_status\nold {A} 贫困\nx {A} 贫困\ny {A} 贫困")
    later = frame(f"{ENTITY} {UNIT} poverty_status\nnew {A} 已脱贫\nz {A} 已脱贫")
    matching = {2021: {"old": "new", "x": "z", "y": "z"}}
    both = [
        dynamics.snapshot(one, groups(one["poverty_status"]), year, matching=matching)
        for year, one in ((2021, rows), (2022, later))
    ]

    found = dynamics.matrix(Panel.of(both), "status", ["贫困", "已脱贫"], TREE)

    assert at(found, "begin", "end", "households", panel="all") == [
        ["贫困", "已脱贫", 1],
        ["贫困", "absent", 2],
        ["absent", "已脱贫", 1],
    ]


def test_income_groups_are_fifths_of_persons_and_places_against_the_line() -> None:
    keys = " ".join(f"{ENTITY} {UNIT} persons net_income".split())
    lines = [f"h{i} {A} 1 {1000 * i}" for i in range(1, 11)]
    rows = frame("\n".join([keys, *lines]), net_income="money", **{ENTITY: "text"})  # type: ignore[arg-type]

    found = dynamics.snapshot(rows, {}, 2024, Line("line", 3000, 0.2))

    assert found["fifth"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found["band"].tolist() == ["below", "below", "near", *["above"] * 7]


def test_every_column_has_a_heading() -> None:
    columns = {*dynamics.MATRIX, *dynamics.FLOWS, *dynamics.CAUSES, *dynamics.DURATIONS}
    columns |= {*dynamics.LISTED, *dynamics.COUNTED}

    assert sorted(name for name in columns if f"head_{name}" not in catalogue()) == []


STATUS = st.sampled_from(["贫困", "已脱贫", "返贫", "注销", "·", "-"])


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(STATUS, STATUS, STATUS), min_size=1, max_size=12))
def test_every_household_is_in_one_cell_of_the_whole_matrix(drawn: list[tuple[str, str, str]]) -> None:
    lines = [f"k{i} {A} 2 {' '.join(statuses)}" for i, statuses in enumerate(drawn)]
    text = "\n".join([f"{ENTITY} {UNIT} persons 2021 2022 2023", *lines])
    whole = Panel.of([of_year(year, text) for year in (2021, 2022, 2023)])
    ends = {str(one) for statuses in drawn for one in statuses} - {"·", "-"}

    if len(whole.years) < 2:
        return
    found = dynamics.matrix(whole, "status", sorted(ends), TREE)

    first, last = (whole.column("year", year).notna() for year in (whole.years[0], whole.years[-1]))
    inside = found[(found["unit"] == "县") & (found["panel"] == "all")]
    gone_between = int((~first & ~last).sum())
    assert inside["households"].sum() == len(whole.households) - gone_between
    rated = inside[inside["of_households"] > 0].groupby("begin")["rate"].sum()
    assert rated.to_list() == pytest.approx([1.0] * len(rated))
