"""The reference pages name every error code and every digest tag of the program, and no other."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from jinku import _native

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("errors_page", ROOT / "tools" / "errors_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_names_every_code_with_its_exit(tool: ModuleType) -> None:
    stands, should = tool.codes(tool.PAGE.read_text(encoding="utf-8")), tool.codes(tool.page())
    assert len(should) > 100
    assert stands == should, f"run `python tools/errors_page.py --write`; differs in {sorted(stands ^ should)}"


def test_the_native_module_raises_only_named_codes(tool: ModuleType) -> None:
    named = {code for code, _ in tool.codes(tool.page())}
    assert set(_native.ERROR_CODES) <= named


def test_no_code_is_malformed(tool: ModuleType) -> None:
    for code, exit_code in tool.codes(tool.page()):
        assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", code), code
        assert exit_code in "12345"


def test_the_words_page_names_every_digest_tag() -> None:
    """A tag in two places with two meanings would let one signature serve for another."""
    sources = [
        *(ROOT / "src").rglob("*.py"),
        *(path for path in (ROOT / "crates").rglob("*.rs") if "src" in path.parts),
    ]
    used = {tag for path in sources for tag in re.findall(r"\bjinku/[a-z-]+/\d+\b", path.read_text(encoding="utf-8"))}
    page = (ROOT / "docs" / "reference" / "words.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(jinku/[a-z-]+/\d+)` \|", page, re.MULTILINE)
    assert len(named) == len(set(named))
    assert used - set(named) == set(named) - used == set()
