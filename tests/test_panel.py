"""Who is who from one year to the next: what `prev` sees after events and changes of units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from povplan.formulas import Scope, row_formula
from povplan.jobs import figures
from povplan.jobs.standing import Standing
from povplan.model import ENTITY
from povplan.panel.events import Two, declared, said_gone
from tests.panels import county, default, matched, part


def prev(ledger: Standing, name: str, formula: str, year: int = 2022) -> dict[str, Any]:
    """Key → what a formula gives; None where it is unknown."""
    declared = default().ledgers[name]
    config = default()
    rows = ledger.rows(declared, year)
    found = row_formula(formula, Scope(declared, config.ledgers, config.parameters, config.codes))(rows)
    return {
        str(key).split("/")[-1]: None if pd.isna(value) else value
        for key, value in zip(rows.frame[ENTITY], found, strict=True)
    }


def households(tmp_path: Path, before: str, now: str, events: str = "", **more: Any) -> Standing:
    given: dict[str, Any] = {"household": {2021: before, 2022: now}, **more}
    return county(tmp_path / "w", **given, **({"event": {2022: events}} if events else {}))


TWO = """
    id  unit    head  land
    A   东镇/甲村  张一  1
    B   东镇/甲村  李二  2
    """


def test_without_events_last_year_s_rows_are_the_very_same(tmp_path: Path) -> None:
    ledger = households(tmp_path, TWO, TWO)

    before = ledger.before(2022)

    assert before is not None and before["household"] is ledger.folded("household", 2021).frame
    assert matched(ledger, 2022).is_plain
    assert prev(ledger, "household", "prev(cultivated_land)") == {"A": 1, "B": 2}


def test_a_new_number_is_followed_and_the_number_of_another_is_not(tmp_path: Path) -> None:
    now = TWO.replace("A   ", "C   ").replace("B   ", "A   ")
    ledger = households(tmp_path, TWO, now, "kind from to\nrenumbered A C")

    assert prev(ledger, "household", "prev(cultivated_land)") == {"C": 1, "A": None}
    assert prev(ledger, "household", "household_id == prev(household_id)") == {"C": True, "A": None}


def test_households_that_exchange_their_numbers(tmp_path: Path) -> None:
    events = "kind from to\nrenumbered A B\nrenumbered B A"
    ledger = households(tmp_path, TWO, TWO, events)

    assert prev(ledger, "household", "prev(cultivated_land)") == {"A": 2, "B": 1}


def test_of_a_split_or_a_merger_nothing_of_last_year_is_known(tmp_path: Path) -> None:
    now = TWO + "    C   东镇/甲村  张三  9\n"
    ledger = households(tmp_path, TWO, now, "kind from to\nsplit A C")
    merger = households(tmp_path / "m", now, TWO, "kind from to\nmerged C A")

    assert prev(ledger, "household", "prev(cultivated_land)") == {"A": None, "B": 2, "C": None}
    assert prev(merger, "household", "prev(cultivated_land)") == {"A": None, "B": 2}


def test_the_household_that_goes_on_keeps_the_number_else_the_address_else_the_first_person(
    tmp_path: Path,
) -> None:
    before = "id unit head address\nA 东镇/甲村 张一 河边"
    now = "id unit head address\nB 东镇/甲村 张二 山上\nC 东镇/甲村 张一 河边"
    events = "kind from to\nsplit A B\nsplit A C"
    members = {
        2021: "id home unit name\nP2 A 东镇/甲村 张二\nP10 A 东镇/甲村 张一",
        2022: "id home unit name\nP2 B 东镇/甲村 张二\nP10 C 东镇/甲村 张一",
    }
    at_home = households(tmp_path, before, now, events, member=members)
    nowhere = [one.replace("河边", "·") for one in (before, now)]
    no_address = households(tmp_path / "n", nowhere[0], nowhere[1], events, member=members)

    assert matched(at_home, 2022).goes_on == {"A": "C"}
    assert matched(no_address, 2022).goes_on == {"A": "B"}
    assert dict(matched(no_address, 2022).from_split) == {"C": "A"}


def test_a_corrected_identity_number_is_no_other_person(tmp_path: Path) -> None:
    members = {
        2021: "card home unit name\n11010519491231002X A 东镇/甲村 张一\n2 A 东镇/甲村 张二",
        2022: "card home unit name\n440524188001010014 A 东镇/甲村 张一\n2 A 东镇/甲村 张二",
    }
    events = "kind old new\nid_corrected 11010519491231002X 440524188001010014"
    ledger = households(tmp_path, TWO, TWO, events, member=members)

    assert prev(ledger, "member", "name == prev(name)") == {"440524188001010014": True, "2": True}
    assert prev(ledger, "member", "id_card == prev(id_card)") == {"440524188001010014": True, "2": True}


def test_two_persons_whose_numbers_were_exchanged(tmp_path: Path) -> None:
    members = {
        2021: "card home unit name\n1 A 东镇/甲村 张二\n2 A 东镇/甲村 张一",
        2022: "card home unit name\n1 A 东镇/甲村 张一\n2 A 东镇/甲村 张二",
    }
    ledger = households(
        tmp_path, TWO, TWO, "kind old new\nid_corrected 1 2\nid_corrected 2 1", member=members
    )

    assert prev(ledger, "member", "name == prev(name)") == {"1": True, "2": True}


def test_members_known_by_household_and_name_go_with_their_household_s_number(tmp_path: Path) -> None:
    members = {
        2021: "home unit name\nA 东镇/甲村 张一",
        2022: "home unit name\nC 东镇/甲村 张一\nC 东镇/甲村 张小",
    }
    now = TWO.replace("A   ", "C   ")
    ledger = households(tmp_path, TWO, now, "kind from to\nrenumbered A C", member=members)

    assert prev(ledger, "member", "prev(name)") == {"C|张一": "张一", "C|张小": None}
    assert prev(ledger, "member", "seen_before(household_id)") == {"C|张一": True, "C|张小": True}


def test_a_reason_that_an_event_declares_counts_as_the_row_s_own(tmp_path: Path) -> None:
    members = {
        2021: "id home unit name\nP1 A 东镇/甲村 张一",
        2022: "id home unit name joined\nP1 A 东/甲 张一 ·\nP2 A 东/甲 张小 ·\nP3 A 东/甲 王媳 婚入",
    }
    ledger = households(tmp_path, TWO, TWO, "kind person\nbirth P2", member=members)

    assert prev(ledger, "member", "joined_reason") == {"P1": None, "P2": "新生儿", "P3": "婚入"}


# ---- units -----------------------------------------------------------------------------------------

VILLAGES = """
    unit    people  poor
    东镇/甲村  100   10
    东镇/乙村  301   31
    西镇/丙村  50    5
    """


def villages(tmp_path: Path, now: str, changes: str, **more: Any) -> Standing:
    given: dict[str, Any] = {"village": {2021: VILLAGES, 2022: now}, **more}
    return county(tmp_path / "w", **given, **({"unit_change": {2022: changes}} if changes else {}))


def poor(ledger: Standing, year: int = 2022) -> dict[str, tuple[Any, ...]]:
    """Unit → the poor a year before and now, over the units that compare."""
    found = figures.change(ledger, year)
    rows = found
    return {
        str(unit).split("/")[-1]: (None if pd.isna(b) else float(b), None if pd.isna(v) else float(v))
        for unit, b, v in zip(rows["unit"], rows["previous"], rows["value"], strict=True)
    }


def test_a_renamed_village_is_followed_only_if_it_is_declared(tmp_path: Path) -> None:
    now = VILLAGES.replace("甲村", "新村")
    declared = villages(tmp_path, now, "kind old new\nrename 东镇/甲村 东镇/新村")
    silent = villages(tmp_path / "s", now, "")

    assert prev(declared, "village", "prev(rural_population)") == {"新村": 100, "乙村": 301, "丙村": 50}
    assert prev(silent, "village", "prev(rural_population)") == {"新村": None, "乙村": 301, "丙村": 50}
    assert poor(declared)["新村"] == (10, 10)
    assert poor(silent)["新村"][0] is None
    assert [said.zh for said in declared.over_years.mapped(2021, 2022)] == [
        "以前年度有 1 个单元按区划变更归到现单元比较：东镇/甲村 → 东镇/新村。"
    ]


def test_merged_villages_are_compared_as_one(tmp_path: Path) -> None:
    now = "unit people poor\n东镇/大村 400 30\n西镇/丙村 50 5"
    ledger = villages(tmp_path, now, "kind old new\nmerge 甲村 东镇/大村\nmerge 乙村 东镇/大村")

    assert prev(ledger, "village", "prev(rural_population)") == {"大村": 401, "丙村": 50}
    assert poor(ledger) == {
        "示例县": (46, 35),
        "东镇": (41, 30),
        "大村": (41, 30),
        "西镇": (5, 5),
        "丙村": (5, 5),
    }


def test_half_of_a_merged_village_is_not_compared_with_the_whole(tmp_path: Path) -> None:
    before = "unit people poor\n东镇/甲村 100 10\n西镇/丙村 50 5"
    now = "unit people poor\n东镇/乙村 400 30\n西镇/丙村 50 5"
    ledger = villages(tmp_path, now, "kind old new\nmerge 甲村 东镇/乙村", village={2021: before, 2022: now})

    assert prev(ledger, "village", "prev(rural_population)") == {"乙村": None, "丙村": 50}
    assert poor(ledger)["乙村"][0] is None
    assert poor(ledger)["示例县"] == (5, 5)


def test_a_split_village_is_divided_by_its_weights_and_without_them_not_compared(tmp_path: Path) -> None:
    now = "unit people poor\n东镇/甲村 100 8\n东镇/乙村 200 20\n东镇/丁村 100 9\n西镇/丙村 50 5"
    split = "kind old new weight by\nsplit 乙村 乙村 {} 人口\nsplit 乙村 丁村 {} 人口"
    weighted = villages(tmp_path, now, split.format("0.7", "0.3"))
    odd = villages(tmp_path / "o", now, split.format("0.7", "0.4"))

    assert prev(weighted, "village", "prev(rural_population)") == {
        "甲村": 100,
        "乙村": 211,
        "丁村": 90,
        "丙村": 50,
    }
    assert poor(weighted)["东镇"] == (41, 37)
    assert prev(odd, "village", "prev(rural_population)") == {
        "甲村": 100,
        "乙村": None,
        "丁村": None,
        "丙村": 50,
    }
    assert poor(odd)["东镇"] == (10, 8)
    assert [one.rule for one in odd.over_years.panel(2022).remarks()] == ["unit_change_weights"]


def test_villages_of_a_split_township_go_to_the_one_that_has_them(tmp_path: Path) -> None:
    now = "unit people poor\n北镇/甲村 100 9\n南镇/乙村 301 30\n西镇/丙村 50 5"
    ledger = villages(tmp_path, now, "kind old new\nsplit 东镇 北镇\nsplit 东镇 南镇")

    assert prev(ledger, "village", "prev(rural_population)") == {"甲村": 100, "乙村": 301, "丙村": 50}
    assert poor(ledger) == {
        "示例县": (46, 44), "北镇": (10, 9), "甲村": (10, 9), "南镇": (31, 30), "乙村": (31, 30),
        "西镇": (5, 5), "丙村": (5, 5),
    }  # fmt: skip


def test_households_of_a_split_village_go_where_they_now_are(tmp_path: Path) -> None:
    before = "id unit head\nA 东镇/乙村 张一\nB 东镇/乙村 李二\nC 东镇/乙村 王三"
    now = "id unit head\nA 东镇/乙村 张一\nB 东镇/丁村 李二"
    ledger = households(
        tmp_path, before, now, unit_change={2022: "kind old new\nsplit 乙村 乙村\nsplit 乙村 丁村"}
    )

    placed = ledger.over_years.frames_in(2021, 2022)["household"]

    assert [str(unit).split("/")[-1] for unit in placed["_unit"]] == ["乙村", "丁村", "东镇"]


def test_changes_of_several_years_follow_one_another(tmp_path: Path) -> None:
    names = {2021: "甲村", 2022: "子村", 2023: "丑村"}
    ledger = county(
        tmp_path / "w",
        village={year: VILLAGES.replace("甲村", name) for year, name in names.items()},
        unit_change={2022: "kind old new\nrename 甲村 子村", 2023: "kind old new\nrename 子村 丑村"},
    )

    assert "丑村" in " ".join(ledger.over_years.frames_in(2021, 2023)["village"]["_unit"])
    assert set(figures.in_units_of(ledger, 2021, 2023)["unit"]) == set(
        figures.indicators(ledger, 2023)["unit"]
    )
    assert len(ledger.over_years.mapped(2021, 2023)) == 2


def test_chains_cycles_levels_and_unknown_units_are_told(tmp_path: Path) -> None:
    now = VILLAGES.replace("甲村", "新村")
    chain = villages(
        tmp_path,
        now,
        "kind old new\nrename 甲村 乙村\nrename 乙村 新村\ntransfer 东山村 西镇\nmerge 丙村 西镇",
    )

    told = sorted((one.rule, one.field) for one in chain.over_years.panel(2022).remarks())

    assert told == [
        ("unit_change_chain", "new_unit"), ("unit_change_chain", "new_unit"),
        ("unit_change_unknown", "old_unit"),
    ]  # fmt: skip


def test_events_say_who_is_gone_alone_with_the_household_or_under_another_number() -> None:
    homes = part("household", 2022, "id unit head\n" + "\n".join(f"{one} 东镇/甲村 张一" for one in "ABCDEF"))
    people = part(
        "member",
        2022,
        """
        id  home  unit    name  card
        P1  A     东镇/甲村  张一  ·
        P2  A     东镇/甲村  张二  ·
        P3  B     东镇/甲村  李三  ·
        P4  D     东镇/甲村  李四  ·
        P5  E     东镇/甲村  王五  X5
        """,
    )
    register = part(
        "event",
        2022,
        """
        kind          from  to  person  name  old  new
        moved_out     B     ·   ·       ·     ·    ·
        merged        C     A   ·       ·     ·    ·
        renumbered    F     G   ·       ·     ·    ·
        death         ·     ·   P1      ·     ·    ·
        marriage_out  D     ·   ·       李四   ·    ·
        id_corrected  ·     ·   ·       ·     X5   X6
        registered    ·     E   ·       ·     ·    ·
        """,
    )
    events = declared(register.frame, 2022)

    gone = {}
    for one in (homes, people):
        two = Two(default().ledgers[one.ledger], one.frame, one.frame.iloc[:0])
        gone[one.ledger] = set(one.frame.loc[said_gone(events, two), ENTITY])

    assert gone == {"household": {"B", "C", "F"}, "member": {"P1", "P3", "P4", "P5"}}
