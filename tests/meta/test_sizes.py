"""Files, functions and the signer's ring stay within the ratchet, and the ratchet's own measure is right."""

from pathlib import Path

import pytest
import sizes


def test_nothing_is_over_its_limit() -> None:
    found = sizes.exceeded()
    assert not found, "\n".join(found)


def test_security_states_the_measured_ring() -> None:
    text = sizes.SECURITY.read_text()
    assert sizes.put_figures(text, sizes.signer_ring()) == text, "run `python tools/sizes.py --write`"
    assert text.count("<!-- signer ") == 3


def test_a_long_file_and_a_long_function_are_seen(tmp_path: Path) -> None:
    body = "    x = 1\n" * 80
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "long.py").write_text("class A:\n  def f(self):\n" + body + "\n" * 300)
    (tmp_path / "crates").mkdir()
    (tmp_path / "crates" / "long.rs").write_text("fn short() {}\nfn f() {\n" + "let x = 1;\n" * 80 + "}\n")
    files, functions = sizes.measure(tmp_path)
    assert files == {"src/long.py": 382}
    assert functions == {"src/long.py::A.f": 81, "crates/long.rs::f": 82}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("fn a<'x>(s: &'x str) -> [u8; 3] {\n let c = '{';\n}", [("a", 3)]),
        ('fn a() {\n let s = "}}{\\"}";\n let r = r#"}"}"#;\n}', [("a", 4)]),
        ("fn a() { /* } */ // }\n}\ntrait T { fn d(&self); fn e() { } }", [("a", 2), ("e", 1)]),
        ("fn a(f: impl Fn(u8) -> u8) where [u8; 2]: Sized {\n if x { y } else { z }\n}", [("a", 3)]),
    ],
)
def test_the_scan_of_rust_is_not_fooled(source: str, expected: list[tuple[str, int]]) -> None:
    assert list(sizes.rust_functions(source)) == expected


def test_the_scan_of_rust_refuses_what_it_cannot_follow() -> None:
    with pytest.raises(ValueError, match="unbalanced"):
        list(sizes.rust_functions("fn a() { {"))
