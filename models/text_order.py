"""Whether a database puts texts in the order of their code points, as SQLite and Python do."""

from sqlalchemy import Engine, text

# In the order of a language, « a » stands before « B », and « é » before « z ».
_QUESTION = text("SELECT 'B' < 'a' AND 'z' < 'é'")


def has_code_point_order(engine: Engine) -> bool:
    """Return whether names, and ties that end by an id or a key, come in the same order as in any other database."""
    if engine.dialect.name == "sqlite":
        return True
    with engine.connect() as connection:
        return bool(connection.execute(_QUESTION).scalar_one())
