"""YAML as data files use it: mappings, sequences and plain text, nothing that acts or repeats.

Every scalar stays text; the schema says what is a number. So ``country: NO`` is Norway and not False, and a
date stays as it was typed. Aliases, anchors, tags, several documents in a file, keys given twice, characters
that nobody can see and files past the size limit are refused, all of them at once, each with its line.
"""

from __future__ import annotations

import unicodedata
from typing import Any, NamedTuple, NoReturn

import yaml

from supplychain_risk.errors import Problem

MAX_BYTES = 5_000_000
MAX_DEPTH = 16
"""Nesting that no data file needs; deeper ones are hostile."""

PRINTABLE = "printable text with plain spaces"

Path = tuple[str | int, ...]

_PARSER = getattr(yaml, "CLoader", yaml.Loader)


class Reading(NamedTuple):
    """What a file holds, as nested dicts, lists and strings, and what was refused in it."""

    content: Any
    problems: list[Problem]


class _RefusedError(Exception):
    """Reading cannot go on; the problems say why."""


def read_yaml(file: str, raw: bytes) -> Reading:
    """Read one file.

    Parameters
    ----------
    file : its name, for messages.
    raw : its bytes, UTF-8.

    Examples
    --------
    >>> read_yaml("a.yaml", b"country: NO").content
    {'country': 'NO'}
    >>> print(read_yaml("a.yaml", b"a: &x 1").problems[0])
    a.yaml:1, a: found the anchor &x, expected no anchors
    """
    builder = _Builder(file, lines=None)
    try:
        return Reading(builder.build(raw), builder.problems)
    except _RefusedError:
        return Reading({}, builder.problems)


def find_lines(file: str, raw: bytes) -> dict[Path, int]:
    """1-based line of every key and item; reads the file again, so only for messages."""
    lines: dict[Path, int] = {}
    _Builder(file, lines=lines).build(raw)
    return lines


class _Builder:
    """Turns the parser's events into dicts, lists and strings.

    Built on the events, because the usual constructors resolve types, follow aliases and let the last of
    several equal keys win.
    """

    def __init__(self, file: str, lines: dict[Path, int] | None) -> None:
        self.file, self.lines = file, lines
        self.problems: list[Problem] = []

    def build(self, raw: bytes) -> Any:
        """The one document of the file."""
        text = self._decode(raw)
        try:
            content = self._document(_PARSER(text))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            context = f" {error.context}" if error.context else ""
            line = min(mark.line, text.count("\n")) + 1 if mark else 0
            self._stop(f"{error.problem}{context}", "complete YAML, text with ': ' in it quoted", line)
        except yaml.YAMLError as error:
            self._stop(str(error).splitlines()[0], "complete YAML")
        if self.problems:
            raise _RefusedError
        return content

    def _decode(self, raw: bytes) -> str:
        if len(raw) > MAX_BYTES:
            self._stop(f"more than {MAX_BYTES:,} bytes", f"at most {MAX_BYTES:,} bytes")
        try:
            text = raw.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            self._stop(f"byte {error.start}", "text in UTF-8", raw.count(b"\n", 0, error.start) + 1)
        for number, line in enumerate(text.split("\n"), start=1):
            if mark := _unprintable(line):
                self._note((), _named(mark), PRINTABLE, number)
        if self.problems:
            raise _RefusedError
        return text

    def _document(self, parser: Any) -> Any:
        self.next = parser.get_event
        self.next()
        if type(self.next()) is yaml.StreamEndEvent:
            self._stop("an empty file", "records")
        content = self._node(self.next(), ())
        self.next()
        if type(event := self.next()) is not yaml.StreamEndEvent:
            self._note((), "a second document", "one document", event.start_mark.line + 1)
        return content

    def _node(self, event: Any, path: Path) -> Any:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            if event.anchor or event.tag or _unprintable(event.value):
                self._refuse(event, path)
            return event.value
        self._refuse(event, path)
        if len(path) > MAX_DEPTH:
            self._stop("records nested without end", f"at most {MAX_DEPTH} levels", event.start_mark.line + 1)
        if kind is yaml.MappingStartEvent:
            return self._mapping(path)
        return self._sequence(path) if kind is yaml.SequenceStartEvent else ""

    def _mapping(self, path: Path) -> dict[str, Any]:
        record: dict[str, Any] = {}
        while type(event := self.next()) is not yaml.MappingEndEvent:
            key = self._node(event, path)
            if not isinstance(key, str):
                self._note(path, "a record as a key", "a plain key", event.start_mark.line + 1)
                key = repr(key)
            if key in record:
                self._note((*path, key), "the key twice", "each key once", event.start_mark.line + 1)
            if self.lines is not None:
                self.lines[*path, key] = event.start_mark.line + 1
            record[key] = self._node(self.next(), (*path, key))
        return record

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while type(event := self.next()) is not yaml.SequenceEndEvent:
            here = (*path, len(items))
            if self.lines is not None:
                self.lines[here] = event.start_mark.line + 1
            items.append(self._node(event, here))
        return items

    def _refuse(self, event: Any, path: Path) -> None:
        line = event.start_mark.line + 1
        if type(event) is yaml.AliasEvent:
            self._note(path, f"the alias *{event.anchor}", "the value itself", line)
            return
        if event.anchor:
            self._note(path, f"the anchor &{event.anchor}", "no anchors", line)
        if event.tag:
            self._note(path, f"the tag {event.tag}", "no tags", line)
        if type(event) is yaml.ScalarEvent and (mark := _unprintable(event.value)):
            self._note(path, _named(mark), PRINTABLE, line)

    def _note(self, path: Path, found: str, expected: str, line: int) -> None:
        *record, field = [str(part) for part in path] or [""]
        self.problems.append(Problem(self.file, ".".join(record), field, found, expected, line=line))

    def _stop(self, found: str, expected: str, line: int = 0) -> NoReturn:
        self._note((), found, expected, line)
        raise _RefusedError


def _unprintable(text: str) -> str:
    """First character that is neither printable nor the end of a line or a tab, "" if there is none.

    Controls, line separators, spaces that only look plain, marks without width or that turn the direction of writing.
    """
    if text.replace("\n", "").replace("\t", "").isprintable():
        return ""
    return next(mark for mark in text if not (mark.isprintable() or mark in "\n\t"))


def _named(mark: str) -> str:
    return f"the character U+{ord(mark):04X} {unicodedata.name(mark, '')}".rstrip()
