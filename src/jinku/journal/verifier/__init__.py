"""What an auditor is handed: programs that know nothing of Jinku. Jinku checks anchors by the very same file."""
