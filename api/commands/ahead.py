"""What `serve` begins before its modules are imported."""

from api.core.settings import settings
from api.matching.columns_path import columns_path
from matcher import embedding
from matcher.column_file import check_ahead


def begin_ahead() -> None:
    """Have the file of columns checked, if there is one, and the encoder opened, while the program is imported."""
    options = settings()
    if path := columns_path(options):
        check_ahead(path)
    embedding.open_ahead(options.encoder)
