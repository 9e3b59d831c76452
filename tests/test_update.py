"""One update after another: what is taken, kept, held, dropped, and what is said of it."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from povplan.cli.output import Voice
from povplan.cli.showing import findings, intake_json, print_summary
from povplan.excel.workers import Refused
from povplan.jobs.update import NothingAccepted, Order, Outcome, validate
from povplan.ledger import HELD
from povplan.messages import say
from povplan.model import ENTITY, SOURCE
from povplan.workspace import Workspace
from tests.counties import (
    drawn,
    funds,
    monthly,
    quiet,
    rows,
    run,
    standing,
    told,
    whole,
    workbook,
    workspace,
)


@pytest.fixture
def county(tmp_path: Path) -> Workspace:
    return workspace(tmp_path / "w")


def test_a_second_run_changes_nothing_and_says_so(tmp_path: Path, county: Workspace) -> None:
    file = funds(tmp_path / "a.xlsx", "village planned invested special\n甲村 900 10 10\n乙村 · 20 ·")

    first, second = run(county, file), run(county, file)

    assert first.batch is not None and first.batch.kind == "update"
    assert (second.batch, second.unchanged) == (None, True)
    assert {line[3] for line in told(second)} <= {"persisting"}
    assert len(county.store.batches()) == 1


def test_a_second_run_changes_nothing_when_a_row_waits_for_its_key(tmp_path: Path, county: Workspace) -> None:
    file = funds(tmp_path / "a.xlsx", "village planned\n甲村 900\n· 800\n· 700")

    first, second = run(county, file), run(county, file)

    assert first.coverage[0].waiting == 2
    assert second.unchanged
    assert len(standing(county).folded("village", 2011).waiting) == 2


def test_a_row_without_key_stops_waiting_when_its_sheet_is_sent_again_with_it(
    tmp_path: Path, county: Workspace
) -> None:
    run(county, funds(tmp_path / "a.xlsx", "village planned\n甲村 900\n· 800"))

    outcome = run(county, funds(tmp_path / "b.xlsx", "village planned\n甲村 900\n乙村 800"))

    assert len(standing(county).folded("village", 2011).waiting) == 0
    assert "no_key" not in {line[0] for line in told(outcome)}
    assert "no_key" in set(outcome.findings.fixed["rule"])


def test_full_replaces_its_villages_and_lists_rows_that_vanished(tmp_path: Path, county: Workspace) -> None:
    both = "village planned special own\n甲村 900 10 5\n乙村 800 20 6"
    run(county, funds(tmp_path / "a.xlsx", both))

    outcome = run(
        county, funds(tmp_path / "b.xlsx", "village planned special\n甲村 950 11"), allow_exits=True
    )

    assert drawn(county, "village", "planned_investment") == {"乙村": 800, "甲村": 950}
    assert drawn(county, "fund", "amount") == {
        "乙村|special|paid": 20,
        "乙村|unit_own|paid": 6,
        "甲村|special|paid": 11,
    }
    (line,) = told(outcome, "vanished")
    assert line == ("vanished", "a.xlsx", "2", "new")


def test_what_vanished_and_came_back_is_back_and_no_finding(tmp_path: Path, county: Workspace) -> None:
    run(county, funds(tmp_path / "a.xlsx", "village special own\n甲村 10 5"))
    run(county, funds(tmp_path / "b.xlsx", "village special\n甲村 11"), allow_exits=True)

    outcome = run(county, funds(tmp_path / "c.xlsx", "village special own\n甲村 11 7"))

    assert drawn(county, "fund", "amount") == {"甲村|special|paid": 11, "甲村|unit_own|paid": 7}
    assert told(outcome, "vanished") == []
    assert "vanished" in set(outcome.findings.fixed["rule"])


def test_partial_adds_rows_and_keeps_what_a_blank_does_not_say(tmp_path: Path, county: Workspace) -> None:
    run(county, funds(tmp_path / "a.xlsx", "village planned invested\n甲村 900 30\n乙村 800 20"))

    run(county, funds(tmp_path / "b.xlsx", "village planned invested\n甲村 950 ·\n丙村 5 6"), mode="partial")

    assert drawn(county, "village", "planned_investment", "invested") == {
        "甲村": (950, 30),
        "乙村": (800, 20),
        "丙村": (5, 6),
    }


def test_a_finding_after_a_partial_update_names_the_cell_that_gave_the_value(
    tmp_path: Path, county: Workspace
) -> None:
    run(county, funds(tmp_path / "a.xlsx", "village planned invested\n乙村 1 1\n甲村 900 -30"))

    outcome = run(county, funds(tmp_path / "b.xlsx", "village planned invested\n甲村 -9 ·"), mode="partial")

    assert told(outcome, "range") == [
        ("range", "a.xlsx", "E3", "persisting"),
        ("range", "b.xlsx", "D2", "new"),
    ]


def test_last_years_row_never_fills_this_year(tmp_path: Path, county: Workspace) -> None:
    run(county, funds(tmp_path / "a.xlsx", "village planned invested\n甲村 900 30\n乙村 1 2"), year=2010)

    run(county, funds(tmp_path / "b.xlsx", "village planned\n乙村 5"), year=2011)

    assert drawn(county, "village", "planned_investment", "invested", year=2010)["甲村"] == (900, 30)
    assert drawn(county, "village", "planned_investment", "invested") == {"乙村": (5, None)}


def test_a_restated_year_tells_that_the_next_one_was_checked_again(tmp_path: Path, county: Workspace) -> None:
    for year in (2010, 2011):
        run(county, funds(tmp_path / f"{year}.xlsx", f"village planned\n甲村 {year}"), year=year)

    outcome = run(county, funds(tmp_path / "b.xlsx", "village planned\n甲村 5"), year=2010)

    assert say("later_year_rechecked", year=2010, later=2011) in outcome.remarks
    assert set(outcome.findings.frame["year"].dropna()) <= {2010, 2011}


def test_a_year_that_comes_late_says_which_reports_are_to_be_written_again(
    tmp_path: Path, county: Workspace
) -> None:
    for year in (2009, 2011):
        run(county, funds(tmp_path / f"{year}.xlsx", f"village planned\n甲村 {year}"), year=year)

    late = run(county, funds(tmp_path / "b.xlsx", "village planned\n甲村 5"), year=2010)
    last = run(county, funds(tmp_path / "c.xlsx", "village planned\n甲村 6"), year=2012)

    told = {"years": "2010", "later": "2011", "commands": "povplan report --year 2011"}
    assert say("later_reports_stale", **told) in late.remarks
    assert not [one for one in last.remarks if "povplan report" in one.zh]


def test_a_ledger_that_the_year_before_had_and_nobody_sent_is_told(
    tmp_path: Path, county: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(outcome: Outcome) -> list[str]:
        assert outcome.standing is not None
        print_summary(outcome, findings(outcome, county, "zh"), county.config, Voice("zh"))
        shown = [line for line in capsys.readouterr().err.splitlines() if "没有人报送" in line]
        told = intake_json(outcome, county, findings(outcome, county, "zh"), None)["remarks"]
        assert [one["message_zh"] for one in told if "没有人报送" in one["message_zh"]] == shown
        return shown

    first = run(county, funds(tmp_path / "a.xlsx", "village planned special\n甲村 900 10"), year=2010)
    second = run(county, monthly(tmp_path / "b.xlsx", "village households\n甲村 9"), year=2011)
    third = run(county, funds(tmp_path / "c.xlsx", "village planned special\n甲村 900 10"), year=2011)

    assert [said(one) for one in (first, second, third)] == [
        [], ["2011 年还没有人报送：帮扶资金台账（上年有）。"], []
    ]  # fmt: skip


def test_a_year_without_files_and_rows_is_said_not_to_be_there(tmp_path: Path, county: Workspace) -> None:
    sent = county.root / "submissions" / "2011"
    sent.mkdir(parents=True)
    funds(sent / "a.xlsx", "village planned\n甲村 900")
    run(county)

    with pytest.raises(NothingAccepted) as nothing:
        run(county, year=2012)

    assert nothing.value.said == say("submissions_year_empty", year=2012)
    assert run(county).unchanged
    (county.root / "submissions" / "2012").mkdir()
    (county.root / "submissions" / "2012" / "b.pdf").write_bytes(b"%PDF-1.4")
    with pytest.raises(NothingAccepted) as nothing:
        run(county, year=2012)
    assert nothing.value.said == say("nothing_accepted")


def test_copies_that_the_workspace_keeps_are_passed_over_beside_their_files(
    tmp_path: Path, county: Workspace
) -> None:
    sent = county.root / "submissions" / "2011"
    sent.mkdir(parents=True)
    file = funds(sent / "甲村.xlsx", "village planned\n甲村 900")
    first = run(county, file)

    again = run(county, sent)
    file.unlink()
    alone = run(county, sent)

    assert len(list(sent.iterdir())) == 1
    assert [one.unchanged for one in (first, again, alone)] == [False, True, True]
    assert [one.name for one in again.files] == ["甲村.xlsx"]
    assert again.remarks == first.remarks


def test_a_list_of_units_is_no_ledger(tmp_path: Path, county: Workspace) -> None:
    """povplan's own is passed over with a word; another one is refused, and no village has reported by it."""
    ledger = funds(tmp_path / "a.xlsx", "village planned\n甲村 900")
    own, other = tmp_path / "units.csv", tmp_path / "villages.csv"
    own.write_text("代码,县,乡镇,村,别名\n,示例县,东镇,甲村,\n", encoding="utf-8-sig")
    other.write_text("区（县）,镇名称,村名称\n示例县,东镇,丙村\n", encoding="utf-8")

    outcome = run(county, ledger, own)

    assert (outcome.refused, outcome.accepted_files) == ([], 1)
    assert say("file_units_skipped", name="units.csv") in outcome.remarks
    for alone in (own, other):
        with pytest.raises(NothingAccepted) as nothing:
            run(county, alone, year=2012)
        assert [name for name, _ in nothing.value.outcome.refused] == ["villages.csv"] * (alone == other)


def test_an_older_file_sent_again_says_that_it_undoes_a_correction(tmp_path: Path, county: Workspace) -> None:
    old = funds(tmp_path / "old.xlsx", "village planned\n甲村 900\n乙村 1")
    run(county, old)
    run(county, funds(tmp_path / "new.xlsx", "village planned\n甲村 800\n乙村 1"))

    tried = run(county, old, dry_run=True)
    outcome = run(county, old)
    again = run(county, old)

    told = say("files_come_again", batch=1, later="2")
    assert told in tried.remarks and told in outcome.remarks
    assert drawn(county, "village", "planned_investment")["甲村"] == 900
    assert (again.unchanged, again.remarks) == (True, [])


def test_the_same_file_again_restates_nothing_and_does_not_say_so(tmp_path: Path, county: Workspace) -> None:
    files = {year: funds(tmp_path / f"{year}.xlsx", f"village planned\n甲村 {year}") for year in (2010, 2011)}
    for year, file in files.items():
        run(county, file, year=year)

    outcome = run(county, files[2010], year=2010)

    assert (outcome.unchanged, outcome.remarks) == (True, [])


# ---- several files ---------------------------------------------------------------------------------


def test_two_files_that_disagree_are_listed_side_by_side_and_the_last_accepted_row_stays(
    tmp_path: Path, county: Workspace
) -> None:
    run(county, funds(tmp_path / "old.xlsx", "village planned\n甲村 1\n乙村 2"))
    a = funds(tmp_path / "a.xlsx", "village planned\n甲村 900\n乙村 3")
    b = funds(tmp_path / "b.xlsx", "village planned\n甲村 901")

    outcome = run(county, a, b)

    assert drawn(county, "village", "planned_investment") == {"甲村": 1, "乙村": 3}
    assert told(outcome, "duplicate_key") == [
        ("duplicate_key", "a.xlsx", "2", "new"),
        ("duplicate_key", "b.xlsx", "2", "new"),
    ]
    messages = set(outcome.findings.frame.query("rule == 'duplicate_key'")["message_zh"])
    assert messages == {"同一村级有几行内容不同：a.xlsx 表!2，b.xlsx 表!2"}
    line = outcome.coverage[0]
    assert (line.read, line.accepted, line.repeated, line.waiting) == (3, 1, 0, 2)


def test_the_same_row_in_two_files_counts_once_and_silently(tmp_path: Path, county: Workspace) -> None:
    a = funds(tmp_path / "a.xlsx", "village planned\n甲村 900")
    b = funds(tmp_path / "b.xlsx", "village planned\n乙村 800\n甲村 900")

    outcome = run(county, a, b)

    assert drawn(county, "village", "planned_investment") == {"甲村": 900, "乙村": 800}
    assert [line[0] for line in told(outcome) if line[0] in ("duplicate_key", "repeated_row")] == []
    assert outcome.coverage[0].repeated == 1


def test_the_same_row_twice_in_one_sheet_is_said(tmp_path: Path, county: Workspace) -> None:
    outcome = run(county, monthly(tmp_path / "a.xlsx", "village poor\n甲村 900\n乙村 1\n甲村 900"))

    assert told(outcome, "repeated_row") == [("repeated_row", "a.xlsx", "4", "new")]
    assert outcome.coverage[0].repeated == 1


def test_rows_that_fill_each_others_blanks_keep_each_its_cell(tmp_path: Path, county: Workspace) -> None:
    a = funds(tmp_path / "a.xlsx", "village planned invested\n乙村 1 1\n甲村 -900 ·")
    b = funds(tmp_path / "b.xlsx", "village planned invested\n甲村 · -30")

    outcome = run(county, a, b)

    assert drawn(county, "village", "planned_investment", "invested")["甲村"] == (-900, -30)
    assert told(outcome, "range") == [("range", "a.xlsx", "D3", "new"), ("range", "b.xlsx", "E2", "new")]
    assert (outcome.coverage[0].read, outcome.coverage[0].accepted) == (3, 3)


def test_one_content_under_two_names_is_read_once(tmp_path: Path, county: Workspace) -> None:
    a = funds(tmp_path / "a.xlsx", "village planned\n甲村 900")
    b = tmp_path / "副本.xlsx"
    b.write_bytes(a.read_bytes())

    outcome = run(county, a, b)

    assert say("file_twice", name="副本.xlsx", first="a.xlsx") in outcome.remarks
    assert outcome.coverage[0].read == 1


def test_two_forms_give_one_ledger_in_either_order_and_neither_wipes_the_other(tmp_path: Path) -> None:
    f = funds(
        tmp_path / "f.xlsx", "village planned invested households special\n甲村 900 10 4 10\n乙村 8 7 6 7"
    )
    m = monthly(tmp_path / "m.xlsx", "village households poor persons exits\n甲村 5 5 9 1\n乙村 6 6 8 2")
    again = funds(tmp_path / "g.xlsx", "village planned invested special\n甲村 950 10 10\n乙村 8 7 7")

    ledgers, differing = [], []
    for number, order in enumerate([*permutations([f, m]), (m, f, again), (f, again, m), (f, m, again)]):
        place = workspace(tmp_path / f"w{number}")
        for file in order:
            last = run(place, file)
        ledgers.append(whole(place))
        differing.append([line[:3] for line in told(last, "differs_elsewhere")])

    assert ledgers[0] == ledgers[1]
    assert ledgers[2] == ledgers[3] == ledgers[4]
    assert drawn(place, "village", "poor_households", "planned_investment") == {
        "甲村": (5, 950),
        "乙村": (6, 8),
    }
    assert differing == [*[[("differs_elsewhere", "f.xlsx", "2")]] * 2, [], [], []]


# ---- years -----------------------------------------------------------------------------------------

HOUSEHOLDS = {
    "year": "年度",
    "county": "县",
    "township": "乡镇",
    "village": "行政村",
    "household_id": "户编号",
    "head_name": "户主姓名",
    "persons": "家庭人口数",
}


def households(path: Path, given: str, title: str = "") -> Path:
    return workbook(path, HOUSEHOLDS, given, title)


def test_rows_of_several_years_in_one_file_go_each_to_its_own(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w", "default")
    file = households(
        tmp_path / "a.xlsx",
        """
        village year household_id head_name persons
        甲村 2022 H001 张三 4
        甲村 2023 H001 张三 5
        甲村 2023 H002 李四 x
        """,
    )

    outcome = run(place, file, year=None)

    assert outcome.years == (2022, 2023)
    assert drawn(place, "household", "persons", year=2022) == {"H001": 4}
    assert drawn(place, "household", "persons", year=2023) == {"H001": 5, "H002": None}
    assert ("unreadable_number", "a.xlsx", "G4", "new") in told(outcome)
    unreadable = outcome.findings.frame.query("rule == 'unreadable_number'")
    assert unreadable["year"].tolist() == [2023]
    kept = sorted(path.parent.name for path in (place.root / "submissions").rglob("*.xlsx"))
    assert kept == ["2022", "2023"]
    assert outcome.batch is not None and outcome.batch.inputs[0].year is None


def test_a_row_of_another_year_than_the_command_waits_and_harms_no_other(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w", "default")
    file = households(
        tmp_path / "a.xlsx",
        """
        village year household_id head_name persons
        甲村 2022 H001 张三 4
        甲村 2023 H001 张三 5
        """,
    )

    outcome = run(place, file, year=2023)

    assert drawn(place, "household", "persons", year=2023) == {"H001": 5}
    assert [line[:3] for line in told(outcome, "year_differs")] == [("year_differs", "a.xlsx", "A2")]
    (line,) = outcome.coverage
    assert (line.read, line.accepted, line.waiting) == (2, 1, 1)


def of_2024(path: Path, title: str, strays: str) -> Path:
    """Nineteen households of 2024 under a title, and others."""
    lines = [f"甲村 2024 H{number:02} 张三 4" for number in range(19)]
    drawing = "\n".join(["village year household_id head_name persons", *lines, strays])
    return households(path, drawing, title=title)


def test_a_slip_in_the_year_of_a_row_does_not_empty_its_village_a_year_before(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w", "default")
    before = "village year household_id head_name persons\n甲村 2023 H01 张三 4\n甲村 2023 H02 李四 3"
    run(place, households(tmp_path / "2023.xlsx", before), year=None)

    outcome = run(place, of_2024(tmp_path / "a.xlsx", "2024年农户台账", "甲村 2023 H55 李四 3"), year=None)

    assert outcome.years == (2024,)
    assert drawn(place, "household", "persons", year=2023) == {"H01": 4, "H02": 3}
    assert [line[:3] for line in told(outcome, "year_differs")] == [("year_differs", "a.xlsx", "A22")]
    assert outcome.coverage[0].waiting == 1


@pytest.mark.parametrize(
    ("title", "strays"),
    [
        ("2024年农户台账", "\n".join(f"甲村 2023 H{number} 李四 3" for number in (55, 56, 57))),
        ("2023—2024年农户台账", "甲村 2023 H55 李四 3"),
        ("2022至2024年农户台账", "甲村 2023 H55 李四 3"),
        ("农户台账", "甲村 2023 H55 李四 3"),
    ],
)
def test_where_the_title_does_not_say_it_of_nearly_all_each_row_is_of_its_own_year(
    tmp_path: Path, title: str, strays: str
) -> None:
    place = workspace(tmp_path / "w", "default")

    outcome = run(place, of_2024(tmp_path / "a.xlsx", title, strays), year=None)

    assert (outcome.years, told(outcome, "year_differs")) == ((2023, 2024), [])


def test_a_row_without_a_year_waits_under_a_title_too(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w", "default")

    outcome = run(place, of_2024(tmp_path / "a.xlsx", "2024年农户台账", "甲村 · H55 李四 3"), year=None)

    assert [line[:3] for line in told(outcome, "no_year")] == [("no_year", "a.xlsx", "A22")]
    assert told(outcome, "year_differs") == []


@pytest.mark.parametrize("odd", ["·", "20231", "23"])
def test_a_row_without_a_likely_year_waits_among_those_that_have_one(tmp_path: Path, odd: str) -> None:
    place = workspace(tmp_path / "w", "default")
    file = households(
        tmp_path / "a.xlsx",
        f"village year household_id head_name persons\n甲村 2022 H1 张三 4\n甲村 {odd} H2 李四 3",
    )

    outcome = run(place, file, year=None)

    assert drawn(place, "household", "persons", year=2022) == {"H1": 4}
    assert [line[:3] for line in told(outcome, "no_year")] == [("no_year", "a.xlsx", "A3")]
    assert outcome.coverage[0].waiting == 1


def test_no_name_and_no_number_of_a_person_is_in_any_message(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w", "default")
    number = "11010519491231002X"  # the example of GB 11643
    a = households(
        tmp_path / "a.xlsx",
        f"""
        village year household_id head_name persons
        甲村 2022 {number} 张三丰 张三丰
        甲村 2022 H2 李四 {number}
        · 2022 H3 王五六 3
        甲村 2022 H4 赵七八 3
        甲村 2022 H4 赵七八 4
        """,
    )

    outcome = run(place, a, year=None)

    words = outcome.findings.frame[["message_zh", "message_en", "hint_zh", "hint_en"]].to_csv()
    words += "".join(said.zh + said.en for said in outcome.remarks)
    assert {"unreadable_number", "duplicate_key"} <= set(outcome.findings.frame["rule"])
    for secret in (number, "张三丰", "李四", "王五六", "赵七八", "H4"):
        assert secret not in words


# ---- findings from one batch to the next -----------------------------------------------------------


def test_findings_of_reading_stay_until_their_sheet_is_sent_again(tmp_path: Path, county: Workspace) -> None:
    a = funds(tmp_path / "a.xlsx", "village planned 未知\n甲村 x 1", total=None)
    b = funds(
        tmp_path / "b.xlsx", "village planned\n丙村 5\n丁村 6", total={"village": "合计", "planned": 12}
    )
    run(county, a, b)

    third = run(county, funds(tmp_path / "c.xlsx", "village planned\n甲村 7"))
    fourth = run(county, funds(tmp_path / "d.xlsx", "village planned\n丙村 5"))
    fifth = run(county, funds(tmp_path / "e.xlsx", "village planned\n丙村 5\n丁村 6"))

    assert told(third, "unreadable_number") == []
    assert set(third.findings.fixed["rule"]) == {"unreadable_number"}
    assert told(third, "total_differs") == [("total_differs", "b.xlsx", "D4", "persisting")]
    assert told(fourth, "total_differs") == [
        ("total_differs", "b.xlsx", "D4", "persisting")
    ]  # 丁村 is still b's
    assert told(fifth, "total_differs") == []


def test_a_total_of_a_source_column_that_differs_is_told_at_its_cell(
    tmp_path: Path, county: Workspace
) -> None:
    file = funds(
        tmp_path / "a.xlsx",
        "village planned special own\n甲村 5 10 1\n乙村 5 20 2",
        total={"village": "合计", "planned": 10, "special": 31, "own": 3},
    )

    outcome = run(county, file)

    assert told(outcome, "total_differs") == [("total_differs", "a.xlsx", "F4", "new")]
    assert say("totals_agree", name="a.xlsx", sheet="表", count=2) in outcome.remarks


def test_findings_are_new_then_persisting_then_fixed(tmp_path: Path, county: Workspace) -> None:
    files = [funds(tmp_path / f"{n}.xlsx", f"village planned\n甲村 {n}\n乙村 1") for n in ("-5", "-5.0", "6")]

    outcomes = [run(county, file) for file in files]

    assert [[line[3] for line in told(outcome, "range")] for outcome in outcomes] == [
        ["new"],
        ["persisting"],
        [],
    ]
    assert outcomes[2].findings.fixed["rule"].tolist() == ["range"]


def test_a_rule_of_the_county_that_holds_keeps_the_row_before_and_its_finding(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w")
    text = (Path("configs/profiles/guangzhou-2011/ledgers/village.yaml")).read_text(encoding="utf-8")
    rule = "  - {id: HOLD1, label: 太多, severity: error, effect: hold, check: planned_investment < 1000,"
    (place.root / "configs" / "ledgers").mkdir(parents=True)
    (place.root / "configs" / "ledgers" / "village.yaml").write_text(
        text + rule + " fields: [planned_investment]}\n", encoding="utf-8"
    )
    place = Workspace(place.root)
    run(place, funds(tmp_path / "a.xlsx", "village planned\n甲村 900\n乙村 1"))

    second = run(place, funds(tmp_path / "b.xlsx", "village planned\n甲村 5000\n乙村 2"))
    third = run(place, funds(tmp_path / "c.xlsx", "village planned\n乙村 3"))
    fourth = run(place, funds(tmp_path / "d.xlsx", "village planned\n甲村 950\n乙村 3"))

    assert told(second, "HOLD1") == [("HOLD1", "b.xlsx", "D2", "new")]
    assert second.coverage[0].waiting == 1
    assert told(third, "HOLD1") == [("HOLD1", "b.xlsx", "D2", "persisting")]
    assert told(fourth, "HOLD1") == []
    assert drawn(place, "village", "planned_investment") == {"甲村": 950, "乙村": 3}


# ---- units -----------------------------------------------------------------------------------------


def test_a_unit_the_declared_list_lacks_is_held_with_the_nearest_name(
    tmp_path: Path, county: Workspace
) -> None:
    (county.root / "units.csv").write_text("县,乡镇,村\n示例县,城关镇,上河村\n", encoding="utf-8")
    outcome = run(county, funds(tmp_path / "a.xlsx", "village planned\n城关/上河村委会 5\n上合村 6"))

    assert drawn(county, "village", "planned_investment") == {"上河村": 5}
    found = outcome.findings.frame.query("rule == 'unit_unknown' and ledger == 'village'")
    assert found["hint_zh"].tolist() == [
        "是否为“示例县/城关镇/上河村”？请核对单位名称；确为新设的，加入单位名单 units.csv。"
    ]


def test_a_unit_never_reported_counts_and_is_said_once(tmp_path: Path, county: Workspace) -> None:
    run(county, funds(tmp_path / "a.xlsx", "village planned\n甲村 5"))

    outcome = run(county, funds(tmp_path / "b.xlsx", "village planned special own\n乙村 6 7 8"))

    assert told(outcome, "unit_new") == [("unit_new", "b.xlsx", "C2", "new")]
    assert drawn(county, "village", "planned_investment") == {"甲村": 5, "乙村": 6}


def test_a_household_of_no_township_waits_and_one_without_the_county_column_finds_its_county(
    tmp_path: Path,
) -> None:
    place = workspace(tmp_path / "w", "default", "county: {name: 示例县}\n")
    drawing = "village year household_id persons\n甲村 2022 H1 4\n甲村 2022 H2 5"
    lines = [{**line, "county": None, "head_name": "某"} for line in rows(drawing)]
    lines[1] |= {"township": None, "village": None}

    outcome = run(place, workbook(tmp_path / "a.xlsx", HOUSEHOLDS, lines), year=None)

    assert drawn(place, "household", "persons", year=2022) == {"H1": 4}
    assert [line[:3] for line in told(outcome, "no_unit")] == [("no_unit", "a.xlsx", "D3")]
    assert standing(place).folded("household", 2022).frame["_unit"].tolist() == ["示例县/城关镇/甲村"]


# ---- counting --------------------------------------------------------------------------------------

CELLS = st.sampled_from(["1", "2", "·"])
LINES = st.lists(
    st.tuples(st.sampled_from(["甲村", "乙村", "丙村", "·"]), CELLS, CELLS), min_size=1, max_size=6
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(LINES, min_size=1, max_size=3))
def test_every_row_read_is_accepted_repeated_or_waits(
    tmp_path_factory: pytest.TempPathFactory, sheets: list[list[tuple[str, str, str]]]
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    files = [
        monthly(folder / f"{n}.xlsx", "village poor persons\n" + "\n".join(map(" ".join, lines)))
        for n, lines in enumerate(sheets)
    ]
    place = workspace(folder / "w")

    try:
        outcome = run(place, *files)
    except NothingAccepted as nothing:
        outcome = nothing.outcome

    for line in outcome.coverage:
        assert line.read == line.accepted + line.repeated + line.waiting
        accepted = sum(
            int((~layer.read()[HELD]).sum()) for layer in place.store.layers(line.ledger, line.year)
        )
        assert line.accepted == accepted
        assert line.entries <= line.accepted
    distinct = {file.read_bytes(): lines for file, lines in zip(files, sheets, strict=True)}
    assert sum(line.read for line in outcome.coverage) == sum(len(lines) for lines in distinct.values())


# ---- without files ---------------------------------------------------------------------------------


def test_without_files_those_lying_in_submissions_are_taken_each_for_its_year(
    tmp_path: Path, county: Workspace
) -> None:
    for year in (2010, 2011):
        folder = county.root / "submissions" / str(year)
        folder.mkdir(parents=True)
        funds(folder / "甲.xlsx", f"village planned\n甲村 {year}")

    first = run(county, year=None)
    second = run(county, year=None)

    assert first.years == (2010, 2011)
    assert drawn(county, "village", "planned_investment", year=2010) == {"甲村": 2010}
    assert drawn(county, "village", "planned_investment", year=2011) == {"甲村": 2011}
    assert (second.unchanged, second.batch, second.years) == (True, None, ())


def test_changed_definitions_over_unchanged_files_make_a_recheck(tmp_path: Path, county: Workspace) -> None:
    file = funds(tmp_path / "a.xlsx", "village planned\n甲村 900")
    run(county, file)
    before = whole(county)
    text = (Path("configs/profiles/guangzhou-2011/ledgers/village.yaml")).read_text(encoding="utf-8")
    (county.root / "configs" / "ledgers").mkdir(parents=True)
    rule = "  - {id: MINE, label: 太多, check: planned_investment < 500, fields: [planned_investment]}\n"
    (county.root / "configs" / "ledgers" / "village.yaml").write_text(text + rule, encoding="utf-8")

    changed = Workspace(county.root)

    tried = run(changed, year=None, dry_run=True)
    checked = run(changed, year=None)
    again = run(changed, year=None)
    (county.root / "configs" / "ledgers" / "village.yaml").write_text(text + rule + "\n", encoding="utf-8")
    sent = run(Workspace(county.root), file)

    assert tried.batch is None
    assert checked.batch is not None and checked.batch.kind == "recheck"
    assert told(checked, "MINE") == [("MINE", "a.xlsx", "D2", "new")]
    assert again.unchanged
    assert sent.batch is not None and sent.batch.kind == "recheck"
    assert whole(county) == before


# ---- what is refused -------------------------------------------------------------------------------


def test_a_refused_file_costs_itself_and_the_batch_remembers_why(tmp_path: Path, county: Workspace) -> None:
    good = funds(tmp_path / "a.xlsx", "village planned\n甲村 900")
    bad = tmp_path / "b.xlsx"
    bad.write_bytes(b"no workbook at all")

    outcome = run(county, good, bad)

    assert [name for name, _ in outcome.refused] == ["b.xlsx"]
    assert outcome.batch is not None
    assert [(one.name, one.status) for one in outcome.batch.inputs] == [
        ("a.xlsx", "accepted"),
        ("b.xlsx", "refused"),
    ]
    assert outcome.batch.inputs[1].said_zh == outcome.refused[0][1].zh


def test_our_own_fault_is_logged_without_what_the_cell_said(
    tmp_path: Path, county: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = 'Traceback (most recent call last):\n  File "typed.py", line 3, in f\n    x\nValueError: 张三丰'

    def broken(work: Any, *_: Any) -> Any:
        return [Refused(path, say("read_our_bug", what="ValueError"), trace) for _, path in work]

    monkeypatch.setattr("povplan.excel.workers._run", broken)
    with pytest.raises(NothingAccepted) as refused:
        run(county, funds(tmp_path / "a.xlsx", "village planned\n甲村 900"))

    (remark,) = refused.value.outcome.remarks
    log = Path(remark.en.split("The trail is in ")[1].split(":")[0])
    written = log.read_text(encoding="utf-8")
    log.unlink()
    assert 'File "typed.py", line 3' in written
    assert "张三丰" not in written


def test_validate_writes_nothing(tmp_path: Path, county: Workspace) -> None:
    order = Order(files=[funds(tmp_path / "a.xlsx", "village planned\n甲村 -9")], year=2011)

    outcome = validate(county, order, quiet)

    assert told(outcome, "range") == [("range", "a.xlsx", "D2", "new")]
    assert [path.name for path in county.root.iterdir()] == ["povplan.yaml"]


def test_a_field_whose_type_was_changed_says_so(tmp_path: Path, county: Workspace) -> None:
    from povplan.errors import PovplanError

    run(county, monthly(tmp_path / "m.xlsx", "village poor\n甲村 5"))
    text = (Path("configs/profiles/guangzhou-2011/ledgers/village.yaml")).read_text(encoding="utf-8")
    (county.root / "configs" / "ledgers").mkdir(parents=True)
    (county.root / "configs" / "ledgers" / "village.yaml").write_text(
        text.replace(
            'id: helper, label: {zh: 帮扶单位, en: "Helping unit"}, type: text',
            'id: helper, label: {zh: 帮扶单位, en: "Helping unit"}, type: integer',
        ),
        encoding="utf-8",
    )
    run(county, monthly(tmp_path / "n.xlsx", "village poor\n甲村 6"))
    frame = pd.DataFrame({"helper": pd.array(["某局"], "string"), ENTITY: ["a"], SOURCE: [1]})
    from povplan.jobs.standing import as_declared

    with pytest.raises(PovplanError, match="helper"):
        as_declared(frame, Workspace(county.root).config.ledgers["village"])
