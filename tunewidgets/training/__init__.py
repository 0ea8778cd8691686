"""What happens to one run: data, builder, fit, score. The only place that names Keras.

Nothing here is imported with Keras before a run begins: the kernel packs the data and the
builder (``data``, ``job``), a worker unpacks them and trains (``objective``, ``callbacks``).
"""
