"""Write a new migration from the difference between schema and migrations: ``python -m storage.migrations NAME``."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from storage.engine import _alembic, make_engine, upgrade


def main() -> None:
    here = Path(__file__).parent / "versions"
    number = len(list(here.glob("[0-9]*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/now.db")
        upgrade(engine)
        with engine.connect() as connection:
            config = _alembic()
            config.attributes["connection"] = connection
            command.revision(config, sys.argv[1], autogenerate=True, rev_id=f"{number:04}")


main()
