"""Rows that stand in the ledger and are absent from a full file: kept, let go, asked about."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from povplan.cli.asking import Asker
from povplan.jobs import history
from povplan.jobs.update import Order, Outcome, update, validate
from povplan.messages import Said
from povplan.workspace import Workspace
from tests.commands import Terminal
from tests.counties import COUNTY, drawn, funds, quiet, standing, told, workbook, workspace
from tests.test_update import HOUSEHOLDS

YEAR = 2023


@pytest.fixture
def county(tmp_path: Path) -> Workspace:
    return workspace(tmp_path / "w", "default")


def homes(path: Path, persons: int = 4, **villages: Iterable[str]) -> Path:
    """A file of households: village → their numbers."""
    lines = [
        {"year": YEAR, "county": COUNTY, "township": "城关镇", "village": village, "household_id": number,
         "head_name": "张三", "persons": persons}
        for village, numbers in villages.items()
        for number in numbers
    ]  # fmt: skip
    return workbook(path, HOUSEHOLDS, lines)


def numbers(first: int, last: int) -> list[str]:
    return [f"H{number:03}" for number in range(first, last + 1)]


def gone(path: Path, *leaving: str, kind: str = "迁出") -> Path:
    """A register of events: who moved out."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["变动类型", "年度", "变动日期", "原户编号", "现户编号", "变动依据"])
    for number in leaving:
        sheet.append([kind, YEAR, f"{YEAR}-05-01", number, None, "迁移证"])
    book.save(path)
    return path


def run(place: Workspace, *files: Path, **order: Any) -> Outcome:
    return update(place, Order(files=files, year=YEAR, **order), quiet)


def there(place: Workspace) -> dict[str, Any]:
    return drawn(place, "household", "persons", year=YEAR)


def kept(outcome: Outcome) -> dict[str, str]:
    """Household → status of the finding that it is absent and kept."""
    found = outcome.findings.frame.query("rule == 'absent_kept'")
    return dict(zip(found["entity"], found["status"], strict=True))


def vanished(place: Workspace) -> Collection[str]:
    return set(standing(place).folded("household", YEAR).vanished["_entity"])


# ---- nobody at the terminal --------------------------------------------------------------------------


def test_unattended_many_absences_are_kept_and_each_is_told(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 60), 乙村=numbers(61, 100)))

    outcome = run(county, homes(tmp_path / "b.xlsx", 5, 甲村=numbers(1, 57), 乙村=numbers(61, 100)))

    old, new = dict.fromkeys(numbers(58, 60), 4), dict.fromkeys(numbers(1, 57) + numbers(61, 100), 5)
    assert there(county) == {**old, **new}
    assert kept(outcome) == dict.fromkeys(numbers(58, 60), "new")
    assert vanished(county) == set()
    (line,) = outcome.findings.frame.query("entity == 'H058' and rule == 'absent_kept'").to_dict("records")
    assert line["unit"] == f"{COUNTY}/城关镇/甲村"
    assert (line["severity"], line["effect"]) == ("doubt", "flag")
    assert line["message_zh"].startswith("a.xlsx 表!59 报过")
    assert outcome.findings.sources[line["source"]].file == "b.xlsx"
    (words, advice) = outcome.remarks
    assert "原有 100 行，这次的全量报表里缺 3 行，涉及 1 个村，最多的是 城关镇/甲村 3" in words.zh
    assert "of 100 rows" in words.en and "3 are absent" in words.en and "--allow-exits" in advice.en
    assert "超过 2%" in advice.zh and "--allow-exits" in advice.zh


def test_a_village_without_absences_is_replaced_as_a_whole_beside_one_that_keeps_its_rows(
    tmp_path: Path, county: Workspace
) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 9), 乙村=numbers(11, 19)))

    run(county, homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8), 乙村=numbers(11, 19)))

    scopes = [layer.scope for layer in county.store.layers("household", YEAR)]
    assert [[unit.rsplit("/", 1)[1] for unit in scope] for scope in scopes] == [["甲村", "乙村"], ["乙村"]]


@pytest.mark.parametrize(("lacking", "is_kept"), [(2, False), (3, True)])
def test_two_percent_vanish_and_more_do_not(
    tmp_path: Path, county: Workspace, lacking: int, is_kept: bool
) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 100)))

    outcome = run(county, homes(tmp_path / "b.xlsx", 甲村=numbers(1, 100 - lacking)))

    assert len(there(county)) == (100 if is_kept else 98)
    assert len(kept(outcome)) == (lacking if is_kept else 0)
    assert len(told(outcome, "vanished")) == (0 if is_kept else lacking)


def test_villages_not_sent_count_neither_as_absent_nor_as_standing(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 30), 乙村=numbers(101, 300)))

    outcome = run(county, homes(tmp_path / "b.xlsx", 甲村=numbers(1, 29)))

    assert kept(outcome) == {"H030": "new"}
    assert len(there(county)) == 230


def test_the_same_update_twice_changes_nothing(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    short = homes(tmp_path / "b.xlsx", 5, 甲村=numbers(1, 8))

    run(county, short)
    again = run(county, short)

    assert again.unchanged
    assert kept(again) == {"H009": "persisting", "H010": "persisting"}
    assert len(county.store.batches()) == 2


def test_another_file_that_lacks_them_keeps_them_and_tells_each_once(
    tmp_path: Path, county: Workspace
) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    run(county, homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8)))

    outcome = run(county, homes(tmp_path / "c.xlsx", 6, 甲村=numbers(1, 8)))

    assert [line[:2] for line in told(outcome, "absent_kept")] == [("absent_kept", "c.xlsx")] * 2
    assert kept(outcome) == {"H009": "persisting", "H010": "persisting"}


def test_what_is_found_of_the_sheet_as_a_whole_is_told_once_too(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    short = homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8))
    book = openpyxl.load_workbook(short)
    book.active.append([YEAR, COUNTY, "城关镇", "甲村", None, None, 3])  # type: ignore[union-attr]
    book.active.append(["合计", None, None, None, None, None, 99])  # type: ignore[union-attr]
    book.save(short)
    first = run(county, short)

    again = run(county, short)

    assert again.unchanged
    assert {line[0] for line in told(first)} >= {"no_key", "total_differs", "absent_kept"}
    assert [line[:3] for line in told(again)] == [line[:3] for line in told(first)]
    whole = run(county, homes(tmp_path / "c.xlsx", 甲村=numbers(1, 10)))
    assert told(whole) == []


@pytest.mark.parametrize("persons", [4, 5])
def test_the_village_sent_whole_again_settles_them(tmp_path: Path, county: Workspace, persons: int) -> None:
    """Be it the very file that brought them, whose rows all stand."""
    whole = homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10))
    run(county, whole)
    run(county, homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8)))

    sent = whole if persons == 4 else homes(tmp_path / "c.xlsx", persons, 甲村=numbers(1, 10))
    outcome = run(county, sent)

    assert (kept(outcome), outcome.unchanged) == ({}, False)
    assert set(outcome.findings.fixed["rule"]) == {"absent_kept"}
    assert kept(run(county, homes(tmp_path / "d.xlsx", 甲村=numbers(1, 9)))) == {"H010": "reopened"}


def test_a_row_that_is_sent_alone_is_absent_no_more(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    run(county, homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8)))

    outcome = run(county, homes(tmp_path / "c.xlsx", 甲村=numbers(9, 9)), mode="partial")

    assert kept(outcome) == {"H010": "persisting"}


def test_a_row_that_waits_is_not_absent(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 5)))
    twice = homes(tmp_path / "b.xlsx", 甲村=numbers(1, 5))
    book = openpyxl.load_workbook(twice)
    book.active.append(["2023", COUNTY, "城关镇", "甲村", "H005", "李四", 9])  # type: ignore[union-attr]
    book.save(twice)

    outcome = run(county, twice)

    assert {line[0] for line in told(outcome)} >= {"duplicate_key"}
    assert kept(outcome) == {}


def test_a_household_that_moved_to_another_village_of_the_update_is_not_absent(
    tmp_path: Path, county: Workspace
) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10), 乙村=numbers(11, 20)))

    outcome = run(
        county,
        homes(tmp_path / "b.xlsx", 甲村=numbers(2, 10)),
        homes(tmp_path / "c.xlsx", 乙村=[*numbers(11, 20), "H001"]),
    )

    assert (kept(outcome), len(there(county)), vanished(county)) == ({}, 20, set())
    frame = standing(county).folded("household", YEAR).frame.set_index("_entity")
    assert str(frame.at["H001", "_unit"]).endswith("乙村")


def test_several_files_of_one_village_make_one(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))

    outcome = run(
        county,
        homes(tmp_path / "b.xlsx", 5, 甲村=numbers(1, 5)),
        homes(tmp_path / "c.xlsx", 5, 甲村=numbers(6, 10)),
    )

    assert (kept(outcome), set(there(county).values())) == ({}, {5})


# ---- somebody lets them go ---------------------------------------------------------------------------


def test_allowed_they_vanish_and_the_findings_say_so(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    short = homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8))
    run(county, short)

    outcome = run(county, short, allow_exits=True, confirm=never)

    assert (list(there(county)), vanished(county)) == (numbers(1, 8), set(numbers(9, 10)))
    assert (kept(outcome), len(told(outcome, "vanished"))) == ({}, 2)
    assert set(outcome.findings.fixed["rule"]) == {"absent_kept"}
    assert run(county, short, allow_exits=True).unchanged
    assert run(county, short).unchanged


def never(said: Sequence[Said]) -> bool:
    raise AssertionError("nobody is to be asked")


@pytest.mark.parametrize("answer", [True, False])
def test_who_is_asked_decides(tmp_path: Path, county: Workspace, answer: bool) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10), 乙村=numbers(11, 20)))
    asked: list[Sequence[Said]] = []

    def confirm(said: Sequence[Said]) -> bool:
        asked.append(said)
        return answer

    outcome = run(
        county,
        homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8), 乙村=numbers(11, 19)),
        confirm=confirm,
    )

    ((said,),) = asked
    assert "缺 3 行，涉及 2 个村，最多的是 城关镇/甲村 2、城关镇/乙村 1" in said.zh
    assert len(there(county)) == (17 if answer else 20)
    assert len(kept(outcome)) == (0 if answer else 3)


def test_a_trial_never_asks_and_tells_what_would_be_kept(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    order = Order(files=[homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8))], year=YEAR, confirm=never)

    checked = validate(county, order, quiet)
    tried = run(county, *order.files, dry_run=True, confirm=never)
    allowed = run(county, *order.files, dry_run=True, allow_exits=True)

    assert kept(checked) == kept(tried) == dict.fromkeys(numbers(9, 10), "new")
    assert checked.remarks == tried.remarks and len(checked.remarks) == 2
    assert (kept(allowed), len(told(allowed, "vanished"))) == ({}, 2)
    assert len(county.store.batches()) == 1


@pytest.mark.parametrize("apart", [False, True])
def test_whom_an_event_declares_gone_is_not_kept(tmp_path: Path, county: Workspace, apart: bool) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    register = gone(tmp_path / "变动.xlsx", *numbers(9, 10))
    short = homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8))
    if apart:
        run(county, short)
        run(county, register)

    outcome = run(county, *([short] if apart else [short, register]))

    assert (list(there(county)), kept(outcome)) == (numbers(1, 8), {})


def test_an_event_excuses_nobody_else(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10), 乙村=numbers(11, 20)))
    register = gone(tmp_path / "变动.xlsx", "H010")

    outcome = run(county, homes(tmp_path / "b.xlsx", 甲村=numbers(1, 9), 乙村=numbers(11, 19)), register)

    assert kept(outcome) == {"H020": "new"}
    assert set(numbers(1, 20)) - set(there(county)) == {"H010"}


# ---- entries of money --------------------------------------------------------------------------------


def test_an_entry_that_has_another_key_now_is_replaced_not_kept_beside_the_new_one(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w")
    run(place, funds(tmp_path / "a.xlsx", "village special own\n甲村 10 5\n乙村 7 3"))

    outcome = run(place, funds(tmp_path / "b.xlsx", "village special credit\n甲村 10 5\n乙村 7 3"))

    assert kept(outcome) == {}
    assert sum(drawn(place, "fund", "amount", year=YEAR).values()) == 25


def test_an_entry_that_is_only_absent_is_kept(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w")
    run(place, funds(tmp_path / "a.xlsx", "village special own\n甲村 10 5\n乙村 7 3"))

    outcome = run(place, funds(tmp_path / "b.xlsx", "village special\n甲村 10\n乙村 7"))

    assert len(kept(outcome)) == 2
    assert sum(drawn(place, "fund", "amount", year=YEAR).values()) == 25


# ---- taking back, closed years, anew -----------------------------------------------------------------


def test_taken_back_nothing_is_absent(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    run(county, homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8)))

    history.rollback(county, 2, "试")

    assert "absent_kept" not in open_rules(county)


def test_what_is_kept_is_still_told_when_a_later_batch_is_taken_back(
    tmp_path: Path, county: Workspace
) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10), 乙村=numbers(11, 20)))
    run(county, homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8)))
    run(county, homes(tmp_path / "c.xlsx", 5, 甲村=numbers(1, 8)))
    run(county, homes(tmp_path / "d.xlsx", 5, 乙村=numbers(11, 20)))

    history.rollback(county, 4, "试")

    assert open_rules(county).count("absent_kept") == 2


def test_with_the_batch_that_brought_them_the_absences_go(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    run(county, homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8)))

    history.rollback(county, 1, "试")

    assert list(there(county)) == numbers(1, 8)
    assert "absent_kept" not in open_rules(county)


def open_rules(place: Workspace) -> list[str]:
    found = place.store.findings(place.store.batches()[-1].id)
    return [str(rule) for rule in found.loc[found["status"] != "fixed", "rule"]]


def test_a_closed_year_takes_a_file_that_only_lacks_rows(tmp_path: Path, county: Workspace) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    history.close(county, YEAR)

    outcome = run(county, homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8)))

    assert outcome.batch is not None and len(there(county)) == 10


# ---- typed -------------------------------------------------------------------------------------------


ENDS: Mapping[str, tuple[int, int]] = {
    "是\n": (0, 8),
    "y\n": (0, 8),
    "\n": (0, 10),
    "什么\n否\n": (0, 10),
    "q\n": (130, 10),
}


@pytest.mark.parametrize("lines", ENDS)
def test_at_a_terminal_the_command_asks_once(
    tmp_path: Path, county: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch, lines: str
) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    short = homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8))
    monkeypatch.setattr(Asker, "of", classmethod(lambda cls, lang, silent: cls(lang, not silent)))
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))

    answer = typed("update", "-w", county.root, "--year", YEAR, short, "--format", "json")

    code, count = ENDS[lines]
    assert (answer.code, len(there(county))) == (code, count)
    assert "缺 2 行，涉及 1 个村，最多的是 城关镇/甲村 2" in answer.err
    assert answer.err.count("这些行确已不在、可以去掉吗？") == len(lines.splitlines())
    if code == 0 and count == 10:
        told = [one for one in answer.json["findings"] if one["rule"] == "absent_kept"]
        assert [one["file"] for one in told] == ["b.xlsx"] * 2
        assert "--allow-exits" in answer.json["remarks"][-1]["message_en"]
    if code == 130:
        assert len(county.store.batches()) == 1


@pytest.mark.parametrize("option", ["-q", "--dry-run", "--allow-exits"])
def test_nobody_is_asked_where_it_is_said_or_nothing_is_written(
    tmp_path: Path, county: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    run(county, homes(tmp_path / "a.xlsx", 甲村=numbers(1, 10)))
    short = homes(tmp_path / "b.xlsx", 甲村=numbers(1, 8))
    monkeypatch.setattr(Asker, "of", classmethod(lambda cls, lang, silent: cls(lang, not silent)))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    answer = typed("update", "-w", county.root, "--year", YEAR, short, option, lang="en")

    assert answer.code == 0
    assert len(there(county)) == (8 if option == "--allow-exits" else 10)
    assert "Are they gone" not in answer.err
