"""Lets these tests find the terms of the unit tests and the server of the anchors' tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "chains"))
sys.path.insert(0, str(Path(__file__).parents[1] / "anchors"))
