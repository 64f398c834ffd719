"""E-mails and text messages handed to GOV.UK Notify, by its own client."""

# The client's calls have no types.
# mypy: allow-untyped-calls

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from notifications_python_client.errors import APIError, HTTPError
from notifications_python_client.notifications import NotificationsAPIClient
from requests import Timeout

from tellusonce.channels.email import Carried
from tellusonce.services.deliver import Claimed, Result
from tellusonce.services.notice import Notice


@dataclass(frozen=True)
class NotifyService:
    """Our account at GOV.UK Notify. The template's subject is `((subject))`, and its message `((body))`."""

    url: str
    api_key: str
    template_id: str
    connect_seconds: float
    total_seconds: float


class NotifyCarrier:
    """Hands over what goes to one address or telephone.

    Of an e-mail to an agency the notification's id is Notify's `reference`, which it returns.
    """

    letters_at_once = 1

    def __init__(self, service: NotifyService, address: str) -> None:
        self._service = service
        self._address = address
        self._client = NotificationsAPIClient(service.api_key, service.url)
        self._client.timeout = (service.connect_seconds, service.total_seconds)
        self._client.request_session.trust_env = False  # no proxy, and no .netrc in place of our key
        self._client.request_session.max_redirects = 0

    def carry(self, notice: Notice, claims: Sequence[Claimed]) -> Carried:
        """Hand over one e-mail about these."""
        return self.email(notice, str(claims[0].id))

    def email(self, notice: Notice, reference: str) -> Carried:
        """Hand one e-mail over. An address that Notify calls invalid is a bounce."""
        values = {"subject": notice.subject, "body": notice.body}
        send = self._client.send_email_notification
        return _carried(lambda: send(self._address, self._service.template_id, values, reference=reference))

    def text_message(self, body: str, reference: str) -> Carried:
        """Hand one text message over, by a template whose message is `((body))`. As with e-mails."""
        send = self._client.send_sms_notification
        return _carried(lambda: send(self._address, self._service.template_id, {"body": body}, reference=reference))


def _carried(hand_over: Callable[[], object]) -> Carried:
    try:
        hand_over()
    except HTTPError as refused:
        if refused.response is None:
            timed_out = isinstance(refused.__cause__, Timeout)
            return Carried(Result.TIMED_OUT if timed_out else Result.UNREACHABLE)
        return Carried(Result.BOUNCED if _of_address(refused) else Result.REFUSED, refused.status_code)
    except APIError as unclear:  # a 2xx that is not Notify's
        return Carried(Result.REFUSED, unclear.status_code)
    return Carried(Result.DELIVERED, 201)


_ADDRESSES = ("email_address", "phone_number")


def _of_address(refused: HTTPError) -> bool:
    """Whether Notify says that the address is none: `email_address Not a valid …`, `phone_number Not enough digits`."""
    faults = refused.message if refused.status_code == 400 else ()
    return any(isinstance(fault, dict) and str(fault.get("message")).startswith(_ADDRESSES) for fault in faults)
