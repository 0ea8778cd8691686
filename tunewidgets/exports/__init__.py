"""What a person takes away from a study: a table, a page, code to paste, a model's file.

``table`` writes the trials as CSV; ``report`` a page that needs nothing but a browser, with the
pictures of ``drawing`` on the ``axes``; ``code`` the call that trained a trial, with what its
builder needs as ``source`` finds it; ``models`` has a child process make a ``.keras`` file, so
that Keras never costs the notebook's kernel its memory.

Each gives text or a file and knows nothing of widgets; ``paths`` reads where the file goes. The lab
and the study's methods (``to_csv``, ``report``, ``code``, ``save_model``) share them.
"""

from tunewidgets.exports.code import Call, code_of
from tunewidgets.exports.models import save_model
from tunewidgets.exports.paths import written
from tunewidgets.exports.report import report_of
from tunewidgets.exports.table import csv_of

__all__ = ["Call", "code_of", "csv_of", "report_of", "save_model", "written"]
