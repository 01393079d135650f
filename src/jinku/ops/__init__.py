"""Wiring: settings, the one composition of rooms and adapters, setup, doctor, and the scan for secrets.

>>> import pathlib, tempfile
>>> from jinku.ops.scan import Needle, Scanner
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> scanner = Scanner([Needle("a key", bytes(range(160, 192)))])
>>> scanner.prove(folder)  # what was planted and not found: nothing
()
>>> _ = (folder / "dump").write_text("…" + bytes(range(160, 192)).hex())
>>> [(f.needle, f.encoding) for f in scanner.scan([folder]).findings]
[('a key', 'hex')]
"""
