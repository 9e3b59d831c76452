"""The two real ledgers of Conghua, 2011: the published figures come out, however the sheet is laid out."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from povplan.excel import read_workbook
from povplan.jobs import figures
from povplan.jobs.update import Outcome
from povplan.messages import say
from povplan.model import ENTITY
from povplan.workspace import Workspace
from tests.counties import FIXTURES, run, standing, told, workspace

FOLDER = FIXTURES / "village_ledgers"
FILES = [FOLDER / f"gz2011_conghua-206_{name}.xls" for name in ("funds", "monthly")]
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not here")
Grid = list[list[Any]]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Outcome]:
    place = workspace(tmp_path_factory.mktemp("county"))
    return place, run(place, *FILES)


def leverage(place: Workspace) -> dict[str, tuple[float, float, float]]:
    """Scope → value, numerator and denominator of the county."""
    frame = figures.leverage(standing(place), 2011, None)
    county = frame[(frame["level"] == "county") & (frame["indicator"] == "leverage_others")]
    lines = zip(county["scope"], county["value"], county["numerator"], county["denominator"], strict=True)
    return {
        scope: (round(value, 6), round(above, 2), round(below, 2)) for scope, value, above, below in lines
    }


KNOWN = {"all": (3.814588, 11_870_911.10, 3_111_977.0), "with_lever": 0.425935}


def agrees(place: Workspace) -> None:
    found = leverage(place)
    assert found["all"] == KNOWN["all"]
    assert found["with_lever"][0] == KNOWN["with_lever"]
    villages = standing(place).folded("village", 2011).frame
    assert (len(villages), villages["village"].nunique()) == (125, 124)
    assert villages["collective_income_last"].sum() == 256_227_618
    assert villages["collective_income_expected"].sum() == 636_336_840


def test_the_county_stands_as_published(first: tuple[Workspace, Outcome]) -> None:
    place, outcome = first

    agrees(place)
    villages = standing(place).folded("village", 2011).frame
    assert not villages["village"].str.contains("计").any()
    assert [
        (line.read, line.waiting, line.units) for line in outcome.coverage if line.ledger == "village"
    ] == [(250, 0, 125)]
    name = FILES[0].name
    assert say("totals_agree", name=name, sheet="fp_diqu", count=9) in outcome.remarks
    assert told(outcome, "total_differs") == []


def test_every_township_and_village_has_its_ratio_or_the_reason(first: tuple[Workspace, Outcome]) -> None:
    frame = figures.leverage(standing(first[0]), 2011, None)
    below = frame[(frame["indicator"] == "leverage_others") & (frame["level"] != "county")]
    whole = below[below["scope"] == "all"]
    known, without = whole[whole["value"].notna()], whole[whole["value"].isna()]

    assert (known["value"] * known["denominator"] - known["numerator"]).abs().max() < 1e-6
    assert set(without["note"]) == {"no_lever"}
    assert (known["level"] == "village").sum() == 14
    villages = whole[whole["level"] == "village"]
    assert round(villages["numerator"].sum(), 2) == 11_870_911.10
    assert villages["denominator"].sum() == 3_111_977


def test_villages_that_do_not_add_up_are_findings_at_their_cell_and_count(
    first: tuple[Workspace, Outcome],
) -> None:
    place, outcome = first
    frame = outcome.findings.frame
    names = {rule: set(group["entity"].str.split("/").str[-1]) for rule, group in frame.groupby("rule")}

    assert names["GZ03"] == {"塘基村", "石咀村"}
    assert names["GZ04"] == {"塘基村", "桂峰村", "乌土村", "乐明村"}
    assert len(frame[frame["rule"] == "GZ01"]) == 71
    grids = {path.name: read_workbook(path).grids[0] for path in FILES}
    villages = standing(place).folded("village", 2011).frame.set_index(ENTITY)
    for line in frame[frame["rule"].isin(["GZ01", "GZ03", "GZ04", "out_of_scale"])].to_dict("records"):
        source = outcome.findings.sources[int(line["source"])]
        row = grids[source.file].row(int(line["row"]))
        township, village = line["entity"].split("/")[1:]
        assert {township, village} <= {str(cell).strip() for cell in row[:4]}
        value = villages.loc[line["entity"], line["field"]]
        money = place.config.ledgers["village"].field(line["field"]).type == "money"
        assert float(row[int(line["column"]) - 1]) == pytest.approx(value / 100 if money else value)  # type: ignore[arg-type]
    planned = frame[(frame["rule"] == "out_of_scale") & (frame["field"] == "planned_investment")]
    assert "小杉村" in set(planned["entity"].str.split("/").str[-1])
    assert set(frame["effect"]) == {"flag"}


def test_the_known_defects_are_found_with_their_figures_at_their_cells(
    first: tuple[Workspace, Outcome],
) -> None:
    """Village, file, cell → the figure stated, and for parts what they add up to, as published."""
    _, outcome = first
    frame = outcome.findings.frame
    known = {
        ("GZ03", "塘基村"): ("monthly", "I11", 21, 19),
        ("GZ03", "石咀村"): ("monthly", "I109", 46, 47),
        ("GZ04", "塘基村"): ("monthly", "J11", 59, 56),
        ("GZ04", "桂峰村"): ("monthly", "J14", 101, 106),
        ("GZ04", "乌土村"): ("monthly", "J26", 27, 20),
        ("GZ04", "乐明村"): ("monthly", "J45", 109, 104),
    }

    found = {}
    for line in frame[frame["rule"].isin(["GZ03", "GZ04"])].to_dict("records"):
        source = outcome.findings.sources[int(line["source"])]
        *parts, stated = map(int, re.findall(r" (\d+)(?=，|$)", line["message_zh"]))
        cell = source.cell(int(line["row"]), line["field"])
        name = source.file.rsplit("_", 1)[1].removesuffix(".xls")
        found[line["rule"], line["entity"].rsplit("/", 1)[1]] = (name, cell, stated, sum(parts))

    assert found == known
    far = frame[(frame["rule"] == "out_of_scale") & frame["entity"].str.endswith("小杉村").fillna(False)]
    (planned,) = far[far["field"] == "planned_investment"].to_dict("records")
    assert "300,500,000 元" in planned["message_zh"]
    assert (
        outcome.findings.sources[int(planned["source"])].cell(int(planned["row"]), planned["field"]) == "I11"
    )


def test_blanks_stay_blank(first: tuple[Workspace, Outcome]) -> None:
    place, _ = first
    now = standing(place)
    villages, money = (now.folded(name, 2011).frame for name in ("village", "fund"))

    wide = villages[["planned_investment", "invested", "invested_households", "invested_village"]]
    blanks = wide.isna().sum().sum() + money["amount"].isna().sum()
    known = money.groupby("_unit")["amount"].agg(lambda values: values.isna().sum() == 0)
    sums = money.groupby("_unit")["amount"].sum()
    invested = villages.set_index("_unit")["invested"]
    whole = known.index[known.astype(bool)]
    assert blanks == 109
    assert len(whole) == 112
    assert (sums[whole] == invested[whole]).all()


def test_invested_of_planned_is_the_published_share_and_over_complete_pairs_another(
    first: tuple[Workspace, Outcome],
) -> None:
    villages = standing(first[0]).folded("village", 2011).frame
    money = villages[["invested", "planned_investment"]]

    totals, pairs = money.sum(), money.dropna()

    assert round(float(totals["invested"] / totals["planned_investment"]), 6) == 0.033052
    assert len(pairs) == 111
    assert round(float(pairs["invested"].sum() / pairs["planned_investment"].sum()), 6) == 0.033863


def test_a_second_run_changes_nothing(first: tuple[Workspace, Outcome]) -> None:
    place, _ = first

    outcome = run(place, *FILES)

    assert (outcome.unchanged, outcome.batch) == (True, None)
    assert {line[3] for line in told(outcome)} == {"persisting"}


# ---- the same figures in another layout ------------------------------------------------------------


@cache
def _grid(path: Path) -> tuple[Grid, tuple[Any, ...]]:
    grid = read_workbook(path).grids[0]
    return [grid.row(number) for number in range(1, grid.height + 1)], grid.merges


def rows_permuted(lines: Grid, header: int) -> Grid:
    body = lines[header:]
    random.Random(7).shuffle(body)
    return lines[:header] + body


def column_moved(lines: Grid, header: int) -> Grid:
    return [[*line[1:3], *line[4:], line[0], line[3]] for line in lines]


def title_added(lines: Grid, header: int) -> Grid:
    width = len(lines[0])
    title = [["从化市2011年帮扶情况", *[None] * (width - 1)], ["单位：元", *[None] * (width - 1)]]
    return title + lines


@pytest.mark.parametrize("change", [rows_permuted, column_moved, title_added])
def test_another_layout_gives_the_same_figures(
    tmp_path: Path, first: tuple[Workspace, Outcome], change: Callable[[Grid, int], Grid]
) -> None:
    files = []
    for path in FILES:
        lines, merges = _grid(path)
        header = 1 if "funds" in path.name else 2
        moved = change(lines, header)
        if header == 2 and change is column_moved:
            moved = [[*line[2:4], line[0], line[1], *line[4:]] for line in lines]
        down = 2 if change is title_added else 0
        still = [m for m in merges if m.left > 4 or change is not column_moved]
        files.append(_written(tmp_path / f"{path.stem}.xlsx", moved, still, down))
    place = workspace(tmp_path / "w")

    outcome = run(place, *files)

    agrees(place)
    assert told(outcome, "total_differs") == []
    counts = [
        pd.Series(line[0] for line in told(one)).value_counts().to_dict() for one in (first[1], outcome)
    ]
    assert counts[0] == counts[1]


def _written(path: Path, lines: Grid, merges: list[Any], down: int) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in lines:
        sheet.append(line)
    for merge in merges:
        sheet.merge_cells(
            start_row=merge.top + down,
            start_column=merge.left,
            end_row=merge.bottom + down,
            end_column=merge.right,
        )
    book.save(path)
    return path
