"""What `serve` begins before its modules are imported."""

from api.core.settings import settings
from api.matching.columns_path import columns_path
from matcher.column_file import check_ahead


def check_columns_ahead() -> None:
    """Have the file of columns checked in a thread, if there is one, while the program is imported."""
    if path := columns_path(settings()):
        check_ahead(path)
