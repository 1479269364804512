"""Mails say the same in text and HTML, in good French, and nothing that is put in them can do any harm."""

import re
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.mailing.compose import (
    EVENTS,
    LINE_LENGTH,
    TEMPLATES,
    Digest,
    FollowUpItem,
    Item,
    ItemFact,
    Mail,
    alert_mail,
    confirmation_mail,
    follow_up_mail,
    message_id,
)
from api.mailing.message import Outgoing, build_message
from tests.support.outbox import NOW
from tests.support.proof_share import examples

NIGHT = date(2026, 11, 24)
BASE = "https://polesud.invalid"
LEAVE = f"{BASE}/desinscription/jeton"
NBSP = "\N{NO-BREAK SPACE}"


def item(number: int = 1, **values: Any) -> Item:
    known: dict[str, Any] = {
        "title": f"Entretien des espaces verts, lot {number}",
        "place": "Die (26)",
        "deadline": "2026-12-15",
        "level": "bonne piste",
        "facts": (ItemFact("Métier proche : jardinage", "fits"), ItemFact("18 salariés, un peu juste", "check")),
        "for_actor": "Les Sécateurs",
        "event": "new",
        "change": "",
        "yes_url": f"{BASE}/avis/a{number}?choix=oui",
        "no_url": f"{BASE}/avis/a{number}?choix=non",
        "view_url": f"{BASE}/voir/v{number}",
    }
    return Item(**(known | values))


def alert(*items: Item, night: date = NIGHT, manage_url: str | None = None) -> Mail:
    return alert_mail(Digest(night, items, LEAVE, manage_url))


class Page(HTMLParser):
    """What a reader sees of HTML: words, links with theirs, and which elements there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[tuple[str, str]] = []
        self._words: list[str] = []
        self._hidden = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag in ("style", "title")
        if tag == "a":
            self.links.append(("", dict(attrs)["href"] or ""))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 (the parser's signature)
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        self._words.append(data)
        if self.links and self.get_starttag_text() and self.tags[-1][0] == "a" and not self.links[-1][0]:
            self.links[-1] = (data.strip(), self.links[-1][1])

    @property
    def words(self) -> str:
        return squeezed(" ".join(self._words))


def squeezed(text: str) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text).strip()


def text_links(text: str) -> list[tuple[str, str]]:
    return [(words.strip(), url) for words, url in re.findall(rf"^(.+?){NBSP}: (https://\S+)$", text, re.MULTILINE)]


@pytest.mark.parametrize(
    ("events", "subject"),
    [
        (["new"], "1 nouveauté pour vous – 24 novembre 2026"),
        (["new"] * 3, "3 nouveautés pour vous – 24 novembre 2026"),
        (["rectified"], "1 changement pour vous – 24 novembre 2026"),
        (["worse", "cancelled"], "2 changements pour vous – 24 novembre 2026"),
        (["new", "better", "new"], "2 nouveautés et 1 changement pour vous – 24 novembre 2026"),
    ],
)
def test_the_subject_counts_in_french_and_names_nobody(events: list[str], subject: str) -> None:
    assert alert(*(item(event=event, change="La date limite a changé.") for event in events)).subject == subject


def test_the_first_of_a_month_is_said_as_french_says_it() -> None:
    assert alert(item(deadline="2026-12-01"), night=date(2027, 1, 1)).subject.endswith("– 1er janvier 2027")
    assert "jusqu’au 1er décembre 2026" in alert(item(deadline="2026-12-01")).text


def test_a_suggestion_is_told_whole_in_both_parts() -> None:
    """Title, place, deadline, score in words, the facts that decide, for whom, and three links with visible words."""
    mail = alert(item(), item(2), manage_url=f"{BASE}/suivi/g")
    page = Page(mail.html)
    for words in (
        "Entretien des espaces verts, lot 1",
        "Die (26)",
        "jusqu’au 15 décembre 2026",
        "bonne piste",
        f"Métier proche{NBSP}: jardinage",
        "18 salariés, un peu juste",
        "Pour Les Sécateurs",
    ):
        assert words in mail.text
        assert words in page.words
    wanted = [
        (words, url)
        for number in (1, 2)
        for words, url in (
            ("Intéressé", f"{BASE}/avis/a{number}?choix=oui"),
            ("Pas pour nous", f"{BASE}/avis/a{number}?choix=non"),
            ("Voir", f"{BASE}/voir/v{number}"),
        )
    ]
    wanted += [("Régler vos alertes", f"{BASE}/suivi/g"), ("Ne plus recevoir ces messages", LEAVE)]
    assert text_links(mail.text) == wanted
    assert page.links == wanted


def test_what_was_cancelled_or_rectified_is_said_so_first() -> None:
    """Before what is new, and before anything else is said of it; nobody is asked to like what is cancelled."""
    mail = alert(
        item(1),
        item(2, event="rectified", change="La date limite passe au 3 décembre 2026."),
        item(3, event="cancelled", change="L’acheteur a annulé ce marché."),
    )
    for words in (mail.text, Page(mail.html).words):
        places = [words.index(f"lot {number}") for number in (3, 2, 1)]
        assert places == sorted(places)
        assert words.lower().index("annulé –") < words.index("lot 3") < words.index("L’acheteur a annulé")
        assert words.lower().index("rectifié –") < words.index("lot 2") < words.index("La date limite passe")
    assert [url for words, url in text_links(mail.text) if "3" in url] == [f"{BASE}/voir/v3"]
    assert [url for words, url in Page(mail.html).links if "3" in url] == [f"{BASE}/voir/v3"]


def test_what_is_unknown_is_left_out() -> None:
    mail = alert(item(place=None, deadline=None, for_actor=None, facts=()))
    assert "   bonne piste\n" in mail.text
    for words in (mail.text, Page(mail.html).words):
        assert "None" not in words
        assert "jusqu’au" not in words
        assert "Pour" not in words


@pytest.mark.parametrize("missing", ["place", "deadline", "level"])
def test_what_is_left_out_leaves_no_point_between(missing: str) -> None:
    mail = alert(item(**{missing: "" if missing == "level" else None}))
    for words in (squeezed(mail.text), Page(mail.html).words):
        assert re.search(r"·", words)
        assert not re.search(r"lot 1 ·|· ·|· (?:Pour|Métier)", words), words


def test_html_needs_nothing_from_elsewhere_and_reads_in_the_dark() -> None:
    """No image, script, form or remote thing; its style is inline, save what answers to the reader's dark mode."""
    for mail in (alert(item(), item(2, event="better", change="…")), confirmation(), follow_up()):
        page = Page(mail.html)
        names = {tag for tag, _ in page.tags}
        assert not names & {"img", "script", "link", "iframe", "form", "object", "embed", "svg", "video", "audio"}
        assert dict(page.tags)["html"]["lang"] == "fr"
        assert all(
            {name for name, _ in attributes.items()} <= {"href", "class", "style", "lang", "charset", "name", "content"}
            for _, attributes in page.tags
        )
        assert not re.search(r"url\(|@import|@font-face", mail.html)
        assert "prefers-color-scheme: dark" in mail.html
        assert "style" in dict(page.tags)["body"]
        assert all(words for words, _ in page.links)
        assert all(url.startswith(f"{BASE}/") for _, url in page.links)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_of_words_is_read_on_its_ground_by_day_and_in_the_dark() -> None:
    """A contrast of 4.5 at least (WCAG 1.4.3); a rule without a ground of its own is read on the body's."""
    source = (TEMPLATES / "base.html").read_text("utf-8")
    light, dark = source.split("@media")
    for rules in (light, dark):
        found = re.findall(r"([\w. ]+) \{([^{}]*)\}", rules)
        grounds = {name.strip(): re.search(r"background-color: (#\w{6})", body) for name, body in found}
        body_ground = grounds["body"]
        assert body_ground
        words = [
            (colour, (grounds[name.strip()] or body_ground)[1])
            for name, body in found
            for colour in re.findall(r"(?<![-\w])color: (#\w{6})", body)
        ]
        assert len(words) >= 5
        for colour, ground in words:
            high, low = sorted((luminance(colour), luminance(ground)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, (colour, ground)


def test_an_alert_can_be_left_with_one_click() -> None:
    """RFC 8058; and nobody's absence is answered by a machine (RFC 3834)."""
    for mail in (alert(item()), follow_up()):
        assert mail.headers == {
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{LEAVE}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    assert confirmation().headers == {"Auto-Submitted": "auto-generated"}


def confirmation() -> Mail:
    return confirmation_mail("chaque nuit, ce qui convient à « Les Sécateurs »", f"{BASE}/confirmer/c")


def follow_up() -> Mail:
    return follow_up_mail((FollowUpItem("Tonte", "Les Sécateurs", "2026-11-20", f"{BASE}/suivi/s"),), LEAVE)


def test_a_request_to_confirm_says_what_and_how() -> None:
    mail = confirmation()
    for words in (mail.text, Page(mail.html).words):
        assert f"ce qui convient à «{NBSP}Les Sécateurs{NBSP}»" in words
        assert "ne faites rien" in words
    assert text_links(mail.text) == [("Pour confirmer", f"{BASE}/confirmer/c")]
    assert Page(mail.html).links == [("Confirmer", f"{BASE}/confirmer/c")]


@pytest.mark.parametrize(("count", "subject"), [(1, "1 échéance passée"), (2, "2 échéances passées")])
def test_a_follow_up_asks_after_each_deadline(count: int, subject: str) -> None:
    items = tuple(FollowUpItem(f"Tonte {n}", None, "2026-11-20", f"{BASE}/suivi/s{n}") for n in range(count))
    mail = follow_up_mail(items, LEAVE)
    assert mail.subject == f"{subject}{NBSP}: avez-vous répondu{NBSP}?"
    wanted = [("Répondre", f"{BASE}/suivi/s{n}") for n in range(count)]
    wanted.append(("Ne plus recevoir ces messages", LEAVE))
    assert text_links(mail.text) == Page(mail.html).links == wanted


def test_a_mail_with_nothing_to_say_is_not_written() -> None:
    for write in (lambda: alert(), lambda: follow_up_mail((), LEAVE), lambda: alert(item(event="inconnu"))):
        with pytest.raises(ValueError, match=r"nothing|not in"):
            write()


def test_a_message_id_is_the_same_each_time_and_at_our_domain() -> None:
    assert message_id("clé", "Pôle Sud <rapprochements@polesud.invalid>") == "<clé@polesud.invalid>"
    assert message_id("1", "a@b.invalid") != message_id("2", "a@b.invalid")


hostile = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "</p></body></html><img src=https://espion.invalid/x.png>",
            'x" onmouseover="alert(1)',
            "{{ 7 * 7 }}{% for %}",
            "&lt;b&gt; &amp; R&D",
            "titre\r\nBcc: tous@exemple.invalid",
            "a\u2028b\u2029c\x85d\x00e\x0bf\u202eg\u200b",
            "</style><style>body{display:none}</style>",
            "long " * 400,
            "é" * 5000,
            ".",
            "",
        ]
    ),
)
days = st.integers(0, 2000).map(lambda number: (NIGHT + timedelta(days=number)).isoformat())
items = st.builds(
    Item,
    title=hostile,
    place=st.none() | hostile,
    deadline=st.none() | days,
    level=st.sampled_from(["bonne piste", "à étudier"]),
    facts=st.lists(st.builds(ItemFact, hostile, st.just("check")), max_size=2).map(tuple),
    for_actor=st.none() | hostile,
    event=st.sampled_from(EVENTS),
    change=hostile,
    yes_url=st.just(f"{BASE}/avis/a?choix=oui&amp"),
    no_url=st.just(f"{BASE}/avis/a?choix=non"),
    view_url=st.just(f"{BASE}/voir/v"),
)
HARMLESS = {"html", "head", "style", "meta", "title", "body", "div", "h1", "h2", "h3", "p", "span", "ul", "li", "a"}


@settings(deadline=None, max_examples=examples(60))
@given(st.lists(items, min_size=1, max_size=4))
def test_whatever_a_title_holds_it_is_only_text(drawn: list[Item]) -> None:
    """One line of text in each part; the subject counts and no more; every open item keeps its three links."""
    mail = alert(*drawn)
    page = Page(mail.html)
    assert re.fullmatch(r"[\dA-Za-zé –]+ 24 novembre 2026", mail.subject)
    assert {tag for tag, _ in page.tags} <= HARMLESS
    assert all(not name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert all(url.startswith(f"{BASE}/") for _, url in page.links)
    still_open = sum(one.event != "cancelled" for one in drawn)
    for links in (page.links, text_links(mail.text)):
        said = [words for words, _ in links]
        assert said.count("Intéressé") == said.count("Pas pour nous") == still_open
        assert said.count("Voir") == len(drawn)
        assert links[-1][1] == LEAVE
    assert max(map(len, mail.text.split("\n"))) <= 3 * LINE_LENGTH + 40
    for sign in ("\x00", "\r", "\u2028", "\u202e", "\x85"):
        assert sign not in mail.text
        assert sign not in page.words
    for one in drawn:
        if one.title.isascii() and one.title.isprintable() and len(one.title) < LINE_LENGTH:
            assert re.sub(" (?=[:;!?%])", NBSP, squeezed(one.title)) in mail.text
            assert squeezed(re.sub(" (?=[:;!?%])", NBSP, squeezed(one.title))) in page.words


@settings(deadline=None, max_examples=examples(20))
@given(st.lists(items, min_size=1, max_size=2))
def test_whatever_a_mail_holds_it_travels_whole(drawn: list[Item]) -> None:
    """Built into a message and read back, both parts are as they were written, and no header was added."""
    mail = alert(*drawn)
    outgoing = Outgoing("<k@polesud.invalid>", mail.subject, mail.text, mail.html, mail.headers, NOW)
    raw = build_message("Pôle Sud <r@polesud.invalid>", "p@exemple.invalid", outgoing).as_bytes()
    message = message_from_bytes(raw, policy=default)
    text, html = message.iter_parts()  # type: ignore[attr-defined]
    assert text.get_content().replace("\r\n", "\n") == mail.text
    assert html.get_content().replace("\r\n", "\n").rstrip() == mail.html.rstrip()
    assert message["Subject"] == mail.subject
    assert message["Bcc"] is None


def test_items_of_one_kind_stay_in_the_caller_s_order() -> None:
    """The best first."""
    mail = alert(item(3), item(1), replace(item(2), title="Tonte"))
    assert mail.text.index("lot 3") < mail.text.index("lot 1") < mail.text.index("Tonte")
