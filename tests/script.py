"""A plain script, as a person writes one: ``python tests/script.py FILE MOOD``.

It has no ``if __name__ == "__main__"`` guard, as scripts often have not.
"""

from __future__ import annotations

import faulthandler
import os
import sys

import tunewidgets as tw
from tests.builders import build_model, line

FILE, MOOD = sys.argv[1], sys.argv[2]
PATIENT = 10**9

faulthandler.dump_traceback_later(55)  # a script that hangs tells where, before its test gives up

x, y = line()
executor = tw.ProcessExecutor(1)
study = tw.Study(
    build_model,
    {"n_neurons": (1, 9), "epochs": [2, PATIENT]},
    x,
    y,
    validation_split=0.25,
    storage=FILE or None,
    executor=executor,
)
study.enqueue({"n_neurons": 2, "epochs": 2})
study.wait()
study.search("grid", fixed={"epochs": PATIENT})
study.subscribe(lambda: os.write(1, b"training\n") if study.trials[-1].epochs > 2 else None)
try:
    study.wait(progress=True)
except KeyboardInterrupt:
    if MOOD != "catches":
        raise
    study.stop()
    study.wait()
    sys.stdout.write(f"caught, {study.trials[-1].state}\n")
