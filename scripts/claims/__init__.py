"""The lecture's claims, tried: ``python -m scripts.claims 2 3 4``, or ``make lecture`` for all.

Each ``lab_NN.py`` runs real studies and tells what came of the claims that its lab is about.
"""
