# Run by `make test` after set-up: every test, Rust first. Arguments go to pytest.
set -euo pipefail
JINKU_VECTORS=$(realpath -m "${JINKU_VECTORS:-../shared/vectors}")
export JINKU_VECTORS
if [ ! -d "$JINKU_VECTORS" ]; then
  if [ "${CI:-}" = true ]; then
    echo "tests: no vectors at JINKU_VECTORS ($JINKU_VECTORS); CI must run them all" >&2
    exit 1
  fi
  echo "tests: the full vector files (JINKU_VECTORS) are not here; the committed subset in tests/vectors/data runs instead"
fi
cargo test --workspace --locked --quiet
.venv/bin/python -m pytest --doctest-modules --ignore src/jinku/store/migrations src/jinku
# A file's tests stay in one process and in their order; tests/fault, the longest, begin, and short files fill the end.
.venv/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder tests "$@"
