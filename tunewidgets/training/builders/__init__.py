"""Ready model-builders: small functions to use as they are, or to copy and change.

Each takes hyperparameters by name and returns a compiled Keras model. Give one to a study::

    study = tw.Study(tw.builders.mlp, {"n_hidden": (0, 4), "n_neurons": (1, 100)}, x, y, ...)

What the data decide (``input_shape``, ``task``, ``n_outputs``) is filled in from them.
"""

from tunewidgets.training.builders.cnn import cnn
from tunewidgets.training.builders.mlp import mlp
from tunewidgets.training.builders.stretch_pants import stretch_pants
from tunewidgets.training.builders.transfer import transfer

__all__ = ["cnn", "mlp", "stretch_pants", "transfer"]
