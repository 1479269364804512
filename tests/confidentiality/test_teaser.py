"""A teaser is told only where ten establishments would be given the same, whoever the company is."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.catalogue.activities import division_name, section_name
from api.confidentiality.crowd import K_ANONYMITY, Description
from api.confidentiality.facts import Facts, facts_of, step_values
from api.confidentiality.leaks import betrays
from api.confidentiality.teaser import Teasers
from matcher.nomenclature import naf_classes
from models.tables import Opportunity, TakeoverCase
from tests.support.proof_share import examples
from tests.support.told_over_time import HOME, NAMES, Row, random_facts, random_rows, row


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(300))
@given(random_rows(), random_facts())
def test_ten_establishments_at_least_would_be_given_the_same_teaser(desk: list[Row], case: Facts) -> None:
    """Counted by the text itself: what a reader who knows every public establishment, and the rules, can do."""
    teasers = Teasers(desk, HOME)
    known = [facts_of(one, one.headcount) for one in desk]
    found = teasers.of(case, NAMES)
    same = sum(teasers.of(one, NAMES).text == found.text for one in known)
    at_home = [one for one in known if one.department in HOME]
    if case.department not in HOME:
        assert found.text.endswith("activité non précisée, lieu non précisé")
    elif len(at_home) < K_ANONYMITY:
        assert "activité non précisée, " in found.text
        assert not found.sure
        assert not any(sign.isdigit() for sign in found.text)
    else:
        assert found.sure
        assert same >= found.fits >= K_ANONYMITY


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(150))
@given(random_rows(), random_facts(), random_facts())
def test_the_teaser_depends_on_what_it_says_and_on_nothing_else(desk: list[Row], case: Facts, other: Facts) -> None:
    """Two cases of which the same is said read the same to the byte, and what is not said is not read."""
    teasers = Teasers(desk, HOME)
    if teasers.describe(case) == teasers.describe(other):
        assert teasers.of(case, NAMES) == teasers.of(other, NAMES)
    text = teasers.of(case, NAMES).text
    said = teasers.describe(case)
    if said.place[0] != "commune":
        assert not any(code in text for code in NAMES)
    if not said.size[0]:
        assert "salarié" not in text
    if said.activity == ("", ""):
        assert "activité non précisée" in text


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(100))
@given(random_rows(), st.lists(random_facts(), max_size=4), random_facts(), st.integers(0, 5))
def test_teasers_that_follow_changes_are_those_counted_anew(
    desk: list[Row], came: list[Facts], case: Facts, leaving: int
) -> None:
    """And a line of which no establishment came or went is told on."""
    gone = [facts_of(one, one.headcount) for one in desk[:leaving]]
    anew = Teasers([*desk[leaving:], *(row(10_000 + number, facts) for number, facts in enumerate(came))], HOME)
    before = Teasers(desk, HOME)
    moved = before.moved(gone, came)
    first = before.of(case, NAMES)
    if moved is None:
        assert not {step_values(facts) for facts in came} <= {step_values(facts_of(one, one.headcount)) for one in desk}
        moved = anew
    for last_line in (None, first.line):
        assert moved.of(case, NAMES, last_line) == anew.of(case, NAMES, last_line)
    if not any(first.line.cell.holds(step_values(facts)) for facts in (*gone, *came)):
        assert anew.of(case, NAMES, first.line).line == first.line


def test_what_is_common_is_told_precisely_and_what_is_rare_is_not() -> None:
    carpenters = [Facts("43.32A", "26362", "26", 12)] * 25
    roofers = [Facts("43.91B", "26113", "26", 4)] * 11
    bakers = [Facts("10.71C", "07010", "07", 4)] * 12
    nobody = [Facts(None, None, "26", None)] * 10
    desk = [row(number, one) for number, one in enumerate(carpenters + roofers + bakers + nobody)]
    teasers = Teasers(desk, HOME)
    assert teasers.of(carpenters[0], {}).text == (
        "Entreprise à reprendre\N{NO-BREAK SPACE}: bâtiment et travaux publics, Drôme ou Ardèche, "
        "10 à 49\N{NO-BREAK SPACE}salariés"
    )
    rare = teasers.of(Facts("62.01Z", "26113", "26", 3), NAMES)
    assert "activité non précisée" in rare.text
    assert rare.sure


def test_a_desk_that_knows_nobody_tells_a_departement() -> None:
    teaser = Teasers([], HOME).of(Facts("43.32A", "26362", "26", 6), NAMES)
    assert teaser.text == "Entreprise à reprendre\N{NO-BREAK SPACE}: activité non précisée, Drôme"
    assert not teaser.sure
    assert Teasers([], HOME).describe(Facts(None, None, "38", None)) == Description()


def test_establishments_of_one_siret_count_once() -> None:
    many = [Row(f"{n:03}", [{"code": "43.32A"}], "26", "26362", 6, siret="00017926700026") for n in range(30)]
    assert not Teasers(many, HOME).of(Facts("43.32A", "26362", "26", 6), NAMES).sure


def test_every_class_has_words_at_each_level() -> None:
    for code in naf_classes():
        assert section_name(code)
    named = Counter(bool(division_name(code)) for code in naf_classes())
    assert named[True] > 0.95 * named.total()


def test_words_that_betray_a_company_are_seen() -> None:
    case = Opportunity(title="Menuiserie Canaribleu", natural_key="", content_hash="", source="", source_id="", kind="")
    takeover = TakeoverCase(opportunity_id="", cause="other", holder_siren="732829320")

    def found(words: str) -> list[str]:
        return betrays(words, case, takeover, "Saint-Péray")

    assert found("Menuiserie bois, petite équipe, dont l’atelier est récent") == []
    assert "canaribleu" in found("Reprise de CANARIBLEU")[0]
    assert "Saint-Péray" in found("Menuiserie à Saint-Peray")[0]
    assert "numéro" in found("Menuiserie 732 829 320")[0]
    assert "effectif" in found("Menuiserie de 6 salariés")[0]
    assert "chiffre" in found("Menuiserie, 680 000 € de chiffre d’affaires")[0]


def test_a_name_is_no_pattern() -> None:
    """What a name holds is looked for as it stands, even where a pattern would read it otherwise, or not at all."""
    case = Opportunity(title="C+++ [a-z](", natural_key="", content_hash="", source="", source_id="", kind="")
    assert betrays("menuiserie bois", case, None, "(Sain.t[") == []
    assert betrays("menuiserie bois à Saint", case, None, "Sain.") == []
