"""The command line: one file for each room it shows. Commands parse, call a room's verb, and say what came of it.

>>> from jinku.cli.root import BRANCHES
>>> sorted(BRANCHES)[:4]
['accounts', 'approver', 'chains', 'completion']
"""
