"""Where the table is on a sheet, and which column is which field."""

from __future__ import annotations

from typing import Any

import pytest

from povplan.grid import Grid
from povplan.jobs.reading import read_sheet, recognise
from povplan.reading.headers import Layout, locate
from povplan.reading.heads import Heads
from tests.grids import HEADERS, form, grid, layout, ledger, of_rows, plan, said, vocabulary
from tests.grids import read as read_all

PLACES = {
    "township": {"type": "text", "place": "township"},
    "village": {"type": "text", "place": "village"},
    "note": {"type": "text"},
}
PLAIN = "乡镇 | 村名 | 贫困户(户) | 贫困人口(人) | 集体收入(元)"


def found(sheet: Grid, *forms: Any) -> dict[str, int]:
    """Field → column letter's number, of the first feed."""
    return {name: column.number for name, column in layout(sheet, *forms).matches[0].columns.items()}


def refusal(sheet: Grid, *forms: Any, **more: Any) -> str:
    located, refused = recognise(sheet, plan(*forms, **more))
    assert located is None
    assert refused is not None
    return refused.zh


def at(located: Layout) -> tuple[int, int]:
    return located.top, located.depth


def test_a_header_is_found_under_title_unit_and_blank_rows() -> None:
    sheet = grid(
        f"""
        某县扶贫台账 |
        . |
        填报单位：某镇 | | | 单位：万元
        {PLAIN}
        城关镇 | 桥头村 | 3 | 9 | 1.5
        """,
        "A1:E1",
    )

    assert at(layout(sheet)) == (4, 1)
    assert found(sheet) == {"township": 1, "village": 2, "households": 3, "persons": 4, "income": 5}


def test_a_table_may_start_at_c4() -> None:
    sheet = grid(f". |\n. |\n. |\n | | {PLAIN}\n | | 城关镇 | 桥头村 | 3 | 9 | 100")

    assert at(layout(sheet)) == (4, 1)
    assert found(sheet)["village"] == 4


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_one_to_five_header_rows_are_read_as_one_header(depth: int) -> None:
    parents = ["乡镇 | 村名 | 情况 | | |"] * (depth - 1)
    lines = "\n".join(
        [*parents, "乡镇 | 村名 | 贫困户(户) | 贫困人口(人) | 集体收入(元)", "城关 | 桥头 | 1 | 2 | 3"]
    )
    merges = (
        [f"A1:A{depth}", f"B1:B{depth}", *(f"C{row}:E{row}" for row in range(1, depth))] if depth > 1 else []
    )
    sheet = grid(lines, *merges)

    located = layout(sheet)

    assert (located.first_row, found(sheet)["income"]) == (depth + 1, 5)


DOUBLE = """
    村名 | 乡镇 | 有劳动能力 | | 无劳动能力 |
    | | 低保对象(户) | 低保对象(人) | 低保对象(户) | 低保对象(人)
    桥头村 | 城关镇 | 1 | 2 | 3 | 4
"""
FOUR = {
    "township": "乡镇",
    "village": "村名",
    "households": "有劳动能力/低保对象(户)",
    "persons": "无劳动能力/低保对象(人)",
}


def test_one_name_under_two_parents_in_two_units_is_four_columns() -> None:
    sheet = grid(DOUBLE, "A1:A2", "B1:B2", "C1:D1", "E1:F1")

    assert found(sheet, form(FOUR)) == {"village": 1, "township": 2, "households": 3, "persons": 6}


def test_without_merged_cells_a_parent_stands_over_its_own_column_only() -> None:
    assert found(grid(DOUBLE), form(FOUR)) == {"village": 1, "township": 2, "households": 3}


def test_a_flattened_header_is_the_path_it_came_from() -> None:
    for joint in ("", "-", "_", "：", "/"):
        headers = f"村名 | 乡镇 | 有劳动能力{joint}低保对象(户) | 无劳动能力{joint}低保对象（人）"
        sheet = grid(f"{headers}\n桥头村 | 城关镇 | 1 | 4")

        assert found(sheet, form(FOUR)) == {"village": 1, "township": 2, "households": 3, "persons": 4}


def test_a_blank_cell_beside_a_merged_header_is_not_filled_from_it() -> None:
    sheet = grid(
        """
        乡镇 | 村名 | 上年收入 | | 户数
        | | | 今年收入 |
        城关镇 | 桥头村 | 1 | 2 | 3
        """,
        "A1:A2",
        "B1:B2",
        "C1:C2",
        "E1:E2",
    )
    columns = {"township": "乡镇", "village": "村名", "income": "今年收入", "households": "户数"}

    located = layout(sheet, form(columns))

    assert [column.path for column in located.columns[2:4]] == [("上年收入",), ("今年收入",)]
    assert located.matches[0].columns["income"].number == 4


def test_a_leaf_name_under_two_parents_is_ambiguous_if_the_form_names_no_parent() -> None:
    sheet = grid(
        """
        乡镇 | 村名 | 2019年 | | 2020年 |
        | | 贫困户 | 收入 | 贫困户 | 收入
        城关镇 | 桥头村 | 1 | 2 | 3 | 4
        """,
        *("A1:A2", "B1:B2", "C1:D1", "E1:F1"),
    )
    columns = {"township": "乡镇", "village": "村名", "households": "贫困户", "income": "2020年/收入"}

    result = read_all(sheet, form(columns))

    assert list(result.tables[0].columns) == ["township", "village", "income"]
    assert ("ambiguous_header", 2, 3) in said(result.notes)
    assert "households" not in result.tables[0].frame


def test_one_column_that_two_fields_claim_alike_is_given_to_neither() -> None:
    sheet = grid("乡镇 | 村名 | 低保对象 | 耕地\n城关镇 | 桥头村 | 1 | 2")
    columns = {"township": "乡镇", "village": "村名", "area": "耕地"}

    result = read_all(sheet, form({**columns, "households": "低保对象(户)", "persons": "低保对象(人)"}))

    assert list(result.tables[0].columns) == ["township", "village", "area"]
    assert [(note.rule, note.column, note.shown) for note in result.notes] == [
        ("ambiguous_header", 3, "低保对象(户)"),
        ("ambiguous_header", 3, "低保对象(人)"),
    ]


def test_units_tell_columns_of_one_name_apart_wherever_they_stand() -> None:
    columns = {"township": "乡镇", "village": "村名", "households": "低保(户)", "persons": "低保(人)"}
    beside = grid("乡镇 | 村名 | 低保（人） | 低 保（户）\n城关镇 | 桥头村 | 1 | 2")
    below = grid("乡镇 | 村名 | 低保 |\n | | 人 | 户\n城关镇 | 桥头村 | 1 | 2", "A1:A2", "B1:B2", "C1:D1")

    for sheet in (beside, below):
        assert found(sheet, form(columns)) == {"township": 1, "village": 2, "households": 4, "persons": 3}


def test_a_row_of_units_under_the_header_belongs_to_it() -> None:
    sheet = grid(
        "乡镇 | 村名 | 贫困户 | 贫困人口 | 集体收入\n计量单位 | | 户 | 人 | 万元\n城关镇 | 桥头村 | 1 | 2 | 3"
    )
    located = layout(sheet)

    assert at(located) == (1, 2)
    assert located.matches[0].columns["income"].unit == "万元"


def test_a_first_row_of_data_that_names_a_unit_is_no_row_of_units() -> None:
    columns = {"township": "乡镇", "village": "村名", "note": "计量单位", "area": "数量"}
    sheet = grid("乡镇 | 村名 | 计量单位 | 数量\n | | 亩 | 5\n城关镇 | 桥头村 | 亩 | 7")

    assert at(layout(sheet, form(columns))) == (1, 1)
    assert found(sheet, form(columns))["area"] == 4


def test_the_unit_of_a_group_above_the_header_holds_for_its_columns() -> None:
    sheet = grid(
        """
        乡镇 | 村名 | 资金投入(万元) | | 户数
        | | 集体收入 | 其他 |
        城关镇 | 桥头村 | 1.5 | 2 | 3
        """,
        *("A1:A2", "B1:B2", "C1:D1", "E1:E2"),
    )
    columns = {"township": "乡镇", "village": "村名", "income": "集体收入"}

    assert read_all(sheet, form(columns)).tables[0].frame["income"].tolist() == [1500000]


def test_the_unit_above_the_table_holds_for_money_without_its_own() -> None:
    columns = {"township": "乡镇", "village": "村名", "income": "集体收入", "persons": "人口"}
    sheet = grid("台账 | | | 单位：万元、人\n乡镇 | 村名 | 集体收入 | 人口\n城关镇 | 桥头村 | 1.5 | 2")

    frame = read_all(sheet, form(columns)).tables[0].frame

    assert (frame["income"][0], frame["persons"][0]) == (1500000, 2)


MONEY = {"township": "乡镇", "village": "村名", "income": "集体收入", "persons": "人口"}
MONEY_HEAD = "乡镇 | 村名 | 集体收入 | 人口"
A_VILLAGE = "城关镇 | 桥头村 | 1.5 | 2"


@pytest.mark.parametrize(
    "drawing",
    [
        f"单位：|万元\n{MONEY_HEAD}\n{A_VILLAGE}",
        f"| | 单位 | 万元\n{MONEY_HEAD}\n{A_VILLAGE}",
        f"（万元）\n{MONEY_HEAD}\n{A_VILLAGE}",
        f"{MONEY_HEAD}\n单位：万元\n{A_VILLAGE}",
        f"{MONEY_HEAD}\n | | 单位：万元\n{A_VILLAGE}",
        f"{MONEY_HEAD} |\n | | | | 单位：万元\n. |\n{A_VILLAGE}",
        f"{MONEY_HEAD}\n{A_VILLAGE}\n单位；万元",
        f"{MONEY_HEAD}\n{A_VILLAGE}\n注：金额单位为万元",
        f"{MONEY_HEAD} |\n{A_VILLAGE}\n合计 | | 1.5 | 2\n | | | | 单位：万元",
    ],
)
def test_the_unit_of_a_table_may_stand_above_or_under_the_header_or_at_the_foot(drawing: str) -> None:
    result = read_all(grid(drawing), form(MONEY))

    assert result.tables[0].frame[["income", "persons"]].to_numpy().tolist() == [[1500000, 2]]
    assert said(result.notes) == []


def test_what_stands_above_goes_before_the_foot_and_the_other_unit_is_said() -> None:
    result = read_all(grid(f"单位：万元 |\n{MONEY_HEAD}\n{A_VILLAGE}\n注：金额单位：元"), form(MONEY))

    assert result.tables[0].frame["income"].tolist() == [1500000]
    assert [(note.rule, note.column, dict(note.more)) for note in result.notes] == [
        ("money_unit_unsure", 3, {"stated": "元", "taken": "万元"})
    ]


@pytest.mark.parametrize(
    ("drawing", "stated"),
    [
        (f"单位：万元、元 |\n{MONEY_HEAD}\n{A_VILLAGE}", "万元"),
        (f"扶贫资金（万元）使用情况 |\n{MONEY_HEAD}\n{A_VILLAGE}", "万元"),
        (f"{MONEY_HEAD}\n{A_VILLAGE}\n注：以万元填列", "万元"),
        (f"{MONEY_HEAD}\n{A_VILLAGE}\n注：1.总投资单位：万元", "万元"),
        (f"{MONEY_HEAD}\n（万元） |\n{A_VILLAGE}", "万元"),
        (f"单位：千元、万元 |\n{MONEY_HEAD}\n{A_VILLAGE}", "万元、千元"),
    ],
)
def test_a_unit_that_is_named_but_not_stated_for_all_is_said_once(drawing: str, stated: str) -> None:
    result = read_all(grid(drawing), form(MONEY))

    assert result.tables[0].frame["income"].tolist() == [150]
    (note,) = result.notes
    assert (note.rule, note.column, note.field, dict(note.more)) == (
        *("money_unit_unsure", 3, "income"),
        {"stated": stated, "taken": "元"},
    )


@pytest.mark.parametrize(
    "drawing",
    [
        f"单位：万元、元 |\n乡镇 | 村名 | 集体收入（元） | 人口\n{A_VILLAGE}\n单位：万元",
        f"单位：元 |\n{MONEY_HEAD}\n{A_VILLAGE}\n注：1.总投资单位：万元",
        f"单位名称 | 帮扶单位\n{MONEY_HEAD}\n{A_VILLAGE}\n注：超过50万元的附批复",
        f"{MONEY_HEAD}\n城关镇 | 万元村 | 1.5 | 2",
    ],
)
def test_a_column_with_its_own_unit_or_a_sheet_that_names_none_is_read_in_yuan(drawing: str) -> None:
    result = read_all(grid(drawing), form(MONEY))

    assert result.tables[0].frame["income"].tolist() == [150]
    assert said(result.notes) == []


def test_a_header_merged_across_columns_is_the_first_ones() -> None:
    sheet = grid("乡镇 | 村名 | | 贫困户(户)\n城关镇 | 桥头村 | | 3", "B1:C1", "B2:C2")

    assert found(sheet) == {"township": 1, "village": 2, "households": 4}
    assert read_all(sheet).notes == ()


def test_a_value_under_the_rest_of_a_merged_header_is_not_lost_in_silence() -> None:
    sheet = grid("乡镇 | 村名 | 贫困户(户) | \n城关镇 | 桥头村 | 3 | 4", "C1:D1")

    assert said(read_all(sheet).notes) == [("unknown_column", 1, 4)]


@pytest.mark.parametrize(
    "header",
    [
        *("贫 困 人 口(人)", "贫困\n人口(人)", "贫困人口\u3000（人）"),
        *[
            "贫困人口（人）",
            "1.贫困人口(人)",
            "（二）贫困人口",
            "其中：贫困人口(人)",
            "#贫困人口",
            "②贫困人口",
            "18.其中：贫困人口(人)",
        ],
        *["“贫困人口”(人)", "贫困人口【人】"],
    ],
)
def test_what_means_nothing_in_a_header_does_not_hide_it(header: str) -> None:
    sheet = of_rows([["乡镇", "村名", header], ["城关镇", "桥头村", 9]])

    assert found(sheet)["persons"] == 3


@pytest.mark.parametrize(
    "header", ["集体收入/万元", "集体收入\n万元", "集体收入（万元，含税）", "集体收入（万元）*"]
)
def test_a_unit_of_money_is_read_from_a_header_however_it_is_set_apart(header: str) -> None:
    sheet = of_rows([["单位：元", None, None], ["乡镇", "村名", header], ["城关镇", "桥头村", 1.5]])
    columns = {"township": "乡镇", "village": "村名", "income": "集体收入"}

    assert read_all(sheet, form(columns)).tables[0].frame["income"].tolist() == [1500000]


def test_a_header_with_a_slash_of_its_own_is_found() -> None:
    columns = {"township": "乡镇", "village": "村名", "note": "致贫/返贫风险", "income": "人均收入(元/人)"}
    sheet = grid("乡镇 | 村名 | 致贫/返贫风险 | 人均收入（元/人）\n城关镇 | 桥头村 | 因病 | 5")

    assert found(sheet, form(columns)) == {"township": 1, "village": 2, "note": 3, "income": 4}


def test_a_header_that_is_itself_a_unit_of_measure_is_a_name() -> None:
    columns = {"township": "乡镇", "village": "村名", "area": "数量", "year": "年"}
    sheet = grid("乡镇 | 村名 | 数量 | 年\n城关镇 | 桥头村 | 5 | 2011")

    assert found(sheet, form(columns)) == {"township": 1, "village": 2, "area": 3, "year": 4}


def test_columns_nobody_declared_are_listed_with_the_nearest_name() -> None:
    sheet = grid(
        "序号 | 乡镇 | 村名 | 贫困户(户) | 贫困人囗 | 天气 | 电话\n1 | 城关镇 | 桥头村 | 3 | 9 | 晴 | 1"
    )

    notes = read_all(sheet, form(HEADERS, feed_ignore=["电话"])).notes

    assert [(n.rule, n.column, n.more.get("suggestion")) for n in notes] == [
        ("misspelt_header", 5, "贫困人口"),
        ("unknown_column", 6, None),
    ]


def test_a_form_that_is_told_apart_by_headers_misses_its_other_columns_aloud() -> None:
    sheet = grid("乡镇 | 村名 | 贫困户(户) | 贫困人口(人)\n城关镇 | 桥头村 | 3 | 9")

    assert [(n.rule, n.shown) for n in read_all(sheet, form(HEADERS, recognise=["贫困户"])).notes] == [
        ("missing_column", "集体收入")
    ]


def test_a_unit_of_another_kind_is_said() -> None:
    sheet = grid("乡镇 | 村名 | 贫困户(户) | 集体收入(亩)\n城关镇 | 桥头村 | 3 | 9")

    assert [(n.rule, n.column, dict(n.more)) for n in read_all(sheet).notes] == [
        ("unit_differs", 4, {"stated": "亩", "declared": "元"})
    ]


@pytest.mark.parametrize(
    ("head", "label", "stated"),
    [
        ("集体收入(元/月)", "集体收入", "元/月"),
        ("集体收入（元／人·年）", "集体收入", "元/人"),
        ("集体收入(元/日)", "集体收入", "元/日"),
        ("集体收入(元/年)", "集体收入", None),
        ("集体收入(元/人)", "人均集体收入", None),
        ("集体收入(元/日)", "每天收入", None),
    ],
)
def test_an_amount_by_the_month_over_one_of_the_year_is_said(
    head: str, label: str, stated: str | None
) -> None:
    known = ledger("village", **{**PLACES, "income": {"type": "money", "in": "元", "label": label}})
    sheet = grid(f"乡镇 | 村名 | {head} | 备注\n城关镇 | 桥头村 | 5 | 甲")
    columns = {"township": "乡镇", "village": "村名", "income": "集体收入", "note": "备注"}

    notes = read_all(sheet, form(columns), ledgers=[known]).notes

    assert [(note.rule, note.column, note.more["stated"]) for note in notes] == (
        [("unit_differs", 3, stated)] if stated else []
    )


@pytest.mark.parametrize(
    ("line", "head", "said_of"),
    [
        ("单位：公顷、万元", "耕地", {"stated": "公顷", "taken": "亩"}),
        ("计量单位：万亩", "耕地", {"stated": "万亩", "taken": "亩"}),
        ("单位：亩、公顷", "耕地", None),
        ("单位：公顷", "耕地（公顷）", None),
        ("单位：公顷", "耕地（亩）", None),
        ("单位：万元、户", "耕地", None),
    ],
)
def test_a_unit_stated_for_the_table_that_no_column_is_in_is_said(
    line: str, head: str, said_of: dict[str, str] | None
) -> None:
    sheet = grid(f"台账 | | {line}\n乡镇 | 村名 | {head}\n城关镇 | 桥头村 | 5")
    notes = read_all(sheet, form({"township": "乡镇", "village": "村名", "area": "耕地"})).notes

    assert [(note.rule, note.row, note.column, dict(note.more)) for note in notes] == (
        [("unit_unsure", 2, 3, said_of)] if said_of else []
    )


def test_the_form_that_explains_more_columns_is_taken() -> None:
    small = form({"township": "乡镇", "village": "村名", "households": "贫困户(户)"}, "small")
    sheet = grid(f"{PLAIN}\n城关镇 | 桥头村 | 3 | 9 | 1")

    assert layout(sheet, small, form(HEADERS, "whole")).form.form == "whole"


def test_of_two_versions_that_explain_a_sheet_alike_the_complete_one_is_taken() -> None:
    longer = form({**HEADERS, "area": "耕地面积"}, "later")
    sheet = grid(f"{PLAIN}\n城关镇 | 桥头村 | 3 | 9 | 1")

    assert layout(sheet, longer, form(HEADERS, "first")).form.form == "first"


def test_a_sheet_that_fits_two_forms_alike_is_refused_with_both_names() -> None:
    sheet = grid(f"{PLAIN}\n城关镇 | 桥头村 | 3 | 9 | 1")

    assert refusal(sheet, form(HEADERS, "春季"), form(HEADERS, "秋季")) == (
        "工作表“表一”同样像几种表式：春季、秋季。请在表头补上能区分它们的栏。"
    )


def test_a_sheet_without_village_is_refused_for_it() -> None:
    sheet = grid("乡镇 | 贫困户(户) | 贫困人口(人) | 集体收入(元)\n城关镇 | 3 | 9 | 1")

    assert "但缺少：village" in refusal(sheet)


def test_a_sheet_that_lacks_what_tells_the_form_apart_is_refused_for_it() -> None:
    sheet = grid(f"{PLAIN}\n城关镇 | 桥头村 | 3 | 9 | 1")

    assert "但缺少：耕地" in refusal(sheet, form(HEADERS, recognise=["耕地", "贫困户"]))


def test_what_tells_a_form_apart_is_the_whole_header_not_its_beginning() -> None:
    sheet = grid("乡镇 | 村名 | 贫困户数合计 | 贫困人口(人) | 集体收入(元)\n城关镇 | 桥头村 | 3 | 9 | 1")

    assert "但缺少：贫困户" in refusal(sheet, form(HEADERS, recognise=["贫困户"]))


def test_a_sheet_of_mostly_other_columns_is_no_form() -> None:
    others = " | ".join(f"栏目{letter}" for letter in "甲乙丙丁戊己庚辛壬癸")
    sheet = grid(f"乡镇 | 村名 | 贫困户(户) | {others}\n城关镇 | 桥头村 | 3")

    assert refusal(sheet).startswith("工作表“表一”的 13 栏里只有 3 栏属于“form”")


@pytest.mark.parametrize(
    "drawing", ["天气 | 温度\n晴 | 20", "通知\n请各村于月底前上报", "乡镇 | 村名\n城关镇 | 桥头村"]
)
def test_a_sheet_of_something_else_is_refused_plainly(drawing: str) -> None:
    assert refusal(grid(drawing)).startswith("工作表“表一”里没有认得的表式")


def test_members_and_their_households_are_told_apart() -> None:
    household = ledger("household", "household", household_id="code", head="text", persons="integer in 人")
    member = ledger("member", "person", person_id="code", household_id="code", name="text", sex="text")
    forms = [
        form({"household_id": "户编号", "head": "户主", "persons": "人口数"}, "户表"),
        form({"person_id": "人口编号", "household_id": "户编号", "name": "姓名", "sex": "性别"}, "人表"),
    ]
    forms = [
        each.model_copy(update={"feeds": (each.feeds[0].model_copy(update={"ledger": name}),)})
        for each, name in zip(forms, ("household", "member"), strict=True)
    ]
    houses = grid("户编号 | 户主 | 人口数\nH1 | 张三 | 3")
    people = grid("户编号 | 户主 | 人口编号 | 姓名 | 性别\nH1 | 张三 | P1 | 李四 | 女")

    ledgers = (household, member)

    assert layout(houses, *forms, ledgers=ledgers).form.form == "户表"
    assert layout(people, *forms, ledgers=ledgers).form.form == "人表"


def test_a_form_deep_in_a_sheet_is_still_found_but_not_endlessly_deep() -> None:
    head = f"{PLAIN}\n城关镇 | 桥头村 | 3 | 9 | 1"

    assert layout(grid("\n".join([". |"] * 39 + [head]))).top == 40
    assert locate(grid("\n".join([". |"] * 60 + [head])), [form()], vocabulary()) == []


def test_a_year_as_a_number_may_be_a_header() -> None:
    columns = {"township": "乡镇", "village": "村名", "income": "集体收入/2020", "area": "集体收入/2019"}
    sheet = grid(
        "乡镇 | 村名 | 集体收入 |\n | | 2019 | 2020\n城关镇 | 桥头村 | 1 | 2", "A1:A2", "B1:B2", "C1:D1"
    )

    assert found(sheet, form(columns)) == {"township": 1, "village": 2, "income": 4, "area": 3}


@pytest.mark.parametrize(
    "above", ["上年", "2019年", "2019", "2021年计划", "增减", "人均", "上年（2019年）", "计划数"]
)
@pytest.mark.parametrize("deep", [True, False])
def test_a_figure_under_another_time_is_not_this_years(above: str, *, deep: bool) -> None:
    line = f" | | {above} | | 收入\n" if deep else f"乡镇 | 村名 | {above} | | 集体收入(元)\n"
    under = "乡镇 | 村名 | 贫困户(户) | 贫困人口(人) | 集体收入(元)"
    merges = [] if deep else ["A2:A3", "B2:B3", "E2:E3"]
    sheet = grid(
        f"某县2020年村台账 | | | |\n{line}{under}\n城关镇 | 桥头村 | 3 | 9 | 100", "A1:E1", "C2:D2", *merges
    )

    assert found(sheet) == {"township": 1, "village": 2, "income": 5}
    notes = [note for note in read_all(sheet).notes if note.rule == "other_time"]
    assert [(note.row, note.column, note.shown) for note in notes] == [
        (3, 3, "贫困户(户)"),
        (3, 4, "贫困人口(人)"),
    ]


def test_a_sheet_of_nothing_but_last_years_figures_is_said_to_be_that() -> None:
    head = "某县台账\n乡镇 | 村名 | 上年 |\n | | 贫困户(户) | 贫困人口(人)\n城关镇 | 桥头村 | 3 | 9"

    read = read_sheet(grid(head, "A2:A3", "B2:B3", "C2:D2"), plan())

    assert (read.form, read.found) == (None, 4)
    assert read.refused is not None
    assert read.refused.zh.startswith("工作表“表一”像“form”，但“贫困户、贫困人口”在“上年”之下")


def test_a_sheet_of_last_years_figures_that_is_no_form_anyhow_is_none() -> None:
    head = "某县台账\n乡镇 | 村名 | 上年 |\n | | 树 | 花\n城关镇 | 桥头村 | 3 | 9"

    assert "没有认得的表式" in refusal(grid(head, "A2:A3", "B2:B3", "C2:D2"))


@pytest.mark.parametrize("above", ["本年", "2020年", "2020年末", "基本情况", "2014年以来"])
def test_a_figure_under_the_sheets_own_year_is_read(above: str) -> None:
    sheet = grid(
        f"某县2020年村台账 | | | |\n乡镇 | 村名 | 上年 | {above} | 集体收入(元)\n"
        " | | 贫困户(户) | 贫困户(户) |\n城关镇 | 桥头村 | 2 | 3 | 100",
        "A1:E1",
        *("A2:A3", "B2:B3", "E2:E3"),
    )

    assert found(sheet) == {"township": 1, "village": 2, "households": 4, "income": 5}


@pytest.mark.parametrize(("right", "beside"), [("桥尾村", 4), ("桥头村", None)])
def test_a_table_beside_begins_where_a_name_stands_over_other_rows(right: str, beside: int | None) -> None:
    sheet = grid(f"村名 | 贫困户 | | 村名 | 低保户\n桥头村 | 3 | | {right} | 5")

    assert Heads(sheet, vocabulary()).beside(1, 1) == beside
    assert [bool(column.path) for column in Heads(sheet, vocabulary()).columns(1, 1)][3:] == [not beside] * 2


@pytest.mark.parametrize(
    ("head", "under", "row"),
    [
        (
            " | | 收入 | | | 支出 |",
            "乡镇 | 村名 | 务工 | 其他 | | 其他 | 种植",
            "城关镇 | 桥头村 | 1 | 2 | | 3 | 4",
        ),
        (
            " | | 上年 | | | 本年 |",
            "乡镇 | 村名 | 户数 | 人数 | | 户数 | 人数",
            "城关镇 | 桥头村 | 1 | 2 | | 3 | 4",
        ),
        (
            " | | | 局长 | | | 干部",
            "乡镇 | 村名 | 户数 | 联系人 | | 联系人 | 人数",
            "城关镇 | 桥头村 | 1 | 甲 | | 乙 | 4",
        ),
    ],
)
def test_a_gap_between_groups_of_one_table_begins_no_other(head: str, under: str, row: str) -> None:
    heads = Heads(grid(f"{head}\n{under}\n{row}"), vocabulary())

    assert (heads.beside(1, 2), heads.beside(2, 1)) == (None, None)


@pytest.mark.parametrize("first", ["乡镇 | 村名", "村名 | 村组", "序号 | 村名"])
def test_a_table_beside_may_leave_out_the_first_names(first: str) -> None:
    sheet = grid(f"{first} | 贫困户 | | 村名 | 贫困户\n1 | 桥头村 | 3 | | 桥尾村 | 5")

    assert Heads(sheet, vocabulary()).beside(1, 1) == 5


def test_a_small_table_of_figures_over_the_header_says_nothing_of_its_columns() -> None:
    above = "2020年台账 | | | |\n指标 | 本年 | 上年 | 增减\n户数 | 10 | 9 | 1"

    assert found(grid(f"{above}\n{PLAIN}\n城关镇 | 桥头村 | 3 | 9 | 100"))["households"] == 3


def test_a_form_may_name_last_years_figures_and_figures_per_head() -> None:
    columns = {"township": "乡镇", "village": "村名", "income": "人均收入", "area": "上年/耕地"}
    columns["note"] = "计划用途"
    head = "2020年台账 | | | |\n乡镇 | 村名 | 人均 | 上年 | 计划\n | | 收入 | 耕地 | 计划用途"
    sheet = grid(f"{head}\n城关镇 | 桥头村 | 1 | 2 | 甲", "A2:A3", "B2:B3")
    fields = {"township": 1, "village": 2, "income": 3, "area": 4, "note": 5}

    assert found(sheet, form(columns)) == fields


@pytest.mark.parametrize("title", ["台账（2021年1月填报）", "2021年03月15日", "2021年2月"])
@pytest.mark.parametrize("merges", [["A2:A3", "B2:B3"], []])
def test_a_form_filled_in_early_in_a_year_may_speak_of_the_year_before(title: str, merges: list[str]) -> None:
    upper, lower = ("乡镇 | 村名", " | ") if merges else (" | ", "乡镇 | 村名")
    head = f"{upper} | 2019年 | 2020年\n{lower} | 贫困户(户) | 贫困户(户)"
    sheet = grid(f"{title}\n{head}\n城关镇 | 桥头村 | 9 | 3", *merges)

    assert found(sheet)["households"] == 4
    assert read_sheet(sheet, plan()).years == {2020}


@pytest.mark.parametrize("title", ["2021年度台账（2021年1月填报）", "2021年4月2日"])
def test_a_form_that_names_its_year_does_not_speak_of_the_year_before(title: str) -> None:
    head = "乡镇 | 村名 | 2021年 | 2020年\n | | 贫困户(户) | 贫困户(户)\n城关镇 | 桥头村 | 9 | 3"
    sheet = grid(f"{title}\n{head}", "A2:A3", "B2:B3")

    assert found(sheet)["households"] == 3
    assert read_sheet(sheet, plan()).years == {2021}


def test_texts_under_a_plan_are_what_they_are() -> None:
    columns = {
        "township": "乡镇",
        "village": "村名",
        "note": "建设内容",
        "persons": "受益人数",
        "income": "开工时间",
    }
    head = "乡镇 | 村名 | 年度计划\n | | 建设内容 | 受益人数 | 开工时间"
    sheet = grid(f"{head}\n城关镇 | 桥头村 | 1.硬化道路 | 30 | '2024.3", "A1:A2", "B1:B2", "C1:E1")

    assert found(sheet, form(columns)) == {"township": 1, "village": 2, "note": 3}


@pytest.mark.parametrize(("above", "read"), [("规划", True), ("目标", True), ("上年", False)])
def test_what_is_planned_by_one_of_its_names_may_stand_under_any_plan(above: str, *, read: bool) -> None:
    columns = {"township": "乡镇", "village": "村名", "income": ["计划总投资", "项目总投资"], "area": "户"}
    sheet = grid(f"乡镇 | 村名 | {above} | 户\n | | 项目总投资 |\n城关镇 | 桥头村 | 50 | 1", "A1:A2", "B1:B2")

    assert ("income" in found(sheet, form(columns))) is read


def test_without_a_year_in_the_title_a_year_over_columns_tells_nothing() -> None:
    head = "乡镇 | 村名 | 2019年 |\n | | 贫困户(户) | 贫困人口(人)\n城关镇 | 桥头村 | 3 | 9"

    assert found(grid(head, "A1:A2", "B1:B2", "C1:D1"))["households"] == 3


def test_an_empty_sheet_has_no_candidates() -> None:
    assert locate(Grid("空", ()), [form()], vocabulary()) == []
    assert locate(grid(". |"), [form()], vocabulary()) == []
