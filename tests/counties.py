"""Small workspaces of the profile guangzhou-2011, workbooks in its forms, and what is in the ledger then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from povplan.config import Config, load_config
from povplan.jobs.standing import Standing
from povplan.jobs.update import Order, Outcome, update
from povplan.messages import Said
from povplan.model import ENTITY, MARKS, column_letters
from povplan.workspace import Workspace

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
COUNTY = "示例县"
FUNDS = {
    "county": "区（县）",
    "township": "镇名称",
    "village": "村名称",
    "planned": "规划投入资金（元）",
    "invested": "已投入帮扶资金",
    "households": "贫困户数",
    "special": "财政专项(元)",
    "credit": "信贷资金(元)",
    "own": "单位自筹(元)",
    "donation": "社会募捐(元)",
}
MONTHLY = {
    "county": "区（县）",
    "township": "镇名称",
    "village": "村名称",
    "households": "贫困户数",
    "contact": "联系人",
    "poor": "贫困户户数(户)",
    "persons": "贫困户人数(人)",
    "exits": "预计本年脱贫户数(户)",
    "last": "上年村级集体经济收入(元)",
}
Row = dict[str, Any]


def workspace(root: Path, profile: str = "guangzhou-2011", more: str = "") -> Workspace:
    root.mkdir(parents=True, exist_ok=True)
    (root / "povplan.yaml").write_text(f"povplan: 1\nprofile: {profile}\n{more}", encoding="utf-8")
    place = Workspace(root)
    place.__dict__["config"] = _shipped(profile)
    return place


@cache
def _shipped(profile: str) -> Config:
    return load_config(profile)


def rows(drawing: str) -> list[Row]:
    """Rows of a form from a drawing; `·` is a blank, 乡/村 or 村 in the first column names the village."""
    header, *lines = [line.split() for line in drawing.strip().splitlines() if line.strip()]
    return [_row(dict(zip(header, line, strict=True))) for line in lines]


def _row(drawn: dict[str, str]) -> Row:
    known = {name: _value(value) for name, value in drawn.items() if value != "·"}
    township, _, village = str(known.pop("village", "")).rpartition("/")
    place = {"county": COUNTY, "township": township or "城关镇", "village": village or None}
    return {**place, **known}


def _value(text: str) -> Any:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text


def workbook(
    path: Path, headers: dict[str, str], given: str | Iterable[Row], title: str = "", total: Row | None = None
) -> Path:
    """A workbook with one sheet in a form; only columns that some row fills, and the places."""
    lines = rows(given) if isinstance(given, str) else list(given)
    used = {*("county", "township", "village"), *(name for line in lines for name in line)}
    names = [name for name in headers if name in used]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "表"
    if title:
        sheet.append([title])
    sheet.append([headers[name] for name in names])
    for line in [*lines, *([total] if total else [])]:
        sheet.append([line.get(name) for name in names])
    book.save(path)
    return path


def funds(path: Path, given: str | Iterable[Row], **more: Any) -> Path:
    return workbook(path, FUNDS, _filled(given, ("planned", "invested", "special")), **more)


def monthly(path: Path, given: str | Iterable[Row], **more: Any) -> Path:
    return workbook(path, MONTHLY, _filled(given, ("poor", "persons", "exits")), **more)


def _filled(given: str | Iterable[Row], columns: Sequence[str]) -> list[Row]:
    """The rows with the columns that tell the form apart, be they blank."""
    lines = rows(given) if isinstance(given, str) else list(given)
    return [{**dict.fromkeys(columns), **line} for line in lines]


def run(place: Workspace, *files: Path, year: int | None = 2011, **order: Any) -> Outcome:
    """One `update` of the workspace, with the definitions it has loaded."""
    return update(place, Order(files=files, year=year, **order), quiet)


def quiet(said: Said) -> None:
    """Progress that nobody watches."""


def standing(place: Workspace) -> Standing:
    return Standing(place, place.config, place.store)


def drawn(place: Workspace, ledger: str, *fields: str, year: int = 2011) -> dict[str, Any]:
    """Village (last name of the entity) → value of a field, or the tuple of several; money in yuan."""
    frame = standing(place).folded(ledger, year).frame
    if not len(frame):
        return {}
    declared = place.config.ledgers[ledger]
    columns = []
    for field in fields:
        values = frame[field] / 100 if declared.field(field).type == "money" else frame[field]
        columns.append([None if pd.isna(value) else value for value in values])
    names = [str(entity).split("/")[-1] for entity in frame[ENTITY]]
    told = list(zip(*columns, strict=True))
    return {name: one[0] if len(fields) == 1 else one for name, one in zip(names, told, strict=True)}


def whole(place: Workspace) -> dict[tuple[str, int], str]:
    """Every ledger and year, rows sorted, whatever cells they came from."""
    now = standing(place)
    found = {}
    for name in now.config.ledgers:
        for year in now.years:
            frame = now.folded(name, year).frame.sort_values(ENTITY).reset_index(drop=True)
            plain = frame[[*MARKS[:2], *sorted(set(frame.columns) - set(MARKS))]]
            found[name, year] = plain.dropna(axis="columns", how="all").to_csv(index=False)
    return found


def told(outcome: Outcome, rule: str | None = None) -> list[tuple[str, str, str, str]]:
    """(rule, file, cell, status) of the findings, of one rule or all."""
    frame = outcome.findings.frame
    lines = []
    for line in frame.to_dict("records"):
        source = outcome.findings.sources.get(line["source"]) if not pd.isna(line["source"]) else None
        column = "" if pd.isna(line["column"]) else column_letters(int(line["column"]))
        cell = "" if pd.isna(line["row"]) else f"{column}{line['row']}"
        lines.append((line["rule"], source.file if source else "", cell, line["status"]))
    return sorted(line for line in lines if rule in (None, line[0]))
