"""Records of deaths as other systems send them, each form one file; a new form is one file and one line here."""

from collections.abc import Callable, Mapping

from tellusonce.life_events.records import ije, nhs_signal, opencrvs, vrdr
from tellusonce.life_events.records.record import Record

FORMS: Mapping[str, Callable[[bytes], Record]] = {
    "vrdr": vrdr.read,
    "ije": ije.read,
    "opencrvs": opencrvs.read,
    "nhs-signal": nhs_signal.read,
}
"""How a record of each form is read. They raise InputRefused."""
