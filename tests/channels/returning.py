"""E-mails of ours that come back."""

from email.message import EmailMessage
from uuid import UUID

from tests.channels.mailing import ADDRESS, SENDER


def an_email(*notifications: UUID, named: bool = True) -> EmailMessage:
    """An e-mail of ours; one that is not `named` has lost our own header on its way."""
    message = EmailMessage()
    message["From"], message["To"] = SENDER, ADDRESS
    message["Message-ID"] = f"<{notifications[0]}.1@tellusonce.example.org>"
    if named:
        message["Tellusonce-Notifications"] = " ".join(map(str, notifications))
    message.set_content("Something waits in your inbox.")
    return message


def a_report(about: EmailMessage, action: str = "failed", *, headers_only: bool = False) -> bytes:
    """What a mail server sends to say what became of an e-mail (RFC 3464)."""
    headers = "".join(f"{name}: {value}\n" for name, value in about.items())
    returned = ("text/rfc822-headers", headers) if headers_only else ("message/rfc822", about.as_string())
    return f"""From: MAILER-DAEMON@mail.example.org
To: {SENDER}
Message-ID: <1@mail.example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary="=_1"
MIME-Version: 1.0

--=_1
Content-Type: text/plain

This is the mail system. I'm sorry to have to inform you that your message could not be delivered.

--=_1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; {ADDRESS}
Action: {action}
Status: 5.1.1

--=_1
Content-Type: {returned[0]}

{returned[1]}
--=_1--
""".encode()
