"""A page stands whole, or what stood there before does."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellmark.actions.page import template, write_page


def test_what_can_t_be_written_leaves_the_page_before_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "new" / "page.html"
    write_page(file, "first")
    with pytest.raises(UnicodeEncodeError):
        write_page(file, "half of it \ud800")
    assert file.read_text(encoding="utf-8") == "first"
    assert list(file.parent.iterdir()) == [file]


def test_backticks_set_code_and_nothing_passes_unescaped() -> None:
    page = template("reproduction.html.jinja").environment.from_string("{{ text | sentence }}")
    assert page.render(text="<b> says `a < b`.") == "&lt;b&gt; says <code>a &lt; b</code>."
