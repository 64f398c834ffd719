"""What people are told of a plan, in plain words. The English text is the key by which the Welsh one is found."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby

from tellusonce.domain.agreement import ConsentRule
from tellusonce.domain.consent import Bar
from tellusonce.domain.language import Language
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.planning import RefusalReason
from tellusonce.services.welsh import WELSH

GROUND_TEXT: Mapping[ConsentRule, str] = {
    ConsentRule.STATUTORY: "The law allows this agency to be told. Nobody's permission is needed.",
    ConsentRule.PERMISSION_OF_INFORMANT: "This agency may be told with permission, which was given.",
    ConsentRule.EXPLICIT_CONSENT: "This agency may be told with an explicit consent, which was given.",
}
"""Why an agency may be told."""

REFUSAL_TEXT: Mapping[RefusalReason, str] = {
    RefusalReason.NO_AGREEMENT: "No law or agreement allows this agency to be told of this life event. "
    "The family can tell it themselves.",
    RefusalReason.AGREEMENT_NOT_BEGUN: "The agreement with this agency has not begun yet. "
    "Until it does, the family can tell it themselves.",
    RefusalReason.AGREEMENT_ENDED: "The agreement with this agency has ended. The family can tell it themselves.",
    RefusalReason.NO_PERMISSION: "This agency may be told only with the informant's permission, which was not given "
    "or was withdrawn. The family can tell it themselves.",
    RefusalReason.NO_EXPLICIT_CONSENT: "This agency may be told only with an explicit consent that names it, and none "
    "is recorded. Record one by a correction, or the family can tell it themselves.",
    RefusalReason.FIELD_NEEDED: "This agency cannot find the person without a fact that the report does not hold. "
    "Add it by a correction, or the family can tell the agency themselves.",
    RefusalReason.FIELD_NOT_PERMITTED: "This agency cannot find the person without a fact that it may not be told, "
    "because nobody agreed to that. Record a consent by a correction, or the family can tell the agency themselves.",
    RefusalReason.COUNCIL_NOT_KNOWN: "It is not known which council provides this: none that does was named, and the "
    "address does not tell. Name the council by a correction, or the family can tell it themselves.",
}
"""Why an agency is not told, and what the family can do instead."""

LEFT_OUT_TEXT: Mapping[Bar, str] = {
    Bar.NOT_CONSENTED: "No consent covers these facts.",
    Bar.NO_GROUND: "The agreement gives no ground for telling these facts, which are about somebody else.",
    Bar.NO_OWN_CONSENT: "These facts are about somebody who has not agreed to their being told.",
}
"""Why an agency that is told does not hear of some facts."""

HEADINGS = (
    *("Will be told", "Will not be told", "Told of", "Law", "Why", "What for", "Left out", "Missing"),
    *("No agency is concerned.",),
)


def said(text: str, language: Language) -> str:
    """One of the texts here, or of `labels`, in a language."""
    return text if language is Language.ENGLISH else WELSH[text]


def facts_named(kind: LifeEvent, paths: Iterable[str], language: Language) -> str:
    """Fields as people call them, by whom they are about: `deceased: given names, …; partner: …`."""
    parts = ((subject, [_label(kind, subject, path) for path in group]) for subject, group in groupby(paths, _subject))
    return "; ".join(
        f"{said(subject, language)}: {', '.join(said(label, language) for label in labels)}"
        for subject, labels in parts
    )


def texts(kinds: Iterable[LifeEvent]) -> Iterator[str]:
    """Every text that there must be in each language."""
    yield from chain(GROUND_TEXT.values(), REFUSAL_TEXT.values(), LEFT_OUT_TEXT.values(), HEADINGS)
    for kind in kinds:
        yield kind.title
        for path in kind.fields:
            yield from (_subject(path), _label(kind, _subject(path), path))


def _subject(path: str) -> str:
    return path.partition(".")[0].replace("_", " ")


def _label(kind: LifeEvent, subject: str, path: str) -> str:
    """Without its subject, which stands before it."""
    return kind.fields[path].label.removeprefix(f"{subject}'s ")
