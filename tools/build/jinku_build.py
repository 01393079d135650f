"""PEP 517 backend: builds signer, witness and approver, then lets maturin make the wheel around them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import maturin

_ROOT = Path(__file__).resolve().parents[2]
_PLACE = _ROOT / "src" / "jinku" / "_bin"
_PROGRAMS = ("jinku-signer", "jinku-witness", "jinku-approver")


def _programs() -> None:
    """The release builds of the programs stand in src/jinku/_bin."""
    cargo = shutil.which("cargo")
    if cargo is None:
        raise SystemExit("jinku needs the Rust toolchain: install it with rustup (https://rustup.rs), then try again")
    named = [word for name in _PROGRAMS for word in ("--package", name, "--bin", name)]
    subprocess.run([cargo, "build", "--release", "--locked", *named], cwd=_ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", _ROOT / "target"))
    _PLACE.mkdir(parents=True, exist_ok=True)
    for name in _PROGRAMS:
        fresh = _PLACE / f"{name}.new"
        shutil.copy2(target / "release" / name, fresh)
        fresh.replace(_PLACE / name)  # a running one keeps the old inode


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None) -> str:
    _programs()
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None) -> str:
    _programs()
    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)


build_sdist = maturin.build_sdist
get_requires_for_build_wheel = maturin.get_requires_for_build_wheel
get_requires_for_build_editable = maturin.get_requires_for_build_editable
get_requires_for_build_sdist = maturin.get_requires_for_build_sdist
prepare_metadata_for_build_wheel = maturin.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = maturin.prepare_metadata_for_build_editable
