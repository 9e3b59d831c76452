"""年度通报: one page of A4 on what a township or a department was to do, what it did, and how it is scored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from povplan.evaluation.attained import STATES
from povplan.sheets.book import Book, lines
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import Column, Row, Sheet, Table, Words
from povplan.sheets.plan import target_cell
from povplan.sheets.scores import LINE_COLUMNS, grade_of, labels_of, line_cell
from povplan.spec import ReportSheet, ScoreCard

COLUMNS = ("indicator", "goal", "actual", "due", "attainment", "verdict", "reason")
SCORES = ("item", "figure", "maximum", "gained", "score_reason")
MOST_TARGETS, MOST_LINES = 14, 16
"""Rows that a page has room for; a note says how many more there are."""
ORDER = {
    state: number
    for number, state in enumerate(("out_of_reach", "behind", "not_evaluable", "on_path", "ahead", "reached"))
}
"""What is worst comes first."""


def notice_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """One page: sentences, the worst targets first, the lines on which most points were lost first."""
    evaluated = facts.plan.get("evaluated")
    mine = evaluated if evaluated is None or facts.department else evaluated[evaluated["unit"] == facts.unit]
    cards = [(name, *_own(facts, name)) for name in spec.cards or facts.scores if name in facts.scores]
    scored = [(book.cards[name], filled, totals) for name, filled, totals in cards if len(totals)]
    if (mine is None or not len(mine)) and not scored:
        return
    parts: list[Any] = [Words(list(_sentences(mine, scored, facts, book)))]
    if mine is not None and len(mine):
        parts.append(_targets(mine, facts, book))
    parts += [_lines(card, filled, book) for card, filled, _ in scored]
    title = titled(spec, facts, book)
    yield Sheet(
        facts.name,
        tuple(parts),
        title=title,
        left=book.word("report_left", unit=facts.name, year=facts.year),
        one_page=True,
    )


def _own(facts: Facts, card: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A card's lines and totals of just whom the notice is about."""
    subject = facts.department or facts.unit
    return tuple(frame[frame["subject"] == subject] for frame in facts.scores[card])  # type: ignore[return-value]


def _sentences(
    mine: pd.DataFrame | None,
    scored: list[tuple[ScoreCard, pd.DataFrame, pd.DataFrame]],
    facts: Facts,
    book: Book,
) -> Iterator[str]:
    if mine is not None and len(mine):
        held = mine["verdict"].value_counts()
        told = [
            book.word("plan_count", state=book.word(f"verdict_{s}"), count=int(held[s]))
            for s in STATES
            if s in held
        ]
        yield book.word(
            "plan_counts", targets=len(mine), counts="，".join(told) if book.lang == "zh" else ", ".join(told)
        )
    for card, filled, totals in scored:
        (line,) = lines(totals)
        if pd.isna(line.score):
            yield book.word("notice_no_score", card=card.label.text(book.lang))
            continue
        grade = grade_of(card, line.grade, book) or "—"
        yield book.word(
            "notice_score",
            card=card.label.text(book.lang),
            score=f"{float(line.score):.2f}",
            total=f"{float(card.total):g}",
            grade=grade,
        )
        labels = labels_of(card, book)
        if not pd.isna(line.vetoed):
            yield book.word(
                "notice_veto", vetoes="、".join(labels.get(one, one) for one in str(line.vetoed).split(","))
            )
        if int(line.unscored):
            unknown = filled[filled["note"].notna() & (filled["section"] != "veto")]["item"]
            yield book.word(
                "notice_unscored",
                count=int(line.unscored),
                names="、".join(labels.get(one, one) for one in unknown),
            )


def _targets(mine: pd.DataFrame, facts: Facts, book: Book) -> Table:
    ordered = mine.iloc[mine["verdict"].map(ORDER).argsort(kind="stable")]
    known = {one.id: one for one in book.indicators}
    shown = ordered.head(MOST_TARGETS)
    names = ("unit", *COLUMNS) if facts.department else COLUMNS
    rows = [
        Row([target_cell(line, name, known.get(line.indicator), book) for name in names])
        for line in lines(shown)
    ]
    heads = {"reason": "head_note"}
    columns = [
        Column(
            (book.word(heads.get(name, f"head_{name}")),), width={"indicator": 24.0, "reason": 20.0}.get(name)
        )
        for name in names
    ]
    more = [book.word("report_rows_more", count=len(mine) - len(shown))] if len(mine) > len(shown) else []
    return Table(columns, rows, book.word("plan_table_targets"), more)


def _lines(card: ScoreCard, filled: pd.DataFrame, book: Book) -> Table:
    """Lines by points lost; what cost nothing comes last, vetoes that hold first."""
    lost = filled["lost"].fillna(0).astype("float64") + filled["fired"].fillna(False).astype("float64") * 1e6
    ordered = filled.iloc[(-lost).argsort(kind="stable")]
    shown = ordered.head(MOST_LINES)
    assert set(SCORES) <= set(LINE_COLUMNS)
    rows = [Row([line_cell(card, line, name, book) for name in SCORES]) for line in lines(shown)]
    columns = [
        Column((book.word(f"head_{name}"),), width={"item": 24.0, "score_reason": 34.0}.get(name))
        for name in SCORES
    ]
    more = [book.word("report_rows_more", count=len(filled) - len(shown))] if len(filled) > len(shown) else []
    return Table(columns, rows, card.label.text(book.lang), more)
