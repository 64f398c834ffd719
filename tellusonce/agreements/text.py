"""An agreement as text: what the configuration says of it, and nothing that the program adds."""

import yaml

from tellusonce.domain.agreement import Agreement


def agreement_text(agency: str, life_event: str, agreement: Agreement) -> str:
    """YAML in one fixed form: comments and layout make no difference to it, every word does.

    What is left to its default is left out, so that a later program does not change the texts of today.
    """
    said = {"agency": agency, "life_event": life_event, **agreement.model_dump(mode="json", exclude_unset=True)}
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=100)
