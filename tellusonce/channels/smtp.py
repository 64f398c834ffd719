"""E-mails handed to a mail server by SMTP (RFC 5321), encrypted, the server's certificate verified."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from pathlib import Path

import structlog

from tellusonce.channels.email import Carried
from tellusonce.services.deliver import Claimed, Result
from tellusonce.services.notice import Notice
from tellusonce.settings import SmtpSecurity

_log = structlog.get_logger()

NOTIFICATIONS_HEADER = "Tellusonce-Notifications"
"""Names the notifications that an e-mail is about; mail servers return it with what they return."""


@dataclass(frozen=True)
class MailServer:
    """Where the mail server is, and how it is spoken to."""

    host: str
    port: int
    security: SmtpSecurity
    ca_file: Path | None
    user: str | None
    password: str | None
    connect_seconds: float
    total_seconds: float


class SmtpCarrier:
    """Hands over e-mails to one address, each on a connection of its own."""

    letters_at_once = 50

    def __init__(self, server: MailServer, sender: str, address: str, now: Callable[[], datetime]) -> None:
        self._server = server
        self._sender = sender
        self._domain = sender.rpartition("@")[2]
        self._address = address
        self._now = now

    def carry(self, notice: Notice, claims: Sequence[Claimed]) -> Carried:
        """Hand over one e-mail about these."""
        message_id = f"{claims[0].id}.{claims[0].attempt}"
        return self.hand_over(notice, message_id, {NOTIFICATIONS_HEADER: " ".join(str(each.id) for each in claims)})

    def hand_over(self, notice: Notice, message_id: str, headers: Mapping[str, str]) -> Carried:
        """Hand one e-mail over. A permanent refusal of the address or of the e-mail is a bounce (RFC 5321 §4.2.1)."""
        message = self._message(notice, message_id, headers)
        overdue = threading.Event()
        try:
            with self._connected(overdue) as connection:
                connection.send_message(message, self._sender, [self._address])
        except smtplib.SMTPRecipientsRefused as refused:
            return _refused(refused.recipients[self._address][0])
        except smtplib.SMTPDataError as refused:
            return _refused(refused.smtp_code)
        except smtplib.SMTPResponseException as refused:  # of us or of all e-mails, not of this one
            return Carried(Result.REFUSED, refused.smtp_code)
        except (OSError, smtplib.SMTPException) as failure:
            # The library gives a time-out in mid-conversation as a lost connection.
            timed_out = (
                overdue.is_set() or isinstance(failure, TimeoutError) or isinstance(failure.__context__, TimeoutError)
            )
            _log.warning("e-mail not handed over", failure=type(failure).__name__)
            return Carried(Result.TIMED_OUT if timed_out else Result.UNREACHABLE)
        return Carried(Result.DELIVERED, 250)

    @contextmanager
    def _connected(self, overdue: threading.Event) -> Iterator[smtplib.SMTP]:
        """A connection that is secured and signed in, and cut when the time for one e-mail is over."""
        server = self._server
        connection = self._connection()
        assert connection.sock is not None
        connection.sock.settimeout(server.total_seconds)
        timer = threading.Timer(server.total_seconds, _cut, (connection, overdue))
        timer.daemon = True
        timer.start()
        try:
            if server.security is SmtpSecurity.STARTTLS:
                connection.starttls(context=self._trust())
            if server.user is not None:
                connection.login(server.user, server.password or "")
            yield connection
        finally:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
            timer.cancel()
            connection.close()

    def _connection(self) -> smtplib.SMTP:
        server = self._server
        name, seconds = self._domain, server.connect_seconds
        if server.security is SmtpSecurity.TLS:
            return smtplib.SMTP_SSL(server.host, server.port, name, timeout=seconds, context=self._trust())
        return smtplib.SMTP(server.host, server.port, name, timeout=seconds)

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._server.ca_file)

    def _message(self, notice: Notice, message_id: str, headers: Mapping[str, str]) -> EmailMessage:
        message = EmailMessage(SMTP_POLICY)
        message["From"] = self._sender
        message["To"] = self._address
        message["Subject"] = notice.subject
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = f"<{message_id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: absence notes are not sent in answer
        for name, value in headers.items():
            message[name] = value
        message.set_content(notice.body)
        return message


def _refused(status: int) -> Carried:
    return Carried(Result.BOUNCED if status >= 500 else Result.REFUSED, status)


def _cut(connection: smtplib.SMTP, overdue: threading.Event) -> None:
    overdue.set()
    with suppress(OSError, AttributeError):
        # Not SSLSocket's own, which would take the encryption from under the thread that reads.
        socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)  # type: ignore[arg-type]
