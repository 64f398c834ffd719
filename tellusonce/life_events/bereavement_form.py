"""The pages by which a registrar reports a death, in the order in which a family can tell it."""

from datetime import date

from tellusonce.domain.field import Facts
from tellusonce.domain.form import Form, Kind, Option, Page, Question
from tellusonce.life_events.bereavement import BEREAVEMENT

_NUMBER_HINT = "It is on payslips, letters about benefits and tax returns. For example, QQ 12 34 56 C."
_LONG_AGO_HINT = "For example, 27 3 1948. Leave out the day, or the day and month, if they are not known."
_DAY_HINT = "For example, 27 3 2026"
_RECENT_HINT = "For example, 27 3 2026. Leave out the day, or the day and month, if they are not known."


def _names(of: str, *more: Question) -> tuple[Question, ...]:
    return (Question(f"{of}.given_names", "Given names"), Question(f"{of}.family_name", "Family name"), *more)


def _reached(of: str) -> tuple[Question, ...]:
    return (
        Question(f"{of}.telephone", "Telephone number", optional=True, width_characters=20),
        Question(f"{of}.email", "Email address", optional=True),
    )


def _address(of: str, *, optional: bool) -> tuple[Question, ...]:
    return (
        Question(f"{of}.address.lines", "Address", Kind.LINES, optional=optional),
        Question(
            f"{of}.address.postcode",
            "Postcode",
            hint="Leave this empty if the address is not in the UK.",
            optional=True,
            width_characters=10,
        ),
    )


def _number(of: str) -> Question:
    return Question(
        f"{of}.national_insurance_number",
        "National Insurance number",
        hint=_NUMBER_HINT,
        optional=True,
        width_characters=20,
    )


_DECEASED = Page(
    "deceased",
    "The person who died",
    _names(
        "deceased",
        Question("deceased.name_at_birth", "Family name at birth", hint="If it was different.", optional=True),
        Question("deceased.date_of_birth", "Date of birth", Kind.PARTIAL_DATE, _LONG_AGO_HINT),
        _number("deceased"),
        *_address("deceased", optional=False),
    ),
)

_DEATH = Page(
    "death",
    "The death and its registration",
    (
        Question("deceased.date_of_death", "Date of death", Kind.PARTIAL_DATE, _RECENT_HINT),
        Question(
            "certified",
            "Is the death registered?",
            Kind.CHOICE,
            options=(
                Option(
                    "registration",
                    "Yes",
                    (
                        Question("registration.entry_number", "Register entry number", width_characters=20),
                        Question("registration.registered_on", "Date registered", Kind.DAY, _DAY_HINT),
                        Question("registration.district", "Registration district"),
                    ),
                ),
                Option(
                    "interim_certificate",
                    "No, the coroner gave an interim certificate",
                    (
                        Question(
                            "interim_certificate.issued_on",
                            "Date the interim certificate was issued",
                            Kind.DAY,
                            _DAY_HINT,
                        ),
                        Question("interim_certificate.coroner_area", "Coroner area"),
                    ),
                    hint="The report is provisional until you confirm it by a correction.",
                ),
            ),
            missing="Select whether the death is registered",
        ),
        Question(
            "funeral.held_on",
            "Date of the funeral",
            Kind.DAY,
            "Claims for its cost are counted from it. For example, 27 3 2026",
            optional=True,
        ),
    ),
)

_INFORMANT = Page(
    "informant",
    "The informant",
    _names(
        "informant",
        Question("informant.relationship", "Relationship to the person who died", hint="For example, daughter."),
        *_reached("informant"),
    ),
    lead="The person who reports the death to you.",
)

_PARTNER = Page(
    "partner",
    "The partner and the household",
    (
        Question(
            "partner",
            "Did the person leave a husband, wife or civil partner?",
            Kind.CHOICE,
            options=(
                Option(
                    "yes",
                    "Yes",
                    _names(
                        "partner",
                        Question(
                            "partner.date_of_birth",
                            "Date of birth",
                            Kind.PARTIAL_DATE,
                            _LONG_AGO_HINT,
                            optional=True,
                        ),
                        _number("partner"),
                    ),
                ),
                Option("no", "No"),
            ),
            missing="Select whether the person left a husband, wife or civil partner",
        ),
        Question(
            "household.adults",
            "Adults left in the household",
            Kind.COUNT,
            "This decides what help the family can claim.",
            optional=True,
            width_characters=2,
        ),
        Question("household.children", "Children in the household", Kind.COUNT, optional=True, width_characters=2),
    ),
)

_ESTATE = Page(
    "estate",
    "The estate",
    (
        Question(
            "estate",
            "Who deals with the estate?",
            Kind.CHOICE,
            "An executor, or whoever asks to administer it.",
            options=(
                Option("informant", "The informant"),
                Option(
                    "other",
                    "Somebody else",
                    _names("estate_contact", *_reached("estate_contact"), *_address("estate_contact", optional=True)),
                ),
                Option("unknown", "It is not known yet"),
            ),
            missing="Select who deals with the estate",
        ),
    ),
)

_BENEFITS = Page(
    "benefits",
    "Benefits and services",
    (Question("benefits", "What did the person have?", Kind.BENEFITS, "Select all that apply."),),
    lead="Select everything that the person had. An agency is told only if it is concerned, and only what the law "
    "allows.",
)

_COUNCILS = Page(
    "councils",
    "Councils",
    (
        Question(
            "councils",
            "Which councils served the person?",
            Kind.COUNCILS,
            "Select all that apply. If you select none, the council of the address is told.",
            optional=True,
        ),
    ),
    optional=True,
)


def _stay(which: str, *more: Question) -> tuple[Question, ...]:
    of = f"stays_in_care.{which}"
    return (
        Question(
            f"{of}.kind",
            "Where was it?",
            Kind.CHOICE,
            options=(Option("hospital", "Hospital"), Option("hospice", "Hospice"), Option("care-home", "Care home")),
            missing="Select hospital, hospice or care home",
        ),
        Question(f"{of}.place", "Name of the place"),
        Question(f"{of}.started", "Date they went in", Kind.PARTIAL_DATE, _RECENT_HINT),
        Question(
            f"{of}.ended",
            "Date they left",
            Kind.PARTIAL_DATE,
            "Leave it empty if they were still there when they died.",
            optional=True,
        ),
        *more,
    )


def _whether(name: str, text: str, questions: tuple[Question, ...], hint: str = "") -> Question:
    return Question(
        name,
        text,
        Kind.CHOICE,
        hint,
        optional=True,
        options=(Option("no", "No"), Option("yes", "Yes", questions)),
        missing="Select yes or no",
    )


_CARE = Page(
    "care",
    "Stays in care",
    (
        _whether(
            "stays",
            "Was the person in hospital, a hospice or a care home in the year before they died?",
            _stay(
                "first",
                _whether(
                    "second-stay",
                    "Was there another stay in that year?",
                    _stay("second", _whether("third-stay", "Was there a third stay in that year?", _stay("third"))),
                ),
            ),
            "Some benefits stop or change after 28 days in care. Begin with the last stay.",
        ),
    ),
    optional=True,
)

_RECEIPT = Page(
    "receipt",
    "Language and large print",
    (
        Question(
            "language",
            "In which language does the family want its receipt?",
            Kind.CHOICE,
            options=(Option("en", "English"), Option("cy", "Welsh")),
            missing="Select a language",
        ),
        Question(
            "print",
            "In which print?",
            Kind.CHOICE,
            options=(Option("ordinary", "Ordinary print"), Option("large", "Large print")),
            missing="Select ordinary or large print",
        ),
    ),
    optional=True,
)

_CONSENT = Page(
    "consent",
    "Permission and consent",
    (
        Question(
            "permission",
            "Does the informant permit you to tell the agencies that need permission?",
            Kind.CHOICE,
            "Some agencies are told by law, whatever the answer. You will see all of them before you send.",
            options=(Option("yes", "Yes"), Option("no", "No")),
            missing="Select whether the informant gives permission",
        ),
        Question(
            "own_consent",
            "Who agreed that agencies are told about themselves?",
            Kind.CHOICES,
            "Some agencies may be told about the partner or the estate contact only if that person agreed. "
            "Select all that apply.",
            optional=True,
            options=(
                Option("partner", "The partner"),
                Option("estate_contact", "The person who deals with the estate"),
            ),
        ),
    ),
)


def _stand_in(today: date) -> Facts:
    return {
        "deceased": {
            "given_names": "-",
            "family_name": "-",
            "date_of_birth": "unknown",
            "date_of_death": "unknown",
            "address": {"lines": ["-"]},
        },
        "interim_certificate": {"issued_on": today.isoformat(), "coroner_area": "-"},
        "informant": {"given_names": "-", "family_name": "-", "relationship": "-"},
    }


BEREAVEMENT_FORM = Form(
    BEREAVEMENT.code,
    (_DECEASED, _DEATH, _INFORMANT, _PARTNER, _ESTATE, _BENEFITS, _COUNCILS, _CARE, _RECEIPT, _CONSENT),
    _stand_in,
)
