"""Transfer learning: the layers of a trained model, the lower ones with what they have learnt.

The builder that `transfer` makes has the architecture of the model that it starts from, with a
fresh output for the new data. The saved model travels inside it, some kilobytes for a lab's
networks, so that no worker needs the file or the other study.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from tunewidgets.errors import BuilderError
from tunewidgets.retelling import stated
from tunewidgets.training.builders.parts import optimizer_of, output_of


def transfer(from_model: Any) -> Transfer:
    """Make a builder that starts from a trained model.

    Parameters
    ----------
    from_model
        Path of a ``.keras`` file, or another study: its best model then.

    Returns
    -------
    Transfer
        A builder that takes ``n_layers``, ``frozen``, ``optimizer`` and ``learning_rate``.

    Raises
    ------
    BuilderError
        Where there is no such file.

    Examples
    --------
    >>> builder = tw.builders.transfer("clothes.keras")  # doctest: +SKIP
    >>> tw.Study(builder, {"n_layers": (0, 2), "frozen": [False, True]}, x, y)  # doctest: +SKIP
    """
    if hasattr(from_model, "save_model"):
        with tempfile.TemporaryDirectory(prefix="tunewidgets-transfer-") as folder:
            return Transfer(Path(from_model.save_model(Path(folder, "model.keras"))).read_bytes())
    is_path = isinstance(from_model, str | os.PathLike)
    path = Path(from_model) if is_path else None
    if path is None or path.suffix != ".keras" or not path.is_file():
        raise BuilderError(
            f"from_model must be the path of a .keras file or a study, but got {from_model!r}: "
            f"save one with study.save_model('model.keras')."
        )
    return Transfer(path.read_bytes())


class Transfer:
    """A builder that starts from a saved model; `transfer` makes it."""

    __name__ = "transfer"

    def __init__(self, archive: bytes) -> None:
        self._archive = archive

    def __call__(
        self,
        n_layers: int = 1,
        frozen: bool = False,
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
        input_shape: tuple[int, ...] | None = None,
        task: str = "regression",
        n_outputs: int = 1,
    ) -> Any:
        """Build the model anew, with its lower layers as they were trained.

        Parameters
        ----------
        n_layers
            How many layers with weights are initialised with the trained ones, from the input
            on; 0 for none. A batch normalisation counts as part of the layer below it.
        frozen
            Keep those as they are.
        optimizer, learning_rate
            As `mlp` takes them.
        input_shape, task, n_outputs
            Given by the data.
        """
        import keras

        source = self._source()
        _check(source, input_shape, n_layers)
        model = keras.Sequential([keras.Input(shape=source.input_shape[1:])])
        n_met = 0
        for old in source.layers[:-1]:
            layer = type(old).from_config(old.get_config())
            model.add(layer)
            n_met += counts(old)
            if old.weights and n_met <= n_layers:
                layer.set_weights(old.get_weights())
                layer.trainable = not frozen
        output, how = output_of(task, n_outputs)
        model.add(output)
        model.compile(optimizer=optimizer_of(optimizer, learning_rate), **how)
        return model

    def _source(self) -> Any:
        import keras

        with tempfile.TemporaryDirectory(prefix="tunewidgets-transfer-") as folder:
            path = Path(folder, "model.keras")
            path.write_bytes(self._archive)
            return keras.models.load_model(path, compile=False, safe_mode=True)


def counts(layer: Any) -> bool:
    """Whether a layer is one of those that ``n_layers`` counts."""
    return bool(layer.weights) and type(layer).__name__ != "BatchNormalization"


def _check(source: Any, input_shape: Any, n_layers: int) -> None:
    import keras

    if not isinstance(source, keras.Sequential):
        raise BuilderError(
            f"transfer needs a Sequential model, but this one is a {type(source).__name__}: "
            f"write a builder that takes its layers."
        )
    if input_shape is not None and tuple(input_shape) != tuple(source.input_shape[1:]):
        raise BuilderError(
            f"The data must have the input shape of the trained model, "
            f"{tuple(source.input_shape[1:])}, but got {tuple(input_shape)}: reshape x, or start "
            f"from another model."
        )
    n_most = sum(map(counts, source.layers[:-1]))
    if not 0 <= n_layers <= n_most:
        raise BuilderError(
            stated(
                "n_layers must be from 0 to {n_most}, the trained model's layers below its output, "
                "but got {n_layers}: take fewer.",
                n_most=n_most,
                n_layers=repr(n_layers),
            )
        )
