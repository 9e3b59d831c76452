"""`evaluate`, and the workbooks made of it, over a small county of three years: figures worked by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from povplan.config import Config, load_config
from povplan.errors import ConfigError, PovplanError
from povplan.evaluation.results import weighted
from povplan.jobs.checking import Findings
from povplan.jobs.planning import Planning
from povplan.jobs.reporting import book_of, facts_of, persons_masked, write_departments, write_notices
from povplan.jobs.scoring import Scoring, card_named
from povplan.jobs.standing import Standing
from povplan.sheets.page import cell_of
from povplan.sheets.plan import target_table
from povplan.sheets.report import workbook
from povplan.spec import ScoreCard, Target
from povplan.workspace import Workspace
from tests import counties
from tests.commands import Terminal, commit, part, workspace

A, B = "桥县/河镇/甲村", "桥县/山乡/乙村"
CARD = {
    "card": "small", "label": {"zh": "小考核", "en": "Small"}, "of": "township", "missing": "zero",
    "source": "示例",
    "items": (
        {"id": "water", "label": "饮水", "domain": "social", "points": 60, "indicator": "safe_water_coverage",
         "score": {"proportion": {"zero_at": 80, "full_at": 100}}},
        {"id": "targets", "label": "目标", "domain": "economic", "points": 40, "evaluation": "attainment",
         "score": {"proportion": {"full_at": 100}}},
    ),
    "grades": (
        {"id": "good", "label": {"zh": "良好", "en": "Good"}, "from": 60},
        {"id": "poor", "label": {"zh": "较差", "en": "Poor"}, "from": 0},
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("povplan.config.load_config", shipped)


@pytest.fixture(autouse=True)
def uncovered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger is filled without reading files: batches keep no coverage that a report could print."""
    monkeypatch.setattr("povplan.jobs.reporting.facts._coverage", lambda standing, year: [])


@cache
def definitions() -> Config:
    """The shipped definitions with a small card in place of those of units."""
    config = load_config("default")
    cards = {name: config.cards[name] for name in ("department_yearly",)}
    return replace(config, cards={**cards, "small": ScoreCard.model_validate(CARD)})


def shipped(profile: str, folder: Path | None = None) -> Config:
    return definitions()


def target(number: str, unit: str, goal: str, **more: Any) -> dict[str, Any]:
    plain = {"indicator": "饮水安全户比例", "baseline_year": 2022, "target_year": 2025, "target_value": goal}
    return {
        "entity": f"{number}|{more.get('set_on', '')}",
        "unit": unit,
        "target_id": number,
        **plain,
        **more,
    }


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Safe water of 河镇 goes from 80 to 95 %, 山乡 stays at 80; a project, its money, five targets."""
    place = workspace(tmp_path_factory.mktemp("evaluate"), "default")
    place.__dict__["config"] = definitions()
    parts = []
    for number, (year, unsafe) in enumerate(((2022, 20), (2023, 10), (2024, 5)), 1):
        villages = [
            {"entity": unit, "unit": unit, "rural_households": 100, "unsafe_water_households": some}
            for unit, some in ((A, unsafe), (B, 20))
        ]
        parts.append(part(place, "village", year, number, villages))
    targets = [
        target("T1", "桥县", "90", department="县水利局60%;县住建局40%", person="样本张"),
        target("T2", "桥县/河镇", "100%", department="县水利局"),
        target("T3", "桥县/山乡", "100", set_on=pd.Timestamp(2023, 1, 1)),
        target(
            "T3", "桥县/山乡", "90", set_on=pd.Timestamp(2024, 1, 1), reason="下调", department="县住建局"
        ),
        target("T4", "桥县", "若干", indicator="通宽带户比例"),
    ]
    project = {
        "entity": "X1", "unit": A, "project_id": "X1", "project_name": "水厂", "department": "县水利局",
        "approved_on": pd.Timestamp(2024, 9, 27), "started_on": pd.Timestamp(2024, 10, 9), "progress": 50.0,
        "planned_investment": 100_00, "paid_amount": 60_00, "in_library": True,
    }  # fmt: skip
    flow = [
        {
            "entity": f"F{n}",
            "unit": A,
            "project_id": of,
            "source": "special",
            "stage": stage,
            "amount": amount,
        }
        for n, (of, stage, amount) in enumerate(
            [("X1", "planned", 100_00), ("X1", "paid", 60_00), (None, "paid", 5_00)]
        )
    ]
    with pytest.MonkeyPatch.context() as unchecked:
        unchecked.setattr("tests.commands.check_years", lambda *given: Findings.none())
        wanted, works = part(place, "target", 2024, 4, targets), part(place, "project", 2024, 5, [project])
        commit(place, *parts, wanted, works, part(place, "fund", 2024, 6, flow))
    return place


@pytest.fixture(scope="module")
def plan(at: Workspace) -> Planning:
    """The plan of 2024, everything in it computed once."""
    return Planning(Standing(at, definitions(), at.store), 2024)


def test_targets_are_what_they_are_on_paper(plan: Planning) -> None:
    """The county: 80 to 87.5 of 90 wanted, two thirds of the way due; 河镇: 15 of 20, 山乡 none of 10."""
    rows = plan.needed().astype(object).where(plan.evaluated.notna(), None).to_dict("records")

    told = [(one["target"], one["unit"], one["attainment"], one["due"], one["verdict"]) for one in rows]
    assert told == [
        ("T1", "桥县", pytest.approx(0.75), pytest.approx(0.8 + 0.1 * 2 / 3), "ahead"),
        ("T4", "桥县", None, None, "not_evaluable"),
        ("T2", "桥县/河镇", pytest.approx(0.75), pytest.approx(0.8 + 0.2 * 2 / 3), "ahead"),
        ("T3", "桥县/山乡", pytest.approx(0), pytest.approx(0.8 + 0.1 * 2 / 3), "out_of_reach"),
    ]
    assert (rows[0]["numerator"], rows[0]["denominator"]) == (pytest.approx(0.075), pytest.approx(0.1))
    assert (rows[3]["version"], rows[3]["because"]) == (2, "forecast_short")
    assert rows[1]["note"] == "no_target_value"


def test_what_is_shared_is_split_and_stands_in_full(plan: Planning) -> None:
    found = plan.results[plan.results["kind"] == "department"].fillna({"party": "", "targets": 0})

    split, whole = (found[found["view"] == view].set_index("party") for view in ("split", "whole"))
    assert split["targets"].to_dict() == {"县水利局": 1.6, "县工业和信息化局": 1, "县住建局": 1.4, "": 0}
    assert whole["targets"].to_dict() == {"县水利局": 2, "县工业和信息化局": 1, "县住建局": 2, "": 0}
    assert whole["money_rate"].to_dict()["县水利局"] == 0.6
    assert split["money_paid"].to_dict()[""] == 5


def test_revisions_stay_and_a_table_that_knows_no_level_says_so(
    plan: Planning, at: Workspace, typed: Terminal
) -> None:
    several = plan.targets[plan.targets["same"].duplicated(keep=False)]

    refused = typed("evaluate", "-w", at.root, "--what", "problems", "--by", "village")

    assert several[["version", "value", "superseded"]].to_numpy().tolist() == [[1, 1, True], [2, 0.9, False]]
    assert (refused.code, "--by village" in refused.err) == (2, True)


@pytest.mark.parametrize("what", ["targets", "forecast", "scores", "responsibility", "revisions", "problems"])
def test_every_column_has_a_heading_in_files_too(what: str, at: Workspace, typed: Terminal) -> None:
    plain = typed("evaluate", "-w", at.root, "--what", what, "-f", "csv")
    file = typed("evaluate", "-w", at.root, "--what", what, "-o", at.root / f"{what}.xlsx")

    assert (plain.code, file.code) == (0, 0)
    assert plain.out.startswith("\ufeff")


def test_scores_are_points_of_printed_figures_and_words_say_why(plan: Planning) -> None:
    """河镇: 95 % is three quarters of the way to 100, 45 points; 0.75 of its target, 30. 山乡: none."""
    lines, totals = Scoring(plan, card_named(plan, "小考核")).found

    assert totals[["subject", "score", "grade"]].to_numpy().tolist() == [
        ["桥县/河镇", 75, "good"],
        ["桥县/山乡", 0, "poor"],
    ]
    assert lines["reason_zh"][0] == "95%，按“按比例：80% 得 0 分，100% 得满分 60 分”得 45 分，扣 15 分"
    with pytest.raises(PovplanError) as unknown:
        card_named(plan, "小考")
    assert "small（小考核）" in unknown.value.said.zh
    assert "small (Small)" in unknown.value.said.en


def test_clocks_count_working_days_with_holidays_and_make_up_days(plan: Planning) -> None:
    """From Friday 27 September: Sunday 29 worked, Monday 30, then 8 and 9 October: four days."""
    lines, totals = Scoring(plan, card_named(plan, "department_yearly")).found

    line = lines[(lines["subject"] == "县水利局") & (lines["item"] == "start")].iloc[0]
    assert (line["figure"], line["gained"], line["n"]) == (4, 6, 1)
    others = lines[(lines["subject"] == "县住建局") & (lines["item"] == "start")].iloc[0]
    assert (others["note"], pd.isna(others["gained"])) == ("no_rows", True)
    assert totals.set_index("subject")["note"].to_dict()["县住建局"] == "too_few"


def test_what_nobody_answers_for_comes_first(plan: Planning) -> None:
    owners = plan.owners

    assert owners.loc[owners["department"].isna(), ["kind", "id"]].to_numpy().tolist() == [["fund", "F2"]]
    assert owners["id"][0] == "F2"
    shared = owners.loc[owners["id"] == "T1", ["department", "portion"]].to_numpy().tolist()
    assert shared == [["县水利局", 0.6], ["县住建局", 0.4]]
    assert owners.loc[owners["id"] == "F0", "department"].tolist() == ["县水利局"]


def test_a_person_stands_in_full_only_in_the_offices_own_workbook(
    at: Workspace, plan: Planning, typed: Terminal
) -> None:
    path = at.root / "targets.xlsx"
    answer = typed("evaluate", "-w", at.root, "-o", path)
    table = typed("evaluate", "-w", at.root)

    book = openpyxl.load_workbook(path)
    cells = {cell.value for row in book.active for cell in row}  # type: ignore[union-attr]
    assert answer.code == table.code == 0
    assert "样本张" in cells
    assert "样本张" not in table.out + table.err
    assert persons_masked(plan.evaluated, at, plan.openly)["person"].tolist()[0] == at.pseudonym("样本张")
    assert "山乡" in table.out
    assert "目标 4 项：超前 2 项，难以按期完成 1 项，无法评价 1 项。" in table.err


def with_open_targets() -> Config:
    """The definitions, but who answers for a target is no secret."""
    config = definitions()
    ledger = config.ledgers["target"]
    fields = [one.model_copy(update={"person": one.person and one.id != "person"}) for one in ledger.fields]
    return replace(config, ledgers={**config.ledgers, "target": ledger.model_copy(update={"fields": fields})})


def test_a_name_that_another_ledger_keeps_secret_is_no_open_one(at: Workspace, plan: Planning) -> None:
    corrections = pd.DataFrame({"owner_person": pd.array(["样本张"], "string")})
    told, kept = (Planning(Standing(at, with_open_targets(), at.store), 2024) for _ in range(2))
    vars(kept).update(targets=kept.targets, corrections=corrections)

    assert plan.openly == frozenset()
    assert "样本张" in told.openly
    assert "样本张" not in kept.openly


def test_who_answers_is_named_where_the_ledger_says_that_the_name_is_no_secret(
    at: Workspace, plan: Planning
) -> None:
    open_ = with_open_targets()
    report = open_.reports["county"]
    sheets = [one for one in report.sheets if one.kind in ("targets", "responsibility")]
    short = report.model_copy(update={"sheets": sheets})

    told = {}
    for name, standing in (("coded", plan.standing), ("named", Standing(at, open_, at.store))):
        facts = facts_of(at, standing, 2024, "zh", short)
        pages = workbook(short, facts, book_of(standing, "zh")).sheets
        told[name] = [
            text
            for table in (table for page in pages for table in page.tables)
            for text in (*(cell_of(given).value for row in table.rows for given in row.cells), *table.notes)
        ]

    code, note = at.pseudonym("样本张"), "责任人以代号印出"
    assert ("样本张" in told["coded"], code in told["coded"]) == (False, True)
    assert ("样本张" in told["named"], code in told["named"]) == (True, False)
    assert sum(str(one).startswith(note) for one in told["coded"]) == 2
    assert not any(str(one).startswith(note) for one in told["named"])


def test_a_share_is_not_foretold_beyond_the_whole(at: Workspace, plan: Planning, typed: Terminal) -> None:
    """河镇: 80, 90, 95 make a line that stands at 103 % in 2025."""
    columns = target_table(plan.evaluated, ("unit", "forecast", "reason"), book_of(plan.standing, "zh"))
    rows = [[cell_of(given).value for given in row.cells] for row in columns.rows if row.level]
    told = {row[0]: row[1:] for row in rows if row[1] is not None}

    assert told["河镇"] == ["—", "基期取自台账；按趋势2025年即到100%，不再外推"]
    assert told["桥县"][0] == pytest.approx(0.9166667)
    answer = typed("evaluate", "-w", at.root, "--what", "forecast")
    assert "103" not in answer.out

    there = plan.evaluated.assign(actual=plan.evaluated["actual"].mask(plan.evaluated["actual"] == 0.95, 1.0))
    columns = target_table(there, ("unit", "reason"), book_of(plan.standing, "zh"))
    rows = [[cell_of(given).value for given in row.cells] for row in columns.rows if row.level]
    assert ["河镇", "基期取自台账；已到100%，不再外推"] in rows


def test_each_has_one_upright_page_of_a4(at: Workspace, plan: Planning) -> None:
    path = write_notices(at, plan.standing, 2024, "zh")

    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["河镇", "山乡", "县水利局", "县住建局", "县工业和信息化局"]
    for sheet in book:
        setup = sheet.page_setup
        assert (setup.orientation, str(setup.paperSize)) == ("portrait", "9")
        fitting = sheet.sheet_properties.pageSetUpPr
        assert fitting is not None and fitting.fitToPage
        assert {setup.fitToWidth, setup.fitToHeight} <= {None, 1}  # one is what a blank means
    told = [str(cell.value) for row in book["河镇"] for cell in row if cell.value is not None]
    assert "小考核：75.00 分（总分 100），等次：良好。" in told
    assert "目标 1 项：超前 1 项。" in told
    told = [str(cell.value) for row in book["县住建局"] for cell in row if cell.value is not None]
    assert "部门年度考核：能评价的不足 50 分，不评分。" in told


def test_a_departments_workbook_holds_what_it_answers_for_and_nothing_else(
    at: Workspace, plan: Planning
) -> None:
    paths = list(islice(write_departments(at, plan.standing, 2024, "zh"), 2))

    assert [path.name for path in paths] == ["01-县水利局.xlsx", "02-县住建局.xlsx"]
    book = openpyxl.load_workbook(paths[1])
    told = {str(cell.value) for row in book["目标完成情况"] for cell in row}
    assert "山乡" in told
    assert "河镇" not in told
    assert "县住建局2024年责任清单及结果" in {str(cell.value) for row in book["责任清单"] for cell in row}


def test_a_target_in_yaml_for_no_unit_of_the_county_is_refused_at_its_place(at: Workspace) -> None:
    text = "- id: Y1\n  indicator: 饮水安全户比例\n  unit: 桥县/何镇\n"
    one = {"id": "Y1", "indicator": "饮水安全户比例", "unit": "桥县/何镇", "source": "规划"}
    drawn = Target.model_validate({**one, "baseline": {"year": 2022}, "target": {"year": 2025, "value": 95}})
    given = {"targets": (drawn,), "target_places": ("configs/targets.yaml:1",)}
    files = {"texts": {"targets.yaml": text}, "files": {"targets.yaml": "configs/targets.yaml"}}
    config = replace(definitions(), **given, **files)  # type: ignore[arg-type]

    with pytest.raises(ConfigError) as refused:
        Planning(Standing(at, config, at.store), 2024).needed()

    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.column) == ("configs/targets.yaml", 3, 9)
    assert "桥县/河镇" in fault.said.zh


def test_without_targets_there_is_a_sentence(tmp_path: Path, typed: Terminal) -> None:
    place = workspace(tmp_path / "none", "default")
    commit(place, part(place, "village", 2024, 1, [{"entity": A, "unit": A, "rural_households": 9}]))

    answer = typed("evaluate", "-w", place.root)

    assert (answer.code, "configs/targets.yaml" in answer.err) == (2, True)


def test_a_wrong_cell_of_the_workbook_is_a_finding_at_its_cell(tmp_path: Path) -> None:
    place = workspace(tmp_path / "county", "default")
    place.__dict__["config"] = definitions()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["桥县目标任务台账"])
    sheet.append(
        ["目标编号", "目标指标", "基期年份", "基期值", "目标年份", "目标值", "目标责任单位", "目标权重"]
    )
    sheet.append(["T1", "饮水安全户比例", 2020, "八成", 2025, 95, "县水利局", 1])
    sheet.append(["T2", "饮水安全户率", 2020, 80, 2025, 95, "县水利局", 1])
    sheet.append(["T3", "失学率", 2020, 80, 2019, 95, "县水利局", "重"])
    sheet.append(["T4", "饮水安全户比例", 2024, 80, 2024, 95, "甲局70%;乙局70%", 1])
    book.save(tmp_path / "t.xlsx")

    outcome = counties.run(place, tmp_path / "t.xlsx", year=2024)

    assert counties.told(outcome) == [
        ("target_indicator", "t.xlsx", "B4", "new"),
        ("target_indicator", "t.xlsx", "B5", "new"),
        ("target_shares", "t.xlsx", "G6", "new"),
        ("target_unreadable", "t.xlsx", "D3", "new"),
        ("target_years", "t.xlsx", "E5", "new"),
        ("target_years", "t.xlsx", "E6", "new"),
        ("unreadable_number", "t.xlsx", "H5", "new"),
    ]


def test_a_target_of_nobody_knows_which_units_waits(tmp_path: Path) -> None:
    """A level that cannot be read is not the county's; a blank one is."""
    place = workspace(tmp_path / "county", "default")
    at = "桥县/河镇/甲村"
    village = {"entity": at, "unit": at, "rural_households": 100, "unsafe_water_households": 10}
    commit(place, part(place, "village", 2024, 1, [village]))
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["桥县目标任务台账"])
    sheet.append(["目标编号", "目标适用层级", "目标指标", "基期年份", "基期值", "目标年份", "目标值"])
    sheet.append(["T1", "各个好地方", "饮水安全户比例", 2020, 80, 2025, 95])
    sheet.append(["T2", None, "饮水安全户比例", 2020, 80, 2026, 96])
    sheet.append(["T3", "各村", "饮水安全户比例", 2020, 80, 2027, 97])
    book.save(tmp_path / "t.xlsx")

    outcome = counties.run(place, tmp_path / "t.xlsx", year=2024)

    (waits,) = outcome.findings.frame.query("effect == 'hold'").to_dict("records")
    assert (waits["rule"], waits["entity"], "各个好地方" in str(waits)) == ("no_scope", "T1", True)
    assert [one for one in counties.told(outcome) if one[2] == "B3"] == [("no_scope", "t.xlsx", "B3", "new")]
    told = Planning(Standing(place, place.config, place.store), 2024).evaluated
    assert told[["target", "unit"]].to_numpy().tolist() == [["T2", "桥县"], ["T3", at]]


def test_money_is_its_projects_whoever_answers_for_that_in_the_last_ledger_that_has_it(
    tmp_path: Path,
) -> None:
    """Of 2024: F1 pays for a project of 2023 with a manager, F2 has a department of its own, F3 nobody."""
    place = workspace(tmp_path / "county", "default")
    project = {"entity": "X1", "unit": A, "project_id": "X1", "project_name": "水厂", "manager": "样本李"}
    lines = [
        {"entity": number, "unit": A, "project_id": of, "department": own, "stage": "paid", "amount": 100_00}
        for number, of, own in (("F1", "X1", None), ("F2", "X1", "县水利局"), ("F3", "X9", None))
    ]
    commit(place, part(place, "project", 2023, 1, [project]), part(place, "fund", 2024, 2, lines))
    planning = Planning(Standing(place, definitions(), place.store), 2024)

    found = planning.owners[planning.owners["kind"] == "fund"].set_index("id")[["department", "person"]]

    assert found.fillna("").to_dict("index") == {
        "F3": {"department": "", "person": ""},
        "F1": {"department": "", "person": "样本李"},
        "F2": {"department": "县水利局", "person": ""},
    }
    assert planning.money["person"].fillna("").tolist() == ["样本李", "", ""]


def test_an_indicator_for_which_nobody_answers_is_a_fault_of_the_plan(plan: Planning) -> None:
    """Not in a year in which it is out of use, nor where somebody answers by then."""
    ones = [
        one.model_copy(update={"responsible": {2025: "县水利局"} if one.id == "safe_water_coverage" else {}})
        for one in plan.indicators
        if one.id in ("safe_water_coverage", "poverty_incidence")
    ]
    config = replace(plan.standing.config, indicators=tuple(ones))
    alone = Planning(replace(plan.standing, config=config, figures={}, analysed={}), 2024)

    found = alone.problems[alone.problems["rule"] == "indicator_owner"]

    assert found["indicator"].tolist() == ["safe_water_coverage"]
    assert "indicator_owner" not in set(plan.problems["rule"])


def test_a_target_of_a_weight_below_zero_weighs_nothing() -> None:
    """T1 reached half its way with weight 1, T2 all of it with weight −3."""
    drawn = pd.DataFrame(
        {"verdict": ["behind", "reached"], "attainment": [0.5, 1.0], "weight": [1.0, -3.0]}
    ).astype({"verdict": "string", "weight": "Float64"})

    (found,) = weighted(drawn, pd.Series(["甲", "甲"])).to_dict("records")

    assert (found["attainment"], found["attainment_weight"], found["reached_share"]) == (0.5, 1.0, 0.0)
