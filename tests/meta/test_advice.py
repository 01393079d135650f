"""Every refusal of ours says what was expected or what to do, beside what failed."""

import ast
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src" / "jinku"
FOREIGN = {"ValueError", "TypeError", "AttributeError", "EOFError", "KeyError", "NotImplementedError"}
AT_MOST = 0  # may only shrink; it cannot any more


def bare(source: str) -> list[int]:
    """The lines where an error of ours is raised or handed back with neither ``expected`` nor ``advice``."""
    found = []
    for node in ast.walk(ast.parse(source)):
        made = node.exc if isinstance(node, ast.Raise) else node.value if isinstance(node, ast.Return) else None
        if not isinstance(made, ast.Call) or not isinstance(made.func, ast.Name):
            continue
        ours = made.func.id.endswith("Error") and made.func.id not in FOREIGN
        if ours and not {"expected", "advice"} & {word.arg for word in made.keywords}:
            found.append(made.lineno)
    return found


def test_each_error_says_what_was_expected_or_what_to_do() -> None:
    found = [
        f"{path.relative_to(SOURCES)}:{line}"
        for path in sorted(SOURCES.rglob("*.py"))
        for line in bare(path.read_text(encoding="utf-8"))
    ]
    assert len(found) <= AT_MOST, "\n".join(found)


def test_a_bare_error_is_seen_and_a_whole_one_is_not() -> None:
    assert bare('raise UsageError("no", found=1)') == [1]
    assert bare('def f():\n    return ParseError("no")') == [2]
    assert bare('raise UsageError("no", expected="yes")') == []
    assert bare('raise UsageError("no", advice="say yes")') == []
    assert bare('raise ValueError("for python")\nraise\nraise error') == []
