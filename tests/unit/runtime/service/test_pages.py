import html
import re
import shlex
from html.parser import HTMLParser

import msgspec
import pytest

from cellmark_runtime import load

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(params=["/", "/docs"])
def page(request, caller):
    return caller.get(request.param)


def test_is_whole_accessible_and_self_contained(page):
    reader = Reader()
    reader.feed(page.text)
    assert reader.open == []
    tags = [tag for tag, _ in reader.tags]
    assert (tags.count("h1"), tags.count("main"), tags.count("title")) == (1, 1, 1)
    assert ("html", {"lang": "en"}) in reader.tags
    assert not {"script", "link", "img", "iframe"} & set(tags)
    for tag, attributes in reader.tags:
        assert not attributes.get("href", "").startswith(("http", "//"))
        assert tag != "th" or attributes["scope"] in ("row", "col")
    assert "url(" not in page.text
    assert "prefers-color-scheme: dark" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_command_on_it_asks_for_the_first_golden_row(page, caller, model):
    command = html.unescape(re.search(r'<pre class="copy"[^>]*>(.*?)</pre>', page.text, re.S)[1])
    words = shlex.split(command)
    assert words[:2] == ["curl", "http://model/predict"]
    body = words[words.index("-d") + 1]
    reply = caller.predict(content=body, headers={"content-type": "application/json"})
    assert reply.json()["predictions"][0]["prediction"] == model.golden.predictions[0]


def test_hostile_names_stay_text(built, tmp_path, caller_of):
    model = load(built(tmp_path / "i"))
    row = dict(model.golden.rows[0], plan="</pre><script>'\"$title")
    model.golden = msgspec.structs.replace(model.golden, rows=(row,))
    text = caller_of(model).get("/", headers={"host": "x<script>"}).text
    assert "<script>" not in text


def test_a_guarded_model_shows_the_token_in_its_command(caller_of, model):
    page = caller_of(model, token="t0p").get("/", headers={"authorization": "Bearer t0p"})
    assert "Authorization: Bearer $CELLMARK_TOKEN" in page.text
    assert "t0p" not in page.text
