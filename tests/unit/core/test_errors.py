import pytest

from jinku.core import (
    ConflictError,
    IntegrityError,
    JinkuError,
    NotFoundError,
    ParseError,
    RefusedError,
    UnavailableError,
    UsageError,
    WordCode,
)


@pytest.mark.parametrize(
    ("error", "exit_code", "retryable"),
    [
        (JinkuError, 1, False),
        (UsageError, 2, False),
        (ParseError, 2, False),
        (RefusedError, 3, False),
        (NotFoundError, 4, False),
        (IntegrityError, 5, False),
        (ConflictError, 1, False),
        (UnavailableError, 1, True),
    ],
)
def test_classes_fix_exit_code_and_retry(error: type[JinkuError], exit_code: int, retryable: bool) -> None:
    raised = error("it failed")
    assert (raised.exit_code, raised.retryable, str(raised)) == (exit_code, retryable, "it failed")
    assert raised.code == error.code


def test_a_message_says_found_expected_and_what_to_do() -> None:
    error = UsageError(
        "a count is refused", found=0, expected="1 or more", advice="pass --count 5", fields={"count": 0}
    )
    assert str(error) == "a count is refused: found 0, expected 1 or more; pass --count 5"
    assert error.as_document() == {
        "code": "usage.invalid",
        "message": str(error),
        "retryable": False,
        "fields": {"count": 0},
    }


def test_an_instance_may_carry_a_foreign_code() -> None:
    error = JinkuError("the signer is busy", code="signer.busy", retryable=True)
    assert (error.code, error.retryable, JinkuError.code, JinkuError.retryable) == (
        "signer.busy",
        True,
        "jinku.error",
        False,
    )


def test_codes_are_plain_text() -> None:
    error = ParseError("x", code=WordCode.ID_INVALID)
    assert type(error.code) is str
    assert len(set(WordCode)) == len(WordCode.__members__)


def test_fields_of_one_error_do_not_reach_another() -> None:
    given: dict[str, str | int | bool | None] = {"a": 1}
    first = JinkuError("x", fields=given)
    first.fields["b"] = 2
    assert given == {"a": 1}
    assert JinkuError("y").fields == {}
