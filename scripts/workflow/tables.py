"""The tables of a workflow from the files of its jobs.

    tables.py models OUT NAME SEED FILE [NAME SEED FILE ..]    one row a model, from what `sgm train` printed
    tables.py sweep OUT FILE ..                                the rows of tables with the same columns, one after another
"""

import csv
import json
import sys
from pathlib import Path


def models(out, *words):
    rows = []
    for name, seed, file in zip(words[::3], words[1::3], words[2::3]):
        entry = json.loads(Path(file).read_text())
        entry["heldOut"] = (entry.get("heldOut") or {}).get("loss")
        rows.append({"configuration": name, "seed": seed, **{key: entry[key] for key in ("model", "step", "loss", "heldOut")}})
    with open(out, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def sweep(out, *files):
    tables = [Path(file).read_text().splitlines(keepends=True) for file in files]
    if any(table[0] != tables[0][0] for table in tables):
        sys.exit(f"{', '.join(files)} have different columns")
    Path(out).write_text(tables[0][0] + "".join(line for table in tables for line in table[1:]))


{"models": models, "sweep": sweep}[sys.argv[1]](*sys.argv[2:])
