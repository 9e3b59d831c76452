"""年度通报: a page on what a township or department was to do, what it did, and its score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from povplan.deviations.life import LIVES
from povplan.evaluation.attained import STATES
from povplan.sheets.book import Book, lines
from povplan.sheets.deviations import cell as deviation_cell
from povplan.sheets.deviations import evidence_said, head
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.needs import sentences
from povplan.sheets.page import Cell, Column, Row, Sheet, Table, Words
from povplan.sheets.plan import target_cell, why
from povplan.sheets.scores import grade_of, labels_of, line_cell
from povplan.spec import ReportSheet, ScoreCard

COLUMNS = ("indicator", "goal", "actual", "due", "attainment", "verdict")
DEVIATIONS = ("label", "name", "severity", "life", "deadline")
"""And what they rest on with what may be done, under the widest column of the tables above."""
GRAVITY = {"error": 0, "doubt": 1, "notice": 2}
SCORES = ("item", "figure", "maximum", "gained", "lost", "score_reason")
WIDTHS = {
    "indicator": 26.0,
    "item": 26.0,
    "figure": 14.0,
    "goal": 14.0,
    "verdict": 36.0,
    "score_reason": 36.0,
}
MOST_TARGETS, MOST_LINES, MOST_DEVIATIONS = 14, 16, 8
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
    deviating, needed = _deviating(facts), _needed(facts)
    if (mine is None or not len(mine)) and not scored and not len(deviating) and not len(needed):
        return
    off_course = [*_off_course(deviating, book), *_corrected(facts, book)]
    told = [*_sentences(mine, scored, book), *off_course, *sentences(needed, book)]
    parts: list[Any] = [Words(told)]
    if mine is not None and len(mine):
        parts.append(_targets(mine, facts, book))
    parts += [_lines(card, filled, book) for card, filled, _ in scored]
    if len(deviating):
        parts.append(_deviations(deviating, book))
    title = titled(spec, facts, book)
    yield Sheet(
        facts.name,
        tuple(parts),
        title=title,
        left=book.word("report_left", unit=facts.name, year=facts.year),
        one_page=True,
    )


def _deviating(facts: Facts) -> pd.DataFrame:
    """Deviations of the unit and below, or of the department; the undecided first, the gravest first."""
    found = facts.plan.get("deviations", pd.DataFrame())
    if not len(found):
        return found
    order = found["severity"].map(GRAVITY).astype("Int64") + (found["life"] != "open").astype("int64") * 10
    return found.iloc[order.argsort(kind="stable")]


def _needed(facts: Facts) -> pd.DataFrame:
    return facts.plan.get("needs", pd.DataFrame())


def _off_course(found: pd.DataFrame, book: Book) -> Iterator[str]:
    if len(found):
        yield book.word("notice_deviations", count=len(found), open=int((found["life"] == "open").sum()))


def _corrected(facts: Facts, book: Book) -> Iterator[str]:
    """What became of the corrections of earlier years, in a sentence."""
    found = facts.plan.get("corrected", pd.DataFrame())
    if not len(found):
        return
    held = found["life"].value_counts()
    told = [
        book.word("deviations_count", word=book.word(f"deviation_life_{one}"), count=int(held[one]))
        for one in LIVES
        if one in held
    ]
    counts = ("，" if book.lang == "zh" else ", ").join(told)
    yield book.word("deviations_earlier", count=len(found), counts=counts)


def _deviations(found: pd.DataFrame, book: Book) -> Table:
    """Few columns of the gravest."""
    shown = found.head(MOST_DEVIATIONS)
    rows = [
        Row([*(deviation_cell(line, name, book) for name in DEVIATIONS), Cell(_advice(line, book))])
        for line in lines(shown)
    ]
    columns = [Column((head(name, book),), width=WIDTHS.get(name)) for name in DEVIATIONS]
    columns.append(Column((book.word("notice_head_advice"),), width=WIDTHS["verdict"]))
    return Table(columns, rows, book.word("deviation_head_label"), _more(found, shown, book))


def _advice(line: Any, book: Book) -> str:
    """What a deviation rests on, and what may be done about it."""
    return book.word("notice_advice", evidence=evidence_said(line, book), suggestion=line.suggestion)


def _own(facts: Facts, card: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A card's lines and totals of just whom the notice is about."""
    subject = facts.department or facts.unit
    return tuple(frame[frame["subject"] == subject] for frame in facts.scores[card])  # type: ignore[return-value]


def _sentences(
    mine: pd.DataFrame | None,
    scored: list[tuple[ScoreCard, pd.DataFrame, pd.DataFrame]],
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
            key = "notice_too_little" if float(card.least) > 0 else "notice_no_score"
            yield book.word(key, card=card.label.text(book.lang), least=f"{float(card.least):g}")
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
    """The worst first; a department's with the unit they are of."""
    ordered = mine.iloc[mine["verdict"].map(ORDER).argsort(kind="stable")]
    shown = ordered.head(MOST_TARGETS)
    rows = [Row([_target(line, name, facts, book) for name in COLUMNS]) for line in lines(shown)]
    return Table(_columns(COLUMNS, book), rows, book.word("plan_table_targets"), _more(mine, shown, book))


def _target(line: Any, name: str, facts: Facts, book: Book) -> Cell:
    one = next((one for one in book.indicators if one.id == line.indicator), None)
    cell = target_cell(line, name, one, book)
    if name == "indicator" and facts.department is not None:
        return replace(cell, value=f"{cell.value}·{target_cell(line, 'unit', one, book).value}")
    reason = why(line, book) if name == "verdict" else None
    return cell if reason is None else replace(cell, value=f"{cell.value}（{reason}）")


def _lines(card: ScoreCard, filled: pd.DataFrame, book: Book) -> Table:
    """Lines by points lost; what cost nothing comes last, vetoes that hold first."""
    lost = filled["lost"].fillna(0).astype("float64") + filled["fired"].fillna(False).astype("float64") * 1e6
    shown = filled.iloc[(-lost).argsort(kind="stable")].head(MOST_LINES)
    rows = [Row([line_cell(card, line, name, book) for name in SCORES]) for line in lines(shown)]
    return Table(_columns(SCORES, book), rows, card.label.text(book.lang), _more(filled, shown, book))


def _columns(names: Sequence[str], book: Book) -> list[Column]:
    return [Column((book.word(f"head_{name}"),), width=WIDTHS.get(name)) for name in names]


def _more(whole: pd.DataFrame, shown: pd.DataFrame, book: Book) -> list[str]:
    rest = len(whole) - len(shown)
    return [book.word("report_rows_more", count=rest)] if rest else []
