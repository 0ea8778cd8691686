"""A diagnosis: what the learning curves of a trial show, in words, with what to try next.

`RULES` (in ``rules``) is a table of small functions, each of which looks at one run and finds
something or stays silent; what one rule finds may make others superfluous. Under cross-validation
a finding counts when most of the runs show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tunewidgets.analysis.case import Case
from tunewidgets.analysis.finding import Finding, Kind
from tunewidgets.analysis.rules import RULES
from tunewidgets.language import translate as tr
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Params, Run, Trial


def diagnose(
    trial: Trial, space: SearchSpace, settings: Params, objective: str, direction: str
) -> tuple[Finding, ...]:
    """Say what a trial's curves show.

    Parameters
    ----------
    trial
        Finished or under way.
    space
        What can be set; a suggestion has no other names but the training hyperparameters'.
    settings
        The study's training hyperparameters, where the trial does not say otherwise.
    objective, direction
        The metric key that is minimised or maximised.

    Returns
    -------
    tuple of Finding
        The most pressing first; empty where nothing is sure enough.
    """
    runs = [run for run in trial.runs if run.epochs]
    found = [_examine(Case.of(run, trial, space, settings, objective, direction)) for run in runs]
    return tuple(
        finding
        for kind in Kind
        if (finding := _shared(kind, runs, [f[kind] for f in found if kind in f])) is not None
    )


def diagnose_run(
    run: Run, trial: Trial, space: SearchSpace, settings: Params, objective: str, direction: str
) -> tuple[Finding, ...]:
    """Say what the curves of one of a trial's runs show; as `diagnose` otherwise."""
    if not run.epochs:
        return ()
    return tuple(_examine(Case.of(run, trial, space, settings, objective, direction)).values())


def _examine(case: Case) -> dict[Kind, Finding]:
    found: dict[Kind, Finding] = {}
    for rule in RULES:
        if not rule.unless & found.keys():
            finding = rule.find(case)
            if finding is not None:
                found[finding.kind] = finding
    return found


def _shared(kind: Kind, runs: Sequence[Run], found: Sequence[Finding]) -> Finding | None:
    """Give what most of the runs show; that one diverged is enough."""
    is_enough = 2 * len(found) > len(runs) or (kind is Kind.DIVERGED and found)
    if not found or not is_enough:
        return None
    finding = found[0]
    if len(runs) == 1:
        return finding
    words = tr(
        "{evidence} {n_found} of {n} folds show it; these are the first one's figures.",
        evidence=finding.evidence.words,
        n_found=len(found),
        n=len(runs),
    )
    return replace(finding, evidence=replace(finding.evidence, words=words))
