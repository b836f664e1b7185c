"""Values in a YAML text are exchanged, added and taken out; nothing else of the text changes."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from partners.amending import with_values
from partners.problem import Path
from partners.splicing import with_value, without
from partners.yaml_text import read_tree

ODD = """# what stands above
partner: acme   # its key
empty:
nothing: null   # said so

list:
- one   # the first

  # about the second
- {a: "1", b: [x, y]}
-   name: third
    kind: odd   # why
    last: yes
block: |
  words
  more words

nested:
  inner: {a: 1, b: 2}
  # about the other
  other: 'quoted'
# the end"""


def read(text: str) -> Any:
    tree = read_tree(text, "text")
    assert not tree.problems, (text, tree.problems)
    return tree.value


def paths(value: Any, path: Path = ()) -> list[Path]:
    """Every place in a tree."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([path] if path else []), *(one for step, below in inner for one in paths(below, (*path, step)))]


def comments(text: str) -> list[str]:
    return [line[line.index("#") :] for line in text.splitlines() if "#" in line]


def test_every_value_can_be_exchanged_and_nothing_else_changes() -> None:
    tree = read(ODD)
    for path in paths(tree):
        wanted = deepcopy(tree)
        around = wanted
        for step in path[:-1]:
            around = around[step]
        before, around[path[-1]] = around[path[-1]], 'a: "new" one'
        changed = with_value(ODD, path, 'a: "new" one')
        assert read(changed) == wanted, path
        if not isinstance(before, dict | list):
            assert comments(changed) == comments(ODD), path
            differing = [
                pair for pair in zip(ODD.splitlines(), changed.splitlines(), strict=False) if pair[0] != pair[1]
            ]
            assert path == ("block",) or len(differing) == 1, path


def test_every_value_can_be_taken_out_with_what_it_leaves_empty() -> None:
    tree = read(ODD)
    for path in paths(tree):
        wanted = deepcopy(tree)
        _take(wanted, path)
        changed = without(ODD, path)
        assert read(changed) == wanted, path
        lost = [line for line in comments(ODD) if line not in comments(changed)]
        assert len(path) == 1 or not [line for line in lost if f"\n{line}" in ODD], (
            "what stands in a line of its own stays"
        )


def _take(tree: Any, path: Path) -> None:
    around = tree
    for step in path[:-1]:
        around = around[step]
    if len(around) == 1 and len(path) > 1:
        _take(tree, path[:-1])
    else:
        del around[path[-1]]


def test_what_is_added_stands_where_it_belongs() -> None:
    changed = with_values(
        ODD,
        [
            (("list", 3), {"name": "fourth"}),
            (("nested", "inner", "c"), "0012"),
            (("nested", "deep", "deeper"), True),
            (("empty", "now"), ["x", "on"]),
            (("contacts", 0, "name"), "Jo: the boss"),
        ],
    )
    before, after = ODD.splitlines(), changed.splitlines()
    assert [line for line in after if line not in before] == [
        "contacts:",
        '  - {name: "Jo: the boss"}',
        'empty: {now: [x, "on"]}',
        "- {name: fourth}",
        '  inner: {a: 1, b: 2, c: "0012"}',
        "  deep: {deeper: true}",
    ]
    assert [line for line in before if line not in after] == ["empty:", "  inner: {a: 1, b: 2}"]
    ordered = with_value(
        "partner: a\nchannels: []\n", ("contacts", 0), {"name": "Jo"}, ("partner", "contacts", "channels")
    )
    assert ordered == "partner: a\ncontacts:\n  - {name: Jo}\nchannels: []\n"
    assert with_value("partner: a\nchannels: []\n", ("channels", 0), {"name": "x"}).endswith("channels: [{name: x}]\n")


def test_several_of_a_list_go_by_the_numbers_that_they_had() -> None:
    text = "list:\n  - a\n  - b   # stays\n  - c\n"
    assert with_values(text, [(("list", 0), None), (("list", 2), None)]) == "list:\n  - b   # stays\n"
    assert without(text, ("other", 0)) == text


@settings(max_examples=20)
@given(st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), min_size=1))
def test_any_text_is_read_back_as_it_was_written(value: str) -> None:
    for text in ("a: b   # why\n", 'a: "b"\n', "a: {b: c}\n"):
        path: Path = ("a", "b") if "{" in text else ("a",)
        tree = read_tree(with_value(text, path, value), "text")
        if not tree.problems:  # what YAML takes in no spelling is told
            found = tree.value["a"]["b"] if "{" in text else tree.value["a"]
            assert found == value
