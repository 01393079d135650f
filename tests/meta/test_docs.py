"""Links in the documentation lead somewhere, and every direct dependency is justified in one line."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts)])
LINK = re.compile(r"(?<!\!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+(?:\([^()]*\))?)(?:\s+\"[^\"]*\")?\)")
BARE = re.compile(r"python3? (?!-I )(?:-\S+ )*(?:\S*/)?verify(?:_anchors|_evm)?\.py")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


def links(text: str) -> Iterator[str]:
    """Targets of the links in a Markdown text, code left out."""
    for match in LINK.finditer(re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))):
        yield match.group(1)


def anchors(text: str) -> set[str]:
    """The anchors that a Markdown renderer gives its headings, and those written by hand."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", FENCE.sub("", text), re.MULTILINE):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        kept = "".join(c for c in plain if c in " -_" or unicodedata.category(c)[0] in "LNM")
        slug = kept.strip().replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
        if found[slug]:
            found[f"{slug}-{found[slug]}"] = 0
    return {*found, *re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE), *re.findall(r'<a id="([^"]+)"', text)}


def broken(page: Path, root: Path) -> Iterator[str]:
    for target in links(page.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        name = f"{page.relative_to(root)}: {target}"
        if not there.exists():
            yield f"{name}: no such file"
        elif not there.is_relative_to(root):
            yield f"{name}: leads out of the repository"
        elif anchor and there.suffix == ".md" and anchor not in anchors(there.read_text()):
            yield f"{name}: no such heading"
        elif (lines := re.fullmatch(r"L(\d+)", anchor)) and int(lines.group(1)) > there.read_text().count("\n"):
            yield f"{name}: no such line"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert "[](" not in page.read_text(), "a link without a text is nothing where the source is read"
    found = list(broken(page, ROOT))
    assert not found, "\n".join(found)


def test_a_broken_link_and_a_broken_anchor_are_found(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text(
        "# One *thing*\n[x](b.md) [y](#one-thing) [z](#two) `[code](c.md)`\n```\n[code](d.md)\n```\n[o](../..)\n"
    )
    assert [line.split(": ", 1)[1] for line in broken(page, tmp_path)] == [
        "b.md: no such file",
        "#two: no such heading",
        "../..: leads out of the repository",
    ]


def test_every_direct_dependency_is_justified() -> None:
    """docs/adr/0010 holds one table row for each package that pyproject.toml, the workspace or a crate names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for group in project["dependency-groups"].values():
        wanted += group
    names = {re.match(r"[\w.-]+", requirement).group() for requirement in wanted}  # type: ignore[union-attr]
    crates = [tomllib.loads(path.read_text()) for path in (ROOT / "crates").glob("*/Cargo.toml")]
    crates.append(tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"])
    for crate in crates:
        for kind in ("dependencies", "dev-dependencies", "build-dependencies"):
            names |= {name for name in crate.get(kind, {}) if not name.startswith("jinku-")}
    text = (ROOT / "docs" / "adr" / "0010-dependencies.md").read_text()
    rows = set(re.findall(r"^\| `([\w.-]+)`", text, re.MULTILINE))
    assert names - rows == set(), "say in one line why jinku depends on them"
    assert rows - names == set(), "jinku does not depend on them any more"


def test_every_page_runs_the_verifier_apart_from_what_lies_beside_it() -> None:
    """Without -I the modules of the folder are imported first, and a forged bundle brings its own ``cryptography``."""
    sources = [path for end in ("md", "py", "html") for path in (ROOT / "src").rglob(f"*.{end}")]
    assert [str(page.relative_to(ROOT)) for page in (*PAGES, *sources) if BARE.search(page.read_text())] == []
    assert BARE.search("$ python3 verify.py bundle")
    assert BARE.search("`python3 a/verify_anchors.py .`")
    assert not BARE.search("$ python3 -I verify.py bundle")
