"""Files as people send them are read alike, whatever wrote them."""

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.core.errors import SourceError
from api.imports.sheet_reader import detect_encoding, read_sheet
from api.imports.spreadsheet import open_sheet
from tests.support.proof_share import examples

HEADER = ["Dénomination", "Activités exercées", "Département", "Montant"]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman", "cp850")
# What every one of the encodings can write; a delimiter, a quote and a line break among them.
CELL = st.text("abcxyz éèàçêôÉ0123456789,;|\t\"\n'", max_size=12)


def write_csv(path: Path, rows: list[list[str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def read(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    sheet = open_sheet(path)
    return sheet.header, list(sheet.rows)


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELL, min_size=4, max_size=4), min_size=1, max_size=6),
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from(",;\t|"),
)
def test_the_same_cells_whatever_the_encoding_and_the_delimiter(
    tmp_path: Path, rows: list[list[str]], encoding: str, delimiter: str
) -> None:
    path = write_csv(tmp_path / "f.csv", [HEADER, *rows], encoding, delimiter)
    # In this process: eighty children would take seconds.
    with path.open("rb") as file:
        [(header, *_), *batches] = read_sheet(file, path.name)
    # Line breaks inside a cell are whatever their writer made them.
    expected = [[cell.strip() for cell in row] for row in rows]
    assert header == HEADER
    assert [cells for batch in batches for _, cells in batch] == [row for row in expected if any(row)]


def test_a_few_stray_bytes_do_not_spoil_a_utf8_file(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes("nom,métier\nÉcole,maçonnerie à l’été\n".encode() + "Forêt,b\n".encode("cp1252"))
    with path.open("rb") as file:
        assert detect_encoding(file)[0] == "utf-8"
    assert read(path)[1][1] == (3, ["Forêt", "b"])


def test_printed_characters_read_as_control_codes_are_repaired(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "f.csv", [["nom", "type"], ["Bassin de l\x92Ardèche", "a\x00b"]])
    assert read(path)[1] == [(2, ["Bassin de l’Ardèche", "ab"])]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text('nom,type\n"deux\nlignes",a\n\nb,c\n', "utf-8")
    assert read(path)[1] == [(2, ["deux\nlignes", "a"]), (4, ["b", "c"])]


def test_a_workbook_gives_integers_without_decimals_dates_in_iso_and_its_own_row_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Données")
    for place, value in {
        "A2": "Code", "B2": "Date", "C2": "ESUS", "A3": 26362, "B3": date(2026, 11, 24), "C3": True,
        "A5": 19070916200019.0, "B5": 12.5,
    }.items():  # fmt: skip
        sheet[place] = value
    book.save(tmp_path / "f.xlsx")
    header, rows = read(tmp_path / "f.xlsx")
    assert header == ["Code", "Date", "ESUS"]
    assert rows == [(3, ["26362", "2026-11-24", "oui"]), (5, ["19070916200019", "12.5", ""])]


def test_an_open_document_is_read_by_its_content_not_its_name(tmp_path: Path) -> None:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in ("nom", "métier")
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="a"><table:table-row>{cells}</table:table-row><table:table-row>{cells}'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(tmp_path / "f.csv", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    assert read(tmp_path / "f.csv") == (["nom", "métier"], [(2, ["nom", "métier"])])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"\n\n;;\n", "vide"),
        (b"12,2026-11-24\n13,2026-11-25\n", "en-tête"),
        (b"PK\x03\x04not a workbook", "illisible"),
        (b'nom,type\n"' + b"x" * 2_000_000, "guillemet"),
        (b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n", "est un PDF.*XLSX"),
        (bytes(range(256)) * 16, "pas un tableau.*XLSX"),
    ],
    ids=["empty", "blank", "no header", "broken workbook", "unclosed quote", "PDF", "no text"],
)
def test_what_cannot_be_read_is_refused_whole_and_why(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said):
        read(path)


def test_a_missing_file_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"absent\.csv"):
        open_sheet(tmp_path / "absent.csv")
