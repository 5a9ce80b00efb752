"""Weaves mutants of a Rust file into it, each asleep until `crate::mutant()` gives its number.

Everything is an insertion: an expression becomes one arm of a `match` whose other arms are its mutants, a function
begins with early returns, an arm of a match gets a guard. So what is not woken is the code as it was.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import tree_sitter_rust
from tree_sitter import Language, Node, Parser

if TYPE_CHECKING:
    from collections.abc import Iterable

_PARSER = Parser(Language(tree_sitter_rust.language()))
#: Appended to lib.rs: which mutant is awake in this process; 0 is none.
CHOOSER = """
/// The mutant that is awake.
#[inline]
pub fn mutant() -> u32 {
    static AWAKE: std::sync::LazyLock<u32> =
        std::sync::LazyLock::new(|| std::env::var("MUTANT").ok().and_then(|number| number.parse().ok()).unwrap_or(0));
    *AWAKE
}
"""
#: After the body of a function that gives an iterator: its items, or those that stand instead.
_INSTEAD = """};
    let whole = if instead.is_none() { usize::MAX } else { 0 };
    items.take(whole).chain(instead.take().into_iter().flatten())
"""


@dataclass(frozen=True)
class Mutant:
    """A change, as cargo-mutants lists it."""

    number: int
    file: str
    name: str
    genre: str
    replacement: str
    returns: str
    #: Line and column of its two ends, from 1, in characters.
    span: tuple[tuple[int, int], tuple[int, int]]

    @classmethod
    def of(cls, number: int, listed: dict[str, Any]) -> Mutant:
        """Number one of the list."""
        start, end = ((place["line"], place["column"]) for place in (listed["span"]["start"], listed["span"]["end"]))
        returns = (listed["function"] or {}).get("return_type", "")
        return cls(
            number, listed["file"], listed["name"], listed["genre"], listed["replacement"], returns, (start, end)
        )


@dataclass
class Woven:
    """A file with its mutants inside."""

    text: bytes = b""
    #: Where the code of each mutant lies in the text.
    places: list[tuple[int, int, int]] = field(default_factory=list)
    #: Which mutants were put around the code between two places of the text.
    around: list[tuple[int, int, list[int]]] = field(default_factory=list)
    #: Mutants that have no place in a running program, with the reason.
    left: dict[int, str] = field(default_factory=dict)

    def at(self, place: int) -> list[int]:
        """The mutant whose code is at a byte of the text, or those that were put closest around it."""
        inside = [number for start, end, number in self.places if start <= place < end]
        if inside:
            return inside
        near = [(end - start, numbers) for start, end, numbers in self.around if start <= place < end]
        return min(near)[1] if near else []


@dataclass(frozen=True)
class _Insertion:
    at: int
    #: At one place, what ends comes before what begins, the inner end and the outer beginning first.
    order: tuple[int, int]
    text: str
    #: The mutant whose code it is, or the whole that it begins (an index from 0, negated and less one).
    number: int = 0


class _NotWovenError(Exception):
    """A mutant that is not chosen at run time."""


class _File:
    def __init__(self, source: bytes, constant: set[str]) -> None:
        self.source = source
        self.constant = constant
        self.root = _PARSER.parse(source).root_node
        self.starts = [0, *itertools.accumulate(len(line) for line in source.splitlines(keepends=True))]
        self.choices: dict[tuple[int, int], list[tuple[int, str]]] = {}
        #: Matches that lose arms: what the compiler then says is said of the match.
        self.matches: dict[tuple[int, int], list[int]] = {}
        #: Bodies of functions that give iterators.
        self.iterators: dict[tuple[int, int], list[tuple[int, str]]] = {}
        #: The types of what these yield.
        self.items: dict[tuple[int, int], str] = {}
        self.insertions: list[_Insertion] = []

    def weave(self, mutants: list[Mutant]) -> Woven:
        woven = Woven()
        for mutant in mutants:
            try:
                self._add(mutant)
            except _NotWovenError as reason:
                woven.left[mutant.number] = str(reason)
        self._wrap(woven)
        self._write(woven)
        return woven

    def _offset(self, place: tuple[int, int]) -> int:
        line, column = place
        start = self.starts[line - 1]
        return start + len(self.source[start : self.starts[line]].decode()[: column - 1].encode())

    def _text(self, node: Node | None) -> str:
        return self.source[node.start_byte : node.end_byte].decode() if node else ""

    def _add(self, mutant: Mutant) -> None:
        start, end = (self._offset(place) for place in mutant.span)
        node = self.root.descendant_for_byte_range(start, end)
        function = _up(node, "function_item", stop=("const_item", "static_item"))
        if function is None:
            raise _NotWovenError("in a constant")
        if _constant(function) and self._text(function.child_by_field_name("name")) in self.constant:
            raise _NotWovenError("in a function of constants")
        if mutant.genre == "BinaryOperator":
            self._binary(mutant, _up(node, "binary_expression", "compound_assignment_expr"), start)
        elif mutant.genre == "UnaryOperator":
            unary = _up(node, "unary_expression")
            if unary is None or unary.start_byte != start:
                raise _NotWovenError("an operator of something else")
            self._choice(unary, mutant.number, self.source[end : unary.end_byte].decode())
        elif mutant.genre == "FnValue":
            if "impl Iterator" in mutant.returns:
                self._items(function, mutant)
            else:
                self._begin(function, mutant)
        elif mutant.genre == "StructField":
            self._field(mutant, _up(node, "field_initializer", "shorthand_field_initializer"), start)
        elif mutant.genre in ("MatchArm", "MatchArmGuard"):
            self._arm(mutant, _up(node, "match_arm"))
        else:
            raise _NotWovenError(mutant.genre)

    def _binary(self, mutant: Mutant, node: Node | None, start: int) -> None:
        operator = node and node.child_by_field_name("operator")
        if node is None or operator is None or operator.start_byte != start:
            raise _NotWovenError("an operator of something else")
        left, right = (self._text(node.child_by_field_name(side)) for side in ("left", "right"))
        if node.type == "binary_expression":
            left, right = f"({left})", f"({right})"
        self._choice(node, mutant.number, f"{left} {mutant.replacement} {right}")

    def _choice(self, node: Node, number: int, text: str) -> None:
        self.choices.setdefault((node.start_byte, node.end_byte), []).append((number, text))

    def _begin(self, function: Node, mutant: Mutant) -> None:
        body = function.child_by_field_name("body")
        if body is None:
            raise _NotWovenError("a function without a body")
        text = f" if crate::mutant() == {mutant.number} {{ return {mutant.replacement}; }}"
        self.insertions.append(_Insertion(body.start_byte + 1, (0, 0), text, mutant.number))

    def _items(self, function: Node, mutant: Mutant) -> None:
        """A function whose iterator has no name that an early return could give: what it yields is exchanged."""
        body = function.child_by_field_name("body")
        if body is None:
            raise _NotWovenError("a function without a body")
        item = mutant.replacement.removeprefix("::std::iter::")
        item = item[len("once(") : -1] if item.startswith("once(") else ""
        arm = f"{mutant.number} => Some(vec![{item}]),"
        place = (body.start_byte + 1, body.end_byte - 1)
        self.iterators.setdefault(place, []).append((mutant.number, arm))
        self.items[place] = re.sub(r"^.*impl Iterator<Item ?= ?(.+)>[^>]*$", r"\1", mutant.returns)

    def _field(self, mutant: Mutant, field_: Node | None, start: int) -> None:
        whole = _up(field_, "struct_expression")
        if field_ is None or whole is None or field_.start_byte != start:
            raise _NotWovenError("a field of something else")
        rest = self.source[field_.end_byte : whole.end_byte].decode().lstrip().removeprefix(",")
        self._choice(whole, mutant.number, self.source[whole.start_byte : start].decode() + rest)

    def _arm(self, mutant: Mutant, arm: Node | None) -> None:
        pattern = arm and arm.child_by_field_name("pattern")
        if pattern is None:
            raise _NotWovenError("no arm of a match")
        condition = pattern.child_by_field_name("condition")
        if mutant.genre == "MatchArmGuard":
            if condition is None or condition.type in ("let_condition", "let_chain"):
                raise _NotWovenError("a guard that binds")
            self._choice(condition, mutant.number, mutant.replacement)
            return
        whole_match = _up(arm, "match_expression")
        if whole_match is not None:
            place = (whole_match.start_byte, whole_match.end_byte)
            self.matches.setdefault(place, []).append(mutant.number)
        if condition is None:
            text = f" if crate::mutant() != {mutant.number} "
            self.insertions.append(_Insertion(pattern.end_byte, (0, 0), text, mutant.number))
        else:
            text = f" crate::mutant() != {mutant.number} && "
            # A guard of several alternatives is one operand.
            whole = _text_needs_parentheses(condition)
            self.insertions.append(_Insertion(condition.start_byte, (1, -(1 << 40)), text + "(" * whole, mutant.number))
            if whole:
                self.insertions.append(_Insertion(condition.end_byte, (0, 1 << 40), ")"))

    def _wrap(self, woven: Woven) -> None:
        for (start, end), numbers in self.matches.items():
            self._around(woven, start, end, numbers, "", "")
        for (start, end), choices in self.iterators.items():
            arms = [_Insertion(start, (1, start - end), arm, number) for number, arm in choices]
            before = f" let mut instead: Option<Vec<{self.items[start, end]}>> = match crate::mutant() {{"
            self._around(woven, start, end, [number for number, _ in choices], before, _INSTEAD, arms)
            self.insertions.append(_Insertion(start, (1, start - end), "_ => None }; let items = {"))
        for (start, end), choices in self.choices.items():
            arms = [_Insertion(start, (1, start - end), f"{number} => ({text}),", number) for number, text in choices]
            numbers = [number for number, _ in choices]
            self._around(woven, start, end, numbers, "(match crate::mutant() {", ")})", arms)
            self.insertions.append(_Insertion(start, (1, start - end), "_ => ("))

    def _around(  # noqa: PLR0913, PLR0917  (two places, what stands at each, what is between)
        self,
        woven: Woven,
        start: int,
        end: int,
        numbers: list[int],
        before: str,
        after: str,
        arms: Iterable[_Insertion] = (),
    ) -> None:
        woven.around.append((0, 0, numbers))
        index = -len(woven.around)
        self.insertions += [_Insertion(start, (1, start - end), before, index), *arms]
        self.insertions.append(_Insertion(end, (0, end - start), after, index))

    def _write(self, woven: Woven) -> None:
        out, at = bytearray(), 0
        gone = self._constants()
        begun: dict[int, int] = {}
        # sorted() keeps what belongs to one place and one expression in order.
        for insertion in sorted(self.insertions, key=lambda one: (one.at, one.order)):
            out += _without(self.source, at, insertion.at, gone)
            at = insertion.at
            if insertion.number > 0:
                woven.places.append((len(out), len(out) + len(insertion.text.encode()), insertion.number))
            elif insertion.number < 0:
                index = -insertion.number - 1
                if index in begun:
                    until = len(out) + len(insertion.text.encode())
                    woven.around[index] = (begun[index], until, woven.around[index][2])
                begun[index] = len(out)
            out += insertion.text.encode()
        out += _without(self.source, at, len(self.source), gone)
        woven.text = bytes(out)

    def _constants(self) -> list[tuple[int, int]]:
        """The word `const` of functions that need not be: what is read at run time is no constant."""
        found = []
        open_ = [self.root]
        while open_:
            node = open_.pop()
            if node.type == "function_item" and self._text(node.child_by_field_name("name")) not in self.constant:
                found += [(word.start_byte, word.end_byte) for word in _modifiers(node) if word.type == "const"]
            open_ += node.children
        return sorted(found)


def weave(source: bytes, mutants: list[Mutant], constant: set[str]) -> Woven:
    """Put the mutants of a file into it. Functions of the names in `constant` stay constant, without mutants."""
    return _File(source, constant).weave(mutants)


def _up(node: Node | None, *kinds: str, stop: tuple[str, ...] = ()) -> Node | None:
    while node is not None and node.type not in kinds:
        node = None if node.type in stop else node.parent
    return node


def _modifiers(function: Node) -> list[Node]:
    return [word for part in function.children if part.type == "function_modifiers" for word in part.children]


def _constant(function: Node) -> bool:
    return any(word.type == "const" for word in _modifiers(function))


def _text_needs_parentheses(condition: Node) -> bool:
    return condition.type not in ("let_condition", "let_chain")


def _without(source: bytes, start: int, end: int, gone: list[tuple[int, int]]) -> bytes:
    out, at = bytearray(), start
    for first, last in gone:
        if start <= first and last <= end:
            out += source[at:first]
            at = last
    return bytes(out + source[at:end])
