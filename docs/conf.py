"""Sphinx builds the documentation: `make docs`. Warnings are errors there and in `make check`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Jinku"
author = "the Jinku contributors"
project_copyright = "the Jinku contributors, Apache-2.0"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "Jinku 金库"
html_theme_options = {"navigation_with_keys": True}
language = "en"

# Pages at the root of the repository, where people look for them first. docs/project/NAME.md shows them in the built
# documentation. Links are written so that they work in the repository, and are turned here.
_ROOT = Path(__file__).resolve().parents[1]
_PAGES = "ARCHITECTURE|SECURITY|LIMITATIONS|CONTRIBUTING|CHANGELOG"


def _turn(app: Sphinx, name: str, source: list[str]) -> None:
    folder, _, page = name.rpartition("/")
    if folder == "project":
        text = (_ROOT / f"{page.upper()}.md").read_text()
        text = re.sub(rf"\]\(({_PAGES})\.md", lambda m: f"](/project/{m.group(1).lower()}.md", text)
        text = re.sub(r"\]\(docs/", "](/", text)
        source[0] = re.sub(r"\]\((?![/#]|[a-z]+:)", "](../../", text)
    else:
        pattern = rf"\]\((?:\.\./)+({_PAGES})\.md"
        source[0] = re.sub(pattern, lambda m: f"](/project/{m.group(1).lower()}.md", source[0])


def setup(app: Sphinx) -> None:
    """Turn links while pages are read."""
    app.connect("source-read", _turn)
