"""The place of work of a need: first where a label tells it, then in what is wanted, then where who asks is."""

from collections.abc import Sequence, Set

from api.catalogue.places.mentions import MentionedPlace
from api.catalogue.places.place_reading import read_places
from api.catalogue.places.places_in_text import Gazetteer
from api.understanding.labels import Label, Section
from api.understanding.need import Span


def places_of(
    text: str, sections: Sequence[Section], wanted: Sequence[Span], gazetteer: Gazetteer, home: Set[str]
) -> list[tuple[MentionedPlace, Span]]:
    """Return the places that may be meant, the most plausible first, with their words. wanted: where the need is."""
    about_work = [part for part in sections if part.label in (Label.PLACE, Label.TOWN) and not part.about_buyer]
    about_buyer = [part for part in sections if part.about_buyer or part.label in (Label.BUYER, Label.BUYER_PLACE)]
    labelled = _joined([part.value for part in about_work])
    stretches = [*labelled, *wanted, Span(0, len(text)), *_joined([part.value for part in about_buyer])]
    places: dict[str, tuple[MentionedPlace, Span]] = {}
    for stretch in stretches:
        reading = read_places(text[stretch.start : stretch.end], gazetteer, home)
        for place in reading.work:
            span = Span(stretch.start + place.start, stretch.start + place.end)
            places.setdefault(place.label, (place, span))
    return list(places.values())


def place_in(words: str, gazetteer: Gazetteer, home: Set[str]) -> MentionedPlace | None:
    """Return the place that a few words name: a lot's title, or what somebody typed as a place."""
    return read_places(words, gazetteer, home).best


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Return the spans, those that follow each other as one: a postcode and its town stand on two lines."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start - joined[-1].end < 30:
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined
