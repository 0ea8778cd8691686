"""Where runs happen, behind one protocol (`Executor`)."""

from tunewidgets.executors._base import Executor
from tunewidgets.executors.process import ProcessExecutor
from tunewidgets.executors.serial import SerialExecutor

__all__ = ["Executor", "ProcessExecutor", "SerialExecutor"]
