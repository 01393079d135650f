# Run by `make miri`: Miri executes the tests of the crates that it can execute, and names undefined behaviour. By hand, not
# in CI: it needs a nightly toolchain. Vector kernels, foreign code (libsecp256k1) and most system calls are beyond it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! cargo +nightly miri --version >/dev/null 2>&1; then
  echo "make miri needs a nightly toolchain with miri and rust-src: rustup toolchain install nightly --component miri,rust-src" >&2
  exit 1
fi
export CARGO_TARGET_DIR=${JINKU_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/jinku}/miri-target
export MIRIFLAGS="${MIRIFLAGS:-} -Zmiri-disable-isolation" # the tests read snapshots and vectors
JINKU_VECTORS=$(realpath -m "${JINKU_VECTORS:-../shared/vectors}")
export JINKU_VECTORS

miri() { # what is run, in cargo's words
  echo "== $*"
  cargo +nightly miri test --quiet "$@"
}

miri --package jinku-secrets --lib # the pages under guard: what needs no system call that Miri lacks
miri --package jinku-lanes --lib -- --skip _k1 # the portable lanes; curve tables are minutes of interpretation
# every truncation and every flip of a call is hours of interpretation; cargo test and the fuzz targets do it natively
miri --package jinku-signer --lib wire -- --skip no_truncation_or_flip
miri --package jinku-words --tests
miri --package jinku-proof --tests
