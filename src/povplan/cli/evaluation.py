"""`evaluate`: how far targets are met, where they lead, scores, who answers, what is wrong with the plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from povplan.cli.options import (
    AsOfOption,
    Format,
    FormatOption,
    LangOption,
    OutputOption,
    QuietOption,
    WorkspaceOption,
    YearOption,
)

if TYPE_CHECKING:
    import pandas as pd

    from povplan.cli.output import Voice
    from povplan.jobs.planning import Planning
    from povplan.sheets.page import Given, Row, Table

What = Literal["targets", "forecast", "scores", "responsibility", "revisions", "problems"]
By = Literal["county", "township", "village", "department", "party"]
LEVELS = ("county", "township", "village")
SHOWN = 200
"""Rows of a table that a terminal gets to see."""


def evaluate(
    what: Annotated[What, typer.Option("--what", help="看什么 · Which table.")] = "targets",
    by: Annotated[
        By | None,
        typer.Option("--by", help="层级，或按责任方 · Level, or by who answers.", show_default=False),
    ] = None,
    card: Annotated[
        str | None, typer.Option("--card", help="哪张考核卡 · Which score card.", show_default=False)
    ] = None,
    year: YearOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """目标完成与考核 · How far targets are met, scores, and who answers.

    完成程度、预测、考核评分、责任清单、目标调整、目标本身的疑点 ·
    Attainment, forecast, score cards, responsibility, revisions, doubts about targets.

    例 Example:  povplan evaluate --what scores --by township --year 2024
    """
    from povplan.cli.figures import opened
    from povplan.cli.output import Voice, settled
    from povplan.jobs.planning import Planning

    standing, of, speech = opened(workspace, as_of, year, lang)
    planning, voice = Planning(standing, of), Voice(speech, quiet)
    chosen: What = "scores" if card is not None else what
    _fits(chosen, by)
    full = settled(format, output) == "xlsx"
    frames = _masked(_frames(planning, chosen, by, card), planning, full)
    if settled(format, output) == "table":
        _show(planning, chosen, by, frames, voice)
    else:
        _write(planning, chosen, frames, format, output, voice)


def _fits(what: What, by: By | None) -> None:
    """PovplanError where a table cannot be had by that."""
    from povplan.errors import PovplanError
    from povplan.messages import say

    allowed: dict[What, tuple[str, ...]] = {
        "targets": (*LEVELS, "department", "party"),
        "forecast": LEVELS,
        "scores": ("township", "village", "department"),
        "responsibility": ("department", "party"),
        "revisions": (),
        "problems": (),
    }
    if by is not None and by not in allowed[what]:
        raise PovplanError(say("plan_by_units", by=by, what=what))


def _frames(planning: Planning, what: What, by: By | None, card: str | None) -> dict[str, pd.DataFrame]:
    """The tables asked for by name, as they are computed."""
    if what == "scores":
        return _scores(planning, by, card)
    if by in ("department", "party"):
        if what == "targets":
            planning.needed()
        found = planning.results
        kinds = ["department"] if by == "department" else ["department", "person"]
        return {"results": found[found["kind"].isin(kinds)].reset_index(drop=True)}
    if what == "responsibility":
        return {"owners": planning.owners}
    if what == "problems" and len(planning.problems):
        planning.demand_units()
        return {"problems": planning.problems}
    evaluated = planning.needed()
    if what == "problems":
        return {"problems": planning.problems}
    if what == "revisions":
        return {"revisions": planning.revisions}
    mine = evaluated if by is None else evaluated[evaluated["level"] == by].reset_index(drop=True)
    return {"targets": mine}


def _scores(planning: Planning, by: By | None, card: str | None) -> dict[str, pd.DataFrame]:
    """Totals and lines of one card, or of all in force for such subjects."""
    import pandas as pd

    from povplan.errors import PovplanError
    from povplan.jobs.scoring import Scoring, card_named, cards_of
    from povplan.messages import say

    cards = [card_named(planning, card)] if card is not None else cards_of(planning, by)
    if not cards:
        raise PovplanError(say("plan_no_cards", year=planning.year))
    planning.demand_units()
    found = [Scoring(planning, one).found for one in cards]
    totals, lines = (pd.concat([pair[at] for pair in found], ignore_index=True) for at in (1, 0))
    return {"totals": totals, "lines": lines}


def _masked(frames: dict[str, pd.DataFrame], planning: Planning, full: bool) -> dict[str, pd.DataFrame]:
    """The tables with persons under their pseudonyms, unless they go to the office's own workbook."""
    if full:
        return frames
    from povplan.jobs.reporting import persons_masked

    place, openly = planning.standing.workspace, planning.openly
    masked = {name: persons_masked(frame, place, openly) for name, frame in frames.items()}
    if "results" in masked:
        found = masked["results"]
        hidden = persons_masked(found, place, openly, ["party"])["party"]
        masked["results"] = found.assign(party=found["party"].where(found["kind"] != "person", hidden))
    return masked


def _show(
    planning: Planning, what: What, by: By | None, frames: dict[str, pd.DataFrame], voice: Voice
) -> None:
    """Few columns in words, and what must be known of them."""
    from povplan.cli.plantables import remarks, tables
    from povplan.messages import say

    for number, table in enumerate(tables(planning, what, frames, voice.lang)):
        if number:
            print()
        show_table(table, voice)
    for said in remarks(planning, what, frames):
        voice(said)
    if any("person" in frame and frame["person"].notna().any() for frame in frames.values()) or by == "party":
        voice(say("plan_masked"))


def show_table(table: Table, voice: Voice) -> None:
    """A table's rows as text; each section under a line of its own."""
    from povplan.cli.fitting import print_table
    from povplan.messages import say

    heads = _heads(table)
    left = SHOWN
    for number, (section, rows) in enumerate(_sections(table)):
        if number:
            print()
        if left > 0 and rows:
            caption = " · ".join(part for part in (table.title if not number else "", section) if part)
            print_table(_texts(rows[:left], len(heads)), heads, caption)
        left -= len(rows)
    if left < 0:
        voice(say("rows_more", count=-left))


def _heads(table: Table) -> list[str]:
    """The last line of each column's head; where two are alike, with what stands over them."""
    last = [column.head[-1] for column in table.columns]
    return [
        "·".join(dict.fromkeys(column.head)) if last.count(name) > 1 else name
        for column, name in zip(table.columns, last, strict=True)
    ]


def _sections(table: Table) -> list[tuple[str, list[Row]]]:
    """The rows under each section's line; a table without sections is one."""
    found: list[tuple[str, list[Row]]] = []
    for row in table.rows:
        if row.look == "section":
            found.append((_text(row.cells[0]), []))
        else:
            found = found or [("", [])]
            found[-1][1].append(row)
    return found or [("", [])]


def _texts(rows: list[Row], width: int) -> pd.DataFrame:
    import pandas as pd

    cells = [[_text(one) for one in row.cells] for row in rows]
    return pd.DataFrame(cells, columns=range(width), dtype=object)


def _text(given: Given) -> str:
    """A cell as its format shows it."""
    from povplan.jobs.printing import formatted
    from povplan.sheets.book import SMALLEST
    from povplan.sheets.page import cell_of

    cell = cell_of(given)
    if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
        return "…" if cell.shape == SMALLEST else formatted(cell.value, cell.shape)
    return "" if cell.value is None else str(cell.value)


def _write(
    planning: Planning,
    what: What,
    frames: dict[str, pd.DataFrame],
    format: Format,
    output: Path | None,
    voice: Voice,
) -> None:
    """All tables in one object or one workbook; of scores a CSV holds the lines."""
    from povplan.cli.output import emit_frame, emit_json, guard, records, settled, writing
    from povplan.cli.showing import headings
    from povplan.messages import say

    format, standing = settled(format, output), planning.standing
    if format == "json":
        told = {name: records(frame) for name, frame in frames.items()}
        emit_json({"batch": standing.newest, "year": planning.year, "what": what, **told}, output)
    elif format == "csv":
        frame = list(frames.values())[-1]
        emit_frame(frame, format, output, headings(frame, voice.lang))
    else:
        from dataclasses import replace

        from povplan.excel.write import write_sheets
        from povplan.sheets.page import plain_sheet

        assert output is not None
        guard(output)
        footer = say("list_internal").text(voice.lang)
        sheets = [
            plain_sheet(name, headings(frame, voice.lang), [list(one.values()) for one in records(frame)])
            for name, frame in frames.items()
        ]
        with writing(output):
            print(write_sheets(output, [replace(sheet, footer=footer) for sheet in sheets]))
        voice(say("plan_full"))
