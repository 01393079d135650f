"""docs/reference/errors.md names every code of the program, and no other."""

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
