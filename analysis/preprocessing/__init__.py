"""Pipelines as data: what their steps are (`steps`), whether they hold (`checks`), and how they run."""
