"""Imports point down: ground ← core ← shell ← command line, and core touches no file, clock or terminal."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "povplan"
GROUND = {"spec", "model", "errors", "keys", "units", "messages", "grid", "words"}
CORE = {
    "reading", "identity", "formulas", "checks",
    "ledger", "measures", "change", "leverage", "shares", "lists", "crosstab", "sheets",
    "sums", "fifths", "workdays", "capacity", "progress", "benefit", "dynamics", "memory", "matching",
    "evaluation", "panel", "deviations", "needs", "poverty", "rollup", "disclosure",
}  # fmt: skip
SHELL = {"config", "excel", "store", "workspace", "platform", "jobs"}
TOP = {"cli", "__main__", "__init__"}
RANK = {
    **dict.fromkeys(GROUND, 0),
    **dict.fromkeys(CORE, 1),
    **dict.fromkeys(SHELL, 2),
    **dict.fromkeys(TOP, 3),
}
HANDS = {"os", "pathlib", "sys", "time", "sqlite3", "shutil", "subprocess", "tempfile", "typer", "rich"}
"""Modules that reach files, clock or terminal."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[str, int]]:
    """Every module a file imports, with its line, imports for type checking left out."""
    found: list[tuple[str, int]] = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checking = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in checking:
            continue
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, node.lineno))
            if node.module == "povplan":
                found += [(f"povplan.{alias.name}", node.lineno) for alias in node.names]
    return [(name, line) for name, line in found if not name.endswith("__version__")]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_rooms_at_its_level_or_below(path: Path) -> None:
    own = RANK[room(path)]

    upward = [
        f"{path.name}:{line} {name}"
        for name, line in imports(path)
        if name.startswith("povplan.") and RANK[name.split(".")[1]] > own
    ]

    assert upward == []


@pytest.mark.parametrize(
    "path", [path for path in MODULES if room(path) in CORE], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_core_has_no_hands(path: Path) -> None:
    reaching = [f"{path.name}:{line} {name}" for name, line in imports(path) if name.split(".")[0] in HANDS]

    assert reaching == []


def test_no_cycle_between_rooms() -> None:
    edges: dict[str, set[str]] = {}
    for path in MODULES:
        for name, _ in imports(path):
            if name.startswith("povplan.") and name.split(".")[1] != room(path):
                edges.setdefault(room(path), set()).add(name.split(".")[1])

    done: set[str] = set()

    def visit(at: str, trail: tuple[str, ...]) -> None:
        assert at not in trail, " → ".join((*trail, at))
        if at not in done:
            for below in edges.get(at, ()):
                visit(below, (*trail, at))
            done.add(at)

    for start in list(edges):
        visit(start, ())
