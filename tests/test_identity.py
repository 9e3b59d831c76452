"""Who a row speaks of."""

from __future__ import annotations

import pandas as pd
import pytest

from povplan.config import load_config
from povplan.identity import Registry, identify, key, nameless, place
from povplan.model import ENTITY, UNIT
from povplan.spec import Ledger
from tests.drawing import frame

PATHS = ("从化市/温泉镇/乌石村", "从化市/温泉镇/桃莲村", "从化市/鳌头镇/乌石村")
SUFFIXES = ((("县", "市"),), (("镇",), ("乡",)), (("村委会", "村"), ("社区",)))


def ledger(level: str, *key: list[str]) -> Ledger:
    places = [
        {"id": name, "label": name, "type": "text", "place": name}
        for name in ("county", "township", "village")
    ]
    others = [{"id": name, "label": name, "type": "code"} for name in ("id", "head", "group")]
    return Ledger.model_validate(
        {"ledger": "x", "label": "x", "level": level, "key": list(key), "fields": [*places, *others]}
    )


@pytest.mark.parametrize(
    ("county", "township", "village", "path"),
    [
        ("从化市", "温泉镇", "乌石村", PATHS[0]),
        ("", "温泉", "乌石村委会", PATHS[0]),
        ("从化市", "鳌头镇", "乌石", PATHS[2]),
        ("", "", "桃莲村", PATHS[1]),
        ("", "", "乌石村", ""),
        ("", "温泉镇", "", "从化市/温泉镇"),
        ("", "温泉镇", "新村", "从化市/温泉镇/新村"),
        ("", "旧镇", "乌石村", PATHS[0]),
    ],
)
def test_a_unit_is_found_under_any_spelling_and_never_guessed(
    county: str, township: str, village: str, path: str
) -> None:
    registry = Registry(PATHS, aliases={"从化市/旧镇/乌石村": PATHS[0]}, suffixes=SUFFIXES, closed=True)

    assert registry.find(county, township, village) == path


def test_an_alias_never_hides_a_unit_of_that_name() -> None:
    registry = Registry(PATHS, aliases={PATHS[1]: PATHS[0]})

    assert registry.find("从化市", "温泉镇", "桃莲村") == PATHS[1]


def test_names_that_differ_only_in_their_ending_are_not_one() -> None:
    registry = Registry(("县/城关镇/甲村", "县/城关乡/甲村"), suffixes=SUFFIXES)

    assert registry.find("县", "城关镇", "甲村") == "县/城关镇/甲村"
    assert registry.find("县", "城关", "甲村") == "县/城关/甲村"
    assert registry.find("县", "城关街道", "甲村") == "县/城关街道/甲村"


def test_a_community_does_not_pass_for_the_village_of_its_name() -> None:
    registry = Registry(("县/城关镇/桥头村",), suffixes=SUFFIXES)

    assert registry.find("县", "城关镇", "桥头社区") == "县/城关镇/桥头社区"
    assert registry.find("县", "城关镇", "桥头") == "县/城关镇/桥头村"


def test_the_declared_county_is_known_by_its_name_without_an_ending_and_no_other_passes_for_it() -> None:
    registry = Registry(("清河县/城关镇/甲村",), suffixes=SUFFIXES, county="清河县")

    assert registry.find("清河", "城关镇", "甲村") == "清河县/城关镇/甲村"
    assert registry.is_foreign(registry.find("外县", "城关镇", "甲村"))


def test_an_alias_serves_under_any_spelling_of_its_township() -> None:
    registry = Registry(PATHS, aliases={"从化市/温泉镇/老石村": PATHS[0]}, suffixes=SUFFIXES, closed=True)

    assert registry.find("", "温泉", "老石") == PATHS[0]


def test_without_a_county_a_township_does_not_pass_for_one() -> None:
    assert Registry().find("", "温泉镇", "乌石村") == ""
    assert Registry(county="从化市").find("", "温泉镇", "乌石村") == PATHS[0]


def test_the_key_of_a_village_is_its_path_and_a_township_has_none_there() -> None:
    rows = frame("county township village\n从化市 温泉镇 乌石村\n从化市 温泉镇 ·")

    found = identify(rows, ledger("village", ["village"]), Registry())

    assert found[UNIT].tolist() == [PATHS[0], "从化市/温泉镇"]
    assert found[ENTITY].fillna("·").tolist() == [PATHS[0], "·"]


def test_the_first_whole_alternative_is_the_key_and_the_last_serves_with_gaps() -> None:
    rows = frame(
        """
        county township village id head group
        县 镇 甲村 H1 某 1
        县 镇 甲村 · 某 1
        县 镇 甲村 · 某 ·
        县 镇 甲村 · · 1
        """,
        id="code",
        head="code",
        group="code",
    )
    of = ledger("household", ["id"], ["township", "village", "head", "group"])
    placed = rows.assign(**{UNIT: place(rows, of, Registry())})

    assert key(placed, of).fillna("·").tolist() == ["H1", "县/镇/甲村|某|1", "县/镇/甲村|某|", "·"]


def test_a_row_without_key_has_one_name_whenever_it_is_sent_and_twins_have_two() -> None:
    rows = frame("village persons\n甲村 3\n甲村 3\n乙村 3")

    names = nameless(rows, ["village", "persons"])

    assert names.nunique() == 3
    assert (
        names.tolist()
        == nameless(rows.iloc[[2, 0, 1]].reset_index(drop=True), list(rows.columns))[[1, 2, 0]].tolist()
    )
    assert isinstance(names, pd.Series)


def test_a_list_that_grew_unit_by_unit_knows_what_one_written_at_once_knows() -> None:
    suffixes = ((("县",),), (("镇",), ("乡",)), (("村", "村委会"), ("社区",)))
    paths = ("清河县/东镇/甲村", "清河县/东镇/乙村", "清河县/西乡/甲社区", "清河县/东镇")
    at_once = Registry(paths=paths, suffixes=suffixes, aliases={"清河县/东镇/老甲": paths[0]})
    grown = Registry(suffixes=suffixes, aliases={"清河县/东镇/老甲": paths[0]})
    for path in paths:
        grown = grown.joined_by(path)

    asked = [
        ("清河县", "东镇", "甲村委会"),
        ("清河县", "", "甲"),
        ("清河", "东", "老甲"),
        ("清河县", "西乡", "甲"),
        ("", "", "乙村"),
    ]

    assert grown == at_once
    assert [grown.find(*one) for one in asked] == [at_once.find(*one) for one in asked]


@pytest.mark.parametrize("name", ["甲子", "甲子村", "甲子村委会", "甲子村村委会", "甲子村民委员会"])
def test_the_shipped_endings_of_one_village_are_one(name: str) -> None:
    registry = Registry(("清河县/东岭镇/甲子村",), suffixes=load_config("default").words.unit_suffixes)

    assert registry.find("清河县", "东岭", name) == "清河县/东岭镇/甲子村"
