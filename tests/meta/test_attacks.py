"""docs/reference/attacks.md lists the attempts of crates/evidence/tests/attempts.rs and their guards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "crates" / "evidence" / "tests" / "attempts.rs"
PAGE = ROOT / "docs" / "reference" / "attacks.md"


def attempts(source: str) -> list[tuple[str, str]]:
    """Name and code of each attempt of the list, in its order."""
    head = re.search(
        r"^const ATTEMPTS: \[\(&str, Change, &str\); (\d+)\] = \[\n(.*?)^\];$", source, re.DOTALL | re.MULTILINE
    )
    assert head, "the list is not found"
    items = re.findall(
        r'^    \(\n        "([^"\n]+)",\n(.*?)^        "([\w.]+)",\n    \),$', head[2], re.DOTALL | re.MULTILINE
    )
    assert len(items) == int(head[1]), "the list is not read whole"
    return [(name, code) for name, _, code in items]


def rows(page: str) -> list[tuple[str, str]]:
    """Name and code of each row of the page's table."""
    return re.findall(r"^\| (.+?) \| `([\w.]+)` \|$", page, re.MULTILINE)


def test_the_page_lists_every_attempt_and_its_guard() -> None:
    made = attempts(TESTS.read_text())
    page = PAGE.read_text()
    wanted = "\n".join(f"| {name} | `{code}` |" for name, code in made)
    assert rows(page) == made, f"the table as it should be:\n{wanted}"
    assert f"{len(made)} attempts, 0 accepted" in page
    assert len({name for name, _ in made}) == len(made), "each has a name of its own"


def test_an_attempt_that_is_written_otherwise_is_not_left_out() -> None:
    source = TESTS.read_text()
    first = attempts(source)[0][1]
    broken = source.replace(f'        "{first}",\n', f'        NAMED, // "{first}"\n', 1)
    assert broken != source
    with pytest.raises(AssertionError, match="not read whole"):
        attempts(broken)
