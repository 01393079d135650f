"""Lets the engines' tests find the suite, and the double of a home."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in (Path(__file__).parent, Path(__file__).parents[1] / "custody"):
    sys.path.insert(0, str(folder))
