"""Raw cells to values: what a cell says in every way that it is written."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import pytest

from povplan.grid import Value
from povplan.reading.typed import Reading, read_column, suggestion, unit_mismatch
from povplan.spec import CodeList, LedgerField
from tests.drawing import code_list
from tests.grids import vocabulary

CAUSES = CodeList.model_validate(
    {
        "codes": "cause",
        "label": "致贫原因",
        "values": [
            {"code": "illness", "label": "因病", "aliases": ["1", "疾病"]},
            {"code": "school", "label": "因学", "aliases": ["2"]},
            {"code": "other", "label": "其他", "aliases": ["其它"]},
        ],
    }
)


def column(cells: Sequence[Value], kind: str, unit: str | None = None, **more: Any) -> Reading:
    own = more.pop("own", "元" if kind == "money" else None)
    given = {"id": "x", "label": "某栏", "type": kind, "in": own, **more}
    field = LedgerField.model_validate({key: value for key, value in given.items() if value is not None})
    return read_column(cells, field, unit, vocabulary(), {"cause": CAUSES})


def values(reading: Reading) -> list[Any]:
    cells = reading.values.astype(object)
    return list(cells.where(reading.values.notna(), None))


def one(cell: Value, kind: str, unit: str | None = None, **more: Any) -> Any:
    """The value of one cell; `!rule` where it has none for breaking a rule, (value, rule) if it has both."""
    reading = column([cell], kind, unit, **more)
    (value,) = values(reading)
    rules = [rule for _, rule, _ in reading.troubles]
    assert len(rules) <= 1
    if not rules:
        return value
    return f"!{rules[0]}" if value is None else (value, rules[0])


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        (3200, 320000),
        (3200.5, 320050),
        ("3200", 320000),
        ("1,234.50", 123450),
        ("1,234,567", 123456700),
        ("1，234", 123400),
        ("３２００", 320000),
        ("3200元", 320000),
        ("0.32万元", 320000),
        ("3万", 3000000),
        ("(500)", -50000),
        ("（1,234.50）", -123450),
        ("¥ 500", 50000),
        ("￥3,200.00", 320000),
        ("-500", -50000),
        ("−500", -50000),
        (" 12 ", 1200),
        ("'12", 1200),
        ("3.2E+03", 320000),
        (0, 0),
        ("0", 0),
    ],
)
def test_an_amount_is_read_as_it_is_written(cell: Value, fen: int) -> None:
    assert one(cell, "money") == fen


@pytest.mark.parametrize(
    "cell",
    [
        *["约500", "500左右", "65,1,1", "1,23", "1.2.3", "五百", "3人", "12.5%", "abc", ".", "inf", "1e400"],
        *("32 00", "9" * 40, 10**400, 1e300, math.inf, -math.inf),
        *(True, False, dt.datetime(2020, 1, 1), dt.time(8)),
    ],
)
def test_what_is_no_amount_is_blank_and_said_never_guessed(cell: Value) -> None:
    assert one(cell, "money") == "!unreadable_number"


@pytest.mark.parametrize(
    ("cell", "label", "read"),
    [
        ("300元/月", "年收入", "!unreadable_number"),
        ("300元／人", "补助", "!unreadable_number"),
        ("300元/年", "年收入", 30000),
        ("300元/月", "月务工收入", 30000),
        ("300元/人·年", "人均纯收入", 30000),
        ("80元/天", "日工资", 8000),
    ],
)
def test_an_amount_by_the_month_is_none_of_the_year(cell: str, label: str, read: Any) -> None:
    assert one(cell, "money", label=label) == read


@pytest.mark.parametrize("kind", ["integer", "number", "money"])
@pytest.mark.parametrize("cell", ["12①", "①12", "12²", "½", "1½", "12⒈", "⑴", "3❶", "12①元"])
def test_a_footnote_mark_is_no_digit_of_the_number_beside_it(cell: str, kind: str) -> None:
    assert one(cell, kind) == "!unreadable_number"


def test_a_raised_two_in_a_unit_is_no_footnote_mark() -> None:
    assert one("600m²", "number", own="平方米") == 600


@pytest.mark.parametrize("cell", ["9901①", "①9901", "9901²", "9901❶"])
def test_an_identifier_with_a_footnote_mark_is_not_that_of_another(cell: str) -> None:
    assert one(cell, "code") == "!unreadable_code"


@pytest.mark.parametrize("cell", ["2024-3-1②", "2024①", "202403①"])
def test_a_footnote_mark_is_no_digit_of_a_day(cell: str) -> None:
    assert one(cell, "date") == "!unreadable_date"


@pytest.mark.parametrize(
    "cell", [None, "", "  ", "—", "/", "／", "--", "－", "…", "不详", "N/A", "无数据", math.nan]
)
@pytest.mark.parametrize("kind", ["integer", "number", "money", "date", "boolean", "code", "text", "choice"])
def test_words_for_nothing_are_blank_in_every_kind_of_column(cell: Value, kind: str) -> None:
    assert one(cell, kind, codes="cause" if kind == "choice" else None) is None


@pytest.mark.parametrize("cell", ["无", " 无 ", "“无”", "没有", "未编号", "待编", "暂无", "待定", "不详"])
def test_where_something_is_to_be_named_none_is_blank(cell: str) -> None:
    assert one(cell, "code") is None
    assert one(cell, "date") is None
    assert one(cell, "text", place="village") is None
    assert one(cell, "text", person=True) is None
    assert one(cell, "text", none_is_blank=True) is None


def test_none_is_an_answer_to_any_other_question_and_no_number() -> None:
    assert one("无", "boolean") is False
    assert one("无", "text") == "无"
    assert one("无", "text", person=True, none_is_blank=False) == "无"
    assert one("无", "money") == "!unreadable_number"
    assert one("无", "choice", codes="cause") == "!unknown_code"
    assert one("无忧村", "text", place="village") == "无忧村"


@pytest.mark.parametrize(
    ("cell", "unit", "fen"),
    [
        (1.005, "万元", 1005000),
        ("1.005", "万元", 1005000),
        (12.345678, "万元", 12345678),
        (0.1 + 0.2, "元", 30),
        (0.1 + 0.2, "万元", 300000),
        (605.02, "万元", 605020000),
        (123456.78, "亿元", 1234567800000000),
        ("3200元", "万元", 320000),
        ("0.32万元", "万元", 320000),
        (12345678901.23, "元", 1234567890123),
    ],
)
def test_money_is_exact_to_the_fen_in_every_unit_and_binary_noise_is_silent(
    cell: Value, unit: str, fen: int
) -> None:
    assert one(cell, "money", unit) == fen


@pytest.mark.parametrize(
    ("cell", "unit", "fen"),
    [
        (1.005, "元", 101),
        ("1.005", "元", 101),
        (2.675, "元", 268),
        (-1.005, "元", -101),
        (1.004, "元", 100),
        (1.1 * 1.05, "元", 116),
        (1.2345678, "万元", 1234568),
    ],
)
def test_a_true_third_decimal_is_rounded_half_up_from_the_decimal_text_and_said(
    cell: Value, unit: str, fen: int
) -> None:
    assert one(cell, "money", unit) == (fen, "third_decimal")


def test_the_unit_of_the_sheet_converts_within_a_dimension_only() -> None:
    assert one(1.2, "number", "公顷", own="亩") == pytest.approx(18)
    assert one(605.02, "integer", "万人", own="人") == 6050200
    assert one(12, "integer", "户", own="人") == 12
    assert one(1234.5678, "integer", "万户", own="户") == 12345678


def test_a_unit_of_another_dimension_is_a_mismatch() -> None:
    field = LedgerField.model_validate({"id": "x", "label": "x", "type": "integer", "in": "人"})

    assert [unit_mismatch(field, unit, vocabulary()) for unit in ("户", "人", "万人", None)] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("cell", "own", "value"),
    [("12.5%", "percent", 12.5), ("12.5％", "ratio", 0.125), (12.5, "percent", 12.5), ("8‰", "percent", 0.8)],
)
def test_percent_as_text_is_read_in_the_unit_of_the_field(cell: Value, own: str, value: float) -> None:
    assert one(cell, "number", own=own) == pytest.approx(value)


def test_a_count_is_whole() -> None:
    assert one("3户", "integer", own="户") == 3
    assert one(3.0, "integer") == 3
    assert one("3.0", "integer") == 3
    assert one(3.5, "integer") == "!not_whole"
    assert one("3人", "integer", own="户") == "!unreadable_number"


@pytest.mark.parametrize("cell", [2011, 2011.0, "2011", "2011年", "2011年度", "２０１１"])
def test_a_year_is_read_with_and_without_its_word(cell: Value) -> None:
    assert one(cell, "integer", own="年") == 2011


def test_columns_of_mixed_cells_read_as_cells_alone() -> None:
    reading = column([1, 2.5, "3", None, "x", True, "—"], "number")

    assert values(reading) == [1, 2.5, 3, None, None, None, None]
    assert reading.troubles == [(4, "unreadable_number", "x"), (5, "unreadable_number", "True")]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("440101", "440101"),
        (440101, "440101"),
        (440101.0, "440101"),
        ("440101.0", "440101"),
        ("001", "001"),
        (" 44 01 01\t", "440101"),
        ("'440101", "440101"),
        ('="001"', "001"),
        ("４４０１０１", "440101"),
        ("h01x", "H01X"),
        (999999999999999.0, "999999999999999"),
        ("13800000000.0", "13800000000"),
    ],
)
def test_an_identifier_is_text_however_it_was_stored(cell: Value, code: str) -> None:
    assert one(cell, "code") == code


@pytest.mark.parametrize("cell", [float(11010519491231002), "4.40524E+17", "4.40524e17", "1E+17", 1e17])
def test_an_identity_number_stored_as_a_number_is_damaged_and_not_repaired(cell: Value) -> None:
    assert one(cell, "code") == "!damaged_number"


def test_a_truth_value_is_no_identifier() -> None:
    assert one(True, "code") == "!unreadable_code"


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (dt.datetime(2020, 3, 5, 13, 45), (2020, 3, 5)),
        (dt.date(2020, 3, 5), (2020, 3, 5)),
        ("2020-03-05", (2020, 3, 5)),
        ("2020/3/5", (2020, 3, 5)),
        ("2020.3.5", (2020, 3, 5)),
        ("2020年3月5日", (2020, 3, 5)),
        ("2020年3月5号", (2020, 3, 5)),
        ("2020 年 3 月 5 号", (2020, 3, 5)),
        ("2020、3、5", (2020, 3, 5)),
        ("2020 、 3 、 5", (2020, 3, 5)),
        ("2020—3—5", (2020, 3, 5)),
        ("2020——03——05", (2020, 3, 5)),
        ("2020–3–5", (2020, 3, 5)),
        ("2020 3 5", (2020, 3, 5)),
        ("2020\u30003\u30005", (2020, 3, 5)),
        ("2020.03.05.", (2020, 3, 5)),
        ("2020年3月5日。", (2020, 3, 5)),
        ("2020.03.", (2020, 3, 1)),
        ("2020—3—5 10:00", (2020, 3, 5)),
        ("2020年3月5日 10:00", (2020, 3, 5)),
        ("2020 年 3 月 5 日", (2020, 3, 5)),
        ("２０２０年０３月", (2020, 3, 1)),
        ("2020年03月", (2020, 3, 1)),
        ("2020-3", (2020, 3, 1)),
        ("202304", (2023, 4, 1)),
        ("202304.0", (2023, 4, 1)),
        (202304, (2023, 4, 1)),
        ("19650101.0", (1965, 1, 1)),
        (19650101.0, (1965, 1, 1)),
        ("2020-03-05 00:00:00", (2020, 3, 5)),
        (43895, (2020, 3, 5)),
        (43895.5, (2020, 3, 5)),
        ("43895", (2020, 3, 5)),
    ],
)
def test_a_day_is_read_in_every_form_that_occurs(cell: Value, day: tuple[int, int, int]) -> None:
    assert one(cell, "date") == dt.datetime(*day)


@pytest.mark.parametrize(
    "cell",
    [
        *["2020-02-30", "202313", "3/5/2020", "20、3、5", "20 3 5", "20.3.5", "2020、2、30", "去年", "长期"],
        *[
            "2020年3—5月",
            "2020年3-5月",
            "2020年3、5月",
            "2020、3—5",
            "2020—2021",
            "2020 3",
            "2020年5号",
            "2020",
        ],
        *(2020, 2020.1, 0, -1, 1e9, True, dt.time(8)),
    ],
)
def test_what_is_no_day_is_said_and_a_year_is_no_day_of_1905(cell: Value) -> None:
    assert one(cell, "date") == "!unreadable_date"


def test_yes_and_no_have_many_words() -> None:
    yes: list[Value] = ["是", "√", "有", 1, 1.0, "Y", True]
    no: list[Value] = ["否", "×", "无", 0, "0", "N", False]

    assert [one(cell, "boolean") for cell in yes] == [True] * len(yes)
    assert [one(cell, "boolean") for cell in no] == [False] * len(no)
    assert one("也许", "boolean") == "!unreadable_yes_no"


def test_the_words_of_the_national_export_for_allowance_and_support_are_yes_and_no() -> None:
    """是否享受低保: 未享受, 农村低保, 城市低保. 是否特困供养人员: 不享受, 农村特困, 城市特困."""
    yes: list[Value] = ["农村低保", "城市低保", "农村特困", "城市特困"]

    assert [one(cell, "boolean") for cell in yes] == [True] * 4
    assert [one(cell, "boolean") for cell in ("未享受", "不享受")] == [False] * 2


@pytest.mark.parametrize("cell", ["因病", "illness", "疾病", " 因 病 ", 1, 1.0, "1"])
def test_a_choice_is_known_by_code_label_and_alias(cell: Value) -> None:
    assert one(cell, "choice", codes="cause") == "illness"


def test_an_unknown_choice_is_said_with_the_nearest() -> None:
    assert one("因病因", "choice", codes="cause") == "!unknown_code"
    assert suggestion("因病因", CAUSES) == "因病"


@pytest.mark.parametrize(
    "cell", ["因学,因病", "因病、因学", "因病；因学", "因学 因病", "因学，因病，因学", "2，1"]
)
def test_several_choices_in_any_order_are_one_value(cell: str) -> None:
    assert one(cell, "choices", codes="cause") == "illness,school"


def test_of_several_choices_the_known_ones_stay_and_the_unknown_is_said() -> None:
    assert one("因病,天灾", "choices", codes="cause") == ("illness", "unknown_code")


def test_a_label_with_a_separator_is_one_choice() -> None:
    listed = code_list("grade", a="A/B级", b="C级")
    field = LedgerField.model_validate({"id": "x", "label": "x", "type": "choices", "codes": "grade"})

    assert read_column(["A/B级"], field, None, vocabulary(), {"grade": listed}).values.tolist() == ["a"]


@pytest.mark.parametrize("cell", ["张 三", "张\u3000三", " 张三 "])
def test_a_name_has_no_inner_blanks(cell: str) -> None:
    assert one(cell, "text", person=True) == "张三"
    assert one(cell, "text", place="village") == "张三"


def test_names_keep_what_they_need() -> None:
    assert one("阿卜杜•艾合麦提", "text", person=True) == "阿卜杜·艾合麦提"
    assert one("John Smith", "text", person=True) == "John Smith"
    assert one("东 / 西村", "text", place="village") == "东-西村"
    assert one("路 长3公里", "text") == "路 长3公里"
    assert one(12.0, "text") == "12"


UNSEEN = ["\u200b", "\u200e", "\u202d", "\u202c", "\u2066", "\u2069", "\ufeff", "\u00ad", "\ufe0f"]


@pytest.mark.parametrize("mark", UNSEEN)
def test_a_mark_that_shows_nothing_is_no_part_of_a_value(mark: str) -> None:
    def marked(text: str) -> str:
        return f"{mark}{text[:1]}{mark}{text[1:]}{mark}"

    assert one(marked("11010519491231002x"), "code") == "11010519491231002X"
    assert one(marked("4.40524E+17"), "code") == "!damaged_number"
    assert one(marked("1,234.50"), "money") == 123450
    assert one(marked("(500)"), "money") == -50000
    assert one(marked("2020年3月5日"), "date") == dt.datetime(2020, 3, 5)
    assert one(marked("43895"), "date") == dt.datetime(2020, 3, 5)
    assert one(marked("张三"), "text", person=True) == "张三"
    assert one(marked("桥头村"), "text", place="village") == "桥头村"
    assert one(marked("路 长3公里"), "text") == "路 长3公里"
    assert one(marked("因病"), "choice", codes="cause") == "illness"
    assert one(marked("是"), "boolean") is True
    assert one(marked("—"), "code") is None
    assert one(mark, "text") is None


def test_reading_twice_gives_the_same() -> None:
    cells: list[Value] = ["1,234", "x", 1.005, None, "—"]

    first, second = column(cells, "money"), column(cells, "money")

    assert values(first) == values(second)
    assert first.troubles == second.troubles
