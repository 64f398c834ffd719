"""Bank holidays as GOV.UK publishes them (https://www.gov.uk/bank-holidays), from the copy in govuk-bank-holidays."""

from govuk_bank_holidays import bank_holidays as govuk

from tellusonce.domain.working_days import BankHolidays, Division


def bank_holidays() -> BankHolidays:
    """The bank holidays of each division, read from disk. They end some two years ahead: upgrade the package yearly."""
    published = govuk.BankHolidays(use_cached_holidays=True)
    return {
        division: frozenset(holiday["date"] for holiday in published.get_holidays(division=division.value))
        for division in Division
    }
