"""What goes wrong around a policy; a refusal of an intent is no error but a ``Verdict``."""

from __future__ import annotations

from jinku.core import RefusedError

__all__ = ["CasesFailedError"]


class CasesFailedError(RefusedError):
    """A policy does not answer its own test cases as they expect; it must not be put in force (exit 3)."""

    code = "policy.cases_failed"
