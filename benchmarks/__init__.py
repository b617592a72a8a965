"""Figures that the docs quote, each a ratio measured in one run against what a user would run instead."""
