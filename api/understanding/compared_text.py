"""The text that is compared: what is wanted, without procedure, court, criteria, addresses, greetings, signatures."""

import re
from collections.abc import Sequence

from api.understanding.buyers import is_buyer_line
from api.understanding.labels import Label, Section
from api.understanding.need import Span

# A sentence of a notice that speaks of one of these says nothing of what is wanted.
_PROCEDURE = re.compile(
    r"https?:|www\.|\w@\w|dossiers? de (?:la )?consultation|\bd\.?c\.?e\b|\bcandidat|soumissionnaire|"
    r"tribunal|\brecours\b|"
    r"criteres?\b|ponderation|profil d'acheteur|plate-?forme|signature electronique|dematerialis|"
    r"reglement de (?:la )?"
    r"consultation|memoire technique|attestation|\bvariantes?\b|acte d'engagement|\bsiret\b|"
    r"ouverture des plis|procedure "
    r"(?:adaptee|formalisee|ouverte|restreinte|negociee)|\bplis\b|code de la commande publique|"
    r"article [lr]|\b[lr] ?\.? ?2\d{3}-|"
    r"reconduction|reconductible|\bcedex\b|\btel(?:ephone)?\b ?[:.]|telecopie|\bfax\b|\bboamp\b|"
    r"\bjoue?\b|avis (?:d'appel|de marche|de publicite|"
    r"implique|concernant)|appel public a la|annonce n|departements? de publication|"
    r"mandat administratif|financement|virement|"
    r"langues?\b.{0,30}francais|\beuros?\b ?\(|date d'envoi|date limite|remise des offres|"
    r"reception des offres|greffe|"
    r"mediation|groupement (?:solidaire|conjoint|momentane)|capacites? (?:economique|technique|professionnelle)|"
    r"chiffre d'affaires|validite des offres|negociation|redressement judiciaire|\bdc ?[124]\b|"
    r"\bdume\b|references? "
    r"(?:de moins|des|similaires)|unite monetaire|prix des prestations|valeur technique|prix ?: ?\d|"
    r"\d ?%|marche reserve|"
    r"reserve (?:en application|aux|a des)|clauses? (?:sociales?|d'insertion)|assurance|penalit|"
    r"visite (?:du site|obligatoire)|"
    r"lots? sera|offres? (?:seront|devront|doivent|sont)|questions? (?:doivent|seront|au plus|avant)|"
    r"\bpublie|parution|retrait du"
)
_SENTENCE = re.compile(r"[^\n.;!?]*(?:[.](?! |\n|$)[^\n.;!?]*)*[\n.;!?]*")
_HEADINGS = re.compile(
    r"\A\s*(?:avis (?:d'appel public a la concurrence|de marche|de publicite|d'attribution|"
    r"rectificatif)[^\n]{0,40}|marche public[^\n]{0,30}|"
    r"procedure adaptee|section \d.*|\d[\d.]*\.? [^\n]{0,60}|[ivx]+[.)] [^\n]{0,60}|"
    r"appel d'offres[^\n]{0,20}|publicite legale.*|marches? "
    r"(?:de )?(?:travaux|services|fournitures)(?: et [a-z]+)?|oui|non|services|travaux|fournitures)\s*"
)
# Sections of a notice whose value is compared.
_COMPARED = frozenset({Label.DESCRIPTION, Label.TRADES, Label.NONE})
_CONTACT = re.compile(
    r"https?:\S+|www\.\S+|[\w.+-]{1,64}@[\w-]{1,60}\.[\w.-]{1,60}|(?:(?:\+33|0033) ?|\b0)[1-9](?:[ .-]?\d{2}){4}\b"
)
_GREETING = re.compile(
    r"\A\W*(?:bonjour|bonsoir|salut|coucou|hello|re-?bonjour|chere?s?|madame|monsieur|"
    r"mesdames)\b(?:(?:[ ,]+|, ?)(?:a (?:toutes?|tous|vous)"
    r"(?: et (?:a )?(?:toutes?|tous))?|tout le monde|l'equipe|les amis|mesdames|messieurs|madame|"
    r"monsieur|collegues?|cheres? collegues?|et|ou)"
    r"\b){0,6}(?: [\w-]{1,20}(?=[,!\n]))?[ ,!.:]*\n*"
)
_CLOSING = re.compile(
    r"(?:^|(?<=[.!?;\n])) {0,10}(?:(?P<firm>(?:bien )?(?:a vous )?(?:tres )?(?:cordialement|"
    r"amicalement|sincerement|solidairement)|bien a (?:vous|toi)|"
    r"cdlt|cdt|salutations [^\n]{0,30}|je vous prie d'agreer[^\n]{0,120}|envoye de mon [^\n]{0,30})|"
    r"(?:un grand )?merci(?: (?:d'avance|beaucoup|bcp|par avance|pour (?:votre|ton) (?:aide|"
    r"retour)s?|infiniment|a (?:vous|toi|tous))){0,3}(?= ?[.!,\n]|$)|"
    r"(?:bonne|belle) (?:journee|soiree|fin de (?:journee|semaine))|a bientot|bises?|"
    r"dans l'attente de (?:votre|ton)[^\n]{0,60})\b[ ,.!]*",
    re.MULTILINE,
)
_AFTERTHOUGHT = re.compile(r"\A\s*(?:p\.?s\b|nb\b|n\.b\.)")
# Below « Cordialement »: a name, a post, an organisation; below « Merci », a name.
_LONGEST_SIGNATURE_LINE, _MOST_SIGNATURE_LINES, _MOST_NAMES = 60, 6, 4
_LONGEST_SIGNATURE = 2_000


def notice_text(text: str, folded: str, sections: Sequence[Section], left_out: Sequence[Span]) -> str:
    """Return what of a notice is compared beside its title; `left_out`: stretches told elsewhere (title, lots)."""
    kept = []
    for section in sections:
        if section.label not in _COMPARED or section.about_buyer:
            continue
        for sentence in _SENTENCE.finditer(folded, section.value.start, section.value.end):
            span = Span(sentence.start(), sentence.end())
            is_elsewhere = any(span.start < other.end and other.start < span.end for other in left_out)
            if sentence[0].strip() and not is_elsewhere and not _says_nothing(sentence[0]):
                kept.append(" ".join(text[span.start : span.end].split()))
    return " ".join(dict.fromkeys(words for words in kept if words.strip(" -–•.:;,*|")))


def message_text(text: str, folded: str) -> str:
    """Return a message without its greeting, its closing words, its signature and its addresses; all else stays."""
    start = greeting.end() if (greeting := _GREETING.match(folded)) else 0
    cuts = [(match.start(), match.end()) for match in _CONTACT.finditer(folded)]
    for closing in _CLOSING.finditer(folded, start):
        rest = text[closing.end() : closing.end() + _LONGEST_SIGNATURE]
        cuts.append((closing.start(), closing.end() + _signature(rest, is_firm=bool(closing["firm"]))))
    words, at = [], start
    for cut_start, cut_end in sorted(cuts):
        words.append(text[at : max(cut_start, at)])
        at = max(at, cut_end)
    words.append(text[at:])
    return " ".join(" ".join(words).split())


def _signature(rest: str, *, is_firm: bool) -> int:
    """Return how many characters of what follows closing words are a signature."""
    length = 0
    for line in rest.splitlines(keepends=True)[:_MOST_SIGNATURE_LINES]:
        words = _CONTACT.sub(" ", line)
        is_name = len(words.split()) <= _MOST_NAMES and all(
            word[0].isupper() for word in words.split() if len(word) > 2
        )
        is_post = is_firm and len(words) <= _LONGEST_SIGNATURE_LINE and not re.search(r"[\d?€]", words)
        if _AFTERTHOUGHT.match(line.lower()) or not (is_name or is_post):
            break
        length += len(line)
    return length


def _says_nothing(sentence: str) -> bool:
    return bool(
        is_buyer_line(sentence.strip())
        or _PROCEDURE.search(sentence)
        or _HEADINGS.fullmatch(sentence)
        or _CONTACT.search(sentence)
    )
