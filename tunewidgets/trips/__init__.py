"""Trials that travel: to an Optuna storage, and here from other studies, tables and searches.

``evidence`` reads what others have tried into `Known` records; ``optuna`` knows how trials and
ranges look on Optuna's side, and writes a study into one of its storages.
"""

from tunewidgets.trips.evidence import Known, read_evidence
from tunewidgets.trips.optuna import goal_of, space_of, write_study

__all__ = ["Known", "goal_of", "read_evidence", "space_of", "write_study"]
