"""What was learned written into the text of a definition file: layout and comments stay, nothing is dumped.

Places are those of the parsed YAML; every insertion is made at its offset, so the file reads as if somebody
had typed the header there, with a comment above that says where it comes from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

_PLAIN = re.compile(r"[㐀-鿿A-Za-z_][\w㐀-鿿（）、]*")
_WORDS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


@dataclass
class Amended:
    """A YAML text and the insertions to be made in it."""

    text: str
    _insertions: list[tuple[int, int, str]] = field(default_factory=list)
    """(where, how much of the original goes, what comes) of every change."""
    _seen: set[tuple[int, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.root: Any = yaml.compose(self.text, Loader=yaml.CSafeLoader)

    def __str__(self) -> str:
        """The text with everything inserted; of insertions at one place the first comes first."""
        out, last = [], 0
        for offset, length, inserted in sorted(self._insertions, key=lambda one: one[0]):
            out += [self.text[last:offset], inserted]
            last = offset + length
        return "".join([*out, self.text[last:]])

    def insert(self, offset: int, text: str) -> None:
        """`text` at an offset of the original."""
        self._insertions.append((offset, 0, text))

    def replace(self, node: yaml.Node, text: str) -> None:
        """`text` in place of a node."""
        start = node.start_mark.index
        self._insertions.append((start, _end(node, self.text) - start, text))

    def note(self, node: yaml.Node, comment: str) -> None:
        """A comment line above the line on which a node begins; the same comment only once."""
        start = self.text.rfind("\n", 0, node.start_mark.index) + 1
        indent = re.match(r"[ ]*", self.text[start:])
        if (start, comment) not in self._seen:
            self._seen.add((start, comment))
            self.insert(start, f"{indent[0] if indent else ''}# {one_line(comment)}\n")

    def add(self, mapping: yaml.MappingNode, key: str, values: Sequence[str], *, after: str) -> None:
        """More values in the list under `key`: a list that is there grows, a bare text becomes one."""
        shown = ", ".join(map(scalar, values))
        node = child(mapping, key)
        if node is None:
            last = child(mapping, after) or mapping.value[-1][1]
            if mapping.flow_style:
                self.insert(_end(last, self.text), f", {key}: [{shown}]")
            else:
                indent = " " * mapping.start_mark.column
                self.insert(_line_end(last, self.text), f"\n{indent}{key}: [{shown}]")
        elif isinstance(node, yaml.SequenceNode) and node.flow_style:
            self.insert(node.end_mark.index - 1, f"{', ' if node.value else ''}{shown}")
        elif isinstance(node, yaml.SequenceNode):
            indent = " " * node.start_mark.column
            self.insert(
                _line_end(node.value[-1], self.text), "".join(f"\n{indent}- {scalar(v)}" for v in values)
            )
        else:
            self.insert(node.start_mark.index, "[")
            self.insert(_end(node, self.text), f", {shown}]")

    def append(self, sequence: yaml.SequenceNode, lines: Sequence[str]) -> None:
        """Further items at the end of a block list, one line each (comments among them)."""
        indent = " " * sequence.start_mark.column
        self.insert(_line_end(sequence.value[-1], self.text), "".join(f"\n{indent}{line}" for line in lines))

    def entry(self, mapping: yaml.MappingNode, lines: Sequence[str]) -> None:
        """Further keys at the end of a block mapping, one line each (comments among them)."""
        indent = " " * mapping.start_mark.column
        self.insert(
            _line_end(mapping.value[-1][1], self.text), "".join(f"\n{indent}{line}" for line in lines)
        )

    def before(self, node: yaml.Node, lines: Iterable[str]) -> None:
        """Lines of their own above the line on which a node begins, indented like it."""
        start = self.text.rfind("\n", 0, node.start_mark.index) + 1
        indent = " " * node.start_mark.column
        self.insert(start, "".join(f"{indent}{line}\n" for line in lines))


def child(mapping: yaml.Node, key: str) -> Any:
    """The value node under a key; None where there is none."""
    return next((value for name, value in mapping.value if name.value == key), None)


def item(sequence: yaml.SequenceNode, key: str, value: str) -> Any:
    """The mapping of a list whose `key` is `value`; None where there is none."""
    found = (node for node in sequence.value if (of := child(node, key)) is not None and of.value == value)
    return next(found, None)


def scalar(text: str) -> str:
    """A text as YAML has it: bare where that is safe, else quoted; one line in any case."""
    plain = one_line(text)
    if _PLAIN.fullmatch(plain) and plain.lower() not in _WORDS:
        return plain
    return json.dumps(plain, ensure_ascii=False)


def flow(values: Mapping[str, str]) -> str:
    """`{a: b, c: d}` of values that are YAML already."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"


def one_line(text: str) -> str:
    """A text without line breaks and characters that YAML or a terminal would act on."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _end(node: yaml.Node, text: str) -> int:
    """Where a node ends; of a block scalar or a plain text trailing blanks do not count."""
    return node.start_mark.index + len(text[node.start_mark.index : node.end_mark.index].rstrip())


def _line_end(node: yaml.Node, text: str) -> int:
    """The end of the line on which a node ends, a comment behind it included."""
    found = text.find("\n", _end(node, text))
    return len(text) if found < 0 else found
