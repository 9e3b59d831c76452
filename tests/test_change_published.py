"""Published tables come out of change: headcounts, a restated income, counts of units, rates to 0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from povplan.change import Thresholds, YearRows, change, comparable, path, printed, real
from povplan.measures import measure
from povplan.model import ENTITY, UNIT
from povplan.spec import Indicator, Ledger, Parameter
from povplan.units import Tree
from tests.drawing import ledger

FIXTURES = Path(__file__).parents[2] / "shared" / "fixtures"
NATION = "全国"
POOR = [16567, 12238, 9899, 8249, 7017, 5575, 4335, 3046, 1660, 551, 0]
"""万人 at the end of 2010 … 2020, by the standard of 2010; year by year from the statistical bulletins."""
INCOME = {2016: 8452, 2017: 9377, 2018: 10371, 2019: 11567}
"""Income per head of poor areas, yuan, as printed each year."""
LIMITS = Thresholds(share=0.01, points=0.1, slowing=0.5)
LEDGER = ledger("village", "county", name="text", figure="number")


def indicator(unit: str, **more: object) -> Indicator:
    given = {"id": "figure", "label": "数", "domain": "economic", "ledger": "village", "decimals": 0}
    return Indicator.model_validate({**given, "value": "sum(figure)", "in": unit, **more})


def rows(of_units: Mapping[str, float]) -> pd.DataFrame:
    """A ledger of one level: a unit a row."""
    names = pd.Series(list(of_units), dtype="string")
    figures = pd.Series(list(of_units.values()), dtype="Float64")
    return pd.DataFrame({ENTITY: names, UNIT: names, "name": names, "figure": figures})


def figures(one: Indicator, year: int, of_units: Mapping[str, float]) -> pd.DataFrame:
    ledgers: dict[str, Ledger] = {"village": LEDGER}
    tree = Tree.of(of_units)
    return measure([one], {"village": rows(of_units)}, ledgers, {}, year, date(year, 12, 31), tree)


@cache
def headcounts() -> dict[int, pd.DataFrame]:
    one = indicator("人")
    return {year: figures(one, year, {NATION: poor}) for year, poor in enumerate(POOR, 2010)}


def between(one: Indicator, now: float, before: float, year: int = 2020) -> pd.Series:
    """The change of the nation's figure from the year before."""
    ends = [figures(one, y, {NATION: value}) for y, value in ((year, now), (year - 1, before))]
    return printed(
        change(ends[0], ends[1], [one]), [one], {"figure": 10_000 if one.unit == "万元" else 1}
    ).iloc[0]


def moved(year: int, base: int) -> pd.Series:
    return change(headcounts()[year], headcounts()[base], [indicator("人")]).iloc[0]


def test_the_published_reductions_of_each_year_come_out() -> None:
    found = [-moved(year, year - 1)["absolute"] for year in range(2011, 2021)]

    assert found == [4329, 2339, 1650, 1232, 1442, 1240, 1289, 1386, 1109, 551]


def test_the_published_rates_of_reduction_come_out() -> None:
    found = {year: round(-moved(year, year - 1)["relative"] * 100, 1) for year in (2012, 2013, 2014, 2019)}

    assert found == {2012: 19.1, 2013: 16.7, 2014: 14.9, 2019: 66.8}
    assert moved(2020, 2019)["relative"] == -1


def test_the_published_cumulative_totals_come_out() -> None:
    since = moved(2018, 2012)

    assert (since["absolute"], round(since["relative"] * 100, 1)) == (-8239, -83.2)
    assert round(since["absolute"] / 6) == -1373
    assert moved(2019, 2012)["absolute"] == -9348


def test_the_whole_path_ends_at_nothing_so_that_no_mean_rate_is_stated() -> None:
    found = path(headcounts(), [indicator("人")], LIMITS).iloc[0]
    upto = path({y: f for y, f in headcounts().items() if y < 2020}, [indicator("人")], LIMITS).iloc[0]

    assert (found["relative"], found["annual"], found["note"]) == (-1, pd.NA, "not_positive")
    assert (found["pattern"], found["direction"], found["turning"]) == ("slowing", "down", pd.NA)
    assert upto["annual"] == pytest.approx((551 / 16567) ** (1 / 9) - 1)


def test_growth_from_the_restated_base_is_the_published_one_and_both_bases_stand() -> None:
    """9377 − 8483 = 894 and 10.5 %; from the figure printed the year before it would be 10.9 %."""
    restated = [{"year": 2016, "unit": NATION, "value": 8483, "source": "按可比口径计算"}]
    one = indicator("元", restated=restated, comparable_from=2017)
    plain = indicator("元")

    now, before = (figures(one, year, {NATION: INCOME[year]}) for year in (2017, 2016))
    found = change(now, before, [one]).iloc[0]
    naive = change(now, before, [plain]).iloc[0]

    assert found[["previous", "change_base", "absolute", "note"]].tolist() == [
        8452,
        8483,
        894,
        "restated_base",
    ]
    assert (round(found["relative"], 3), round(naive["relative"], 3)) == (0.105, 0.109)
    assert naive[["change_base", "note"]].tolist() == [8452, pd.NA]


def test_a_restated_base_is_that_of_its_unit_and_year_only() -> None:
    restated = [{"year": 2016, "unit": "某县", "value": 8483, "source": "文件"}]
    one = indicator("元", restated=restated)

    found = [between(one, INCOME[year], INCOME[year - 1], year)["absolute"] for year in (2017, 2018)]

    assert found == [925, 994]


def test_real_growth_is_the_published_one() -> None:
    """2017: 10.5 % nominal, 9.1 % real; 2018: 10.6 % and 8.3 %."""
    prices = {2017: 101.3, 2018: 102.1}
    one = indicator(
        "元", deflate="prices", restated=[{"year": 2016, "unit": NATION, "value": 8483, "source": "文件"}]
    )
    values = [{"from": year, "value": value, "source": "统计公报"} for year, value in prices.items()]
    index = Parameter.model_validate({"id": "prices", "label": "物价", "values": values})
    frames = {year: figures(one, year, {NATION: income}) for year, income in INCOME.items()}

    def grown(year: int, base: int) -> pd.Series:
        return real(change(frames[year], frames[base], [one]), [one], {"prices": index}).iloc[0]

    assert [round(grown(year, year - 1)["real"] * 100, 1) for year in (2017, 2018)] == [9.1, 8.3]
    assert grown(2018, 2016)["deflator"] == pytest.approx(1.013 * 1.021)
    assert grown(2019, 2018)[["real", "note"]].tolist() == [pd.NA, "no_deflator"]


def test_the_difference_is_that_of_the_figures_as_printed() -> None:
    """10.4 → 10 and 9.6 → 10 differ by 0 in print, though 0.8 rounds to 1; 2.5 is 3 and −2.5 −3."""
    one = indicator("元")
    pairs = {"a": (10.4, 9.6), "b": (10.4, 8.4), "c": (2.5, -2.5)}
    now, before = (figures(one, 2020 - at, {u: p[at] for u, p in pairs.items()}) for at in (0, 1))

    found = printed(change(now, before, [one]), [one], {})

    assert found["printed_absolute"].tolist() == [0, 2, 6]
    assert found["rounding"].tolist() == [True, False, True]


def test_rates_are_printed_in_percent_and_money_in_its_unit() -> None:
    rate, money = indicator("percent", decimals=1), indicator("万元", decimals=1)

    of_rate, of_money = between(rate, 0.1246, 0.1), between(money, 25_500, 10_499)

    assert of_rate[["printed_value", "printed_absolute"]].tolist() == [12.5, 2.5]
    assert of_money[["printed_value", "printed_base", "printed_absolute"]].tolist() == [2.6, 1.0, 1.6]


@cache
def poverty_rates(code: str) -> dict[int, float]:
    table = FIXTURES / "rates" / "wdi_SI.POV.NAHC.csv"
    if not table.exists():
        pytest.skip("no fixtures")
    read = pd.read_csv(table)
    some = read[read["entity_code"] == code].sort_values("year")
    return dict(zip(some["year"].astype(int), some["value"] / 100, strict=True))


def test_a_rate_falls_to_0_by_points_and_rises_from_there_without_a_relative_change() -> None:
    one, rates = indicator("percent", decimals=1), poverty_rates("CHN")

    assert rates[2020] == 0
    assert [round(between(one, rates[y], rates[y - 1], y)["points"], 1) for y in range(2011, 2021)] == [
        *(-4.5, -2.5, -1.7, -1.3, -1.5, -1.2, -1.4, -1.4, -1.1, -0.6)
    ]
    assert between(one, rates[2019], rates[2020])[["relative", "note"]].tolist() == [pd.NA, pd.NA]


def test_uneven_gaps_between_years_count_as_long_as_they_are() -> None:
    """Zimbabwe: 2001, 2011, 2017, 2019; down, then up since 2011."""
    one, rates = indicator("percent"), poverty_rates("ZWE")

    found = path({y: figures(one, y, {NATION: rate}) for y, rate in rates.items()}, [one], LIMITS).iloc[0]

    assert found[["first_year", "year", "compared"]].tolist() == [2001, 2019, 4]
    assert found["annual"] == pytest.approx((38.3 - 32.2) / 18)
    assert found[["pattern", "direction", "turning"]].tolist() == ["reversed", "up", "2011"]


def test_the_27_published_differences_of_the_division_tables_come_out() -> None:
    table = FIXTURES / "admin_codes" / "adyliu_summary_2017_2023.xlsx"
    if not table.exists():
        pytest.skip("no fixtures")
    sheet = openpyxl.load_workbook(table, data_only=True)["总统计"]
    columns = {int(sheet.cell(1, at).value): at for at in range(3, 16, 2)}  # type: ignore[arg-type]
    names = {f"全国/{sheet.cell(row, 2).value}": row for row in range(3, 8)} | {NATION: 8}
    one = indicator("人")
    counts = {
        year: {path: float(sheet.cell(row, at).value) for path, row in names.items() if path != NATION}  # type: ignore[arg-type]
        for year, at in columns.items()
    }
    of_years = {year: figures(one, year, of_units) for year, of_units in counts.items()}
    assert of_years[2023].set_index("unit")["value"][NATION] == sheet.cell(8, columns[2023]).value == 664_483

    checked = 0
    for year in range(2018, 2024):
        found = change(of_years[year], of_years[year - 1], [one]).set_index("unit")["absolute"]
        for path_, row in names.items():
            if (published := sheet.cell(row, columns[year] + 1).value) is not None:
                assert found[path_] == published, (year, path_)
                checked += 1

    assert checked == 27


def test_a_year_missing_in_the_middle_gives_no_yearly_change_but_a_path() -> None:
    one = indicator("元")
    now = YearRows(2019, date(2019, 12, 31), {"village": rows({NATION: 11567})})
    nothing = YearRows(2018, date(2018, 12, 31), {})

    yearly = comparable(now, nothing, [one], {"village": LEDGER}, {}, Tree.of([NATION]))
    kept = {year: figures(one, year, {NATION: INCOME[year]}) for year in (2016, 2017, 2019)}
    whole = path(kept, [one], LIMITS).iloc[0]

    assert yearly["absolute"].isna().all()
    assert whole["annual"] == pytest.approx((11567 / 8452) ** (1 / 3) - 1)
    assert whole["pattern"] == "steady"


AREAS = """
    六盘山区 642 532 439 349 280 215 152 96
    秦巴山区 815 684 559 444 346 256 172 101
    武陵山区 793 671 543 475 379 285 188 111
    乌蒙山区 765 664 507 442 373 272 199 126
    滇桂黔石漠化区 816 685 574 488 398 312 221 140
    滇西边境山区 424 335 274 240 192 152 115 75
    大兴安岭南麓 129 108 85 74 59 46 35 22
    燕山-太行山区 223 192 165 150 122 99 71 40
    吕梁山区 104 87 76 67 57 47 29 16
    大别山区 647 566 477 392 341 252 173 99
    罗霄山区 206 175 149 134 102 73 49 31
    西藏 106 85 72 61 48 34 20 13
    四省藏区 206 161 117 103 88 68 51 30
    南疆三地州 159 122 104 99 90 73 64 33
"""
"""万人 poor in the 14 contiguous poor areas at the end of 2011 … 2018, as they circulate, not verified."""
TOGETHER = {2011: 6035, 2012: 5067, 2013: 4141, 2014: 3518, 2015: 2875, 2016: 2182, 2017: 1540, 2018: 935}
SPECIAL = [222.68, 272, 332.05, 394, 432.87, 467.45, 670, 860.95, 1060.95, 1260.95, 1396.36]
"""亿元 of central special fund, 2010 … 2020."""


@cache
def areas() -> dict[int, pd.DataFrame]:
    lines = [line.split() for line in AREAS.strip().splitlines()]
    return {
        year: figures(indicator("人"), year, {f"{NATION}/{name}": float(of[at]) for name, *of in lines})
        for at, year in enumerate(TOGETHER)
    }


def test_the_14_contiguous_poor_areas_add_up_to_their_published_total() -> None:
    """Exactly until 2015; what was printed of 2016 to 2018 is off by at most 2."""
    sums = {year: frame.set_index("unit")["value"][NATION] for year, frame in areas().items()}

    assert {year: sums[year] - total for year, total in TOGETHER.items() if year < 2016} == dict.fromkeys(
        range(2011, 2016), 0
    )
    assert max(abs(sums[year] - total) for year, total in TOGETHER.items()) == 2


def test_the_change_of_the_areas_is_the_sum_of_the_changes_of_each() -> None:
    found = change(areas()[2015], areas()[2011], [indicator("人")]).set_index("unit")["absolute"]

    assert found[NATION] == found.drop(NATION).sum() == 2875 - 6035
    assert found[f"{NATION}/武陵山区"] == 379 - 793


def test_the_published_growth_of_the_central_special_fund_comes_out() -> None:
    """14.5 % a year from 2011 to 2015, as the white paper prints it; 1898.4 and 5249.21 亿元 in all."""
    one = indicator("亿元", decimals=2)
    years = dict(enumerate(SPECIAL, 2010))
    frames = {year: figures(one, year, {NATION: paid}) for year, paid in years.items()}

    five = path({year: frames[year] for year in range(2011, 2016)}, [one], LIMITS).iloc[0]

    assert round(five["annual"], 3) == 0.145
    assert round(sum(frames[year]["value"].iloc[0] for year in range(2011, 2016)), 1) == 1898.4
    assert round(sum(frames[year]["value"].iloc[0] for year in range(2016, 2021)), 2) == 5249.21
    assert round(change(frames[2018], frames[2017], [one]).iloc[0]["absolute"], 2) == 200
