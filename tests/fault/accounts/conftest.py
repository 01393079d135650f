"""Lets every test here find the signer's double, and the homes of the suite of accounts."""

from __future__ import annotations

import sys
from pathlib import Path

for suite in ("accounts", "custody"):
    sys.path.insert(0, str(Path(__file__).parents[2] / "integration" / suite))
