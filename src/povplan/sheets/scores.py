"""Score cards on paper: totals and grades, then every line with figure, points and reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import pandas as pd

from povplan.evaluation.wording import amount
from povplan.sheets.book import Book, lines
from povplan.sheets.doubted import doubts, doubts_of, with_doubts
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import NOT_APPLICABLE, Cell, Column, Row, Sheet, Table
from povplan.spec import Domain, ReportSheet, ScoreCard, Scored

TOTAL_COLUMNS = (
    "subject", "earned", "maximum", "scaled", "bonus", "deduction", "score", "grade", "place",
    *(f"share_{domain}" for domain in get_args(Domain)), "unscored", "vetoed",
)  # fmt: skip
LINE_COLUMNS = ("item", "domain", "figure", "scoring", "maximum", "gained", "lost", "score_reason", "source")
WIDTHS = {
    "subject": 18.0,
    "item": 26.0,
    "scoring": 30.0,
    "score_reason": 40.0,
    "source": 18.0,
    "vetoed": 22.0,
}
_POINTS = "0.00"


def scores_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Two sheets a card: totals of all its subjects, then each one's lines."""
    names = [name for name in spec.cards or facts.scores if name in facts.scores]
    found = [(book.cards[name], *facts.scores[name]) for name in names]
    found = [one for one in found if len(one[2])]
    left = book.word("report_left", unit=facts.name, year=facts.year)
    for card, filled, totals in found:
        ending = f"·{card.label.text(book.lang)}" if len(found) > 1 else ""
        name, title = spec.name.text(book.lang) + ending, titled(spec, facts, book) + ending
        yield Sheet(name, (total_table(card, totals, book),), title=title, left=left)
        said = book.word("score_table_lines")
        table = line_table(card, _doubted(card, filled, facts, book), spec.most, book)
        yield Sheet(f"{name}·{said}", (table,), title=f"{title}·{said}", left=left)


def total_table(card: ScoreCard, totals: pd.DataFrame, book: Book) -> Table:
    """Subjects down: points, bonus, deductions, score, grade, rates of the four domains, vetoes."""
    names = [name for name in TOTAL_COLUMNS if name != "place" or totals["place"].notna().any()]
    rows = [Row([_total(card, line, name, book) for name in names]) for line in lines(totals)]
    columns = [Column((book.word(f"head_{name}"),), width=WIDTHS.get(name)) for name in names]
    notes = [
        book.word(
            "score_note_total",
            total=f"{float(card.total):g}",
            missing=book.word(f"score_handled_{card.missing}"),
        )
    ]
    return Table(columns, rows, card.label.text(book.lang), notes)


def line_table(card: ScoreCard, filled: pd.DataFrame, most: int, book: Book) -> Table:
    """Each subject's lines with points lost and why; a note says how many found no room."""
    shown = filled.head(most)
    rows: list[Row] = []
    for subject, part in shown.groupby("subject", sort=False):
        rows.append(Row([name_of(subject)], "section"))
        rows += [
            Row([line_cell(card, line, name, book) for name in LINE_COLUMNS], level=1) for line in lines(part)
        ]
    columns = [Column((book.word(f"head_{name}"),), width=WIDTHS.get(name)) for name in LINE_COLUMNS]
    more = [book.word("report_rows_more", count=len(filled) - len(shown))] if len(filled) > len(shown) else []
    unsure = [book.word("doubted_note")] * bool("doubts" in shown and shown["doubts"].any())
    return Table(
        columns,
        rows,
        "",
        [*more, *unsure, book.word("score_note_source", source=card.source)],
    )


def _doubted(card: ScoreCard, filled: pd.DataFrame, facts: Facts, book: Book) -> pd.DataFrame:
    """LINES with `doubts`: how many touch the line's figure in the unit that is appraised.

    A line that makes no points has none. Of a department it can be told of indicators only, whose figure is
    that of the whole.
    """
    known = {one.id: one for one in book.indicators}
    by_id = {line.id: line for line in lines_of(card)}
    whole = card.of == "department"

    def count(subject: str, name: str) -> int:
        line, unit = by_id[name], None if whole else subject
        if line.indicator is not None:
            return doubts_of(known.get(line.indicator), facts, book, unit)
        fields = book.fields.get(f"{card.card}/{line.id}", ())
        return 0 if whole else doubts(facts, line.ledger, fields, unit)

    told = [
        0 if pd.isna(line.figure) or not pd.isna(line.note) else count(str(line.subject), str(line.item))
        for line in lines(filled)
    ]
    return filled.assign(doubts=told)


def lines_of(card: ScoreCard) -> Sequence[Scored]:
    """All lines of a card."""
    return (*card.items, *card.bonus, *card.deductions, *card.vetoes)


def line_cell(card: ScoreCard, line: Any, name: str, book: Book) -> Cell:
    """One figure of a line."""
    if name == "item":
        prefix = "" if line.section == "item" else book.word(f"section_{line.section}") + "："
        return Cell(prefix + labels_of(card, book).get(str(line.item), str(line.item)))
    if name == "domain":
        return Cell(None) if pd.isna(line.domain) else Cell(book.word(f"domain_{line.domain}"))
    if name == "figure":
        return Cell(None) if pd.isna(line.figure) else Cell(amount(line.figure, str(line.measured)))
    if name == "scoring":
        return Cell(str(getattr(line, f"rule_{book.lang}")))
    if name == "score_reason":
        said = str(getattr(line, f"reason_{book.lang}"))
        return Cell(with_doubts(said, getattr(line, "doubts", 0), book), look=_look(line))
    value = getattr(line, name)
    if name == "source":
        return Cell(None) if pd.isna(value) else Cell(str(value))
    if line.section == "veto":
        return Cell(NOT_APPLICABLE)
    return Cell(None) if pd.isna(value) else Cell(float(value), _POINTS)


def labels_of(card: ScoreCard, book: Book) -> dict[str, str]:
    """Line → what it is called."""
    return {one.id: one.label.text(book.lang) for one in lines_of(card)}


def name_of(subject: object) -> str:
    """A unit without its county, or a department."""
    return str(subject).partition("/")[2] or str(subject)


def grade_of(card: ScoreCard, grade: Any, book: Book) -> str | None:
    """What a grade is called."""
    labels = {one.id: one.label.text(book.lang) for one in card.grades}
    return None if pd.isna(grade) else labels.get(str(grade), str(grade))


def _look(line: Any) -> Any:
    if not pd.isna(line.note):
        return "muted"
    bad = line.section in ("deduction", "veto") and (
        line.fired is True or (not pd.isna(line.gained) and line.gained > 0)
    )
    return "bad" if bad else "plain"


def _total(card: ScoreCard, line: Any, name: str, book: Book) -> Cell:
    value = getattr(line, name)
    if name == "subject":
        return Cell(name_of(value))
    if name == "grade" and not pd.isna(line.note):
        return Cell(book.word("score_too_little", least=f"{float(card.least):g}"), look="muted")
    if name == "grade":
        return Cell(grade_of(card, value, book), look="bad" if not pd.isna(line.vetoed) else "plain")
    if name == "vetoed":
        labels = labels_of(card, book)
        told = [] if pd.isna(value) else [labels.get(one, one) for one in str(value).split(",")]
        return Cell("✗ " + "、".join(told), look="bad") if told else Cell(None)
    if pd.isna(value):
        return Cell(NOT_APPLICABLE if name.startswith("share_") else None)
    if name in ("place", "unscored"):
        return Cell(int(value), "0")
    return Cell(float(value), "0.0%" if name.startswith("share_") else _POINTS)
