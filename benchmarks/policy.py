"""What a decision of the signer's evaluator costs with 200 rules and a ledger of 100 entries.

Run: ``.venv/bin/python benchmarks/policy.py`` (some seconds, beside building it). The questions stand in
``crates/policy/examples/rate.rs``: one transfer of ether, rules with five columns and a limit each. How many of them
match matters most, since the limits of all that match add up the ledger.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from machine import taken, verdict

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ["cargo", "run", "--release", "--quiet", "-p", "jinku-policy", "--example", "rate"]
ROWS = {"one_in_20": "10 of 200 rules match", "all": "all 200 match, each with a limit over the whole ledger"}
GOAL_US = 50


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    header = f"{taken()} The least of 5 turns of 5,000 decisions, one core."
    done = subprocess.run(COMMAND, cwd=ROOT, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    print(f"{header}\n\n| a decision | µs | goal |\n|---|--:|---|")
    for name, text in ROWS.items():
        print(f"| {text} | {found[name]:.0f} | {verdict(f'≤ {GOAL_US}', found[name] <= GOAL_US)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
