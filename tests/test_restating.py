"""Closed years refuse, tags name states, and every difference since a report is told step by step."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from povplan.errors import PovplanError
from povplan.jobs import history
from povplan.jobs.bridging import bridge, moving
from povplan.jobs.differing import changes
from povplan.jobs.figures import standing_at
from povplan.jobs.restating import closed_years, demand_revision, revisions, state, tags
from povplan.jobs.standing import Standing
from povplan.jobs.yearly import MOVES, STATES, between_years
from povplan.model import ENTITY
from povplan.store import Store, catalogue
from povplan.workspace import Workspace
from tests.batches import content
from tests.commands import Terminal, commit, part, workspace
from tests.counties import drawn, monthly, run
from tests.counties import workspace as office
from tests.test_tracing import A, B, C, county, home, known


@pytest.fixture
def at(tmp_path: Path) -> Workspace:
    place = known(workspace(tmp_path))
    commit(place, part(place, "household", 2023, 1, [home("h1", A, persons=3, income=1_00)]))
    commit(place, part(place, "household", 2024, 2, [home("h1", A, persons=4, income=1_00)]))
    return place


# ---- closing ---------------------------------------------------------------------------------------


def test_a_year_is_closed_and_opened_again_as_batches(at: Workspace, typed: Terminal) -> None:
    closed = typed("close", 2023, "-w", at.root)
    twice = typed("close", 2023, "-w", at.root)
    silent = typed("close", 2023, "--reopen", "-w", at.root)
    opened = typed("close", 2023, "--reopen", "--reason", "审计要求", "-w", at.root)
    listed = typed("close", "-w", at.root, "--format", "json").json["years"]

    assert (closed.code, twice.code, silent.code, opened.code) == (0, 2, 2, 0)
    assert "closed already" in twice.err and "reason" in silent.err
    assert [(one["year"], one["year_state"], one["batch"]) for one in listed] == [
        (2023, "reopened", 4),
        (2024, "open", None),
    ]
    log = typed("log", "-w", at.root, "--format", "json").json["batches"]
    assert [one["kind"] for one in log] == ["update", "update", "close", "reopen"]
    assert log[3]["note"] == "审计要求"


def test_closing_changes_no_row_and_no_finding(at: Workspace) -> None:
    before = content(Store(at.root / "ledger"))

    history.close(at, 2023)

    after = content(Store(at.root / "ledger"))
    assert after["rows"] == before["rows"]
    assert after["findings"][:2] == before["findings"]


def test_a_year_without_data_cannot_be_closed(at: Workspace) -> None:
    with pytest.raises(PovplanError) as caught:
        history.close(at, 2019)

    assert "2023、2024" in caught.value.said.zh


def test_taking_a_closing_back_opens_the_year(at: Workspace) -> None:
    closing = history.close(at, 2023)

    history.rollback(at, closing.id, "误操作")

    assert closed_years(at.store) == []


def test_what_changes_a_closed_year_must_be_meant_to_and_say_why() -> None:
    demand_revision([], revise=False, reason="")
    demand_revision([2023], revise=True, reason="漏报")
    for revise, reason in ((False, "漏报"), (True, " ")):
        with pytest.raises(PovplanError):
            demand_revision([2023], revise=revise, reason=reason)


def test_a_rollback_that_changes_a_closed_year_is_a_restatement(at: Workspace, typed: Terminal) -> None:
    history.close(at, 2024)

    refused = typed("rollback", 2, "--reason", "报错", "-w", at.root)
    done = typed("rollback", 2, "--reason", "报错", "--revise", "-w", at.root)

    assert (refused.code, done.code) == (2, 0)
    assert "2024 is closed" in refused.err
    assert [batch.id for batch in revisions(at.store)[2024]] == [4]


def test_an_update_of_a_closed_year_is_refused_in_one_sentence_and_taken_with_a_reason(
    tmp_path: Path,
) -> None:
    place = office(tmp_path / "w")
    one = monthly(tmp_path / "a.xlsx", "village poor persons exits\n桥头村 3 9 1\n河口村 2 5 0")
    run(place, one)
    history.close(place, 2011)
    two = monthly(tmp_path / "b.xlsx", "village poor persons exits\n桥头村 4 9 1\n河口村 2 5 0")
    batches = len(place.store.batches())

    with pytest.raises(PovplanError) as caught:
        run(place, two)
    tried = run(place, two, dry_run=True)
    meant = run(place, two, dry_run=True, revise=True, reason="村里更正")
    again = run(place, one)

    assert caught.value.exit_code == 2
    assert caught.value.said.zh.startswith("2011 年已关账")
    assert [said.zh[:8] for said in tried.remarks] == ["2011 年已关"]
    assert meant.remarks == []
    assert again.unchanged and len(place.store.batches()) == batches

    made = run(place, two, revise=True, reason="村里更正").batch

    assert made is not None and json.loads(made.note) == {"revises": [2011], "reason": "村里更正"}
    assert drawn(place, "village", "poor_households")["桥头村"] == 4
    assert drawn_at(place, 1, "poor_households")["桥头村"] == 3  # both series are kept


def drawn_at(place: Workspace, batch: int, field: str) -> dict[str, Any]:
    rows = Standing(place, place.config, place.store, batch).folded("village", 2011).frame
    names = [str(unit).rsplit("/", 1)[-1] for unit in rows[ENTITY]]
    return dict(zip(names, rows[field], strict=True))


def test_an_amendment_of_a_closed_year_needs_revise(tmp_path: Path, typed: Terminal) -> None:
    place = county(tmp_path)
    history.close(place, 2024)
    told = ["--from", 4, "--to", 7, "--evidence", "来电", "-w", place.root]
    fix = ["fix", "household", "h1", "persons", *told]

    refused, done = typed(*fix), typed(*fix, "--revise")

    assert (refused.code, done.code) == (2, 0), done.err
    assert "--revise" in refused.err
    assert list(revisions(place.store)) == [2024]


# ---- tags ------------------------------------------------------------------------------------------


def test_a_tag_names_a_batch_wherever_one_is_asked_for(at: Workspace, typed: Terminal) -> None:
    given_ = typed("tag", 1, "2023年报定稿", "-w", at.root)
    commit(at, part(at, "household", 2023, 3, [home("h1", A, persons=9, income=1_00)]))

    assert given_.code == 0
    assert [(one.name, one.batch, one.year) for one in tags(at.store)] == [("2023年报定稿", 1, 2023)]
    json_ = ("-w", at.root, "--format", "json")
    diff = typed("diff", "2023年报定稿", *json_).json
    then = typed("list", "household", "--fields", "persons", "--as-of", "2023年报定稿", *json_).json
    table = typed("table", "household", "--rows", "村", "--as-of", "2023年报定稿", "-w", at.root)
    undone = typed("rollback", "2023年报定稿", "--reason", "试", "--dry-run", "-w", at.root)
    assert (diff["from"], diff["counts"]["changed"]) == (1, 1)
    assert [row["persons"] for row in then["rows"]] == [3] and then["year"] == 2023
    assert (table.code, undone.code) == (0, 0)


def test_a_name_is_taken_once_and_cannot_be_mistaken_for_a_batch(at: Workspace) -> None:
    history.tag(at, "1", "定稿")
    history.tag(at, "1", "2023年报定稿")

    for name in ("定稿", "12", "now", " ", "长" * 41, "换\n行"):
        with pytest.raises(PovplanError):
            history.tag(at, "now", name)
    with pytest.raises(PovplanError) as caught:
        state("2023年报定搞", at.store)
    assert "2023年报定稿" in caught.value.said.zh


def test_as_of_never_changes_whatever_comes_after(at: Workspace) -> None:
    tag = history.tag(at, "now", "定稿")
    before = standing_at(at, "定稿").folded("household", 2024).frame.to_dict("list")

    history.close(at, 2024)
    commit(at, part(at, "household", 2024, 3, [home("h1", B, persons=8, income=5_00)]))
    history.rollback(at, 2, "试")

    assert standing_at(at, tag.name).folded("household", 2024).frame.to_dict("list") == before


def test_a_catalogue_of_the_first_version_opens_and_takes_the_new_kinds(at: Workspace) -> None:
    with sqlite3.connect(at.root / "ledger" / catalogue.NAME) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]

    history.close(at, 2023)

    assert version == 1
    assert closed_years(Store(at.root / "ledger")) == [2023]


# ---- figures bridged -------------------------------------------------------------------------------


def test_a_reported_figure_is_bridged_to_todays_by_hand(tmp_path: Path) -> None:
    place = county(tmp_path)
    now, then = standing_at(place), standing_at(place, 1)

    lines = moving(bridge(then, now, 2024))

    told = lines[lines["indicator"] == "heads"][["step", "batch", "value", "difference"]]
    # 5/2; with h5 of the late village 11/3; h2 amended 10/3; h1 sent again by batch 2, 11/3
    values = [5 / 2, 11 / 3, 10 / 3, 11 / 3, 11 / 3]
    assert told["step"].tolist() == ["reported", "late_units", "amendments", "submissions", "now"]
    assert [None if pd.isna(one) else one for one in told["batch"]] == [None, None, None, 2, None]
    assert told["value"].tolist() == pytest.approx(values)
    assert told["difference"].tolist()[1:] == pytest.approx([*np.diff(values[:4]), values[3] - values[0]])


def test_what_was_taken_back_is_a_step_of_its_own(tmp_path: Path, typed: Terminal) -> None:
    place = county(tmp_path)
    history.tag(place, "2", "定稿")
    history.rollback(place, 2, "报错")

    lines = moving(bridge(standing_at(place, 2), standing_at(place), 2024, indicators=["heads"]))
    table = typed("diff", "定稿", "now", "--figures", "--indicator", "heads", "-w", place.root)

    undone = next(batch.id for batch in place.store.batches() if batch.undoes == 2)
    assert lines.loc[lines["step"] == "rollback", "batch"].tolist() == [undone]
    assert f"＋第 {undone} 批（撤销）" in table.out


def test_a_whole_ledger_taken_back_leaves_its_figure_at_the_rollback_and_no_step_before(
    tmp_path: Path,
) -> None:
    place = workspace(tmp_path)
    villages = [{"entity": one, "unit": one, "population": 100} for one in (A, B)]
    commit(place, part(place, "village", 2024, 1, villages))
    commit(place, part(place, "household", 2024, 2, [home("h1", A, persons=3, income=1_00)]))
    history.tag(place, "now", "定稿")
    history.rollback(place, 1, "报错")

    lines = bridge(standing_at(place, "定稿"), standing_at(place), 2024, indicators=["population"])

    values = lines.set_index("step")["value"]
    assert values[["reported", "late_units", "amendments"]].tolist() == [200, 200, 200]
    assert values[["rollback", "now"]].isna().all()


def test_a_changed_definition_is_a_step_of_its_own(tmp_path: Path) -> None:
    place = county(tmp_path)
    path = tmp_path / "configs" / "profiles" / "small" / "indicators" / "ratio.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("income > 0", "income >= 0"), encoding="utf-8")
    place = Workspace(tmp_path)

    lines = moving(bridge(standing_at(place, 2), standing_at(place), 2024, indicators=["heads"]))

    assert lines["step"].tolist() == ["reported", "definitions", "now"]
    assert lines["value"].tolist() == pytest.approx([11 / 3, 16 / 4, 16 / 4])


def test_diff_figures_speaks_in_steps(tmp_path: Path, typed: Terminal) -> None:
    place = county(tmp_path)
    history.tag(place, "1", "定稿")

    table = typed("diff", "定稿", "now", "--figures", "--indicator", "heads", "-w", place.root)
    told = typed("diff", "定稿", "now", "--figures", "--format", "json", "-w", place.root).json

    assert "＋当时未报的单位" in table.out and "＋第 2 批重报" in table.out
    assert (told["from"], told["to"], told["year"]) == (1, 3, 2024)


# ---- two years -------------------------------------------------------------------------------------


def test_two_years_field_by_field_and_who_came_back(tmp_path: Path, typed: Terminal) -> None:
    place = known(workspace(tmp_path))
    commit(place, part(place, "household", 2022, 1, [home("h9", A, persons=1), home("h1", A, persons=1)]))
    commit(
        place,
        part(
            place, "household", 2023, 2,
            [home("h1", A, persons=3, income=1_00), home("h2", B, persons=2, income=None),
             home("h3", B, persons=None, income=None), home("h4", B, persons=1, income=1_00)],
        ),
    )  # fmt: skip
    commit(
        place,
        part(
            place, "household", 2024, 3,
            [home("h1", A, persons=3, income=2_00), home("h2", B, persons=2, income=1_00),
             home("h3", C, persons=None, income=None), home("h5", C, persons=1), home("h9", C, persons=1)],
        ),
    )  # fmt: skip

    found = between_years(standing_at(place), 2023, 2024, "township")

    assert found.rows.astype(object).where(found.rows.notna(), None).to_numpy().tolist() == [
        ["household", None, 3, 1, 1, 1],
        ["household", "桥县/河镇", 2, 0, 0, 1],
        ["household", "桥县/山镇", 1, 1, 1, 0],
    ]
    whole = found.fields[found.fields["unit"].isna()].set_index("field")
    counts = {name: whole[list(STATES)].to_dict("index")[name] for name in ("persons", "income")}
    assert {name: list(one.values()) for name, one in counts.items()} == {
        "persons": [2, 0, 0, 0, 1], "income": [0, 1, 1, 0, 1]
    }  # fmt: skip
    kinds = found.changes["kind"].value_counts().to_dict()
    assert kinds == {"changed": 1, "filled": 1, "entered": 1, "re_entered": 1, "left": 1}
    table = typed("diff", 2023, 2024, "-w", place.root)
    listed = typed("diff", 2023, 2024, "-w", place.root, "--format", "csv")
    assert "重新出现" in table.out and "h9" not in listed.out


def test_who_comes_under_anothers_old_number_has_not_come_back(tmp_path: Path) -> None:
    """h1 is h7 since 2023: the h1 that comes in 2024 is another; h2, gone for a year, is the same."""
    place = workspace(tmp_path, "default")
    event = {
        "entity": "e1",
        "unit": A,
        "event_kind": "renumbered",
        "old_household": "h1",
        "new_household": "h7",
    }
    sent = {2022: ("h1", "h2"), 2023: ("h7",), 2024: ("h7", "h1", "h2")}
    for year, names in sent.items():
        homes = [{"entity": one, "unit": A, "household_id": one, "persons": 1} for one in names]
        commit(place, part(place, "household", year, year, homes))
    commit(place, part(place, "event", 2023, 9, [event]))

    rows = between_years(standing_at(place), 2023, 2024, ledger="household").rows

    assert rows[list(MOVES)].to_numpy().tolist() == [[1, 1, 1, 0]]


def test_two_years_are_compared_from_the_earlier_to_the_later_only(tmp_path: Path, typed: Terminal) -> None:
    place = known(workspace(tmp_path))
    for source, year in enumerate((2023, 2024), 1):
        commit(place, part(place, "household", year, source, [home("h1", A, persons=3)]))

    for first, last in ((2024, 2023), (2024, 2024)):
        refused = typed("diff", first, last, "-w", place.root)
        assert refused.code == 2
        assert f"{first} is not before {last}" in refused.err


# ---- properties ------------------------------------------------------------------------------------

HOMES = ("h1", "h2", "h3", "h4")
ROW = st.tuples(
    st.sampled_from(HOMES), st.sampled_from([A, B, C]), st.one_of(st.none(), st.integers(1, 9)),
    st.one_of(st.none(), st.integers(0, 900)),
)  # fmt: skip
ROWS = st.lists(ROW, min_size=1, max_size=4, unique_by=lambda row: row[0])
SENT = st.lists(st.tuples(ROWS, st.sampled_from(["full", "partial"])), min_size=2, max_size=3)


@pytest.fixture(scope="module")
def office_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Workspace]:
    """Empty workspaces of one set of definitions, read once; entities show themselves."""
    first = county(tmp_path_factory.mktemp("first"))

    def made() -> Workspace:
        place = Workspace(tmp_path_factory.mktemp("p"))
        place.__dict__.update(config=first.config, settings=first.settings, pseudonym=str)
        return place

    return made


def fill(place: Workspace, sent: Any) -> None:
    """Each list of rows as a batch."""
    for number, (rows, mode) in enumerate(sent, len(place.store.batches()) + 1):
        homes = [home(entity, unit, persons=persons, income=income) for entity, unit, persons, income in rows]
        commit(place, part(place, "household", 2024, number, homes, mode=mode))


def applied(rows: pd.DataFrame, found: pd.DataFrame, final: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Rows of a with the changes of a diff made: cells by the diff, entered rows as they stand in b."""
    tables: list[dict[str, dict[str, Any]]] = [by_entity(rows), by_entity(final)]
    table, whole = tables
    lines: Any = found.itertuples()
    for line in lines:
        if line.kind == "left":
            del table[line.entity]
        elif line.kind == "entered":
            table[line.entity] = whole[line.entity]
        else:
            fen = line.field == "income" and line.new is not None
            table[line.entity][line.field] = round(line.new * 100) if fen else line.new
    return plain(table)


def by_entity(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Entity → its row."""
    return {
        str(one[ENTITY]): {str(name): value for name, value in one.items()}
        for one in frame.to_dict("records")
    }


def plain(table: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Entity → persons and income, blanks as None."""
    return {
        key: {name: None if pd.isna(row.get(name)) else int(row[name]) for name in ("persons", "income")}
        for key, row in table.items()
    }


def rows_at(place: Workspace, batch: int | None = None) -> pd.DataFrame:
    """The households as a batch left them."""
    return Standing(place, place.config, place.store, batch).folded("household", 2024).frame


def as_plain(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """A frame of households as plain values."""
    return plain(by_entity(frame))


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=SENT)
def test_a_diff_applied_gives_the_later_state(sent: Any, office_of: Callable[[], Workspace]) -> None:
    place = office_of()
    fill(place, sent)
    before, after = rows_at(place, 1), rows_at(place)

    then, now = (Standing(place, place.config, place.store, one) for one in (1, None))
    found = changes(then, now, 2024)

    assert applied(before, found, after) == as_plain(after)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=SENT)
def test_the_steps_of_a_bridge_add_up(sent: Any, office_of: Callable[[], Workspace]) -> None:
    place = office_of()
    fill(place, sent)

    lines = bridge(standing_at(place, 1), standing_at(place), 2024)

    assert not (lines["step"] == "definitions").any()
    for _, steps in lines.groupby(["indicator", "unit"]):
        parts = steps.loc[~steps["step"].isin(["reported", "now"]), "difference"]
        rest = steps.loc[steps["step"] == "rest", "difference"].iloc[0]
        whole = steps.loc[steps["step"] == "now", "difference"].iloc[0]
        assert pd.isna(rest) or rest == pytest.approx(0, abs=1e-12)
        if parts.notna().all():
            assert parts.sum() == pytest.approx(whole, abs=1e-9)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=SENT)
def test_a_rollback_and_the_same_rows_again_give_the_same_ledger(
    sent: Any, office_of: Callable[[], Workspace]
) -> None:
    place = office_of()
    fill(place, sent)
    whole, first = as_plain(rows_at(place)), as_plain(rows_at(place, 1))

    history.rollback(place, len(sent), "重放")
    fill(place, sent[-1:])

    assert as_plain(rows_at(place)) == whole
    assert as_plain(rows_at(place, 1)) == first
