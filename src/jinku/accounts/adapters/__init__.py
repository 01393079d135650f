"""What accounts plugs in: only jinku.ops imports from here."""
