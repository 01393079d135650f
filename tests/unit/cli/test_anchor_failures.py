"""Of sources that failed each is named; one that lied comes first and gives the exit code."""

from __future__ import annotations

from jinku.cli.journal_anchor import _failure
from jinku.core import IntegrityError, JinkuError, UnavailableError
from jinku.journal.anchors import AnchorKind, SourceFacts

A = SourceFacts(AnchorKind.OTS, "http://a", {})
B = SourceFacts(AnchorKind.RFC3161, "http://b", {})


def silent(place: str) -> JinkuError:
    return UnavailableError("a source of anchors cannot be reached", found=f"{place}: Connection refused")


def notes(error: JinkuError) -> list[str]:
    return list(getattr(error, "__notes__", ()))


def test_every_source_that_failed_is_named() -> None:
    told = _failure([(A, silent("http://a")), (B, UnavailableError("a source of anchors refuses"))])
    assert (told.code, told.what) == ("anchor.failed", "2 requests for anchors failed")
    assert told.found == "ots http://a: a source of anchors cannot be reached (Connection refused)"
    assert notes(told) == ["rfc3161 http://b: a source of anchors refuses"]


def test_one_that_failed_twice_alike_is_named_once() -> None:
    told = _failure([(A, silent("http://a")), (A, silent("http://a"))])
    assert told.what == "2 requests for anchors failed"
    assert notes(told) == []
    assert _failure([(A, silent("http://a"))]).what == "1 request for anchors failed"


def test_one_that_lied_comes_first_and_hides_no_other() -> None:
    lie = IntegrityError("a proof does not hold")
    told = _failure([(A, silent("http://a")), (B, lie)])
    assert told is lie
    assert notes(told) == ["ots http://a: a source of anchors cannot be reached (Connection refused)"]
