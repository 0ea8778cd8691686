"""Lab 2: how much depends on the hyperparameters, and what the data decide instead."""

from __future__ import annotations

import statistics

import tunewidgets as tw
from scripts.claims.builder import SPACE, build_model, housing
from scripts.claims.claim import Claim
from scripts.claims.figures import told, values
from scripts.claims.studies import first_seed, fresh, seeds

NAME = "02_sensitivity"
TITLE = "California housing"
EPOCHS = 20
N_TRIALS = 12
STEPS = {
    "n_hidden": [0, 1, 2, 3],
    "n_neurons": [3, 10, 30, 100],
    "learning_rate": [3e-4, 1e-3, 3e-3, 1e-2, 3e-2],
}
N_OUTPUTS = [5, 10, 12, 20]


def claims() -> list[Claim]:
    """Run both studies and tell what came of the claims."""
    return [_results_depend(), _data_decide()]


def _results_depend() -> Claim:
    (x, y), valid = housing()
    study = tw.Study(
        build_model, SPACE, x, y, validation_data=valid, epochs=EPOCHS, seed=first_seed(),
        name=TITLE, storage=fresh(NAME), checkpoints=False,
    )  # fmt: skip
    try:
        searches = [study.search("random", N_TRIALS, seed=seed) for seed in seeds()]
        sweeps = [study.sweep(name, steps, repeats=3) for name, steps in STEPS.items()]
        study.wait()
        drawn = [value for search in searches for value in values(search.trials)]
        means = {s.hyperparameter: [p.mean_valid for p in s.points] for s in sweeps}
        chance = statistics.fmean(statistics.stdev(p.valid) for s in sweeps for p in s.points)
    finally:
        study.close()
    reach = {name: max(found) - min(found) for name, found in means.items()}
    order = sorted(reach, key=lambda name: -reach[name])
    moved = ", ".join(
        f"{name} from {min(means[name]):.2f} to {max(means[name]):.2f}" for name in order
    )
    return Claim(
        1,
        "Results depend on the hyperparameters",
        2,
        f"California housing ({len(x):,} districts, {EPOCHS} epochs). {len(drawn)} random choices "
        f"in 3 searches: from {min(drawn):.2f} to {max(drawn):.2f}, median "
        f"{statistics.median(drawn):.2f}. One at a time, 3 repeats: {moved}; repeating the same "
        f"values moves it by {chance:.3f} (standard deviation).",
        "yes" if max(drawn) > 1.5 * min(drawn) and max(reach.values()) > 5 * chance else "no",
    )


def _data_decide() -> Claim:
    data = tw.datasets.load("digits")
    study = tw.Study(
        tw.builders.mlp, {"n_outputs": N_OUTPUTS, "input_shape": [(8, 8, 1), (9, 9, 1)]},
        data.x_train, data.y_train, validation_data=(data.x_valid, data.y_valid),
        objective="val_accuracy", epochs=15, seed=first_seed(), checkpoints=False,
    )  # fmt: skip
    try:
        sweep = study.sweep("n_outputs", N_OUTPUTS, params={"input_shape": (8, 8, 1)})
        wrong = study.enqueue({"n_outputs": 10, "input_shape": (9, 9, 1)})
        study.wait()
        reached = {p.value: p.valid for p in sweep.points}
        is_refused = study.trials[wrong.number].error is not None
    finally:
        study.close()
    fitting = [value for n in N_OUTPUTS if n >= 10 for value in reached[n]]
    gains = statistics.fmean(reached[20]) - statistics.fmean(reached[10])
    told_each = "; ".join(
        f"{n} outputs: {told(found) if found else 'refused'}" for n, found in reached.items()
    )
    is_idle = gains < 2 * statistics.stdev(fitting)
    return Claim(
        9,
        "Input and output sizes are given by the data, not tuned",
        2,
        f"Digits (8 x 8 pixels, 10 classes), validation accuracy over 3 repeats. {told_each}. "
        f"9 x 9 inputs: {'refused' if is_refused else 'trained'}. More outputs than classes "
        f"{'bring nothing' if is_idle else 'did better here'}.",
        "yes" if is_refused and not reached[5] and is_idle else "partly",
    )
