"""`dynamics`, and `change` over several years, as a person and a machine meet them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from povplan.jobs import changing
from povplan.jobs.figures import standing_at
from povplan.jobs.reporting.views import views_of
from povplan.model import NOTES
from povplan.workspace import Workspace
from tests.commands import Terminal, commit, part, workspace
from tests.definitions import shipped

A, B = "桥县/河镇/桥头村", "桥县/山乡/上村"
STATUS = {
    "H1": ("贫困", "已脱贫", "返贫"),
    "H2": ("贫困", "贫困", "已脱贫"),
    "H3": ("已脱贫", "已脱贫", "已脱贫"),
    "H4": (None, "贫困", "贫困"),
}
YEARS = (2022, 2023, 2024)


pytestmark = pytest.mark.usefixtures("loaded_once")


def home(key: str, at: int) -> dict[str, Any]:
    """A household in a year: H2 lost a worker and lives in a house of grade D, H3 is near the line."""
    income = {"H1": 5_000, "H2": 40_000, "H3": 8_000, "H4": 3_000}[key] + 1_000 * at
    wage = income - 1_000
    return {
        "entity": key, "unit": B if key == "H4" else A, "household_id": key, "head_name": f"张{key}",
        "persons": 2 if key != "H3" else 1, "labour_force": 2 - (at if key == "H2" else 0),
        "net_income": income * 100, "net_income_per_capita": income * (50 if key != "H3" else 100),
        "wage": wage * 100, "business": 1_500_00, "property": 0, "transfer": 0, "business_cost": 500_00,
        "poverty_status": STATUS[key][at], "main_cause": "因病", "safe_water": True, "dropout": False,
        "uninsured": False if key != "H3" else None, "house_grade": "D" if key == "H2" else "A",
    }  # fmt: skip


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four households over three years."""
    place = workspace(tmp_path_factory.mktemp("dynamics"), "default")
    parts = [
        part(
            place,
            "household",
            year,
            number,
            [home(key, number - 1) for key in STATUS if STATUS[key][number - 1]],
        )
        for number, year in enumerate(YEARS, 1)
    ]
    commit(place, *parts)
    return place


def answer(typed: Terminal, at: Workspace, *words: str, rows: str = "rows") -> list[dict[str, Any]]:
    found = typed(*words, "-w", at.root, "--format", "json")
    assert found.code == 0, found.err
    listed: list[dict[str, Any]] = found.json[rows]
    return listed


def test_a_matrix_compares_two_years_of_the_ledger(typed: Terminal, at: Workspace) -> None:
    found = answer(typed, at, "dynamics", "--by", "county")

    cells = [
        (row["begin"], row["end"], row["households"], row["rate"]) for row in found if row["panel"] == "all"
    ]
    assert cells == [
        ("贫困", "贫困", 1, 0.5),
        ("贫困", "已脱贫", 1, 0.5),
        ("已脱贫", "已脱贫", 1, 0.5),
        ("已脱贫", "返贫", 1, 0.5),
    ]


def test_the_last_year_may_be_given_as_the_year(typed: Terminal, at: Workspace) -> None:
    words = ("dynamics", "--what", "income", "-w", at.root, "--format", "json")

    assert typed(*words, "--year", 2023).json == typed(*words, "--to", 2023).json


def test_return_needs_three_years_and_says_so(typed: Terminal, at: Workspace) -> None:
    words = ("dynamics", "--what", "returns", "--by", "county")
    whole = answer(typed, at, *words)
    short = typed(*words, "--from", "2023", "-w", at.root)

    back = [row for row in whole if (row["panel"], row["flow"], row["year"]) == ("all", "return", 2024)]
    assert [(row["households"], row["of_households"]) for row in back] == [(1, 1)]
    assert "至少要三年" in short.err and NOTES["few_years"].zh in short.out


def test_lists_stand_by_village_with_reasons_and_without_names(typed: Terminal, at: Workspace) -> None:
    back, risk, unmet = (
        answer(typed, at, "dynamics", "--what", what) for what in ("fell-back", "at-risk", "unmet")
    )

    assert [row["reason_en"] for row in back] == ["not poor in 2023, poor again in 2024; main cause: Illness"]
    assert [row["reason_zh"] for row in risk] == [
        "劳动力比上年减少（劳动力人数 0，上年 1）",
    ]
    assert [row["reason_zh"] for row in unmet] == ["住房安全未落实（危房等级 D级）"]
    assert {row["head_name"] for row in (*back, *risk, *unmet)} == {"***"}
    assert all(len(row["household"]) == 10 for row in (*back, *risk, *unmet))


def test_by_level_a_list_becomes_counts_and_the_unknown_are_told(typed: Terminal, at: Workspace) -> None:
    counts = answer(typed, at, "dynamics", "--what", "unmet", "--by", "county")
    told = typed("dynamics", "--what", "unmet", "-w", at.root)

    by = {row["listed_for"]: (row["households"], row["of_households"], row["unknown"]) for row in counts}
    assert by == {
        "any": (1, 1, 1),
        "unmet_house": (1, 2, 0),
        "unmet_water": (0, 2, 0),
        "unmet_schooling": (0, 2, 0),
        "unmet_insurance": (0, 1, 1),
    }
    assert "另有 1 户" in told.err


@pytest.mark.parametrize("what", ["income", "durations", "causes", "at-risk"])
def test_every_table_fits_a_terminal_and_names_its_states(typed: Terminal, at: Workspace, what: str) -> None:
    found = typed("dynamics", "--what", what, "--from", "2022", "-w", at.root, lang="en")

    assert found.code == 0, found.err
    assert max(map(len, found.out.splitlines())) <= 160
    assert "absent" not in found.out and "H1" not in found.out and "张" not in found.out


def test_one_year_alone_is_told_in_one_sentence(typed: Terminal, at: Workspace) -> None:
    alone = typed("dynamics", "--to", "2022", "-w", at.root)
    backward = typed("dynamics", "--from", "2024", "--to", "2022", "-w", at.root)

    assert (alone.code, alone.out) == (3, "")
    assert "Only 2022 has a household ledger" in alone.err
    assert (backward.code, backward.err.count("\n")) == (2, 1)


def test_the_county_report_masks_the_households_and_a_township_names_its_own(at: Workspace) -> None:
    standing = standing_at(at)
    views = {
        kind: views_of(standing, 2024, standing.config.reports[kind], "zh", mask=mask)[0]
        for kind, mask in (("county", True), ("township", False))
    }
    asked = {name for sheet in standing.config.reports["county"].sheets for name in sheet.views}

    assert {name for name in asked if name.startswith("dynamics/")} <= set(views["county"])
    assert set(views["county"]["dynamics/at-risk"]["head_name"]) == {"***"}
    assert set(views["township"]["dynamics/at-risk"]["head_name"]) == {"张H2"}
    assert "reason_en" not in views["county"]["dynamics/unmet"]


def test_a_list_longer_than_its_sheet_is_cut_and_the_rest_counted(at: Workspace) -> None:
    standing = standing_at(at)
    whole = standing.config.reports["county"]
    sheet = next(one for one in whole.sheets if "dynamics/unmet" in one.views)
    short = whole.model_copy(update={"sheets": [sheet.model_copy(update={"most": 0})]})

    everybody, none, remarks = views_of(standing, 2024, whole, "zh", mask=True)
    first, beyond, _ = views_of(standing, 2024, short, "zh", mask=True)
    township, none_below, _ = views_of(standing, 2024, short, "zh", mask=False)

    assert [len(everybody[name]) for name in sheet.views] == [1, 1, 1]
    assert set(none.values()) == {0}
    for name in sheet.views:
        assert (len(first[name]), beyond[name], len(township[name])) == (0, 1, 1)
        assert list(first[name]) == list(everybody[name])
    assert none_below == {}
    named = {name.removeprefix("dynamics/") for name in remarks}
    assert named == {"returns", "matrix", "durations", "causes"}
    assert all(said[0].startswith("所看年份：") for said in remarks.values())


def test_a_profile_without_a_household_ledger_is_told_so_and_has_no_such_sheet(
    typed: Terminal, tmp_path: Path
) -> None:
    place = workspace(tmp_path, "guangzhou-2011")
    commit(place, part(place, "village", 2011, 1, [{"entity": A, "unit": A}]))
    standing = standing_at(place)

    for what in ("matrix", "returns", "at-risk", "unmet"):
        found = typed("dynamics", "--what", what, "-w", place.root)
        assert (found.code, found.out, found.err.count("\n")) == (3, "", 1)
    views, beyond, _ = views_of(standing, 2011, shipped("default").reports["county"], "zh", mask=True)
    assert not [name for name in views if name.startswith("dynamics/")]
    assert beyond == {}


def test_a_table_of_all_units_names_the_villages_that_come_and_go_in_it(
    typed: Terminal, tmp_path: Path
) -> None:
    place = workspace(tmp_path, "default")
    for number, (year, units) in enumerate(((2022, (A,)), (2023, (A, B)), (2024, (A, B))), 1):
        rows = [{"entity": one, "unit": one, "rural_households": 100} for one in units]
        commit(place, part(place, "village", year, number, rows))

    def told(*words: object, called: str = "rural_households_total") -> str:
        return typed("change", *words, "--indicator", called, "-w", place.root).err

    assert "上村" in told("--what", "path", called="农村户籍户数")
    assert "2022年的行政村基础台账有 1 个村没有数（上村）" in told("--what", "path")
    assert "上村" in told("--what", "contribution", "--year", 2023)
    assert "上村" not in told("--what", "contribution", "--year", 2024) + told("--year", 2023)


def test_the_change_of_mean_income_is_shared_out_over_units_and_sources(
    typed: Terminal, at: Workspace
) -> None:
    words = ("change", "--what", "contribution", "--indicator", "register_income", "--by", "county")
    found = answer(typed, at, *words, rows="parts")
    shown = typed(*words, "-w", at.root)

    of = {by: [row for row in found if row["by"] == by] for by in ("unit", "source")}
    assert [row["part"] for row in of["source"]] == [
        *("wage", "business", "property", "transfer", "-business_cost", "rest")
    ]
    for rows in of.values():
        assert sum(row["contribution"] for row in rows) == pytest.approx(rows[0]["absolute"])
    assert "河镇" in shown.out and "其余（分项未说明）" in shown.out
    assert of["source"][-1]["contribution"] == pytest.approx(0, abs=1e-9)


def test_path_real_and_decomposition_answer_with_a_base_year_of_ones_own(
    typed: Terminal, at: Workspace
) -> None:
    only = ("--indicator", "register_income", "--by", "county")
    (way,) = answer(typed, at, "change", "--what", "path", *only, rows="measures")
    (real,) = answer(typed, at, "change", "--what", "real", "--from", "2022", *only, rows="measures")
    parts = answer(typed, at, "change", "--what", "decomposition", "--from", "2022", *only, rows="parts")

    assert (way["first_year"], way["compared"], real["previous_year"]) == (2022, 3, 2022)
    assert real["deflator"] == pytest.approx(1.002**2)
    assert real["real"] == pytest.approx((1 + real["relative"]) / 1.002**2 - 1)
    assert [(row["part"], row["presence"]) for row in parts] == [
        ("桥县/河镇", "both"),
        ("桥县/山乡", "entered"),
    ]


@pytest.mark.parametrize(
    "name", ["在册户人均纯收入", "Net income per head of registered households", "register_income"]
)
def test_an_indicator_is_named_by_id_or_as_the_table_prints_it(
    typed: Terminal, at: Workspace, name: str
) -> None:
    found = answer(typed, at, "change", "--indicator", name, "--by", "county", rows="measures")

    assert [row["indicator"] for row in found] == ["register_income"]


def test_a_year_missing_in_the_middle_is_told_with_what_to_compare_instead(at: Workspace) -> None:
    standing = standing_at(at)
    said = changing.missing_base(standing, 2026, None)

    assert said is not None and "povplan change --year 2026 --from 2024" in said.zh
    assert changing.missing_base(standing, 2026, 2024) is None
    assert changing.missing_base(standing, 2024, None) is None


def test_a_base_year_that_is_not_there_is_told_in_one_sentence(typed: Terminal, at: Workspace) -> None:
    found = typed("change", "--what", "decomposition", "--from", "2019", "-w", at.root)

    assert (found.code, found.out, found.err.count("\n")) == (3, "", 1)
    assert "2022、2023" in found.err
