"""What an installation costs: the size of the wheel, and with ``--cold`` the time of a set-up from nothing.

Run: ``.venv/bin/python benchmarks/build.py --cold`` (two to four minutes). The wheel is built as ``make wheel`` does,
into a temporary folder. Cold means: a copy of the sources, an empty HOME (so no cache of cargo, uv or jinku) and an
empty target folder; a toolchain, a C compiler and Python are there, packages come from the registries. Three times are
taken: ``make setup`` so, the same again with nothing left to do, and the Rust part alone once its packages are there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from machine import taken

ROOT = Path(__file__).resolve().parent.parent
CACHES = ("CARGO_TARGET_DIR", "JINKU_CACHE", "UV_CACHE_DIR", "XDG_CACHE_HOME", "PIP_CACHE_DIR")
FOREIGN = ("VIRTUAL_ENV", "UV", "MAKEFLAGS", "MAKELEVEL")
PRODUCTS = ("--package", "jinku-signer", "--package", "jinku-witness", "--package", "jinku-python")


def wheel_rows(folder: Path) -> list[str]:
    """The wheel stands in the folder; its size, and what its parts take once installed."""
    uv = os.environ.get("UV", "uv")
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", str(folder)], cwd=ROOT, check=True)
    (wheel,) = folder.glob("*.whl")
    parts = dict.fromkeys(("the signer", "the witness", "the native module", "Python and the rest"), 0)
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            name = entry.filename
            known = (("jinku-signer", "signer"), ("jinku-witness", "witness"), (".so", "module"))
            part = next((part for end, part in known if name.endswith(end)), "rest")
            parts[next(key for key in parts if key.endswith(part))] += entry.file_size
    unpacked = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in parts.items())
    return [
        f"| the wheel | {wheel.stat().st_size / 1e6:.1f} MB |",
        f"| unpacked: {unpacked} | {sum(parts.values()) / 1e6:.1f} MB |",
    ]


def seconds(command: list[str], place: Path, environment: dict[str, str]) -> float:
    """Wall clock of a command that must succeed."""
    begun = time.perf_counter()
    subprocess.run(command, cwd=place, env=environment, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return time.perf_counter() - begun


def cold_rows(folder: Path) -> list[str]:
    """The times of a set-up from nothing."""
    clone, home = folder / "clone", folder / "home"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in CACHES + FOREIGN} | {
        "HOME": str(home)
    }
    rust = environment | {"CARGO_TARGET_DIR": str(folder / "target")}
    if "RUSTUP_HOME" not in rust and (beside := Path.home() / ".rustup").is_dir():
        rust["RUSTUP_HOME"] = str(beside)
    build = ["cargo", "build", "--release", "--locked", "--quiet", *PRODUCTS]
    cold, again = (seconds(["make", "setup"], clone, environment) for _ in range(2))
    return [
        f"| `make setup`, cold: packages fetched, everything built | {cold:.0f} s |",
        f"| `make setup` again | {again:.1f} s |",
        f"| its Rust part alone, packages there, target folder empty | {seconds(build, clone, rust):.0f} s |",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cold", action="store_true", help="take the times of a set-up from nothing, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jinku-build-") as name:
        folder = Path(name)
        print(f"{taken()}\n\n| what | |\n|---|--:|", flush=True)
        for line in wheel_rows(folder / "wheel"):
            print(line, flush=True)
        if arguments.cold:
            print("\n".join(cold_rows(folder)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
