"""From a checked tree to an expression over rows: what every builder of a part needs.

Faults are gathered: a part that is wrong gives None, and what is built on it stays silent.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, TypeAlias

from povplan.formulas.faults import FormulaError, nearest, tell
from povplan.formulas.grammar import Parsed
from povplan.formulas.kinds import Expression, KindName, alike, constant, named
from povplan.formulas.naming import code_called
from povplan.formulas.scope import Rows, Scope
from povplan.messages import Said
from povplan.spec import CodeList

Row: TypeAlias = Expression[Rows]
NodeBuilder: TypeAlias = Callable[["Compiler", Any], Row | None]
"""Makes the expression of one kind of node."""
Builder: TypeAlias = Callable[["Compiler", ast.Call], Row | None]
"""Makes the expression of a call: checks its arguments, says how to compute it."""


LEAVES = (ast.Name, ast.Constant)
"""Parts that cost nothing to compute again."""
MOST_CODES = 15
"""Codes of a list that are named where one of them was meant and none is alike."""


@dataclass(frozen=True)
class Language:
    """What a formula may hold: kinds of nodes, and functions by name."""

    nodes: Mapping[type[ast.AST], NodeBuilder]
    functions: Mapping[str, Builder]


class Compiler:
    """Builds expressions over the rows of one ledger, and remembers what they use."""

    def __init__(self, parsed: Parsed, scope: Scope, language: Language) -> None:
        self.parsed = parsed
        self.scope = scope
        self.language = language
        self.errors: list[FormulaError] = []
        self.places: dict[str, int] = {}
        """Own field used → the first character at which it stands."""
        self.parameters: dict[str, None] = {}
        self.needs: set[str] = set()
        self.uses_previous = False

    def inside(self, scope: Scope, functions: Mapping[str, Builder]) -> Compiler:
        """A compiler for a part that speaks of other rows; faults and parameters are shared."""
        inner = Compiler(self.parsed, scope, Language(self.language.nodes, functions))
        inner.errors, inner.parameters = self.errors, self.parameters
        return inner

    @property
    def fields(self) -> list[str]:
        """Own fields used, in the order of the text."""
        return sorted(self.places, key=lambda name: self.places[name])

    def fail(self, place: ast.AST | int, key: str, **values: object) -> None:
        """Note a fault at a node, or at a character of the text."""
        offset = place if isinstance(place, int) else self.parsed.offset(place)
        self.errors.append(FormulaError(tell(key, **values), offset, self.parsed.text))

    def compile(self, node: ast.expr) -> Row | None:
        """The expression of `node`; None where something is wrong with it."""
        made = self.language.nodes[type(node)](self, node)
        if made is None or isinstance(node, LEAVES):
            return made
        key, scope, run = partial(part_key, node), self.scope, made.run
        return replace(made, run=lambda rows: rows.part(key, scope, run))

    def expect(self, node: ast.expr, *kinds: KindName) -> Row | None:
        """The expression of `node`, which must be of one of `kinds`."""
        made = self.compile(node)
        if made is None or made.kind in kinds:
            return made
        wanted = Said("或".join(named(k).zh for k in kinds), " or ".join(named(k).en for k in kinds))
        self.fail(node, "formula_wrong_kind", wanted=wanted, found=named(made.kind))
        return None

    def each(self, nodes: Sequence[ast.expr], *kinds: KindName) -> list[Row] | None:
        """The expressions of all `nodes`, each of one of `kinds` where any are named."""
        made = [self.expect(node, *kinds) if kinds else self.compile(node) for node in nodes]
        parts = [part for part in made if part is not None]
        return parts if len(parts) == len(nodes) else None

    def together(self, nodes: Sequence[ast.expr], *kinds: KindName) -> list[Row] | None:
        """The expressions of all `nodes` brought to one kind: numbers beside money are yuan."""
        parts = self.each(nodes, *kinds)
        same = alike(*parts) if parts else None
        if parts and same is None:
            odd = next(i for i, part in enumerate(parts) if alike(parts[0], part) is None)
            words = {"one": named(parts[0].kind), "other": named(parts[odd].kind)}
            self.fail(nodes[odd], "formula_do_not_match", **words)
        return same

    def arguments(self, call: ast.Call, least: int, most: int | None = None) -> list[ast.expr] | None:
        """The arguments of `call` if their number is right: from `least` to `most`, None being any."""
        count = len(call.args)
        if least <= count and (most is None or count <= most):
            return call.args
        wanted = f"{least}+" if most is None else str(least) if most == least else f"{least}–{most}"
        self.fail(call, "formula_arguments", name=called(call), wanted=wanted, found=count)
        return None

    def name_of(self, node: ast.expr) -> str | None:
        """A bare name or a text, as `param` and `total` take for their first argument."""
        return node.id if isinstance(node, ast.Name) else self.text_of(node, "formula_name_wanted")

    def text_of(self, node: ast.expr, key: str = "formula_text_wanted") -> str | None:
        """A text written out in the formula."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        self.fail(node, key)
        return None

    def coded(self, part: Row, codes: CodeList | None) -> Row:
        """A text that is the label or alias of a code as the code, where labels are spoken; else as it is."""
        if codes is None or not self.scope.by_label or not isinstance(part.literal, str):
            return part
        return constant(part.kind, code_called(codes, part.literal))

    def check_code(self, node: ast.expr, code: object, codes: CodeList | None) -> None:
        """Note a fault where a text that stands for a choice is none of its codes."""
        if codes is None or not isinstance(code, str) or any(code == v.code for v in codes.values):
            return
        meant = [v.code for v in codes.values if code in (v.label.zh, v.label.en, *v.aliases)]
        near = tell("formula_did_you_mean", near=meant[0]) if meant else None
        hint = near or nearest(code, [value.code for value in codes.values])
        if not hint.zh and self.scope.by_label:
            hint = _codes_of(codes)
        self.fail(node, "formula_unknown_code", code=code, codes=codes.codes, hint=hint)


def _codes_of(codes: CodeList) -> Said:
    """What a list holds, or where to read it where that is long."""
    if len(codes.values) > MOST_CODES:
        return tell("formula_codes_in", codes=codes.codes)
    labels = [value.label.said for value in codes.values]
    listed = Said("、".join(one.zh for one in labels), ", ".join(one.en for one in labels))
    return tell("formula_codes_are", listed=listed)


@lru_cache(maxsize=2**15)
def part_key(node: ast.expr) -> str:
    """What makes two parts of formulas the same, however they are spaced. Trees are parsed once and kept."""
    return ast.dump(node)


@lru_cache(maxsize=4096)
def parts_of(tree: ast.expr) -> tuple[str, ...]:
    """The keys of all parts of a formula that are worth keeping, its own first."""
    parts = (node for node in ast.walk(tree) if isinstance(node, ast.expr))
    return tuple(part_key(node) for node in parts if not isinstance(node, (*LEAVES, ast.List, ast.Tuple)))


def called(call: ast.Call) -> str:
    """The name of the function called."""
    return call.func.id if isinstance(call.func, ast.Name) else "?"
