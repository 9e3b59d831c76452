"""What the shipped definitions say is kept once it was read, and never believed of another text."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from povplan.config import kept, load_config
from povplan.config.declared import _understood
from povplan.config.places import Document, Node, read_document
from povplan.config.syntax import read_text
from povplan.errors import ConfigError
from povplan.messages import shipped

NAME = "configs/ledgers/village.yaml"
CONFIGS = shipped("configs")
ALL = [f"configs/{path.relative_to(CONFIGS).as_posix()}" for path in sorted(CONFIGS.rglob("*.yaml"))]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty place for what is kept, as for compiled modules."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    Path(kept._beside(NAME)).parent.mkdir(parents=True)
    _understood.cache_clear()
    yield kept._beside(NAME)
    _understood.cache_clear()


def document(name: str = NAME, more: str = "") -> Document:
    """The file as read with all its places."""
    text, _ = read_text(CONFIGS.parent / name, name)
    found, faults = read_document((text or "") + more, name)
    assert found and not faults
    return found


def leaves(node: Node, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values."""
    yield at
    for step, part in node.parts.items():
        yield from leaves(part, (*at, step))


@pytest.mark.parametrize("name", ALL)
def test_what_was_kept_is_what_the_file_says_of_every_type(name: str) -> None:
    read = document(name)
    kept.keep(read)

    known = kept.recalled(read.text, name)

    if known is None:  # keys that JSON has none of
        assert json.loads(json.dumps(read.value)) != read.value
    else:
        assert repr(known) == repr(read.value)


def test_all_that_a_profile_reads_is_kept_but_files_with_years_for_keys() -> None:
    config = load_config("default")

    lost = {name for name, text in config.texts.items() if kept.recalled(text, config.files[name]) is None}

    assert {name.split("/")[0] for name in lost} == {"indicators"}


def test_the_places_are_those_of_the_text() -> None:
    read = document()
    again = Document(NAME, read.text, read.value)

    for at in leaves(read.root):
        assert again.node(at).place == read.node(at).place
        assert again.part(at) == read.part(at) == read.node(at).value
    assert again.part(("fields", 10_000)) == read.node(("fields", 10_000)).value
    assert again.part(("fields", "x", "y")) == read.node(("fields", "x", "y")).value
    assert again.part(("ledger", 0)) == read.node(("ledger", 0)).value == "village"
    assert again.part(("fields", -1)) == read.node(("fields", -1)).value
    assert again.part(("ledger", "x")) == read.node(("ledger", "x")).value == "village"


TORN = [b"", b"{", b"[]", b"null", b"1", b"\xff", b'{"value": 1}', b'{"of": "x", "value": 1}', b"[" * 200_000]


@pytest.mark.parametrize("written", TORN, ids=range(len(TORN)))
def test_what_is_torn_or_of_something_else_is_not_believed(written: bytes, place: Path) -> None:
    place.write_bytes(written)

    assert kept.recalled(document().text, NAME) is None
    found, faults = _understood(document().text, NAME)
    assert found and found.value == document().value and not faults
    assert kept.recalled(document().text, NAME) == document().value


def test_another_text_or_another_reader_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    read = document()
    kept.keep(read)
    assert kept.recalled(read.text, NAME) is not None

    assert kept.recalled(f"{read.text}\n", NAME) is None
    monkeypatch.setattr(kept, "_reader", lambda: b"other")
    assert kept.recalled(read.text, NAME) is None


def test_of_a_countys_own_files_nothing_is_kept(tmp_path: Path) -> None:
    kept.keep(document(more="\n# 本县"))
    kept.keep(Document("povplan.yaml", "a: 1", {"a": 1}))

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_python_that_keeps_no_compiled_modules_keeps_nothing_here(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    kept.keep(document())

    assert not place.exists()


def test_what_cannot_be_put_in_place_leaves_nothing_beside(place: Path) -> None:
    place.mkdir()

    kept.keep(document())

    assert list(place.parent.iterdir()) == [place]
    assert kept.recalled(document().text, NAME) is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders are closed otherwise on Windows")
def test_where_nothing_can_be_written_everything_is_read_anew(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.parent.rmdir()
    place.parent.write_text("no folder")

    kept.keep(document())

    assert kept.recalled(document().text, NAME) is None
    assert load_config("default").ledgers["village"]


def test_a_fault_of_a_file_whose_values_were_kept_has_its_place(tmp_path: Path) -> None:
    """The household ledger is recalled; what its profile asks of it, in a file of the county, is wrong."""
    load_config("default")
    _understood.cache_clear()
    text = (CONFIGS / "ledgers" / "household.yaml").read_text(encoding="utf-8")
    codes = (CONFIGS / "codes" / "household.yaml").read_text(encoding="utf-8")
    county = tmp_path / "county" / "configs" / "codes"
    county.mkdir(parents=True)
    (county / "household.yaml").write_text(
        codes.replace("codes: poverty_status", "codes: poverty", 1), "utf-8"
    )

    with pytest.raises(ConfigError) as refused:
        load_config("default", tmp_path / "county")

    line = text.split("codes: poverty_status")[0].count("\n") + 1
    assert f"configs/ledgers/household.yaml:{line}:" in str(
        [fault.text("en") for fault in refused.value.faults]
    )
