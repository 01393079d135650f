"""The process entry points: each joins an edge with what ops composes."""
