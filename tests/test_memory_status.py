"""What becomes of findings over batches, on drawn findings."""

from __future__ import annotations

import pandas as pd

from povplan.memory import STATUS, WAS, compared, known
from povplan.model import FINDING_COLUMNS
from tests.drawing import frame


def found(drawing: str) -> pd.DataFrame:
    """Findings from a drawing with `entity` and `digest`, all of one rule, ledger, year and field."""
    drawn = frame(drawing, entity="text", digest="text")
    blank = {name: pd.Series(pd.NA, drawn.index, "string") for name in FINDING_COLUMNS if name not in drawn}
    same = {"rule": "H1", "ledger": "household", "field": "income"}
    return (
        drawn.assign(**blank)
        .assign(**same, year=pd.Series(2024, drawn.index, "Int64"))
        .astype({"rule": "string"})
    )


NONE = "entity digest"


def batches(*drawings: str) -> list[dict[str, str]]:
    """entity:digest → status, batch by batch, each compared with what the one before kept."""
    stored = known(found(NONE).assign(**{STATUS: pd.Series(dtype="string")}))
    told = []
    for drawing in drawings:
        now, closed = compared(found(drawing), stored)
        stored = pd.concat([now, closed], ignore_index=True)
        gone = closed[closed[WAS] != "fixed"]
        lines = pd.concat([now, gone], ignore_index=True)
        told.append(
            {f"{e}:{d}": s for e, d, s in zip(lines["entity"], lines["digest"], lines[STATUS], strict=True)}
        )
    return told


def test_a_finding_is_new_persists_is_fixed_once_and_comes_back_reopened() -> None:
    one = "entity digest\na 1"

    assert batches(one, one, NONE, NONE, one, one) == [
        {"a:1": "new"},
        {"a:1": "persisting"},
        {"a:1": "fixed"},
        {},
        {"a:1": "reopened"},
        {"a:1": "persisting"},
    ]


def test_what_was_right_and_is_wrong_with_another_value_is_reopened() -> None:
    assert batches("entity digest\na 1", NONE, "entity digest\na 2") == [
        {"a:1": "new"},
        {"a:1": "fixed"},
        {"a:2": "reopened"},
    ]


def test_a_wrong_value_changed_into_another_wrong_one_is_new_and_was_never_right() -> None:
    assert batches(
        "entity digest\na 1", "entity digest\na 2", "entity digest\na 3", "entity digest\na 1"
    ) == [
        {"a:1": "new"},
        {"a:1": "fixed", "a:2": "new"},
        {"a:2": "fixed", "a:3": "new"},
        {"a:3": "fixed", "a:1": "new"},
    ]


def test_findings_of_whole_sheets_are_the_same_only_with_the_same_words() -> None:
    assert batches("entity digest\n· 1", NONE, "entity digest\n· 2\n· 1")[2] == {
        "<NA>:2": "new",
        "<NA>:1": "reopened",
    }


def test_a_whole_sheet_comes_back_reopened_though_another_waits_all_the_time() -> None:
    assert batches("entity digest\n· 1\n· 2", "entity digest\n· 2", "entity digest\n· 1\n· 2")[1:] == [
        {"<NA>:2": "persisting", "<NA>:1": "fixed"},
        {"<NA>:1": "reopened", "<NA>:2": "persisting"},
    ]
    assert batches("entity digest\n· 1", "entity digest\n· 2", "entity digest\n· 1")[2] == {
        "<NA>:2": "fixed",
        "<NA>:1": "new",
    }
