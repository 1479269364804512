"""Which texts stand for an actor or an opportunity."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from matcher.nomenclature import cpv_name, naf_classes
from matcher.text_fields import (
    DESCRIPTION_LENGTH,
    MOST_REFERENCES,
    actor_phrases,
    actor_spelling,
    actor_words,
    opportunity_phrases,
    opportunity_words,
    subject_names,
)
from matcher.types import Actor, Opportunity
from tests.support import builders
from tests.support.builders import an_actor, an_opportunity, few


def test_each_trade_has_its_own_phrase_with_the_name_and_is_shown_without() -> None:
    phrases = actor_phrases(an_actor(name="Haies & Co", activities=("tonte", "élagage")))
    assert [phrase.text for phrase in phrases] == ["Haies & Co : tonte", "Haies & Co : élagage"]
    assert [phrase.shown for phrase in phrases] == ["tonte", "élagage"]


def test_a_contract_won_speaks_for_an_actor_and_the_newest_are_enough() -> None:
    plain = an_actor(activities=("tonte",))
    won = tuple(f"Entretien du parc {number}" for number in range(MOST_REFERENCES + 5))
    added = actor_phrases(replace(plain, references=won))[len(actor_phrases(plain)) :]
    assert [phrase.text for phrase in added] == list(won[:MOST_REFERENCES])
    assert added[0].shown == "contrat remporté, « Entretien du parc 0 »"
    assert actor_words(replace(plain, references=won)) == actor_words(plain)


def test_a_known_code_is_spelled_out_and_an_unknown_one_left_out() -> None:
    phrases = actor_phrases(an_actor(naf=("81.30Z", "99.99Z"), activities=("tonte",)))
    entry = naf_classes()["81.30Z"]
    assert [phrase.shown for phrase in phrases] == ["tonte", *[entry.name] * len(entry.phrases)]
    assert tuple(phrase.text for phrase in phrases[1:]) == entry.phrases
    read = [word for text in entry.phrases for word in text.removeprefix(f"{entry.name} : ").split(", ")]
    assert read == list(entry.words)
    assert entry.words[0] in actor_words(an_actor(naf=("81.30Z",)))
    assert entry.words[0] not in actor_spelling(an_actor(naf=("81.30Z",)))


def test_a_name_stands_alone_only_where_nothing_else_is_known() -> None:
    (only,) = actor_phrases(an_actor(name="Les Jardins", activities=(), naf=()))
    assert (only.text, only.shown) == ("Les Jardins", "Les Jardins")
    assert actor_phrases(an_actor(name="", activities=(), naf=())) == ()


def test_a_lot_s_title_comes_before_the_whole_s_and_the_whole_s_description_is_left_out() -> None:
    lot = an_opportunity(title="Rénovation de l’école", lot_title="Menuiseries", description="Toiture et façades")
    phrases = opportunity_phrases(lot)
    assert [phrase.text for phrase in phrases] == ["Menuiseries", "Menuiseries : Rénovation de l’école"]
    assert {phrase.shown for phrase in phrases} == {"Menuiseries"}
    assert "Toiture" not in opportunity_words(lot)
    assert "Toiture" in opportunity_words(replace(lot, lot_title=""))


def test_the_given_labels_of_a_contract_s_subject_win_over_our_names() -> None:
    assert subject_names(an_opportunity(cpv=("77310000",), cpv_labels=("Plantations",))) == ("Plantations",)
    assert subject_names(an_opportunity(cpv=("77310000", "77310000"))) == (cpv_name("77310000"),)
    assert subject_names(an_opportunity()) == ()


def test_a_description_is_read_up_to_its_first_words() -> None:
    long = an_opportunity(description="x" * DESCRIPTION_LENGTH + "procédure")
    assert not any("procédure" in phrase.text for phrase in opportunity_phrases(long))
    assert "procédure" not in opportunity_words(long)


@few
@given(builders.lone_actors(), builders.opportunities())
def test_no_phrase_is_empty_or_said_twice(actor: Actor, opportunity: Opportunity) -> None:
    for phrases in (actor_phrases(actor), opportunity_phrases(opportunity)):
        assert phrases
        assert all(phrase.text.strip() and phrase.shown.strip() for phrase in phrases)
        assert len({phrase.text for phrase in phrases}) == len(phrases)
