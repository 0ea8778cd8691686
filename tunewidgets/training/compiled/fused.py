"""LSTM layers that take a whole sequence in one operation, where TensorFlow has one for them.

On processors Keras turns a loop of some thirty small operations a step, and twice as many on the
way back. ``tf.raw_ops.BlockLSTM`` computes the same, gradients included.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any


def is_fusible(layer: Any) -> bool:
    """Whether a layer is an LSTM that does, without a mask, what the operation does."""
    import keras

    if type(layer) is not keras.layers.LSTM or type(layer.cell) is not keras.layers.LSTMCell:
        return False
    cell = layer.cell
    return (
        cell.activation is keras.activations.tanh
        and cell.recurrent_activation is keras.activations.sigmoid
        and not cell.recurrent_dropout
        and not (cell.dropout and cell.implementation == 1)  # which has a mask for each gate
        and not layer.unroll
        and layer.dtype_policy == cell.dtype_policy == keras.DTypePolicy("float32")
    )


@contextlib.contextmanager
def fusing(layers: Collection[Any]) -> Iterator[None]:
    """While this lasts, fusible layers are traced as one operation."""
    for layer in layers:
        layer.inner_loop = partial(_inner_loop, layer, layer.inner_loop)
    try:
        yield
    finally:
        for layer in layers:
            del layer.inner_loop


def _inner_loop(
    layer: Any,
    by_steps: Any,
    sequences: Any,
    initial_state: Any,
    mask: Any,
    training: bool = False,
) -> Any:
    """Give the last output, all outputs, and the last states, as ``LSTM.inner_loop`` does."""
    import tensorflow as tf

    if any(one is not None for one in tf.nest.flatten(mask)):
        return by_steps(sequences, initial_state, mask=mask, training=training)
    cell = layer.cell
    if training and cell.dropout:
        sequences *= cell.get_dropout_mask(sequences[:, 0, :])[:, tf.newaxis, :]
    by_time = tf.transpose(sequences, [1, 0, 2])
    if layer.go_backwards:
        by_time = tf.reverse(by_time, [0])
    kernel = tf.concat([cell.kernel.value, cell.recurrent_kernel.value], 0)
    bias = tf.zeros([4 * cell.units]) if cell.bias is None else cell.bias.value
    no_peephole = tf.zeros([cell.units])
    done = tf.raw_ops.BlockLSTM(
        seq_len_max=tf.shape(by_time, tf.int64)[0],
        x=by_time,
        cs_prev=initial_state[1],
        h_prev=initial_state[0],
        w=_in_its_order(kernel),
        wci=no_peephole,
        wcf=no_peephole,
        wco=no_peephole,
        b=_in_its_order(bias),
        forget_bias=0.0,
        cell_clip=-1.0,
    )
    last = done.h[-1]
    return last, tf.transpose(done.h, [1, 0, 2]), [last, done.cs[-1]]


def _in_its_order(gates: Any) -> Any:
    """Put Keras's order of gates (input, forget, cell, output) into the operation's."""
    import tensorflow as tf

    i, f, c, o = tf.split(gates, 4, axis=-1)
    return tf.concat([i, c, f, o], -1)
