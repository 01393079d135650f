# Run by `make check` after set-up: every check runs, what failed is shown in full and named at the end.
set -uo pipefail
failed=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() { # NAME COMMAND…
  local name=$1 began=$SECONDS
  shift
  if "$@" >"$log" 2>&1; then
    printf 'ok    %-46s %3d s\n' "$name" $((SECONDS - began))
  else
    printf 'FAIL  %-46s %3d s\n' "$name" $((SECONDS - began))
    sed 's/^/      /' "$log"
    failed+=("$name")
  fi
}

python=.venv/bin/python
step "style (ruff check)" $python -m ruff check .
step "layout (ruff format)" $python -m ruff format --check .
step "types of jinku (mypy --strict)" $python -m mypy
step "types of the rest (mypy)" $python -m mypy --config-file tools/mypy-tests.ini tools tests demo benchmarks
step "layers (import-linter)" .venv/bin/lint-imports
step "layout of Rust (cargo fmt)" cargo fmt --all --check
step "Rust lints (clippy, warnings are errors)" cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
step "licences and advisories" $python tools/dependencies.py
step "sizes, links, README commands, dependencies" $python -m pytest -q tests/meta
step "documentation builds without a warning" $python -m sphinx -W -q -E -b html docs docs/_build/html

if [ ${#failed[@]} -gt 0 ]; then
  printf '%d of the checks failed:\n' "${#failed[@]}"
  printf '  %s\n' "${failed[@]}"
  exit 1
fi
echo "every check passed"
