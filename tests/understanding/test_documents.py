"""Files that people drop: PDF, DOCX, EML, text; whatever else is refused in French."""

from email.message import EmailMessage
from io import BytesIO

import pytest
from docx import Document

from api.core.errors import InvalidError, SourceError
from api.understanding.reading_files import CUT, MOST_BYTES, text_of_file

NOTICE = "Objet du marche : Entretien des espaces verts"


def pdf(text: str) -> bytes:
    """Return a PDF of one page, written by hand."""
    stream = f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    content, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj%s endobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return content + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start


def docx(*lines: str) -> bytes:
    document, file = Document(), BytesIO()
    for line in lines:
        document.add_paragraph(line)
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Date limite", "12/01/2027"
    document.save(file)
    return file.getvalue()


def mail(html: str = "", attached: bytes = b"") -> bytes:
    message = EmailMessage()
    message["Subject"] = "Consultation espaces verts"
    message["From"], message["To"] = "une.personne@exemple.invalid", "reseau@exemple.invalid"
    message.set_content(html or "Bonjour, voir la pièce jointe.", subtype="html" if html else "plain")
    if attached:
        message.add_attachment(attached, maintype="application", subtype="pdf", filename="avis.pdf")
    return message.as_bytes()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("avis.pdf", pdf(NOTICE), [NOTICE]),
        ("AVIS.PDF", pdf(NOTICE), [NOTICE]),
        ("avis.docx", docx(NOTICE, "À Crest"), [NOTICE, "À Crest", "Date limite : 12/01/2027"]),
        ("avis.txt", "Tonte à Crest, 3 000 €".encode("cp1252"), ["Tonte à Crest, 3 000 €"]),
        ("avis.eml", mail(attached=pdf(NOTICE)), ["Objet : Consultation espaces verts", "pièce jointe", NOTICE]),
        ("avis.eml", mail("<style>p{}</style><p>Tonte&nbsp;à Crest</p><p>Budget</p>"), ["Tonte à Crest\nBudget"]),
    ],
)
def test_a_file_is_read_to_its_text(name: str, content: bytes, words: list[str]) -> None:
    text, note = text_of_file(BytesIO(content), name)
    assert [expected for expected in words if expected not in text] == []
    assert "personne@" not in text, "who sent it is not read"
    assert note == ""


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("avis.exe", b"MZ", "PDF, DOCX, EML"),
        ("avis.pdf", b"", "vide"),
        ("avis.pdf", b"%PDF-1.7\n%%EOF\n", "illisible"),
        ("avis.pdf", pdf(""), "aucun texte"),
        ("avis.docx", b"PK\x03\x04 nothing", "illisible"),
        ("avis.txt", b"x" * (MOST_BYTES + 1), "10 Mo"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_french(name: str, content: bytes, why: str) -> None:
    with pytest.raises((InvalidError, SourceError)) as refused:
        text_of_file(BytesIO(content), name)
    said = refused.value.fields[0][1] if isinstance(refused.value, InvalidError) else refused.value.detail
    assert why in said


def test_a_long_file_is_cut_and_says_so() -> None:
    text, note = text_of_file(BytesIO(b"tonte " * 20_000), "avis.txt")
    assert (len(text), note) == (60_000, CUT)
