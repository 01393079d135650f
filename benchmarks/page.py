"""Run every benchmark; with ``--write`` their output replaces the tables of docs/reference/benchmarks.md.

Run: ``make bench``, or ``.venv/bin/python benchmarks/page.py [--quick] [--write] [NAME …]``. All take about twenty
minutes on two cores; ``--quick`` takes two, for a look, and its figures are worth no more. A table stands in the page
between ``<!-- bench: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "reference" / "benchmarks.md"
# what each is given, and what when it must be quick
FILES = {
    "startup": ([], ["--quick"]),
    "keys_vs_rivals": ([], ["--quick"]),
    "bulk_accounts": ([], ["--quick"]),
    "store_engines": ([], ["--quick"]),
    "journal": (["--ten-million"], ["--quick"]),
    "policy": ([], []),
    "build": (["--cold"], []),
}


def run(name: str, arguments: list[str]) -> str | None:
    """Shows what a benchmark prints as it comes; its output, or None when it failed."""
    command = [sys.executable, str(HERE / f"{name}.py"), *arguments]
    print(f"\n== {name}.py {' '.join(arguments)}".rstrip(), flush=True)
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as child:
        assert child.stdout is not None
        for line in child.stdout:
            lines.append(line)
            print(line, end="", flush=True)
    return "".join(lines) if child.returncode == 0 else None


def put(text: str, name: str, table: str) -> str:
    """The page with the table of that name replaced."""
    pattern = re.compile(rf"(<!-- bench: {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise SystemExit(f"{PAGE.name} has no place for {name}")
    return pattern.sub(lambda match: f"{match[1]}\n{table.strip()}\n{match[2]}", text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FILES))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(FILES):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(FILES)}")
    if arguments.quick and arguments.write:
        parser.error("figures of a quick run do not belong into the page")
    failed = []
    for name in arguments.names or FILES:
        table = run(name, FILES[name][arguments.quick])
        if table is None:
            failed.append(name)
        elif arguments.write:
            PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), name, table), encoding="utf-8")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
