"""One secret is asked for by one wording."""

from __future__ import annotations

import re
from pathlib import Path

import jinku.cli


def test_no_command_words_a_prompt_of_its_own() -> None:
    worded = {
        path.name
        for path in Path(jinku.cli.__file__).parent.glob("*.py")
        if re.search(r"[\"'](Passphrase|New passphrase|Present passphrase) ", path.read_text())
    }
    assert worded == {"prompts.py"}
