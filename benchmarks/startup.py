"""How long a person waits before the program says anything: `python benchmarks/startup.py`.

Each line is the least of several runs in fresh processes, beside the interpreter's own start. `--json` for programs,
`--quick` for three runs each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from machine import taken, verdict

JINKU = str(Path(sys.executable).with_name("jinku"))
CASES = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import jinku": [sys.executable, "-c", "import jinku"],
    "jinku --help": [JINKU, "--help"],
    "jinku vault --help": [JINKU, "vault", "--help"],
    "jinku accounts create --help": [JINKU, "accounts", "create", "--help"],
    "jinku version": [JINKU, "version"],
}
GOALS_MS = {"import jinku": 100, "jinku --help": 150}


def least_ms(command: list[str], runs: int) -> float:
    best = float("inf")
    for _ in range(runs):
        begin = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        best = min(best, time.perf_counter() - begin)
    return best * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    runs = 3 if arguments.quick else arguments.runs
    header = f"{taken()} The least of {runs} runs."
    found = {name: round(least_ms(command, runs), 1) for name, command in CASES.items()}
    if arguments.json:
        print(json.dumps(found))
        return 0
    print(f"{header}\n\n| command | ms | goal |\n|---|--:|---|")
    for name, value in found.items():
        goal = GOALS_MS.get(name)
        print(f"| `{name}` | {value:.0f} | {verdict(f'≤ {goal}', value <= goal) if goal else ''} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
