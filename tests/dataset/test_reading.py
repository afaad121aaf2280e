"""YAML files are read as text in mappings and lists; whatever else they can do is refused."""

from __future__ import annotations

from unittest.mock import ANY

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.dataset.reading import MAX_BYTES, find_lines, read_yaml


def only_problem(raw: bytes):
    content, problems = read_yaml("a.yaml", raw)
    assert content == {}
    (problem,) = problems
    return problem


def test_scalars_stay_text():
    raw = b"country: NO\nlisted: yes\nday: 2026-06-30\nshare: 0.50\nlist: [1e3, ~]"
    assert read_yaml("a.yaml", raw).content == {
        "country": "NO",
        "listed": "yes",
        "day": "2026-06-30",
        "share": "0.50",
        "list": ["1e3", "~"],
    }


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter():
    assert read_yaml("a.yaml", b"\xef\xbb\xbfa: 1\r\nb: 2\r\n").content == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("raw", "line", "found"),
    [
        (b"a: &x 1", 1, "the anchor &x"),
        (b"a: 1\nb: *x", 2, "the alias *x"),
        (
            b"a: 1\nb: !!python/object/apply:os.system [ls]",
            2,
            "the tag tag:yaml.org,2002:python/object/apply:os.system",
        ),
        (b"a: 1\nb: 2\na: 3", 3, "the key twice"),
        (b"a: 1\n---\nb: 2", 2, "a second document"),
        (b"? [a, b]\n: 1", 1, "a record as a key"),
        (b"a: {b: 1, c", 1, "did not find expected"),
        (b'a: 1\nb: "cut off', 2, "unexpected end of stream"),
        (b"a: 1\nb: \x07", 2, "the character U+0007"),
        (b'a: 1\nb: "\\x1b[31m"', 2, "the character U+001B"),
        ("a: 1\nb: nvi\u202edia".encode(), 2, "the character U+202E RIGHT-TO-LEFT OVERRIDE"),
        (b'a: 1\nb: "nvi\\u202edia"', 2, "the character U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("a: 1\nnvi\u200bdia: 2".encode(), 2, "the character U+200B ZERO WIDTH SPACE"),
        ("a: 1\nb: x\u00a0y".encode(), 2, "the character U+00A0 NO-BREAK SPACE"),
        (b"a: \xff", 1, "byte 3"),
        (b"", 0, "an empty file"),
        (b"[" * 100, 1, "records nested without end"),
        (b"a: 1\n" * (MAX_BYTES // 5 + 1), 0, "more than 5,000,000 bytes"),
    ],
)
def test_hostile_or_broken_files_are_one_clear_problem(raw, line, found):
    problem = only_problem(raw)
    assert (problem.file, problem.line) == ("a.yaml", line)
    assert found in problem.found


def test_an_alias_is_named_where_it_stands():
    problems = read_yaml("a.yaml", b"a: &x {b: 1}\nc:\n  d: *x").problems
    assert [(problem.record, problem.field, problem.line) for problem in problems] == [("", "a", 1), ("c", "d", 3)]


def test_nested_aliases_cannot_blow_up():
    laughs = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (98 + i, 98 + i, 97 + i, 97 + i) for i in range(20))
    content, problems = read_yaml("a.yaml", laughs)
    assert content == {}
    assert len(problems) == 21 + 40


def test_lines_are_those_of_the_keys():
    lines = find_lines("a.yaml", b"a:\n  b: 1\n  c: [x,\n    y]\n")
    assert lines == {("a",): 1, ("a", "b"): 2, ("a", "c"): 3, ("a", "c", 0): 3, ("a", "c", 1): 4}


@given(st.characters())
def test_text_is_refused_where_names_in_tables_are(mark):
    """One rule for all ways in: tables of one's own and books of holdings use it on names."""
    plain = f"a{mark}b".isprintable() or mark in "\n\t"
    text = yaml.safe_dump({"name": f"a{mark}b"})  # escapes what is not ASCII
    assert [problem.found for problem in read_yaml("a.yaml", text.encode()).problems] == ([] if plain else [ANY])


names = st.text("abcdefghij_", min_size=1, max_size=6)
trees = st.recursive(
    st.text(" abc:#-,'\"é{}[]&*!|>%@`", max_size=12), lambda inner: st.dictionaries(names, inner, max_size=4)
)


@given(st.dictionaries(names, trees, min_size=1, max_size=4))
def test_what_a_yaml_writer_writes_is_read_back(tree):
    text = yaml.safe_dump(tree, allow_unicode=True, default_flow_style=None, width=10_000)
    assert read_yaml("a.yaml", text.encode()).content == tree
