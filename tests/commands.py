"""Run commands as a user does, and fill a workspace's ledger without reading a file."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from povplan.cli.app import app
from povplan.cli.boundary import run
from povplan.jobs.checking import check_years
from povplan.jobs.faults import finding
from povplan.jobs.gathering import Gathered
from povplan.jobs.standing import Standing
from povplan.ledger import HELD
from povplan.messages import say
from povplan.model import DTYPES, ENTITY, ROW, SOURCE, UNIT, Source
from povplan.store import Batch, Draft, Input, Part
from povplan.store.values import Mode
from povplan.workspace import Workspace

TIME = "2025-01-15T09:30:00+08:00"


@dataclass(frozen=True)
class Answer:
    """What a command left: exit code, data, words."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """Where commands are typed."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: object, lang: str = "zh") -> Answer:
        self.capsys.readouterr()
        code = run(partial(app, [*(str(word) for word in words), "--lang", lang]))
        said = self.capsys.readouterr()
        return Answer(code, said.out, said.err)


SMALL = {
    "profile.yaml": """
        profile: small
        label: {zh: 小样, en: Small}
        ledgers: [village, household]
        indicators: [small]
    """,
    "indicators/small.yaml": """
        - id: population
          label: {zh: 人口, en: Population}
          domain: economic
          ledger: village
          value: sum(population)
          in: 人
          source: 乡村统计
    """,
    "ledgers/village.yaml": """
        ledger: village
        label: {zh: 村表, en: Villages}
        level: village
        key: [township, village]
        fields:
          - {id: township, label: 乡镇, type: text, place: township}
          - {id: village, label: {zh: 行政村, en: Village}, type: text, place: village}
          - {id: population, label: {zh: 总人口, en: Population}, type: integer, in: 人, kind: stock, min: 0}
    """,
    "ledgers/household.yaml": """
        ledger: household
        label: {zh: 户表, en: Households}
        level: household
        population: registered
        key: [household_id]
        fields:
          - {id: household_id, label: 户编号, type: code, person: true}
          - {id: village, label: 村, type: text, place: village}
          - {id: head, label: 户主姓名, aliases: [户主], type: text, person: true}
          - {id: persons, label: {zh: 家庭人口数, en: Persons}, type: integer, in: 人, min: 1, max: 30}
          - {id: income, label: {zh: 纯收入, en: Income}, type: money, in: 元, kind: flow}
          - {id: since, label: {zh: 建档日期, en: Since}, type: date}
        rules:
          - id: X1
            label: {zh: 人均收入过高, en: Income per head too high}
            check: income / persons <= param(poverty_line) * 10
            fields: [income]
            hint: {zh: 核对收入, en: Check the income}
            source: 示例
            examples:
              pass: [{year: 2015, income: 28550, persons: 1}]
              fail: [{year: 2015, income: 28550.01, persons: 1}]
    """,
}
"""A profile small enough to be read at a glance."""


def workspace(root: Path, profile: str = "small") -> Workspace:
    """A workspace that has only its settings and, for the small profile, its definitions."""
    root.mkdir(parents=True, exist_ok=True)
    text = f"povplan: 1\nprofile: {profile}\ncounty: {{name: 桥县}}\n"
    (root / "povplan.yaml").write_text(text, encoding="utf-8")
    if profile == "small":
        for name, content in SMALL.items():
            lay(root / "configs" / "profiles" / "small" / name, content)
    return Workspace(root)


def lay(path: Path, content: str) -> None:
    """A definition file, its indentation taken off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(content).lstrip(), encoding="utf-8")


def part(
    at: Workspace,
    ledger: str,
    year: int,
    source: int,
    rows: Sequence[dict[str, Any]],
    *,
    mode: Mode = "full",
    form: str = "",
    scope: Sequence[str] = (),
) -> Part:
    """Rows of a ledger; each names its `entity` and `unit`, maybe `held`. Money in fen.

    Row n stands in sheet row n + 1.
    """
    spec = at.config.ledgers[ledger]
    names = dict.fromkeys(name for row in rows for name in row if name not in ("entity", "unit", "held"))
    columns = {n: pd.Series([row.get(n) for row in rows], dtype=DTYPES[spec.field(n).type]) for n in names}
    marks: dict[str, Any] = {
        ENTITY: pd.Series([row["entity"] for row in rows], dtype="string"),
        UNIT: pd.Series([row["unit"] for row in rows], dtype="string"),
        SOURCE: pd.Series([source] * len(rows), dtype="Int64"),
        ROW: pd.Series(range(2, len(rows) + 2), dtype="Int64"),
        HELD: [bool(row.get("held")) for row in rows],
    }
    frame = pd.DataFrame(columns, index=range(len(rows))).assign(**marks)
    spoken = tuple(scope) or tuple(dict.fromkeys(frame[UNIT]))
    return Part(ledger, year, form or ledger, mode, spoken, frame)


def commit(at: Workspace, *parts: Part, unreadable: Sequence[tuple[str, str, str, int]] = ()) -> Batch:
    """The parts as a batch, checked as `update` does; each source is a file `s<number>.xlsx`.

    `unreadable`: (ledger, entity, unit, source) of a row with one cell that was no number.
    """
    sources = {
        int(number): _source(int(number), one) for one in parts for number in one.frame[SOURCE].unique()
    }
    year = parts[0].year
    found = [_unreadable(*row, year=year) for row in unreadable]
    gathered = Gathered(parts=list(parts), sources=sources, findings=found)
    standing = Standing(at, at.config, at.store, parts=gathered.parts)
    findings = check_years(standing, gathered, {one.year for one in parts})
    draft = Draft(
        kind="update",
        time=TIME,
        operator="李",
        as_of={one.year: f"{one.year}-12-31" for one in parts},
        config_digest=at.config.digest,
        config_texts=at.config.texts,
        profile=at.config.profile.profile,
        inputs=tuple(Input(s.sha256, s.file, None, "full", "accepted") for s in sources.values()),
        sources=tuple(sources.values()),
        parts=parts,
        findings=findings.kept,
        coverage=[{"ledger": one.ledger, "year": one.year, "accepted": len(one.frame)} for one in parts],
    )
    return at.store.commit(draft)


def _source(number: int, of: Part) -> Source:
    fields = [name for name in of.frame if not str(name).startswith("_")]
    columns = {str(name): at for at, name in enumerate(fields, 1)}
    return Source(number, f"{number:064x}", f"s{number}.xlsx", "表1", of.form, of.ledger, columns)


def _unreadable(ledger: str, entity: str, unit: str, source: int, *, year: int) -> dict[str, Any]:
    said = say("note_unreadable_number", label="人口", shown="若干")
    hint = say("hint_unreadable_number")
    return finding(
        "unreadable_number", said, hint, ledger=ledger, year=year, source=source, row=2, column=1,
        entity=entity, unit=unit, name="persons",
    )  # fmt: skip
