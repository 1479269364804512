"""Texts of an actor or an opportunity: phrases for the encoder, words and spelling, with codes spelled out."""

from __future__ import annotations

from matcher.nomenclature import cpv_name, naf_classes
from matcher.types import Actor, Opportunity, Phrase

# Characters of a description that are read: its beginning says what is wanted, the rest is procedure.
DESCRIPTION_LENGTH = 500
# Contracts of a company that are read, the newest first.
MOST_REFERENCES = 12


def actor_phrases(actor: Actor) -> tuple[Phrase, ...]:
    """Return an actor's phrases, at least one per trade: compared one by one, so that trades do not blur."""
    phrases = [
        Phrase(f"{actor.name} : {activity}" if actor.name else activity, activity) for activity in actor.activities
    ]
    for code in actor.naf:
        known = naf_classes().get(code)
        if known:
            phrases += [Phrase(text, known.name) for text in known.phrases]
            if actor.name and not actor.activities:
                phrases.append(Phrase(f"{actor.name} : {known.name}", known.name))
    phrases += [Phrase(title, f"contrat remporté, « {title} »") for title in actor.references[:MOST_REFERENCES]]
    if not phrases and actor.name:
        phrases.append(Phrase(actor.name, actor.name))
    return _distinct(phrases)


def own_phrases(actor: Actor) -> int:
    """Return how many of an actor's phrases, the first ones, are what it says of itself."""
    return len(dict.fromkeys(actor.activities))


def opportunity_phrases(opportunity: Opportunity) -> tuple[Phrase, ...]:
    """Return an opportunity's phrases: its title (the lot's first), with the contract subject, with the description."""
    title = opportunity.lot_title or opportunity.title
    phrases = [Phrase(title, title)]
    if opportunity.lot_title:
        phrases.append(Phrase(f"{opportunity.lot_title} : {opportunity.title}", title))
    subjects = subject_names(opportunity)
    if subjects:
        phrases.append(Phrase(f"{title} {', '.join(subjects)}", title))
    if opportunity.description and not opportunity.lot_title:
        phrases.append(Phrase(f"{title} : {opportunity.description[:DESCRIPTION_LENGTH]}", title))
    return _distinct(phrases)


def actor_words(actor: Actor) -> str:
    """Return an actor's text whose words are compared."""
    known = [naf_classes()[code] for code in actor.naf if code in naf_classes()]
    return " ".join([actor.name, *actor.activities, *(entry.text for entry in known)])


def actor_spelling(actor: Actor) -> str:
    """Return an actor's text whose spelling is compared: names and activities, without the thesaurus."""
    known = [naf_classes()[code] for code in actor.naf if code in naf_classes()]
    return " ".join([actor.name, *actor.activities, *(entry.name for entry in known)])


def opportunity_words(opportunity: Opportunity) -> str:
    """Return the text of an opportunity whose words and spelling are compared."""
    description = "" if opportunity.lot_title else opportunity.description[:DESCRIPTION_LENGTH]
    return " ".join([opportunity.lot_title, opportunity.title, *subject_names(opportunity), description])


def subject_names(opportunity: Opportunity) -> tuple[str, ...]:
    """Return the contract subjects in words: the labels given, else the short names of the codes."""
    if opportunity.cpv_labels:
        return opportunity.cpv_labels
    return tuple(dict.fromkeys(name for code in opportunity.cpv if (name := cpv_name(code))))


def _distinct(phrases: list[Phrase]) -> tuple[Phrase, ...]:
    return tuple({phrase.text: phrase for phrase in phrases}.values())
