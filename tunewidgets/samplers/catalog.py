"""Which samplers there are by name, what they are called in words, and what they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tunewidgets.errors import SpaceError
from tunewidgets.language import later
from tunewidgets.retelling import stated
from tunewidgets.values import remedy_for

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True, slots=True)
class Kind:
    """A sampler or a pruner that has a name.

    Attributes
    ----------
    label
        In plain words, a few.
    help
        What it does, in a sentence.
    needs
        A package that must be installed, of the extra that bears the sampler's name; or None.
    """

    label: str
    help: str
    needs: str | None = None


SAMPLERS: Mapping[str, Kind] = {
    "random": Kind(later("random"), later("Draws every combination anew, by chance")),
    "grid": Kind(later("grid"), later("Takes every combination in turn")),
    "qmc": Kind(
        later("evenly spread"), later("Fills the space evenly (a Sobol sequence), learning nothing")
    ),
    "tpe": Kind(
        later("learning (TPE)"), later("Draws near what went well so far; random for the first ten")
    ),
    "halving": Kind(
        later("successive halving"),
        later(
            "Random, but all begin with few epochs, and the best third goes on to three times as "
            "many"
        ),
    ),
    "gp": Kind(
        later("Gaussian process"),
        later("Models the value over the space: few trials, each of them well considered"),
        needs="torch",
    ),
    "cmaes": Kind(
        later("evolution (CMA-ES)"),
        later(
            "Moves a cloud of points towards the best; for numbers, and a hundred trials or more"
        ),
        needs="cmaes",
    ),
}

LEARNING = ("tpe", "gp", "cmaes")
"""Those that Optuna makes."""


def check_sampler(name: str) -> None:
    """See that there is a sampler of a name, and what it needs.

    Raises
    ------
    SpaceError
        Where there is none, or a package is missing: with the extra that brings it.
    """
    if name not in SAMPLERS:
        known = ", ".join(map(repr, SAMPLERS))
        raise SpaceError(
            f"A sampler must be one of {known}, or an Optuna sampler, but got {name!r}: "
            f"{remedy_for(name, SAMPLERS)}"
        )
    package = SAMPLERS[name].needs
    if package is not None and not _is_installed(package):
        raise SpaceError(
            stated(
                "The sampler '{name}' needs the package {package}, but it is not installed: run "
                "pip install \"tunewidgets[{name}]\", or search with 'tpe'.",
                name=name,
                package=package,
            )
        )


def make_optuna(name: str, seed: int, scales: Mapping[str, Any]) -> optuna.samplers.BaseSampler:
    """Make one of the samplers in `LEARNING`, for one trial.

    Parameters
    ----------
    name, seed
        Which, and what it draws by.
    scales
        Hyperparameter name to Optuna's distribution, the same for every trial of the study.
    """
    from optuna import samplers

    if name == "gp":
        return samplers.GPSampler(seed=seed, warn_independent_sampling=False)
    if name == "cmaes":
        return samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
    return _tpe(scales)(seed=seed, multivariate=True, constant_liar=True)


def _tpe(scales: Mapping[str, Any]) -> type[optuna.samplers.TPESampler]:
    """Give Optuna's TPE with a space that is known.

    It learns the space from all trials, and one that is new for each trial would do so each time:
    at 500 trials a fifth of what asking costs.
    """
    from optuna import samplers

    space = {name: scale for name, scale in sorted(scales.items()) if not scale.single()}

    class OfOneSpace(samplers.TPESampler):
        def infer_relative_search_space(self, *_: Any) -> dict[str, Any]:
            return space

    return OfOneSpace


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ValueError:  # it was taken out of reach
        return False
