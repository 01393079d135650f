"""One secret is asked for by one wording."""

from __future__ import annotations

import re
from pathlib import Path

import jinku.cli
from jinku.cli.prompts import NEW_OF_HOME, OF_HOME, of_vault


def test_a_new_passphrase_is_asked_for_by_another_wording_than_a_standing_one() -> None:
    assert (OF_HOME, of_vault("main")) == ("Passphrase of this home", "Passphrase of the vault main")
    assert (NEW_OF_HOME, of_vault("main", new=True)) == (
        "New passphrase of this home",
        "New passphrase of the vault main",
    )


def test_no_command_words_a_prompt_of_its_own() -> None:
    worded = {
        path.name
        for path in Path(jinku.cli.__file__).parent.glob("*.py")
        if re.search(r"[\"'](Passphrase|New passphrase|Present passphrase) ", path.read_text())
    }
    assert worded == {"prompts.py"}
