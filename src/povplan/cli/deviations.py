"""`deviations`: where the plan went off course, who answers, what was decided, whether it worked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
    from povplan.jobs.deviating import Deviating
    from povplan.sheets.book import Book

By = Literal["department", "township", "kind", "detector"]
SHORT = ("number", "severity", "label", "name", "unit", "evidence", "department", "touched", "next", "life")
"""Columns that a terminal has room for."""
BEFORE = (
    "year",
    "number",
    "label",
    "name",
    "unit",
    "decision",
    "measure",
    "new_value",
    "done_on",
    "next",
    "life",
)
"""The same for deviations of earlier years."""


def deviations(
    kind: Annotated[
        Literal["design", "execution", "pro_poor", "context"] | None,
        typer.Option(
            "--kind", help="只看一类：设计、执行、益贫性、外部影响 · One kind only.", show_default=False
        ),
    ] = None,
    by: Annotated[By | None, typer.Option("--by", help="分组合计 · Counted by.", show_default=False)] = None,
    year: YearOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    format: FormatOption = "table",
    output: OutputOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """偏差与纠偏 · Where the plan went off course, and what became of it.

    设计、执行、益贫性偏差和外部影响，依据、责任、建议、进展；-o 写出纠偏整改台账，填好后报回 ·
    Evidence, who answers, what to do, how far it is; -o writes the ledger of corrections to be sent back.

    例 Example:  povplan deviations --kind execution --year 2024
    """
    from povplan.cli.figures import opened
    from povplan.cli.output import Voice, settled
    from povplan.errors import PovplanError
    from povplan.jobs.deviating import Deviating
    from povplan.jobs.planning import Planning
    from povplan.messages import say
    from povplan.sheets.deviations import labelled

    standing, of, speech = opened(workspace, as_of, year, lang)
    if not standing.config.detectors:
        raise PovplanError(say("deviations_no_detectors"))
    deviating, voice = Deviating(Planning(standing, of)), Voice(speech, quiet)
    format = settled(format, output)
    if format == "xlsx" and by is not None:
        raise PovplanError(say("deviations_by_format"))
    detectors = standing.config.detectors
    found = labelled(deviating.lived, detectors, speech)
    earlier = labelled(deviating.earlier, detectors, speech)
    if kind is not None:
        found, earlier = (frame[frame["kind"] == kind].reset_index(drop=True) for frame in (found, earlier))
    if format == "xlsx":
        _write(deviating, found, output, voice)
    elif by is not None:
        _count(deviating, found, by, format, output, voice)
    else:
        _show(deviating, found, earlier, format, output, voice)


def _show(
    of: Deviating,
    found: pd.DataFrame,
    earlier: pd.DataFrame,
    format: Format,
    output: Path | None,
    voice: Voice,
) -> None:
    """The list, persons masked: few columns for people, all for machines."""
    from povplan.cli.evaluation import show_table
    from povplan.cli.output import emit_frame
    from povplan.jobs.reporting import book_of
    from povplan.messages import say
    from povplan.sheets.book import lines
    from povplan.sheets.deviations import deviation_table, earlier_table, evidence_said, head

    shown, book = _masked(of, found), book_of(of.planning.standing, voice.lang)
    earlier = _masked(of, earlier)
    if format == "json":
        _json(of, shown, earlier, output)
    elif format == "csv":
        told = shown.assign(evidence=[evidence_said(line, book) for line in lines(shown)])
        emit_frame(told, format, output, [head(str(name), book) for name in told.columns])
    elif len(shown):
        show_table(deviation_table(shown, SHORT, book), voice)
    if format == "table" and len(earlier):
        print()
        show_table(earlier_table(earlier, BEFORE, book), voice)
    if format == "table":
        _remarks(of, found, voice)
        if not len(found):
            voice(say("deviations_none", year=of.year))


def _json(of: Deviating, shown: pd.DataFrame, earlier: pd.DataFrame, output: Path | None) -> None:
    """Every column; evidence as a list of figures in their units; `earlier`: those of years before."""
    from povplan.cli.output import emit_json, records
    from povplan.jobs.deviating import unasked

    standing = of.planning.standing
    each: list[list[dict[str, Any]]] = []
    for frame in (shown, earlier):
        each.append(records(frame.drop(columns="evidence")))
        for line, evidence in zip(each[-1], frame["evidence"], strict=True):
            line["evidence"] = [
                {"figure": name, "value": value, "in": unit} for name, value, unit in evidence
            ]
    told, before = each
    head = {"batch": standing.newest, "year": of.year, "not_evaluable": unasked(of)}
    emit_json({**head, "unknown": _numbers(of), "deviations": told, "earlier": before}, output)


def _count(
    of: Deviating, found: pd.DataFrame, by: By, format: Format, output: Path | None, voice: Voice
) -> None:
    """How many of each group are in which state."""
    from povplan.cli.output import emit_frame, emit_json, records
    from povplan.jobs.reporting import book_of
    from povplan.messages import say
    from povplan.sheets.deviations import counted, head

    keyed = found
    if by == "township":
        parts = found["unit"].astype("string").str.split("/")
        keyed = found.assign(township=parts.str[1].astype("string"))
    table = counted(keyed, by)
    if format == "json":
        emit_json(
            {"batch": of.planning.standing.newest, "year": of.year, "by": by, "groups": records(table)},
            output,
        )
        return
    book = book_of(of.planning.standing, voice.lang)
    shown = table.assign(group=_named(of, table["group"], by, book)) if format == "table" else table
    heads = [say("head_group").text(voice.lang), *(head(str(name), book) for name in table.columns[1:])]
    emit_frame(shown, format, output, heads)


def _named(of: Deviating, groups: pd.Series, by: By, book: Book) -> list[str]:
    """Groups in words; nobody is called so."""
    labels = dict(_labels(of, book.lang))
    nobody = book.word("nobody") if by == "department" else "—"
    told: dict[str, Callable[[str], str]] = {
        "kind": lambda one: book.word(f"deviation_kind_{one}"),
        "detector": lambda one: labels[one],
    }
    words = told.get(by, str)
    return [nobody if one is None else words(str(one)) for one in groups]


def _write(of: Deviating, found: pd.DataFrame, output: Path | None, voice: Voice) -> None:
    """The ledger of corrections as a workbook, in full."""
    from povplan.cli.output import guard, writing
    from povplan.deviations.life import CORRECTION
    from povplan.excel.write import write_sheets
    from povplan.jobs.reporting import book_of
    from povplan.messages import say
    from povplan.sheets.deviations import correction_ledger

    standing = of.planning.standing
    if CORRECTION not in standing.config.ledgers:
        from povplan.errors import PovplanError

        raise PovplanError(say("deviations_no_ledger"))
    assert output is not None
    guard(output)
    book = book_of(standing, voice.lang)
    sheet = correction_ledger(found, of.planning.county, of.year, standing.config.codes, book)
    with writing(output):
        print(write_sheets(output, [sheet]))
    _remarks(of, found, voice)
    voice(say("deviations_written"))


def _masked(of: Deviating, found: pd.DataFrame) -> pd.DataFrame:
    """Persons who answer or correct under their pseudonyms."""
    from povplan.jobs.reporting import persons_masked

    columns = ("person", "owner_person")
    return persons_masked(found, of.planning.standing.workspace, of.planning.openly, columns)


def _remarks(of: Deviating, found: pd.DataFrame, voice: Voice) -> None:
    """How many of each kind, what was not looked for, corrections of nothing."""
    from povplan.jobs.deviating import unasked
    from povplan.messages import Said, say
    from povplan.spec import DEVIATION_KINDS

    held = found["kind"].value_counts()
    if len(found):
        told = []
        for lang in ("zh", "en"):
            words = [
                say(
                    "deviations_count", word=say(f"deviation_kind_{one}").text(lang), count=int(held[one])
                ).text(lang)
                for one in DEVIATION_KINDS
                if one in held
            ]
            told.append(
                say(
                    "deviations_counts", count=len(found), counts=("，" if lang == "zh" else ", ").join(words)
                ).text(lang)
            )
        voice(Said(*told))
    if names := unasked(of):
        labels = [dict(_labels(of, lang)) for lang in ("zh", "en")]
        zh, en = (
            say("deviations_unasked", names=between.join(known[one] for one in names)).text(lang)
            for between, known, lang in zip(("、", ", "), labels, ("zh", "en"), strict=True)
        )
        voice(Said(zh, en))
    if numbers := _numbers(of):
        voice(say("deviations_unknown", count=len(numbers), year=of.year, numbers="、".join(numbers)))


def _numbers(of: Deviating) -> list[str]:
    """Numbers in the ledger of corrections that are those of no deviation."""
    rows = of.unknown
    return [str(number).lower() for number in rows["number"].dropna()] if len(rows) else []


def _labels(of: Deviating, lang: str) -> list[tuple[str, str]]:
    return [(one.id, one.label.text(lang)) for one in of.planning.standing.config.detectors]
