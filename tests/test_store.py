"""The base ledger: what goes in comes out, batches add up and come off, damage is said."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest

from povplan.errors import PovplanError
from povplan.model import DTYPES, FINDING_COLUMNS
from povplan.store import Draft, Store, store
from tests.batches import TIME, content, draft, drawn, findings, on_disk, part
from tests.drawing import frame

POSIX = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


@pytest.fixture
def ledger(tmp_path: Path) -> Store:
    return Store(tmp_path / "工作区" / "ledger")


def village(persons: int) -> pd.DataFrame:
    return frame(f"_entity persons\n乌石村 {persons}")


def update(persons: int, source: int) -> Draft:
    return draft(part(village(persons)), source=source)


def persons(ledger: Store, as_of: int | None = None) -> list[int]:
    return [int(layer.read()["persons"][0]) for layer in ledger.layers("village", 2024, as_of)]


def said(act: Callable[[], object]) -> str:
    with pytest.raises(PovplanError) as raised:
        act()
    return raised.value.said.en


def test_a_missing_ledger_is_an_empty_one_and_asking_creates_nothing(ledger: Store) -> None:
    assert content(ledger) == {
        "batches": [], "active": [], "rows": {}, "sources": {}, "findings": [], "configs": {},
    }  # fmt: skip
    assert ledger.next_source_id() == 1
    assert ledger.sweep() == 0
    assert not ledger.root.parent.exists()


def test_a_batch_comes_back_as_it_was_committed(ledger: Store) -> None:
    given = update(800, source=1)

    batch = ledger.commit(given)

    assert ledger.batches() == [batch] == [ledger.batch(1)]
    assert (batch.id, batch.kind, batch.time, batch.operator) == (1, "update", TIME, "李")
    assert (batch.as_of, batch.inputs, batch.coverage) == (given.as_of, given.inputs, given.coverage)
    assert (batch.undoes, batch.note, batch.profile) == (None, "", "default")
    assert ledger.config_texts(batch.config_digest) == given.config_texts
    assert ledger.sources() == {1: given.sources[0]}
    assert drawn(ledger.findings(1)) == drawn(given.findings)
    [layer] = ledger.layers("village", 2024)
    assert (layer.batch, layer.form, layer.mode, layer.scope) == (1, "village", "full", given.parts[0].scope)
    assert drawn(layer.read()) == drawn(given.parts[0].frame)


TYPES: dict[str, Any] = {str(kind): dtype for kind, dtype in DTYPES.items()}
EXTREMES = pd.DataFrame(
    {
        "户编号": pd.array(["001", "", "=1+1 \u3000村"], TYPES["code"]),
        "persons": pd.array([2**53 + 1, None, -(2**63)], TYPES["integer"]),
        "净收入(元)": pd.array([2**53 + 1, None, 0], TYPES["money"]),
        "share": pd.array([0.1, None, 1e308], TYPES["number"]),
        "poor": pd.array([True, None, False], TYPES["boolean"]),
        "born": pd.Series(["1880-01-01", None, "9999-12-31"]).astype("datetime64[s]"),
        "a.b": pd.array([1, 2, 3], "int64"),
        "a": pd.array([None, None, "x"], "string"),
    }
)
UNKNOWN = pd.DataFrame({kind: pd.Series([pd.NA, pd.NA]).astype(dtype) for kind, dtype in TYPES.items()})


@pytest.mark.parametrize("given", [EXTREMES, UNKNOWN, EXTREMES.iloc[:0], EXTREMES.iloc[::-1]])
def test_rows_come_back_with_the_very_same_values_and_types(ledger: Store, given: pd.DataFrame) -> None:
    ledger.commit(draft(part(given)))

    [layer] = ledger.layers("village", 2024)

    pd.testing.assert_frame_equal(layer.read(), given.reset_index(drop=True), check_exact=True)


def test_columns_are_read_in_the_order_asked_and_absent_ones_left_out(ledger: Store) -> None:
    ledger.commit(draft(part(EXTREMES)))

    read = ledger.layers("village", 2024)[0].read(["poor", "没有", "a", "born"])

    pd.testing.assert_frame_equal(read, EXTREMES[["poor", "a", "born"]])
    assert len(ledger.layers("village", 2024)[0].read(["没有"])) == len(EXTREMES)


def test_two_parts_with_the_same_rows_are_two_layers(ledger: Store) -> None:
    ledger.commit(draft(part(village(800)), part(village(800))))

    assert persons(ledger) == [800, 800]


def test_layers_come_in_batch_order_for_their_ledger_and_year_only(ledger: Store) -> None:
    ledger.commit(draft(part(village(1)), part(village(9), year=2023), part(village(8), ledger="project")))
    ledger.commit(update(2, source=2))

    assert persons(ledger) == [1, 2]
    assert ledger.years("village") == [2023, 2024]
    assert ledger.ledgers() == ["project", "village"]


def test_as_of_shows_the_ledger_after_that_batch(ledger: Store) -> None:
    ledger.commit(update(1, source=1))
    ledger.commit(update(2, source=2))
    ledger.rollback(1, "李", TIME)

    assert [persons(ledger, as_of) for as_of in (0, 1, 2, 3, None)] == [[], [1], [1, 2], [2], [2]]


def test_undoing_a_rollback_brings_its_batch_back_and_it_can_be_undone_again(ledger: Store) -> None:
    ledger.commit(update(1, source=1))

    seen = []
    for number in (1, 2, 1, 4):
        batch = ledger.rollback(number, "王", TIME, "误报")
        seen.append((batch.id, batch.undoes, ledger.active(), persons(ledger)))

    assert seen == [(2, 1, [2], []), (3, 2, [1, 3], [1]), (4, 1, [3, 4], []), (5, 4, [1, 3, 5], [1])]
    last = ledger.batch(5)
    assert (last.kind, last.operator, last.note, last.config_digest) == ("rollback", "王", "误报", "")
    assert ledger.findings(5).columns.tolist() == [*FINDING_COLUMNS, "status"]


def test_without_shows_the_ledger_as_a_rollback_would_leave_it(ledger: Store) -> None:
    ledger.commit(update(1, source=1))
    ledger.commit(update(2, source=2))

    layers = ledger.layers("village", 2024, without={1})

    assert [layer.batch for layer in layers] == [2]
    assert ledger.active() == [1, 2]


def test_a_batch_that_is_not_there_or_already_undone_cannot_be_rolled_back(ledger: Store) -> None:
    assert "no batches yet" in said(lambda: ledger.rollback(1, "李", TIME))
    ledger.commit(update(1, source=1))
    ledger.rollback(1, "李", TIME)

    assert "from 1 to 2" in said(lambda: ledger.rollback(7, "李", TIME))
    assert "already undone by batch 2" in said(lambda: ledger.rollback(1, "李", TIME))
    assert "no batch 7" in said(lambda: ledger.findings(7))
    assert "digest nope" in said(lambda: ledger.config_texts("nope"))
    assert len(ledger.batches()) == 2


def test_sources_are_found_by_id_and_the_next_id_follows_the_highest(ledger: Store) -> None:
    ledger.commit(update(1, source=7))
    ledger.commit(update(2, source=40))

    assert list(ledger.sources()) == [7, 40]
    assert list(ledger.sources(pd.Series([40, 40, 99], dtype="Int64"))) == [40]
    assert ledger.next_source_id() == 41


def test_a_draft_that_breaks_the_catalogue_leaves_the_ledger_as_it_was(ledger: Store) -> None:
    ledger.commit(update(1, source=1))
    before = content(ledger), on_disk(ledger.root)

    with pytest.raises(sqlite3.IntegrityError):
        ledger.commit(update(2, source=1))  # the id is taken: our bug

    assert content(ledger) == before[0]
    assert ledger.sweep() == 2
    assert on_disk(ledger.root) == before[1]


def test_sweep_removes_what_no_batch_names_and_nothing_else(ledger: Store, tmp_path: Path) -> None:
    ledger.commit(update(1, source=1))
    ledger.rollback(1, "李", TIME)
    before, files = content(ledger), on_disk(ledger.root)
    kept = ledger.keep_file(*_submitted(tmp_path, "年报.XLSX"))
    strays = ["parts/village/2024/3-village-0.parquet", "parts/village/2024/x.tmp", "findings/3.parquet"]
    for name in (*strays, "configs/d9.json", "parts/说明.txt"):
        (ledger.root / name).write_text("")
    kept.with_name(kept.name + ".tmp").write_text("")

    assert ledger.sweep() == 5
    assert content(ledger) == before
    assert on_disk(ledger.root) == files | {"parts/说明.txt"}
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_sweep_refuses_when_the_catalogue_is_older_than_the_parts(ledger: Store, tmp_path: Path) -> None:
    ledger.commit(update(1, source=1))
    shutil.copy(ledger.root / "catalogue.sqlite", tmp_path / "old")
    ledger.commit(update(2, source=2))
    ledger.commit(update(3, source=3))
    shutil.copy(tmp_path / "old", ledger.root / "catalogue.sqlite")
    files = on_disk(ledger.root)

    assert "older backup" in said(ledger.sweep)
    assert on_disk(ledger.root) == files


def test_a_lost_catalogue_is_no_empty_ledger(ledger: Store) -> None:
    ledger.commit(update(1, source=1))
    catalogue = ledger.root / "catalogue.sqlite"

    for lose in (lambda: catalogue.write_bytes(b""), catalogue.unlink):
        lose()
        for act in (ledger.batches, ledger.sweep, lambda: ledger.commit(update(2, source=2))):
            assert "is missing or empty" in said(act)
    assert len(on_disk(ledger.root)) == 3


@pytest.mark.parametrize(("version", "words"), [(99, "newer povplan (format 99"), (-1, "older format (-1")])
def test_a_catalogue_of_another_version_is_refused(ledger: Store, version: int, words: str) -> None:
    ledger.commit(update(1, source=1))
    with closing(sqlite3.connect(ledger.root / "catalogue.sqlite")) as connection:
        connection.execute(f"PRAGMA user_version = {version}")

    assert words in said(ledger.batches)
    assert words in said(lambda: ledger.commit(update(2, source=2)))


def test_another_programs_database_is_refused(ledger: Store) -> None:
    ledger.root.mkdir(parents=True)
    with closing(sqlite3.connect(ledger.root / "catalogue.sqlite")) as connection:
        connection.execute("CREATE TABLE t (x)")

    assert "not a povplan catalogue" in said(ledger.batches)


def test_a_part_that_was_changed_cut_or_lost_is_said_by_name(ledger: Store) -> None:
    ledger.commit(update(1, source=1))
    [path] = (ledger.root / "parts").rglob("*.parquet")
    whole = path.read_bytes()
    [layer] = ledger.layers("village", 2024)

    for data in (whole[:-1], b"", whole[:50] + bytes([whole[50] ^ 1]) + whole[51:]):
        path.write_bytes(data)
        assert f"{path} is not what was committed" in said(layer.read)
        assert [str(path) in sentence.en for sentence in ledger.damaged()] == [True]
    path.unlink()
    assert f"{path} is missing" in said(layer.read)


def test_a_damaged_catalogue_is_said_and_never_a_traceback(ledger: Store) -> None:
    for source in (1, 2, 3):
        ledger.commit(update(source, source))
    path = ledger.root / "catalogue.sqlite"
    whole, chance, refused = path.read_bytes(), Random(5), 0

    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 40))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.choice((len(data), len(data) // 2))])
        try:
            content(ledger)
            ledger.damaged()
        except PovplanError as error:
            refused += 1
            assert "nothing" not in error.said.en

    assert refused > 50
    path.write_bytes(b"<html>" * 1000)
    assert "is damaged" in said(ledger.batches)
    path.write_bytes(whole)
    assert ledger.damaged() == []


def test_a_reader_sees_the_old_ledger_until_the_commit_is_done(
    ledger: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.commit(update(1, source=1))
    seen = []
    record = store._record

    def spied(*given: object) -> None:
        seen.append(persons(Store(ledger.root)))
        record(*given)  # type: ignore[arg-type]
        seen.append(persons(Store(ledger.root)))

    monkeypatch.setattr(store, "_record", spied)
    ledger.commit(update(2, source=2))

    assert seen == [[1], [1]]
    assert persons(ledger) == [1, 2]


def test_a_reader_undoes_what_a_writer_killed_half_way_left_in_the_catalogue(
    ledger: Store, tmp_path: Path
) -> None:
    ledger.commit(update(1, source=1))
    before, half = content(ledger), tmp_path / "half" / "ledger"
    with closing(sqlite3.connect(ledger.root / "catalogue.sqlite", isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 2")  # pages reach the file before the end
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE batch SET note = 'half'")
        writer.executemany("INSERT INTO file VALUES (?, ?)", [(f"f{at}", "x" * 500) for at in range(200)])
        shutil.copytree(ledger.root, half)

    assert (half / "catalogue.sqlite").read_bytes() != (ledger.root / "catalogue.sqlite").read_bytes()
    assert content(Store(half)) == before
    assert not (half / "catalogue.sqlite-journal").exists()


@POSIX
def test_everything_belongs_to_its_owner_alone(ledger: Store, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ledger.commit(update(1, source=1))
        ledger.keep_file(*_submitted(tmp_path, "年报.xlsx"))
        with ledger.lock():
            modes = {_mode(path) for path in [ledger.root.parent, *ledger.root.parent.rglob("*")]}
    finally:
        os.umask(before)

    assert modes == {("file", 0o600), ("folder", 0o700)}


def test_a_submitted_file_is_kept_once_under_its_hash(ledger: Store, tmp_path: Path) -> None:
    path, year, sha256 = _submitted(tmp_path, "年报.XLSX")

    kept = ledger.keep_file(path, year, sha256)
    first = kept.stat().st_mtime_ns
    again = ledger.keep_file(path, year, sha256)

    assert kept == again == ledger.root.parent / "submissions" / "2024" / f"{sha256}.xlsx"
    assert kept.read_bytes() == path.read_bytes()
    assert kept.stat().st_mtime_ns == first
    kept.write_bytes(b"damaged")
    assert ledger.keep_file(path, year, sha256).read_bytes() == path.read_bytes()


def test_a_file_that_changed_since_it_was_read_is_not_kept(ledger: Store, tmp_path: Path) -> None:
    path, year, sha256 = _submitted(tmp_path, "年报.xlsx")
    path.write_bytes(b"changed meanwhile")

    assert "changed after it was read" in said(lambda: ledger.keep_file(path, year, sha256))
    assert ledger.sweep() == 1


def test_a_full_disk_is_said_and_the_ledger_stays(ledger: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.commit(update(1, source=1))
    before = content(ledger)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in said(lambda: ledger.commit(update(2, source=2)))
    assert content(ledger) == before


def test_findings_keep_their_types(ledger: Store) -> None:
    typed = store.no_findings()
    both = pd.concat([typed, findings("H108").astype(typed.dtypes.to_dict())], ignore_index=True)

    ledger.commit(draft(found=both))

    pd.testing.assert_frame_equal(ledger.findings(1), both)


def _submitted(folder: Path, name: str) -> tuple[Path, int, str]:
    path = folder / name
    path.write_bytes(b"PK" * 1_000_000)
    return path, 2024, hashlib.sha256(path.read_bytes()).hexdigest()


def _mode(path: Path) -> tuple[str, int]:
    found = path.stat().st_mode
    return ("folder" if stat.S_ISDIR(found) else "file"), stat.S_IMODE(found)
