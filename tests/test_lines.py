"""Which row under a header is what."""

from __future__ import annotations

import pytest

from povplan.grid import Grid
from povplan.reading.lines import Lines, classify
from tests.grids import HEADERS, form, grid, layout, plan, read, rows, said, table

HEAD = "乡镇 | 村名 | 贫困户(户) | 贫困人口(人) | 集体收入(元)"


def lines(under: str, *merges: str, head: str = HEAD) -> Lines:
    """The rows under a header in row 1, sorted."""
    sheet = grid(f"{head}\n{under}", *merges)
    return classify(sheet, layout(sheet), plan().definitions)


def villages(sheet: Grid) -> list[str]:
    return [village for (village,) in rows(table(sheet), "village")]


@pytest.mark.parametrize(
    "word", ["合计", "总计", "合　计", "全镇", "合计（2个村）", "温泉镇小计", "本页小计", "Total"]
)
@pytest.mark.parametrize("column", [0, 1])
def test_a_total_is_kept_out_in_either_label_column(word: str, column: int) -> None:
    label = [word, ""] if column == 0 else ["温泉镇", word]

    sorted_rows = lines(f"温泉镇 | 桥头村 | 3 | 9 | 1\n{' | '.join(label)} | 3 | 9 | 1")

    assert (sorted_rows.data, sorted_rows.totals) == ([2], [3])


def test_totals_on_top_at_the_foot_and_per_township_are_all_totals() -> None:
    sorted_rows = lines(
        """
        全县 | | 6 | 6 | 6
        温泉镇 | 小计 | 3 | 3 | 3
        温泉镇 | 桥头村 | 3 | 3 | 3
        石门镇 | 上河村 | 3 | 3 | 3
        石门镇 | 小计 | 3 | 3 | 3
        合计 | | 6 | 6 | 6
        """
    )

    assert (sorted_rows.data, sorted_rows.totals) == ([4, 5], [2, 3, 6, 7])


@pytest.mark.parametrize(
    "village", ["会计村", "全福村", "总铺村", "计家村", "统计", "注家村", "审核村", "其余村"]
)
def test_a_village_named_like_a_total_or_a_note_is_a_row(village: str) -> None:
    assert lines(f"温泉镇 | {village} | 3 | 9 | 1").data == [2]


def test_a_total_in_the_serial_number_column_is_found() -> None:
    sorted_rows = lines("1 | 温泉镇 | 桥头村 | 3 | 9 | 1\n合计 | | | 3 | 9 | 1", head=f"序号 | {HEAD}")

    assert (sorted_rows.data, sorted_rows.totals) == ([2], [3])


def test_a_total_is_found_when_its_label_stands_right_of_the_numbers() -> None:
    sheet = grid("贫困户(户) | 贫困人口(人) | 村名 | 乡镇\n3 | 9 | 桥头村 | 温泉镇\n3 | 9 | 合计 |")

    assert villages(sheet) == ["桥头村"]


def test_a_project_of_the_whole_village_is_a_row() -> None:
    columns = {"township": "乡镇", "village": "实施地点", "note": "项目", "income": "金额(元)"}
    sheet = grid("乡镇 | 实施地点 | 项目 | 金额(元)\n温泉镇 | 全镇 | 硬化路 | 5\n全镇 | | | 5")
    found = layout(sheet, form(columns))

    sorted_rows = classify(sheet, found, plan().definitions)

    assert (sorted_rows.data, sorted_rows.totals) == ([2], [3])


def test_a_remark_about_a_total_makes_no_total() -> None:
    columns = {**HEADERS, "note": "备注说明栏"}
    sheet = grid(f"{HEAD} | 备注说明栏\n温泉镇 | 桥头村 | 3 | 9 | 1 | 合计")
    found = layout(sheet, form(columns))

    assert classify(sheet, found, plan().definitions).data == [2]


def test_parts_of_the_row_above_are_never_rows() -> None:
    sorted_rows = lines("温泉镇 | 桥头村 | 3 | 9 | 1\n其中：低保户 | | 1 | 2 | 0\n | #五保户 | 1 | 2 | 0")

    assert (sorted_rows.data, sorted_rows.parts) == ([2], [3, 4])


def test_notes_and_signatures_of_one_or_several_cells_are_asides() -> None:
    sorted_rows = lines(
        """
        温泉镇 | 桥头村 | 3 | 9 | 1
        注：1.本表由村填写，2020年前的不填。
        2.贫困户以在册为准。
        填表人：张三 | | 审核人：李四 | | 填表日期：2020年1月5日
        填表人 | 张三 | 审核人 | 李四 | 联系电话
        | | | | 填表人：王五
        """
    )

    assert (sorted_rows.data, sorted_rows.asides) == ([2], [3, 4, 5, 6, 7])


def test_a_row_with_a_number_below_a_note_is_still_a_row() -> None:
    sorted_rows = lines("注：先填乡镇\n温泉镇 | | 3\n温泉镇 | 桥头村 | 3 | 9 | 1")

    assert (sorted_rows.data, sorted_rows.asides) == ([3, 4], [2])


def test_a_header_and_title_printed_again_on_the_next_page_are_skipped() -> None:
    sheet = grid(
        f"""
        某县台账 |
        {HEAD}
        温泉镇 | 桥头村 | 3 | 9 | 1
        填表人：张三
        某县台账 |
        {HEAD}
        温泉镇 | 上河村 | 4 | 8 | 2
        """,
        "A1:E1",
        "A5:E5",
    )
    sorted_rows = classify(sheet, layout(sheet), plan().definitions)

    assert (sorted_rows.data, sorted_rows.repeats, sorted_rows.asides) == ([3, 7], [5, 6], [4])


@pytest.mark.parametrize(
    "row",
    [
        "甲 | 乙 | 1 | 2 | 3",
        "甲 | 乙 | (1) | (2) | (3)",
        "甲 | 乙 | '1 | '2 | '3",
        "栏次 | | 1 | 2 | 3=1+2",
        "1 | 2 | 3 | 4 | 5",
    ],
)
def test_the_row_of_column_numbers_is_no_row(row: str) -> None:
    sorted_rows = lines(f"{row}\n温泉镇 | 桥头村 | 3 | 9 | 1")

    assert (sorted_rows.data, sorted_rows.repeats) == ([3], [2])


COLUMN_NUMBERS = ["甲 | 乙 | 1 | 2 | 3", "一 | 二 | 1 | 2 | 3", "A | B | C | D | E", "A | B | 1 | 2 | 3"]


@pytest.mark.parametrize("numbers", COLUMN_NUMBERS)
@pytest.mark.parametrize("between", ["", ".", "单位：元", f"{HEAD}", ".\n单位：元\n全县 | | 6 | 6 | 6"])
def test_column_numbers_are_no_row_wherever_they_stand_above_the_data(numbers: str, between: str) -> None:
    count = len(between.splitlines())

    sorted_rows = lines(f"{between}\n{numbers}\n温泉镇 | 桥头村 | 3 | 9 | 1\n石门镇 | 上河村 | 3 | 9 | 1")

    assert sorted_rows.data == [3 + count, 4 + count]


@pytest.mark.parametrize("numbers", COLUMN_NUMBERS)
def test_column_numbers_below_a_header_printed_again_are_no_row(numbers: str) -> None:
    sorted_rows = lines(
        f"{numbers}\n温泉镇 | 桥头村 | 3 | 9 | 1\n{HEAD}\n{numbers}\n石门镇 | 上河村 | 3 | 9 | 1"
    )

    assert (sorted_rows.data, sorted_rows.repeats) == ([3, 6], [2, 4, 5])


def test_column_numbers_below_a_header_merged_down_over_an_empty_row_are_no_row() -> None:
    merges = [f"{letter}1:{letter}2" for letter in "ABCDE"]

    sorted_rows = lines(".\n甲 | 乙 | 1 | 2 | 3\n温泉镇 | 桥头村 | 3 | 9 | 1", *merges)

    assert (sorted_rows.data, sorted_rows.repeats) == ([4], [3])


@pytest.mark.parametrize(
    "row", ["甲 | 乙 | 1 | 2 | 3", "三 | 四 | 1 | 2 | 3", "B | A | 1 | 2 | 3", "一 | 五 | 1 | 2 | 3"]
)
def test_a_row_like_column_numbers_among_the_data_or_out_of_order_is_a_row(row: str) -> None:
    assert lines(f"温泉镇 | 桥头村 | 3 | 9 | 1\n{row}").data == [2, 3]
    assert row.startswith("甲") or lines(f"{row}\n温泉镇 | 桥头村 | 3 | 9 | 1").data == [2, 3]


TWO_ROWS = "乡镇 | 村名 | 贫困户 | | 集体收入(元)\n | | 户数(户) | 人数(人) |"


@pytest.mark.parametrize("lower", ["户数(户) | 人数(人) |", "户数(户) | |", "| 人 数(人) |"])
@pytest.mark.parametrize("merges", [(), ("A5:A6", "B5:B6", "C5:D5", "E5:E6")])
def test_every_row_of_a_header_printed_again_is_skipped(lower: str, merges: tuple[str, ...]) -> None:
    columns = {**HEADERS, "households": "贫困户/户数(户)", "persons": "贫困户/人数(人)"}
    sheet = grid(
        f"""
        {TWO_ROWS.splitlines()[0]}
        {TWO_ROWS.splitlines()[1]}
        温泉镇 | 桥头村 | 3 | 9 | 1
        温泉镇 | 下河村 | 3 | 9 | 1
        {TWO_ROWS.splitlines()[0]}
        | | {lower}
        石门镇 | 上河村 | 3 | 9 | 1
        """,
        "C1:D1",
        "A1:A2",
        "B1:B2",
        "E1:E2",
        *merges,
    )
    found = layout(sheet, form(columns))

    sorted_rows = classify(sheet, found, plan().definitions)

    assert (found.depth, sorted_rows.data, sorted_rows.repeats) == (2, [3, 4, 7], [5, 6])
    assert sorted_rows.other_table is None


PAGE = "序号 | 乡镇 | 村名 | 贫困户 | 贫困人口 | 集体收入\n1 | 温泉镇 | 桥头村 | 3 | 9 | 1"


@pytest.mark.parametrize(
    ("title", "second", "other"),
    [
        ("台账 | | | | 单位：万元", "单位：元", 4),
        ("台账 | | | | 单位：万元", "台账（续） | | | | 单位：元", 4),
        ("台账 |", "单位：万元", 4),
        ("某县2024年台账 |", "某县2023年台账", 4),
        ("某县2024年台账 |", "续表", None),
        ("某县2024年台账 |", "某县2024年台账（续）", None),
        ("台账 | | | | 单位：万元", "台账 | | | | 单位：万元", None),
        ("台账 |", "某县2023年台账", None),
    ],
)
def test_a_header_printed_again_under_another_year_or_unit_is_another_tables(
    title: str, second: str, other: int | None
) -> None:
    columns = {"township": "乡镇", "village": "村名", "households": "贫困户", "income": "集体收入"}
    sheet = grid(f"{title}\n{PAGE}\n{second}\n{PAGE}\n2 | 温泉镇 | 下河村 | 1 | 2 | 3")

    sorted_rows = classify(sheet, layout(sheet, form(columns)), plan().definitions)

    assert sorted_rows.other_table == other
    assert sorted_rows.data == ([3] if other else [3, 6, 7])


@pytest.mark.parametrize(
    ("name", "title", "between", "other"),
    [
        ("表一", "某县2024年台账 |", "主要负责人：王 | | | | 报出日期：2025年1月3日", None),
        ("表一", "某县2024年台账 |", "截至2023年12月31日", 4),
        ("表一", "台账 |", "单位：元", None),
        ("表一", "台账 |", "注：金额单位：万元\n台账（续）", None),
        ("表一", "台账 |", "台账（续）\n单位：万元", 4),
        ("台账（万元）", "台账 |", "单位：万元", None),
        ("台账（万元）", "台账 |", "单位：元", 4),
        ("表一", "台账 | | | | 单位：元、万元", "单位：元", None),
    ],
)
def test_what_stands_under_a_page_is_no_title_of_the_next(
    name: str, title: str, between: str, other: int | None
) -> None:
    columns = {"township": "乡镇", "village": "村名", "households": "贫困户", "income": "集体收入"}
    drawn = f"{title}\n{PAGE}\n{between}\n{PAGE}\n2 | 温泉镇 | 下河村 | 1 | 2 | 3"
    sheet = grid(drawn, sheet=name)

    sorted_rows = classify(sheet, layout(sheet, form(columns)), plan().definitions)

    assert sorted_rows.other_table == other
    assert {sheet.height - 1, sheet.height}.issubset(sorted_rows.data) is (other is None)


def test_a_title_of_another_year_changes_nothing_where_the_rows_say_theirs() -> None:
    columns = {"township": "乡镇", "village": "村名", "households": "贫困户", "year": "年份"}
    head = "序号 | 乡镇 | 村名 | 贫困户 | 年份"
    pages = [f"{year}年台账 |\n{head}\n1 | 温泉镇 | 桥头村 | 3 | {year}" for year in (2024, 2023)]
    sheet = grid("\n".join(pages))

    assert classify(sheet, layout(sheet, form(columns)), plan().definitions).data == [3, 6]


def test_a_unit_over_a_header_that_has_its_own_changes_nothing() -> None:
    page = f"序号 | {HEAD}\n1 | 温泉镇 | 桥头村 | 3 | 9 | 1"
    sheet = grid(f"{page}\n单位：万元\n{page}")

    assert classify(sheet, layout(sheet), plan().definitions).data == [2, 5]


def test_a_header_printed_again_lends_no_text_to_the_rows_below() -> None:
    sheet = grid(
        f"{HEAD}\n温泉镇 | 桥头村 | 3 | 9 | 1\n{HEAD}\n | | 4 | 8 | 2\n石门镇 | 上河村 | 5 | 5 | 5",
        "A3:A4",
        "B3:B4",
    )

    assert rows(table(sheet), "township", "village") == [
        ("温泉镇", "桥头村"),
        (None, None),
        ("石门镇", "上河村"),
    ]


def test_blank_rows_and_rows_of_blanks_and_unused_formulas_are_blank() -> None:
    sheet = grid(
        f"序号 | {HEAD}\n1 | 温泉镇 | 桥头村 | 3 | 9 | 1\n2 |\n3 | '   | '  \n4 | | | 0 | 0 | 0\n. |"
    )
    sorted_rows = classify(sheet, layout(sheet), plan().definitions)

    assert (sorted_rows.data, sorted_rows.blank) == ([2], 4)


def test_zeros_of_a_named_village_are_figures() -> None:
    assert lines("温泉镇 | 桥头村 | 0 | 0 | 0").data == [2]


def test_a_row_without_a_name_but_with_figures_is_a_row_that_waits() -> None:
    assert lines(" | | 3 | 9 | 1").data == [2]


def test_words_merged_across_fields_are_no_row() -> None:
    sorted_rows = lines("一、山区各村 | | | |\n温泉镇 | 桥头村 | 3 | 9 | 1", "A2:E2")

    assert (sorted_rows.data, sorted_rows.asides) == ([3], [2])


def test_a_merged_row_with_figures_is_never_dropped() -> None:
    assert lines("镇本级 | | 3 | 9 | 1", "A2:B2").data == [2]


def test_a_stray_list_to_the_right_changes_nothing() -> None:
    sheet = grid(
        f"""
        {HEAD} | | 合计
        温泉镇 | 桥头村 | 3 | 9 | 1 | | 合计
        温泉镇 | 上河村 | 4 | 8 | 2 | | 注：x
        | | | | | | 小计
        """
    )
    sorted_rows = classify(sheet, layout(sheet), plan().definitions)

    assert (sorted_rows.data, sorted_rows.blank) == ([2, 3], 1)


def test_hidden_rows_are_read_like_others() -> None:
    sheet = grid(f"{HEAD}\n温泉镇 | 桥头村 | 3 | 9 | 1", hidden_rows=frozenset({2}))

    assert villages(sheet) == ["桥头村"]


COMPARISONS = [
    "平均",
    "平均数",
    "均值",
    "村均",
    "户均",
    "人均",
    "上年",
    "上年同期",
    "同比",
    "比上年增减",
    "增减",
    "同比（%）",
]
EXAMPLES = ["例：甲村", "（例）甲村", "甲村（示例）", "填报示例", "样例", "XX村", "××村", "某某村"]


@pytest.mark.parametrize("word", COMPARISONS)
@pytest.mark.parametrize("label", ["{} |", "温泉镇 | {}"])
def test_a_row_that_compares_is_left_out_and_said(word: str, label: str) -> None:
    sorted_rows = lines(f"温泉镇 | 桥头村 | 3 | 9 | 1\n{label.format(word)} | 3 | 9 | 1")

    assert sorted_rows.data == [2]
    assert [(note.rule, note.row) for note in sorted_rows.left_out] == [("not_a_row", 3)]


@pytest.mark.parametrize("word", EXAMPLES)
def test_an_example_of_how_to_fill_in_is_left_out_and_said(word: str) -> None:
    sheet = grid(f"{HEAD}\n温泉镇 | {word} | 3 | 9 | 1\n温泉镇 | 桥头村 | 3 | 9 | 1")

    found = read(sheet)

    assert found.lines.data == [3]
    assert ("not_a_row", 2, 2) in said(found.notes)


def test_a_row_whose_serial_number_says_example_is_left_out_though_it_names_a_village() -> None:
    sorted_rows = lines(
        "例 | 温泉镇 | 甲村 | 3 | 9 | 1\n1 | 温泉镇 | 桥头村 | 3 | 9 | 1", head=f"序号 | {HEAD}"
    )

    assert sorted_rows.data == [3]


@pytest.mark.parametrize(
    "village",
    [
        "上年村",
        "平均村",
        "合计村",
        "小计村",
        "人均村",
        "例家村",
        "示例村",
        "增减村",
        "2村",
        "共一村",
        "个旧村",
        "同期社区",
    ],
)
def test_a_village_named_like_a_comparison_an_example_or_a_number_is_a_row(village: str) -> None:
    sorted_rows = lines(f"温泉镇 | {village} | 3 | 9 | 1")

    assert (sorted_rows.data, sorted_rows.left_out) == ([2], [])


def test_a_comparing_word_in_a_row_that_names_its_village_leaves_it_a_row() -> None:
    assert lines("上年 | 温泉镇 | 桥头村 | 3 | 9 | 1", head=f"说明栏 | {HEAD}").data == [2]


@pytest.mark.parametrize(
    "label", ["共2个村", "2个村", "两个村", "合计2村", "合计2个村", "共2村", "共12个行政村"]
)
def test_a_number_of_villages_makes_a_total(label: str) -> None:
    sorted_rows = lines(f"温泉镇 | 桥头村 | 3 | 9 | 1\n温泉镇 | {label} | 3 | 9 | 1")

    assert (sorted_rows.data, sorted_rows.totals) == ([2], [3])


def test_a_project_in_a_number_of_villages_is_a_row() -> None:
    columns = {"township": "乡镇", "village": "实施地点", "note": "项目", "income": "金额(元)"}
    sheet = grid("乡镇 | 实施地点 | 项目 | 金额(元)\n温泉镇 | 3个村 | 硬化路 | 5\n温泉镇 | 3个村 | | 5")

    sorted_rows = classify(sheet, layout(sheet, form(columns)), plan().definitions)

    assert (sorted_rows.data, sorted_rows.totals) == ([2], [3])
