"""A score card filled in: each line with its figure, points, what was lost and why; totals, vetoes, grade.

A line that nobody can evaluate stands apart: its points leave the card and the rest is scaled up to the
total (`drop_and_rescale`), or it counts nothing (`zero`), or in full (`full`), as the card declares. Bonus
and deductions come after the scaling, each with its cap. A veto sets the grade and leaves the score as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.evaluation.primitives import meets, places, points_of
from povplan.evaluation.wording import reason, rule_of
from povplan.model import NOTES
from povplan.spec import Domain, ScoreCard, Scored, ScoreItem, Veto
from povplan.sums import LEAST, floats

Floats = npt.NDArray[np.float64]
Section = Literal["item", "bonus", "deduction", "veto"]
LINES = (
    "card", "subject", "section", "item", "domain",
    "figure",  # as printed
    "measured",  # the unit it is printed in
    "numerator", "denominator", "n", "left_out", "place", "cases",
    "rule_zh", "rule_en",  # how points are made of it
    "maximum", "gained", "lost",
    "handled",  # of a line that cannot be evaluated: drop_and_rescale, zero, full
    "fired",  # of a veto: whether it holds
    "reason_zh", "reason_en", "note", "source",
)  # fmt: skip
DOMAINS: tuple[str, ...] = get_args(Domain)
TOTALS = (
    "card", "subject",
    "earned",  # points of the lines; blank where none can be evaluated
    "maximum",  # the most they could give
    "dropped",  # the most of the lines left out
    "scaled",  # earned, scaled to the card's total
    "bonus", "deduction", "score", "place", "cases",
    *(f"share_{domain}" for domain in DOMAINS),  # points ÷ most of the domain, where some of it is known
    "unscored",  # lines that cannot be evaluated
    "vetoed",  # ids of the vetoes that hold, joined by commas
    "grade",
    "note",  # too_few where too little of the card can be evaluated for a score
)  # fmt: skip
FIGURES = ("figure", "numerator", "denominator", "n", "left_out", "note")
"""What an input gives for each subject."""
Inputs = Mapping[str, pd.DataFrame]
"""Id of a line → FIGURES by subject (the index)."""


def score(
    card: ScoreCard, subjects: Sequence[str], inputs: Inputs, units: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(LINES, TOTALS) of a card for its subjects, in their order. `units`: line → unit it is printed in."""
    sections: list[tuple[Section, Sequence[ScoreItem]]] = [
        ("item", card.items),
        ("bonus", card.bonus),
        ("deduction", card.deductions),
    ]
    lines = [
        _line(card, section, number, item, subjects, inputs[item.id], units[item.id])
        for section, items in sections
        for number, item in enumerate(items)
    ]
    lines += [
        _veto(card, number, veto, subjects, inputs[veto.id], units[veto.id])
        for number, veto in enumerate(card.vetoes)
    ]
    whole = pd.concat(lines, ignore_index=True)
    order = pd.Series(range(len(subjects)), index=list(subjects))
    placed = whole.assign(_subject=whole["subject"].map(order)).sort_values("_subject", kind="stable")
    found = _typed(placed.reset_index(drop=True))
    return found, _totals(card, subjects, found)


def _line(
    card: ScoreCard,
    section: Section,
    number: int,
    item: ScoreItem,
    subjects: Sequence[str],
    given: pd.DataFrame,
    unit: str,
) -> pd.DataFrame:
    """One line for every subject."""
    at = given.reindex(list(subjects))
    figures = floats(at["figure"])
    most = float(item.points)
    points = points_of(figures, item.score, most)
    ranked = item.score.rank
    cases = int((~np.isnan(figures)).sum())
    place = places(figures, ranked.better) if ranked and cases >= ranked.least else np.full(len(at), np.nan)
    unknown = np.isnan(points)
    handled = item.missing or card.missing if section == "item" else "zero"
    stand_in = {"drop_and_rescale": np.nan, "zero": 0.0, "full": most}[handled]
    found = _figures(card, section, item, subjects, at, unit, item.domain)
    note = found["note"].mask(np.isnan(figures) & found["note"].isna(), "no_rows")
    note = note.mask(unknown & ~np.isnan(figures), "too_few")
    made = np.where(unknown, stand_in, points)
    lost = np.where(unknown, np.nan, (most - points) if section == "item" else points)
    told = [
        reason(section, item, unit, figure, point, p, cases, None if pd.isna(why) else NOTES[why], handled)
        for figure, point, p, why in zip(figures, points, place, note, strict=True)
    ]
    rule = rule_of(item, unit)
    return found.assign(
        place=place, cases=cases if ranked else None,
        rule_zh=rule.zh, rule_en=rule.en, maximum=most, gained=made, lost=lost,
        handled=pd.array(np.where(unknown, handled, ""), dtype="string"), note=note.mask(~unknown),
        reason_zh=[one.zh for one in told], reason_en=[one.en for one in told],
    )  # fmt: skip


def _veto(
    card: ScoreCard, number: int, veto: Veto, subjects: Sequence[str], given: pd.DataFrame, unit: str
) -> pd.DataFrame:
    """Whether a veto holds; one that cannot be evaluated never does, and says so."""
    at = given.reindex(list(subjects))
    figures = floats(at["figure"])
    fired = meets(figures, veto.when)
    found = _figures(card, "veto", veto, subjects, at, unit, None)
    note = found["note"].mask(np.isnan(figures) & found["note"].isna(), "no_rows").mask(~np.isnan(figures))
    told = [
        reason("veto", veto, unit, figure, float(held), np.nan, 0, None if pd.isna(why) else NOTES[why], "")
        for figure, held, why in zip(figures, fired, note, strict=True)
    ]
    rule = rule_of(veto, unit)
    unknown = np.isnan(figures)
    return found.assign(
        rule_zh=rule.zh, rule_en=rule.en, note=note,
        fired=pd.Series(fired, dtype="boolean").mask(unknown),
        reason_zh=[one.zh for one in told], reason_en=[one.en for one in told],
    )  # fmt: skip


def _figures(
    card: ScoreCard,
    section: Section,
    item: Scored,
    subjects: Sequence[str],
    at: pd.DataFrame,
    unit: str,
    domain: str | None,
) -> pd.DataFrame:
    known = {name: at[name].array for name in FIGURES}
    found = pd.DataFrame({"subject": list(subjects), **known})
    return found.assign(
        card=card.card, section=section, item=item.id, domain=domain, measured=unit, source=item.source,
        note=pd.Series(known["note"], dtype="string"),
    )  # fmt: skip


# ---- totals ---------------------------------------------------------------------------------------


def _totals(card: ScoreCard, subjects: Sequence[str], lines: pd.DataFrame) -> pd.DataFrame:
    items = lines[lines["section"] == "item"]
    counted = items[items["gained"].notna()]
    earned, maximum = (_sum(counted, name, subjects) for name in ("gained", "maximum"))
    dropped = _sum(items[items["gained"].isna()], "maximum", subjects)
    total = float(card.total)
    known = _sum(items[items["note"].isna()], "maximum", subjects)
    some = (maximum > 0) & (known > 0) & (known >= float(card.least))
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(some, np.round(earned / maximum * total, 9), np.nan)
    bonus = _capped(lines, "bonus", card.bonus_cap, subjects)
    deduction = _capped(lines, "deduction", card.deduction_cap, subjects)
    final: Floats = np.maximum(np.round(scaled + bonus - deduction, 9), 0)
    cases = int((~np.isnan(final)).sum())
    rounded: Floats = np.round(final, 6)
    place = places(rounded, "higher") if cases >= LEAST else np.full(len(final), np.nan)
    unscored = lines[lines["note"].notna() & (lines["section"] != "veto")]
    vetoed = _vetoed(lines, subjects)
    found = pd.DataFrame(
        {
            "card": card.card, "subject": list(subjects),
            "earned": np.where(known > 0, earned, np.nan), "maximum": maximum, "dropped": dropped,
            "scaled": scaled, "bonus": bonus, "deduction": deduction, "score": final,
            "place": place, "cases": cases,
            "unscored": unscored["subject"].value_counts().reindex(list(subjects)).fillna(0).array,
            "vetoed": [",".join(one) or None for one in vetoed],
            "grade": [_grade(card, points, held) for points, held in zip(final, vetoed, strict=True)],
            "note": pd.Series(np.where(some, "", "too_few"), dtype="string").replace("", pd.NA),
        }
    )  # fmt: skip
    for domain in DOMAINS:
        here = counted[counted["domain"] == domain]
        gained, most = (_sum(here, name, subjects) for name in ("gained", "maximum"))
        told = _sum(here[here["note"].isna()], "maximum", subjects) > 0
        share = np.divide(gained, most, out=np.full(len(most), np.nan), where=most > 0)
        found[f"share_{domain}"] = np.where(told, share, np.nan)
    texts = dict.fromkeys(("card", "subject", "vetoed", "grade", "note"), "string")
    whole = dict.fromkeys(("place", "cases", "unscored"), "Int64")
    return found[list(TOTALS)].astype(dict.fromkeys(TOTALS, "Float64") | texts | whole)


def _sum(lines: pd.DataFrame, name: str, subjects: Sequence[str]) -> Floats:
    return floats(lines.groupby("subject")[name].sum().reindex(list(subjects)).fillna(0))


def _capped(lines: pd.DataFrame, section: str, cap: float | int | None, subjects: Sequence[str]) -> Floats:
    whole = _sum(lines[lines["section"] == section], "gained", subjects)
    return whole if cap is None else np.minimum(whole, float(cap))


def _vetoed(lines: pd.DataFrame, subjects: Sequence[str]) -> list[list[str]]:
    held = lines[lines["fired"].fillna(False).astype(bool)]
    by_subject = held.groupby("subject", sort=False)["item"].agg(list).to_dict()
    return [by_subject.get(subject, []) for subject in subjects]


def _grade(card: ScoreCard, points: float, vetoed: Sequence[str]) -> str | None:
    """The grade by the score, or the lowest that a veto sets."""
    ranked = [grade.id for grade in card.grades]
    set_by = [veto.grade for veto in card.vetoes if veto.id in vetoed]
    reached = next((g.id for g in card.grades if not np.isnan(points) and points >= float(g.since)), None)
    given = [*set_by, *([reached] if reached else [])]
    return max(given, key=ranked.index) if given else None


_NUMBERS = ("figure", "numerator", "denominator", "maximum", "gained", "lost")
_WHOLE = ("n", "left_out", "place", "cases")


def _typed(found: pd.DataFrame) -> pd.DataFrame:
    dtypes = (
        dict.fromkeys(LINES, "string") | dict.fromkeys(_NUMBERS, "Float64") | dict.fromkeys(_WHOLE, "Int64")
    )
    shaped = found.reindex(columns=list(LINES)).astype(dtypes | {"fired": "boolean"})
    return shaped.assign(handled=shaped["handled"].replace("", pd.NA))
