"""The command line as a person and a machine meet it: streams, formats, exit codes, words."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from povplan.cli import boundary
from povplan.jobs.figures import standing_at
from povplan.workspace import Workspace

HEADER = """\
区（县） 镇名称 村名称 贫困户数 贫困人口数 帮扶单位 联系人 联系电话 规划投入资金（元） 已投入帮扶资金
用于帮扶到户资金(元) 用于帮扶到村资金(元) 财政专项(元) 信贷资金(元) 单位自筹(元) 社会募捐(元) 社会引资(元)
""".split()  # noqa: SIM905 - one name after the other reads better than 17 quotes


def povplan(*arguments: object, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "POVPLAN_LANG": lang, "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "povplan", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False
    )


def funds(path: Path, *rows: list[object]) -> Path:
    """A village fund ledger in the form of the profile guangzhou-2011."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    sheet = book.add_worksheet("资金")
    sheet.write_row(0, 0, HEADER)
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, row)
    book.close()
    return path


def village(name: str, special: object, own: object, township: str = "桥头镇") -> list[object]:
    invested = sum(float(str(part)) for part in (special, own) if part != "")
    return ["清河县", township, name, 1, 3, "", "", "", 100_000, invested, 0, invested, special, 0, own, 0, 0]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "county"
    folder.mkdir()
    (folder / "povplan.yaml").write_text("povplan: 1\nprofile: guangzhou-2011\n", encoding="utf-8")
    return folder


@pytest.fixture
def filled(workspace: Path, tmp_path: Path) -> Path:
    file = funds(
        tmp_path / "funds.xlsx", village("东村", 1000, 500), village("西村", 0, 700), village("南村", "", 80)
    )
    done = povplan("update", "-w", workspace, "--year", 2011, file, "--format", "json")
    assert done.returncode == 0, done.stderr
    return workspace


def test_update_prints_one_object_with_batch_findings_coverage_and_measures(
    workspace: Path, tmp_path: Path
) -> None:
    file = funds(tmp_path / "funds.xlsx", village("东村", 1000, 500), village("西村", 0, 700))

    done = povplan("update", "-w", workspace, "--year", 2011, file, "--format", "json")

    found = json.loads(done.stdout)
    assert list(found) == [
        "batch", "unchanged", "years", "findings", "statuses", "coverage", "refused", "remarks", "measures",
    ]  # fmt: skip
    assert found["batch"] == 1
    assert found["years"] == [2011]
    assert {line["ledger"]: line["read"] for line in found["coverage"]} == {"village": 2, "fund": 10}


def test_a_finding_names_file_sheet_and_cell_and_what_to_do(workspace: Path, tmp_path: Path) -> None:
    wrong = village("东村", 1000, 500)
    wrong[12] = "一千"
    file = funds(tmp_path / "funds.xlsx", wrong)

    done = povplan("validate", "-w", workspace, "--year", 2011, file, "--format", "json", lang="zh")

    finding = next(f for f in json.loads(done.stdout)["findings"] if f["rule"] == "unreadable_number")
    assert done.returncode == 1
    assert finding == {
        "finding": "0785ef8dce",
        "rule": "unreadable_number",
        "severity": "error",
        "effect": "flag",
        "ledger": "fund",
        "entity": "清河县/桥头镇/东村|special|paid",
        "year": 2011,
        "file": "funds.xlsx",
        "sheet": "资金",
        "cell": "M2",
        "message": "金额“一千”不是数字",
        "hint": "请填写数字；没有数据的留空，不要写文字。",
        "status": "new",
        "answer": None,
    }


def test_leverage_is_sum_over_sum_with_its_parts_basis_and_scope(filled: Path) -> None:
    done = povplan("leverage", "-w", filled, "--by", "county", "--format", "json")

    measures = {(m["indicator"], m["scope"]): m for m in json.loads(done.stdout)["measures"]}
    everything = measures["leverage_others", "all"]
    assert everything["value"] == pytest.approx(1280 / 1000)
    assert (everything["numerator"], everything["denominator"]) == (1280, 1000)
    assert everything["basis"] == "paid"
    assert everything["left_out"] == 1
    assert measures["leverage_others", "with_lever"]["value"] == pytest.approx(0.5)


def test_a_village_without_special_fund_has_a_reason_instead_of_a_ratio(filled: Path) -> None:
    done = povplan("leverage", "-w", filled, "--by", "village", "--format", "json")

    west = next(
        m
        for m in json.loads(done.stdout)["measures"]
        if m["unit"].endswith("西村") and m["indicator"] == "leverage_others" and m["scope"] == "all"
    )
    assert west["value"] is None
    assert west["note"] == "no_lever"


def test_csv_has_a_byte_order_mark_and_chinese_headings(filled: Path, tmp_path: Path) -> None:
    target = tmp_path / "leverage.csv"

    povplan("leverage", "-w", filled, "--by", "county", "--format", "csv", "-o", target, lang="zh")

    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    assert lines[0]["指标"] == "leverage_others"
    assert float(lines[0]["数值"]) == pytest.approx(1.28)


def test_the_workbook_holds_the_figures_and_text_that_looks_like_a_formula_stays_text(
    workspace: Path, tmp_path: Path
) -> None:
    file = funds(tmp_path / "funds.xlsx", village("=1+1村", 1000, 500))

    done = povplan("update", "-w", workspace, "--year", 2011, file)

    assert done.returncode == 0, done.stderr
    book = openpyxl.load_workbook(workspace / "reports" / "2011" / "povplan-2011.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    named = [cell for cell in cells if "=1+1村" in str(cell.value)]
    assert named
    assert all(cell.data_type == "s" for cell in named)
    ours = r"=(SUM\([A-Z0-9:,]+\)|[A-Z0-9]+/[A-Z0-9]+|\(?[A-Z0-9]+-[A-Z0-9]+\)?(\*100)?)"
    assert all(re.fullmatch(ours, str(cell.value)) for cell in cells if cell.data_type == "f")


def test_two_runs_on_the_same_input_write_the_same_bytes(workspace: Path, tmp_path: Path) -> None:
    file = funds(tmp_path / "funds.xlsx", village("东村", 1000, 500))
    other = tmp_path / "other"
    other.mkdir()
    (other / "povplan.yaml").write_bytes((workspace / "povplan.yaml").read_bytes())

    for folder in (workspace, other):
        povplan("update", "-w", folder, "--year", 2011, file)

    books = [
        (folder / "reports" / "2011" / "povplan-2011.xlsx").read_bytes() for folder in (workspace, other)
    ]
    assert books[0] == books[1]


def test_change_without_a_year_before_says_so(filled: Path) -> None:
    done = povplan("change", "-w", filled, "--by", "county", "--format", "json", "--indicator", "invested")

    (measure,) = json.loads(done.stdout)["measures"]
    assert measure["value"] == pytest.approx(2280)
    assert measure["previous"] is None
    assert measure["note"] == "base_missing"


def test_change_compares_units_of_both_years_and_shows_the_full_totals_beside(
    filled: Path, tmp_path: Path
) -> None:
    later = funds(tmp_path / "later.xlsx", village("东村", 3000, 0), village("北村", 0, 40))
    povplan("update", "-w", filled, "--year", 2012, later)

    done = povplan("change", "-w", filled, "--by", "county", "--format", "json", "--indicator", "invested")

    (measure,) = json.loads(done.stdout)["measures"]
    assert (measure["previous"], measure["value"], measure["absolute"]) == (1500, 3000, 1500)
    assert measure["relative"] == pytest.approx(1.0)
    assert (measure["full_previous"], measure["full_value"], measure["shared"]) == (2280, 3040, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "phrases"),
    [
        (["leverage", "-w", "{nowhere}"], 2, ["no povplan workspace", "povplan init"]),
        (["leverage", "-w", "{workspace}"], 3, ["ledger is empty", "povplan update"]),
        (["update", "-w", "{workspace}", "--year", 2011, "{nowhere}/x.xls"], 2, ["There is no", "x.xls"]),
        (["change", "-w", "{filled}", "--year", 1999], 3, ["1999", "2011"]),
        (["leverage", "-w", "{filled}", "--basis", "plannd"], 2, ["plannd", "planned (Planned)"]),
        (["change", "-w", "{filled}", "--indicator", "investd"], 2, ["investd", "invested"]),
        (["leverage", "-w", "{filled}", "--as-of", 9], 2, ["9"]),
        (["update", "-w", "{workspace}", "--yeer", 2011], 2, ["--yeer"]),
    ],
)
def test_a_wrong_call_ends_in_one_sentence_and_its_exit_code(
    arguments: list[object],
    code: int,
    phrases: list[str],
    workspace: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    places = {"nowhere": tmp_path / "nowhere", "workspace": workspace, "filled": workspace}
    if any("{filled}" in str(argument) for argument in arguments):
        request.getfixturevalue("filled")

    done = povplan(*(str(argument).format(**places) for argument in arguments))

    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert all(phrase in done.stderr for phrase in phrases), done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_workspace_file_is_told_with_its_place(workspace: Path) -> None:
    (workspace / "povplan.yaml").write_text("povplan: 1\nprofil: guangzhou-2011\n", encoding="utf-8")

    done = povplan("leverage", "-w", workspace)

    assert done.returncode == 2
    assert "povplan.yaml:2:1" in done.stderr
    assert "profile" in done.stderr


def test_help_is_one_screen_with_an_example() -> None:
    for command in (
        "update",
        "validate",
        "change",
        "leverage",
        "log",
        "diff",
        "rollback",
        "explain",
        "schema",
        "init",
        "template",
    ):
        done = povplan(command, "--help")

        assert done.returncode == 0
        assert f"povplan {command}" in done.stdout
        assert "Example" in done.stdout, command


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys, povplan.cli.app; print({'pandas', 'pyarrow', 'openpyxl', 'pydantic'} & {*sys.modules})"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def test_an_output_never_replaces_a_file_sent_in_or_one_of_the_workspace(
    filled: Path, tmp_path: Path
) -> None:
    sent = tmp_path / "funds.xlsx"
    ledger = filled / "ledger" / "catalogue.sqlite"
    before = sent.read_bytes(), ledger.read_bytes()

    calls = [
        povplan("validate", "-w", filled, "--year", 2011, sent, "-f", "xlsx", "-o", sent),
        povplan("change", "-w", filled, "-f", "csv", "-o", ledger),
    ]

    assert [done.returncode for done in calls] == [2, 2]
    assert (sent.read_bytes(), ledger.read_bytes()) == before


def test_an_output_file_tells_its_format_by_its_ending(filled: Path, tmp_path: Path) -> None:
    target = tmp_path / "change.csv"

    assert povplan("change", "-w", filled, "-o", target).returncode == 0
    assert target.read_text(encoding="utf-8-sig").startswith("indicator")
    assert povplan("change", "-w", filled, "-o", tmp_path / "change.txt").returncode == 2


def test_an_output_that_cannot_be_written_is_told_in_a_sentence(filled: Path, tmp_path: Path) -> None:
    for name in ("nowhere/x.csv", "nowhere/x.xlsx", "nowhere/x.json"):
        done = povplan("change", "-w", filled, "-o", tmp_path / name)

        assert done.returncode == 2
        assert "cannot be written" in done.stderr


def test_a_report_that_was_lost_is_written_again_by_the_same_update(filled: Path, tmp_path: Path) -> None:
    report = filled / "reports" / "2011" / "povplan-2011.xlsx"
    before = report.read_bytes()
    report.unlink()

    done = povplan("update", "-w", filled, "--year", 2011, tmp_path / "funds.xlsx")

    assert "nothing changed" in done.stderr
    assert report.is_file()
    assert len(report.read_bytes()) == pytest.approx(len(before), rel=0.2)


def test_a_report_that_cannot_be_written_does_not_hide_the_batch(workspace: Path, tmp_path: Path) -> None:
    file = funds(tmp_path / "funds.xlsx", village("东村", 1000, 500))
    (workspace / "reports").write_text("in the way", encoding="utf-8")

    done = povplan("update", "-w", workspace, "--year", 2011, file)

    assert done.returncode == 0
    assert "Batch 1 is committed" in done.stderr
    assert f"povplan report -w {workspace} --year 2011" in done.stderr
    (workspace / "reports").unlink()
    povplan("report", "-w", workspace, "--year", 2011)
    assert (workspace / "reports" / "2011" / "povplan-2011.xlsx").is_file()


def test_who_interrupts_after_the_commit_is_told_what_writes_the_rest(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boundary, "_committed", [7])
    monkeypatch.setenv("POVPLAN_LANG", "en")

    def interrupted() -> None:
        raise KeyboardInterrupt

    assert boundary.run(interrupted) == 130
    told = capsys.readouterr().err
    assert all(word in told for word in ("batch 7 is in the ledger", "povplan report", "povplan returns"))


def test_text_that_looks_like_a_formula_is_quoted_in_csv(workspace: Path, tmp_path: Path) -> None:
    wrong = village("东村", 1000, 500)
    wrong[12] = "x"
    file = funds(tmp_path / "=cmd.xlsx", wrong)

    done = povplan("validate", "-w", workspace, "--year", 2011, file, "--format", "csv")

    assert ",'=cmd.xlsx," in done.stdout


def taken(workspace: Path, *files: Path) -> tuple[dict[str, dict[str, int]], list[str]]:
    """Coverage by ledger and the rules that fired, of one update of 2011."""
    found = json.loads(povplan("update", "-w", workspace, "--year", 2011, *files, "-f", "json").stdout)
    return {line["ledger"]: line for line in found["coverage"]}, [f["rule"] for f in found["findings"]]


def test_a_township_total_under_the_name_of_the_township_waits(workspace: Path, tmp_path: Path) -> None:
    file = funds(tmp_path / "funds.xlsx", village("东村", 1000, 500), village("桥头镇", 1000, 500))

    coverage, rules = taken(workspace, file)

    assert (coverage["village"]["accepted"], coverage["village"]["waiting"]) == (1, 1)
    assert "likely_total" in rules


def test_one_row_in_two_files_under_two_spellings_of_the_village_counts_once(
    workspace: Path, tmp_path: Path
) -> None:
    one = funds(tmp_path / "one.xlsx", village("东村", 1000, 500))
    other = funds(tmp_path / "other.xlsx", village("东村委会", 1000, 500))

    coverage, rules = taken(workspace, one, other)

    assert (coverage["village"]["accepted"], coverage["village"]["repeated"]) == (1, 1)
    assert "duplicate_key" not in rules


def test_a_row_of_another_county_waits(workspace: Path, tmp_path: Path) -> None:
    settings = "povplan: 1\nprofile: guangzhou-2011\ncounty: {name: 清河县}\n"
    (workspace / "povplan.yaml").write_text(settings, encoding="utf-8")
    foreign = village("西村", 0, 700)
    foreign[0] = "外县"
    near = village("南村", 0, 80)
    near[0] = "清河"
    file = funds(tmp_path / "funds.xlsx", village("东村", 1000, 500), foreign, near)

    coverage, rules = taken(workspace, file)

    assert (coverage["village"]["accepted"], coverage["village"]["waiting"]) == (2, 1)
    assert "unit_unknown" in rules


def test_another_day_for_ages_is_a_recheck_and_looking_back_keeps_the_old_one(
    filled: Path, tmp_path: Path
) -> None:
    settings = filled / "povplan.yaml"
    settings.write_text('povplan: 1\nprofile: guangzhou-2011\nas_of: "06-30"\n', encoding="utf-8")
    same = ("update", "-w", filled, "--year", 2011, tmp_path / "funds.xlsx", "-f", "json")

    first, second = (json.loads(povplan(*same).stdout) for _ in range(2))

    assert (first["batch"], second["batch"], second["unchanged"]) == (2, None, True)
    workspace = Workspace.find(filled)
    assert standing_at(workspace, 1).day(2011) == date(2011, 12, 31)
    assert standing_at(workspace).day(2011) == date(2011, 6, 30)
