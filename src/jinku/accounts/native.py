"""The arithmetic of proofs by the native module."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["NativeProver"]


class NativeProver:
    """Implements ``BatchProver``."""
