"""The page to print has every part of the fingerprint, and of whom it stands for, and nothing that runs."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from jinku.cli.trust_sheet import trust_sheet
from jinku.core import canonical_bytes
from jinku.ops.trust import TrustRoot

FROZEN = Path(__file__).parents[2] / "snapshots" / "journal"
PRINTED = 1_795_280_362_370


class Page(HTMLParser):
    """The text of each cell, and the names of all tags and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag in ("td", "th"):
            self.cells.append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.cells[-1] += data


def changed(**members: Any) -> TrustRoot:
    document = json.loads((FROZEN / "trust-root-1.json").read_bytes())["root"] | members
    return TrustRoot(canonical_bytes({"root": document, "signatures": [], "v": 1}))


def test_digest_words_and_parties_are_all_there() -> None:
    facts = json.loads((FROZEN / "facts.json").read_text())
    html = trust_sheet(TrustRoot((FROZEN / "trust-root-1.json").read_bytes()), PRINTED)
    page = Page(html)
    assert facts["trust_root"]["digest"] in "".join(page.cells)
    at = page.cells.index("jutob")
    assert "-".join(page.cells[at : at + 8]) == facts["trust_root"]["words"]
    document = changed().root
    for vkey in (*document["journal"]["keys"], *(key for one in document["witnesses"] for key in one["keys"])):
        assert f"<code>{vkey.split('+')[1]}</code>" in html
    for key in document["keys"]:
        assert (key["public"] in html) == ("admin" in key["roles"])
    by = dict(zip(page.cells, page.cells[1:], strict=False))
    assert by["deployment 部署"] == document["deployment"]
    assert by["version 版本"].startswith("1; profile witnessed: ")
    assert by["log 日志名称"] == document["journal"]["origin"]
    assert by["of whom sign 须签名人数"].startswith("2,")
    assert by["of whom cosign 须共同签名人数"].startswith("2 from outside")
    assert "own (own.example/w) (own, does not count 自有)" in by["witnesses 见证人"]
    assert "east (east.example/w): ml-dsa-44 d94c9506, ed25519 (cosignature/v1) e005eb82" in by["witnesses 见证人"]
    assert "printed 打印于 2026-11-21 16:59:22 UTC" in html
    assert {"name 姓名", "date 日期", "signature 签名"} <= set(page.cells)
    assert "trust.version" in html


def test_a_command_stands_in_one_line_that_is_never_broken() -> None:
    html = trust_sheet(changed(), PRINTED)
    typed = re.findall(r'<code class="typed">([^<]*)</code>', html)
    assert [line.split()[0] for line in "\n".join(typed).split("\n")] == ["python3", "jinku", "jinku"]
    assert "python3 -I verify.py BUNDLE --trust-root FILE --fingerprint WORDS" in typed[0].split("\n")
    (rule,) = re.findall(r"\.typed \{([^}]*)\}", html)
    assert {"display: block", "white-space: pre"} <= {part.strip() for part in rule.split(";")}
    assert not re.findall(r"<code>[^<]*--[^<]*</code>", html), "nor is there another"


def test_another_root_has_another_page_and_says_what_it_lacks() -> None:
    page = Page(trust_sheet(changed(quorum=0, witnesses=[], not_after="1900000000000"), PRINTED))
    assert "jutob" not in page.cells
    by = dict(zip(page.cells, page.cells[1:], strict=False))
    assert by["version 版本"] == "1; profile dev: no witness from outside has to cosign 无须外部见证人共同签名"
    assert by["made, ends 生成与到期"].endswith("; 2030-03-17 17:46:40 UTC")
    assert by["witnesses 见证人"] == "none 无"


def test_nothing_on_it_runs_or_is_fetched_whatever_the_names_are() -> None:
    root = TrustRoot(b"{}")
    document = changed().root
    document["keys"][0]["name"] = "<script>x</script>\x1b[2J"
    document["deployment"] = '"><img src=x>'
    root.__dict__.update(root=document, digest=bytes(32))  # no such root is ever parsed
    html = trust_sheet(root, PRINTED)
    page = Page(html)
    assert not page.tags & {"script", "img", "link", "iframe", "a", "form"}
    assert not page.attributes & {"src", "href", "style", "onload"}
    assert "\x1b" not in html
    assert any(cell.startswith("<script>x</script>") for cell in page.cells)
