"""Score cards: every primitive at its edges, and a whole card recomputed on paper."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from povplan.evaluation import score
from povplan.evaluation.primitives import each, meets, piecewise, places, proportion, rank, steps, threshold
from povplan.spec import Condition, ScoreCard
from povplan.spec.scorecards import Knot, Proportion, Rank, Step

BLANK = np.nan


def near(found: object) -> object:
    return pytest.approx(found, nan_ok=True)


@pytest.mark.parametrize(
    ("bound", "below", "at", "above"),
    [("at_least", 0, 10, 10), ("at_most", 10, 10, 0), ("above", 0, 0, 10), ("below", 10, 0, 0)],
)
def test_a_threshold_includes_its_edge_or_not_as_it_says(bound: str, below: int, at: int, above: int) -> None:
    condition = Condition.model_validate({bound: 85})

    found = threshold(np.array([84.99, 85, 85.01, BLANK]), condition, 10)

    assert found.tolist() == near([below, at, above, BLANK])
    assert not meets(np.array([BLANK]), condition).any()


def test_a_proportion_is_capped_at_both_ends_whichever_way_it_runs() -> None:
    help_money, dropout = Proportion(full_at=30), Proportion(zero_at=10, full_at=0)

    assert proportion(np.array([-5, 0, 15, 30, 45, BLANK]), help_money, 20).tolist() == near(
        [0, 0, 10, 20, 20, BLANK]
    )
    assert proportion(np.array([12, 10, 5, 0]), dropout, 4).tolist() == near([0, 0, 2, 4])
    assert not np.signbit(proportion(np.array([12, 10]), dropout, 4)).any()


def test_pieces_are_level_outside_and_even_between_their_knots() -> None:
    """Money to its user in 25 working days 6 points, over 50 none, evenly between."""
    knots = [Knot(at=25, points=6), Knot(at=50, points=0)]

    assert piecewise(np.array([0, 25, 30, 37.5, 50, 51, BLANK]), knots).tolist() == near(
        [6, 6, 4.8, 3, 0, 0, BLANK]
    )


def test_a_step_holds_its_own_end() -> None:
    months = [Step(up_to=1, points=10), Step(up_to=3, points=8), Step(points=0)]

    assert steps(np.array([0, 1, 1.01, 3, 9, BLANK]), months).tolist() == near([10, 10, 8, 8, 0, BLANK])


def test_equals_share_a_place_and_the_next_one_is_skipped() -> None:
    figures = np.array([80, 95, 95, 70, BLANK])

    assert places(figures, "higher").tolist() == near([3, 1, 1, 4, BLANK])
    assert places(figures, "lower").tolist() == near([2, 3, 3, 1, BLANK])


def test_ranks_take_points_by_place_and_none_of_fewer_than_ten_cases() -> None:
    ten = np.array([90, 90, 80, 70, 60, 50, 40, 30, 20, 10.0])

    assert rank(ten, Rank(step=0.25), 2).tolist() == near([2, 2, 1.5, 1.25, 1, 0.75, 0.5, 0.25, 0, 0])
    assert np.isnan(rank(ten[:9], Rank(step=0.25), 2)).all()
    assert rank(ten[:3], Rank(step=1, least=3), 2).tolist() == [2, 2, 0]


def test_each_whole_counts_up_to_the_most() -> None:
    assert each(np.array([-1, 0, 0.9, 1, 2.5, 9, BLANK]), 1, 3).tolist() == near([0, 0, 0, 1, 2, 3, BLANK])


CARD = ScoreCard.model_validate(
    {
        "card": "small", "label": "小卡", "of": "township", "source": "示例",
        "deduction_cap": 6, "bonus_cap": 2,
        "items": (
            {"id": "water", "label": "饮水", "domain": "social", "points": 40, "indicator": "a",
             "score": {"threshold": {"at_least": 85}}},
            {"id": "help", "label": "资金", "domain": "economic", "points": 60, "indicator": "b",
             "score": {"proportion": {"full_at": 30}}},
        ),
        "bonus": (
            {"id": "more", "label": "加分", "points": 3, "indicator": "c", "score": {"each": {"points": 1}}},
        ),
        "deductions": (
            {"id": "late", "label": "逾期", "points": 9, "indicator": "d", "score": {"each": {"points": 4}}},
        ),
        "vetoes": ({"id": "fell", "label": "返贫", "indicator": "e", "when": {"above": 0}, "grade": "fail"},),
        "grades": (
            {"id": "good", "label": "良好", "from": 80}, {"id": "pass", "label": "合格", "from": 60},
            {"id": "fail", "label": "不合格", "from": 0},
        ),
    }
)  # fmt: skip
TOWNS = ["甲镇", "乙镇", "丙镇"]
UNITS = {"water": "percent", "help": "万元", "more": "ratio", "late": "项", "fell": "percent"}


def figures(**given: list[float]) -> dict[str, pd.DataFrame]:
    found = {}
    for name, values in given.items():
        blank: list[None] = [None] * len(values)
        columns = {"figure": values, "numerator": blank, "denominator": blank, "n": blank, "left_out": blank}
        notes = ["no_denominator" if np.isnan(value) else None for value in values]
        found[name] = pd.DataFrame({**columns, "note": notes}, index=TOWNS)
    return found


GIVEN = figures(
    water=[85, 84, BLANK], help=[15, 60, 24], more=[2, 5, 0], late=[1, 3, BLANK], fell=[0, 0.2, BLANK]
)


def test_a_card_is_what_it_is_on_paper() -> None:
    """甲: 40 + 30 + 2 − 4 = 68. 乙: 0 + 60 + 2 (cap) − 6 (cap) = 56, vetoed. 丙: 48 of 60 scaled to 80."""
    _, totals = score(CARD, TOWNS, GIVEN, UNITS)

    columns = ["subject", "earned", "maximum", "dropped", "scaled", "bonus", "deduction", "score", "grade"]
    assert totals[columns].to_numpy().tolist() == [
        ["甲镇", 70, 100, 0, 70, 2, 4, 68, "pass"],
        ["乙镇", 60, 100, 0, 60, 2, 6, 56, "fail"],
        ["丙镇", 48, 60, 40, 80, 0, 0, 80, "good"],
    ]
    assert totals["vetoed"].fillna("").tolist() == ["", "fell", ""]
    assert totals["unscored"].tolist() == [0, 0, 2]
    assert totals["share_social"].fillna(-1).tolist() == [1, 0, -1]
    assert totals["place"].isna().all()


@pytest.mark.parametrize(
    ("missing", "scaled", "points"), [("drop_and_rescale", 80, None), ("zero", 48, 0), ("full", 88, 40)]
)
def test_what_cannot_be_evaluated_weighs_as_declared(
    missing: str, scaled: float, points: float | None
) -> None:
    lines, totals = score(CARD.model_copy(update={"missing": missing}), TOWNS, GIVEN, UNITS)

    line = lines[(lines["subject"] == "丙镇") & (lines["item"] == "water")].iloc[0]
    assert totals["scaled"].iloc[2] == scaled
    assert (None if pd.isna(line["gained"]) else line["gained"], line["handled"]) == (points, missing)
    assert line["note"] == "no_denominator"
    assert "无法评价（分母为零或缺失）" in line["reason_zh"]


def test_every_line_says_in_words_what_was_lost() -> None:
    lines, _ = score(CARD, TOWNS, GIVEN, UNITS)
    told = {(line.subject, line.item): line.reason_zh for line in lines.itertuples()}
    english = {(line.subject, line.item): line.reason_en for line in lines.itertuples()}

    assert told["甲镇", "water"] == "85%，得满分"
    assert told["乙镇", "water"] == "84%，按“≥ 85% 得 40 分”得 0 分，扣 40 分"
    assert (
        told["甲镇", "help"] == "15 万元，按“按比例：0 万元 得 0 分，30 万元 得满分 60 分”得 30 分，扣 30 分"
    )
    assert told["甲镇", "late"] == "1 项，扣 4 分"
    assert told["乙镇", "fell"] == "0.2%，一票否决"
    assert told["丙镇", "fell"] == "无法评价（分母为零或缺失）：不作否决"
    assert english["乙镇", "water"] == '84%: 0 points by "40 points if ≥ 85%", 40 lost'
    assert lines["subject"].tolist() == [name for name in TOWNS for _ in range(5)]


def test_nothing_known_gives_no_score() -> None:
    nothing = figures(water=[BLANK] * 3, help=[BLANK] * 3, more=[1] * 3, late=[0] * 3, fell=[0] * 3)

    _, totals = score(CARD, TOWNS, nothing, UNITS)

    assert totals["score"].isna().all()
    assert totals["grade"].isna().all()


@pytest.mark.parametrize("missing", ["zero", "full"])
def test_a_domain_of_which_nothing_is_known_has_no_share(missing: str) -> None:
    """Of 丙镇 the social line is unknown, whatever stands in for it; that of 乙镇 earns nothing."""
    card = CARD.model_copy(update={"missing": missing})
    nothing = figures(water=[BLANK] * 3, help=[BLANK] * 3, more=[1] * 3, late=[0] * 3, fell=[0] * 3)

    _, some = score(card, TOWNS, GIVEN, UNITS)
    _, none = score(card, TOWNS, nothing, UNITS)

    assert some["share_social"].fillna(-1).tolist() == [1, 0, -1]
    assert some["share_economic"].tolist() == [0.5, 1, 0.8]
    assert none["earned"].isna().all()
    assert none[["share_social", "share_economic"]].isna().all(axis=None)
