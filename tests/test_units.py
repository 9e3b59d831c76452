"""Areas as a tree: order, levels, adding up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from povplan.units import Tree

PATHS = ["县/东镇/甲村", "县/西镇/甲村", "县/东镇/乙村", "县/西镇"]


def test_each_unit_stands_before_its_own_and_sisters_in_order_of_first_appearance() -> None:
    tree = Tree.of(PATHS)

    assert tree.paths == ("县", "县/东镇", "县/东镇/甲村", "县/东镇/乙村", "县/西镇", "县/西镇/甲村")
    assert tree.parents.tolist() == [-1, 0, 1, 1, 0, 4]
    assert [tree.level(node) for node in range(6)] == [
        "county",
        "township",
        "village",
        "village",
        "township",
        "village",
    ]


def test_villages_of_one_name_in_two_townships_are_two_units() -> None:
    codes = Tree.of(PATHS).codes(
        pd.Series(["县/西镇/甲村", "县/东镇/甲村", "县/北镇", pd.NA], dtype="string")
    )

    assert codes.tolist() == [5, 2, -1, -1]


def test_sums_go_upward_from_every_depth_once() -> None:
    tree = Tree.of(PATHS)
    own = np.array([1, 10, 100, 200, 1000, 3000])

    assert tree.add_upward(own).tolist() == [4311, 310, 100, 200, 4000, 3000]


def test_a_node_knows_the_unit_above_it_at_each_level() -> None:
    tree = Tree.of(PATHS)

    assert tree.ancestors("township").tolist() == [-1, 1, 1, 1, 4, 4]
    assert tree.ancestors("county").tolist() == [0] * 6
    assert tree.ancestors("village").tolist() == [-1, -1, 2, 3, -1, 5]
