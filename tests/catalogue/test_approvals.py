"""Approvals are shown in full, and what is shown reads as the same codes."""

from hypothesis import given
from hypothesis import strategies as st

from api.catalogue.approvals import read_approvals, written_approvals
from api.catalogue.wording import APPROVALS
from api.imports.column_parsers import parser_of

UNKNOWN = st.text("abc0_é ", min_size=1).filter(lambda text: read_approvals(text) == [text])


@given(st.lists(st.sampled_from(sorted(APPROVALS)) | UNKNOWN))
def test_what_is_written_reads_as_the_same(codes: list[str]) -> None:
    assert read_approvals(written_approvals(codes)) == codes


def test_names_in_full_are_shown_and_short_names_are_read() -> None:
    assert written_approvals(["sap", "label_rare"]) == "services à la personne, label rare"
    assert read_approvals("Qualibat RGE, SAP, Services à la personne") == ["qualibat_rge", "sap", "sap"]


def test_a_cell_of_a_spreadsheet_reads_as_a_form_does() -> None:
    parse = parser_of("approvals", "actors", 1)
    assert parse("Services à la personne, RGE") == ["sap", "rge"]
