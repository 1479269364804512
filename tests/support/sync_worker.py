"""A reading in a process of its own, to be killed: `python -m tests.support.sync_worker DATABASE BASE SOURCES`."""

import sys
from pathlib import Path

from api.demo.fake_services import Served
from models.database import open_database
from tests.support.databases import url_of
from tests.support.notices import read


def main() -> None:
    database, base, names = sys.argv[1:]
    print("begun", flush=True)
    found = read(open_database(url_of(Path(database))), Served(base=base), names)
    sys.exit(0 if all(one.complete for one in found.values()) else 1)


if __name__ == "__main__":
    main()
