"""The Welsh of what people are told, by its English."""

from collections.abc import Mapping

WELSH: Mapping[str, str] = {
    "The law allows this agency to be told. Nobody's permission is needed.": "Mae'r gyfraith yn caniatáu dweud wrth "
    "yr asiantaeth hon. Nid oes angen caniatâd neb.",
    "This agency may be told with permission, which was given.": "Gellir dweud wrth yr asiantaeth hon gyda chaniatâd, "
    "ac fe'i rhoddwyd.",
    "This agency may be told with an explicit consent, which was given.": "Gellir dweud wrth yr asiantaeth hon gyda "
    "chydsyniad penodol, ac fe'i rhoddwyd.",
    "No law or agreement allows this agency to be told of this life event. The family can tell it themselves.": "Nid "
    "oes deddf na chytundeb sy'n caniatáu dweud wrth yr asiantaeth hon am y digwyddiad bywyd hwn. Gall y teulu ddweud "
    "wrthi eu hunain.",
    "The agreement with this agency has not begun yet. Until it does, the family can tell it themselves.": "Nid yw'r "
    "cytundeb â'r asiantaeth hon wedi dechrau eto. Tan hynny, gall y teulu ddweud wrthi eu hunain.",
    "The agreement with this agency has ended. The family can tell it themselves.": "Mae'r cytundeb â'r asiantaeth "
    "hon wedi dod i ben. Gall y teulu ddweud wrthi eu hunain.",
    "This agency may be told only with the informant's permission, which was not given or was withdrawn. The family "
    "can tell it themselves.": "Dim ond gyda chaniatâd yr hysbysydd y gellir dweud wrth yr asiantaeth hon, ac ni "
    "roddwyd y caniatâd hwnnw neu fe'i tynnwyd yn ôl. Gall y teulu ddweud wrthi eu hunain.",
    "This agency may be told only with an explicit consent that names it, and none is recorded. Record one by a "
    "correction, or the family can tell it themselves.": "Dim ond gyda chydsyniad penodol sy'n enwi'r asiantaeth hon "
    "y gellir dweud wrthi, ac nid oes un wedi'i gofnodi. Gellir cofnodi un drwy gywiriad, neu gall y teulu ddweud "
    "wrthi eu hunain.",
    "This agency cannot find the person without a fact that the report does not hold. Add it by a correction, or the "
    "family can tell the agency themselves.": "Ni all yr asiantaeth hon ddod o hyd i'r person heb ffaith nad yw yn yr "
    "adroddiad. Gellir ei hychwanegu drwy gywiriad, neu gall y teulu ddweud wrth yr asiantaeth eu hunain.",
    "This agency cannot find the person without a fact that it may not be told, because nobody agreed to that. Record "
    "a consent by a correction, or the family can tell the agency themselves.": "Ni all yr asiantaeth hon ddod o hyd "
    "i'r person heb ffaith na chaniateir ei dweud wrthi, gan nad oes neb wedi cytuno i hynny. Gellir cofnodi "
    "cydsyniad drwy gywiriad, neu gall y teulu ddweud wrth yr asiantaeth eu hunain.",
    "It is not known which council provides this: none that does was named, and the address does not tell. Name the "
    "council by a correction, or the family can tell it themselves.": "Nid yw'n hysbys pa gyngor sy'n darparu hyn: ni "
    "chafodd un sy'n ei ddarparu ei enwi, ac nid yw'r cyfeiriad yn dangos hynny. Gellir enwi'r cyngor drwy gywiriad, "
    "neu gall y teulu ddweud wrtho eu hunain.",
    "No consent covers these facts.": "Nid oes cydsyniad sy'n cynnwys y ffeithiau hyn.",
    "The agreement gives no ground for telling these facts, which are about somebody else.": "Nid yw'r cytundeb yn "
    "rhoi sail dros ddweud y ffeithiau hyn, sydd am rywun arall.",
    "These facts are about somebody who has not agreed to their being told.": "Mae'r ffeithiau hyn am rywun nad yw "
    "wedi cytuno iddynt gael eu dweud.",
    "Will be told": "Dywedir wrth",
    "Will not be told": "Ni ddywedir wrth",
    "Told of": "Yr hyn a ddywedir",
    "Law": "Y gyfraith",
    "Why": "Pam",
    "What for": "Diben",
    "Left out": "Wedi'u gadael allan",
    "Missing": "Ar goll",
    "No agency is concerned.": "Nid yw hyn yn ymwneud ag unrhyw asiantaeth.",
    "Bereavement": "Profedigaeth",
    "deceased": "yr ymadawedig",
    "interim certificate": "y dystysgrif dros dro",
    "registration": "y cofrestriad",
    "informant": "yr hysbysydd",
    "partner": "y partner",
    "estate contact": "cyswllt yr ystâd",
    "household": "yr aelwyd",
    "funeral": "yr angladd",
    "given names": "enwau cyntaf",
    "family name": "cyfenw",
    "family name at birth": "cyfenw adeg geni",
    "date of birth": "dyddiad geni",
    "date of death": "dyddiad y farwolaeth",
    "National Insurance number": "rhif Yswiriant Gwladol",
    "address": "cyfeiriad",
    "postcode": "cod post",
    "date the interim certificate was issued": "dyddiad cyhoeddi'r dystysgrif dros dro",
    "coroner area": "ardal y crwner",
    "register entry number": "rhif y cofnod yn y gofrestr",
    "date registered": "dyddiad cofrestru",
    "registration district": "dosbarth cofrestru",
    "relationship to the deceased": "perthynas â'r ymadawedig",
    "telephone number": "rhif ffôn",
    "email address": "cyfeiriad e-bost",
    "number of adults left in the household": "nifer yr oedolion sydd ar ôl ar yr aelwyd",
    "number of children in the household": "nifer y plant ar yr aelwyd",
    "date of the funeral": "dyddiad yr angladd",
    "stays in care": "arosiadau mewn gofal",
    "kind of the first stay": "math yr arhosiad cyntaf",
    "place of the first stay": "man yr arhosiad cyntaf",
    "start of the first stay": "dechrau'r arhosiad cyntaf",
    "end of the first stay": "diwedd yr arhosiad cyntaf",
    "kind of the second stay": "math yr ail arhosiad",
    "place of the second stay": "man yr ail arhosiad",
    "start of the second stay": "dechrau'r ail arhosiad",
    "end of the second stay": "diwedd yr ail arhosiad",
    "kind of the third stay": "math y trydydd arhosiad",
    "place of the third stay": "man y trydydd arhosiad",
    "start of the third stay": "dechrau'r trydydd arhosiad",
    "end of the third stay": "diwedd y trydydd arhosiad",
}
