# Sourced by the Makefile: afterwards the tools are found, .venv stands and holds a jinku built from these sources.
# Outside the clone it writes to ${JINKU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/jinku}; cargo and uv fill caches of their own.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

_cache=${JINKU_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/jinku}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$_cache/target}
# A company's own certificate authority stands in the system's store, not in uv's.
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}
mkdir -p "$_cache"

_missing=0
_lacks() {
  printf 'jinku needs %s: %s\n' "$1" "$2" >&2
  _missing=1
}

# rustup's cargo is a shim that looks for toolchains under $HOME; with a fresh HOME they still stand beside the shim.
_rust() {
  cargo --version >/dev/null 2>&1 && return 0
  local shim beside
  for shim in "$(command -v cargo || true)" "$HOME/.cargo/bin/cargo"; do
    [ -x "$shim" ] || continue
    beside=$(dirname "$(dirname "$(dirname "$shim")")")/.rustup
    if [ -z "${RUSTUP_HOME:-}" ] && [ -d "$beside/toolchains" ] && RUSTUP_HOME=$beside "$shim" --version >/dev/null 2>&1; then
      export RUSTUP_HOME=$beside
    fi
    if "$shim" --version >/dev/null 2>&1; then
      PATH=$(dirname "$shim"):$PATH
      return 0
    fi
  done
  return 1
}

_rust_is_new_enough() {
  local want have
  want=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  have=$(rustc --version | cut -d' ' -f2)
  [ "$(printf '%s\n%s\n' "$want" "$have" | sort -V | head -n1)" = "$want" ] && return 0
  _lacks "Rust $want or newer" "found $have; run 'rustup update stable'"
}

_python_of_set_up() { # any Python 3 that can make a virtual environment; uv may pick a newer one for jinku itself
  local python
  for python in python3.11 python3.12 python3.13 python3.14 python3; do
    "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1 && {
      command -v "$python"
      return 0
    }
  done
  return 1
}

_find_uv() { # sets UV; says what is missing when there is none and none can be installed
  if uv --version >/dev/null 2>&1; then
    UV=uv
  elif "$_cache/uv/bin/uv" --version >/dev/null 2>&1; then
    UV=$_cache/uv/bin/uv
  elif ! _python=$(_python_of_set_up); then
    _lacks "Python 3.11 or newer with venv" "install it from your distribution (Debian: apt install python3 python3-venv)"
  fi
}

_install_uv() {
  echo "setting up: uv is not installed; putting it into $_cache/uv" >&2
  "$_python" -m venv --clear "$_cache/uv"
  "$_cache/uv/bin/python" -m pip install --quiet --disable-pip-version-check uv
  UV=$_cache/uv/bin/uv
}

_fingerprint() { # of everything that a build of jinku depends on
  {
    cat pyproject.toml uv.lock Cargo.toml Cargo.lock LICENSE tools/build/*.py
    find crates -type f \( -name '*.toml' -o -path '*/src/*' \) -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    rustc --version
    pwd
  } | sha256sum | cut -d' ' -f1
}

# Cargo tells the crates of two clones that share the cache apart by time alone, so a newer build of another clone would
# pass for ours: whoever comes after another makes the sources newer.
_take_cache_over() {
  local mark=$CARGO_TARGET_DIR/.checkout
  [ "$(cat "$mark" 2>/dev/null)" = "$PWD" ] && return 0
  mkdir -p "$CARGO_TARGET_DIR"
  find crates -type f -name '*.rs' -exec touch {} +
  printf '%s' "$PWD" >"$mark"
}

_built() {
  [ -x src/jinku/_bin/jinku-signer ] && [ -x src/jinku/_bin/jinku-witness ] && [ -x src/jinku/_bin/jinku-approver ] &&
    compgen -G 'src/jinku/_native*.so' >/dev/null && [ -x .venv/bin/jinku ] &&
    [ "$(cat .venv/jinku.stamp 2>/dev/null)" = "$1" ]
}

_set_up() {
  if _rust; then _rust_is_new_enough; else
    _lacks "the Rust toolchain" "install it from https://rustup.rs, then run this again"
  fi
  cc --version >/dev/null 2>&1 || _lacks "a C compiler" "install gcc or clang (Debian: apt install build-essential)"
  UV=
  _find_uv
  [ "$_missing" = 0 ] || exit 1
  [ -n "$UV" ] || _install_uv
  export UV
  _take_cache_over
  local now
  now=$(_fingerprint)
  _built "$now" && return 0
  exec 9>"$_cache/setup.lock"
  flock -n 9 || { # two makes at once: the second waits, then finds the work done
    echo "setting up: another make is at it; waiting" >&2
    flock 9
  }
  if ! _built "$now"; then
    if ! "$UV" python find --no-project '>=3.11' >/dev/null 2>&1; then
      echo "setting up: no Python 3.11 or newer here; asking uv to fetch one" >&2
      "$UV" python install 3.13 || {
        _lacks "Python 3.11 or newer" "install it from your distribution (Debian: apt install python3 python3-venv)"
        exit 1
      }
    fi
    echo "setting up: Python packages and the Rust core (minutes the first time, seconds afterwards)" >&2
    local began=$SECONDS ticking
    (while sleep 30 </dev/null >/dev/null 2>&1; do echo "setting up: still building, $((SECONDS - began)) s" >&2; done) 9>&- &
    ticking=$!
    trap 'kill "$ticking" 2>/dev/null || true' EXIT
    "$UV" sync --locked --quiet --reinstall-package jinku 9>&-
    kill "$ticking" 2>/dev/null || true
    wait "$ticking" 2>/dev/null || true
    trap - EXIT
    printf '%s' "$now" >.venv/jinku.stamp
    echo "setting up: done in $((SECONDS - began)) s" >&2
  fi
  exec 9>&-
}

_set_up
