"""Reading the dated tables that ship with the package (`market/tables/*.csv`).

Facts about exchanges live in those files, one fact a row with its source beside it, so that a change of
rule is a new row and no new code.
"""

import csv
from importlib.resources import files


def read_table(name: str) -> tuple[dict[str, str], ...]:
    """Rows of the packaged table `name` (file name without `.csv`), in file order, values as text."""
    text = (files("hermes.market") / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
