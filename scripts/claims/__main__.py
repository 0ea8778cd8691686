"""Run the labs' claims and write what came of them: ``python -m scripts.claims --help``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from pathlib import Path

from scripts.claims import page, studies


def main() -> None:
    """Run the labs that are asked for, or all of them, one after the other."""
    there = sorted(int(file.stem[-2:]) for file in Path(__file__).parent.glob("lab_*.py"))
    reader = argparse.ArgumentParser(prog="python -m scripts.claims", description=__doc__)
    reader.add_argument("labs", nargs="*", type=int, help="numbers of labs; none for all")
    reader.add_argument(
        "--seed",
        type=int,
        default=studies.FIRST_SEED,
        help="another first seed, which only prints what came of it",
    )
    asked = reader.parse_args()
    if unknown := sorted({*asked.labs} - {*there}):
        reader.error(f"the labs with claims are {there}, but got {unknown}: name those.")
    os.environ[studies.VARIABLE] = str(asked.seed)
    for lab in asked.labs or there:
        began = time.monotonic()
        claims = importlib.import_module(f"scripts.claims.lab_{lab:02d}").claims()
        if asked.seed == studies.FIRST_SEED:
            page.write(lab, claims)
            for file in studies.SHIPPED.glob(f"{lab:02d}_*.db"):
                studies.pack(file)
        took = time.monotonic() - began
        sys.stdout.write(f"Lab {lab}, {took:.0f} s\n\n{page.table(claims)}\n\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
