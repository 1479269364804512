"""Tables as files: whatever a cell holds, the file opens, and says the same."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from api.core.table_files import as_csv, as_xlsx

CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["a\x0bb", "\x01", "\ufffe", "=1+1", "@x", "a\x1b[31m", "_x000B_"]),
)


@given(CELLS)
def test_any_text_of_a_cell_leaves_a_workbook_and_a_csv_file_that_open(cell: str) -> None:
    rows = [("Nom", "Effectif"), (cell, 3)]
    sheet = load_workbook(io.BytesIO(as_xlsx("Acteurs", rows))).active
    assert sheet is not None
    assert sheet["B2"].value == 3
    assert sheet["A2"].data_type != "f", "never a formula"
    assert list(csv.reader(io.StringIO(as_csv(rows).decode("utf-8-sig"), newline=""), delimiter=";"))[-1][1] == "3"
