"""The tables. The laws hold here, in keys, checks and indexes, and not only in code."""

from tellusonce.persistence.tables.access import account, api_key, idempotency_key, web_session
from tellusonce.persistence.tables.agreements import agreement_text, consent, consent_withdrawal
from tellusonce.persistence.tables.drafts import draft, withdrawal_request
from tellusonce.persistence.tables.family import family_contact, family_message, family_try
from tellusonce.persistence.tables.figures import figure, figure_month
from tellusonce.persistence.tables.follow_ups import follow_up, follow_up_note
from tellusonce.persistence.tables.lanes import acknowledgement_file, batch_file, heartbeat, lane, signing_key
from tellusonce.persistence.tables.notifications import CLOSED_STATES, acknowledgement, attempt, notification
from tellusonce.persistence.tables.reports import report, report_version
from tellusonce.persistence.tables.schema import metadata
from tellusonce.persistence.tables.search import blind_index, index_key
from tellusonce.persistence.tables.trail import checkpoint, trail, trail_link, unsealed

__all__ = [
    "CLOSED_STATES",
    "account",
    "acknowledgement",
    "acknowledgement_file",
    "agreement_text",
    "api_key",
    "attempt",
    "batch_file",
    "blind_index",
    "checkpoint",
    "consent",
    "consent_withdrawal",
    "draft",
    "family_contact",
    "family_message",
    "family_try",
    "figure",
    "figure_month",
    "follow_up",
    "follow_up_note",
    "heartbeat",
    "idempotency_key",
    "index_key",
    "lane",
    "metadata",
    "notification",
    "report",
    "report_version",
    "signing_key",
    "trail",
    "trail_link",
    "unsealed",
    "web_session",
    "withdrawal_request",
]
