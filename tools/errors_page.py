"""docs/reference/errors.md, written from the code itself: `python tools/errors_page.py --write`.

Sources: the subclasses of JinkuError, the calls in src that hand in a code of their own, the codes of the words and of
the native module (Rust doc comments), and the codes that the signer answers with.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jinku
from jinku.core import JinkuError
from jinku.custody.adapters.refusals import _CODES, refusal

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "errors.md"

_HEAD = """# Error codes

Written from the code by `python tools/errors_page.py --write`; a test compares. A code never changes its meaning once
released; new ones may be added. Programs go by the code and the exit code, people by the message.

With `--json` an error is `{"error": {"code", "message", "retryable", "fields", …}}`; the message says what was found,
what was expected and what to do, and never holds a secret. **retry** says that the same call may succeed later as it
is. A refusal by policy or risk is no error but a Verdict ([words](words.md)).

| exit code | class of `jinku.core` | meaning |
|---|---|---|
| 1 | `JinkuError`, `ConflictError`, `UnavailableError` | another failure |
| 2 | `UsageError`, `ParseError` | the call or its input has to change |
| 3 | `RefusedError` | understood, and not allowed |
| 4 | `NotFoundError` | what was named is not here |
| 5 | `IntegrityError` | data contradicts its own proof; nothing of it may be used |
"""

_WORDS = """
## Words and documents

From `jinku.core` and the crate `jinku-words`, the same in both (`WordCode`, `Code`); class `ParseError`, exit 2.
"""
_NATIVE = """
## Native module

From `jinku._native`: addresses, proofs and signatures, notes, receipts, trust roots and transactions.
"""
_SIGNER = """
## Signer

Answered by `jinku-signer` over its socket and kept as they are by the platform; `ask.*` come from its prompt. Where the
sentence is made at run time, the column is empty.
"""
_FAMILIES = (
    "age|ask|derive|envelope|evidence|export|import|secret|signer|store|system|token|trust|usage|vault|wallets|wire"
)
_SIGNER_CODE = re.compile(rf'"((?:{_FAMILIES})\.[a-z_]+)"(?:,\s*(?:format!\(\s*)?"((?:[^"\\]|\\.)*)")?', re.DOTALL)
_FILES = frozenset(
    {"signer.sock", "signer.pid", "signer.log", "signer.lock", "system.vault", "system.new", "vault.new"}
)


class Row(NamedTuple):
    """One line of a table."""

    code: str
    exit_code: str
    retry: str
    meaning: str


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("{}", "…")


def _sentence(text: str) -> str:
    return re.sub(r" \(exit \d\)", "", text.strip().splitlines()[0] if text.strip() else "")


def _modules() -> Iterator[str]:
    for info in pkgutil.walk_packages(jinku.__path__, "jinku."):
        if not info.name.endswith("__main__") and ".migrations" not in info.name:
            yield info.name


def _classes() -> dict[str, type[JinkuError]]:
    for name in _modules():
        importlib.import_module(name)

    def below(parent: type[JinkuError]) -> Iterator[type[JinkuError]]:
        yield parent
        for child in parent.__subclasses__():
            yield from below(child)

    ours = (found for found in below(JinkuError) if found.__module__.startswith("jinku."))
    return {found.__name__: found for found in ours}


def _class_rows(classes: dict[str, type[JinkuError]]) -> Iterator[Row]:
    for found in classes.values():
        if "code" in vars(found):
            retry = "yes" if found.retryable else ""
            yield Row(found.code, str(found.exit_code), retry, _sentence(found.__doc__ or ""))


def _text_of(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)  # type: ignore[misc]
    return ""


def _call_rows(classes: dict[str, type[JinkuError]]) -> Iterator[Row]:
    """Codes that are handed in where an error is raised."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            given = {word.arg: word.value for word in node.keywords}
            code, found = given.get("code"), classes.get(node.func.id)
            if isinstance(code, ast.Constant) and isinstance(code.value, str) and found is not None:
                text = _text_of(node.args[0]) if node.args else ""
                yield Row(code.value, str(found.exit_code), "yes" if found.retryable else "", text)


def _word_rows() -> Iterator[Row]:
    source = (ROOT / "crates/words/src/error.rs").read_text(encoding="utf-8")
    meanings = {name: meaning for meaning, name in re.findall(r"/// (.*)\n    (\w+),", source)}
    for name, code in re.findall(r'Self::(\w+) => "([a-z_.]+)"', source):
        yield Row(code, "2", "", meanings[name])


def _native_rows() -> Iterator[Row]:
    source = (ROOT / "crates/python/src/errors.rs").read_text(encoding="utf-8")
    for meaning, code in re.findall(r'/// (.*)\nconst \w+: &str = "([a-z_.]+)"', source):
        yield Row(code, "5" if code.startswith(("proof.", "batch.")) else "2", "", meaning)


def _coded_rows(path: str) -> Iterator[Row]:
    """The codes of a crate whose ``kind`` says which of them a program may mend."""
    source = (ROOT / path).read_text(encoding="utf-8")
    meanings = {name: meaning for meaning, name in re.findall(r"/// (.*)\n    (\w+),", source)}
    kinds = source[source.index("pub const fn kind") :]
    gentle = set(re.findall(r"Self::(\w+)", kinds[: kinds.index("_ => Kind::Truth")]))
    for name, code in re.findall(r'Self::(\w+) => "([a-z_.]+)"', source):
        yield Row(code, "2" if name in gentle else "5", "", meanings[name])


def _signer_rows() -> Iterator[Row]:
    meanings: dict[str, str] = dict.fromkeys(_CODES, "")
    for crate in ("signer", "envelope", "imports"):
        for path in sorted((ROOT / "crates" / crate / "src").rglob("*.rs")):
            source = path.read_text(encoding="utf-8").split("#[cfg(test)]")[0]
            for code, text in _SIGNER_CODE.findall(source):
                if code not in _FILES:
                    meanings[code] = meanings.get(code) or text.replace("\\\n", "").replace('\\"', '"')
    for code, meaning in meanings.items():
        error = refusal(code, "", False)
        yield Row(code, str(error.exit_code), "yes" if error.retryable else "", re.sub(r"\{[^}]*\}", "…", meaning))


def _table(rows: Iterator[Row] | list[Row]) -> list[str]:
    kept: dict[str, Row] = {}
    for row in rows:
        known = kept.get(row.code)
        kept[row.code] = row if known is None or not known.meaning else known
    lines = ["", "| code | exit | retry | meaning |", "|---|---|---|---|"]
    for code in sorted(kept):
        row = kept[code]
        lines.append(f"| `{code}` | {row.exit_code} | {row.retry} | {_cell(row.meaning).rstrip('.')} |")
    return lines


def codes(text: str) -> set[tuple[str, str]]:
    """Every code that a page names, with its exit code."""
    return set(re.findall(r"^\| `([a-z_.]+)` \| (\d)", text, re.MULTILINE))


def page() -> str:
    """The page as it should stand."""
    classes = _classes()
    signer = list(_signer_rows())
    answered = {row.code for row in signer}
    platform = [*_class_rows(classes), *(row for row in _call_rows(classes) if row.code not in answered)]
    lines = [_HEAD, "## Platform", *_table(platform), _WORDS.rstrip(), *_table(_word_rows())]
    coded = [*_coded_rows("crates/proof/src/log/error.rs"), *_coded_rows("crates/chain/src/error.rs")]
    lines += [_NATIVE.rstrip(), *_table([*_native_rows(), *coded]), _SIGNER.rstrip(), *_table(signer)]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__" and "--write" in sys.argv:
    PAGE.write_text(page(), encoding="utf-8")
