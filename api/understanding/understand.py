"""A pasted text → the need that it tells, with the words that each field was read from."""

import re
from collections.abc import Sequence, Set
from datetime import date

from api.catalogue.places.places_in_text import Gazetteer
from api.core.digits import is_digits, plain_digits
from api.understanding.amounts import Amount, amounts_in, best_estimate
from api.understanding.buyers import buyer_in
from api.understanding.codes import cpv_codes, naf_codes
from api.understanding.compared_text import message_text, notice_text
from api.understanding.deadlines import deadline_in
from api.understanding.folding import fold_in_place
from api.understanding.kinds import kind_of
from api.understanding.labels import Label, Section, sections_of
from api.understanding.lots import LotText, lots_in
from api.understanding.need import Need, NeedKind, NeedLot, NeedPlace, Span, UnderstoodNeed
from api.understanding.places import place_in, places_of
from api.understanding.reservations import Mention, reservations_in, social_clause_in
from api.understanding.takeovers import takeover_facts
from api.understanding.titles import title_in
from matcher.types import Reservation

# The longest text that is read, and the longest title; further words of a message are its description.
LONGEST_TEXT, TITLE_LENGTH = 60_000, 300
_LONGEST_DESCRIPTION = 4_000
_URL = re.compile(r"https?://[^\s<>\"'»)]{4,480}")
_SUBCONTRACT = re.compile(r"sous[ -]?trait")


def understand(text: str, gazetteer: Gazetteer, home_departments: Set[str], today: date) -> UnderstoodNeed:
    """Return the need of a text, of which the first `LONGEST_TEXT` characters are read.

    home_departments: codes of those whose communes are meant where names are ambiguous. Nothing is kept.
    """
    text = plain_digits(text[:LONGEST_TEXT])
    folded = fold_in_place(text)
    sections = sections_of(folded)
    kind = kind_of(folded, sections)
    spans: dict[str, Span] = {}
    amounts = amounts_in(folded, sections)
    lot_texts = lots_in(text, folded, sections) if kind is NeedKind.TENDER else []
    mentions = reservations_in(folded)
    lots = _lots(text, folded, lot_texts, amounts, mentions, gazetteer, home_departments, spans)
    title, description = _words(text, folded, sections, kind, lot_texts, spans)
    # One lot is the whole.
    whole = lots[0] if len(lots) == 1 else None
    about_lots = [stretch for lot in lot_texts for stretch in lot.stretches] if len(lots) > 1 else []
    estimate = best_estimate([amount for amount in amounts if not _within(amount.span, about_lots)])
    if estimate:
        spans["amount_eur"] = estimate.span
    deadline = deadline_in(folded, sections, today)
    if deadline:
        spans["deadline"] = deadline[1]
    cpv = cpv_codes(folded, Span(0, len(text)))
    naf = naf_codes(folded)
    for name, codes in (("cpv", cpv), ("naf", naf)):
        if codes:
            spans[name] = codes[0][1]
    reserved = _reserved_whole(mentions, lot_texts if len(lots) > 1 else [], spans)
    clause = social_clause_in(folded)
    if clause:
        spans["social_clause"] = clause.span
    buyer = buyer_in(text, folded, sections) if kind is NeedKind.TENDER else None
    if buyer:
        spans["buyer"] = buyer
    wanted = [span for name, span in spans.items() if name == "title"] + [lot.title for lot in lot_texts]
    places = places_of(text, sections, wanted, gazetteer, home_departments)
    if places:
        spans["place"] = places[0][1]
    facts = None
    if kind is NeedKind.TAKEOVER:
        facts, takeover_spans = takeover_facts(text, folded, amounts)
        spans |= takeover_spans
    url = _URL.search(text)
    need = Need(
        kind=kind,
        title=title,
        description=description,
        lots=lots if whole is None else (),
        place=NeedPlace.of(places[0][0]) if places else None,
        other_places=tuple(NeedPlace.of(place) for place, _ in places[1:6]),
        cpv=tuple(code for code, span in cpv if not _within(span, about_lots)) or tuple(code for code, _ in cpv),
        naf=tuple(code for code, _ in naf),
        trades=_trades(text, sections),
        amount_eur=estimate.euros if estimate else None,
        deadline=deadline[0] if deadline else None,
        reserved=reserved,
        social_clause=True if clause else None,
        social_hours=clause.hours if clause else None,
        buyer=" ".join(text[buyer.start : buyer.end].split()) if buyer else None,
        url=url[0].rstrip(".,;") if url else None,
        subcontract=kind is not NeedKind.TAKEOVER and bool(_SUBCONTRACT.search(folded)),
        takeover=facts,
    )
    return UnderstoodNeed(need, text, spans)


def _words(
    text: str, folded: str, sections: Sequence[Section], kind: NeedKind, lots: Sequence[LotText], spans: dict[str, Span]
) -> tuple[str, str]:
    """Return the title, and what else is compared."""
    if kind is not NeedKind.TENDER:
        words = message_text(text, folded) or " ".join(text.split())
        title, further = _cut(words)
        return title, further[:_LONGEST_DESCRIPTION]
    span = title_in(text, folded, sections)
    if span is None:
        words = notice_text(text, folded, sections, ()) or " ".join(text.split())
        title, further = _cut(words)
        return title, further[:_LONGEST_DESCRIPTION]
    spans["title"] = span
    title, further = _cut(" ".join(text[span.start : span.end].split()))
    elsewhere = [span, *(stretch for lot in lots for stretch in lot.stretches)] if len(lots) > 1 else [span]
    description = notice_text(text, folded, sections, elsewhere)
    return title, f"{further} {description}".strip()[:_LONGEST_DESCRIPTION]


def _cut(words: str) -> tuple[str, str]:
    """Return what of words, a blank apart, is a title, and the rest; a word is in one of them, whole."""
    if len(words) <= TITLE_LENGTH:
        return words, ""
    end = words.rfind(" ", 0, TITLE_LENGTH + 1)
    end = end if end > 0 else TITLE_LENGTH
    return words[:end], words[end:].lstrip()


def _lots(
    text: str,
    folded: str,
    lot_texts: Sequence[LotText],
    amounts: Sequence[Amount],
    mentions: Sequence[Mention],
    gazetteer: Gazetteer,
    home: Set[str],
    spans: dict[str, Span],
) -> tuple[NeedLot, ...]:
    lots = []
    for lot in lot_texts:
        name = f"lots.{lot.number}"
        spans[f"{name}.title"] = lot.title
        estimate = best_estimate([amount for amount in amounts if _within(amount.span, lot.stretches)])
        if estimate:
            spans[f"{name}.amount_eur"] = estimate.span
        reserved: set[Reservation] = set()
        for mention in mentions:
            is_here = not mention.lots and _begins_within(mention.span, lot.stretches)
            if is_here or (is_digits(lot.number) and str(int(lot.number)) in mention.lots):
                reserved.update(mention.reserved)
                spans[f"{name}.reserved"] = mention.span
        title = " ".join(text[lot.title.start : lot.title.end].split())
        place = place_in(title, gazetteer, home)
        codes = [code for stretch in lot.stretches for code, _ in cpv_codes(folded, stretch)]
        lots.append(
            NeedLot(
                lot.number,
                title,
                tuple(dict.fromkeys(codes)),
                estimate.euros if estimate else None,
                tuple(reservation for reservation in Reservation if reservation in reserved),
                NeedPlace.of(place) if place else None,
            )
        )
    return tuple(lots)


def _reserved_whole(
    mentions: Sequence[Mention], lots: Sequence[LotText], spans: dict[str, Span]
) -> tuple[Reservation, ...]:
    """Return whom all of it is reserved for: what is said of a lot, or in its stretch, is that lot's alone."""
    about_lots = [stretch for lot in lots for stretch in lot.stretches]
    whole = [
        mention for mention in mentions if not (lots and (mention.lots or _begins_within(mention.span, about_lots)))
    ]
    if whole:
        spans["reserved"] = whole[0].span
    read = {reservation for mention in whole for reservation in mention.reserved}
    return tuple(reservation for reservation in Reservation if reservation in read)


def _trades(text: str, sections: Sequence[Section]) -> tuple[str, ...]:
    named = [text[part.value.start : part.value.end] for part in sections if part.label is Label.TRADES]
    words = [" ".join(word.split()).strip(" .-–*") for value in named for word in re.split(r"[,;\n]", value[:300])]
    return tuple(dict.fromkeys(word for word in words if word and not is_digits(word)))[:10]


def _within(span: Span, stretches: Sequence[Span]) -> bool:
    return any(span.inside(stretch) for stretch in stretches)


def _begins_within(span: Span, stretches: Sequence[Span]) -> bool:
    return any(stretch.start <= span.start < stretch.end for stretch in stretches)
