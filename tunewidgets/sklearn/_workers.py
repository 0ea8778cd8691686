"""scikit-learn's ``n_jobs`` as a number of worker processes."""

from __future__ import annotations

from tunewidgets.errors import StudyError


def n_workers_of(n_jobs: int | None) -> int | None:
    """Give the number of workers; None for as many as processors and memory allow.

    Parameters
    ----------
    n_jobs
        As joblib takes it: -2 is all processors but one.

    Raises
    ------
    StudyError
        For 0, which is no number of workers.
    """
    if n_jobs is None or n_jobs == -1:
        return None
    if n_jobs == 0:
        raise StudyError("n_jobs must not be 0: leave it out for as many workers as fit.")
    if n_jobs < 0:
        import loky

        return max(1, int(loky.cpu_count()) + 1 + n_jobs)
    return n_jobs
