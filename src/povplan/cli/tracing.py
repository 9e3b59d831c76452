"""A trace for people and machines: sections on a terminal, one object, the cells, or a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from povplan.cli.fitting import print_table
from povplan.cli.options import Format
from povplan.cli.output import Voice, emit_frame, emit_json, field_json, guard, records, writing
from povplan.cli.page import CONTROLS, Page
from povplan.cli.showing import heading, headings
from povplan.cli.tables import shown as written
from povplan.config import Config
from povplan.jobs.standing import Standing
from povplan.jobs.tracing import Past, Trace
from povplan.messages import say
from povplan.model import NOTES
from povplan.sheets.page import Given
from povplan.spec import CodeList, LedgerField

LONG = 12
"""Characters of a SHA-256 that a terminal gets to see."""


def show(of: Trace, standing: Standing, format: Format, output: Path | None, voice: Voice) -> None:
    """The trace in the format asked for; in the table a word says how many rows more there are."""
    if format == "json":
        emit_json(as_json(of), output)
    elif format == "csv":
        emit_frame(of.cells, format, output, headings(of.cells, voice.lang))
    elif format == "xlsx":
        assert output is not None
        _write(of, standing, output, voice.lang)
    else:
        _print(of, standing, voice.lang)
    if of.more:
        voice(say("trace_more", count=of.more, rows=len(of.rows) + of.more))


def as_json(of: Trace) -> dict[str, Any]:
    """One object: the figure, its definition, parts, rows, cells."""
    figure = records(pd.DataFrame([dict(of.figure)]))[0]
    return {
        "batch": of.batch,
        "year": of.year,
        "indicator": of.id,
        "label_zh": of.label.zh,
        "label_en": of.label.en,
        "unit": of.unit,
        "level": of.level,
        "figure": figure,
        "definition": [
            {"fact": one.name, "zh": [said.zh for said in one.said], "en": [said.en for said in one.said]}
            for one in of.facts
        ],
        "adds": of.adds,
        "parts": records(of.parts),
        "counts": dict(of.counts),
        "fields": [field_json(field) for field in of.fields],
        "rows": records(of.rows),
        "more": of.more,
        "cells": records(of.cells),
    }


# ---- the terminal ------------------------------------------------------------------------------------


def _print(of: Trace, standing: Standing, lang: str) -> None:
    page = Page.of_terminal(lang)
    write = writer(of, standing)
    page.section()
    page.line(page.word("trace_title", label=of.label.text(lang), unit=of.unit, year=of.year))
    page.line(figure_line(of, write, lang))
    page.line(counts_line(of, lang))
    page.listed(
        page.word("trace_definition"),
        [
            f"{fact_heading(one.name, lang)}{page.colon}{page.comma.join(s.text(lang) for s in one.said)}"
            for one in of.facts
        ],
    )
    sections = (
        ("trace_parts", parts_table(of, write, lang)),
        ("trace_rows", rows_table(of, standing.config, lang)),
        ("trace_cells", cells_table(of, lang, whole=False)),
    )
    for key, frame in sections:
        if len(frame):
            page.section()
            page.line(page.word(key))
            print_table(frame.map(lambda cell: str(cell).translate(CONTROLS)), heads_of(frame, lang))


def writer(of: Trace, standing: Standing) -> Callable[[Any], str]:
    """How a value of the figure is written: percent, yuan, decimals."""
    indicator = of.indicator
    if indicator is None:
        return lambda value: "" if pd.isna(value) else f"{value:,.2f}"
    return lambda value: written(value, indicator, standing)


def fact_heading(name: str, lang: str) -> str:
    """The heading of a fact of the definition."""
    return say(f"fact_{name}").text(lang)


def figure_line(of: Trace, write: Callable[[Any], str], lang: str) -> str:
    """`12.30 % = 1,230 ÷ 10,000`, or why there is no figure."""
    figure = of.figure
    value = write(figure["value"]) or NOTES[str(figure["note"])].text(lang)
    if pd.isna(figure["numerator"]) or pd.isna(figure["denominator"]):
        return say("trace_value", value=value).text(lang)
    told = {
        "value": value,
        "numerator": plain(figure["numerator"]),
        "denominator": plain(figure["denominator"]),
    }
    return say("trace_ratio", **told).text(lang)


def counts_line(of: Trace, lang: str) -> str:
    """How many rows count, and what became of the others."""
    comma = ", " if lang == "en" else "，"
    told = [
        say(f"trace_count_{name}", n=f"{n:,}").text(lang)
        for name, n in of.counts.items()
        if n or name == "used"
    ]
    return comma.join(told)


def plain(value: Any) -> str:
    """A number as people write it."""
    if value is None or pd.isna(value):
        return ""
    return f"{value:,.2f}".removesuffix(".00") if isinstance(value, float) else f"{value:,}"


def parts_table(of: Trace, write: Callable[[Any], str], lang: str) -> pd.DataFrame:
    """The sub-units, and a last line with the whole where they add up to it."""
    lines = list(_part_lines(of, write, lang))
    if lines and of.adds:
        lines.append(_part(say("trace_whole").text(lang), of.figure, write, lang))
    return pd.DataFrame(lines)


def _part_lines(of: Trace, write: Callable[[Any], str], lang: str) -> Iterator[dict[str, str]]:
    for line in records(of.parts):
        yield _part(line["unit"] or say("trace_itself").text(lang), line, write, lang)


def _part(unit: str, line: Mapping[str, Any], write: Callable[[Any], str], lang: str) -> dict[str, str]:
    note, value = line["note"], line["value"]
    return {
        "unit": unit,
        "value": "" if value is None else write(value),
        "numerator": plain(line["numerator"]),
        "denominator": plain(line["denominator"]),
        "n": plain(line["n"]),
        "left_out": plain(line["left_out"]),
        "note": "" if note is None or pd.isna(note) else NOTES[str(note)].text(lang),
    }


def rows_table(of: Trace, config: Config, lang: str) -> pd.DataFrame:
    """The rows with labels for fields and codes."""
    if not len(of.rows):
        return pd.DataFrame()
    frame = pd.DataFrame(
        {
            "entity": of.rows["entity"].where(of.rows["entity"] != of.rows["unit"], ""),
            "unit": of.rows["unit"].fillna(""),
            "trace_state": [say(f"trace_state_{state}").text(lang) for state in of.rows["state"]],
            "why": of.rows["why"],
            "flagged": [say("fact_yes").text(lang) if one else "" for one in of.rows["flagged"]],
        }
    )
    for field in of.fields:
        codes = config.codes.get(field.codes or "")
        frame[labelled(field, lang)] = [value(one, codes, lang) for one in of.rows[field.id]]
    if "side" in of.rows:
        frame["trace_side"] = [say(f"trace_side_{one}").text(lang) if one else "" for one in of.rows["side"]]
        frame["trace_counted"] = [plain(one) for one in of.rows["counted"]]
    return frame


def labelled(field: LedgerField, lang: str) -> str:
    """A field's label with its unit of measure."""
    return field.label.text(lang) + (f"({field.unit})" if field.unit else "")


def value(one: Any, codes: CodeList | None, lang: str) -> str:
    """A value in words."""
    if one is None or pd.isna(one):
        return ""
    if isinstance(one, bool):
        return say("check_yes" if one else "check_no").text(lang)
    if isinstance(one, str) and codes is not None:
        labels = {code.code: code.label.text(lang) for code in codes.values}
        return "、".join(labels.get(part, part) for part in one.split(","))
    return one if isinstance(one, str) else plain(one)


def cells_table(of: Trace, lang: str, *, whole: bool) -> pd.DataFrame:
    """The cells with labels for fields; on a terminal the hash is cut short."""
    if not len(of.cells):
        return pd.DataFrame()
    labels = {field.id: field.label.text(lang) for field in of.fields}
    cells = of.cells.fillna("")
    where = [f"{sheet}!{cell}".strip("!") for sheet, cell in zip(cells["sheet"], cells["cell"], strict=True)]
    return pd.DataFrame(
        {
            "entity": cells["entity"],
            "year": cells["year"],
            "field": [labels.get(one, one) for one in cells["field"]],
            "value": [value(one, None, lang) for one in of.cells["value"]],
            "file": cells["file"],
            "cell": where,
            "batch": cells["batch"],
            "sha256": cells["sha256"] if whole else [str(one)[:LONG] for one in cells["sha256"]],
        }
    )


# ---- the workbook ------------------------------------------------------------------------------------


def _write(of: Trace, standing: Standing, output: Path, lang: str) -> None:
    """A sheet for the figure and its definition, one for parts, rows, cells each."""
    from povplan.excel.write import write_sheets
    from povplan.sheets.page import plain_sheet

    guard(output)
    write = writer(of, standing)
    title = say("trace_title", label=of.label.text(lang), unit=of.unit, year=of.year).text(lang)
    told: list[list[Given]] = [
        [say("trace_figure").text(lang), figure_line(of, write, lang)],
        [say("trace_counted_rows").text(lang), counts_line(of, lang)],
        [say("trace_batch").text(lang), of.batch],
    ]
    told += [[fact_heading(one.name, lang), "\n".join(s.text(lang) for s in one.said)] for one in of.facts]
    heads = [say("report_item").text(lang), say("report_content").text(lang)]
    sheets = [plain_sheet(say("trace_definition").text(lang), heads, told, title)]
    parts = of.parts.assign(
        unit=[one or say("trace_itself").text(lang) for one in of.parts["unit"]],
        note=["" if one is None or pd.isna(one) else NOTES[str(one)].text(lang) for one in of.parts["note"]],
    )
    more = [say("trace_more", count=of.more, rows=len(of.rows) + of.more).text(lang)] if of.more else []
    for key, frame, notes in (
        ("trace_parts", parts, []),
        ("trace_rows", rows_table(of, standing.config, lang), more),
        ("trace_cells", cells_table(of, lang, whole=True), []),
    ):
        if len(frame):
            rows = [list(one.values()) for one in records(frame)]
            name = say(key).text(lang)
            sheets.append(plain_sheet(name, heads_of(frame, lang), rows, title, notes=notes))
    with writing(output):
        print(write_sheets(output, sheets))


def heads_of(frame: pd.DataFrame, lang: str) -> list[str]:
    """The headings of columns, of which some are labels of fields already."""
    from povplan.messages import catalogue

    return [heading(str(name), lang) if f"head_{name}" in catalogue() else str(name) for name in frame]


# ---- one cell ----------------------------------------------------------------------------------------


def show_past(past: Past, config: Config, format: Format, output: Path | None, voice: Voice) -> None:
    """What became of one cell, batch by batch."""
    lang, frame = voice.lang, past.frame
    if format == "json":
        told = {"ledger": past.ledger.ledger, "entity": past.entity, "field": past.field.id}
        emit_json({**told, "past": records(frame)}, output)
        return
    codes = config.codes.get(past.field.codes or "")
    shown = frame.assign(
        time=[str(one).replace("T", " ")[:19] for one in frame["time"]],
        kind=[say(f"kind_{one}").text(lang) for one in frame["kind"]],
        became=[say(f"trace_became_{one}").text(lang) for one in frame["became"]],
        value=[value(one, codes, lang) for one in frame["value"]],
    ).fillna("")
    if format == "table":
        label, ledger = past.field.label.text(lang), past.ledger.label.text(lang)
        voice(say("trace_past", ledger=ledger, entity=past.entity, field=label))
        shown["sha256"] = [str(one)[:LONG] for one in shown["sha256"]]
        if frame["entity"].nunique() < 2:
            shown = shown.drop(columns="entity")
    emit_frame(shown, format, output, headings(shown, lang))
