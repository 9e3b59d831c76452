"""What a change is made of: by hand, and for any numbers, the parts add up to the whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.change import DECOMPOSED, Thresholds, contributions, decomposition, path, pattern
from povplan.measures import placed, together
from povplan.spec import Indicator
from povplan.units import Tree
from tests.test_measures import indicator

TREE = Tree.of(["县/甲/一", "县/甲/二", "县/乙/三"])
RATE = indicator("sum(poor) / sum(persons)")
SUM = indicator("sum(poor)", id="poor", **{"in": "人"})
LIMITS = Thresholds(share=0.01, points=0.1, slowing=0.5)


def figures(
    year: int, *pairs: tuple[float, float] | None, one: Indicator = RATE, tree: Tree = TREE
) -> pd.DataFrame:
    """Measures of a ratio from numerator and denominator of each village, or of a sum; None: not there."""
    sides = np.zeros((2, len(tree.paths)))
    villages = np.flatnonzero(tree.depths == 2)
    for node, pair in zip(villages, pairs, strict=True):
        sides[:, node] = pair or (0, 0)
    above, below = (tree.add_upward(side).astype(float) for side in sides)
    ratio = one is RATE
    safe = np.where(below > 0, below, np.nan)
    found = pd.DataFrame(
        {
            "value": above / safe if ratio else np.where(below > 0, above, np.nan),
            "numerator": above if ratio else np.nan,
            "denominator": np.where(below > 0, below, np.nan) if ratio else np.nan,
        }
    )
    return together([placed(found.assign(indicator=one.id), tree, year)])


def made(before: pd.DataFrame, now: pd.DataFrame, one: Indicator = RATE, tree: Tree = TREE) -> pd.DataFrame:
    found = decomposition(now, before, [one], {one.id: one is RATE}, tree)
    assert list(found.columns) == list(DECOMPOSED)
    return found


def part(found: pd.DataFrame, unit: str, of: str) -> pd.Series:
    return found[(found["unit"] == unit) & (found["part"] == of)].iloc[0]


def test_within_and_between_by_hand() -> None:
    """甲: 20/100 → 10/100; 乙: 10/100 → 30/300. County 30/200 → 40/400: −5 points.

    Shares of 甲 ½ → ¼, of 乙 ½ → ¾; R₀ = 0.15. Within 甲 ⅜·(−0.1) = −0.0375, 乙 0; between 甲
    (0.15 − 0.15)·(−¼) = 0, 乙 (0.1 − 0.15)·¼ = −0.0125.
    """
    found = made(figures(2019, (20, 100), None, (10, 100)), figures(2020, (10, 100), None, (30, 300)))

    first, second = part(found, "县", "县/甲"), part(found, "县", "县/乙")
    assert first[["within", "between", "turnover"]].tolist() == pytest.approx([-0.0375, 0, 0])
    assert second[["within", "between", "turnover"]].tolist() == pytest.approx([0, -0.0125, 0])
    assert [first["share_of_change"], second["share_of_change"]] == pytest.approx([0.75, 0.25])
    assert first["absolute"] == pytest.approx(-0.05)


def test_without_turnover_between_is_the_mean_rate_times_the_change_of_shares() -> None:
    before, now = figures(2019, (20, 100), (5, 50), (10, 100)), figures(2020, (10, 100), (9, 30), (30, 300))

    found = made(before, now)

    for unit in ("县", "县/甲"):
        rows = found[found["unit"] == unit]
        old, new = rows["previous"].to_numpy(float), rows["value"].to_numpy(float)
        weights = [
            frame.set_index("unit")["denominator"][rows["part"]].to_numpy(float) for frame in (before, now)
        ]
        shares = [one / one.sum() for one in weights]
        assert rows["between"].sum() == pytest.approx(((old + new) / 2 * (shares[1] - shares[0])).sum())
        assert rows["within"].sum() == pytest.approx(((shares[0] + shares[1]) / 2 * (new - old)).sum())


def test_who_came_and_left_is_held_against_the_rate_of_the_base_year() -> None:
    """甲/一 30/100 left, 乙/三 0/100 came, 甲/二 stays 10/100: 20 % → 5 %."""
    found = made(figures(2019, (30, 100), (10, 100), None), figures(2020, None, (10, 100), (0, 100)))

    gone, came = part(found, "县/甲", "县/甲/一"), part(found, "县", "县/乙")
    assert (gone["presence"], gone["turnover"]) == ("left", pytest.approx(-0.5 * (0.3 - 0.2)))
    assert (came["presence"], came["turnover"]) == ("entered", pytest.approx(0.5 * (0 - 0.2)))
    county = found[found["unit"] == "县"]
    assert county["contribution"].sum() == pytest.approx(-0.15)
    assert part(found, "县/乙", "县/乙/三")["contribution"] is pd.NA


def test_of_a_sum_each_unit_gives_its_own_change() -> None:
    before = figures(2019, (20, 1), (5, 1), None, one=SUM)
    now = figures(2020, (10, 1), None, (7, 1), one=SUM)

    found = made(before, now, SUM)

    assert found[["unit", "part", "presence", "contribution"]].to_numpy().tolist() == [
        ["县", "县/甲", "both", -15],
        ["县", "县/乙", "entered", 7],
        ["县/甲", "县/甲/一", "both", -10],
        ["县/甲", "县/甲/二", "left", -5],
        ["县/乙", "县/乙/三", "entered", 7],
    ]
    assert found["share_of_change"].iloc[0] == pytest.approx(15 / 8)


def test_rows_of_no_unit_below_are_a_part_of_their_own() -> None:
    before, now = figures(2019, (20, 100), None, None), figures(2020, (20, 100), None, None)
    more = now["unit"].isin(["县", "县/甲"])
    now["numerator"] = now["numerator"].mask(more, 50)
    now["denominator"] = now["denominator"].mask(more, 200)

    found = made(before, now)

    own = part(found, "县/甲", "own")
    assert own[["presence", "value"]].tolist() == ["entered", 0.3]
    assert found.loc[found["unit"] == "县/甲", "contribution"].sum() == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("one", "additive", "note"),
    [
        (indicator("median(poor)", id="rate"), {}, "not_additive"),
        (indicator(comparable_from=2020), {"rate": True}, "not_comparable"),
    ],
)
def test_what_does_not_add_up_or_compare_is_refused_in_a_note(
    one: Indicator, additive: dict[str, bool], note: str
) -> None:
    both = [figures(year, (1, 10), (2, 10), (3, 10)) for year in (2020, 2019)]

    found = decomposition(both[0], both[1], [one], additive, TREE)

    assert found[["unit", "note"]].to_numpy().tolist() == [["县", note]]
    assert found["contribution"].isna().all()


PAIR = st.one_of(
    st.none(), st.integers(1, 10**6).flatmap(lambda below: st.tuples(st.integers(0, below), st.just(below)))
)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(PAIR, PAIR), min_size=3, max_size=3))
def test_the_parts_always_add_up(
    pairs: list[tuple[tuple[int, int] | None, tuple[int, int] | None]],
) -> None:
    before, now = (figures(2019 + at, *(pair[at] for pair in pairs)) for at in (0, 1))

    found = made(before, now)

    change = (now["value"] - before["value"]).set_axis(now["unit"])
    sums = found.groupby("unit")["contribution"].sum(min_count=1)
    expected = change.reindex(sums.dropna().index)
    assert sums.dropna().to_list() == pytest.approx(expected.to_list(), abs=1e-12)
    assert set(sums.dropna().index) == {unit for unit in found["unit"].unique() if not pd.isna(change[unit])}


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(-1000, 1000), min_size=8, max_size=8))
def test_sources_and_what_they_do_not_explain_add_up(drawn: list[int]) -> None:
    tree = Tree.of(["县/甲/一"])
    ends = {
        year: figures(year, (drawn[at], 10 + at), one=RATE, tree=tree) for at, year in enumerate((2019, 2020))
    }
    sources = {
        year: {
            name: figures(year, (drawn[2 + 2 * at + number], 1), one=SUM, tree=tree)
            for number, name in enumerate(("wage", "-cost"))
        }
        for at, year in enumerate((2019, 2020))
    }

    found = contributions(ends[2020], ends[2019], RATE, tree, ratio=True, sources=sources)

    county = found[found["unit"] == "县"]
    assert county["part"].tolist() == ["wage", "-cost", "rest"]
    assert county["contribution"].sum() == pytest.approx(county["absolute"].iloc[0], abs=1e-9)
    assert county["value"].sum() == pytest.approx(drawn[1] / 11, abs=1e-9)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([100, 100.5, 100], ("level", None, None)),
        ([100, 110, 120, 131], ("steady", "up", None)),
        ([100, 120, 140, 145], ("slowing", "up", None)),
        ([100, 110, 110.5, 120], ("uneven", "up", None)),
        ([100, 90, 80, 80.2], ("stalled", "down", None)),
        ([100, 80, 60, 70], ("reversed", "down", "2012")),
        ([100, 80, 80.1, 95], ("reversed", "down", "2012")),
        ([100, 80, 100, 80], ("fluctuating", "down", "2011,2012")),
    ],
)
def test_the_pattern_follows_from_the_declared_rules(
    values: list[float], found: tuple[str, str | None, str | None]
) -> None:
    told = pattern([2010 + at for at in range(len(values))], values, LIMITS, rate=False)

    assert (told["pattern"], told["direction"], told["turning"]) == found


def test_a_step_over_several_years_counts_by_year() -> None:
    """6 in 8 years are 0.75 % a year: none."""
    assert pattern([2010, 2018, 2019], [100, 106, 106], LIMITS, rate=False)["pattern"] == "level"
    assert pattern([2010, 2011, 2012], [100, 106, 106], LIMITS, rate=False)["pattern"] == "stalled"


def test_two_years_have_no_pattern_and_a_break_ends_the_path() -> None:
    years = {year: figures(year, (year - 2000, 100), None, None) for year in (2018, 2019, 2020)}

    two = path({year: years[year] for year in (2019, 2020)}, [RATE], LIMITS).iloc[0]
    broken = path(years, [indicator(comparable_from=2019)], LIMITS).iloc[0]
    alone = path(years, [indicator(comparable_from=2020)], LIMITS).iloc[0]

    assert two[["pattern", "note"]].tolist() == [pd.NA, "few_years"]
    assert two["points"] == pytest.approx(1)
    assert broken[["first_year", "compared"]].tolist() == [2019, 2]
    assert alone[["compared", "note"]].tolist() == [1, "not_comparable"]
