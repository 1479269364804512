"""What the words around a place say of it: work, who asks, a delivery, a court, a street, a person, a distance."""

from collections.abc import Sequence
from typing import NamedTuple

from api.catalogue.places.mentions import PlaceRole
from api.catalogue.places.place_tokens import Token, words_of
from api.core.digits import is_digits


class Cue(NamedTuple):
    """What is at the place, and how much the words speak for a place being named at all."""

    role: PlaceRole
    strength: float
    fallback: bool = True  # where nothing else is named, the work may be there


NOTHING = Cue(PlaceRole.WORK, 0)
_LINKED = Cue(PlaceRole.WORK, 1.0)
_BARRED = Cue(PlaceRole.WORK, -1.0)  # an article is no part of the name: « le crest »
_NO_PLACE = Cue(PlaceRole.OTHER, 0, fallback=False)

POSTAL_ADDRESS = Cue(PlaceRole.BUYER, 0)  # of whom, nothing says: most are the sender’s

PREPOSITIONS = frozenset({"a", "au", "aux", "vers", "sur", "en", "dans"})
_LINKS = PREPOSITIONS | {"de", "du", "des", "d", "la", "le", "les", "l"}
_ARTICLES = frozenset({"la", "le", "les", "l"})
_PERSONS = words_of("m mr mme madame monsieur mlle mademoiselle dr docteur me")
_STREETS = words_of("rue avenue av route rte boulevard bd bvd chemin impasse allee quai place cours faubourg montee")
_GREETINGS = words_of("cordialement salutations")
_DISTANCES = words_of("km kilometre kilometres min mn minute minutes heure heures")

_STRONG = Cue(PlaceRole.WORK, 2.5)
_HEADS: dict[str, Cue] = {}
for _words, _cue in (
    (
        "chantier chantiers travaux site sites secteur secteurs localisation situe situee situes situees sis sise sises"
        " implante implantee implantes implantees intervention interventions intervenir territoire lieu lieux",
        _STRONG,
    ),
    (
        "bureaux locaux ecole ecoles college lycee gymnase piscine stade camping quartier centre mediatheque eglise"
        " salle cimetiere bourg village hameau zone za zi parc hopital ehpad residence creche club gare pres"
        " autour proche alentours environs dessus dessous region bassin cote halle",
        Cue(PlaceRole.WORK, 1.5),
    ),
    (
        "ville mairie commune communes municipalite ccas acheteur siege base basee bases basees domicilie domiciliee"
        " suis sommes artisan societe syndicat etabli etablie",
        Cue(PlaceRole.BUYER, 2),
    ),
    (
        "livrer livre livree livres livrees livraison livraisons expedier expedition acheminer acheminement",
        Cue(PlaceRole.DELIVERY, 1),
    ),
    ("jusqu jusque", Cue(PlaceRole.DELIVERY, 1, fallback=False)),
    ("tribunal tribunaux greffe prefecture sousprefecture prefet ta", Cue(PlaceRole.OTHER, 1, fallback=False)),
):
    _HEADS |= dict.fromkeys(words_of(_words), _cue)

# What a line's label says of the places after it.
_LABELS = (
    (
        words_of("recours tribunal mediation instance instances greffe"),
        Cue(PlaceRole.OTHER, 1, fallback=False),
    ),
    (
        words_of("execution chantier travaux intervention prestation prestations realisation localisation lieu lieux"),
        Cue(PlaceRole.WORK, 4),
    ),
    (
        words_of(
            "acheteur adjudicateur ouvrage organisme siege client demandeur contact correspondant"
            " interlocuteur renseignements remise retrait envoi transmission reception offres candidatures"
        ),
        Cue(PlaceRole.BUYER, 2),
    ),
)
# Labels within a block of an address: they say what the block says.
_INHERITING = words_of("adresse ville cp code postal commune tel telephone courriel mail email nom pays")
_MOST_LABEL_WORDS = 8
_MOST_SECTION_WORDS = 40


def sections(tokens: Sequence[Token]) -> list[Cue | None]:
    """Return, for each word, what the label before it says (« Lieu d’exécution : »), if there is one."""
    cues: list[Cue | None] = []
    current: Cue | None = None
    line_start = since = 0
    for place, token in enumerate(tokens):
        if "\n" in token.gap:
            line, line_start = [label.word for label in tokens[line_start:place]], place
            if len(line) <= 5 and ":" not in token.gap and (headed := _label(line)):
                current, since = headed, 0
            if token.gap.count("\n") > 1 or (
                current and current.role is PlaceRole.WORK and since and not _postcode(token)
            ):
                current = None
        elif _ends_sentence(token.gap):
            line_start = place
        if ":" in token.gap and 0 < place - line_start <= _MOST_LABEL_WORDS:
            words = [label.word for label in tokens[line_start:place]]
            labelled = _label(words)
            if labelled or not _INHERITING & set(words):
                current, since = labelled, 0
        elif current and current.role is not PlaceRole.WORK and _HEADS.get(token.word) == _STRONG:
            current = None
        if token.word == "tribunal":
            current, since = Cue(PlaceRole.OTHER, 1, fallback=False), 0
        if token.word in _GREETINGS:
            current, since = Cue(PlaceRole.BUYER, 1), 0
        since += 1
        if since > _MOST_SECTION_WORDS:
            current = None
        cues.append(current)
    return cues


def _postcode(token: Token) -> bool:
    return len(token.word) == 5 and is_digits(token.word)


def after_street(tokens: Sequence[Token], start: int) -> bool:
    """Return whether a street stands before the postcode `tokens[start]`, in the same line or the one above."""
    return any(token.word in _STREETS for token in tokens[max(start - 7, 0) : start])


def cue_before(tokens: Sequence[Token], start: int) -> Cue:
    """Return what the words right before `tokens[start]` say of the place that begins there."""
    place, linked, near = start, False, True
    barred = start > 0 and tokens[start - 1].word in _ARTICLES and not tokens[start].capital
    preposition = False
    if start and tokens[start - 1].word in _PERSONS and tokens[start].capital and tokens[start].gap in (" ", ". ", "."):
        return _NO_PLACE
    while place > 0 and place > start - 9:
        gap = tokens[place].gap
        if _ends_sentence(gap) or "\n\n" in gap or ("\n" in gap and place == start):
            break
        if any(mark in gap for mark in ",:()–;/") or "\n" in gap:
            near = False
        place -= 1
        word = tokens[place].word
        if near and not preposition and word in _STREETS and start - place <= 4:
            return _NO_PLACE
        if near and not linked and word in _PERSONS and start - place <= 2 and tokens[start].capital:
            return _NO_PLACE
        if near and word in _DISTANCES and start - place <= 3 and linked:
            return Cue(PlaceRole.OTHER, 1, fallback=False)
        if word in _LINKS:
            linked = linked or (near and word not in _ARTICLES)
            preposition = preposition or word in ("a", "au", "aux")
            continue
        if is_digits(word):
            near = False
        if cue := _HEADS.get(word):
            if cue.role is PlaceRole.BUYER and not _asks(tokens, place):
                return Cue(PlaceRole.WORK, cue.strength)
            if near or cue.role in (PlaceRole.WORK, PlaceRole.DELIVERY) or word in ("suis", "sommes"):
                return cue if near or linked else Cue(cue.role, min(cue.strength, 1), cue.fallback)
    if barred:
        return _BARRED
    return _LINKED if linked else NOTHING


def _asks(tokens: Sequence[Token], place: int) -> bool:
    """Return whether « commune », « mairie » … is who asks, not a place: « sur la commune de », « à la mairie de »."""
    if tokens[place].word not in ("commune", "communes", "ville", "mairie"):
        return True
    before = [token.word for token in tokens[max(place - 2, 0) : place]]
    return not PREPOSITIONS & set(before) and not (tokens[place].word == "mairie" and "de" in before)


def _label(words: Sequence[str]) -> Cue | None:
    spelt = set(words)
    if "livraison" in spelt and spelt & {"lieu", "lieux", "adresse"}:
        return Cue(PlaceRole.WORK, 4)
    return next((cue for label, cue in _LABELS if label & spelt), None)


def _ends_sentence(gap: str) -> bool:
    return any(mark in gap for mark in ".!?") and any(mark.isspace() for mark in gap)
