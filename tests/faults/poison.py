"""Whose part of which report is poison; apart from the worker that dies of it, whose module changes the product."""

POISONED_AGENCY = "holmshire-council-tax"
POISON = "Quaggaworth"
