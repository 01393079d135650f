"""Sizes that may only shrink: long files, long functions, and the ring that holds the keys.

`python tools/sizes.py` prints what is over the aim. `--write` lowers the ratchet (tests/meta/sizes.toml) and the
figures in SECURITY.md to what is there; raising either takes `--write --grow`, so that growth is a line in a review.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RATCHET = ROOT / "tests" / "meta" / "sizes.toml"
SECURITY = ROOT / "SECURITY.md"
FILE_AIM, FILE_STOP, FUNCTION_STOP = 300, 600, 70
PLACES = ("src", "crates", "tests", "tools", "demo", "benchmarks")


def sources(root: Path = ROOT) -> Iterator[Path]:
    """Every Python and Rust file that people write, in a fixed order."""
    for place in PLACES:
        for path in sorted((root / place).rglob("*")):
            if path.suffix in {".py", ".rs"} and not {"target", "__pycache__"} & set(path.parts):
                yield path


def python_functions(text: str) -> Iterator[tuple[str, int]]:
    """Name and length in lines of every function of a Python file, decorators left out."""

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, int]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{prefix}{child.name}", (child.end_lineno or child.lineno) - child.lineno + 1
            inner = f"{prefix}{child.name}." if isinstance(child, ast.ClassDef) else prefix
            yield from walk(child, inner)

    yield from walk(ast.parse(text), "")


# What may hold a brace that is no block: comments, strings (raw, too), characters. A lifetime is not a character.
_RUST_NOISE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|b?r(?P<hashes>\#*)".*?"(?P=hashes)|b?"(?:\\.|[^"\\])*"|"""
    r"""b?'(?:\\(?:x..|u\{[^}]*\}|.)|[^'\\\n])'""",
    re.DOTALL,
)


def without_noise(text: str) -> str:
    """The Rust source with comments, strings and characters blanked; lines keep their numbers."""
    return _RUST_NOISE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def rust_functions(text: str) -> Iterator[tuple[str, int]]:
    """Name and length in lines of every function with a body in a Rust file, by counting braces."""
    plain = without_noise(text)
    for start in re.finditer(r"\bfn\s+(\w+)", plain):
        brackets = 0
        for at in range(start.end(), len(plain)):
            letter = plain[at]
            if letter in "([":
                brackets += 1
            elif letter in ")]":
                brackets -= 1
            elif letter == ";" and brackets == 0:
                break  # a declaration
            elif letter == "{" and brackets == 0:
                yield start.group(1), plain.count("\n", start.start(), _closing(plain, at)) + 1
                break


def _closing(plain: str, opening: int) -> int:
    depth = 0
    for brace in re.compile(r"[{}]").finditer(plain, opening):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            return brace.start()
    raise ValueError("unbalanced braces: the scan of Rust sources needs mending")


def measure(root: Path = ROOT) -> tuple[dict[str, int], dict[str, int]]:
    """What is over the aim: lines by file over 300, lines by `file::function` over 70."""
    files: dict[str, int] = {}
    functions: dict[str, int] = {}
    for path in sources(root):
        name, text = path.relative_to(root).as_posix(), path.read_text()
        lines = text.count("\n")
        if lines > FILE_AIM:
            files[name] = lines
        for function, length in python_functions(text) if path.suffix == ".py" else rust_functions(text):
            if length > FUNCTION_STOP:
                key = f"{name}::{function}"
                functions[key] = max(length, functions.get(key, 0))
    return files, functions


def signer_ring(root: Path = ROOT) -> dict[str, int]:
    """How much stands between an attacker and the keys: lines of our Rust in the signer, and foreign crates it links.

    Lines are those with code, tests left out: a `tests.rs`, a `*_tests.rs`, and what follows a `#[cfg(test)] mod`.
    Crates are those linked on Linux; macros and build scripts run at build time only and are not counted.
    """
    tree = ["cargo", "tree", "--offline", "--locked", "--package", "jinku-signer", "--edges", "normal,no-proc-macro"]
    command = [*tree, "--target", "x86_64-unknown-linux-gnu", "--prefix", "none", "--format", "{p}"]
    answer = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    linked = {line.removesuffix(" (*)") for line in answer.stdout.splitlines() if line}
    own = {Path(found.group(1)) for line in linked if (found := re.search(r"\((/.*)\)$", line))}
    lines = sum(_code_lines(crate / "src") for crate in own)
    return {"lines": lines, "crates": len(own), "dependencies": len(linked) - len(own)}


def _code_lines(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*.rs"):
        if path.stem == "tests" or path.stem.endswith("_tests") or "tests" in path.relative_to(folder).parts:
            continue
        shipped = re.split(r"#\[cfg\(test\)\]\s*mod \w+ \{", path.read_text(), maxsplit=1)[0]
        total += sum(1 for line in without_noise(shipped).splitlines() if line.strip())
    return total


# --- the ratchet ---------------------------------------------------------------------------------


def ratchet() -> dict[str, dict[str, int]]:
    """The maxima that are written down."""
    return tomllib.loads(RATCHET.read_text()) if RATCHET.exists() else {}


def exceeded() -> list[str]:
    """One line for each size over its limit, and for each limit that could be lower by now."""
    written = ratchet()
    files, functions = measure()
    ring = signer_ring()
    found = [f"{n}: {size} lines, the stop is {FILE_STOP}: split it" for n, size in files.items() if size > FILE_STOP]
    for kind, here, stop in (("files", files, FILE_AIM), ("functions", functions, FUNCTION_STOP)):
        limits = written.get(kind, {})
        for name, size in here.items():
            if size > limits.get(name, stop):
                found.append(f"{name}: {size} lines, its limit is {limits.get(name, stop)}: make it smaller")
        for name, limit in limits.items():
            if here.get(name, 0) < limit:
                found.append(f"{name}: shrank below its limit {limit}; run `python tools/sizes.py --write`")
    for name, size in ring.items():
        if size != written.get("signer", {}).get(name):
            found.append(f"signer ring, {name}: {size}, written down is {written.get('signer', {}).get(name)}")
    return found


def write(grow: bool) -> list[str]:
    """The ratchet and SECURITY.md say what is there; without `grow` nothing rises, and what would is returned."""
    written = ratchet()
    files, functions = measure()
    ring = signer_ring()
    refused = []
    for kind, here in (("files", files), ("functions", functions), ("signer", ring)):
        limits = written.get(kind, {})
        for name, size in list(here.items()):
            if size > limits.get(name, 0) and not grow:
                refused.append(f"{name}: {limits.get(name, 'new')} -> {size}")
                here[name] = limits.get(name, size)
                if name not in limits:
                    del here[name]
    text = "# Written by tools/sizes.py: what is over the aim, and may only shrink.\n"
    for kind, here in (("files", files), ("functions", functions), ("signer", ring)):
        text += f"\n[{kind}]\n" + "".join(f'"{name}" = {size}\n' for name, size in sorted(here.items()))
    RATCHET.write_text(text)
    if SECURITY.exists():
        SECURITY.write_text(put_figures(SECURITY.read_text(), ring))
    return refused


def put_figures(text: str, ring: dict[str, int]) -> str:
    """The figures between `<!-- signer NAME -->` and `<!-- -->` are those of the ring."""
    for name, size in ring.items():
        text = re.sub(rf"(<!-- signer {name} -->).*?(<!-- -->)", rf"\g<1>{size:,}\g<2>", text)
    return text


def main() -> int:
    """0 when every size is within its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--grow", action="store_true", help="with --write: also raise limits")
    chosen = parser.parse_args()
    found = write(chosen.grow) if chosen.write else exceeded()
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
