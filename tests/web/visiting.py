"""Opening pages as somebody, as a browser without scripts does."""

import re
from collections.abc import Mapping
from uuid import UUID

from httpx2 import Response
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.persistence.accounts import StoredAccounts
from tellusonce.services.api_keys import Principal, Role

_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


def form_token(html: str) -> str:
    """The token of the first form of a page."""
    found = _TOKEN.search(html)
    assert found, "no form with a token on this page"
    return found[1]


class Visitor:
    """A browser with a session's token, or with no session."""

    def __init__(self, client: TestClient, session: str | None = None) -> None:
        self.client = client
        self.cookies = {"session": session} if session else {}

    def get(self, path: str, **headers: str) -> Response:
        """A page. Header names are written with underscores."""
        response = self.client.get(path, headers=self._headers(headers))
        self._keep(response)
        return response

    def post(
        self, path: str, fields: Mapping[str, str | list[str]] | None = None, token: str | None = None
    ) -> Response:
        """A form with these fields, and with the token that this browser was given unless another is."""
        sent = {"form_token": self.form_token() if token is None else token, **(fields or {})}
        response = self.client.post(path, data=sent, headers=self._headers({}))
        self._keep(response)
        return response

    def form_token(self) -> str:
        """Of a form that this browser was given."""
        page = self.get("/sign-in")
        return form_token(page.text if page.status_code == 200 else self.get("/account").text)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return named | ({"Cookie": cookies} if cookies else {})

    def _keep(self, response: Response) -> None:
        for line in response.headers.get_list("Set-Cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        self.client.cookies.clear()


class Visitors:
    """Opens sessions."""

    def __init__(self, client: TestClient, service: Service) -> None:
        self._client = client
        self._service = service

    def nobody(self) -> Visitor:
        return Visitor(self._client)

    def registrar(self, district: str) -> Visitor:
        return self.signed_in(Principal(f"registrar of {district}", Role.REGISTRAR, district=district))

    def agency(self, code: str) -> Visitor:
        return self.signed_in(Principal(f"clerk of {code}", Role.AGENCY, agency=code))

    def of_role(self, role: Role) -> Visitor:
        """Somebody of a role that has neither district nor agency."""
        return self.signed_in(Principal(f"a {role}", role))

    def family(self, report_id: UUID, *, by_link: bool = False) -> Visitor:
        """The family of a report, as they are after they gave its reference, or followed the link of its receipt."""
        return Visitor(self._client, self._service.sign_in.sessions.open_for_family(report_id, by_link=by_link))

    def signed_in(self, principal: Principal) -> Visitor:
        """Somebody with a new account, whose password nobody knows."""
        account_id = StoredAccounts(self._service.database).add(principal, "none")
        return Visitor(self._client, self._service.sign_in.sessions.open_for(account_id))
