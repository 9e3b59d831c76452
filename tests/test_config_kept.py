"""Definitions are kept once they were read, and never believed of other texts or another povplan."""

import hashlib
import os
import pickle
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from povplan.config import Config, config_from_texts, kept, load, load_config
from povplan.config.shelf import FOLDERS, TOP, Archived, Folders, Shelf
from povplan.errors import ConfigError
from povplan.messages import shipped

CONFIGS = shipped("configs")
SHIPPED = Folders.of("default", None)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for what is kept, as for compiled modules."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "compiled"))
    return kept._place("x").parent


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The profiles that were read and checked, and not recalled."""
    done: list[str] = []
    really = load._checked

    def checked(shelf: Shelf, profile: str) -> Config:
        done.append(profile)
        return really(shelf, profile)

    monkeypatch.setattr(load, "_checked", checked)
    yield done


def county(folder: Path, name: str = "codes/household.yaml", old: str = "", new: str = "\n# 本县") -> Path:
    """A workspace with a file of its own: the shipped one, `old` replaced by `new`, or `new` behind it."""
    text = (CONFIGS / name).read_text(encoding="utf-8")
    own = folder / "configs" / name
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")
    return folder


def kept_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_what_is_recalled_is_what_was_read(reads: list[str]) -> None:
    first, again = load_config("default"), load_config("default")

    assert reads == ["default"]
    assert again == first and again is not first
    assert repr(again) == repr(first)
    assert again.digest == first.digest and again.target_places == first.target_places


def test_every_text_that_is_read_is_part_of_the_stamp() -> None:
    """A file that somebody reads and the stamp does not know would be believed for ever."""
    config = load_config("default")

    known = {name for folder in (TOP, *FOLDERS) for name in SHIPPED.names(folder)}

    assert set(config.texts) <= known
    stamps = {
        kept.stamp(Archived({**config.texts, name: text + "\n"}), "x") for name, text in config.texts.items()
    }
    assert len(stamps) == len(config.texts)
    assert kept.stamp(Archived(config.texts), "x") not in stamps


def test_another_file_a_change_a_loss_are_read_anew(tmp_path: Path, reads: list[str]) -> None:
    load_config("default", tmp_path)
    load_config("default", county(tmp_path))
    load_config("default", county(tmp_path, "codes/household.yaml", "", "\n# 又改"))
    (tmp_path / "configs/codes/household.yaml").unlink()
    assert len(reads) == 3

    load_config("default", tmp_path)
    assert len(reads) == 3, "as it was at first"


def test_a_fault_is_told_each_time_at_its_place(tmp_path: Path) -> None:
    load_config("default")
    text = (CONFIGS / "ledgers" / "household.yaml").read_text(encoding="utf-8")
    line = text.split("codes: poverty_status")[0].count("\n") + 1
    own = county(tmp_path / "county", "codes/household.yaml", "codes: poverty_status", "codes: poverty")

    for _ in range(2):
        with pytest.raises(ConfigError) as refused:
            load_config("default", own)
        told = [fault.text("en") for fault in refused.value.faults]
        assert any(f"configs/ledgers/household.yaml:{line}:" in one for one in told)


def test_another_povplan_reads_anew(reads: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    load_config("default")
    monkeypatch.setattr(kept, "_program", lambda: b"other")
    load_config("default")

    assert len(reads) == 2


def test_a_module_that_changes_is_another_povplan(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "below").mkdir(parents=True)
    module = package / "below" / "a.py"
    seen = []
    for text, time in (("a", 1), ("a", 1), ("b", 2), ("bb", 2)):
        module.write_text(text)
        os.utime(module, ns=(time, time))
        seen.append(list(kept._modules(package, "")))
    (package / "more.py").write_text("")
    (package / "more.txt").write_text("")

    assert seen[0] == seen[1] == [("/below/a.py", 1, 1)]
    assert seen[1] != seen[2] != seen[3]
    assert {name for name, *_ in kept._modules(package, "")} == {"/below/a.py", "/more.py"}
    assert b"/config/kept.py" in kept._program()


def torn(data: bytes) -> list[bytes]:
    """What a power cut, a full disk or a stranger leave."""
    other = pickle.dumps({"a": 1})
    return [
        b"",
        data[:32],
        data[:-1],
        data[:31],
        data + b"x",
        b"x" + data[1:],
        data[:40] + b"y" + data[41:],
        other,
    ]


def test_what_is_torn_or_of_something_else_is_not_believed(place: Path, reads: list[str]) -> None:
    whole = load_config("default")
    [path] = kept_in(place)
    data = path.read_bytes()

    for written in torn(data):
        path.write_bytes(written)
        assert load_config("default") == whole
        assert path.read_bytes()[:32] == hashlib.sha256(path.read_bytes()[32:]).digest()
    assert len(reads) == 1 + len(torn(data))


def test_the_last_few_sets_are_kept_for_their_owner_only(place: Path, tmp_path: Path) -> None:
    for number in range(kept.MOST + 3):
        load_config("default", county(tmp_path / str(number), new=f"\n# {number}"))

    found = kept_in(place)
    assert len(found) == kept.MOST
    assert os.name == "nt" or {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}


def test_the_same_definitions_in_two_workspaces_are_kept_once(
    place: Path, tmp_path: Path, reads: list[str]
) -> None:
    load_config("default", county(tmp_path / "a"))
    load_config("default", county(tmp_path / "b"))

    assert len(kept_in(place)) == len(reads) == 1


def test_archived_texts_are_recalled_too(reads: list[str]) -> None:
    texts = load_config("default").texts

    assert config_from_texts(texts, "default") == config_from_texts(texts, "default")
    assert len(reads) == 2


def test_a_file_that_cannot_be_read_has_no_stamp(tmp_path: Path) -> None:
    own = county(tmp_path)
    (own / "configs" / "codes" / "household.yaml").write_bytes(b"\xff")

    assert kept.stamp(Folders.of("default", own), "default") is None
    with pytest.raises(ConfigError):
        load_config("default", own)


def test_python_that_keeps_no_compiled_modules_keeps_nothing_here(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    load_config("default")

    assert not kept_in(place)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders are closed otherwise on Windows")
def test_where_nothing_can_be_written_everything_is_read_anew(place: Path, reads: list[str]) -> None:
    place.parent.mkdir(parents=True)
    place.write_text("no folder")

    assert load_config("default").ledgers["village"] == load_config("default").ledgers["village"]
    assert len(reads) == 2


def test_what_cannot_be_put_in_place_leaves_nothing_beside(place: Path, reads: list[str]) -> None:
    mark = kept.stamp(SHIPPED, "default")
    assert mark
    kept._place(mark).mkdir(parents=True)

    load_config("default")

    assert kept_in(place) == [kept._place(mark)]


def test_nothing_of_a_person_or_a_machine_is_kept(place: Path, tmp_path: Path) -> None:
    load_config("default", county(tmp_path / "somewhere"))

    data: Any = kept_in(place)[0].read_bytes()
    assert b"somewhere" not in data


def test_a_file_saved_while_it_is_read_is_not_kept_as_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "parameters/policy.yaml"
    place = county(tmp_path, name, new="\n# 原稿")
    really = load._checked

    def checked(shelf: Shelf, profile: str) -> Config:
        county(tmp_path, name, new="\n# 改稿")
        return really(shelf, profile)

    monkeypatch.setattr(load, "_checked", checked)
    assert load_config("default", place).texts[name].endswith("# 改稿")
    monkeypatch.setattr(load, "_checked", really)
    county(tmp_path, name, new="\n# 原稿")

    assert load_config("default", place).texts[name].endswith("# 原稿")
