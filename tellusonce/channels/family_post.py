"""Messages to families: e-mails by GOV.UK Notify where it is set, else by the mail server; text messages by Notify."""

from collections.abc import Callable
from datetime import datetime

from tellusonce.channels.email import Carried
from tellusonce.channels.email_carriers import mail_server, notify_service
from tellusonce.channels.govuk_notify import NotifyCarrier
from tellusonce.channels.smtp import SmtpCarrier
from tellusonce.domain.family import Way
from tellusonce.services.deliver import Result
from tellusonce.services.family_wishes import FamilyMessage
from tellusonce.services.notice import Notice
from tellusonce.settings import Settings


class FamilyPost:
    """The port `Post`. `write` gives a message's words, and `stop_url` the address that ends messages to a contact."""

    def __init__(
        self,
        settings: Settings,
        write: Callable[[FamilyMessage], Notice],
        stop_url: Callable[[FamilyMessage], str],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._write = write
        self._stop_url = stop_url
        self._now = now
        self._has_notify = bool(settings.notify_api_key_file and settings.notify_template_id)
        by_email = self._has_notify or (settings.smtp_host and settings.email_from)
        by_sms = settings.notify_api_key_file and settings.notify_sms_template_id
        self.ways = frozenset(way for way, can in ((Way.EMAIL, by_email), (Way.SMS, by_sms)) if can)
        """Those for which the settings are made."""

    def carry(self, message: FamilyMessage) -> bool | None:
        """Hand a message over; None where it cannot ever be, since the address is wrong."""
        if message.way not in self.ways:
            return None
        carried = self._text_message(message) if message.way is Way.SMS else self._email(message)
        if carried.result is Result.BOUNCED:
            return None
        return carried.result is Result.DELIVERED

    def _text_message(self, message: FamilyMessage) -> Carried:
        service = notify_service(self._settings, str(self._settings.notify_sms_template_id))
        return NotifyCarrier(service, message.address).text_message(self._write(message).body, _message_id(message))

    def _email(self, message: FamilyMessage) -> Carried:
        notice = self._write(message)
        if self._has_notify:
            service = notify_service(self._settings, str(self._settings.notify_template_id))
            return NotifyCarrier(service, message.address).email(notice, _message_id(message))
        sender = self._settings.email_from
        assert sender is not None
        carrier = SmtpCarrier(mail_server(self._settings), sender, message.address, self._now)
        # RFC 2369: programs show a button for it; what the page then asks is one press more.
        return carrier.hand_over(notice, _message_id(message), {"List-Unsubscribe": f"<{self._stop_url(message)}>"})


def _message_id(message: FamilyMessage) -> str:
    """The same on every attempt, so that a message that comes twice is shown once."""
    return f"{message.contact}.{message.day}"
