"""Which way an epoch goes, a graph or XLA, chosen by measuring.

XLA makes epochs of small dense models more than twice as fast and those of some others slower,
and compiling takes it a second or so. So the first run of a family of models begins with the
graph. When what is left of it would pay for compiling, XLA is tried: on one batch, on some, then
on all. How much faster it was is remembered for the family, and later runs begin on the path that
is faster for them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path as FilePath
from typing import Literal, TypeVar

from tunewidgets.retelling import stated
from tunewidgets.training.compiled.hopes import USUAL, Hopes

Path = Literal["graph", "XLA"]
T = TypeVar("T")

PATHS: dict[str, Path] = {"graph": "graph", "xla": "XLA"}
"""What a person may ask for."""

SPARED = "TUNEWIDGETS_XLA"
"""Set to 0, this variable of the environment leaves XLA out where nobody asks for it."""

TOO_SLOW = 1.5
"""XLA is given up where some of the batches by it make an epoch so much longer."""

TOGETHER_S = 0.05
"""Epochs go in one call for so long, where nothing looks in between."""

SOME = 16
"""At first every so many-th part of an epoch goes by XLA."""


def path_of(engine: str) -> Path | None:
    """Give the path that an engine means; None for whichever is faster.

    XLA's compiler takes 170 MB, so a small machine may leave it out by ``TUNEWIDGETS_XLA=0``.
    """
    if engine == "auto" and os.environ.get(SPARED, "").strip() == "0":
        return "graph"
    return PATHS.get(engine)


@dataclass(slots=True)
class Family:
    """What was measured with models of one kind, by the last run.

    Attributes
    ----------
    compiling_s
        Seconds that each path took to compile, for a layer.
    batch_s
        Seconds of a batch by the graph (or what it would have been), for a layer.
    ratio
        Of the time by XLA to that by the graph; infinite where XLA cannot be used.
    """

    compiling_s: dict[Path, float] = field(default_factory=dict)
    batch_s: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to do in a run.

    Attributes
    ----------
    n_layers
        Layers of the model.
    n_batches
        Full batches in an epoch.
    n_epochs
        How many epochs it may have.
    hopes
        What XLA is taken to do before it was ever measured.
    """

    n_layers: int
    n_batches: int
    n_epochs: int
    hopes: Hopes = USUAL


class Paths:
    """What the workers have learnt of the paths of each family of models.

    Parameters
    ----------
    folder
        Where the workers of a study tell each other, and those who come later; None for nobody.
    clock
        Gives seconds.
    """

    def __init__(
        self, folder: FilePath | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._families: dict[str, Family] = {}

    def way(
        self,
        family: str,
        size: Size,
        compiled: set[Path],
        forced: Path | None = None,
    ) -> Way:
        """Begin a run.

        Parameters
        ----------
        family
            Models of one family are taken to be of one kind.
        size
            How much there is to do.
        compiled
            Paths that need no compiling; added to as the run goes on.
        forced
            The path to take whatever is measured.
        """
        known = self._families.get(family) or self._read(family) or Family()
        self._families[family] = known
        return Way(known, size, compiled, forced, self._clock)

    def tell(self, family: str) -> None:
        """Write down what was learnt of a family, once."""
        file, known = self._file(family), self._families[family]
        if file is not None and known.ratio is not None and not file.exists():
            draft = file.with_suffix(f".{os.getpid()}")
            with contextlib.suppress(OSError):  # a full disk, or the study is being closed
                draft.write_text(json.dumps(asdict(known)), encoding="utf-8")
                draft.replace(file)  # whole, or not at all

    def _read(self, family: str) -> Family | None:
        file = self._file(family)
        if file is None or not file.exists():
            return None
        return Family(**json.loads(file.read_text(encoding="utf-8")))

    def _file(self, family: str) -> FilePath | None:
        name = hashlib.sha256(family.encode()).hexdigest()[:16]
        return self._folder / f"paths-{name}.json" if self._folder else None


class Way:
    """The path of one run, epoch by epoch."""

    def __init__(
        self,
        family: Family,
        size: Size,
        compiled: set[Path],
        forced: Path | None,
        clock: Callable[[], float],
    ) -> None:
        self._family = family
        self._size = size
        self._n_batches = n_batches = size.n_batches
        self._compiled = compiled
        self._forced = forced
        self._clock = clock
        self._trial = [1, max(1, n_batches // SOME), n_batches, n_batches]
        self._seconds: dict[Path, list[float]] = {"graph": [], "XLA": []}
        self._turns: list[tuple[Path, int]] = []
        self._n_done = 0

    def go(self, epoch: Callable[[int], T]) -> T:
        """Run an epoch, which is told how many of its full batches go by XLA, and learn from it."""
        n_by_xla = self._choose()
        begun = self._clock()
        try:
            done = epoch(n_by_xla)
        except Exception:
            if not n_by_xla or self._forced or "XLA" in self._compiled:
                raise
            self._family.ratio = float("inf")  # it could not be compiled, so nothing was trained
            n_by_xla, begun = 0, self._clock()
            done = epoch(0)
        self._learn(n_by_xla, self._clock() - begun)
        return done

    def n_together(self) -> int:
        """How many epochs may go in one call, since they are short and their path is settled."""
        path: Path = "XLA" if (n_by_xla := self._choose()) else "graph"
        is_settled = n_by_xla in (0, self._n_batches) and len(self._seconds[path]) > 1
        if not is_settled or (self._family.ratio is None and self._pays()):
            return 1
        n = int(TOGETHER_S / max(min(self._seconds[path]), 1e-6))
        return max(1, min(n, self._size.n_epochs - self._n_done))

    def go_together(self, n: int, epochs: Callable[[int, int], T]) -> T:
        """Run some epochs, which are told how many they are and of the batches by XLA."""
        self._n_done += n
        return epochs(n, self._choose())

    @property
    def words(self) -> str:
        """The paths taken, as a person reads them."""
        turns = self._turns or [("graph", 1)]
        later = [stated("then {path} from epoch {epoch}", path=p, epoch=n) for p, n in turns[1:]]
        return ", ".join([turns[0][0], *later])

    def _choose(self) -> int:
        if self._forced:
            return self._n_batches if self._forced == "XLA" else 0
        if not self._pays():
            return 0
        return self._n_batches if self._family.ratio is not None else self._trial[0]

    def _pays(self) -> bool:
        """Whether what is left would be done sooner by XLA, with compiling it."""
        family = self._family
        if family.batch_s is None or (family.ratio is None and not self._seconds["graph"]):
            return False  # the two are to be compared on one model
        ratio = self._size.hopes.ratio if family.ratio is None else family.ratio
        saved = family.batch_s * (1 - ratio) * (self._size.n_epochs - self._n_done)
        cost = self._cost("XLA", self._size.hopes.compiling_s) - self._cost("graph", 0.0)
        return saved * self._n_batches > cost

    def _cost(self, path: Path, default: float) -> float:
        return 0.0 if path in self._compiled else self._family.compiling_s.get(path, default)

    def _learn(self, n_by_xla: int, seconds: float) -> None:
        self._n_done += 1
        path: Path = "XLA" if n_by_xla else "graph"
        if not self._turns or self._turns[-1][0] != path:
            self._turns.append((path, self._n_done))
        if self._forced:
            self._seconds[path].append(seconds)
        else:
            self._learn_speed(path, n_by_xla, seconds)

    def _learn_speed(self, path: Path, n_by_xla: int, seconds: float) -> None:
        n_layers = self._size.n_layers
        is_first = path not in self._compiled
        if is_first:
            self._compiled.add(path)
            usual = (self._family.batch_s or 0.0) * n_layers * self._n_batches
            self._family.compiling_s[path] = max(0.0, seconds - usual) / n_layers
        elif n_by_xla in (0, self._n_batches):
            self._seconds[path].append(seconds)
        if path == "XLA" and self._family.ratio is None:
            self._try(n_by_xla, seconds, is_first)
        elif self._seconds[path] and self._n_batches:
            ratio = 1.0 if path == "graph" else self._family.ratio or 1.0
            batch_s = min(self._seconds[path]) / self._n_batches / ratio
            self._family.batch_s = batch_s / n_layers

    def _try(self, n_by_xla: int, seconds: float, is_first: bool) -> None:
        """Go on with the trial of XLA; what compiling took is not counted."""
        usual = min(self._seconds["graph"])
        self._trial = self._trial[1:]
        if not is_first and seconds > TOO_SLOW * usual and n_by_xla < self._n_batches:
            self._family.ratio = seconds * self._n_batches / n_by_xla / usual
        elif not self._trial:
            self._family.ratio = min(self._seconds["XLA"]) / usual
