"""Approvals are shown in full, and what is shown reads as the same codes."""

from hypothesis import given
from hypothesis import strategies as st

from api.catalogue.wording import APPROVALS
from api.entry.entry_approvals import read_approvals, written_approvals

UNKNOWN = st.text("abc0_é ", min_size=1).filter(lambda text: read_approvals(text) == [text])


@given(st.lists(st.sampled_from(sorted(APPROVALS)) | UNKNOWN))
def test_what_is_written_reads_as_the_same(codes: list[str]) -> None:
    assert read_approvals(written_approvals(codes)) == codes


def test_names_in_full_are_shown_and_short_names_are_read() -> None:
    assert written_approvals(["sap", "label_rare"]) == "services à la personne, label rare"
    assert read_approvals("Qualibat RGE, SAP, Services à la personne") == ["qualibat_rge", "sap", "sap"]
