"""The page a leader reads: sentences made of figures, headline indicators by year and unit, charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import pandas as pd

from povplan.memory import is_open
from povplan.sheets.book import Book, is_withheld, lines
from povplan.sheets.changes import absolute, verdict
from povplan.sheets.doubted import MARK, doubts_of, marked
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import by_place, figure, headline_indicators, titled
from povplan.sheets.page import (
    WITHHELD_SIGN,
    Cell,
    Chart,
    Charts,
    Column,
    Row,
    Sheet,
    Table,
    Words,
    cell_of,
)
from povplan.spec import Indicator, ReportSheet

CHARTED = 4
"""Headline indicators that get a chart."""


def summary_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Sentences and headline indicators by year, the same by unit; a page of charts of each of the two.

    Units have a sheet of their own, for a sheet repeats the heading of one table on the pages it prints.
    """
    headline = headline_indicators(spec, book)
    now = by_place(facts.figures, headline)
    chosen = [one for one in headline if _known(now.get((one.id, facts.unit)))]
    years, units = _by_year(chosen, facts, book), _by_unit(chosen, facts, book)
    left = book.word("report_left", unit=facts.name, year=facts.year)
    name, title = spec.name.text(book.lang), titled(spec, facts, book)
    told = Words(list(sentences(facts, chosen, book)))
    first = Sheet(name, (told, years) if years.rows else (told,), title=title, left=left)
    yield first
    if units.rows:
        second = _part(first, book.word("summary_units"), units)
        yield second
    if charts := _trends(chosen, facts, book):
        yield _part(first, book.word("summary_charts_trend"), _drawn(charts, first))
    if units.rows and (charts := _bars(chosen, units.rows, book)):
        yield _part(first, book.word("summary_charts_units"), _drawn(charts, second))


def _part(of: Sheet, said: str, part: Table | Charts) -> Sheet:
    return replace(of, name=f"{of.name}·{said}", title=f"{of.title}·{said}", parts=(part,))


def _drawn(charts: Sequence[Chart], of: Sheet) -> Charts:
    return Charts([replace(chart, sheet=of.name) for chart in charts])


def _known(line: Any) -> bool:
    return line is not None and not pd.isna(line.value)


# ---- sentences --------------------------------------------------------------------------------------


def sentences(facts: Facts, chosen: Sequence[Indicator], book: Book) -> Iterator[str]:
    """What the figures say: reach, headline indicators with their change, the fund, the doubts."""
    yield from _reach(facts, book)
    for indicator in chosen:
        yield _headline(indicator, facts, book)
    yield from _balance(facts, book)
    yield from _fund(facts, book)
    yield from _doubts(facts, book)


def _reach(facts: Facts, book: Book) -> Iterator[str]:
    if not len(facts.entries):
        return
    must = [n for n in facts.entries.columns if n in book.ledgers and book.ledgers[n].level != "entry"]
    silent = list(facts.entries[(facts.entries[must] == 0).any(axis=1)].index)
    villages = len(facts.entries)
    townships = len({str(path).rpartition("/")[0] for path in facts.entries.index})
    yield book.word(
        "summary_reach_township" if "/" in facts.unit else "summary_reach",
        unit=facts.name,
        townships=townships,
        villages=villages,
        complete=book.word("summary_complete", count=villages - len(silent), ledgers=book.listed(must))
        if must
        else "",
    )
    if len(silent):
        names = "、".join("/".join(str(path).split("/")[1:]) for path in silent[:8])
        yield book.word("summary_silent", count=len(silent), names=names, more="…" if len(silent) > 8 else "")
    if absent := book.absent(facts.entries.columns):
        yield book.word("summary_absent", ledgers=book.listed(absent))


def _headline(indicator: Indicator, facts: Facts, book: Book) -> str:
    """One indicator: its figure, and its change where both years can be compared."""
    at = facts.figures
    now = at[(at["indicator"] == indicator.id) & (at["unit"] == facts.unit)].iloc[0]
    label = indicator.label.text(book.lang)
    said = book.word(
        "summary_figure", year=facts.year, label=label, value=book.written(now["value"], indicator)
    )
    changes = facts.changes
    line = changes[(changes["indicator"] == indicator.id) & (changes["unit"] == facts.unit)]
    count = doubts_of(indicator, facts, book)
    doubted = book.word("summary_doubted", count=count) if count else ""
    if len(line) and is_withheld(line["note"].iloc[0]):
        return said + book.word("summary_withheld") + doubted
    if not len(line) or pd.isna(line["absolute"].iloc[0]):
        return said + book.word("summary_no_base") + doubted
    change = float(line["absolute"].iloc[0])
    size = _size(change, line, indicator, book)
    return said + book.word("summary_change", way=_way(change, book), size=size) + doubted


def _way(absolute: float, book: Book) -> str:
    return book.word("summary_up" if absolute > 0 else "summary_down" if absolute < 0 else "summary_same")


def _size(absolute: float, line: pd.DataFrame, indicator: Indicator, book: Book) -> str:
    if absolute == 0:
        return ""
    if book.is_rate(indicator):
        return book.word("summary_points", points=f"{abs(absolute) * 100:.2f}")
    relative = line["relative"].iloc[0]
    share = "" if pd.isna(relative) else book.word("summary_share", share=f"{abs(float(relative)):.1%}")
    return book.written(abs(absolute), indicator) + share


def _balance(facts: Facts, book: Book) -> Iterator[str]:
    """How many indicators went which way."""
    known = {one.id: one for one in book.indicators}
    at = facts.changes[(facts.changes["unit"] == facts.unit) & facts.changes["absolute"].notna()]
    told = [(line.absolute, known[line.indicator]) for line in lines(at) if line.indicator in known]
    verdicts = [verdict(absolute, one, book).look for absolute, one in told]
    if verdicts:
        better, worse = verdicts.count("good"), verdicts.count("bad")
        doubted = [doubts_of(one, facts, book) > 0 for _, one in told]
        pairs = list(zip(verdicts, doubted, strict=True))
        unsure = {look: pairs.count((look, True)) for look in ("good", "bad")}
        yield book.word(
            "summary_balance",
            count=len(verdicts),
            better=better,
            worse=worse,
            rest=len(verdicts) - better - worse,
        )
        if any(unsure.values()):
            yield book.word("summary_balance_doubted", better=unsure["good"], worse=unsure["bad"])


def _fund(facts: Facts, book: Book) -> Iterator[str]:
    at = facts.figures[(facts.figures["unit"] == facts.unit) & facts.figures["scope"].notna()]
    found = {(line.indicator, line.scope): line.value for line in lines(at)}
    amounts = [
        found.get((name, "all"), pd.NA) for name in ("lever", "others", "leverage_others", "leverage_total")
    ]
    if any(pd.isna(one) for one in amounts):
        return
    lever, others, ratio, total = (float(one) for one in amounts)
    stages = {one.id: one.label.text(book.lang) for one in book.funds.stages} if book.funds else {}
    yield book.word(
        "summary_fund", basis=stages.get(facts.basis or "", ""), lever=f"{lever / 10_000:,.2f}",
        others=f"{others / 10_000:,.2f}", ratio=f"{ratio:.2f}", total=f"{total:.2f}",
    )  # fmt: skip
    beside = found.get(("leverage_others", "with_lever"), pd.NA)
    if not pd.isna(beside):
        yield book.word("summary_fund_beside", ratio=f"{float(beside):.2f}")


def _doubts(facts: Facts, book: Book) -> Iterator[str]:
    if book.least is not None:  # findings speak of single rows: a public report has none
        return
    open_ = facts.findings[is_open(facts.findings)] if len(facts.findings) else facts.findings
    if not len(open_):
        yield book.word("summary_no_doubts")
        return
    counts = open_["severity"].value_counts()
    most = (
        open_.groupby(["rule_label"], sort=False).size().sort_values(ascending=False, kind="stable").head(3)
    )
    named = "、".join(book.word("summary_rule", label=label, count=n) for label, n in most.items())
    yield book.word(
        "summary_doubts",
        **{name: int(counts.get(name, 0)) for name in ("error", "doubt", "notice")},
        most=named,
    )


# ---- tables and charts ------------------------------------------------------------------------------


def _by_year(chosen: Sequence[Indicator], facts: Facts, book: Book) -> Table:
    """Years down, headline indicators across; below them the last change and the verdict on it."""
    years = [*facts.earlier.items(), (facts.year, facts.figures)]
    figures = {year: by_place(frame, chosen) for year, frame in years}
    changes = by_place(facts.changes, chosen)
    rows = [
        Row([str(year), *(figure(at.get((one.id, facts.unit)), one, book) for one in chosen)])
        for year, at in figures.items()
    ]
    last = [changes.get((one.id, facts.unit)) for one in chosen]
    pairs = list(zip(last, chosen, strict=True))
    told = [Cell(None) if line is None else absolute(line, one, {}, book) for line, one in pairs]
    unsure = [doubts_of(one, facts, book) for one in chosen]
    said = [
        Cell(None) if line is None else marked(verdict(line.absolute, one, book), count)
        for (line, one), count in zip(pairs, unsure, strict=True)
    ]
    is_marked = any(MARK in str(cell.value) for cell in said)
    notes = [book.word("summary_by_year_note"), *([book.word("doubted_note")] * is_marked)]
    notes += [book.legend] * (book.least is not None)
    rows += [
        Row([book.word("report_change_absolute"), *told]),
        Row([book.word("report_change_verdict"), *said]),
    ]
    columns = [Column((book.word("head_year"),)), *_headed(chosen, book)]
    return Table(columns, rows if chosen else [], book.word("summary_by_year"), notes)


def _headed(chosen: Sequence[Indicator], book: Book) -> list[Column]:
    return [Column((one.label.text(book.lang),), book.unit(one)) for one in chosen]


def _by_unit(chosen: Sequence[Indicator], facts: Facts, book: Book) -> Table:
    """The units right below the report's own, headline indicators across."""
    now = by_place(facts.figures, chosen)
    below = [unit for unit in facts.units if unit.rpartition("/")[0] == facts.unit]
    rows = [
        Row([unit.rsplit("/", 1)[-1], *(figure(now.get((one.id, unit)), one, book) for one in chosen)])
        for unit in below
    ]
    columns = [Column((book.word("head_unit"),)), *_headed(chosen, book)]
    return Table(columns, rows if chosen else [], notes=[book.legend])


def _trends(chosen: Sequence[Indicator], facts: Facts, book: Book) -> list[Chart]:
    """One line an indicator over the years; a line needs two points."""
    years = len(facts.earlier) + 1
    if years < 2:
        return []
    return [_chart("line", one, years, number, book) for number, one in enumerate(chosen[:CHARTED], 1)]


def _bars(chosen: Sequence[Indicator], rows: Sequence[Row], book: Book) -> list[Chart]:
    """One chart an indicator: the units below beside each other, where none of them is withheld."""
    if len(rows) < 2:
        return []
    return [
        _chart("column", one, len(rows), number, book)
        for number, one in enumerate(chosen[:CHARTED], 1)
        if all(cell_of(row.cells[number]).value != WITHHELD_SIGN for row in rows)
    ]


def _chart(kind: Literal["line", "column"], one: Indicator, rows: int, column: int, book: Book) -> Chart:
    title = f"{one.label.text(book.lang)}（{book.unit(one)}）"
    return Chart(kind, title, 0, (0, rows - 1), 0, (column,), book.shape(one))
