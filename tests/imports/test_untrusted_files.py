"""A file that asks for too much is refused by name; the process that asked for it goes on."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from api.core.errors import SourceError
from api.imports.spreadsheet import open_sheet
from tests.support.child_processes import sandbox_children

TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"


def write_xlsx(path: Path, cells: str, *, declared: str = "A1", strings: str = "", doctype: str = "") -> Path:
    """Write a workbook by hand: `cells` is what stands inside `sheetData`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELATED}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{RELATED}"><Relationship Id="r1" Type="{OFFICE}/worksheet" '
            f'Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{OFFICE}/sharedStrings" '
            'Target="sharedStrings.xml"/></Relationships>',
        )
        if strings:
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}"><si><t>{strings}</t></si></sst>')
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'{doctype}<worksheet xmlns="{MAIN}"><dimension ref="{declared}"/><sheetData>{cells}</sheetData>'
            "</worksheet>",
        )
    return path


def cell(place: str, text: str = "x") -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'


def far_cell(path: Path) -> None:
    write_xlsx(path, row(1_048_576, cell("XFD1048576")))


def two_corners(path: Path) -> None:
    write_xlsx(path, row(1, cell("A1", "nom")) + row(1_048_576, cell("XFD1048576")))


def wide_columns(path: Path) -> None:
    """Two cells that ask for 400 in each of a million rows: 400 million."""
    write_xlsx(path, row(1, cell("A1", "nom")) + row(1_048_576, cell("OJ1048576")))


def one_text_everywhere(path: Path) -> None:
    """A text of a million letters in 250 cells: 250 MB out of a few kilobytes."""
    cells = "".join(row(number, f'<c r="A{number}" t="s"><v>0</v></c>') for number in range(1, 251))
    write_xlsx(path, cells, strings="x" * 1_000_000)


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/a.xml", "w") as file:
        for _ in range(1_100):
            file.write(bytes(1_000_000))


def many_entries(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20_000):
            archive.writestr(str(number), "")


def repeated_rows(path: Path) -> None:
    """An open document whose only row is repeated for a million rows of 90 columns."""
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="a"><table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="90" office:value-type="string"><text:p>x</text:p></table:table-cell>'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)


def endless_line(path: Path) -> None:
    path.write_text("nom;type\n" + ";" * 5_000_000)


def many_rows(path: Path) -> None:
    path.write_text("nom;type\n" + "a;b\n" * 1_000_001)


def long_row(path: Path) -> None:
    path.write_text("nom;type;note\n" + "x" * 900_000 + ";" + "y" * 900_000 + ";" + "z" * 900_000 + "\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("build", "why"),
    [
        (far_cell, "1 000 000 de lignes"),
        (two_corners, "mémoire"),
        (wide_columns, "mémoire"),
        (one_text_everywhere, "caractères"),
        (bomb, "décompressé"),
        (many_entries, "décompressé"),
        (repeated_rows, "mémoire"),
        (endless_line, "16 384 cellules"),
        (many_rows, "1 000 000 de lignes"),
        (long_row, "caractères"),
    ],
)
def test_what_asks_for_too_much_is_refused_by_name(build: Callable[[Path], None], why: str, tmp_path: Path) -> None:
    path = tmp_path / "a1b2c3.fichier"
    build(path)
    with pytest.raises(SourceError) as refused:
        for _ in open_sheet(path, "acteurs 2026.xlsx").rows:
            pass
    assert "« acteurs 2026.xlsx »" in refused.value.detail
    assert why in refused.value.detail.replace("\N{NO-BREAK SPACE}", " ")


def test_declared_dimensions_cost_nothing(tmp_path: Path) -> None:
    """Spreadsheets declare what was formatted, often the whole sheet: only what is filled counts."""
    rows = row(1, cell("A1", "nom") + cell("B1", "type")) + row(2, cell("A2", "Ferme") + cell("B2", "SCOP"))
    sheet = open_sheet(write_xlsx(tmp_path / "f.xlsx", rows, declared="A1:XFD1048576"))
    assert (sheet.header, list(sheet.rows)) == (["nom", "type"], [(2, ["Ferme", "SCOP"])])


def test_a_sheet_left_half_read_leaves_no_process(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("nom;type\n" + "a;b\n" * 200_000)
    sheet = open_sheet(path)
    assert next(sheet.rows) == (2, ["a", "b"])
    del sheet
    assert sandbox_children() == []


@pytest.mark.parametrize(
    "entity",
    ['SYSTEM "file:///etc/passwd"', 'SYSTEM "http://127.0.0.1:1/"', f'"{"canari" * 1000}"'],
    ids=["a file", "a site", "a text"],
)
def test_no_entity_of_a_workbook_is_resolved(tmp_path: Path, entity: str) -> None:
    """Neither a file of ours, nor a site, nor a text that multiplies itself (XXE, « billion laughs »)."""
    nested = '<!ENTITY y "&x;&x;&x;&x;">'
    path = write_xlsx(
        tmp_path / "a.xlsx",
        row(1, cell("A1", "nom")) + row(2, cell("A2", "&x;")) + row(3, cell("A3", "&y;")),
        doctype=f"<!DOCTYPE worksheet [<!ENTITY x {entity}>{nested}]>",
    )
    try:
        read = [str(line) for line in open_sheet(path).rows]
    except SourceError:
        return
    assert not any("root:" in text or "canari" in text for text in read)
