"""Find the table on a sheet and say which column is which field.

A sheet has title, unit and blank rows, then one to five header rows, merged here and there. Every
declared form is tried at every place; the one that explains most columns is taken, and what it leaves
unexplained is listed. Merged cells lend their text only inside their real range: forward filling a
blank top header calls this year's income last year's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from functools import cached_property

from povplan.grid import Grid
from povplan.reading.heads import Column, Declared, Heads
from povplan.spec import Block, Feed, Form
from povplan.words import Vocabulary, flat, nearest


@dataclass(frozen=True)
class Match:
    """What one feed found: field → column, block → column, compared field → column."""

    feed: Feed
    columns: Mapping[str, Column]
    blocks: tuple[tuple[Block, Column], ...]
    compare: Mapping[str, Column]
    ambiguous: Mapping[str, tuple[Column, ...]]
    """Declared header → the columns that it may be."""
    missing: Mapping[str, tuple[str, ...]]
    """Name of each header not found → all names it could have stood under."""

    @property
    def used(self) -> Iterator[Column]:
        """All columns this feed takes."""
        yield from self.columns.values()
        yield from self.compare.values()
        yield from (column for _, column in self.blocks)

    @property
    def headers(self) -> Iterator[str]:
        """Every header text that the feed declares."""
        yield from (text for texts in _wanted(self.feed).values() for text in texts)


@dataclass(frozen=True)
class Layout:
    """A form found on a sheet: its header rows, and what every column is."""

    form: Form
    top: int
    depth: int
    columns: tuple[Column, ...]
    matches: tuple[Match, ...]
    ignored: frozenset[str] = frozenset()
    beside: int | None = None
    """The first column of another table, to the right of this one: it is not read."""

    @property
    def first_row(self) -> int:
        """The first row under the header, from 1."""
        return self.top + self.depth

    @cached_property
    def matched(self) -> frozenset[int]:
        """Numbers of the columns that are some field."""
        return frozenset(column.number for match in self.matches for column in match.used)

    @cached_property
    def ordinals(self) -> frozenset[int]:
        """Numbers of the columns that only count the rows: 序号."""
        return frozenset(c.number for c in self.columns if c.leaf in _ORDINALS) - self.matched

    @property
    def unmatched(self) -> list[Column]:
        """Columns with a header that no feed takes, in order; 序号 is nobody's."""
        said = {c.number for match in self.matches for found in match.ambiguous.values() for c in found}
        return [
            column
            for column in self.columns
            if column.path
            and not column.elsewhen
            and column.number not in self.matched | self.ordinals | said
            and not {column.leaf, flat(column.path)} & self.ignored
        ]

    @property
    def elsewhen(self) -> list[Column]:
        """Columns left out because they stand under 上年, 增减 or another year, in order."""
        return [c for c in self.columns if c.elsewhen and c.number not in self.matched | self.ordinals]

    def suggestion(self, column: Column) -> str | None:
        """The declared header that was not found and is most like this column's."""
        missing = (n for m in self.matches for names in m.missing.values() for n in names)
        return nearest(column.leaf, missing, alike=0.7)


_ORDINALS = {"序号", "编号", "no", "排序", "行次"}


@dataclass(frozen=True)
class Candidate:
    """A form that explains some columns of a sheet, good enough or not."""

    layout: Layout
    cut: int
    """Merged header cells that the header's edges would cut."""
    telling: Mapping[str, bool] = default(default_factory=dict)
    """Each header that tells the form apart → whether it stands on the sheet."""

    @property
    def found(self) -> int:
        """How many columns it explains."""
        return len(self.layout.matched)

    @cached_property
    def wanted(self) -> int:
        """How many columns the form has; one that feeds two ledgers counts once."""
        return len({texts[0] for feed in self.layout.form.feeds for texts in _wanted(feed).values()})

    @property
    def order(self) -> tuple[int, int, int, int, int]:
        """Most columns first; then whole cells, few header rows, the first page's, a small form."""
        return (self.found, -self.cut, -self.layout.depth, -self.layout.top, -self.wanted)


def locate(
    grid: Grid, forms: Sequence[Form], vocabulary: Vocabulary, *, of_any_time: bool = False
) -> list[Candidate]:
    """Every form with at least one column on the sheet, best first: one candidate a form.

    Of any time: as if figures of last year, of changes and of plans were this year's, too.
    """
    heads = Heads(grid, vocabulary, of_any_time=of_any_time)
    places = list(heads.places(_names(forms, heads)))
    found = [best for form in forms if (best := _best(form, places, heads))]
    return sorted(found, key=lambda candidate: candidate.order, reverse=True)


def _best(form: Form, places: Sequence[tuple[int, int]], heads: Heads) -> Candidate | None:
    """The form at the place where it explains most; places that can explain less are not tried."""
    names = _names([form], heads)
    most = {place: sum(not names.isdisjoint(c.names) for c in heads.columns(*place)) for place in places}
    best: Candidate | None = None
    for place in sorted(places, key=most.__getitem__, reverse=True):
        if most[place] < (best.found if best else 1):
            break
        tried = _try(form, heads, *place)
        if tried.found and (best is None or tried.order > best.order):
            best = tried
    return _with_units(best, heads) if best else None


def _names(forms: Iterable[Form], heads: Heads) -> set[str]:
    """Every name that some declared header or part of it goes by."""
    feeds = [feed for form in forms for feed in form.feeds]
    texts = {text for feed in feeds for given in (*_wanted(feed).values(), feed.ignore) for text in given}
    paths = [heads.declared(text).path for text in texts]
    return {name for path in paths for name in (*path, flat(path))}


def _try(form: Form, heads: Heads, top: int, depth: int) -> Candidate:
    columns = heads.columns(top, depth)
    matches = tuple(_match(feed, columns, heads) for feed in form.feeds)
    ignored = {flat(heads.declared(text).path) for feed in form.feeds for text in feed.ignore}
    ignored |= {flat(column.path) for column in columns if heads.vocabulary.is_last_year(column.text)}
    layout = Layout(form, top, depth, columns, matches, frozenset(ignored), heads.beside(top, depth))
    return Candidate(layout, heads.cut(top, depth))


def _telling(layout: Layout, heads: Heads) -> dict[str, bool]:
    names = {flat(path) for column in layout.columns for path in (column.path, column.path[-1:])}
    return {text: flat(heads.declared(text).path) in names for text in layout.form.recognise}


def _with_units(candidate: Candidate, heads: Heads) -> Candidate:
    """The candidate with the units of measure that stand above its header over groups of columns."""
    layout = candidate.layout
    above = {c.number: replace(c, above=heads.unit_above(c.number - 1, layout.top)) for c in layout.columns}
    matches = tuple(
        replace(
            match,
            columns={name: above[c.number] for name, c in match.columns.items()},
            compare={name: above[c.number] for name, c in match.compare.items()},
            blocks=tuple((block, above[c.number]) for block, c in match.blocks),
        )
        for match in layout.matches
    )
    located = replace(layout, columns=tuple(above.values()), matches=matches)
    return replace(candidate, layout=located, telling=_telling(located, heads))


Claim = tuple[str, object]
"""What may be had from a column: ("column", field), ("compare", field) or ("block", number)."""


def _wanted(feed: Feed) -> dict[Claim, tuple[str, ...]]:
    """All that a feed looks for, with the headers under which it may stand."""
    blocks = feed.unpivot.columns if feed.unpivot else ()
    return {
        **{("column", name): texts for name, texts in feed.columns.items()},
        **{("compare", name): texts for name, texts in feed.compare.items()},
        **{("block", number): block.header for number, block in enumerate(blocks)},
    }


def _match(feed: Feed, columns: Sequence[Column], heads: Heads) -> Match:
    """Give each declared header its column: the most exact claim first, one field a column."""
    wanted = _wanted(feed)
    given, unclear = _assign(wanted, columns, heads)
    blocks = feed.unpivot.columns if feed.unpivot else ()
    return Match(
        feed=feed,
        columns={str(name): column for (kind, name), column in given.items() if kind == "column"},
        compare={str(name): column for (kind, name), column in given.items() if kind == "compare"},
        blocks=tuple((block, given["block", i]) for i, block in enumerate(blocks) if ("block", i) in given),
        ambiguous={texts[0]: unclear[key] for key, texts in wanted.items() if key in unclear},
        missing={
            heads.declared(texts[0]).path[-1]: tuple(heads.declared(text).path[-1] for text in texts)
            for key, texts in wanted.items()
            if key not in given and key not in unclear
        },
    )


def _assign(
    wanted: Mapping[Claim, Sequence[str]], columns: Sequence[Column], heads: Heads
) -> tuple[dict[Claim, Column], dict[Claim, tuple[Column, ...]]]:
    """(claim → its column, claim → the columns that it may be), the most exact claims settled first."""
    named: dict[str, list[Column]] = {}
    for column in columns:
        for name in column.names:
            named.setdefault(name, []).append(column)
    ranked: dict[int, dict[Claim, list[Column]]] = {}
    for key, texts in wanted.items():
        for column, rank in _claims([heads.declared(text) for text in texts], named, heads).items():
            ranked.setdefault(rank, {}).setdefault(key, []).append(column)
    given: dict[Claim, Column] = {}
    unclear: dict[Claim, tuple[Column, ...]] = {}
    for rank in sorted(ranked, reverse=True):
        _settle(
            {k: c for k, c in ranked[rank].items() if k not in given and k not in unclear}, given, unclear
        )
    return given, unclear


def _settle(
    claims: dict[Claim, list[Column]], given: dict[Claim, Column], unclear: dict[Claim, tuple[Column, ...]]
) -> None:
    """Claims of one rank: what has one column to itself gets it, until nothing more is certain."""
    while claims:
        taken = {column.number for column in given.values()}
        free = {key: [c for c in found if c.number not in taken] for key, found in claims.items()}
        claims = {key: found for key, found in free.items() if found}
        only = Counter(found[0].number for found in claims.values() if len(found) == 1)
        sure = {k: f[0] for k, f in claims.items() if len(f) == 1 and only[f[0].number] == 1}
        if not sure:
            unclear.update({key: tuple(found) for key, found in claims.items()})
            return
        given.update(sure)
        claims = {key: found for key, found in claims.items() if key not in sure}


def _claims(
    declared: Sequence[Declared], named: Mapping[str, Sequence[Column]], heads: Heads
) -> dict[Column, int]:
    """The columns that one of the declared headers names, and how exactly: the whole path most.

    低保对象(户) and 低保对象(人) share a name: the one that measures the same thing is meant. A header that
    measures something else is taken, and that is said, only where no other column has its name.
    """
    ranks: dict[Column, int] = {}
    called = [flat(header.path) for header in declared]
    for header in declared:
        same = (*named.get(header.path[-1], ()), *named.get(flat(header.path), ()))
        for column in dict.fromkeys(same):
            rank = 10 * _rank(header.path, column.path) if _is_meant(called, column, heads) else 0
            if rank and header.dimension and column.dimension:
                alone = len(named[column.leaf]) == 1
                rank = rank + 2 if header.dimension == column.dimension else alone * (rank - 5)
            ranks[column] = max(ranks.get(column, 0), rank)
    return {column: rank for column, rank in ranks.items() if rank}


def _is_meant(called: Sequence[str], column: Column, heads: Heads) -> bool:
    """Whether a column can be what is called so: under 上年, 增减 or 计划 only if one of its names says so.

    One word of plans is as good as another: 项目总投资 under 规划 is 计划总投资.
    """
    plans = any(map(heads.vocabulary.names_plan, called))
    return heads.of_any_time or all(
        any(part in name for name in called) or (plans and heads.vocabulary.is_plan(part))
        for part in column.elsewhen
    )


def _rank(declared: tuple[str, ...], path: tuple[str, ...]) -> int:
    if declared == path:
        return 100
    if len(declared) > 1 and _ends_with(path, declared):
        return 10 + len(declared)
    if flat(declared) == flat(path):
        return 9
    return 8 if flat(declared) == flat(path[-1:]) else 0


def _ends_with(path: Sequence[str], declared: Sequence[str]) -> bool:
    """Whether `declared` ends in the leaf and stands, in order, in the path."""
    if not path or path[-1] != declared[-1]:
        return False
    above = iter(path[:-1])
    return all(part in above for part in declared[:-1])
