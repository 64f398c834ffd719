"""The ladders of escalation, from `escalation.yaml`."""

from pathlib import Path

from tellusonce.agreements.checking import validated
from tellusonce.agreements.document import read_document
from tellusonce.agreements.loading import ConfigurationRefused
from tellusonce.domain.escalation import Escalation

FILE = "escalation.yaml"


def load_escalation(config_dir: Path) -> Escalation:
    """The ladders; none where there is no file. Raises ConfigurationRefused."""
    path = config_dir / FILE
    if not path.exists():
        return Escalation()
    document = read_document(path)
    escalation = validated(Escalation, document)
    if complaints := document.described():
        raise ConfigurationRefused(complaints)
    assert escalation is not None
    return escalation
