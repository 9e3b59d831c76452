"""Layers folded, rows merged, cells found: on drawn rows."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.ledger import COMPARED, HELD, fold, lacks, locate, merge, standing_by
from povplan.model import ENTITY, ROW, SOURCE, UNIT, Source
from tests.drawing import frame, ledger

HOUSEHOLD = ledger("household", "household", id="code", a="integer", b="integer")


@dataclass(frozen=True)
class Layer:
    form: str
    mode: str
    scope: tuple[str, ...]
    frame: pd.DataFrame


def rows(drawing: str, source: int = 1) -> pd.DataFrame:
    """Rows with marks from a drawing with `id`, `unit`, perhaps `held`, and fields."""
    drawn = frame(drawing, id="code", unit="text", held="boolean", a="integer", b="integer")
    marks = {
        ENTITY: drawn["id"],
        UNIT: drawn["unit"],
        SOURCE: pd.Series(source, index=drawn.index, dtype="Int64"),
        ROW: pd.Series(range(2, len(drawn) + 2), dtype="Int64"),
        HELD: drawn["held"].fillna(False).astype(bool) if "held" in drawn else False,
    }
    return drawn.drop(columns=["unit", "held"], errors="ignore").assign(**marks)


def layer(drawing: str, mode: str = "full", form: str = "f", source: int = 1) -> Layer:
    drawn = rows(drawing, source)
    return Layer(form, mode, tuple(drawn[UNIT].dropna().unique()), drawn)


def values(folded: pd.DataFrame, *fields: str) -> dict[str, list[int | None]]:
    return {
        line[ENTITY]: [None if pd.isna(line[name]) else line[name] for name in fields]
        for line in folded.to_dict("records")
    }


def test_full_replaces_its_villages_only_and_a_held_row_keeps_the_one_before() -> None:
    layers = [
        layer("id unit a b\nH1 甲 1 1\nH2 甲 2 2\nH3 乙 3 3"),
        layer("id unit a b held\nH1 甲 9 · 否\nH2 甲 8 8 是", source=2),
    ]

    folded = fold(layers, HOUSEHOLD, ["f"])

    assert values(folded.frame, "a", "b") == {"H1": [9, None], "H2": [2, 2], "H3": [3, 3]}
    assert values(folded.waiting, "a") == {"H2": [8]}
    assert folded.vanished.empty


def test_partial_replaces_what_it_fills_and_full_what_it_names() -> None:
    first = layer("id unit a b\nH1 甲 1 1\nH2 甲 2 2")
    second = "id unit a b\nH1 甲 · 7"

    partial = fold([first, layer(second, "partial")], HOUSEHOLD, ["f"])
    full = fold([first, layer(second, "full")], HOUSEHOLD, ["f"])

    assert values(partial.frame, "a", "b") == {"H1": [1, 7], "H2": [2, 2]}
    assert values(full.frame, "a", "b") == {"H1": [None, 7]}
    assert values(full.vanished, "a") == {"H2": [2]}


def test_the_form_that_owns_a_field_gives_it_whoever_came_last() -> None:
    own, other = (
        layer("id unit a\nH1 甲 1", form="own"),
        layer("id unit a b\nH1 甲 5 6", form="other", source=2),
    )

    for layers in ([own, other], [other, own]):
        assert values(fold(layers, HOUSEHOLD, ["own", "other"]).frame, "a", "b") == {"H1": [1, 6]}


def test_fields_of_another_form_are_kept_beside_to_be_compared() -> None:
    drawn = layer("id unit a\nH1 甲 1\nH2 甲 2")
    drawn.frame[COMPARED + "b"] = pd.array([5, None], "Int64")

    folded = fold([drawn], HOUSEHOLD, ["f"])

    assert COMPARED + "b" not in folded.frame
    assert folded.compared[COMPARED + "b"].tolist()[0] == 5


def test_what_a_layer_lacks_is_told_by_its_form_and_of_its_villages_only() -> None:
    layers = [
        layer("id unit a\nH1 甲 1\nH2 甲 2\nH3 乙 3"),
        layer("id unit b\nH1 甲 1\nH4 甲 4", form="g"),
        layer("id unit a\nH5 甲 5", mode="partial"),
    ]
    new = layer("id unit a held\nH1 甲 1 是")

    there, others = (standing_by(layers, form) for form in ("f", "g"))

    assert set(there[ENTITY]) == {"H1", "H2", "H3", "H5"}
    assert set(there.loc[lacks(there, new), ENTITY]) == {"H2", "H5"}
    assert set(others.loc[lacks(others, new), ENTITY]) == {"H4"}
    nobody = standing_by(layers, "h")
    assert not len(nobody) and not lacks(nobody, new).any()


def test_an_empty_ledger_has_its_columns_typed() -> None:
    empty = fold([], HOUSEHOLD, ["f"]).frame

    assert [str(dtype) for dtype in empty[["id", "a"]].dtypes] == ["string", "Int64"]


LINES = st.lists(
    st.tuples(st.sampled_from("12345"), st.sampled_from("甲乙"), st.sampled_from("·12")),
    min_size=1,
    max_size=5,
    unique_by=lambda line: line[0],
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(LINES, st.sampled_from(["full", "partial"])), min_size=1, max_size=4))
def test_the_last_layer_said_again_changes_nothing(
    said: list[tuple[list[tuple[str, str, str]], str]],
) -> None:
    layers = [
        layer("id unit a\n" + "\n".join(" ".join(line) for line in lines), mode, source=number)
        for number, (lines, mode) in enumerate(said)
    ]

    once, twice = (fold(given, HOUSEHOLD, ["f"]) for given in (layers, [*layers, layers[-1]]))

    assert values(once.frame, "a") == values(twice.frame, "a")
    assert set(once.vanished[ENTITY]) == set(twice.vanished[ENTITY])
    assert set(once.frame[ENTITY]).isdisjoint(once.vanished[ENTITY])


# ---- merging ---------------------------------------------------------------------------------------


def merged(*sheets: str) -> dict[str, list[str]]:
    """Which rows (`source!row`) were kept, laid over, dropped, held."""
    together = pd.concat([rows(sheet, number) for number, sheet in enumerate(sheets, 1)], ignore_index=True)
    found = merge(together, ["id", "a", "b"])
    held = found.frame[found.frame[HELD]]
    frames = {
        "kept": found.frame[~found.frame[HELD]],
        "more": pd.concat([found.frame.iloc[:0], *found.more]),
        "repeated": found.repeated,
        "held": held,
        "disagreeing": found.disagreeing,
    }
    return {
        name: [f"{s}!{r}" for s, r in zip(part[SOURCE], part[ROW], strict=True)]
        for name, part in frames.items()
        if len(part)
    }


@pytest.mark.parametrize(
    ("sheets", "found"),
    [
        (["id unit a b\nH1 甲 1 1", "id unit a b\nH2 甲 2 2"], {"kept": ["1!2", "2!2"]}),
        (["id unit a b\nH1 甲 1 1", "id unit a b\nH1 甲 1 1"], {"kept": ["1!2"], "repeated": ["2!2"]}),
        (["id unit a b\nH1 甲 1 ·", "id unit a b\nH1 甲 · 2"], {"kept": ["1!2"], "more": ["2!2"]}),
        (["id unit a b\nH1 甲 1 1", "id unit a b\nH1 甲 · 1"], {"kept": ["1!2"], "repeated": ["2!2"]}),
        (
            ["id unit a b\nH1 甲 1 1", "id unit a b\nH1 甲 2 1"],
            {"held": ["1!2"], "disagreeing": ["1!2", "2!2"]},
        ),
        (["id unit a b\nH1 甲 1 ·\nH1 甲 · 2"], {"held": ["1!2"], "disagreeing": ["1!2", "1!3"]}),
        (["id unit a b\nH1 甲 1 2\nH1 甲 1 2"], {"kept": ["1!2"], "repeated": ["1!3"]}),
        (["id unit a b\nH1 甲 1 2\nH1 乙 1 2"], {"held": ["1!2"], "disagreeing": ["1!2", "1!3"]}),
        (
            ["id unit a b\nH1 甲 1 2", "id unit a b\nH1 乙 1 2"],
            {"held": ["1!2"], "disagreeing": ["1!2", "2!2"]},
        ),
        (["id unit a b\nH1 甲 1 2", "id unit a b\nH1 · 1 2"], {"kept": ["1!2"], "repeated": ["2!2"]}),
    ],
)
def test_rows_of_one_key(sheets: list[str], found: dict[str, list[str]]) -> None:
    assert merged(*sheets) == found


# ---- cells -----------------------------------------------------------------------------------------

SOURCES = {
    number: Source(number, "", f"{number}.xlsx", "表", "f", "household", {"a": 3, "b": 4})
    for number in (1, 2, 3)
}


def cells(layers: list[Layer], *wanted: str) -> list[str]:
    """`H1.a` → `source!row` of its present value."""
    folded = fold(layers, HOUSEHOLD, ["f"])
    names = [one.split(".") for one in wanted]
    entities, fields = (pd.Series([name[k] for name in names], dtype="string") for k in (0, 1))
    found = locate(folded, entities, fields, SOURCES)
    return [f"{s}!{r}" for s, r in zip(found[SOURCE], found[ROW], strict=True)]


def test_a_value_stands_in_the_last_cell_that_gave_it() -> None:
    first = layer("id unit a b\nH1 甲 1 1\nH2 甲 2 2")
    partial = layer("id unit a b\nH2 甲 · 7", "partial", source=2)

    assert cells([first, partial], "H1.a", "H2.a", "H2.b") == ["1!2", "1!3", "2!2"]


def test_a_held_row_gave_nothing_and_a_full_row_took_what_it_leaves_blank() -> None:
    first = layer("id unit a b\nH1 甲 1 1\nH2 甲 2 2")
    second = layer("id unit a b held\nH1 甲 5 5 是\nH2 甲 · 2 否", source=2)

    assert cells([first, second], "H1.a", "H2.a", "H2.b") == ["1!2", "2!3", "2!3"]


def test_what_no_cell_gave_has_no_place() -> None:
    assert cells([layer("id unit a\nH1 甲 1")], "H1.id", "H9.a") == ["<NA>!<NA>", "<NA>!<NA>"]
