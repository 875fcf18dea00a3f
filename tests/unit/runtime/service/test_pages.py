import base64
import html
import json
import re
import shlex
from html.parser import HTMLParser

import msgspec
import pytest

from cellmark_runtime import load
from cellmark_runtime.service.pages.markup import element
from cellmark_runtime.service.pages.words import sentence

from .conftest import Caller

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
    assert not {"img", "iframe"} & set(tags)
    # An empty picture, or browsers ask for /favicon.ico.
    links = [attributes for tag, attributes in reader.tags if tag == "link"]
    assert links == [{"rel": "icon", "href": "data:,"}]
    scripts = [attributes for tag, attributes in reader.tags if tag == "script"]
    assert scripts in ([], [{"src": "page.js", "defer": None}])
    assert not [tag for tag, attributes in reader.tags if "style" in attributes]
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


def basic(password):
    return "Basic " + base64.b64encode(f"anna:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": basic("t")}, 200),
        ({"authorization": basic("T")}, 401),
        ({"authorization": "Basic t"}, 401),
        ({"authorization": "Basic " + "t" * 3}, 401),
        ({"authorization": basic("t"), "origin": "http://model"}, 200),
        ({"authorization": basic("t"), "origin": "http://elsewhere"}, 401),
        ({"authorization": basic("t"), "origin": "null"}, 401),
        ({"authorization": basic("t"), "sec-fetch-site": "cross-site"}, 401),
        ({"authorization": basic("t"), "sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_a_browser_may_send_the_token_as_a_password(caller_of, model, headers, status):
    reply = caller_of(model, token="t").get("/", headers={"accept": "text/html", **headers})
    assert reply.status_code == status
    assert reply.headers.get("www-authenticate", "Basic").startswith("Basic")


def section(text, name):
    """The text of a section, without its markup."""
    inside = re.search(rf'<section id="{name}".*?</section>', text, re.S)[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", inside)).split())


def test_it_tells_requests_and_what_was_refused(caller, row):
    before = caller.get("/").text
    assert "Nobody has asked" in section(before, "traffic")
    for change in ({}, {}, {"plan": "Pro"}):
        caller.predict(json=row | change)
    text = caller.get("/").text
    assert "Rows answered 2" in section(text, "overview")
    assert "Refused (4xx) 33.3%" in section(text, "overview")
    assert "4xx refused: the caller's fault 1 33.3%" in section(text, "traffic")
    assert "plan category 1" in section(text, "traffic")


def test_it_tells_drift_by_feature_and_how_far_to_believe_it(model, caller_of, row, frame):
    caller = caller_of(model, window=200)
    assert "0 of 200 rows" in section(caller.get("/").text, "drift")
    usual = [{"age": None, **each} for each in json.loads(frame.to_json(orient="records"))] * 4
    caller.predict(json=usual[:120])
    watch = caller.app.current.metrics.watch
    watch.flush()
    assert "So far in the window" in section(caller.get("/").text, "drift")
    for _ in range(6):
        caller.predict(json=[dict(row, plan="pro")] * 200)
        watch.flush()
    text = caller.get("/").text
    assert "Drift in" in section(text, "drift")
    assert "thresholds are those of theory" in section(text, "drift").lower()
    assert re.search(r"plan alarm, \d+ windows", section(text, "drift"))
    assert text.count('role="img"') >= 2 * len(model.profile.counted)
    watch.close()


def test_it_tells_how_good_answers_were_and_what_is_on_record(model, caller_of, row, tmp_path):
    from cellmark_runtime.audit.settings import AuditSettings

    with caller_of(model, audit=AuditSettings(tmp_path)) as caller:
        assert "No labels yet" in section(caller.get("/").text, "outcomes")
        given = caller.predict(json=[row] * 40).json()["predictions"]
        labels = [{"id": each["id"], "label": each["prediction"]} for each in given]
        assert caller("POST", "/feedback", json=labels).status_code == 200
        caller.app.current.metrics.watch.flush()
        text = caller.get("/").text
    assert "accuracy 1 0.912 to 1 40" in section(text, "outcomes")
    assert "Records written" in section(text, "record")
    assert "Sealed segments hold." in section(text, "record")
    assert "on no record" in section(caller_of(model).get("/").text, "record")


def test_its_form_has_a_field_for_each_column_filled_with_a_golden_row(caller, model):
    reader = Reader()
    reader.feed(caller.get("/").text)
    fields = {each["name"]: each for tag, each in reader.tags if tag in ("input", "select")}
    assert list(fields) == [field.name for field in model.signature.inputs]
    golden = model.golden.rows[0]
    assert fields["visits"]["value"] == str(golden["visits"])
    ids = {attributes["id"] for _, attributes in reader.tags if "id" in attributes}
    for field in fields.values():
        assert set(field["aria-describedby"].split()) <= ids
        assert ("label", {"for": field["id"]}) in reader.tags
    chosen = [each for tag, each in reader.tags if tag == "option" and "selected" in each]
    assert json.loads(chosen[0]["value"]) == golden["plan"]


def test_counts_are_those_of_all_processes_behind_the_address(model, tmp_path, row):
    from cellmark_runtime.service import create_app
    from cellmark_runtime.service.settings import Settings

    settings = Settings(siblings=tmp_path / "beside", monitor=tmp_path / "monitor")
    settings.siblings.mkdir()
    one, other = Caller(create_app(model, settings)), Caller(create_app(model, settings))
    one.predict(json=[row] * 40)
    one.app.current.metrics.watch.flush()
    one.app._siblings.write()
    text = other.get("/").text
    assert "Rows answered 40" in section(text, "overview")
    assert "40 of 1,000 rows" in section(text, "drift")


def test_what_is_put_into_markup_is_escaped():
    made = element("p", "<b>", element("i", "&"), [1, None], title='"<')
    assert made == '<p title="&quot;&lt;">&lt;b&gt;<i>&amp;</i>1</p>'


def test_a_command_in_a_sentence_is_set_as_code() -> None:
    said = sentence("Promote it with `cellmark promote a@4 <b>`. Then look.")
    shown = element("p", said)
    assert shown == (
        "<p>Promote it with <code>cellmark promote a@4 &lt;b&gt;</code>. Then look.</p>"
    )
