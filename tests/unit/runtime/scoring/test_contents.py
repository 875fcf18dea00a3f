from __future__ import annotations

from pathlib import Path

import pytest

from cellmark_runtime.scoring.contents import LEAVINGS, paths_of


def test_files_are_listed_by_their_path_in_the_bundle(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    for path in ("model/a.bin", "README.md"):
        (tmp_path / path).write_text("")
    assert list(paths_of(tmp_path)) == ["README.md", "model/a.bin"]


@pytest.mark.parametrize("name", sorted(LEAVINGS))
def test_what_tools_leave_is_passed_over_at_any_depth(tmp_path: Path, name: str) -> None:
    for place in (tmp_path / name, tmp_path / "scoring" / name):
        place.mkdir(parents=True)
        (place / "left").write_text("")
    assert list(paths_of(tmp_path)) == []


def test_links_are_listed_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("")
    (tmp_path / "bundle" / "model").symlink_to(tmp_path / "secret")
    assert list(paths_of(tmp_path / "bundle")) == ["model"]
