"""What people write in the cells of a phone book is found: names, numbers and addresses, wherever they stand."""

from hypothesis import given
from hypothesis import strategies as st

from api.contacts.cells import CELLS, CellContact, contacts_in

NAMES = st.sampled_from(("Mme Anne-Lise Roche", "M. Karim Serre", "D. O’Brien", "Zoé"))
DIGITS = st.integers(100_000_000, 999_999_999)


@given(NAMES, DIGITS, st.sampled_from(("{0} (tél. 0{1})", "{0} : 0{1}", "{0}, 0{1}", "0{1} {0}", "{0} – port. 0{1}")))
def test_a_number_beside_a_name_is_taken_out_of_it(name: str, digits: int, written: str) -> None:
    assert contacts_in({"name": written.format(name, digits)}) == ([CellContact(name, "", f"+33{digits}")], [])


@given(
    NAMES, st.lists(DIGITS, min_size=1, max_size=4, unique=True), st.sampled_from((" / ", " ; ", ", ", "\n", " ou "))
)
def test_no_number_of_a_cell_is_lost(name: str, numbers: list[int], between: str) -> None:
    contacts, unread = contacts_in({"name": name, "phone": between.join(f"0{one}" for one in numbers)})
    assert [one.phone for one in contacts] == [f"+33{one}" for one in numbers]
    assert {one.name for one in contacts} == {name}
    assert not unread


def test_landline_mobile_and_two_addresses_make_two_contacts_of_one_person() -> None:
    cells = {"first_name": "Anne", "name": "Roche", "role": "gérante", "phone": "0465710001", "mobile": "639980002"}
    contacts, _ = contacts_in(cells | {"email": "Roche@Example.org ; anne@example.org"})
    assert contacts == [
        CellContact("Anne Roche", "gérante", "+33465710001", "roche@example.org"),
        CellContact("Anne Roche", "gérante", "+33639980002", "anne@example.org"),
    ]


def test_an_unreadable_cell_is_said_and_the_others_are_kept() -> None:
    contacts, unread = contacts_in({"phone": "à demander", "email": "roche@example.org"})
    assert contacts == [CellContact(email="roche@example.org")]
    assert [one.cell for one in unread] == ["phone"]


def test_what_means_nothing_is_neither_kept_nor_said() -> None:
    for text in ("", "-", "NC", "néant", "aucun", "/", "n/a"):
        assert contacts_in(dict.fromkeys(("phone", "email", "name"), text)) == ([], [])


@given(st.fixed_dictionaries({cell: st.text(max_size=60) for cell in CELLS}))
def test_whatever_stands_in_the_cells_is_answered_within_the_bounds_of_the_table(cells: dict[str, str]) -> None:
    for contact in contacts_in(cells)[0]:
        assert len(contact.name) <= 200
        assert len(contact.role) <= 100
        assert len(contact.phone) <= 16
        assert contact.email == contact.email.lower()
        assert contact.name or contact.phone or contact.email
