"""Fits in the process of whoever asks (an estimator)."""
