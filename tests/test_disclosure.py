"""Which cells of a published table must be silent: by hand on small counties, and as a proposition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from povplan.disclosure import People, alike, counts, hidden
from povplan.model import UNIT
from povplan.spec import Indicator, Ledger, UnitOfMeasure
from povplan.units import Tree
from tests.drawing import frame

LEAST = 5
VILLAGES = ("县/甲/一", "县/甲/二", "县/甲/三", "县/乙/四", "县/乙/五", "县/乙/六")
MEASUREMENT = {
    "人": UnitOfMeasure(id="人", dimension="persons", factor=1),
    "户": UnitOfMeasure(id="户", dimension="households", factor=1),
    "percent": UnitOfMeasure(id="percent", dimension="ratio", factor=0.01),
    "元": UnitOfMeasure(id="元", dimension="money", factor=1),
    "个": UnitOfMeasure(id="个", dimension="pieces", factor=1),
}


def county(*rows: Sequence[int], villages: Sequence[str] = VILLAGES) -> tuple[np.ndarray, Tree]:
    """Counts of villages, added up, one row a count."""
    tree = Tree.of(villages)
    at = tree.codes(pd.Series(list(villages), dtype="string"))
    own = np.zeros((len(rows), len(tree.paths)))
    own[:, at] = rows
    return np.vstack([tree.add_upward(row) for row in own]), tree


def silent(counted: np.ndarray, tree: Tree, also: Sequence[int] = ()) -> list[str]:
    off = hidden(counted, tree, LEAST, also)
    return [path for path, is_off in zip(tree.paths, off, strict=True) if is_off]


def test_nothing_is_hidden_where_nothing_is_small_and_zero_is_not_small() -> None:
    assert silent(*county([5, 0, 30, 7, 8, 0])) == []


def test_one_small_village_takes_the_next_smallest_of_its_township_along() -> None:
    assert silent(*county([3, 20, 30, 7, 8, 9])) == ["县/甲/一", "县/甲/二"]


def test_two_small_villages_keep_each_other_hidden_once_they_are_enough_together() -> None:
    assert silent(*county([3, 4, 30, 7, 8, 9])) == ["县/甲/一", "县/甲/二"]


def test_hidden_villages_that_are_few_together_take_a_third_along() -> None:
    """30 of the township are known, so that the hidden two would be known to be three."""
    assert silent(*county([1, 2, 30, 7, 8, 9])) == ["县/甲/一", "县/甲/二", "县/甲/三"]


def test_a_village_with_none_hides_nobody() -> None:
    assert silent(*county([3, 0, 30, 7, 8, 9])) == ["县/甲/一", "县/甲/三"]


def test_a_township_that_is_small_is_hidden_with_its_villages_and_with_a_sister_that_hides_one() -> None:
    """甲 is 3: with 乙 shown it would be the county less 乙; 乙 is hidden with a village that has enough."""
    assert silent(*county([3, 0, 0, 7, 8, 9])) == ["县/甲", "县/甲/一", "县/乙", "县/乙/四"]


def test_the_only_village_of_a_township_is_its_township() -> None:
    counted, tree = county([3, 20, 30], villages=("县/甲/一", "县/乙/二", "县/乙/三"))

    assert silent(counted, tree) == ["县/甲", "县/甲/一", "县/乙", "县/乙/二"]


def test_people_of_no_village_are_a_part_too() -> None:
    """Two of the township lie in no village: with every village shown they would be what is left."""
    counted, tree = county([10, 20, 30, 7, 8, 9])
    for path in ("县", "县/甲"):
        counted[0, tree.paths.index(path)] += 2

    assert silent(counted, tree) == ["县/甲/一"]


def test_the_counts_of_one_figure_are_judged_each_for_itself() -> None:
    """Three have it in 一 and three lack it in 五: both are small, whatever the whole."""
    counted, tree = county([3, 20, 30, 7, 8, 9], [17, 5, 9, 8, 3, 11])

    assert silent(counted, tree) == ["县/甲/一", "县/甲/二", "县/乙/四", "县/乙/五"]


def test_a_county_too_small_in_another_year_is_hidden_and_cannot_be_added_up() -> None:
    assert silent(*county([10, 20, 30, 7, 8, 9]), [0]) == ["县", "县/乙", "县/乙/四"]


def solvable(off: np.ndarray, tree: Tree) -> list[str]:
    """Hidden nodes that the sums of the table determine: x is where no solution of A·x = 0 moves it."""
    unknown = np.flatnonzero(off)
    if not len(unknown):
        return []
    rows = []
    for whole in range(len(tree.paths)):
        parts = np.flatnonzero(tree.parents == whole)
        if len(parts):
            rows.append([float(n == whole) - float(n in parts) for n in unknown])
    free = null_space(np.array(rows))
    return [
        tree.paths[n] for n, moves in zip(unknown, free, strict=True) if np.abs(moves).max(initial=0) < 1e-9
    ]


def null_space(matrix: np.ndarray) -> np.ndarray:
    _, sizes, rows = np.linalg.svd(matrix)
    rank = int((sizes > 1e-9).sum())
    return np.asarray(rows[rank:].T)


@given(
    st.lists(
        st.lists(st.lists(st.integers(0, 12), min_size=2, max_size=2), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_no_hidden_cell_can_be_solved_and_no_small_one_is_shown(drawn: list[list[list[int]]]) -> None:
    villages = [f"县/{t}/{v}" for t, township in enumerate(drawn) for v in range(len(township))]
    values = [village for township in drawn for village in township]
    counted, tree = county(*np.array(values).T, villages=villages)

    off = hidden(counted, tree, LEAST)

    few = ((counted > 0) & (counted < LEAST)).any(axis=0)
    assert not (few & ~off).any()
    if not off[0]:
        assert solvable(off, tree) == []
        leaves = off & ~np.isin(np.arange(len(off)), tree.parents)
        together = counted[:, leaves].sum(axis=1)
        assert not ((together > 0) & (together < LEAST)).any()


# ---- what figures rest on ---------------------------------------------------------------------------

HOUSEHOLD = Ledger.model_validate({
    "ledger": "household", "label": "户", "level": "household", "key": ["id"],
    "fields": [
        {"id": "id", "label": "户", "type": "code"},
        {"id": "persons", "label": "人口", "type": "integer", "in": "人", "kind": "stock"},
        {"id": "wage", "label": "工资", "type": "money", "in": "元", "kind": "flow"},
        {"id": "rent", "label": "财产", "type": "money", "in": "元", "kind": "flow"},
        {"id": "toilet", "label": "厕所", "type": "boolean"},
        {"id": "water", "label": "饮水", "type": "boolean"},
    ],
    "rules": [{"id": "R1", "label": "收入", "check": "wage + rent >= 0", "fields": ["wage", "rent"]}],
})  # fmt: skip
VILLAGE = Ledger.model_validate({
    "ledger": "village", "label": "村", "level": "village", "key": ["id"],
    "fields": [
        {"id": "id", "label": "村", "type": "code"},
        {"id": "population", "label": "人口", "type": "integer", "in": "人", "kind": "stock"},
        {"id": "insured", "label": "参保", "type": "integer", "in": "人", "kind": "stock"},
        {"id": "doctors", "label": "医生", "type": "integer", "in": "人", "kind": "stock"},
        {"id": "enrolled", "label": "登记参保", "type": "integer", "in": "人", "kind": "stock"},
        {"id": "poor", "label": "其中贫困", "type": "integer", "in": "人", "kind": "stock",
         "part_of": "insured"},
        {"id": "works", "label": "工程", "type": "integer", "in": "个", "kind": "stock"},
    ],
    "rules": [
        {"id": "V1", "label": "参保", "check": "insured == enrolled", "fields": ["insured", "enrolled"]},
        {"id": "V2", "label": "其中", "check": "poor <= insured", "fields": ["poor", "insured"]},
    ],
})  # fmt: skip
LEDGERS = {"household": HOUSEHOLD, "village": VILLAGE}


def indicator(name: str, ledger: str, value: str, unit: str = "percent") -> Indicator:
    return Indicator.model_validate(
        {"id": name, "label": name, "domain": "social", "ledger": ledger, "value": value, "in": unit}
    )


INDICATORS = [
    indicator("toilets", "household", "count(toilet) / count()"),
    indicator("waters", "household", "count(water) / count()"),
    indicator("wages", "household", "sum(wage)", "元"),
    indicator("rents", "household", "sum(rent) / sum(persons)", "元"),
    indicator("below", "household", "sum(persons if wage < 100 else 0) / sum(persons)"),
    indicator("insurance", "village", "sum(insured) / sum(population)"),
    indicator("doctors", "village", "1000 * sum(doctors) / sum(population)", "人"),
    indicator("people", "village", "sum(population)", "人"),
    indicator("enrolment", "village", "sum(enrolled) / sum(population)"),
    indicator("poor", "village", "sum(poor)", "人"),
    indicator("works", "village", "count(works > 0) / count()"),
]
ROWS: Mapping[str, pd.DataFrame] = {
    "household": frame(
        """
        id  persons  wage  rent  toilet  water
        1         6    50     9    true   true
        2         6   500     0    true  false
        3         6   500     0    true  false
        4         6   500     0    true  false
        5         6   500     0    true  false
        6         6   500     0   false   true
        7         6   500     0    true   true
        8         6   500     0    true   true
        9         6   500     0    true   true
        10        6   500     0    true   true
        """,
        id="code", wage="money", rent="money", toilet="boolean", water="boolean",
    ).assign(**{UNIT: pd.Series(["县/甲/一"] * 10, dtype="string")}),
    "village": frame(
        """
        id  population  insured  enrolled  poor  doctors  works
        1          300      298       298   295        2      1
        """,
        id="code",
    ).assign(**{UNIT: pd.Series(["县/甲/一"], dtype="string")}),
}  # fmt: skip


def counted() -> tuple[list[People], dict[str, np.ndarray]]:
    people = People.of(INDICATORS, LEDGERS, {}, {}, MEASUREMENT)
    tree = Tree.of(["县/甲/一"])
    return people, counts(people, ROWS, 2024, dt.date(2024, 12, 31), tree)


def few(found: np.ndarray) -> bool:
    return bool(((found > 0) & (found < LEAST)).any())


def test_a_figure_is_of_few_by_its_part_by_what_it_lacks_by_who_gives_it_or_by_its_households() -> None:
    _, found = counted()

    assert {name: few(rows) for name, rows in found.items()} == {
        "toilets": True,  # nine of ten: one lacks it
        "waters": True,  # six of ten: four lack it
        "wages": False,
        "rents": True,  # one household has all of it
        "below": True,  # six persons, but one household
        "insurance": True,  # two are not insured
        "doctors": True,  # two, though the figure is 6.7
        "people": False,
        "enrolment": True,
        "poor": True,  # 295 of the 298 insured: three are not
    }


def test_what_counts_no_people_is_not_asked() -> None:
    people, _ = counted()

    assert "works" not in {one.indicator.id for one in people}


def test_figures_of_the_same_fields_or_of_fields_a_rule_adds_are_silent_together() -> None:
    people, found = counted()

    groups = {frozenset(group) for group in alike(people, found, LEDGERS, LEAST)}

    assert groups == {
        frozenset({"wages", "rents", "below"}),
        frozenset({"toilets"}),
        frozenset({"waters"}),
        frozenset({"insurance", "enrolment"}),
        frozenset({"poor"}),
        frozenset({"doctors"}),
        frozenset({"people"}),
    }
