"""The wheel carries signer, witness and approver, and works after a plain `pip install` in an empty environment."""

import os
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = ("jinku/_bin/jinku-signer", "jinku/_bin/jinku-witness", "jinku/_bin/jinku-approver")


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    answer = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert answer.returncode == 0, f"{command}\n{answer.stdout}\n{answer.stderr}"
    return answer.stdout


@pytest.fixture(scope="session")
def uv() -> str:
    found = os.environ.get("UV") or shutil.which("uv")
    assert found, "run the tests by `make test`, which finds or installs uv"
    return found


@pytest.fixture(scope="session")
def wheel(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the tree as it stands. The build leaves the tree's own signer where it is."""
    out = tmp_path_factory.mktemp("wheel")
    run(uv, "build", "--wheel", "--out-dir", out, ROOT)
    (built,) = out.glob("*.whl")
    print(f"\nwheel: {built.name}, {built.stat().st_size / 1e6:.1f} MB")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh environment with nothing but the wheel and what it asks for, put there by pip."""
    place = tmp_path_factory.mktemp("clean") / "venv"
    run(sys.executable, "-m", "venv", place)
    run(place / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    yield place
    shutil.rmtree(place)


def test_the_wheel_holds_executable_programs_and_the_typed_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
        for program in PROGRAMS:
            mode = content.getinfo(program).external_attr >> 16
            assert content.read(program)[:4] == b"\x7fELF"
            assert mode & stat.S_IXUSR, f"{program}: mode {mode:o}"
    assert "jinku/py.typed" in names
    assert any(name.startswith("jinku/_native") and name.endswith(".so") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    foreign = {name.split("/")[0] for name in names} - {"jinku"}
    assert all(name.startswith("jinku-") and name.endswith(".dist-info") for name in foreign), foreign
    assert wheel.name.split("-")[2:4] == ["cp311", "abi3"]


def test_pip_installs_it_in_a_clean_environment_and_it_runs(installed: Path) -> None:
    python = installed / "bin" / "python"
    where = run(python, "-I", "-c", "import jinku._native as n; print(n.__file__)", cwd=installed)
    assert Path(where.strip()).is_relative_to(installed)
    for program in PROGRAMS:
        assert os.access(Path(where.strip()).parents[1] / program, os.X_OK)
    home = installed / "home"
    shown = run(installed / "bin" / "jinku", "--help", cwd=installed, JINKU_HOME=str(home))
    assert "vault" in shown
    assert "accounts" in shown
    for name in ("witness", "approver"):
        said = run(installed / "bin" / "jinku", name, "--version", cwd=installed, JINKU_HOME=str(home))
        assert said.startswith(f"jinku-{name} ")
    assert not home.exists(), "asking for help writes nothing"


def test_the_sdist_is_enough_to_build_from(uv: str, tmp_path: Path) -> None:
    """It holds every crate and the backend, so that pip can build where no wheel fits; no key, no build output."""
    run(uv, "build", "--sdist", "--out-dir", tmp_path, ROOT)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as content:
        names = {name.split("/", 1)[1] for name in content.getnames() if "/" in name}
    wanted = {"Cargo.toml", "Cargo.lock", "pyproject.toml", "LICENSE", "README.md", "tools/build/jinku_build.py"}
    tracked = run("git", "ls-files", "crates/*/src/*", "crates/*/Cargo.toml", "src/*", cwd=ROOT).split()
    wanted |= {name for name in tracked if (ROOT / name).exists()}
    assert wanted - names == set()
    built = (".so", ".pyc", *(program.rpartition("/")[2] for program in PROGRAMS))
    assert not [name for name in names if name.endswith(built)]
