"""What people call the benefits, licences and services that agencies hold, and in which groups they are asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tellusonce.domain.agency import Agency

NAMES: Mapping[str, str] = {
    "attendance-allowance": "Attendance Allowance",
    "carers-allowance": "Carer's Allowance",
    "disability-living-allowance": "Disability Living Allowance",
    "employment-and-support-allowance": "Employment and Support Allowance",
    "industrial-injuries-disablement-benefit": "Industrial Injuries Disablement Benefit",
    "pension-credit": "Pension Credit",
    "personal-independence-payment": "Personal Independence Payment",
    "state-pension": "State Pension",
    "universal-credit": "Universal Credit",
    "winter-fuel-payment": "Winter Fuel Payment",
    "child-benefit": "Child Benefit",
    "income-tax": "Income Tax",
    "passport": "Passport",
    "driving-licence": "Driving licence",
    "vehicle-keeper": "Keeper of a vehicle",
    "student-loan": "Student loan",
    "lasting-power-of-attorney": "Lasting power of attorney",
    "armed-forces-compensation": "Armed forces compensation",
    "armed-forces-pension": "Armed forces pension",
    "civil-service-pension": "Civil service pension",
    "fire-pension": "Firefighters' pension",
    "local-government-pension": "Local government pension",
    "nhs-pension": "NHS pension",
    "police-pension": "Police pension",
    "scottish-public-pension": "Scottish public pension",
    "teachers-pension": "Teachers' pension",
    "war-pension": "War pension",
    "adult-disability-payment": "Adult Disability Payment",
    "carer-support-payment": "Carer Support Payment",
    "pension-age-disability-payment": "Pension Age Disability Payment",
    "pension-age-winter-heating-payment": "Pension Age Winter Heating Payment",
    "council-tax": "Council Tax",
    "council-tax-benefit": "Council tax benefit",
    "council-tax-reduction": "Council Tax Reduction",
    "housing-benefit": "Housing Benefit",
    "adult-social-care": "Adult social care",
    "assisted-bins": "Help with the bins",
    "blue-badge": "Blue Badge",
    "bus-pass": "Bus pass",
    "electoral-roll": "On the electoral register",
    "library": "Library card",
}
TITLES: Mapping[str, str] = {
    "benefits": "Benefits and State Pension",
    "council": "From the council",
    "licences": "Passport, licences and tax",
    "pensions": "Work and service pensions",
    "scotland": "From Social Security Scotland",
}
"""The groups' headings by their codes, in the order in which they are asked."""


@dataclass(frozen=True)
class Group:
    """Benefits that are asked for under one heading."""

    code: str
    title: str
    benefits: tuple[str, ...]


def benefit_name(code: str) -> str:
    """In English; of one that has no name here the words of its code."""
    return NAMES.get(code, code.replace("-", " ").capitalize())


def benefit_groups(agencies: Iterable[Agency]) -> list[Group]:
    """All that the agencies hold, by who would be asked for it."""
    held: dict[str, dict[str, None]] = {code: {} for code in TITLES}
    for agency in agencies:
        held[_group(agency)].update(dict.fromkeys(agency.benefits))
    return [
        Group(code, TITLES[code], tuple(sorted(benefits, key=benefit_name)))
        for code, benefits in held.items()
        if benefits
    ]


def _group(agency: Agency) -> str:
    if agency.service is not None:
        return "council"
    if agency.code.startswith("social-security-scotland"):
        return "scotland"
    if agency.code.startswith("dwp-") or "child-benefit" in agency.benefits:
        return "benefits"
    is_pension = any("pension" in benefit or "armed-forces" in benefit for benefit in agency.benefits)
    return "pensions" if is_pension else "licences"
