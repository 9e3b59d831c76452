"""Households over the years under the numbers that declared events gave them, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from povplan.jobs.dynamics import Span, remarks, view
from povplan.jobs.standing import Standing
from povplan.jobs.yearly import between_years
from tests.panels import county

FIRST = """
    id  unit       persons  status
    A   东镇/甲村  2        贫困
    B   东镇/甲村  2        已脱贫
    C   东镇/甲村  2        贫困
    X   东镇/甲村  2        已脱贫
    """
THREE = {
    2020: FIRST,
    2021: FIRST.replace("A   ", "A1  "),
    2022: """
        id  unit       persons  status
        A2  东镇/甲村  2        已脱贫
        B   东镇/甲村  2        贫困
        C   东镇/甲村  2        已脱贫
        C2  东镇/甲村  2        贫困
        X   东镇/甲村  2        贫困
        """,
}
EVENTS = {
    2021: "kind from to\nrenumbered A A1",
    2022: "kind from to\nrenumbered A1 A2\nrenumbered B C\nrenumbered C B\nrenumbered X C2",
}
FOLLOWED = {("贫困", "已脱贫"): 1, ("贫困", "贫困"): 1, ("已脱贫", "已脱贫"): 1, ("已脱贫", "贫困"): 1,
            ("absent", "贫困"): 1}  # fmt: skip
"""A is A1 and then A2; B and C exchange their numbers; X goes on as C2, and another household is X now."""
BARE = {("贫困", "absent"): 1, ("absent", "已脱贫"): 1, ("已脱贫", "贫困"): 2, ("贫困", "已脱贫"): 1,
        ("absent", "贫困"): 1}  # fmt: skip


def of_villages(folder: Path, before: str, now: str, changes: str) -> Standing:
    """The villages of 2020 and of 2021, and the changes of units declared between them, if any."""
    declared = {"unit_change": {2021: f"kind old new\n{changes}"}} if changes else {}
    return county(folder / "w", village={2020: before, 2021: now}, **declared)


@pytest.mark.parametrize(("events", "expected"), [(EVENTS, FOLLOWED), ({}, BARE)], ids=["declared", "bare"])
@pytest.mark.parametrize("first", [2020, 2021])
def test_who_moved_is_who_the_events_say(
    tmp_path: Path, events: dict[int, str], expected: dict[tuple[str, str], int], first: int
) -> None:
    ledger = county(tmp_path / "w", household=THREE, **({"event": events} if events else {}))

    found = view(Span(ledger, first, 2022), "matrix").query("unit == '示例县' and panel == 'all'")

    moved = found[found["households"] > 0]
    assert (
        dict(zip(zip(moved["begin"], moved["end"], strict=True), moved["households"], strict=True))
        == expected
    )


def test_a_number_that_another_took_without_a_new_one_for_the_first_ends_with_its_year(
    tmp_path: Path,
) -> None:
    homes = {
        2021: "id unit status\nA 东镇/甲村 贫困\nB 东镇/甲村 已脱贫",
        2022: "id unit status\nB 东镇/甲村 已脱贫",
    }
    ledger = county(tmp_path / "w", household=homes, event={2022: "kind from to\nrenumbered A B"})

    panel = Span(ledger, 2021, 2022).panel

    assert sorted(panel.households) == ["B", "B 2021"]
    moves = view(Span(ledger, 2021, 2022), "matrix").query("unit == '示例县' and panel == 'all'")
    assert moves[moves["households"] > 0][["begin", "end"]].to_numpy().tolist() == [
        ["贫困", "已脱贫"],
        ["已脱贫", "absent"],
    ]


def test_two_years_compared_follow_the_numbers_too(tmp_path: Path) -> None:
    declared = county(tmp_path / "w", household=THREE, event=EVENTS)
    bare = county(tmp_path / "bare", household=THREE)

    for ledger, expected in ((declared, [4, 1, 0, 0]), (bare, [3, 2, 0, 1])):
        found = between_years(ledger, 2020, 2022)
        rows = found.rows.query("ledger == 'household' and unit.isna()")
        assert rows[["both", "entered", "re_entered", "left"]].to_numpy().tolist() == [expected]
    found = between_years(declared, 2020, 2022)
    status = found.fields.query("field == 'poverty_status' and unit.isna()")
    assert status[["still", "changed"]].to_numpy().tolist() == [[2, 2]]
    changed = found.changes.query("field == 'poverty_status'")
    assert set(changed["entity"]) == {declared.workspace.pseudonym(one) for one in ("A2", "C2")}


def test_the_one_whose_number_went_to_another_left_under_its_own_name(tmp_path: Path) -> None:
    homes = {
        2021: "id unit status\nA 东镇/甲村 贫困\nB 东镇/甲村 已脱贫",
        2022: "id unit status\nB 东镇/甲村 已脱贫",
    }
    ledger = county(tmp_path / "w", household=homes, event={2022: "kind from to\nrenumbered A B"})

    found = between_years(ledger, 2021, 2022)

    left = found.changes.query("ledger == 'household' and kind == 'left'")
    assert list(left["entity"]) == [ledger.workspace.pseudonym("B")]


@pytest.mark.parametrize("declared_in", [2021, 2022])
@pytest.mark.parametrize("village", [False, True], ids=["nothing", "villages"])
def test_a_year_without_households_does_not_break_who_is_followed(
    tmp_path: Path, declared_in: int, village: bool
) -> None:
    homes = {
        2020: "id unit persons status\nA 东镇/甲村 2 贫困\nB 东镇/甲村 2 已脱贫",
        2022: "id unit persons status\nA1 东镇/甲村 2 已脱贫\nB 东镇/甲村 2 已脱贫",
    }
    more = {"village": {2021: "unit people\n东镇/甲村 100"}} if village else {}
    event = {declared_in: "kind from to\nrenumbered A A1"}
    ledger = county(tmp_path / "w", household=homes, event=event, **more)

    assert sorted(Span(ledger, 2020, 2022).panel.households) == ["A1", "B"]
    moves = view(Span(ledger, 2020, 2022), "matrix").query("unit == '示例县' and panel == 'all'")
    assert moves[moves["households"] > 0][["begin", "end"]].to_numpy().tolist() == [
        ["贫困", "已脱贫"],
        ["已脱贫", "已脱贫"],
    ]
    rows = between_years(ledger, 2020, 2022).rows.query("ledger == 'household' and unit.isna()")
    assert rows[["both", "entered", "re_entered", "left"]].to_numpy().tolist() == [[2, 0, 0, 0]]


def test_a_household_split_is_one_that_goes_on_and_one_that_is_new(tmp_path: Path) -> None:
    homes = {
        2020: "id unit persons status\nA 东镇/甲村 4 贫困",
        2021: "id unit persons status\nB 东镇/甲村 2 贫困\nC 东镇/甲村 2 已脱贫",
        2022: "id unit persons status\nB 东镇/甲村 2 已脱贫\nC 东镇/甲村 2 贫困",
    }
    ledger = county(tmp_path / "w", household=homes, event={2021: "kind from to\nsplit A B\nsplit A C"})

    assert sorted(Span(ledger, 2020, 2022).panel.households) == ["B", "C"]
    moves = view(Span(ledger, 2020, 2022), "matrix").query("unit == '示例县' and panel == 'all'")
    assert sorted(moves[moves["households"] > 0][["begin", "end"]].to_numpy().tolist()) == [
        ["absent", "贫困"],
        ["贫困", "已脱贫"],
    ]
    rows = between_years(ledger, 2020, 2022).rows.query("ledger == 'household' and unit.isna()")
    assert rows[["both", "entered", "re_entered", "left"]].to_numpy().tolist() == [[1, 1, 0, 0]]


OLD, NEW = "东镇/乙村", "东镇/新村"


def test_a_household_new_in_a_renamed_village_was_absent_before_not_unknown(tmp_path: Path) -> None:
    """乙村 became 新村 in 2021 and did report before; 丙村, silent in 2022, is not what A left in 2021."""
    ledger = county(
        tmp_path / "w",
        household={
            2020: f"id unit persons status\nB {OLD} 2 贫困\nA 西镇/丙村 1 贫困\nC 西镇/丙村 3 贫困",
            2021: f"id unit persons status\nB {NEW} 2 贫困\nC 西镇/丙村 3 贫困",
            2022: f"id unit persons status\nB {NEW} 2 已脱贫\nD {NEW} 4 贫困",
        },
        unit_change={2021: f"kind old new document\nrename {OLD} {NEW} 文1"},
    )
    span = Span(ledger, 2020, 2022)

    found = view(span, "matrix").query("panel == 'all'")

    of_county = found[found["unit"] == "示例县"][["begin", "end", "persons"]].to_numpy().tolist()
    assert sorted(of_county) == [
        ["absent", "贫困", 4], ["贫困", "absent", 1], ["贫困", "unknown", 3], ["贫困", "已脱贫", 2]
    ]  # fmt: skip
    assert set(found["unit"]) == {"示例县", "示例县/东镇", f"示例县/{NEW}", "示例县/西镇", "示例县/西镇/丙村"}
    assert "东镇/乙村 → 东镇/新村" in "".join(said.zh for said in remarks(span, "matrix"))


def test_who_is_still_poor_fell_back_in_the_year_in_which_it_did(tmp_path: Path) -> None:
    statuses = {2019: "贫困", 2020: "已脱贫", 2021: "返贫", 2022: "返贫"}
    homes = {year: f"id unit persons status\nB {OLD} 2 {status}" for year, status in statuses.items()}

    found = view(Span(county(tmp_path / "w", household=homes), 2019, 2022), "fell-back")

    assert found["reason_zh"].tolist() == ["2020年不属贫困，2021年又成为贫困；主要致贫原因：未填"]
    assert found["reason_en"].tolist() == ["not poor in 2020, poor again in 2021; main cause: not stated"]


def test_a_renamed_village_is_one_of_both_years_compared_and_a_merged_one_is_not(tmp_path: Path) -> None:
    """乙村 became 新村; 丙村 and 丁村 joined as 戊村, and 己村 joined 甲村, which was there."""
    changes = "rename 东镇/乙村 东镇/新村\nmerge 东镇/丙村 东镇/戊村\nmerge 东镇/丁村 东镇/戊村"
    changes += "\nmerge 东镇/己村 东镇/甲村"
    before = "unit people\n东镇/甲村 1\n东镇/乙村 2\n东镇/丙村 3\n东镇/丁村 4\n东镇/己村 5"
    now = "unit people\n东镇/甲村 6\n东镇/新村 2\n东镇/戊村 7"
    ledger = of_villages(tmp_path, before, now, changes)

    found = between_years(ledger, 2020, 2021, ledger="village").rows.iloc[0]

    assert found[["both", "entered", "re_entered", "left"]].tolist() == [2, 1, 0, 3]


SWAPPED = "rename 东镇/甲村 东镇/乙村\nrename 东镇/乙村 东镇/甲村"


@pytest.mark.parametrize(("changes", "still"), [(SWAPPED, 2), ("", 0)], ids=["declared", "bare"])
def test_villages_that_exchange_their_names_are_each_compared_with_themselves(
    tmp_path: Path, changes: str, still: int
) -> None:
    """甲村 of 100 people is 乙村 now, 乙村 of 300 is 甲村; without an entry each is the one of its name."""
    before = "unit people poor\n东镇/甲村 100 20\n东镇/乙村 300 30"
    now = "unit people poor\n东镇/乙村 100 10\n东镇/甲村 300 30"
    ledger = of_villages(tmp_path, before, now, changes)

    found = between_years(ledger, 2020, 2021, ledger="village")

    assert found.rows.iloc[0][["both", "entered", "left"]].tolist() == [2, 0, 0]
    for name, same in (("rural_population", still), ("village", 2 - still)):
        field = found.fields.query(f"field == {name!r}").iloc[0]
        assert field[["still", "changed"]].tolist() == [same, 2 - same]


def test_a_village_that_took_the_name_of_a_divided_one_is_not_the_divided_one(tmp_path: Path) -> None:
    changes = "rename 东镇/甲村 东镇/乙村\nsplit 东镇/乙村 东镇/乙一村\nsplit 东镇/乙村 东镇/乙二村"
    before = "unit people\n东镇/甲村 100\n东镇/乙村 300"
    now = "unit people\n东镇/乙村 100\n东镇/乙一村 100\n东镇/乙二村 200"
    ledger = of_villages(tmp_path, before, now, changes)

    found = between_years(ledger, 2020, 2021, ledger="village")

    assert found.rows.iloc[0][["both", "entered", "left"]].tolist() == [1, 2, 1]
    left = found.changes.query("kind == 'left'")
    assert left["entity"].tolist() == ["示例县/东镇/乙村"]
    people = found.fields.query("field == 'rural_population'").iloc[0]
    assert people[["still", "changed"]].tolist() == [1, 0]


NUMBER_AGAIN = {
    2019: "id unit status\nA 东镇/甲村 贫困\nQ 东镇/甲村 已脱贫",
    2020: "id unit status\nA 东镇/甲村 贫困",
    2021: "id unit status\nQ 东镇/甲村 已脱贫",
}


def test_the_number_of_one_that_had_died_given_to_another_means_that_one_from_then_on(tmp_path: Path) -> None:
    """Q is gone in 2020; A, there all the time, has its number from 2021 on."""
    ledger = county(tmp_path / "w", household=NUMBER_AGAIN, event={2021: "kind from to\nrenumbered A Q"})

    moves = view(Span(ledger, 2019, 2021), "matrix").query("unit == '示例县' and panel == 'all'")
    found = between_years(ledger, 2019, 2021, ledger="household")

    assert sorted(moves[moves["households"] > 0][["begin", "end"]].to_numpy().tolist()) == [
        ["已脱贫", "absent"],
        ["贫困", "已脱贫"],
    ]
    assert found.rows.iloc[0][["both", "entered", "re_entered", "left"]].tolist() == [1, 0, 0, 1]
    status = found.fields.query("field == 'poverty_status'").iloc[0]
    assert status[["still", "changed"]].tolist() == [0, 1]


def test_a_number_wrong_for_one_year_and_put_right_is_one_household(tmp_path: Path) -> None:
    homes = {
        2019: "id unit status\nQ 东镇/甲村 贫困",
        2020: "id unit status\nX 东镇/甲村 贫困",
        2021: "id unit status\nQ 东镇/甲村 已脱贫",
    }
    ledger = county(tmp_path / "w", household=homes, event={2021: "kind from to\nrenumbered X Q"})

    assert sorted(Span(ledger, 2019, 2021).panel.households) == ["Q"]
    assert between_years(ledger, 2019, 2021, ledger="household").rows.iloc[0]["both"] == 1
