"""The journal."""

__all__: list[str] = []
