from __future__ import annotations

import pytest

from povplan.words import Label, flat, nearest, normal
from tests.grids import vocabulary


@pytest.mark.parametrize(
    "written",
    ["村 名 称", "村\n名称", "村名称", "“村名称”", "村\u3000名称", "村\u200b名称", "\ufeff村名称"],
)
def test_blanks_breaks_and_quotation_marks_mean_nothing(written: str) -> None:
    assert normal(written) == "村名称"


def test_width_case_and_kind_of_bracket_mean_nothing() -> None:
    assert normal("县（市、区）ＧＤＰ【元】") == "县(市、区)gdp(元)"


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("低保对象（户）", Label("低保对象", "户")),
        ("低保对象(人)", Label("低保对象", "人")),
        ("受益农田(鱼塘)面积(亩)", Label("受益农田(鱼塘)面积", "亩")),
        ("标准农田（鱼塘）", Label("标准农田(鱼塘)")),
        ("人均纯收入(元/人)", Label("人均纯收入", "元")),
        ("资金（单位：万元）", Label("资金", "万元")),
        ("资金（万元，含税）", Label("资金", "万元")),
        ("资金（含税；万元）", Label("资金", "万元")),
        ("资金（万元，元）", Label("资金(万元,元)")),
        ("资金（万元）*", Label("资金", "万元")),
        ("资金（万元）①", Label("资金", "万元")),
        ("方案②", Label("方案2")),
        ("其中：女性（人）", Label("女性", "人")),
        ("其中：", Label("")),
        ("#低保户", Label("低保户")),
        ("1.贫困户基本情况", Label("贫困户基本情况")),
        ("（一）单位领导到村", Label("单位领导到村")),
        ("三、产业发展", Label("产业发展")),
        ("①工资性收入", Label("工资性收入")),
        ("A12.是否低保", Label("是否低保")),
        ("(户)", Label("", "户")),
        ("万元", Label("", "万元")),
        ("三保障", Label("三保障")),
        ("2019年", Label("2019年")),
    ],
)
def test_a_header_is_a_name_and_a_unit_without_marks(written: str, label: Label) -> None:
    assert vocabulary().label(written) == label


@pytest.mark.parametrize(
    "written", ["资金/万元", "资金 万元", "资金：万元", "资金，万元", "资金\n万元", "资金\n万 元", "资金万元"]
)
def test_a_unit_of_money_behind_a_name_needs_no_brackets(written: str) -> None:
    assert vocabulary().label(written) == Label("资金", "万元")


def test_names_that_end_like_a_unit_are_names() -> None:
    names = ["户数", "人数", "低保户", "低 保 户", "低保/户", "劳动力人", "单元", "超过50万元", "几百万元"]
    lines = ["单位：万元", "金额单位万元", "单位：万元，元"]

    assert [vocabulary().label(text).unit for text in names + lines] == [None] * 12
    assert vocabulary().label("单位自筹/元") == Label("单位自筹", "元")
    assert vocabulary().label("人均收入元/人") == Label("人均收入", "元")


TOTALS = """
    合计 合　计： 总计 合计（125个村） 小计3户 温泉镇小计 温泉镇合计 本页小计 全县 （合计） 承前页 过次页
    Total TOTAL 全县合计（万元）
"""
NAMES = "会计村 全福村 总铺村 计家村 统计 全县人民村 小计划村 合计划村 汇总表 桥头村 全 计"


@pytest.mark.parametrize("written", [*TOTALS.strip().replace("\n", " ").split(" "), "合 计", "全 镇"])
def test_words_of_a_sum_are_totals(written: str) -> None:
    assert not written or vocabulary().is_total(written)


@pytest.mark.parametrize("written", NAMES.split())
def test_a_village_with_计_or_全_in_its_name_is_no_total(written: str) -> None:
    assert not vocabulary().is_total(written)


def test_only_the_sum_of_a_group_is_a_subtotal() -> None:
    words = ["小计", "温泉镇合计", "本页小计", "合计", "总计", "全县", "会计村"]

    assert [word for word in words if vocabulary().is_subtotal(word)] == ["小计", "温泉镇合计", "本页小计"]


def test_a_word_for_the_whole_may_also_be_a_place() -> None:
    assert [w for w in ("全村", "全镇", "汇总", "合计", "全村合计", "村") if vocabulary().is_whole(w)] == [
        "全村",
        "全镇",
        "汇总",
    ]


@pytest.mark.parametrize(
    ("lines", "units"),
    [
        (["单位：万元"], {"万元"}),
        (["单位：元"], {"元"}),
        (["（单位：万元、人）"], {"万元"}),
        (["金额单位：万元"], {"万元"}),
        (["填报单位：桥头村   单位：万元"], {"万元"}),
        (["单 位：万元"], {"万元"}),
        (["计量单位：户、人、元"], {"元"}),
        (["单位：万元   2020年12月"], {"万元"}),
        (["单位：元", "单位：万元"], {"元", "万元"}),
        (["单位：万元、元"], {"元", "万元"}),
        (["帮扶单位", "单位自筹(元)"], set()),
        (["帮扶单位(万元)"], set()),
        (["单位负责人：张三"], set()),
        (["单位名称", "单位：万元户新村", "单位：万亩"], set()),
        (["单位自筹(元)", "单位：万元"], {"万元"}),
        (["投入资金：万元"], set()),
        ([], set()),
    ],
)
def test_a_line_states_the_money_units_of_a_table_only_if_it_names_them(
    lines: list[str], units: set[str]
) -> None:
    assert vocabulary().stated_money_units(lines) == units


@pytest.mark.parametrize(
    "line",
    [
        *("单位（万元）", "单位：（万元）", "单位；万元", "单位：万 元", "单位：  人民币  万元", "单位 万元"),
        *("（万元）", "【万元】", "金额：万元", "资金：万元", "计量单位（万元）", "本表单位万元"),
        *("注：金额单位为万元。", "说明：1.本表金额单位：万元；2.逐笔填写。", "注:表中所有金额单位均为万元"),
    ],
)
def test_marks_and_blanks_do_not_hide_the_unit_that_a_line_states(line: str) -> None:
    assert vocabulary().stated_money_units([line]) == {"万元"}
    assert vocabulary().stated_money_units([line], in_notes=True) == {"万元"}


def test_in_a_note_the_unit_of_something_is_not_the_tables() -> None:
    line = "注：1.总投资单位：万元"

    assert vocabulary().stated_money_units([line]) == {"万元"}
    assert vocabulary().stated_money_units([line], in_notes=True) == set()


def test_a_unit_is_mentioned_by_its_name_but_not_by_an_amount() -> None:
    said = ["以万元计", "资金(亿元)", "超过50 万元的", "几万元", "十万元以上", "单位名称", "公元2020年"]

    assert [vocabulary().mentioned_money_units([text]) for text in said] == [
        *({"万元"}, {"亿元"}, set(), set(), {"十万元"}, set(), set())
    ]


@pytest.mark.parametrize(
    "written",
    ["注：1.由村填写", "填表人：张三", "审核人", "说明：", "备  注：", "※注：", "单位（盖章）", "Note: x"],
)
def test_notes_and_signatures_are_asides(written: str) -> None:
    assert vocabulary().is_aside(written)


@pytest.mark.parametrize("written", ["注家村", "审核村", "张三", "说明书", ""])
def test_a_name_that_begins_like_a_note_is_none(written: str) -> None:
    assert not vocabulary().is_aside(written)


def test_a_flattened_path_is_one_name() -> None:
    assert flat(("有劳动能力", "低保对象")) == flat(("有劳动能力-低保对象",)) == "有劳动能力低保对象"


def test_the_nearest_word_is_like_it_or_none() -> None:
    assert nearest("贫困人囗数", ["贫困户数", "贫困人口数"]) == "贫困人口数"
    assert nearest("天气", ["贫困户数", "贫困人口数"]) is None
