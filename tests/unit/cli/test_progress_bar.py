"""The bar leaves room for an echoed ^C, and says which figure is which."""

from __future__ import annotations

import io
from typing import Any

from rich.text import Text

from jinku.cli import progress
from jinku.cli.output import Output


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_keeps_the_end_of_its_line_free(monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    screen = _Screen()
    output = Output(as_json=False, out=io.StringIO(), err=screen)
    output.errors.width = 80
    with progress._Bars(progress._Figures(), console=output.errors) as bars:
        bars.add_task("create", total=1_400_000, completed=65_536)
        (table,) = bars.get_renderables()
        shown = output.errors.render_lines(table)  # type: ignore[arg-type]
    text = "".join(segment.text for segment in shown[0])
    assert "65,536/1,400,000" in text
    assert "left" not in text  # nothing is known yet, so nothing is claimed
    assert table.width == 76  # type: ignore[union-attr]


def test_a_finished_phase_says_how_long_it_took() -> None:
    output = Output(as_json=False, out=io.StringIO(), err=_Screen())
    with progress._Bars(console=output.errors) as bars:
        number = bars.add_task("create", total=3000)
        bars.update(number, completed=3000)
        told = progress._Figures().render(bars.tasks[0]).plain
    assert told.startswith("3,000/3,000")
    assert "took 0 s" in told
    assert "left" not in told


def test_a_phase_is_one_line_where_the_bar_has_to_give_way(monkeypatch: Any) -> None:
    told = "700,000/1,400,000, 189/s, 1 h 1 min, about 1 h 1 min left"
    monkeypatch.setattr(progress._Figures, "render", lambda *_: Text(told))
    output = Output(as_json=False, out=io.StringIO(), err=_Screen())
    for width in (80, 100):
        output.errors.width = width
        with progress._Bars(*progress._columns(), console=output.errors) as bars:
            bars.add_task("look-up", total=1_400_000, completed=700_000)
            (table,) = bars.get_renderables()
            (line,) = output.errors.render_lines(table)  # type: ignore[arg-type]
        text = "".join(segment.text for segment in line)
        assert text.startswith("look-up \u2501"), "a bar is left"
        assert text.rstrip().endswith(f" {told}")
