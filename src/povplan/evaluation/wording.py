"""Score cards in words: how points are made of a figure, and why some were lost."""

from __future__ import annotations

import math
from typing import Any

from povplan.messages import Said, say
from povplan.spec import Condition, Scored, ScoreItem, Veto

SIGNS = {"at_least": "≥", "at_most": "≤", "above": ">", "below": "<"}


def rule_of(item: Scored, unit: str) -> Said:
    """How the line makes points: `≥ 85% 得 10 分` · `10 points if ≥ 85%`."""
    if isinstance(item, Veto):
        return say("score_rule_veto", condition=condition(item.when, unit))
    assert isinstance(item, ScoreItem)
    scoring, points = item.score, plain(item.points)
    if scoring.threshold is not None:
        return say("score_rule_threshold", condition=condition(scoring.threshold, unit), points=points)
    if scoring.proportion is not None:
        ends = {
            "full": amount(scoring.proportion.full_at, unit),
            "zero": amount(scoring.proportion.zero_at, unit),
        }
        return say("score_rule_proportion", points=points, **ends)
    if scoring.piecewise is not None:
        knots = "，".join(f"{amount(knot.at, unit)}→{plain(knot.points)}" for knot in scoring.piecewise)
        return say("score_rule_piecewise", knots=knots)
    if scoring.steps is not None:
        parts = [f"{_up_to(step.up_to, unit)}→{plain(step.points)}" for step in scoring.steps]
        return say("score_rule_steps", steps="，".join(parts))
    if scoring.rank is not None:
        better = say(f"score_better_{scoring.rank.better}")
        zh, en = (
            say("score_rule_rank", points=points, step=plain(scoring.rank.step), better=better.text(lang))
            for lang in ("zh", "en")
        )
        return Said(zh.zh, en.en)
    assert scoring.each is not None
    return say("score_rule_each", each=plain(scoring.each.points), points=points)


def reason(
    section: str,
    item: Scored,
    unit: str,
    figure: float,
    points: float,
    place: float,
    cases: int,
    why: Said | None,
    handled: str,
) -> Said:
    """What a line says of its points: the figure against the rule, what was lost, or why nobody can tell."""
    if why is not None:
        how = say(f"score_handled_{handled}") if handled else say("score_handled_veto")
        return Said(*(say("score_unknown", why=why.text(g), how=how.text(g)).text(g) for g in ("zh", "en")))
    shown = amount(figure, unit)
    if section == "veto":
        return say("score_veto_held" if points else "score_veto_not", figure=shown)
    if section != "item":
        key = f"score_{section}" if points else f"score_{section}_none"
        return say(key, figure=shown, points=short(points))
    assert isinstance(item, ScoreItem)
    lost = float(item.points) - points
    where = "" if math.isnan(place) else f"（{int(place)}/{cases}）"
    if lost <= 1e-9:
        return say("score_full", figure=shown + where)
    rule = rule_of(item, unit)
    said = {"figure": shown + where, "points": short(points), "lost": short(lost)}
    return say("score_lost", rule=rule.zh, rule_en=rule.en, **said)


def condition(of: Condition, unit: str) -> str:
    """`≥ 85%`."""
    (name, bound), *_ = of.bounds.items()
    return f"{SIGNS[name]} {amount(bound, unit)}"


def amount(value: Any, unit: str) -> str:
    """A printed figure with its unit: `85%`, `1,200 元`; a bare number for a ratio."""
    if unit == "percent":
        return f"{plain(value)}%"
    return plain(value) if unit in ("ratio", "") else f"{plain(value)} {unit}"


def plain(value: Any) -> str:
    """A number in up to four decimals, none that say nothing."""
    text = f"{float(value):,.4f}".rstrip("0").rstrip(".")
    return text if text not in ("-0", "") else "0"


def short(value: float) -> str:
    """Points in two decimals at the most."""
    return plain(round(value, 2))


def _up_to(end: float | int | None, unit: str) -> str:
    return "…" if end is None else f"≤ {amount(end, unit)}"
