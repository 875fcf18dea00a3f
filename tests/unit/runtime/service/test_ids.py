import re

from cellmark_runtime.service.replies.ids import new_ids


def test_ids_are_ulids_of_now_and_none_twice():
    ids = new_ids(1000)
    assert len(set(ids)) == 1000
    assert all(re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", identity) for identity in ids)
    assert len({identity[:10] for identity in ids}) == 1


def test_later_ids_sort_later(monkeypatch):
    moments = iter([1_700_000_000_000_000_000, 1_700_000_000_001_000_000])
    monkeypatch.setattr("time.time_ns", lambda: next(moments))
    earlier, later = new_ids(1), new_ids(1)
    assert earlier < later
    # Source: a ULID of 1700000000000 ms starts so by the specification's own encoding.
    assert earlier[0].startswith("01HF7YAT00")
