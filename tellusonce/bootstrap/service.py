"""The use cases, each over its ports."""

from collections.abc import Mapping, Sequence
from functools import cached_property, partial

from tellusonce.agreements.entitlements import load_entitlements
from tellusonce.agreements.loading import load_agencies
from tellusonce.bootstrap.agency_desk import AgencyDesk
from tellusonce.bootstrap.agreements import Agreements
from tellusonce.bootstrap.delivery import Delivery
from tellusonce.bootstrap.family import Family
from tellusonce.bootstrap.figures import Figures
from tellusonce.bootstrap.follow_ups import FollowingUp
from tellusonce.bootstrap.keeping import Keeping
from tellusonce.bootstrap.planning import machines_clock, planner
from tellusonce.bootstrap.registrar import Registrar
from tellusonce.bootstrap.sign_in import SignIn
from tellusonce.bootstrap.spans import end_spans
from tellusonce.bootstrap.traced import TracedAcknowledgements, TracedReports, TracedRevisions
from tellusonce.bootstrap.trail import Trail
from tellusonce.bootstrap.watch import Watch
from tellusonce.channels.signing import signing_secret
from tellusonce.domain.agency import Agency, agency_name
from tellusonce.domain.entitlement import Entitlement
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.api_keys import StoredKeys
from tellusonce.persistence.clock import DatabaseClock
from tellusonce.persistence.consent_withdrawals import ConsentWithdrawals
from tellusonce.persistence.database import Database
from tellusonce.persistence.held import Held
from tellusonce.persistence.master_secret import master_secret
from tellusonce.persistence.reading import Reading
from tellusonce.persistence.signing_keys import StoredSigningKeys
from tellusonce.persistence.sweeps import Sweeps
from tellusonce.rendering.assets import Assets
from tellusonce.rendering.export_pdf import ExportPdf
from tellusonce.rendering.pages import Pages
from tellusonce.rendering.receipt import ReceiptPdf
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.api_keys import ApiKeys
from tellusonce.services.doorbell import Doorbell
from tellusonce.services.entitlements import EntitlementsOf
from tellusonce.services.explain import Explain
from tellusonce.services.export import ExportReport
from tellusonce.services.import_records import ImportRecords
from tellusonce.services.import_reports import ImportReports
from tellusonce.services.planner import Planner
from tellusonce.services.register import Register
from tellusonce.services.revise import Revise
from tellusonce.services.signing_keys import SigningKeys
from tellusonce.services.sweep import Sweep
from tellusonce.services.withdraw_consent import WithdrawConsent
from tellusonce.settings import Settings


class Service:
    """The use cases over one database. Parts are made when first asked for, in the process that asks.

    `claimed_by` is the process's number where it is a worker's: see `Delivery.lost_claims`.
    """

    def __init__(
        self, settings: Settings, database_url: str, doorbell: Doorbell, claimed_by: int | None = None
    ) -> None:
        self.settings = settings
        self.database = Database(database_url, settings)
        self.doorbell = doorbell
        self._claimed_by = claimed_by

    @cached_property
    def agencies(self) -> Mapping[str, Agency]:
        """Those configured, by code. Raises ConfigurationRefused."""
        return load_agencies(self.settings.config_dir, LIFE_EVENTS)

    @cached_property
    def register(self) -> Register:
        """Registering reports."""
        return Register(self.planner, self._reports, self.doorbell)

    @cached_property
    def import_reports(self) -> ImportReports:
        """Registering many reports from a file."""
        return ImportReports(self.register, self._reports, self.settings.import_batch_reports)

    @cached_property
    def import_records(self) -> ImportRecords:
        """Importing records of deaths from other systems."""
        return ImportRecords(self.register, self.revise)

    @cached_property
    def _reports(self) -> TracedReports:
        return TracedReports(self.database)

    @cached_property
    def revise(self) -> Revise:
        """Correcting and withdrawing reports."""
        return Revise(self.planner, TracedRevisions(self.database), self.doorbell)

    @cached_property
    def registrar(self) -> Registrar:
        """What registrars' pages do."""
        return Registrar(
            self.settings,
            self.database,
            self.agencies,
            lambda: self.register,
            lambda: self.revise,
            self._clock.now,
        )

    @cached_property
    def planner(self) -> Planner:
        """Saying what follows from a submission. Raises AgreementChanged."""
        self.agreements.keep()
        return planner(self.agencies, self.settings.untold_retention_days, self._clock.now)

    @cached_property
    def _clock(self) -> DatabaseClock:
        return DatabaseClock(self.database)

    @cached_property
    def agreements(self) -> Agreements:
        """The agreements, and their texts as they were. Raises ConfigurationRefused."""
        return Agreements(self.database, self.agencies)

    @cached_property
    def explain(self) -> Explain:
        """Saying what would follow from a submission, and why."""
        return Explain(self.planner)

    @cached_property
    def withdraw_consent(self) -> WithdrawConsent:
        """Taking consents back."""
        return WithdrawConsent(self.agencies, LIFE_EVENTS, ConsentWithdrawals(self.database), self._clock.now)

    @cached_property
    def delivery(self) -> Delivery:
        """What agencies are told, and how it reaches them."""
        return Delivery(
            self.settings,
            self.database,
            self.agencies,
            acknowledge=self.acknowledge,
            signing_secrets=self._signing_secrets,
            public_url=self.public_url,
            now=machines_clock,
            claimed_by=self._claimed_by,
        )

    @cached_property
    def agency_desk(self) -> AgencyDesk:
        """What people do with agencies."""
        return AgencyDesk(self.database, self.agencies, self.delivery, machines_clock)

    @cached_property
    def acknowledge(self) -> Acknowledge:
        """Taking agencies' words."""
        return Acknowledge(TracedAcknowledgements(self.database))

    @cached_property
    def sweep(self) -> Sweep:
        """Ringing for what is due."""
        return Sweep(self.sweeps, self.doorbell, self.agencies, self.delivery.channels.is_attended)

    @cached_property
    def sweeps(self) -> Sweeps:
        """When sweeps ran."""
        return Sweeps(self.database)

    @cached_property
    def reading(self) -> Reading:
        """The read side."""
        return Reading(self.database)

    @cached_property
    def keeping(self) -> Keeping:
        """Finding and forgetting facts, and the keys under which they are kept."""
        return Keeping(self.settings, self.database)

    @cached_property
    def watch(self) -> Watch:
        """Being heard from, and what those see who watch."""
        return Watch(self.settings, self.database)

    @cached_property
    def trail(self) -> Trail:
        """Sealing the trail, and proving it."""
        return Trail(self.settings, self.database)

    @cached_property
    def entitlements_of(self) -> EntitlementsOf:
        """Saying what help can be claimed. Raises ConfigurationRefused."""
        return EntitlementsOf(self._held, self._entitlements, machines_clock)

    @cached_property
    def _entitlements(self) -> Mapping[str, tuple[Entitlement, ...]]:
        benefits = {benefit for agency in self.agencies.values() for benefit in agency.benefits}
        return load_entitlements(self.settings.config_dir, LIFE_EVENTS, benefits)

    @cached_property
    def export_report(self) -> ExportReport:
        """Giving everything held on a report's people."""
        return ExportReport(self._held, LIFE_EVENTS, self.agency_name, machines_clock)

    def agency_name(self, code: str) -> str:
        """What people call an agency; its code where it is configured no more."""
        return agency_name(self.agencies, code)

    @cached_property
    def export_pdf(self) -> ExportPdf:
        """Exports as PDF."""
        return ExportPdf(self.settings.templates_dir, LIFE_EVENTS)

    @cached_property
    def _held(self) -> Held:
        return Held(self.database)

    @cached_property
    def family(self) -> Family:
        """What families see and do."""
        return Family(
            self.settings,
            self.database,
            lambda: self._master_secret,
            self.agency_name,
            lambda: self._entitlements,
            self.public_url,
            self._clock.now,
            lambda: self.agencies,
            self.withdraw_consent.withdraw,
        )

    @cached_property
    def pages(self) -> Pages:
        """The pages' templates."""
        return Pages(self.settings.templates_dir)

    @cached_property
    def receipt_pdf(self) -> ReceiptPdf:
        """Receipts as PDF."""
        return ReceiptPdf(self.settings.templates_dir)

    @cached_property
    def assets(self) -> Assets:
        """The pages' styles, scripts and images."""
        return Assets(self.settings.templates_dir / "assets")

    @cached_property
    def following_up(self) -> FollowingUp:
        """Opening follow-ups, and seeing to them."""
        return FollowingUp(self.settings, self.database, lambda: self.agencies, self._clock.now)

    @cached_property
    def figures(self) -> Figures:
        """What is counted over many reports."""
        return Figures(self.settings, self.database)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """Issuing and knowing API keys."""
        return ApiKeys(StoredKeys(self.database))

    @cached_property
    def sign_in(self) -> SignIn:
        """Accounts and sessions of people on pages."""
        return SignIn(self.settings, self.database, self.public_url)

    @cached_property
    def public_url(self) -> str:
        """This service's address, without a slash at its end."""
        return str(self.settings.public_url).rstrip("/")

    def close(self) -> None:
        """Ring what still waits and give the connections back."""
        self.doorbell.close()
        if "delivery" in vars(self):
            self.delivery.close()
        self.database.close()
        end_spans()

    def check_secrets(self) -> None:
        """See that signing and encrypting will be possible. Raises SecretUnusable, KeyUnusable."""
        _ = self._master_secret, self.trail.checkpoint_key
        self.database.encryption.master_keys.check()

    @cached_property
    def signing_keys(self) -> SigningKeys:
        """Agencies' signing secrets and their change. Raises SecretUnusable."""
        return SigningKeys(StoredSigningKeys(self.database), partial(signing_secret, self._master_secret))

    def _signing_secrets(self, agency: str) -> Sequence[str]:
        return self.signing_keys.secrets(agency)

    @cached_property
    def _master_secret(self) -> bytes:
        return master_secret(self.settings.secret_key_path)
