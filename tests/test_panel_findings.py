"""What is said of events that do not hold, of people without a reason, of villages renamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from povplan.jobs.checking import check_years
from povplan.jobs.events import panel_findings
from povplan.jobs.gathering import Gathered
from povplan.jobs.standing import Standing
from tests.commands import _source
from tests.panels import county

HOMES = "id unit head\nA 东镇/甲村 张一\nB 东镇/甲村 李二"
PEOPLE = """
    id  home  unit    name  born
    P1  A     东镇/甲村  张一  1950-01-01
    P2  A     东镇/甲村  张二  1980-02-02
    P3  B     东镇/甲村  李二  1960-03-03
    """


def ledger(tmp_path: Path, now: str = HOMES, people: str = PEOPLE, events: str = "", **more: Any) -> Standing:
    given: dict[str, Any] = {
        "household": {2021: HOMES, 2022: now},
        "member": {2021: PEOPLE, 2022: people},
        **({"event": {2022: events}} if events else {}),
        **more,
    }
    return county(tmp_path / "w", **given)


def told(of: Standing, year: int = 2022) -> list[tuple[str, str, str]]:
    """(rule, key, what is said), the words only where they tell a kind of probable event."""
    found = panel_findings(of, [year], {})
    words = (
        "户编号变更",
        "分户",
        "并户",
        "互换",
        "位不同",
        "恢复",
        "换号",
        "仍在册",
        "已在册",
        "仍是贫困户",
        "不是贫困户",
    )
    return sorted(
        (one["rule"], str(one["entity"]), next((word for word in words if word in one["message_zh"]), ""))
        for one in found
    )


def test_the_same_people_twice_say_nothing(tmp_path: Path) -> None:
    assert told(ledger(tmp_path)) == []


def test_who_left_and_who_came_without_a_word(tmp_path: Path) -> None:
    now = "id unit head\nA 东镇/甲村 张一\nC 东镇/甲村 王三"
    people = "id home unit name born\nP1 A 东镇/甲村 张一 1950-01-01\nP9 C 东镇/甲村 王三 1970-01-01"

    assert told(ledger(tmp_path, now, people)) == [
        ("joined_unexplained", "C", ""),
        ("left_unexplained", "B", ""),
        ("left_unexplained", "P2", ""),
    ]


def test_declared_they_are_no_findings(tmp_path: Path) -> None:
    now = "id unit head\nA 东镇/甲村 张一\nC 东镇/甲村 王三"
    people = "id home unit name born\nP1 A 东镇/甲村 张一 1950-01-01\nP9 C 东镇/甲村 王三 1970-01-01"
    events = "kind from to person\nregistered · C ·\nmoved_out B · ·\ndeath A · P2"

    assert told(ledger(tmp_path, now, people, events)) == []


@pytest.mark.parametrize(
    ("now", "people", "expected"),
    [
        ("A 张一|C 李二", "P1 A|P2 A|P3 C", [("event_suggested", "C", "户编号变更")]),
        ("A 张一|B 李二|C 张二", "P1 A|P2 C|P3 B", [("event_suggested", "C", "分户")]),
        ("A 张一", "P1 A|P2 A|P3 A", [("event_suggested", "B", "并户")]),
    ],
)
def test_probable_events_of_households(tmp_path: Path, now: str, people: str, expected: list[Any]) -> None:
    names = {"P1": "张一 1950-01-01", "P2": "张二 1980-02-02", "P3": "李二 1960-03-03"}
    homes = "\n".join(["id head unit", *(f"{one} 东镇/甲村" for one in now.split("|"))])
    persons = "\n".join(
        ["id home name born unit", *(f"{one} {names[one[:2]]} 东镇/甲村" for one in people.split("|"))]
    )

    assert told(ledger(tmp_path, homes, persons)) == expected


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (
            PEOPLE.replace("P2  A     东镇/甲村  张二", "P8  A     东镇/甲村  张二"),
            [("event_suggested", "P8", "换号")],
        ),
        (
            PEOPLE.replace("P2  A     东镇/甲村  张二  1980-02-02", "P7  A     东镇/甲村  张二  1980-02-20"),
            [("event_suggested", "P7", "位不同")],
        ),
        (
            PEOPLE.replace("P1  A", "PX  A").replace("P2  A", "P1  A").replace("PX  A", "P2  A"),
            [("event_suggested", "P1", "互换")],
        ),
    ],
)
def test_probable_events_of_persons(tmp_path: Path, people: str, expected: list[Any]) -> None:
    found = told(ledger(tmp_path, people=people))

    assert found == expected


def test_a_suggestion_shows_nobody_s_number(tmp_path: Path) -> None:
    found = panel_findings(ledger(tmp_path, people=PEOPLE.replace("P2  A", "P8  A")), [2022], {})

    assert all("P2" not in one[name] for one in found for name in ("message_zh", "message_en", "hint_zh"))


def test_who_was_deleted_and_is_there_again_is_asked_whether_it_returned(tmp_path: Path) -> None:
    homes = {2021: HOMES, 2022: "id unit head\nA 东镇/甲村 张一", 2023: HOMES}
    silent = county(tmp_path / "s", household=homes)
    declared = county(tmp_path / "d", household=homes, event={2023: "kind to\nreturned B"})

    assert told(silent, 2022) == [("left_unexplained", "B", "")]
    assert told(silent, 2023) == [("event_suggested", "B", "恢复")]
    assert told(declared, 2023) == []


def test_events_of_nobody_and_events_that_the_ledgers_contradict(tmp_path: Path) -> None:
    homes = "id unit head status\nA 东镇/甲村 张一 贫困\nB 东镇/甲村 李二 已脱贫"
    events = """
        kind        from  to  person
        split       A     Z   ·
        death       A     ·   P2
        moved_in    ·     B   ·
        escaped     A     ·   ·
        fell_back   B     ·   ·
        renumbered  A     A   ·
        """
    found = told(ledger(tmp_path, homes, PEOPLE, events))

    assert sorted((rule, word) for rule, _, word in found) == [
        ("event_contradicted", ""), ("event_contradicted", "不是贫困户"), ("event_contradicted", "仍在册"),
        ("event_contradicted", "仍是贫困户"), ("event_contradicted", "已在册"), ("event_unknown", ""),
    ]  # fmt: skip


def test_a_renamed_village_without_an_entry_is_told_with_its_likeliest_name(tmp_path: Path) -> None:
    now = HOMES.replace("甲村", "新甲村")
    silent = ledger(tmp_path, now, PEOPLE.replace("甲村", "新甲村"))
    declared = ledger(
        tmp_path / "d",
        now,
        PEOPLE.replace("甲村", "新甲村"),
        unit_change={2022: "kind old new\nrename 甲村 新甲村"},
    )

    found = panel_findings(silent, [2022], {})

    assert [one["rule"] for one in found] == ["unit_unmapped"]
    assert "原单元 东镇/甲村，现单元 东镇/新甲村" in found[0]["hint_zh"] and "2/2" in found[0]["message_zh"]
    assert told(declared) == []


def test_a_person_of_whom_a_probable_event_is_told_is_not_asked_for_a_reason_as_well(tmp_path: Path) -> None:
    standing = ledger(tmp_path, people=PEOPLE.replace("P2  A", "P8  A"))

    found = check_years(standing, Gathered(), {2022}).frame

    of = found[(found["entity"] == "P8") & found["rule"].isin(["P126", "event_suggested"])]
    assert list(of["rule"]) == ["event_suggested"]


def test_who_moved_by_a_declared_split_or_merger_is_not_asked_to_declare_it(tmp_path: Path) -> None:
    """甲二 left A with the split, 丙一 came to A with the merger; 丁一 moved to A without a word."""
    homes = {
        2021: "id unit\nA 东镇/甲村\nC 东镇/甲村\nD 东镇/甲村",
        2022: "id unit\nA 东镇/甲村\nA9 东镇/甲村\nD 东镇/甲村",
    }
    people = {
        year: "id home unit name\n"
        + "\n".join(f"P{at} {home} 东镇/甲村 样本" for at, home in enumerate(of, 1))
        for year, of in ((2021, ("A", "A", "C", "D")), (2022, ("A", "A9", "A", "A")))
    }
    ledger = county(
        tmp_path / "w", household=homes, member=people, event={2022: "kind from to\nsplit A A9\nmerged C A"}
    )

    sources = {number: _source(number, one) for number, one in enumerate(ledger.parts, 1)}

    found = check_years(ledger, Gathered(sources=sources), {2022}).frame

    assert found.loc[found["rule"] == "P133", "entity"].tolist() == ["P4"]


def test_a_household_merged_into_another_that_is_there_all_the_same_is_told_by_its_event(
    tmp_path: Path,
) -> None:
    homes = "id unit head\nA 东镇/甲村 张一\nB 东镇/甲村 李二"
    people = PEOPLE.replace("P3  B", "P3  A")
    wrong = ledger(tmp_path, homes, people, "kind from to\nmerged B A")
    events = "kind from to\nmerged B A\nrenumbered A B"
    given_on = ledger(tmp_path / "g", homes, PEOPLE, events)

    assert told(wrong) == [("event_contradicted", "merged|B|A|||||", "仍在册")]
    assert not [one for one in told(given_on) if one[2] == "仍在册"]
