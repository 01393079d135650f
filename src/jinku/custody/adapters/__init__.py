"""What custody plugs in: only jinku.ops imports from here."""
