"""The checks of diligence: one file each; `analysis.diligence.registry` lists them."""
