"""Texts come in the same order from every database: by their code points, as Python has it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, inspect
from sqlmodel import col, delete, select

from api.commands.terminal import update_tables
from api.core.errors import SettingsError
from models.base import identifier
from models.database import open_database, reading, writing
from models.interactions import MailTemplate
from models.text_order import has_code_point_order
from tests.support.databases import make_database, remove_database, url_of
from tests.support.proof_share import examples

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=6)


def template(name: str) -> MailTemplate:
    return MailTemplate(id=identifier("mail_templates", name), name=name, subject="", body="", updated_by="cli")


@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.sets(NAMES | st.sampled_from(["a", "B", "é", "z", "E-", "E a", "𝒜", "￼"]), min_size=2, max_size=12))
def test_names_come_by_their_code_points(engine: Engine, names: set[str]) -> None:
    with writing(engine) as session:
        session.exec(delete(MailTemplate))
        session.add_all(template(name) for name in names)
    with reading(engine) as session:
        assert session.exec(select(MailTemplate.name).order_by(col(MailTemplate.name))).all() == sorted(names)


def test_a_database_in_another_order_is_refused_and_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of a language is played: a server for tests knows none."""
    path = tmp_path / "french.db"
    make_database(path)
    french = open_database(url_of(path))
    assert has_code_point_order(french)
    monkeypatch.setattr("api.commands.terminal.has_code_point_order", lambda _engine: False)
    with pytest.raises(SettingsError, match="LOCALE 'C'"):
        update_tables(french)
    assert not inspect(french).get_table_names()
    french.dispose()
    remove_database(path)
