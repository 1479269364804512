"""Reads a French notice that is not an eForms one: FNSimple, MAPA, DSP, and the form used before 2024.

Their elements differ in name more than in kind, and no schema of their JSON is published: each value is looked for at
the path of each form. A reserved market without an article is for EA, ESAT and SIAE alike. A form without such an
element is searched for « réservé … L2113-12 », « réservé aux entreprises adaptées » and the like, lot by lot where
it names them. Forms have no element for a social clause: all their texts
are searched for one (FNSimple writes it in `informComplementaire.autresInformComplementaire`, MAPA in
`renseignements.rensgComplt`, either in its criteria). A rectification has its new deadline in `infosRectif`.
"""

from typing import Any

from api.open_data.sources.content import drop_unknown
from api.open_data.sources.fields import Fields
from api.open_data.sources.national_elements import cpv_codes_in, is_marked_reserved, texts_in
from api.open_data.sources.notice import (
    Notice,
    social_clause_in,
    usable_amount,
    usable_cpv,
    usable_siret,
)
from api.open_data.sources.nuts import department_of_nuts
from api.open_data.sources.rectified import rectified_deadline
from api.open_data.sources.reserved_words import cited_reservations, reservations_by_lot
from api.open_data.sources.written_places import NOWHERE, WrittenPlace, common_place, place_in, typed_place
from matcher.types import Reservation

FORMS = ("FNSimple", "MAPA", "DSP")
_BLOCKS = ("initial", "rectificatif", "attribution", "annulation")
_TITLES = ("natureMarche intitule", "descriptionMarche titreMarche", "description objet", "OBJET TITRE_MARCHE")
_DESCRIPTIONS = (
    "natureMarche description", "descriptionMarche description", "caracteristiques principales",
    "description objet", "OBJET OBJET_COMPLET",
)  # fmt: skip
_REMARKS = (
    "informComplementaire autresInformComplementaire", "renseignements rensgComplt",
    "RENSEIGNEMENTS_COMPLEMENTAIRES RENS_COMPLEMENT",
)  # fmt: skip
_CPV = ("natureMarche codeCPV", "descriptionMarche CPV", "description CPV", "OBJET CPV")
_LOTS = ("lots lot", "natureMarche lots lot", "descriptionMarche lot", "OBJET LOTS LOT")
_AMOUNTS = (
    "natureMarche valeurEstimee valeur", "natureMarche valeurEstimee fourchette valeurHaute",
    "caracteristiques valeur", "OBJET CARACTERISTIQUES VALEUR",
)  # fmt: skip
_LOT_NUMBERS = ("numLot", "numeroLot", "numero", "NUM", "NUM_LOT")
_LOT_TITLES = ("intitule", "titre", "INTITULE", "TITRE", "description", "DESCRIPTION")
_LOT_AMOUNTS = ("valeurEstimee valeur", "estimationValeur valeur", "VALEUR")
_LOT_CPV = ("codeCPV", "CPV")
_DEADLINES = ("procedure dateReceptionOffres", "delais receptionOffres", "CONDITION_DELAI RECEPT_OFFRES")
_PLACES = (
    "natureMarche lieuExecution", "description lieuExecution", "descriptionMarche lieuExecutionLivraison",
    "descriptionMarche lot lieuExecutionLivraison", "OBJET LIEU_EXEC_LIVR",
)  # fmt: skip


def read(notice_content: Fields) -> Notice:
    """Return the content of a national notice. Raises BadRecord."""
    notice_form = next((inner_form for form_name in FORMS if (inner_form := notice_content.inside(form_name))), None)
    block_name = next((name for name in _BLOCKS if notice_form and notice_form.inside(name)), "")
    notice_body = (notice_form.inside(block_name) if notice_form and block_name else None) or notice_content
    notice = Notice(
        title=notice_body.first_text(*_TITLES),
        description=notice_body.first_text(*_DESCRIPTIONS),
        cancelled=block_name == "annulation",
    )
    notice.cpv = _cpv(notice_body, _CPV)
    notice.amount_eur = _amount(notice_body, _AMOUNTS)
    notice.deadline = (rectified_deadline(notice_body) if block_name == "rectificatif" else None) or next(
        (deadline_day for deadline_path in _DEADLINES if (deadline_day := _day(notice_body, deadline_path))), None
    )
    remark_texts = (notice.title, notice.description, notice_body.first_text(*_REMARKS))
    remarks = "\n".join(text for text in remark_texts if text)
    notice.social_clause = social_clause_in("\n".join(texts_in(notice_body.content)))
    lot_elements = next((elements for lots_path in _LOTS if (elements := notice_body.every(lots_path))), [])
    is_marked = is_marked_reserved(notice_body.content)
    notice.reserved = _reserved(is_marked, remarks)
    if len(lot_elements) > 1:
        notice.lots = _numbered(lot_elements)
        _reserve_lots(notice, remarks, is_marked)
        notice.cpv = list(
            dict.fromkeys([*notice.cpv, *(cpv_code for lot in notice.lots for cpv_code in lot.get("cpv", ()))])
        )
    elif lot_elements:
        notice.cpv = notice.cpv or _cpv(lot_elements[0], _LOT_CPV)
        notice.description = notice.description or lot_elements[0].first_text(*_LOT_TITLES)
        notice.amount_eur = notice.amount_eur or _amount(lot_elements[0], _LOT_AMOUNTS)
        notice.reserved = notice.reserved or _reserved(
            is_marked_reserved(lot_elements[0].content), lot_elements[0].first_text(*_LOT_TITLES)
        )
    _locate(notice_form or notice_content, notice_body, notice)
    return notice


def _numbered(lot_elements: list[Fields]) -> list[dict[str, Any]]:
    """Return the lots with their own numbers, or their positions where numbers are missing or not unique."""
    lot_numbers = [lot_element.first_text(*_LOT_NUMBERS) for lot_element in lot_elements]
    are_short = all(lot_number and len(lot_number) <= 20 for lot_number in lot_numbers)
    are_usable = are_short and len(set(lot_numbers)) == len(lot_numbers)
    return [
        drop_unknown(
            number=lot_number if are_usable else str(lot_position),
            title=lot_element.first_text(*_LOT_TITLES) or f"Lot {lot_position}",
            cpv=_cpv(lot_element, _LOT_CPV),
            amount_eur=_amount(lot_element, _LOT_AMOUNTS),
            reserved=_reserved(
                is_marked_reserved(lot_element.content),
                "\n".join(filter(None, (lot_element.first_text(name) for name in _LOT_TITLES))),
            ),
        )
        for lot_position, (lot_element, lot_number) in enumerate(zip(lot_elements, lot_numbers, strict=True), 1)
    ]


def _reserve_lots(notice: Notice, remarks: str, is_marked: bool) -> None:
    """Reserve the lots that the remarks name, rather than the whole market."""
    whole_kinds, kinds_by_lot = reservations_by_lot(remarks)
    for lot in notice.lots:
        kinds = kinds_by_lot.get(lot["number"].lstrip("0"))
        if kinds is not None and (lot_kinds := lot.get("reserved") or kinds or _marked(is_marked)):
            lot["reserved"] = lot_kinds
    has_named_lots = any("reserved" in lot for lot in notice.lots) and bool(kinds_by_lot)
    notice.reserved = whole_kinds or _marked(is_marked and not has_named_lots)


def _marked(is_flagged: bool) -> list[Reservation]:
    return [Reservation.EA_ESAT, Reservation.SIAE] if is_flagged else []


def _reserved(is_flagged: bool, description_text: str | None) -> list[Reservation]:
    return cited_reservations(description_text) or _marked(is_flagged)


def _cpv(notice_body: Fields, paths: tuple[str, ...]) -> list[str]:
    """Return all CPV codes at these paths."""
    candidate_codes: list[str | None] = []
    for path in paths:
        holder_path, _, code_name = path.rpartition(" ")
        for holder in notice_body.every(holder_path):
            candidate_codes += cpv_codes_in(holder.content.get(code_name))
    return usable_cpv(candidate_codes)


def _amount(notice_body: Fields, paths: tuple[str, ...]) -> float | None:
    for path in paths:
        holder_path, _, amount_name = path.rpartition(" ")
        for holder in notice_body.every(holder_path):
            if usable := usable_amount(holder.number(amount_name)):
                return usable
    return None


def _day(notice_body: Fields, path: str) -> Any:
    holder_path, _, day_name = path.rpartition(" ")
    holder = notice_body.at(holder_path)
    return holder.day(day_name) if holder else None


def _locate(notice_form: Fields, notice_body: Fields, notice: Notice) -> None:
    """Set where the work is done, and where the buyer is: one does not tell the other."""
    buyer_identity = notice_form.inside("organisme") or notice_form.inside("IDENTITE")
    if buyer_identity:
        notice.buyer_siret = usable_siret(
            buyer_identity.first_text("codeIdentificationNational", "CODE_IDENT_NATIONAL")
        )
        notice.buyer_place = typed_place(
            buyer_identity.first_text("adr cp", "cp", "CP"), buyer_identity.first_text("adr ville", "ville", "VILLE")
        )
    for path in _PLACES:
        holder_path, _, place_name = path.rpartition(" ")
        places = [_place(holder, place_name) for holder in notice_body.every(holder_path)]
        if any(place != NOWHERE for place in places):
            place = common_place(places)
            notice.is_place_told = any(place.postcode or place.city for place in places)
            notice.postcode, notice.city, notice.department = place
            return


def _place(holder: Fields, place_name: str) -> WrittenPlace:
    """Return a place that is a sentence, or an address with its parts."""
    if not isinstance(holder.content.get(place_name), dict):
        return place_in(holder.text(place_name))
    address = holder.inside(place_name)
    if not address:
        return NOWHERE
    department = department_of_nuts(address.first_text("codeNUTS", "CODE_NUTS"))
    typed = typed_place(address.first_text("cp", "CP"), address.first_text("ville", "VILLE"), department)
    return typed if typed != NOWHERE else place_in(address.first_text("adresse", "ADRESSE"))
