"""One file a revision; each is one transaction."""
