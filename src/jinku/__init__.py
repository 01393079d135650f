"""Jinku: a self-hosted wallet platform. Rooms are imported one by one; this package imports nothing."""

__version__ = "0.1.0"
