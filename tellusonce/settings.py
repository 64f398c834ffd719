"""Every setting, with its unit and meaning. Read from the environment, prefix `TELLUSONCE_`."""

import os
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    DirectoryPath,
    EmailStr,
    Field,
    FilePath,
    HttpUrl,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

PREFIX = "TELLUSONCE_"


def _default_data_dir() -> Path:
    # The embedded PostgreSQL of root runs as nobody, who cannot enter /root.
    if os.geteuid() == 0:
        return Path("/var/lib/tellusonce")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "tellusonce"


def _shipped(folder: str) -> Path:
    package = Path(__file__).parent
    in_wheel = package / "shipped" / folder
    return in_wheel if in_wheel.is_dir() else package.parent / folder


class SmtpSecurity(StrEnum):
    """How the connection to the mail server is kept from others."""

    STARTTLS = "starttls"  # encrypted before anything is said (RFC 3207), or not used
    TLS = "tls"  # encrypted from the start (RFC 8314)
    NONE = "none"


Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


class Place(BaseModel):
    """What the people of a group are here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["registrar", "agency", "staff", "supervisor", "operator", "data-protection"]
    district: str | None = None
    agency: str | None = None

    @model_validator(mode="after")
    def _of_its_role(self) -> "Place":
        if (self.role == "registrar") != (self.district is not None):
            raise ValueError("a registrar has a district, and no one else")
        if (self.role == "agency") != (self.agency is not None):
            raise ValueError("a person of an agency has an agency, and no one else")
        return self


class Settings(BaseSettings):
    """What an operator can set. A wrong value stops the start with one line that names it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: str | None = Field(None, description="PostgreSQL 15 or later; unset: an embedded server")
    broker_url: str | None = Field(None, description="Redis, Valkey or RabbitMQ; unset: an embedded server")
    data_dir: Path = Field(
        default_factory=_default_data_dir, description="folder of the embedded servers, the secret key and the logs"
    )
    config_dir: Path = Field(
        default_factory=lambda: _shipped("config"), description="folder with agencies/*.yaml and their agreements"
    )
    templates_dir: Path = Field(
        default_factory=lambda: _shipped("templates"), description="folder with the pages' and messages' templates"
    )
    secret_key_file: Path | None = Field(
        None, description="file with the master secret; unset: made on first start in DATA_DIR, mode 600"
    )
    master_keys_file: Path | None = Field(
        None,
        description="file with the keys that wrap reports' own, one a line in base64, the first for new reports; "
        "unset: made on first start in DATA_DIR, mode 600",
    )
    master_keys: SecretStr | None = Field(None, description="the same keys themselves, parted by spaces; no file then")
    public_url: HttpUrl = Field(
        HttpUrl("http://127.0.0.1:8000"), description="address by which agencies and families reach this service"
    )
    push_urls: dict[str, HttpUrl] = Field(
        default_factory=dict, description="JSON of agency to address, where this environment's differs from the file's"
    )

    database_connections: Count = Field(8, description="connections to PostgreSQL of one process at the most")
    database_wait_seconds: Seconds = Field(1, description="how long a request waits for the database before 503")
    statement_timeout_seconds: Seconds = Field(5, description="longest time for one SQL statement")
    lock_timeout_seconds: Seconds = Field(2, description="longest wait for a lock in PostgreSQL")
    idle_in_transaction_timeout_seconds: Seconds = Field(10, description="longest pause inside a transaction")

    lease_limit_bytes: Count = Field(1024 * 1024, description="longest messages together that are pulled at once")
    body_limit_bytes: Count = Field(256 * 1024, description="longest HTTP request body")
    body_seconds: Seconds = Field(30, description="longest time for one HTTP request body to come in")
    requests_per_second: Seconds = Field(
        2_000, description="requests a second of one API key to one API process, over time; beyond them 429"
    )
    requests_burst: Count = Field(10_000, description="requests at once of one API key after a quiet time")
    wrong_keys_per_second: Seconds = Field(
        1, description="wrong API keys a second from one address to one API process, over time; beyond them 429"
    )
    wrong_keys_burst: Count = Field(100, description="wrong API keys at once from one address after a quiet time")
    form_limit_bytes: Count = Field(64 * 1024, description="longest form of a page")
    sign_ins_per_minute: Count = Field(
        10, description="tries to sign in a minute of one account, and wrong ones from one address; beyond them 429"
    )
    session_idle_seconds: Seconds = Field(1_200, description="time without a page after which one is signed out")
    session_seconds: Seconds = Field(28_800, description="time after which one is signed out in any case")
    oidc_issuer: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = Field(
        None, description="OpenID provider by which people sign in, exactly as it names itself; unset: passwords alone"
    )
    oidc_client_id: str | None = Field(None, description="this service's name at the OpenID provider")
    oidc_client_secret_file: FilePath | None = Field(None, description="file with the secret of OIDC_CLIENT_ID")
    oidc_scope: str = Field("openid profile", description="what the OpenID provider is asked for")
    oidc_name_claim: str = Field("preferred_username", description="claim with a person's name, as in the trail")
    oidc_groups_claim: str = Field("groups", description="claim with the list of a person's groups")
    oidc_groups: dict[str, Place] = Field(
        default_factory=dict,
        description='JSON of group to place, the first counts: {"desk": {"role": "staff"}, '
        '"north": {"role": "registrar", "district": "holmshire"}}',
    )
    oidc_wait_seconds: Seconds = Field(5, description="longest wait for each answer of the OpenID provider")
    acknowledgements_limit: Count = Field(1_000, description="most acknowledgements in one request")
    import_batch_reports: Count = Field(200, description="reports stored in one transaction by an import")

    claim_limit: Count = Field(200, description="most notifications claimed at once from one agency's lane")
    lanes_at_once: Count = Field(64, description="most agencies attended at once by one worker process")
    push_lease_seconds: Seconds = Field(60, description="time after which a claimed notification is due again")
    push_connect_seconds: Seconds = Field(3, description="longest time to connect to an agency")
    push_total_seconds: Seconds = Field(15, description="longest time for one push")
    push_ca_file: FilePath | None = Field(
        None, description="PEM file of who vouches for agencies, beside those the machine trusts"
    )
    push_reply_limit_bytes: Count = Field(64 * 1024, description="longest reply read from an agency")
    retry_delays_seconds: tuple[Seconds, ...] = Field(
        (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400),
        min_length=1,
        description="JSON list of waits after each failed attempt; the last one repeats",
    )
    give_up_after_days: Seconds = Field(14, description="age in days at which an undelivered notification is parked")
    breaker_open_seconds: Seconds = Field(
        30, description="how long a lane in which most attempts failed pauses first; then twice as long each time"
    )
    breaker_open_limit_seconds: Seconds = Field(900, description="longest pause of a lane in which attempts fail")
    lost_attempts_limit: Count = Field(5, description="attempts without a result before a notification is parked")

    sftp_connect_seconds: Seconds = Field(10, description="longest time to connect to an agency's SFTP server")
    sftp_total_seconds: Annotated[float, Field(gt=0, lt=200)] = Field(
        180, description="longest time for one run over SFTP; under 200, a third of a batch's lease"
    )
    acknowledgement_file_limit_bytes: Count = Field(10_000_000, description="longest acknowledgement file")
    acknowledgement_files_sweep_seconds: Seconds = Field(
        60, description="how often acknowledgement files are looked for"
    )

    batch_files_days: Count = Field(
        30, description="days after which batch files, answers that were read and reports on them leave their folders"
    )

    smtp_host: str | None = Field(None, description="mail server that carries e-mails to agencies; unset: no e-mail")
    smtp_port: Annotated[int, Field(ge=1, le=65_535)] = Field(587, description="its port; 465 is usual for tls")
    smtp_security: SmtpSecurity = Field(
        SmtpSecurity.STARTTLS, description="starttls or tls; none is taken for a loopback SMTP_HOST alone"
    )
    smtp_ca_file: FilePath | None = Field(
        None, description="PEM file of who vouches for the mail server; unset: those the machine trusts"
    )
    smtp_user: str | None = Field(None, description="name to sign in with at the mail server; unset: no signing in")
    smtp_password_file: FilePath | None = Field(None, description="file with the password of SMTP_USER")
    email_from: EmailStr | None = Field(None, description="sender of e-mails, to whom mail servers return them")
    email_connect_seconds: Seconds = Field(5, description="longest time to connect to who carries e-mails")
    email_total_seconds: Seconds = Field(30, description="longest time to hand over one e-mail")
    email_lease_seconds: Seconds = Field(120, description="time after which a notification claimed for e-mail is due")
    notify_url: HttpUrl = Field(
        HttpUrl("https://api.notifications.service.gov.uk"), description="address of GOV.UK Notify"
    )
    notify_api_key_file: FilePath | None = Field(None, description="file with the API key for GOV.UK Notify")
    notify_template_id: UUID | None = Field(
        None, description="GOV.UK Notify's template, whose subject is ((subject)) and whose message is ((body))"
    )
    notify_sms_template_id: UUID | None = Field(
        None, description="its template for text messages to families, whose message is ((body)); unset: none are sent"
    )
    bounces_dir: DirectoryPath | None = Field(
        None, description="Maildir to which mail returned to EMAIL_FROM is delivered; unset: not looked at"
    )
    bounces_sweep_seconds: Seconds = Field(60, description="how often returned e-mails are looked for")

    checkpoint_key_file: FilePath | None = Field(
        None, description="file with the key that signs checkpoints; unset: made on first start in DATA_DIR, mode 600"
    )
    checkpoint_file: Path | None = Field(
        None, description="file to which checkpoints of the trail are appended; unset: checkpoints.jsonl in DATA_DIR"
    )
    seal_seconds: Seconds = Field(5, description="how often new trail entries are sealed")
    seal_limit: Count = Field(100, description="most statements whose trail entries are sealed in one transaction")
    checkpoint_seconds: Seconds = Field(300, description="how often a checkpoint of the trail is signed")
    checkpoint_limit: Count = Field(
        8_192, description="links of reports' chains that one checkpoint covers; so many new ones are not kept waiting"
    )

    sweep_seconds: Seconds = Field(0.5, description="how often what is due is looked for")
    overdue_sweep_seconds: Seconds = Field(60, description="how often passed deadlines are looked for")
    sweep_limit: Count = Field(500, description="most that one sweep opens, parks or forgets in one transaction")
    untold_retention_days: Count = Field(
        90, description="days for which the facts of a report are kept of which no agency was told"
    )
    forget_sweep_seconds: Seconds = Field(600, description="how often facts whose time is over are looked for")
    snooze_limit_days: Count = Field(30, description="days for which a follow-up can be put off at the most")
    draft_days: Count = Field(28, description="days after its last change for which a registrar's draft is kept")
    drafts_limit: Count = Field(200, description="most drafts of one person at once")
    withdrawal_left_over_hours: Count = Field(
        24, description="hours after which a supervisor may decide on a withdrawal that its district has not decided on"
    )
    family_tries: Count = Field(3, description="wrong tries to come to a family's page before there is a pause")
    family_pause_seconds: Seconds = Field(
        1_200, description="that pause, for the reference that was entered and for the address it came from"
    )
    family_contacts: Count = Field(5, description="places at the most to which messages about one report are sent")
    family_questions: Count = Field(10, description="questions of a family that wait for an answer, at the most")
    family_sweep_seconds: Seconds = Field(300, description="how often messages to families are looked for")
    family_link_days: Count = Field(365, description="days for which the link on a family's receipt leads to its page")
    board_listeners_limit: Count = Field(
        50, description="browsers that are told of the board's changes at once by one process"
    )
    board_stream_seconds: Seconds = Field(
        600, description="longest time of one such connection; then the browser asks anew, and shows its session"
    )
    figures_seconds: Seconds = Field(
        3_600, description="how long the latest month's figures stand until they are counted anew"
    )
    figures_sweep_seconds: Seconds = Field(60, description="how often months are looked for whose figures are due")
    rings_per_second: Seconds = Field(5, description="doorbells rung a second by one process, at the most")
    rings_burst: Count = Field(20, description="doorbells rung at once after a quiet time")
    worker_silence_seconds: Seconds = Field(15, description="time without a sweep after which /readyz says not ready")

    @model_validator(mode="after")
    def _whole_provider(self) -> "Settings":
        needed = ("oidc_issuer", "oidc_client_id", "oidc_client_secret_file")
        given = [name for name in needed if getattr(self, name)]
        if given and len(given) < len(needed):
            lacking = " and ".join(name.upper() for name in needed if name not in given)
            raise ValueError(f"{given[0].upper()}: needs {lacking} beside it")
        host = self.oidc_issuer and HttpUrl(self.oidc_issuer).host
        if self.oidc_issuer and self.oidc_issuer.startswith("http:") and not _is_loopback(host):
            raise ValueError("OIDC_ISSUER: is reached by https, unless it is on this machine")
        return self

    @field_validator("smtp_security")
    @classmethod
    def _not_in_the_clear(cls, security: SmtpSecurity, given: ValidationInfo) -> SmtpSecurity:
        if security is SmtpSecurity.NONE and not _is_loopback(given.data.get("smtp_host")):
            raise ValueError("none is taken for a loopback SMTP_HOST alone")
        return security

    @property
    def secret_key_path(self) -> Path:
        """Where the master secret is."""
        return self.secret_key_file or self.data_dir / "secret.key"

    @property
    def master_keys_path(self) -> Path:
        """Where the master keys are, unless they were given themselves."""
        return self.master_keys_file or self.data_dir / "master.keys"

    @property
    def checkpoint_key_path(self) -> Path:
        """Where the key that signs checkpoints is."""
        return self.checkpoint_key_file or self.data_dir / "checkpoint.key"

    @property
    def checkpoint_path(self) -> Path:
        """Where checkpoints are published from."""
        return self.checkpoint_file or self.data_dir / "checkpoints.jsonl"


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or (host is not None and ip_address(host).is_loopback)
    except ValueError:
        return False


class WrongSetting(Exception):
    """A setting has a value that cannot be used; the text is one line that names it."""


def read_settings() -> Settings:
    """The settings of this process. Raises WrongSetting."""
    try:
        return Settings()
    except SettingsError as wrong:
        field = str(wrong).split('"')[1]  # the library gives the name in its text only
        raise WrongSetting(f"{PREFIX}{field.upper()}: Input should be valid JSON") from None
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        if not first["loc"]:  # of several settings together, of which the text names one
            raise WrongSetting(f"{PREFIX}{first['ctx']['error']}") from None
        name = PREFIX + ".".join(str(step) for step in first["loc"]).upper()
        raise WrongSetting(f"{name}: {first['msg']}") from None


def describe_settings() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every setting."""
    defaults = Settings.model_construct()
    return [
        (PREFIX + name.upper(), str(getattr(defaults, name)), info.description or "")
        for name, info in Settings.model_fields.items()
    ]
