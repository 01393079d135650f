"""What the makers of the snapshots share: plain json and hashlib, nothing of jinku."""

import hashlib
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DEPLOYMENT = "018bcfe5-6800-7000-8000-0000000000d1"
VAULT = "018bcfe5-6800-7000-8000-0000000000a1"
EVM = "0x9858effd232b4033e47d90003d41ec34ecaeda94"


def plain(value: Any) -> str:
    """Canonical text of values whose keys are ASCII; enough for documents."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(tag: str, text: str) -> str:
    return hashlib.sha256(tag.encode() + b"\0" + text.encode()).hexdigest()


def write(name: str, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=True, indent=1, sort_keys=True)
    (HERE / f"{name}.json").write_text(text + "\n", encoding="ascii")
