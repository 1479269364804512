"""The PDF of a signed agreement: its text, who signed it for whom, when, and the hash of the text."""

import io
import threading
from dataclasses import dataclass
from datetime import date, datetime
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

from api.confidentiality.agreement_texts import HouseText
from api.confidentiality.printed_words import BOLD, REGULAR, printable, register_fonts
from api.core.clock import PARIS
from api.core.french import NBSP, day

_BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=9.5, leading=14, spaceAfter=6)
_HEADING = ParagraphStyle("heading", parent=_BODY, fontName=BOLD, fontSize=11, leading=16, spaceBefore=8)
_SMALL = ParagraphStyle("small", parent=_BODY, fontSize=8, leading=11)
# ReportLab's fonts note in themselves which signs a document uses.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Signature:
    """Who signed, for which actor, about what (the line that is told of the case), when; paper: noted by the house."""

    signer: str
    actor_name: str
    about: str
    signed_on: date
    noted_at: datetime
    paper: bool


def agreement_pdf(text: HouseText, signature: Signature) -> bytes:
    """Return the PDF. It says no more of the case than the line that is told of it."""
    register_fonts()
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=20 * mm,
        bottomMargin=20 * mm,
        title="Engagement de confidentialité",
        author="Pôle Sud",
        lang="fr",
    )
    parts = [
        *(_paragraph(block, _BODY) for block in text.text.split("\n") if block.strip()),
        Spacer(1, 6 * mm),
        _paragraph("Signature", _HEADING),
        *(_paragraph(line, _BODY) for line in _signature_lines(signature)),
        _paragraph(f"Version {text.number} du texte, SHA-256{NBSP}:", _SMALL),
        _paragraph(text.sha256, _SMALL),
    ]
    with _ONE_AT_A_TIME:
        document.build(parts)
    return target.getvalue()


def _signature_lines(signature: Signature) -> list[str]:
    moment = signature.noted_at.astimezone(PARIS)
    noted = f"le {day(moment.date().isoformat())} à {moment:%H}{NBSP}h{NBSP}{moment:%M}"
    how = (
        f"Signé sur papier le {day(signature.signed_on.isoformat())}, noté par Pôle Sud {noted}."
        if signature.paper
        else f"Accepté dans l’espace partenaire de Pôle Sud {noted}."
    )
    return [
        f"Nom{NBSP}: {signature.signer}",
        f"Pour{NBSP}: {signature.actor_name}",
        f"Au sujet de{NBSP}: {signature.about}",
        how,
    ]


def _paragraph(words: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(printable(words)), style)
