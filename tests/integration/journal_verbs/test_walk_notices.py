"""The walk over the verbs notices what it is for."""

from __future__ import annotations

import pytest
from shapes import secret
from walking import Walk

from jinku.ops import setup
from jinku.ops.platform import Platform


def test_a_verb_that_leaves_another_entry_than_its_line_says_is_noticed(walk: Walk) -> None:
    with secret("home") as given, pytest.raises(AssertionError, match=r"setup.check_unused left \['deployment.made'"):
        walk.call("setup.check_unused", lambda: setup.initialise(walk.settings, given))


def test_a_verb_that_has_the_signer_use_a_key_and_leaves_no_entry_is_noticed(walk: Walk) -> None:
    with secret("home") as given:
        setup.initialise(walk.settings, given)
    with (
        Platform.open(walk.settings) as platform,
        secret("auditor") as given,
        pytest.raises(AssertionError, match=r"Platform.hello had the signer \['create_evidence_key'\]"),
    ):
        walk.call("Platform.hello", lambda: platform.signer.create_evidence_key(given))
