"""Amendments over drawn ledgers: where the old value stands, the new one counts."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest

from povplan.config import load_config
from povplan.jobs.standing import Loaded
from povplan.ledger import HELD, Folded, fold, locate
from povplan.memory.amendments import Amended, amend, proposals
from povplan.model import ENTITY, ROW, SOURCE, UNIT, Source
from povplan.reading.lines import Definitions
from povplan.spec import Ledger
from povplan.words import Vocabulary
from tests.drawing import code_list, frame

HOUSE = Ledger.model_validate(
    {
        "ledger": "house",
        "label": {"zh": "户台账", "en": "Houses"},
        "level": "household",
        "key": [["id"], ["card"]],
        "fields": [
            {"id": "id", "label": "户编号", "type": "code"},
            {"id": "card", "label": "证件号码", "type": "code", "person": True},
            {"id": "name", "label": "户主姓名", "type": "text", "person": True},
            {"id": "village", "label": "村", "type": "text", "place": "village"},
            {"id": "persons", "label": "人口数", "aliases": ["家庭人口"], "type": "integer"},
            {"id": "income", "label": "纯收入", "type": "money", "in": "元"},
            {"id": "since", "label": "识别日期", "type": "date"},
            {"id": "state", "label": "状态", "type": "choice", "codes": "state"},
        ],
    }
)


@cache
def definitions() -> Definitions:
    shipped = load_config("default")
    states = code_list("state", poor="贫困", rich="脱贫")
    vocabulary = Vocabulary(shipped.measurement, shipped.words)
    return Definitions({"house": HOUSE}, {"state": states}, vocabulary)


def houses() -> Folded:
    drawn = frame(
        """
        id  card  name  village  persons  income  since       state
        H1  C1    张三   甲村      3        8000    2020-05-01  poor
        H2  ·     李四   甲村      ·        100.5   ·           rich
        ·   C3    王五   乙村      2        ·       2021-01-01  poor
        """,
        id="code", card="code", name="text", village="text", income="money", since="date", state="choice",
    )  # fmt: skip
    marks: dict[str, Any] = {
        ENTITY: pd.Series(["H1", "H2", "C3"], dtype="string"),
        UNIT: pd.Series(["县/乡/甲村", "县/乡/甲村", "县/乡/乙村"], dtype="string"),
        SOURCE: pd.Series([1, 1, 1], dtype="Int64"),
        ROW: pd.Series([2, 3, 4], dtype="Int64"),
        HELD: False,
    }
    return fold([Loaded("house", "full", (), drawn.assign(**marks))], HOUSE, ["house"])


def register(drawing: str) -> pd.DataFrame:
    """Rows of the register; row n stands in sheet row n + 1 of source 9."""
    text = dict.fromkeys(("target", "object", "field", "old", "new"), "text")
    drawn = frame(drawing, **text, registered_on="date")  # type: ignore[arg-type]
    rows = pd.Series(range(2, len(drawn) + 2), dtype="Int64")
    entity = pd.Series([f"A{n}" for n in rows], dtype="string")
    unit = pd.Series(pd.NA, drawn.index, "string")
    dated = drawn if "registered_on" in drawn else drawn.assign(registered_on=pd.Series(pd.NaT, drawn.index))
    marks: dict[str, Any] = {ENTITY: entity, UNIT: unit, SOURCE: 9, ROW: rows}
    return dated.assign(**marks)


def amended(drawing: str) -> Amended:
    given = proposals(register(drawing), 2024, definitions())
    assert not given.remarks
    return amend(houses(), HOUSE, given.of("house"), definitions())


def told(done: Amended) -> list[tuple[str, int, str | None]]:
    return [(one.rule, int(one.row[ROW]), one.field) for one in done.remarks]


@pytest.mark.parametrize(
    ("field", "old", "new", "id_", "value"),
    [
        ("人口数", "3", "4", "persons", 4),
        ("家庭人口", "3人", "４", "persons", 4),
        ("income", "0.8万元", "8,500.50", "income", 850050),
        ("纯收入", "8000.00", "1万元", "income", 1000000),
        ("识别日期", "2020年5月1日", "20200601", "since", pd.Timestamp("2020-06-01")),
        ("状态", "贫困", "rich", "state", "rich"),
        ("户主姓名", "张三", "张叁", "name", "张叁"),
    ],
)
def test_a_value_is_amended_however_it_is_written(
    field: str, old: str, new: str, id_: str, value: object
) -> None:
    done = amended(f"target object field old new\n户台账 h1 {field} {old} {new}")

    assert told(done) == []
    assert done.folded.frame[id_].tolist()[0] == value
    assert done.folded.frame[id_].isna().tolist()[1:] == houses().frame[id_].isna().tolist()[1:]
    assert houses().frame[id_].tolist()[0] != value


def test_an_amended_value_stands_in_the_register_and_all_others_where_they_stood() -> None:
    done = amended("target object field old new\n户台账 H1 人口数 3 4")
    sources = {
        1: Source(1, "", "a.xlsx", "户", "house", "house", {"persons": 5, "income": 6}),
        9: Source(9, "", "更正.xlsx", "表", "amendment", "amendment", {"old": 5, "new": 6}),
    }
    asked = pd.DataFrame(
        {"entity": ["H1", "H1", "C3"], "field": ["persons", "income", "persons"]}, dtype="string"
    )

    cells = locate(done.folded, asked["entity"], asked["field"], sources)

    assert cells.to_numpy().tolist() == [[9, 2, 6], [1, 2, 6], [1, 4, 5]]


def test_a_blank_is_filled_only_where_it_is_blank() -> None:
    done = amended("target object field old new\n户台账 H2 人口数 · 5\n户台账 H1 人口数 · 5")

    assert done.folded.frame["persons"].tolist() == [3, 5, 2]
    assert told(done) == [("amendment_lost", 3, "old")]
    assert done.remarks[0].said.zh == "人口数要由 空 改为 5，但台账现为 3，没有更正"


def test_what_already_holds_the_new_value_needs_nothing() -> None:
    done = amended("target object field old new\n户台账 H1 人口数 9 3")

    assert told(done) == []
    assert done.folded.amended is not None
    assert done.folded.amended.empty


def test_amendments_of_one_cell_apply_by_date_then_row() -> None:
    done = amended(
        """
        target object field  old new registered_on
        户台账   H1     人口数   4   5   2024-06-02
        户台账   H1     人口数   3   4   2024-06-01
        户台账   H1     人口数   5   6   2024-06-02
        """
    )

    assert told(done) == []
    assert done.folded.frame["persons"].tolist()[0] == 6


def test_two_amendments_of_the_same_value_contradict_each_other_and_the_first_counts() -> None:
    done = amended(
        """
        target object field  old new registered_on
        户台账   H1     人口数   3   4   2024-06-01
        户台账   H1     人口数   3   5   2024-06-02
        """
    )

    assert done.folded.frame["persons"].tolist()[0] == 4
    assert told(done) == [("amendment_contradicts", 3, "old")]


def test_an_amendment_entered_again_with_the_right_old_value_settles_the_first() -> None:
    done = amended("target object field old new\n户台账 H1 人口数 2 5\n户台账 H1 人口数 3 5")

    assert told(done) == []
    assert done.folded.frame["persons"].tolist()[0] == 5


def test_what_cannot_be_amended_is_said_at_its_cell() -> None:
    done = amended(
        """
        target object field    old new
        户台账   H9     人口数     3   4
        户台账   H1     户编号     H1  H7
        户台账   H1     村        甲村 乙村
        户台账   H1     人口      3   4
        户台账   H1     人口数     3   若干
        户台账   C3     证件号码   C3  C4
        户台账   H1     证件号码   C1  C4
        """
    )

    assert told(done) == [
        ("amendment_unknown", 2, "object"),
        ("amendment_key", 3, "field"),
        ("amendment_key", 4, "field"),
        ("amendment_unknown", 5, "field"),
        ("amendment_unreadable", 6, "new"),
        ("amendment_key", 7, "field"),
    ]
    assert "人口数" in done.remarks[3].hint.zh
    assert done.folded.frame["card"].tolist() == ["C4", pd.NA, "C3"]


def test_a_person_is_not_named_by_what_is_said_of_an_amendment() -> None:
    done = amended("target object field old new\n户台账 H1 户主姓名 赵六 钱七")

    words = f"{done.remarks[0].said}{done.remarks[0].hint}"
    assert not {"赵六", "钱七", "张三"} & {name for name in ("赵六", "钱七", "张三") if name in words}


def test_a_ledger_that_is_not_known_is_said_with_the_nearest() -> None:
    given = proposals(register("target object field old new\n户太账 H1 人口数 3 4"), 2024, definitions())

    assert [(one.rule, one.field) for one in given.remarks] == [("amendment_unknown", "target")]
    assert "户台账" in given.remarks[0].hint.zh
