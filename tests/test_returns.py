"""What goes back: which files, to whom, what they say of whom, and that nothing is written over."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from povplan.config import load_config
from povplan.jobs.figures import standing_at
from povplan.jobs.ours import is_ours
from povplan.jobs.returning.returning import EVERYTHING, What, returns
from povplan.jobs.returning.telling import name_field
from povplan.jobs.update import Order, update
from povplan.messages import say
from povplan.sheets.returns import ANSWERS, CHOICES
from povplan.workspace import Workspace
from tests import rich
from tests.commands import Terminal, lay, workspace
from tests.counties import quiet
from tests.grids import of_rows

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
HEADS = ["乡镇", "村", "户编号", "户主姓名", "家庭人口数", "纯收入"]
COLUMNS = """
疑点编号 年度 乡镇 行政村 台账 对象 姓名 规则编号 问题 所在单元格 应如何处理 核实结果 更正字段 更正后的值
情况说明 核实人 核实日期 县级意见 审批人 豁免到期日
""".split()  # noqa: SIM905 - one name after the other reads better than twenty quotes


@pytest.fixture
def county(tmp_path: Path) -> Workspace:
    return small(tmp_path)


def small(folder: Path) -> Workspace:
    """The small profile, its households in townships."""
    place = workspace(folder / "county")
    path = place.root / "configs" / "profiles" / "small" / "ledgers" / "household.yaml"
    text = path.read_text(encoding="utf-8")
    township = "  - {id: township, label: 乡镇, type: text, place: township}\n  - {id: village,"
    lay(path, text.replace("  - {id: village,", township))
    return place


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """A county of two townships, each with a household at fault, and what goes back."""
    folder = tmp_path_factory.mktemp("two")
    place = small(folder)
    took(place, households(folder / "桥头.xlsx", BRIDGE), households(folder / "河口.xlsx", RIVER, FINE))
    yield place, written(place)


def households(path: Path, *rows: Iterable[Any]) -> Path:
    """A workbook of households: 乡镇 村 户编号 户主姓名 家庭人口数 纯收入."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(rich.workbook([HEADS, *map(list, rows)]))
    return path


def ask_for_the_same_head(place: Workspace) -> None:
    """A rule more: the head of a household is who it was last year."""
    path = place.root / "configs" / "profiles" / "small" / "ledgers" / "household.yaml"
    rule = "  - {id: X2, label: 户主与上年不同, severity: doubt, check: head == prev(head), fields: [head]}\n"
    lay(path, path.read_text(encoding="utf-8") + rule)


def took(place: Workspace, *files: Path, year: int = 2015, **order: Any) -> Any:
    return update(place, Order(files=files, year=year, **order), quiet)


def written(place: Workspace, what: tuple[What, ...] = EVERYTHING, **more: Any) -> dict[str, Path]:
    """The files that `returns` writes, by their path in the workspace's returned/2015."""
    root = more.get("folder") or place.root / "returned" / "2015"
    found = returns(place, standing_at(place), 2015, "zh", what=what, **more)
    return {str(path.relative_to(root)): path for path, _ in found if path is not None}


def texts(path: Path) -> str:
    book = openpyxl.load_workbook(path)
    return "\n".join(str(cell.value) for page in book for row in page.iter_rows() for cell in row)


def column(path: Path, sheet: str, heading: str) -> list[Any]:
    """The column under a heading, down to the first blank first cell."""
    page = openpyxl.load_workbook(path)[sheet]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    top = next(number for number, row in enumerate(rows) if heading in row)
    at = rows[top].index(heading)
    return [row[at] for row in rows[top + 1 :] if row[1] is not None]


Two = tuple[Workspace, dict[str, Path]]
BRIDGE = ("桥头镇", "上村", "001", "张三丰", 0, 100)
RIVER = ("河口乡", "下村", "002", "李四光", 99, 100)
FINE = ("河口乡", "下村", "003", "王五", 3, 100)


def test_each_township_gets_its_files_and_a_workbook_the_office_one_of_all(two: Two) -> None:
    assert sorted(two[1]) == sorted(
        [
            "疑点汇总-第1批.xlsx",
            "桥头镇/疑点-桥头镇-第1批.xlsx",
            "桥头镇/桥头-核查-第1批.xlsx",
            "河口乡/疑点-河口乡-第1批.xlsx",
            "河口乡/河口-核查-第1批.xlsx",
        ]
    )


def test_no_file_of_a_township_names_a_person_of_another_and_its_own_in_full(two: Two) -> None:
    bridge = [texts(path) for name, path in two[1].items() if name.startswith("桥头镇")]
    assert all("李四光" not in text and "002" not in text for text in bridge)
    assert all("张三丰" in text and "001" in text for text in bridge)


def test_the_same_household_in_two_townships_shows_each_only_where_the_other_row_is(
    county: Workspace, tmp_path: Path
) -> None:
    twin = ("河口乡", "下村", "001", "李四光", 4, 100)
    files = [households(tmp_path / "桥头.xlsx", BRIDGE), households(tmp_path / "河口.xlsx", twin, FINE)]
    took(county, *files)

    bridge = texts(written(county)["桥头镇/疑点-桥头镇-第1批.xlsx"])

    assert "河口.xlsx 户台账!2" in bridge
    assert "李四光" not in bridge


def test_files_are_for_their_owner_only(two: Two) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in two[1].values()} == {0o600}


def test_two_files_of_one_name_both_come_back_and_one_of_several_townships_lies_with_the_county(
    county: Workspace, tmp_path: Path
) -> None:
    second, third = ("桥头镇", "中村", "004", "赵六", 0, 100), ("桥头镇", "下村", "006", "周八", 0, 100)
    files = [households(tmp_path / "a/户.xlsx", BRIDGE), households(tmp_path / "b/户.xlsx", second)]
    took(county, *files, households(tmp_path / "全部.xlsx", third, RIVER))

    assert list(written(county, ("file",))) == [
        "桥头镇/户-核查-第1批.xlsx", "桥头镇/户-核查-第1批(2).xlsx", "全县/全部-核查-第1批.xlsx",
    ]  # fmt: skip


def test_written_again_nothing_changes_and_what_somebody_began_to_answer_stays(
    two: Two, tmp_path: Path
) -> None:
    place, _ = two
    before = {name: path.read_bytes() for name, path in written(place, folder=tmp_path).items()}
    answered = tmp_path / "桥头镇/疑点-桥头镇-第1批.xlsx"
    answered.write_bytes(b"answered")

    again = written(place, folder=tmp_path)

    assert {name for name in again if name not in before} == {"桥头镇/疑点-桥头镇-第1批(2).xlsx"}
    assert answered.read_bytes() == b"answered"
    assert all(path.read_bytes() == before[name] for name, path in again.items() if name in before)


def test_the_ledger_of_mending_has_the_columns_in_which_it_is_read_back(two: Two) -> None:
    page = openpyxl.load_workbook(two[1]["桥头镇/疑点-桥头镇-第1批.xlsx"])["问题整改台账"]
    heads, line = ([cell.value for cell in page[row]] for row in (3, 4))

    assert heads == COLUMNS and len(ANSWERS) == len(COLUMNS)
    assert line[1:9] == [2015, "桥头镇", "上村", "户表", "001", "张三丰", "range", line[8]]
    assert line[9] == "桥头.xlsx 户台账!E2"
    assert line[11:] == [None, "家庭人口数", *[None] * 7]
    choices = {str(rule.sqref): rule.formula1 for rule in page.data_validations.dataValidation}
    assert choices == {"L4": '"已更正,情况属实,无法核实"', "R4": '"同意豁免,不同意"'}
    assert page["F4"].data_type == "s" and page["F4"].number_format == "@"
    assert page.print_title_rows and page.page_setup.orientation == "landscape"
    assert "内部资料" in str(page.oddFooter)


def test_those_columns_and_choices_are_what_the_register_of_answers_declares() -> None:
    config = load_config("default")
    fields = config.ledgers["answer"].fields

    assert [field.label.zh for field in fields][: len(COLUMNS)] == COLUMNS
    assert {name: [one.label.zh for one in config.codes[f"answer_{name}"].values] for name in CHOICES} == {
        name: [say(f"answer_{name}_{code}").zh for code in codes] for name, codes in CHOICES.items()
    }


def test_numbers_are_the_same_in_the_list_the_ledger_and_the_marked_copy(two: Two) -> None:
    book, copy = (two[1][f"桥头镇/{name}.xlsx"] for name in ("疑点-桥头镇-第1批", "桥头-核查-第1批"))

    numbers = column(book, "疑点数据清单", "编号")

    assert numbers == column(copy, "疑点清单", "编号") == column(book, "问题整改台账", "疑点编号")
    note = openpyxl.load_workbook(copy)["户台账"]["E2"].comment.text
    assert any(number in note for number in numbers)
    assert "家庭人口数" in note and "处理：" in note


def test_the_office_counts_by_township_and_rule_with_live_totals(two: Two) -> None:
    path = two[1]["疑点汇总-第1批.xlsx"]

    rows = [
        [cell.value for cell in row] for row in openpyxl.load_workbook(path, data_only=True)["疑点数据统计表"]
    ]

    assert next(row for row in rows if row[0] == "桥头镇")[1:5] == [1, 0, 0, 1]
    assert next(row for row in rows if row[0] == "合计")[1:5] == [2, 0, 0, 2]
    assert openpyxl.load_workbook(path)["疑点数据统计表"]["B8"].value == "=SUM(B6:B7)"


def test_masked_the_office_sees_pseudonyms(two: Two, tmp_path: Path) -> None:
    place = two[0]

    masked = texts(*written(place, ("county",), mask=True, folder=tmp_path).values())

    assert "张三丰" not in masked and "001" not in masked.split("\n")
    assert place.pseudonym("001") in masked


def test_messages_say_to_the_owner_what_they_hold_back_elsewhere_last_years_value_too(
    county: Workspace, tmp_path: Path
) -> None:
    ask_for_the_same_head(county)
    took(county, households(tmp_path / "去年.xlsx", FINE, ("桥头镇", "上村", "001", "张三", 3, 1)), year=2014)
    outcome = took(county, households(tmp_path / "今年.xlsx", ("河口乡", "下村", "003", "王小五", 3, 100)))
    assert "户主与上年不同：户主姓名 ***，上年户主姓名 ***" in set(outcome.findings.frame["message_zh"])

    found = written(county)
    masked = written(county, ("county",), mask=True, folder=tmp_path / "隐")

    told = "户主与上年不同：户主姓名 王小五，上年户主姓名 王五"
    assert told in column(found["河口乡/疑点-河口乡-第2批.xlsx"], "疑点数据清单", "什么问题")
    assert told in column(found["河口乡/今年-核查-第2批.xlsx"], "疑点清单", "什么问题")
    assert "王" not in texts(*masked.values())


def test_a_key_of_another_township_typed_here_tells_nothing_of_whose_it_is(
    county: Workspace, tmp_path: Path
) -> None:
    ask_for_the_same_head(county)
    past = [("桥头镇", "上村", "001", "张三丰", 3, 1), ("桥头镇", "上村", "004", "赵六", 3, 1), FINE]
    took(county, households(tmp_path / "去年.xlsx", *past), year=2014)
    bridge = households(tmp_path / "桥头.xlsx", ("桥头镇", "上村", "004", "赵六", 3, 1))
    typed = [("河口乡", "下村", "001", "李四光", 3, 1), ("河口乡", "下村", "004", "钱七", 4, 1)]
    took(county, bridge, households(tmp_path / "河口.xlsx", *typed))

    found = written(county)

    river, bridge = (found[f"{name}/疑点-{name}-第2批.xlsx"] for name in ("河口乡", "桥头镇"))
    assert "户主与上年不同：户主姓名 李四光，上年户主姓名 ***" in column(river, "疑点数据清单", "什么问题")
    assert "李四光" in column(river, "问题整改台账", "姓名")
    assert "赵六" in column(bridge, "问题整改台账", "姓名")
    for name, path in found.items():
        elsewhere = {"河口乡": ("张三丰", "赵六"), "桥头镇": ("李四光", "钱七")}.get(
            name.partition("/")[0], ()
        )
        assert all(person not in texts(path) for person in elsewhere)


def test_a_household_that_vanished_stands_in_the_list_of_the_new_file(
    county: Workspace, tmp_path: Path
) -> None:
    took(county, households(tmp_path / "河口.xlsx", RIVER, FINE))
    took(county, households(tmp_path / "河口新.xlsx", RIVER), allow_exits=True)

    found = written(county, ("file",))

    assert list(found) == ["河口乡/河口新-核查-第2批.xlsx"]
    path = found["河口乡/河口新-核查-第2批.xlsx"]
    assert column(path, "疑点清单", "叫什么") == ["李四光", "王五"]
    assert column(path, "疑点清单", "位置") == ["户台账!E2", None]


def test_a_household_that_is_absent_and_kept_stands_in_the_list_of_the_file_that_lacks_it(
    county: Workspace, tmp_path: Path
) -> None:
    took(county, households(tmp_path / "河口.xlsx", RIVER, FINE))
    took(county, households(tmp_path / "河口新.xlsx", RIVER))

    path = written(county, ("file",))["河口乡/河口新-核查-第2批.xlsx"]

    assert column(path, "疑点清单", "叫什么") == ["李四光", "王五"]
    assert column(path, "疑点清单", "位置") == ["户台账!E2", "户台账"]
    assert "河口.xlsx 户台账!3 报过" in column(path, "疑点清单", "什么问题")[1]


def test_a_corrected_copy_comes_back_clean_and_its_list_is_not_read(
    county: Workspace, tmp_path: Path
) -> None:
    took(county, households(tmp_path / "桥头.xlsx", BRIDGE))
    copy = written(county, ("file",))["桥头镇/桥头-核查-第1批.xlsx"]
    book = openpyxl.load_workbook(copy)
    book["户台账"]["E2"] = 4
    book.save(tmp_path / copy.name)

    outcome = took(county, tmp_path / copy.name)

    assert (len(outcome.findings.frame), len(outcome.findings.fixed)) == (0, 1)
    assert not any("疑点清单" in remark.zh for remark in outcome.remarks)
    assert written(county, ("file",)) == {}


def test_only_lists_that_povplan_wrote_are_passed_over() -> None:
    ours = of_rows([["桥头　疑点清单"], ["等级"]], sheet="疑点清单")
    theirs = of_rows([["村", "户"]], sheet="疑点清单")

    assert [is_ours(ours), is_ours(theirs)] == [True, False]


def test_the_name_of_a_household_is_its_heads(two: Two) -> None:
    assert name_field(two[0].config.ledgers["household"]) == "head"


# ---- at the terminal -----------------------------------------------------------------------------------


def test_update_returns_what_it_took_and_names_what_it_refused(
    county: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    households(tmp_path / "in/桥头.xlsx", BRIDGE)
    (tmp_path / "in/说明.pdf").write_bytes(b"%PDF-1.4")

    answer = Terminal(capsys)("update", tmp_path / "in", "--year", 2015, "-w", county.root)

    root = county.root / "returned" / "2015"
    assert (root / "桥头镇" / "桥头-核查-第1批.xlsx").is_file()
    assert column(root / "疑点汇总-第1批.xlsx", "未受理文件", "文件") == ["说明.pdf"]
    assert "退回件 3 个" in answer.err


def test_update_returns_nothing_where_nobody_wants_it_and_the_same_later(
    county: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    households(tmp_path / "桥头.xlsx", BRIDGE)
    here_ = Terminal(capsys)

    taken = here_("update", tmp_path / "桥头.xlsx", "--year", 2015, "-w", county.root, "--no-returns")
    before = (county.root / "returned").exists()
    later = here_("returns", "--year", 2015, "-w", county.root)

    assert (taken.code, before) == (1, False) and "退回件" not in taken.err
    assert later.code == 0
    assert (county.root / "returned" / "2015" / "桥头镇" / "桥头-核查-第1批.xlsx").is_file()


def test_validate_writes_nothing_unless_told_where_to_mark(
    county: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = households(tmp_path / "桥头.xlsx", BRIDGE)
    content = path.read_bytes()
    here_ = Terminal(capsys)

    here_("validate", path, "--year", 2015, "-w", county.root)
    assert not (county.root / "returned").exists()
    here_("validate", path, "--year", 2015, "-w", county.root, "--mark", tmp_path / "back")

    assert [one.name for one in (tmp_path / "back").iterdir()] == ["桥头-核查.xlsx"]
    assert path.read_bytes() == content


def test_a_place_where_nothing_can_be_marked_is_told_without_a_word_of_the_ledger(
    county: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = households(tmp_path / "桥头.xlsx", BRIDGE)
    (tmp_path / "back").write_text("x")

    answer = Terminal(capsys)(
        "validate", path, "--year", 2015, "-w", county.root, "--lang", "zh", "--mark", tmp_path / "back"
    )

    assert "标注件没有写全" in answer.err and "请换一个文件夹" in answer.err
    assert "入库不受影响" not in answer.err


def test_returns_prints_the_files_it_wrote_and_asks_for_a_batch_first(
    county: Workspace, two: Two, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here_ = Terminal(capsys)

    assert here_("returns", "-w", county.root).code == 3
    answer = here_("returns", "--by", "township", "-o", tmp_path / "out", "-w", two[0].root)

    assert answer.out.split() == [
        str(tmp_path / "out" / name / f"疑点-{name}-第1批.xlsx") for name in ("桥头镇", "河口乡")
    ]


def test_worker_processes_make_the_same_files_and_say_what_failed(
    county: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_workers: None
) -> None:
    took(county, households(tmp_path / "桥头.xlsx", BRIDGE), households(tmp_path / "河口.xlsx", RIVER, FINE))
    alone = {name: path.read_bytes() for name, path in written(county, folder=tmp_path / "alone").items()}
    monkeypatch.setattr("povplan.jobs.returning.returning.MANY", 0)

    both = {name: path.read_bytes() for name, path in written(county, folder=tmp_path / "both").items()}

    assert len(alone) == 5
    assert both == alone
    for path in (county.root / "submissions/2015").iterdir():
        path.write_bytes(b"no workbook any more")
    again = list(returns(county, standing_at(county), 2015, "zh", what=("file",), folder=tmp_path / "lost"))
    assert [(path, said and said.zh.split("：")[0]) for path, said in again] == [
        (None, "桥头.xlsx"),
        (None, "河口.xlsx"),
    ]
