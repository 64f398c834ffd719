"""Putting an agency's push endpoint to the proof: what it does right and wrong, by an outside program."""

from tellusonce.simulation.conformance.endpoint import Endpoint
from tellusonce.simulation.conformance.trials import Finding, try_all

__all__ = ["Endpoint", "Finding", "try_all"]
