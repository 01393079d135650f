"""PEP 517 backend: builds the signer binary, then lets maturin make the wheel around it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import maturin

_ROOT = Path(__file__).resolve().parents[2]
_PLACE = _ROOT / "src" / "jinku" / "_bin" / "jinku-signer"


def _signer() -> None:
    """The release build of jinku-signer stands at src/jinku/_bin/jinku-signer."""
    cargo = shutil.which("cargo")
    if cargo is None:
        raise SystemExit("jinku needs the Rust toolchain: install it with rustup (https://rustup.rs), then try again")
    subprocess.run(
        [cargo, "build", "--release", "--locked", "--package", "jinku-signer", "--bin", "jinku-signer"],
        cwd=_ROOT,
        check=True,
    )
    target = Path(os.environ.get("CARGO_TARGET_DIR", _ROOT / "target"))
    _PLACE.parent.mkdir(parents=True, exist_ok=True)
    fresh = _PLACE.with_suffix(".new")
    shutil.copy2(target / "release" / "jinku-signer", fresh)
    fresh.replace(_PLACE)  # a running signer keeps the old inode


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None) -> str:
    _signer()
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None) -> str:
    _signer()
    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)


build_sdist = maturin.build_sdist
get_requires_for_build_wheel = maturin.get_requires_for_build_wheel
get_requires_for_build_editable = maturin.get_requires_for_build_editable
get_requires_for_build_sdist = maturin.get_requires_for_build_sdist
prepare_metadata_for_build_wheel = maturin.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = maturin.prepare_metadata_for_build_editable
