"""Who carries an agency's e-mails, as the settings say."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from tellusonce.channels.email import Carrier
from tellusonce.channels.govuk_notify import NotifyCarrier, NotifyService
from tellusonce.channels.smtp import MailServer, SmtpCarrier
from tellusonce.domain.channel import Email, Sender
from tellusonce.settings import PREFIX, Settings, WrongSetting

_Set = TypeVar("_Set")


def email_carrier(settings: Settings, channel: Email, now: Callable[[], datetime]) -> Carrier:
    """The one that the agency's channel names. Raises WrongSetting where one that it needs is not set."""
    if channel.sender is Sender.NOTIFY:
        return NotifyCarrier(
            notify_service(settings, str(_needed(settings.notify_template_id, "NOTIFY_TEMPLATE_ID"))), channel.address
        )
    return SmtpCarrier(mail_server(settings), _needed(settings.email_from, "EMAIL_FROM"), channel.address, now)


def mail_server(settings: Settings) -> MailServer:
    """The one that is set. Raises WrongSetting."""
    return MailServer(
        host=_needed(settings.smtp_host, "SMTP_HOST"),
        port=settings.smtp_port,
        security=settings.smtp_security,
        ca_file=settings.smtp_ca_file,
        user=settings.smtp_user,
        password=_secret(_needed(settings.smtp_password_file, "SMTP_PASSWORD_FILE")) if settings.smtp_user else None,
        connect_seconds=settings.email_connect_seconds,
        total_seconds=settings.email_total_seconds,
    )


def notify_service(settings: Settings, template_id: str) -> NotifyService:
    """Our account there, for e-mails by this template. Raises WrongSetting."""
    return NotifyService(
        url=str(settings.notify_url),
        api_key=_secret(_needed(settings.notify_api_key_file, "NOTIFY_API_KEY_FILE")),
        template_id=template_id,
        connect_seconds=settings.email_connect_seconds,
        total_seconds=settings.email_total_seconds,
    )


def _needed(value: _Set | None, name: str) -> _Set:
    if value is None:
        raise WrongSetting(f"{PREFIX}{name}: is needed for e-mail")
    return value


def _secret(file: Path) -> str:
    return file.read_text().strip()
