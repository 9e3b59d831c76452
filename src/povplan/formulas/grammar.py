"""From the text of a formula to a checked syntax tree that remembers where every part stood.

Full-width signs and Chinese quotes are read as their plain forms. Inside quotes nothing is changed and
the backslash is an ordinary character, so that a pattern is written as it is meant. What the tree may
hold is a closed list; everything else is refused here, before any meaning is looked for.
"""

from __future__ import annotations

import ast
import math
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from povplan.formulas.faults import FormulaError, FormulaErrors, tell

LONGEST = 500
"""Characters in a formula."""
MOST_NODES = 200
"""Names, numbers, texts, operations and calls in a formula."""
GREATEST = 10**15
"""Numbers in a formula stay below this, where every integer is still exact."""

ALLOWED: frozenset[type[ast.AST]] = frozenset(
    (
        *(ast.Expression, ast.Load, ast.Name, ast.Constant, ast.List, ast.Tuple, ast.Call, ast.IfExp),
        *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd),
        *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div),
        *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
    )
)
SIGNS: dict[str, str] = {
    **{"Attribute": ".", "Subscript": "[…]", "Lambda": "lambda", "NamedExpr": ":=", "Starred": "*"},
    **{"ListComp": "for", "SetComp": "for", "DictComp": "for", "GeneratorExp": "for", "keyword": "="},
    **{"Pow": "**", "FloorDiv": "//", "Mod": "%", "MatMult": "@", "LShift": "<<", "RShift": ">>"},
    **{"BitAnd": "&", "BitOr": "|", "BitXor": "^", "Invert": "~", "Is": "is", "IsNot": "is not"},
    **{"Dict": "{…}", "Set": "{…}", "Await": "await", "Yield": "yield", "Slice": ":"},
}
"""How a refused part looks in the text, by the name of its node."""

_PLAIN = {"×": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "−": "-", "、": ","}
_CLOSING = {'"': '"', "'": "'", "“": "”", "”": "”", "‘": "’", "’": "’", "＂": "＂", "＇": "＇"}
_ORDINARY = re.compile(r"[A-Za-z0-9_ (),.+*/-]+")
"""Characters that mean what they are, wherever they stand outside quotes."""
_CALLED = re.compile(r"\b(?:if|and|or)\s*\(")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\w+|[^\w\s]')
_BEFORE_OPERAND = frozenset({"", *"(,[+-*/<>=", "and", "or", "not", "if", "else", "in"})


@dataclass(frozen=True)
class Parsed:
    """A formula's tree, and for each character of the source it was parsed from its place in `text`."""

    text: str
    tree: ast.expr
    source: str
    origin: tuple[int, ...]

    def offset(self, node: ast.AST) -> int:
        """The character of `text` at which `node` begins."""
        return self._place(getattr(node, "col_offset", 0))

    def end(self, node: ast.expr) -> int:
        """The character of `text` after the end of `node`, blanks and closing brackets skipped."""
        rest = self.source.encode()[node.end_col_offset or 0 :].decode()
        skipped = len(rest) - len(rest.lstrip(" )"))
        return self._place((node.end_col_offset or 0) + skipped)

    def _place(self, byte: int) -> int:
        characters = byte if self.source.isascii() else len(self.source.encode()[:byte].decode())
        return self.origin[min(characters, len(self.origin) - 1)]


@lru_cache(maxsize=4096)
def parse(text: str) -> Parsed:
    """The checked tree of `text`, which nobody changes.

    Raises FormulaErrors: the first fault of writing, or all parts refused.
    """
    if len(text) > LONGEST:
        raise _one("formula_too_long", LONGEST, text, limit=LONGEST)
    if not text.strip():
        raise _one("formula_empty", 0, text)
    source, origin = _plain(text)
    parsed = Parsed(text, _tree(source, text, origin), source, origin)
    nodes = list(ast.walk(parsed.tree))
    _check_size(text, nodes)
    allowed = {type(node) for node in nodes} <= ALLOWED
    asked = [node for node in nodes if isinstance(node, ast.Constant)] if allowed else nodes
    refused = [error for node in asked for error in _refused(parsed, node)]
    if refused:
        raise FormulaErrors(refused)
    return parsed


def _one(key: str, offset: int, text: str, **values: object) -> FormulaErrors:
    return FormulaErrors([FormulaError(tell(key, **values), offset, text)])


def _plain(text: str) -> tuple[str, tuple[int, ...]]:
    """The source to parse, and for each of its characters (and its end) the place in `text`."""
    pieces: list[str] = []
    origin: list[int] = []
    at = len(text) - len(text.lstrip())
    while at < len(text):
        places: Sequence[int]
        if text[at] in _CLOSING:
            end = _closing(text, at)
            _check_quote("".join(pieces), text, at)
            piece, places = _quoted(text, at, end)
        elif run := _ORDINARY.match(text, at):
            piece, places = run[0], range(at, run.end())
        else:
            piece = _outside_quotes(text, at)
            places = [at] * len(piece)
        pieces.append(piece)
        origin += places
        at = places[-1] + 1
    return _functions_not_keywords("".join(pieces)), (*origin, len(text))


def _closing(text: str, start: int) -> int:
    end = text.find(_CLOSING[text[start]], start + 1)
    if end < 0:
        raise _one("formula_open_quote", start, text)
    return end


def _check_quote(before: str, text: str, at: int) -> None:
    """`["a" "b"]` would silently join two texts, `r"…"` change one."""
    if before.rstrip().endswith('"'):
        raise _one("formula_two_texts", at, text)
    if before and (before[-1].isalnum() or before[-1] == "_"):
        raise _one("formula_letter_before_quote", at - 1, text)


def _quoted(text: str, start: int, end: int) -> tuple[str, Sequence[int]]:
    inside = text[start + 1 : end]
    if inside.isprintable() and not {*inside} & {*'"\\'}:
        return f'"{inside}"', range(start, end + 1)
    pieces = [('"', start)]
    for at in range(start + 1, end):
        _check_visible(text, at)
        pieces.append((("\\" if text[at] in '"\\' else "") + text[at], at))
    pieces.append(('"', end))
    return "".join(piece for piece, _ in pieces), [at for piece, at in pieces for _ in piece]


def _outside_quotes(text: str, at: int) -> str:
    if text[at].isspace():
        return " "
    _check_visible(text, at)
    plain = _as_plain(text[at])
    following = _as_plain(text[at + 1]) if at + 1 < len(text) else ""
    before = _as_plain(text[at - 1]) if at else ""
    alone = plain == "=" and not following.startswith("=") and before not in ("=", "<", ">", "!", ":")
    if alone or (plain == "<" and following == ">"):
        raise _one("formula_equals", at, text)
    if plain in ("#", "\\"):
        raise _one("formula_syntax", at, text, near=text[at])
    return plain


@lru_cache(maxsize=2048)
def _as_plain(character: str) -> str:
    wide = unicodedata.decomposition(character).startswith("<wide>")
    return unicodedata.normalize("NFKC", character) if wide else _PLAIN.get(character, character)


def _check_visible(text: str, at: int) -> None:
    if unicodedata.category(text[at]) in ("Cc", "Cf", "Cs", "Co", "Cn"):
        raise _one("formula_invisible", at, text, code=f"U+{ord(text[at]):04X}")


def _functions_not_keywords(source: str) -> str:
    """`if(a, b, c)` where a value is due is Excel's function, not Python's keyword: written `IF(`."""
    if not _CALLED.search(source):
        return source
    out, before = list(source), ""
    for token in _TOKEN.finditer(source):
        word, start, end = token[0], token.start(), token.end()
        called = source[end:].lstrip().startswith("(")
        if called and word in ("if", "and", "or") and before in _BEFORE_OPERAND:
            out[start:end] = word.upper()
        before = word
    return "".join(out)


def _tree(source: str, text: str, origin: tuple[int, ...]) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ast.parse(source, mode="eval").body
    except SyntaxError as error:
        place = (error.offset or 0) - 1
        at = origin[place] if 0 <= place < len(origin) else len(text)
        raise _syntax(text, at) from None
    except (MemoryError, RecursionError):
        raise _one("formula_too_many_parts", 0, text, limit=MOST_NODES) from None


def _syntax(text: str, at: int) -> FormulaErrors:
    near = text[at : at + 12].strip()
    return _one("formula_syntax", at, text, near=near) if near else _one("formula_unfinished", at, text)


def _check_size(text: str, nodes: Sequence[ast.AST]) -> None:
    if sum(isinstance(node, ast.expr) for node in nodes) > MOST_NODES:
        raise _one("formula_too_many_parts", 0, text, limit=MOST_NODES)


def _refused(parsed: Parsed, node: ast.AST) -> Iterator[FormulaError]:
    """The faults of `node` itself, and of the operators it carries (they have no place of their own)."""
    if isinstance(node, ast.Constant):
        yield from _refused_constant(parsed, node)
    elif isinstance(node, ast.BinOp):
        yield from _not_allowed(parsed, node.op, parsed.end, node.left)
    elif isinstance(node, ast.UnaryOp):
        yield from _not_allowed(parsed, node.op, parsed.offset, node)
    elif isinstance(node, ast.Compare):
        for operator, left in zip(node.ops, [node.left, *node.comparators], strict=False):
            yield from _not_allowed(parsed, operator, parsed.end, left)
    elif isinstance(node, (ast.Attribute, ast.Subscript)):
        yield from _not_allowed(parsed, node, parsed.end, node.value)
    elif isinstance(node, (ast.expr, ast.keyword)):
        yield from _not_allowed(parsed, node, parsed.offset, node)


def _not_allowed(
    parsed: Parsed, node: ast.AST, place: Callable[[Any], int], of: ast.AST
) -> Iterator[FormulaError]:
    if type(node) not in ALLOWED:
        name = type(node).__name__
        yield FormulaError(tell("formula_not_allowed", sign=SIGNS.get(name, name)), place(of), parsed.text)


def _refused_constant(parsed: Parsed, node: ast.Constant) -> Iterator[FormulaError]:
    value = node.value
    if isinstance(value, (bool, str)):
        return
    if not isinstance(value, (int, float)):
        said = tell("formula_not_a_value", value=repr(value))
        yield FormulaError(said, parsed.offset(node), parsed.text)
    elif not math.isfinite(value) or abs(value) >= GREATEST:
        yield FormulaError(tell("formula_number_too_great"), parsed.offset(node), parsed.text)
