"""The kinds of value that facts are made of, each checked as its issuer says."""

import re
from datetime import date
from typing import Annotated

import phonenumbers
from pydantic import (
    AfterValidator,
    BeforeValidator,
    EmailStr,
    Field,
    Strict,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from tellusonce.domain.text import ONE_LINE

# HMRC, National Insurance Manual NIM39110: no D F I Q U V in the first two letters, no O as the second, and
# these pairs are not allocated. QQ, the pair of the official examples, is taken so that nobody's number is ever
# needed to try the service; no agency holds it.
_NATIONAL_INSURANCE_NUMBER = re.compile(
    r"(?a:(?:QQ|(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z])\d{6}[A-D])"
)
# BS 7666 as in the Royal Mail's Programmer's Guide: outward code, space, inward code.
_POSTCODE = re.compile(
    r"(?a:(GIR ?0AA|(?:[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPS-UW]|[A-HK-Y]\d[ABEHMNPRV-Y]))"
    r" ?\d[ABD-HJLNP-UW-Z]{2}))"
)
# The shapes that nearly all have, which the libraries below take as they are: they need 30 us and more for each.
PLAIN_TELEPHONE_NUMBER = re.compile(r"(?a:0([1-9]\d{9}))")
PLAIN_EMAIL = re.compile(
    r"[a-z0-9]{1,20}(?:[._+-][a-z0-9]{1,20}){0,2}@(?:[a-z0-9]{1,20}(?:-[a-z0-9]{1,20})?\.){1,3}(?:com|net|org|uk)"
)

_DAY = re.compile(r"(?a:\d{4}-\d{2}-\d{2})")


def _written_day(value: object) -> object:
    # Pydantic alone would take 0 and "1700000000" as seconds since 1970.
    if isinstance(value, str) and _DAY.fullmatch(value):
        return value
    raise PydanticCustomError("day", "must be a date as YYYY-MM-DD")


def _compact(value: object) -> object:
    return value.upper().replace(" ", "") if isinstance(value, str) else value


def _national_insurance_number(value: str) -> str:
    if not _NATIONAL_INSURANCE_NUMBER.fullmatch(value):
        raise PydanticCustomError(
            "national_insurance_number", "must be two letters, six digits and A, B, C or D, like QQ 12 34 56 C"
        )
    return value


def _postcode(value: str) -> str:
    if not _POSTCODE.fullmatch(value):
        raise PydanticCustomError("postcode", "must be a full UK postcode, like AB1 2DE")
    return f"{value[:-3]} {value[-3:]}"


def _telephone_number(value: str) -> str:
    if plain := PLAIN_TELEPHONE_NUMBER.fullmatch(value.replace(" ", "")):
        return f"+44{plain[1]}"
    try:
        number = phonenumbers.parse(value, "GB")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise PydanticCustomError("telephone_number", "must be a telephone number, like 01632 960 001")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(value: object, check: ValidatorFunctionWrapHandler) -> str:
    if isinstance(value, str) and PLAIN_EMAIL.fullmatch(value):
        return value
    checked: str = check(value)
    return checked


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), ONE_LINE]
NationalInsuranceNumber = Annotated[str, BeforeValidator(_compact), AfterValidator(_national_insurance_number)]
Postcode = Annotated[str, BeforeValidator(_compact), AfterValidator(_postcode)]
AddressLine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), ONE_LINE]
TelephoneNumber = Annotated[str, StringConstraints(max_length=40), AfterValidator(_telephone_number)]
Email = Annotated[EmailStr, WrapValidator(_email)]
Count = Annotated[int, Strict(), Field(ge=0, le=30)]
Day = Annotated[date, BeforeValidator(_written_day)]
