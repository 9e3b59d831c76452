"""Tables on a terminal: numbers stay whole whatever its width, text folds, wide tables come in pieces."""

from __future__ import annotations

import pandas as pd
import pytest
from rich.cells import cell_len

from povplan.cli import fitting
from povplan.cli.fitting import print_table

HEADINGS = ["单位", "范围", "专项资金", "其他资金", "合计", "其他÷专项", "合计÷专项", "说明"]
ROWS = [
    [
        "清河县/东岭镇",
        "有专项的村项目",
        "2,265,700.00",
        "986,360.00",
        "3,252,060.00",
        "0.4353",
        "1.4353",
        "",
    ],
    ["清河县/西坪镇", "全部", "−827,200.00", "1,365,302.00", "2,192,502.00", "+165.05%", "", "没有专项资金"],
]
FRAME = pd.DataFrame(ROWS, dtype=object)


def printed(
    frame: pd.DataFrame, headings: list[str], width: int, title: str, patch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> list[str]:  # fmt: skip
    patch.setattr(fitting, "screen_width", lambda: width)
    print_table(frame, headings, title)
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("width", [44, 60, 80, 120, 200])
def test_no_number_is_broken_and_no_line_is_wider_than_the_screen(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(FRAME, HEADINGS, width, "", monkeypatch, capsys)

    words = [word for line in lines for word in line.split()]
    assert max(map(cell_len, lines)) <= width
    assert [n for row in ROWS for n in row[2:7] if n and words.count(n) != 1] == []


def test_a_table_that_fits_is_printed_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.DataFrame([["东岭镇", "1,234.50"], ["西坪镇", None]], dtype=object)

    assert printed(frame, ["单位", "数"], 80, "资金", monkeypatch, capsys) == [
        "资金",
        "单位          数",
        "东岭镇  1,234.50",
        "西坪镇",
    ]


def test_text_folds_before_the_columns_are_parted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.DataFrame([["东岭镇", "投工投劳折资在内", "1,234.50"]], dtype=object)

    assert printed(frame, ["单位", "说明", "数"], 30, "", monkeypatch, capsys) == [
        "单位    说明                数",
        "东岭镇  投工投劳折资  1,234.50",
        "        在内",
    ]


def test_each_piece_names_the_lines_and_the_title_stands_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.DataFrame([["东岭镇", "1,234,567.50", "2,345,678.50"]], dtype=object)

    assert printed(frame, ["单位", "上年", "本年"], 26, "资金", monkeypatch, capsys) == [
        "资金",
        "单位            上年",
        "东岭镇  1,234,567.50",
        "",
        "单位            本年",
        "东岭镇  2,345,678.50",
    ]


def test_a_piece_in_which_nothing_stands_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = FRAME.assign(**{"7": ""})[[0, 2, 3, "7"]]

    lines = printed(blank, ["单位", "专项资金", "其他资金", "没有写的说明"], 44, "", monkeypatch, capsys)

    assert [line.split()[0] for line in lines] == ["单位", "清河县/东岭镇", "清河县/西坪镇"]


def test_a_number_wider_than_the_screen_is_printed_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.DataFrame([["东岭镇", "1,234,567,890.50"]], dtype=object)

    lines = printed(frame, ["单位", "数"], 12, "", monkeypatch, capsys)

    assert "1,234,567,890.50" in lines[1]


@pytest.mark.parametrize(
    ("heading", "room", "told"),
    [
        ("同口径两年都报的单位数", 14, "同口径两年都\n报的单位数"),
        ("households in all", 14, "households\nin all"),
        ("unprecedentedly", 6, "unprec\nedente\ndly"),
        ("年份", 14, "年份"),
    ],
)
def test_a_long_heading_is_broken_evenly(heading: str, room: int, told: str) -> None:
    assert fitting._broken(heading, room) == told
