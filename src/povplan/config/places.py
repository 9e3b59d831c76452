"""YAML read strictly, every value with its place.

YAML 1.1 reads `010` as 8, `no` as false, `12:30` as 750, and PyYAML keeps the last of two equal keys.
Here only `null`, `true`, `false`, whole numbers and plain decimals are anything but text; digits that
may be a code must be quoted; a repeated key is a fault. Parsing goes by events, so that depth and size
are bounded before anything is built: a hostile file costs a fault, not the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from povplan.config.syntax import characters_to_refuse, syntax_fault
from povplan.errors import Fault
from povplan.messages import Said, say

MAX_VALUES = 100_000
"""Values in one file, an alias counted with all it stands for."""
MAX_DEPTH = 30
Loc = tuple[str | int, ...]
"""The way to a value: keys and positions, from the top of the file."""
Place = tuple[int, int]
"""Line and column, both from 1."""

_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]+)?")
_DIGITS = frozenset("-0123456789")
_MAYBE_CODE = re.compile(r"0[0-9]+|[1-9][0-9]{18,}")
_KNOWN_TAGS = {None, "!"} | {f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq")}
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_NOTHING: dict[Any, Any] = {}
"""Parts and keys of a scalar, which has none: one for all, never filled."""


@dataclass(slots=True)
class Node:
    """One value as plain Python, with its place and those of its parts and keys."""

    value: Any
    place: Place
    start: int = 0
    """Offset of its first character in the file."""
    text: str | None = None
    """A scalar as written, without quotes."""
    parts: dict[Any, Node] = field(default_factory=lambda: _NOTHING)
    keys: dict[Any, Place] = field(default_factory=lambda: _NOTHING)
    size: int = 1


@dataclass(frozen=True)
class Document:
    """One file: what it says, and where each part of that stands."""

    file: str
    text: str
    root: Node

    @property
    def value(self) -> Any:
        """The whole file as plain lists, mappings, text and numbers."""
        return self.root.value

    def part(self, loc: Loc) -> Any:
        """What stands at `loc`, or at the deepest place on the way there, as plain values."""
        return self.node(loc).value

    def node(self, loc: Loc) -> Node:
        """The value at `loc`, or the deepest one on the way there."""
        node = self.root
        for part in loc:
            if part not in node.parts:
                break
            node = node.parts[part]
        return node

    def fault(self, said: Said, *loc: str | int, key: bool = False) -> Fault:
        """A fault of the value at `loc`; with `key`, of the key that leads to it."""
        place = self.node(loc).place
        if key and loc:
            place = self.node(loc[:-1]).keys.get(loc[-1], place)
        return Fault(self.file, *place, said)

    def fault_inside(self, said: Said, offset: int, *loc: str | int) -> Fault:
        """A fault of character `offset` of the text at `loc`."""
        node = self.node(loc)
        return Fault(self.file, *(self._place_inside(node, offset) or node.place), said)

    def _place_inside(self, node: Node, offset: int) -> Place | None:
        """Text may be folded or indented in the file, but its visible characters follow in order.

        Where they do not (escapes, an end beyond the text), there is no place inside.
        """
        text = node.text or ""
        if offset >= len(text):
            return None
        visible = re.finditer(r"\S", self.text[self._first_character(node.start) :])
        wanted = "".join(text[: offset + 1].split())
        found = None
        for character, found in zip(wanted, visible, strict=False):
            if found.group() != character:
                return None
        return self._line_and_column(self._first_character(node.start) + found.start()) if found else None

    def _first_character(self, start: int) -> int:
        """Past an opening quote, or past the line of `|` and `>`."""
        opening = self.text[start : start + 1]
        if opening in ("|", ">"):
            return self.text.find("\n", start) + 1
        return start + 1 if opening in ("'", '"') else start

    def _line_and_column(self, position: int) -> Place:
        line_start = self.text.rfind("\n", 0, position) + 1
        return self.text.count("\n", 0, position) + 1, position - line_start + 1


def read_document(text: str, file: str) -> tuple[Document | None, list[Fault]]:
    """The document in `text`, None where it cannot be understood, and every fault met on the way."""
    refused = characters_to_refuse(text, file)
    if refused:
        return None, refused
    builder = _Builder(file, yaml.parse(text, Loader=_PARSER))
    try:
        root = builder.document()
    except yaml.YAMLError as error:
        return None, [*builder.faults, syntax_fault(error, text, file)]
    except _Bounds as error:
        return None, [Fault(file, *error.place, say(error.key))]
    if root is None:
        return None, [Fault(file, 1, 1, say("config_empty_file"))]
    return Document(file, text, root), builder.faults


class _Bounds(Exception):
    """The file is deeper or larger than a definition can be."""

    def __init__(self, key: str, place: Place) -> None:
        super().__init__(key)
        self.key = key
        self.place = place


class _Builder:
    """Turns parser events into nodes, noting faults that need not stop the reading."""

    def __init__(self, file: str, events: Iterator[Any]) -> None:
        self.file = file
        self.events = events
        self.faults: list[Fault] = []
        self.anchors: dict[str, Node | None] = {}
        self.count = 0

    def document(self) -> Node | None:
        """The one document of the stream, None for an empty file."""
        root = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self.note(_place(event), "config_second_document")
                    break
                root = self.node(next(self.events), 0)
        return root if root is None or root.text != "" else None

    def note(self, place: Place, key: str, **values: Any) -> None:
        """Remember a fault and read on."""
        self.faults.append(Fault(self.file, *place, say(key, **values)))

    def node(self, event: Any, depth: int) -> Node:
        """The node that `event` begins, with all below it."""
        if depth > MAX_DEPTH:
            raise _Bounds("config_too_deep", _place(event))
        if type(event) is yaml.ScalarEvent and event.anchor is None and event.tag is None:
            return self.scalar(event)  # nearly all
        if isinstance(event, yaml.AliasEvent):
            return self.grown(self.alias(event), event)
        if event.tag not in _KNOWN_TAGS:
            self.note(_place(event), "config_tag", tag=event.tag.replace("tag:yaml.org,2002:", "!!"))
        if event.anchor:
            self.anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = self.scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(event, depth)
        else:
            node = self.mapping(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def grown(self, node: Node, event: Any) -> Node:
        """`node`, counted."""
        self.count += node.size
        if self.count > MAX_VALUES:
            raise _Bounds("config_too_many_values", _place(event))
        return node

    def alias(self, event: Any) -> Node:
        """What the alias stands for; an unknown or unfinished one is a fault and stands for nothing."""
        found = self.anchors.get(event.anchor)
        if found is None:
            self.note(_place(event), "config_alias", name=event.anchor)
            return Node(None, _place(event))
        return found

    def scalar(self, event: Any) -> Node:
        """Text, or what a bare word of the restricted kind stands for."""
        text, mark = event.value, event.start_mark
        node = Node(text, (mark.line + 1, mark.column + 1), mark.index, text, _NOTHING, _NOTHING)
        if not event.style:
            node.value = plain(text)
            if text[:1] in _DIGITS and _MAYBE_CODE.fullmatch(text):
                self.note(node.place, "config_quote", value=text)
        return self.grown(node, event)

    def sequence(self, event: Any, depth: int) -> Node:
        """A list."""
        node = self.grown(Node([], _place(event), event.start_mark.index, None, {}, {}), event)
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            part = self.node(event, depth + 1)
            node.parts[len(node.value)] = part
            node.value.append(part.value)
            node.size += part.size
        return node

    def mapping(self, event: Any, depth: int) -> Node:
        """A mapping; of two equal keys the first stays."""
        node = self.grown(Node({}, _place(event), event.start_mark.index, None, {}, {}), event)
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            part = self.node(next(self.events), depth + 1)
            node.size += part.size
            if key.text is None:
                self.note(key.place, "config_key_not_text")
            elif key.value in node.keys:
                self.note(key.place, "config_key_twice", name=key.text, line=node.keys[key.value][0])
            else:
                node.keys[key.value] = key.place
                node.parts[key.value] = part
                node.value[key.value] = part.value
        return node


def plain(text: str) -> Any:
    """What an unquoted scalar means: nothing, true, false, a number of at most 18 digits, or text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in _DIGITS and (match := _NUMBER.fullmatch(text)):
        return float(text) if match[2] else int(text)
    return text


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1
