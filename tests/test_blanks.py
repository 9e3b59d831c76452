"""A column that nobody filled in: one finding of the sheet, not one of every row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import pytest

from povplan.checks import Checked, check
from povplan.formulas import Rows
from povplan.model import ENTITY, FINDING_COLUMNS, ROW, SOURCE, UNIT
from povplan.spec import Effect, Ledger

HERE, THERE, ELSEWHERE = "清河县/东岭镇/甲子村", "清河县/东岭镇/乙丑村", "清河县/西坪镇/丙寅村"
Household = tuple[str, int | None, int | None]
"""Village, woodland, pasture."""


def run(
    households: Sequence[Household],
    *,
    wanted: str = "is_known(wood)",
    when: str | None = None,
    effect: Effect = "flag",
    sources: Sequence[int] | None = None,
    already: pd.DataFrame | None = None,
) -> Checked:
    """A rule that wants something filled in, over households on one sheet or on the `sources` given."""
    rule = {
        "id": "H24",
        "label": {"zh": "林地空白", "en": "Woodland is blank"},
        "check": wanted,
        "when": when,
        "effect": effect,
        "fields": ("wood",),
    }
    spec = Ledger.model_validate(
        {
            "ledger": "household",
            "label": "农户",
            "level": "household",
            "key": ["number"],
            "fields": (
                {"id": "number", "label": "户编号", "type": "code"},
                {"id": "wood", "label": "林地", "type": "integer"},
                {"id": "pasture", "label": "草地", "type": "integer"},
            ),
            "rules": (rule,),
        }
    )
    villages, wood, pasture = zip(*households, strict=True)
    frame = pd.DataFrame(
        {
            ENTITY: pd.array([f"h{i}" for i in range(len(households))], dtype="string"),
            UNIT: pd.array(villages, dtype="string"),
            SOURCE: pd.array(sources or [1] * len(households), dtype="Int64"),
            ROW: pd.array(range(5, 5 + len(households)), dtype="Int64"),
            "wood": pd.array(wood, dtype="Int64"),
            "pasture": pd.array(pasture, dtype="Int64"),
        }
    )
    rows = Rows(frame, 2024, date(2024, 12, 31), None, {})
    return check(spec, rows, {"household": spec}, {}, {}, already=already)


def blank(village: str, count: int, pasture: int | None = 1) -> list[Household]:
    return [(village, None, pasture)] * count


def said(checked: Checked) -> list[tuple[str, str | None]]:
    """(unit, household or None) of each finding."""
    return [
        (str(unit).rsplit("/", 1)[-1], None if entity is pd.NA else str(entity))
        for unit, entity in checked.findings[["unit", "entity"]].itertuples(index=False)
    ]


def counts(checked: Checked) -> list[int]:
    of_rule = checked.evaluated[checked.evaluated["rule"] == "H24"]
    return [int(of_rule[name].sum()) for name in ("passed", "failed", "not_evaluable")]


def test_a_column_blank_throughout_is_one_finding_of_the_township_at_its_first_row() -> None:
    checked = run([*blank(HERE, 6), *blank(THERE, 5)])

    [(_, one)] = checked.findings.iterrows()
    assert one["message_zh"] == "林地空白：东岭镇整栏空着，11 行都没有填"
    assert one["message_en"] == "Woodland is blank: the whole column is blank in 东岭镇, 11 rows"
    assert (one["rule"], one["entity"], one["unit"], one["row"]) == ("H24", pd.NA, "清河县/东岭镇", 5)


def test_the_rule_still_counts_every_row() -> None:
    assert counts(run([*blank(HERE, 6), *blank(THERE, 5)])) == [0, 11, 0]
    assert counts(run([*blank(HERE, 12), (THERE, 3, 1), (THERE, None, 1)])) == [1, 13, 0]


def test_once_somebody_filled_it_in_each_row_is_a_finding_of_its_own() -> None:
    checked = run([*blank(HERE, 11), (HERE, 0, 1)])

    assert said(checked) == [("甲子村", f"h{number}") for number in range(11)]


def test_fewer_than_ten_rows_are_told_one_by_one() -> None:
    assert len(run(blank(HERE, 9)).findings) == 9
    assert len(run(blank(HERE, 10)).findings) == 1


def test_where_a_neighbour_filled_it_in_the_village_that_did_not_is_told_of() -> None:
    checked = run([*blank(HERE, 10), (THERE, 3, 1), (THERE, None, 1)])

    assert sorted(said(checked), key=str) == [("乙丑村", "h11"), ("甲子村", None)]


def test_each_township_of_a_sheet_and_each_sheet_of_a_township_is_told_of() -> None:
    of_two = run([*blank(HERE, 5), *blank(THERE, 5), *blank(ELSEWHERE, 10)])
    of_villages = run([*blank(HERE, 10), *blank(THERE, 10)], sources=[1] * 10 + [2] * 10)

    assert said(of_two) == [("东岭镇", None), ("丙寅村", None)]
    assert said(of_villages) == [("甲子村", None), ("乙丑村", None)]


def test_of_two_sheets_of_a_village_only_the_one_without_is_told_of_as_a_whole() -> None:
    checked = run([*blank(HERE, 10), *[(HERE, 2, 1)] * 10], sources=[1] * 10 + [2] * 10)

    assert said(checked) == [("甲子村", None)]


def test_a_column_is_spoken_of_only_if_enough_of_its_rows_ought_to_have_it() -> None:
    asked = run([*blank(HERE, 10, pasture=5), *blank(HERE, 10, pasture=1)], when="pasture > 2")
    few = run([*blank(HERE, 9, pasture=5), *blank(HERE, 10, pasture=1)], when="pasture > 2")

    assert said(asked) == [("甲子村", None)]
    assert counts(asked) == [0, 10, 0]
    assert len(few.findings) == 9


def test_where_one_of_several_is_enough_all_of_them_are_blank_throughout() -> None:
    either = "is_known(wood) or is_known(pasture)"

    assert len(run(blank(HERE, 12, pasture=None), wanted=either).findings) == 1
    assert len(run([*blank(HERE, 12, pasture=None), (HERE, None, 4)], wanted=either).findings) == 12


@pytest.mark.parametrize("wanted", ["is_known(wood) and pasture > 0", "is_known(wood) or pasture > 0"])
def test_a_rule_that_asks_for_more_speaks_of_each_row(wanted: str) -> None:
    assert len(run(blank(HERE, 12, pasture=0), wanted=wanted).findings) == 12


def test_rows_that_wait_are_named_each() -> None:
    assert len(run(blank(HERE, 12), effect="hold").findings) == 12


def test_a_cell_that_could_not_be_read_was_no_blank() -> None:
    told = {"ledger": "household", "entity": "h3", "field": "wood", "source": 1, "row": 8}
    unread = pd.DataFrame([{name: told.get(name, pd.NA) for name in FINDING_COLUMNS}])

    checked = run(blank(HERE, 12), already=unread.astype({"source": "Int64", "row": "Int64"}))

    assert said(checked) == [("甲子村", f"h{number}") for number in range(12) if number != 3]


def test_rows_of_no_known_village_are_told_one_by_one() -> None:
    checked = run([("", None, 1)] * 12)

    assert {entity for _, entity in said(checked)} == {f"h{number}" for number in range(12)}


def test_the_finding_is_the_same_one_while_the_column_stays_blank() -> None:
    fewer, more = (run(blank(HERE, count)).findings["digest"].tolist() for count in (10, 12))

    assert fewer == more


def test_the_sheets_of_one_place_are_findings_of_their_own_with_their_own_numbers() -> None:
    further = "清河县/东岭镇/丙辰村", "清河县/东岭镇/丁卯村"
    sheets = [[*blank(one, 5), *blank(other, 5)] for one, other in ((HERE, THERE), further)]
    of_township = run([*sheets[0], *sheets[1]], sources=[1] * 10 + [2] * 10)
    of_village = run(blank(HERE, 20), sources=[1] * 10 + [2] * 10)
    only_second = run(sheets[1], sources=[2] * 10)

    assert said(of_township) == [("东岭镇", None)] * 2
    assert said(of_village) == [("甲子村", None)] * 2
    assert of_township.findings["digest"].is_unique
    assert of_village.findings["digest"].is_unique
    assert only_second.findings["digest"].tolist() == [of_township.findings["digest"].iloc[1]]
