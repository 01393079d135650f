"""Sphinx builds the documentation: `make docs`. Warnings are errors there and in `make check`."""

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
