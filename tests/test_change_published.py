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
