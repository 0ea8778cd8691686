"""Whole epochs in one compiled call, with the numbers of ``model.fit``.

``model.fit`` returns to Python after each batch, which for a small model takes twenty times as
long as the arithmetic. Here the model's own ``train_step`` and ``test_step`` run in a loop inside
one ``tf.function``, over data that lie on the device; Python comes in between epochs, where the
callbacks look.

``eligible`` says whether a fit can go this way; ``rows`` puts data on the device; ``epochs``
compiles a model's steps, ``fused`` LSTM layers as one operation; ``twins`` lets models of one
topology share what was compiled; ``paths`` chooses between a graph and XLA, by ``hopes`` before
anything was measured; ``fit`` is the loop around it all; ``inside`` holds what leans on more of
Keras than it promises.
"""

from tunewidgets.training.compiled.eligible import why_plain
from tunewidgets.training.compiled.fit import Fit, Fitted, fit
from tunewidgets.training.compiled.inside import without_replicas
from tunewidgets.training.compiled.paths import Paths, path_of
from tunewidgets.training.compiled.rows import Rows, class_weighted, on_device
from tunewidgets.training.compiled.twins import Twins

__all__ = [
    "Fit",
    "Fitted",
    "Paths",
    "Rows",
    "Twins",
    "class_weighted",
    "fit",
    "on_device",
    "path_of",
    "why_plain",
    "without_replicas",
]
