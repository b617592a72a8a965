"""Faults planted on purpose, one module a modality."""
