"""What a blind sheet says: bands that hold the figure and hide it, choices of the form, words that name nobody."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.catalogue.places.loading import file_communes
from api.catalogue.places.places_in_text import Gazetteer
from api.core.errors import InvalidError
from api.takeovers.sheet.bands import FIRST_SPLIT, PRICE, TURNOVER, Band, price_band, splits_first, turnover_band
from api.takeovers.sheet.leaking_words import KnownSecrets, given_away, proper_nouns
from api.takeovers.sheet.sheet_facts import CHOSEN, RECORDED, CaseFigures, SheetChoices, told_rows
from models.opportunities import Opportunity, TakeoverCase
from models.places import Commune

AMOUNTS = st.floats(0, 50_000_000, allow_nan=False)
SECRETS = KnownSecrets(
    Opportunity(
        id="x", natural_key="x", content_hash="", source="t", source_id="x", kind="takeover",
        title="Boulangerie Pralinel", commune_code="26108", department="26",
    ),
    TakeoverCase(opportunity_id="x", cause="retirement", holder_siren="000612267"),
    ("Camille Roche",),
    Gazetteer([Commune(**row) for row in file_communes() if row["department"] in ("07", "26")]),
    frozenset(("07", "26")),
)  # fmt: skip


@given(AMOUNTS, st.booleans())
def test_a_band_holds_its_amount_and_begins_and_ends_where_the_scale_says(amount: float, is_first_split: bool) -> None:
    band = turnover_band(amount, is_first_split=is_first_split)
    assert band.holds(amount)
    starts = {*TURNOVER, FIRST_SPLIT} if is_first_split else set(TURNOVER)
    assert {band.least, band.below} <= starts | {None}


@given(AMOUNTS, AMOUNTS)
def test_amounts_of_one_band_are_told_alike(first: float, second: float) -> None:
    alike = turnover_band(first) == turnover_band(second)
    assert alike == (turnover_band(first).words == turnover_band(second).words)


@given(AMOUNTS, AMOUNTS)
def test_a_range_of_prices_lies_within_what_is_told_of_it(first: float, second: float) -> None:
    band = price_band(first, second)
    assert band is not None
    assert band.holds(first)
    assert band.holds(second)
    assert {band.least, band.below} <= {*PRICE, None}


def test_bands_read_in_french() -> None:
    assert turnover_band(99_999).words == "moins de 100\N{NARROW NO-BREAK SPACE}000\N{NO-BREAK SPACE}€"
    assert Band(1_500_000, None).words.endswith("€ ou plus")
    assert price_band(None, None) is None
    assert price_band(None, 60_000) == Band(50_000, 150_000)


@given(st.lists(st.floats(0, 120_000), max_size=40))
def test_the_first_band_is_split_only_where_ten_are_on_both_sides(turnovers: list[float]) -> None:
    low, high = sum(one < 50_000 for one in turnovers), sum(50_000 <= one < 100_000 for one in turnovers)
    assert splits_first(turnovers) == (low >= 10 and high >= 10)


@given(
    st.lists(st.sampled_from(sorted(RECORDED)), unique=True),
    st.fixed_dictionaries({}, optional={name: st.sampled_from(sorted(words)) for name, (_, words) in CHOSEN.items()}),
    AMOUNTS,
)
def test_a_sheet_says_what_was_chosen_and_no_figure_of_the_case(
    recorded: list[str], chosen: dict[str, str], amount: float
) -> None:
    figures = CaseFigures(amount, amount, None, "retirement", date(2027, 6, 30))
    choices = SheetChoices.of(recorded, chosen)
    rows = told_rows(figures, choices, is_first_split=False)
    assert {name for name, _ in rows} == {RECORDED[one] for one in recorded} | {CHOSEN[one][0] for one in chosen}
    assert told_rows(figures, SheetChoices.stored(choices.as_json()), is_first_split=False) == rows
    assert all("30 juin" not in words for _, words in rows)


def test_what_the_record_does_not_know_is_not_said() -> None:
    choices = SheetChoices.of(list(RECORDED), {})
    rows = told_rows(CaseFigures(None, None, None, "other", None), choices, is_first_split=False)
    assert rows == [["Prix demandé", "à discuter"]]


@pytest.mark.parametrize(("recorded", "chosen"), [(["siren"], {}), ([], {"sale": "x"}), ([], {"x": "y"})])
def test_a_choice_that_no_form_offers_is_refused(recorded: list[str], chosen: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        SheetChoices.of(recorded, chosen)


@pytest.mark.parametrize(
    "words",
    [
        "Le fournil de Pralinel",
        "Au cœur de Crest",
        "au cœur de CREST, dans la rue qui monte",
        "Près de Valence",
        "Clientèle du Diois",
        "La seule de la Drôme",
        "Demandez Madame Roche",
        "www.le-bon-pain.fr",
        "ecrire@exemple.fr",
        "04 65 71 00 01",
        "SIREN 000 612 267",
        "Quatre fois 390000 euros",
        "Une équipe de 4 salariés",
    ],
)
def test_words_that_name_the_company_its_place_its_people_or_its_figures_do_not_leave(words: str) -> None:
    assert given_away(words, SECRETS)


@pytest.mark.parametrize(
    "words",
    ["", "Four récent, bail long", "Équipe stable et formée\nClientèle fidèle de particuliers et de restaurants"],
)
def test_ordinary_strengths_leave(words: str) -> None:
    assert given_away(words, SECRETS) == []
    assert proper_nouns(words) == []


def test_what_looks_like_a_name_is_shown_to_a_person() -> None:
    assert proper_nouns("Fournisseur de Carrefour, label Qualibat. Bail récent") == ["Carrefour", "Qualibat"]
