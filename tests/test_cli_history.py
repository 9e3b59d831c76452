"""What the ledger went through can be listed, compared cell by cell, and taken back."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from povplan.jobs import history
from povplan.jobs.checking import check_years
from povplan.jobs.differing import changes
from povplan.jobs.gathering import Gathered
from povplan.jobs.standing import Standing
from povplan.ledger import HELD
from povplan.messages import Said, say
from povplan.model import ENTITY, ROW, SOURCE, UNIT, Source
from povplan.store import Part, Store
from povplan.workspace import Workspace
from tests.batches import draft
from tests.commands import Terminal, commit, part, workspace

A, B = "桥县/河镇/桥头村", "桥县/河镇/河口村"


@pytest.fixture
def at(tmp_path: Path) -> Workspace:
    return workspace(tmp_path)


def home(entity: str, unit: str = A, **values: object) -> dict[str, object]:
    return {"entity": entity, "unit": unit, "household_id": entity, **values}


def two_batches(at: Workspace) -> None:
    commit(
        at,
        part(
            at, "household", 2024, 1,
            [
                home("h1", persons=3, income=100_00, head="甲", since="2020-01-02"),
                home("h2", persons=2, income=None, head="乙"),
                home("h3", persons=5, income=7_00, head="丙"),
            ],
        ),
    )  # fmt: skip
    commit(
        at,
        part(
            at, "household", 2024, 2,
            [
                home("h1", persons=4, income=100_50, head="丁", since="2020-03-04"),
                home("h3", persons=None, income=7_00, head="丙"),
                home("h4", persons=1, income=8_00, head="戊"),
                home("h2", persons=2, income=9_00, head="乙"),
            ],
        ),
    )  # fmt: skip


# ---- log -------------------------------------------------------------------------------------------


def test_log_of_an_empty_ledger_says_what_to_type(at: Workspace, typed: Terminal) -> None:
    answer = typed("log", "-w", at.root)

    assert (answer.code, answer.out) == (0, "")
    assert answer.err == f"台账还是空的，没有批次。先入库：povplan update -w {at.root} --year 年份 文件…\n"
    assert not (at.root / "ledger").exists()


def test_log_lists_batches_newest_last_with_what_undid_them(at: Workspace, typed: Terminal) -> None:
    two_batches(at)
    typed("rollback", 1, "--reason", "试", "-w", at.root)

    answer = typed("log", "-w", at.root, "--format", "json")

    batches = answer.json["batches"]
    assert [(one["batch"], one["kind"], one["undoes"], one["undone_by"]) for one in batches] == [
        (1, "update", None, 3),
        (2, "update", None, None),
        (3, "rollback", 1, None),
        (4, "recheck", None, None),
    ]
    assert batches[2]["note"] == "试"
    assert batches[0]["inputs"][0]["name"] == "s1.xlsx"
    assert batches[0]["years"] == [2024]


def test_log_as_a_table_and_as_csv_name_the_same_batches(at: Workspace, typed: Terminal) -> None:
    two_batches(at)

    table, csv = typed("log", "-w", at.root), typed("log", "-w", at.root, "--format", "csv")

    assert table.out.splitlines()[0].split() == [
        "批次", "类别", "时间", "经办", "文件", "年度", "入库行", "撤销", "被撤销于", "说明"
    ]  # fmt: skip
    read = pd.read_csv(io.StringIO(csv.out.lstrip("\ufeff")))
    assert read["批次"].tolist() == [1, 2]
    assert read["文件"].tolist() == ["s1.xlsx", "s2.xlsx"]
    assert read["入库行"].tolist() == [3, 4]


# ---- diff ------------------------------------------------------------------------------------------


def test_diff_tells_every_changed_cell_and_where_it_stands(at: Workspace, typed: Terminal) -> None:
    two_batches(at)

    answer = typed("diff", 1, "-w", at.root, "--format", "json")

    assert answer.code == 0
    name = {entity: at.pseudonym(entity) for entity in ("h1", "h2", "h3", "h4")}
    told = [
        (one["entity"], one["field"], one["old"], one["new"], one["kind"], one["file"], one["cell"])
        for one in answer.json["changes"]
    ]
    assert told == [
        (name["h1"], "head", "***", "***", "changed", "s2.xlsx", "D2"),
        (name["h1"], "persons", 3, 4, "changed", "s2.xlsx", "B2"),
        (name["h1"], "income", 100.0, 100.5, "changed", "s2.xlsx", "C2"),
        (name["h1"], "since", "2020-01-02", "2020-03-04", "changed", "s2.xlsx", "E2"),
        (name["h3"], "persons", 5, None, "cleared", "s2.xlsx", "B3"),
        (name["h4"], None, None, None, "entered", "s2.xlsx", "4"),
        (name["h2"], "income", None, 9.0, "filled", "s2.xlsx", "C5"),
    ]
    assert (answer.json["from"], answer.json["to"]) == (1, 2)
    assert answer.json["counts"] == {"changed": 4, "filled": 1, "cleared": 1, "entered": 1, "left": 0}


def test_diff_backward_swaps_old_and_new(at: Workspace, typed: Terminal) -> None:
    two_batches(at)

    answer = typed("diff", 2, 1, "-w", at.root, "--format", "json")

    assert answer.json["counts"] == {"changed": 4, "filled": 1, "cleared": 1, "entered": 0, "left": 1}
    left = answer.json["changes"][-1]
    assert (left["entity"], left["kind"], left["file"], left["cell"]) == (
        at.pseudonym("h4"), "left", "s2.xlsx", "4"
    )  # fmt: skip


def test_diff_shows_no_person_in_any_format(at: Workspace, typed: Terminal) -> None:
    two_batches(at)

    for format in ("table", "csv", "json"):
        answer = typed("diff", 1, "-w", at.root, "--format", format)
        assert not any(name in answer.out + answer.err for name in ("甲", "丁", "h1", "h4"))


def test_diff_as_a_table_speaks_in_labels(at: Workspace, typed: Terminal) -> None:
    commit(
        at, part(at, "village", 2023, 1, [{"entity": A, "unit": A, "township": "河镇", "village": "桥头村"}])
    )
    commit(
        at, part(at, "village", 2023, 2, [{"entity": A, "unit": A, "township": "河镇", "village": "河口村"}])
    )

    zh, en = typed("diff", 1, "-w", at.root), typed("diff", 1, "now", "-w", at.root, lang="en")

    assert zh.out.split() == [
        "台账", "年份", "单位", "对象", "字段", "原值", "新值", "类别", "文件", "单元格",
        "村表", "2023", A, "行政村", "桥头村", "河口村", "改动", "s2.xlsx", "表1!B2",
    ]  # fmt: skip
    assert zh.err == "第 1 批 → 第 2 批：改动 1\n"
    assert en.err == "Batch 1 → batch 2: changed 1\n"


def test_diff_of_one_year_leaves_the_others_out(at: Workspace, typed: Terminal) -> None:
    commit(at, part(at, "household", 2022, 1, [home("h1", persons=1)]))
    commit(
        at,
        part(at, "household", 2022, 2, [home("h1", persons=2)]),
        part(at, "household", 2023, 3, [home("h1", persons=2)]),
    )

    answer = typed("diff", 1, "-w", at.root, "--format", "json", "--year", 2023)

    assert [(one["year"], one["kind"]) for one in answer.json["changes"]] == [(2023, "entered")]


def test_equal_states_differ_in_nothing(at: Workspace, typed: Terminal) -> None:
    two_batches(at)

    answer = typed("diff", "2", "now", "-w", at.root)

    assert (answer.code, answer.out) == (0, "")
    assert answer.err == "第 2 批与第 2 批之间，台账内容没有变化。\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("9", "没有第 9 批。现有批次：1 至 2，用 povplan log -w {w} 查看。\n"),
        (
            "昨天",
            "“昨天”不是批次，也不是标签。请写批次号、标签或 now；"
            "批次见 povplan log -w {w}，标签见 povplan tag -w {w}\n",
        ),
    ],
)
def test_an_unknown_batch_is_one_sentence(
    at: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch, given: str, said: str
) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")
    two_batches(at)

    answer = typed("diff", given, "-w", at.root)

    assert (answer.code, answer.out, answer.err) == (2, "", said.format(w=at.root))


def test_a_row_that_waits_gives_no_cell(at: Workspace) -> None:
    """The newest sheet has the household, but held: the value still comes from the one before."""
    commit(at, part(at, "household", 2024, 1, [home("h1", persons=1)]))
    commit(at, part(at, "household", 2024, 2, [home("h1", persons=2)]))
    commit(at, part(at, "household", 2024, 3, [home("h1", persons=3, held=True)]))

    frame = changes(Standing(at, at.config, at.store, 1), Standing(at, at.config, at.store, 3))

    assert frame[["old", "new", "file"]].values.tolist() == [[1, 2, "s2.xlsx"]]


def test_a_ledger_the_definitions_no_longer_know_is_said(at: Workspace, typed: Terminal) -> None:
    two_batches(at)
    path = at.root / "configs" / "profiles" / "small" / "profile.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(", household", ""), encoding="utf-8")

    answer = typed("diff", 1, "-w", at.root)

    assert answer.code == 0
    assert answer.err.startswith("台账“household”已不在现行定义中，其变化没有列出。")


def test_fifty_thousand_households_compare_within_seconds(at: Workspace) -> None:
    fields = "".join(
        f"\n  - {{id: f{n}, label: 栏{n}, type: integer, in: 人, kind: stock}}" for n in range(56)
    )
    path = at.root / "configs" / "profiles" / "small" / "ledgers" / "household.yaml"
    text = path.read_text(encoding="utf-8").replace("\nrules:", fields + "\nrules:")
    path.write_text(text, encoding="utf-8")
    size, draws = 50_000, np.random.default_rng(1)
    rows = pd.DataFrame({f"f{n}": draws.integers(1, 9, size) for n in range(56)}).astype("Int64")
    many(at, rows, source=1)
    many(at, rows.assign(f3=rows["f3"] + (draws.random(size) < 0.01)), source=2)
    before, after = (Standing(at, at.config, at.store, number) for number in (1, 2))
    for standing in (before, after):
        standing.folded("household", 2024)

    start = time.perf_counter()
    found = changes(before, after)

    assert 400 < len(found) < 600
    assert time.perf_counter() - start < 3


def many(at: Workspace, rows: pd.DataFrame, source: int) -> None:
    """Commit as many households as there are rows, without checking them."""
    marks: dict[str, Any] = {
        ENTITY: rows.index.map("h{}".format),
        UNIT: A,
        SOURCE: source,
        ROW: 2,
        HELD: False,
    }
    types = {ENTITY: "string", UNIT: "string", SOURCE: "Int64", ROW: "Int64"}
    layer = Part("household", 2024, "household", "full", (A,), rows.assign(**marks).astype(types))
    sheet = Source(source, "ab" * 32, f"s{source}.xlsx", "表1", "household", "household", {"f3": 4})
    whole = replace(draft(layer), sources=(sheet,))
    at.store.commit(whole)


# ---- rollback --------------------------------------------------------------------------------------


def test_a_rollback_needs_a_reason(at: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")
    two_batches(at)

    answer = typed("rollback", 2, "-w", at.root)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f'撤销要说明理由，以备查考：povplan rollback -w {at.root} 2 --reason "报错年份"\n'
    assert len(at.store.batches()) == 2


def test_a_dry_run_says_what_would_change_and_writes_nothing(at: Workspace, typed: Terminal) -> None:
    two_batches(at)

    answer = typed("rollback", 2, "--reason", "试", "--dry-run", "-w", at.root)

    assert answer.code == 0
    assert "撤销第 2 批，台账将有这些变化：改动 4，补填 1，清空 1，减少行 1。未写入" in answer.err
    assert len(at.store.batches()) == 2


def test_a_rollback_restores_rows_and_is_recorded(at: Workspace, typed: Terminal) -> None:
    two_batches(at)
    first = Standing(at, at.config, at.store, 1).folded("household", 2024).frame

    answer = typed("rollback", 2, "--reason", "报错年份", "-w", at.root)

    assert answer.code == 0
    assert answer.err.splitlines() == [
        "已撤销第 2 批（记为第 3 批），并重新核对（第 4 批）：改动 4，补填 1，清空 1，减少行 1",
        f"原来的报表没有重写。看改了什么：povplan diff -w {at.root} 2　　"
        f"恢复第 2 批：povplan rollback -w {at.root} 3 --reason 理由",
    ]
    pd.testing.assert_frame_equal(Standing(at, at.config, at.store).folded("household", 2024).frame, first)
    assert [(b.kind, b.undoes, b.note) for b in at.store.batches()[2:]] == [
        ("rollback", 2, "报错年份"),
        ("recheck", None, "撤销第 2 批后重新核对"),
    ]


def test_taking_a_rollback_back_brings_the_batch_back(at: Workspace, typed: Terminal) -> None:
    two_batches(at)
    second = Standing(at, at.config, at.store, 2).folded("household", 2024).frame
    typed("rollback", 2, "--reason", "一", "-w", at.root)

    answer = typed("rollback", 3, "--reason", "二", "-w", at.root)

    assert answer.code == 0
    pd.testing.assert_frame_equal(Standing(at, at.config, at.store).folded("household", 2024).frame, second)


def test_what_is_already_undone_is_not_undone_twice(
    at: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")
    two_batches(at)
    typed("rollback", 2, "--reason", "一", "-w", at.root)

    for dry in ([], ["--dry-run"]):
        answer = typed("rollback", 2, "--reason", "二", "-w", at.root, *dry)
        assert answer.code == 2
        assert answer.err.startswith("第 2 批已被第 3 批撤销。")
    assert len(at.store.batches()) == 4


def test_rolling_everything_back_leaves_an_empty_ledger_without_findings(
    at: Workspace, typed: Terminal
) -> None:
    commit(
        at,
        part(at, "household", 2024, 1, [home("h1", persons=0)]),
        unreadable=[("household", "h1", A, 1)],
    )
    assert len(at.store.findings(1))

    answer = typed("rollback", 1, "--reason", "试", "-w", at.root)

    assert answer.code == 0
    assert Standing(at, at.config, at.store).years == []
    assert at.store.findings(3).empty


def test_after_a_rollback_the_findings_are_those_of_what_remains(at: Workspace) -> None:
    """The middle batch goes; what its sheet could not read goes with it, the first sheet's comes back."""
    one = part(at, "household", 2024, 1, [home("h1", persons=0)])
    three = part(at, "household", 2024, 3, [home("h9", B, persons=0)])
    commit(at, one, unreadable=[("household", "h1", A, 1)])
    commit(
        at, part(at, "household", 2024, 2, [home("h1", persons=2)]), unreadable=[("household", "h1", A, 2)]
    )
    commit(at, three, unreadable=[("household", "h9", B, 3)])

    done = history.rollback(at, 2, "试")

    assert done.recheck is not None
    found = at.store.findings(done.recheck.id)
    read = found[found["rule"] == "unreadable_number"]
    assert sorted(zip(read["entity"], read["source"], strict=True)) == [("h1", 1), ("h9", 3)]
    ranged = found[found["rule"] == "range"]
    assert sorted(zip(ranged["entity"], ranged["source"], strict=True)) == [("h1", 1), ("h9", 3)]


def test_what_holds_a_row_back_is_known_again_when_the_row_waits_again(at: Workspace) -> None:
    """The sheet of the first batch waits; the second replaces it, and is taken back."""
    path = at.root / "configs" / "profiles" / "small" / "ledgers" / "household.yaml"
    text = path.read_text(encoding="utf-8")
    held = "    effect: hold\n    check: income"
    path.write_text(text.replace("    check: income", held), encoding="utf-8")
    fresh = Workspace(at.root)
    rich = home("h1", persons=1, income=99_999_999_00)
    first = part(fresh, "household", 2015, 1, [home("h0", persons=1), {**rich, "held": True}])
    update(fresh, first, holding=[rich])
    assert "X1" in set(fresh.store.findings(1)["rule"])
    commit(fresh, part(fresh, "household", 2015, 2, [home("h0", persons=1), home("h1", persons=1, income=1)]))
    settled = fresh.store.findings(2)
    assert settled.loc[settled["rule"] == "X1", "status"].tolist() == ["fixed"]

    history.rollback(fresh, 2, "试")

    found = fresh.store.findings(4)
    assert found.loc[found["rule"] == "X1", ["entity", "source", "status"]].values.tolist() == [
        ["h1", 1, "persisting"]
    ]


def update(at: Workspace, one: Part, holding: list[dict[str, Any]]) -> None:
    """Commit a part of which a rule holds rows back, as `update` does: checked open, then held."""
    shut = one.frame[HELD].copy()
    opened = replace(one, frame=one.frame.assign(**{HELD: False}))
    sheet = Source(1, "ab" * 32, "s1.xlsx", "表1", one.form, one.ledger, {"income": 3})
    gathered = Gathered(parts=[opened], sources={1: sheet})
    standing = Standing(at, at.config, at.store, parts=[opened])
    found = check_years(standing, gathered, {one.year})
    held = replace(one, frame=one.frame.assign(**{HELD: shut}))
    assert len(holding) == int(shut.sum())
    at.store.commit(replace(draft(held), sources=(sheet,), findings=found.frame))


def test_rows_that_had_vanished_are_no_longer_missed(at: Workspace) -> None:
    commit(at, part(at, "household", 2024, 1, [home("h1", persons=1), home("h2", persons=1)]))
    commit(at, part(at, "household", 2024, 2, [home("h1", persons=1)]))
    assert "vanished" in set(at.store.findings(2)["rule"])

    history.rollback(at, 2, "试")

    assert "vanished" not in set(at.store.findings(4)["rule"])


def test_findings_after_undoing_the_last_batch_are_those_of_the_batch_before(at: Workspace) -> None:
    two_batches(at)
    before = at.store.findings(1).drop(columns="status")

    history.rollback(at, 2, "试")

    after = at.store.findings(4)
    assert set(after["status"]) <= {"persisting"}
    order = ["rule", "entity", "field", "source", "row", "column"]
    pd.testing.assert_frame_equal(
        after.drop(columns="status").sort_values(order, ignore_index=True),
        before.sort_values(order, ignore_index=True),
    )


def test_broken_definitions_stop_a_rollback_before_it_writes(at: Workspace, typed: Terminal) -> None:
    two_batches(at)
    (at.root / "configs" / "words.yaml").write_text("totals: [\n", encoding="utf-8")

    answer = typed("rollback", 2, "--reason", "试", "-w", at.root)

    assert answer.code == 2
    assert "configs/words.yaml" in answer.err
    assert len(at.store.batches()) == 2


def test_rolling_back_while_another_run_holds_the_lock_is_refused(at: Workspace, typed: Terminal) -> None:
    two_batches(at)

    with Store(at.root / "ledger").lock():
        answer = typed("rollback", 2, "--reason", "试", "-w", at.root)

    assert answer.code == 4
    assert len(at.store.batches()) == 2


def test_messages_stand_in_both_languages() -> None:
    assert say("history_nothing") == Said("没有数据变化", "no change of data")


# ---- trials ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("close", 2024), ("tag", "now", "2024年报")])
def test_a_trial_of_closing_or_naming_writes_nothing_and_says_what_it_would_do(
    at: Workspace, typed: Terminal, words: tuple[object, ...]
) -> None:
    two_batches(at)
    before = {path: path.read_bytes() for path in at.root.rglob("*") if path.is_file()}

    trial = typed(*words, "--dry-run", "-w", at.root)

    assert (trial.code, trial.out) == (0, "")
    assert "没有写入" in trial.err
    assert {path: path.read_bytes() for path in at.root.rglob("*") if path.is_file()} == before
    assert typed(*words, "-w", at.root).code == 0
    assert typed(*words, "--dry-run", "-w", at.root).code == 2
