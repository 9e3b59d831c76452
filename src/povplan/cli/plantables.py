"""Tables of the plan as a terminal shows them, and what must be known of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from povplan.evaluation.attained import STATES
from povplan.evaluation.owners import ownerless
from povplan.jobs.planning import Planning
from povplan.jobs.reporting import book_of
from povplan.jobs.scoring import Scoring
from povplan.messages import Said, say
from povplan.sheets.book import Book, lines
from povplan.sheets.page import Column, Row, Table
from povplan.sheets.plan import FORECAST_COLUMNS, owner_table, result_table, revisions_table, target_table
from povplan.sheets.scores import line_table, total_table

Frames = Mapping[str, pd.DataFrame]
SHORT = (
    "indicator", "unit", "target_year", "baseline", "goal", "due", "actual", "attainment", "verdict",
    "reason", "department",
)  # fmt: skip
RESULTS = (
    "kind", "party", "view", "targets", "reached", "behind", "out_of_reach", "not_evaluable", "attainment",
    "projects", "projects_overdue", "money_planned", "money_paid", "money_rate",
)  # fmt: skip
MOST = 10_000


def tables(planning: Planning, what: str, frames: Frames, lang: str) -> list[Table]:
    """The tables of a view in the columns that a terminal has room for."""
    book = book_of(planning.standing, lang)
    if "results" in frames:
        return [result_table(frames["results"], book, RESULTS)]
    if what in ("targets", "forecast"):
        names = SHORT if what == "targets" else FORECAST_COLUMNS
        return [target_table(frames["targets"], names, book)]
    if what == "scores":
        return _cards(planning, frames, book)
    if what == "responsibility":
        return [owner_table(frames["owners"], MOST, book, "")]
    return [
        revisions_table(frames["revisions"], book)
        if what == "revisions"
        else _problems(frames["problems"], book)
    ]


def _cards(planning: Planning, frames: Frames, book: Book) -> list[Table]:
    """Totals of each card; its lines too where there is one card."""
    cards = planning.standing.config.cards
    totals, filled = frames["totals"], frames["lines"]
    names = list(dict.fromkeys(totals["card"]))
    found = [total_table(cards[name], totals[totals["card"] == name], book) for name in names]
    if len(names) == 1:
        found.append(line_table(cards[names[0]], filled, MOST, book))
    return found


def _problems(problems: pd.DataFrame, book: Book) -> Table:
    """What is wrong with targets, and indicators without an owner, one line each."""
    labels = {one.id: one.label.text(book.lang) for one in book.indicators}
    rows = [
        Row(
            [
                book.word(f"severity_{line.severity}"),
                book.word(f"rule_{line.rule}"),
                "" if pd.isna(line.target) else str(line.target),
                labels.get(line.indicator, str(line.named)),
                "" if pd.isna(line.unit) else str(line.unit).partition("/")[2] or str(line.unit),
                str(line.place) if line.origin == "yaml" else "",
            ]
        )
        for line in lines(problems)
    ]
    names = ("severity", "rule", "target", "indicator", "unit", "file")
    return Table([Column((book.word(f"head_{name}"),)) for name in names], rows)


def remarks(planning: Planning, what: str, frames: Frames) -> Iterator[Said]:
    """Counts, things without an owner, doubts and revisions that a reader must know of."""
    if what in ("targets", "forecast") and "targets" in frames:
        yield _counts(frames["targets"])
    if what == "responsibility" and "owners" in frames:
        yield say("plan_ownerless", count=len(ownerless(frames["owners"])))
    if what in ("targets", "forecast"):
        if count := len(planning.problems):
            yield say("plan_problems", count=count)
        if len(planning.revisions):
            yield say("plan_revised", count=planning.revisions["same"].nunique())
    if what == "revisions" and not len(planning.revisions):
        yield say("plan_not_revised", year=planning.year)
    if what == "scores":
        cards = planning.standing.config.cards
        for name in dict.fromkeys(frames["totals"]["card"]):
            yield from Scoring(planning, cards[name]).remarks


def _counts(evaluated: pd.DataFrame) -> Said:
    held = evaluated["verdict"].value_counts()
    told = [say("plan_count", state="{state}", count=int(held[one])) for one in STATES if one in held]
    words = [say(f"verdict_{one}") for one in STATES if one in held]
    return Said(*(_counted(len(evaluated), told, words, lang) for lang in ("zh", "en")))


def _counted(number: int, told: Sequence[Said], words: Sequence[Said], lang: str) -> str:
    between = "，" if lang == "zh" else ", "
    counts = between.join(
        one.text(lang).replace("{state}", word.text(lang)) for one, word in zip(told, words, strict=True)
    )
    return say("plan_counts", targets=number, counts=counts).text(lang)
