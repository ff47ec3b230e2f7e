"""What a locale says of clocks and weeks. Standard library only.

The territories are those of Unicode's CLDR, supplemental data, `timeData` (preferred `h`) and `weekData`
(`firstDay`): a C library knows them only where that very locale is installed, which a host over SSH seldom has.
"""

import re
from collections.abc import Mapping

from pmtui.backend.people.records import Preferences

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _these(territories: str) -> frozenset[str]:
    return frozenset(territories.split())


_TWELVE_HOURS = _these(
    "AE AG AL AS AU BB BD BH BM BN BO BS BT CA CO CR CU CY DJ DM DO DZ EC EG EH ER ET FJ FM GD GH GM GR GT GU GY HK"
    " HN IN IQ JM JO KH KI KN KP KR KW KY LB LC LR LS LY MH MO MP MR MW MX MY NA NI NZ OM PA PE PG PH PK PR PS PW QA"
    " SA SB SD SG SL SO SS SV SY SZ TC TD TN TO TT TW UM US VC VE VG VI VU WS YE"
)
_FROM_SUNDAY = _these(
    "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX MZ NI NP PA PE PH PK"
    " PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW"
)
_FROM_SATURDAY = _these("AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY")
_FROM_FRIDAY = _these("MV")
_TWENTY_FOUR_THERE = frozenset({"fr_CA"})
_LOCALE = re.compile(r"([a-z]{2,3})_(?:[A-Z][a-z]{3}_)?([A-Z]{2})(?:[.@].*)?")


def time_locale(environment: Mapping[str, str]) -> str:
    """The name of the locale that times are written by, such as `en_US.UTF-8`; empty if none is set."""
    return next((environment[name] for name in ("LC_ALL", "LC_TIME", "LANG") if environment.get(name)), "")


def clock24(preferences: Preferences, locale: str) -> bool:
    """Whether the person reads a clock of 24 hours."""
    if preferences.clock:
        return preferences.clock == "24"
    language, territory = _parts(locale)
    return territory not in _TWELVE_HOURS or f"{language}_{territory}" in _TWENTY_FOUR_THERE


def first_day(preferences: Preferences, locale: str) -> int:
    """The weekday the person's weeks begin with; 0 is Monday."""
    if preferences.first_day:
        return WEEKDAYS.index(preferences.first_day)
    territory = _parts(locale)[1]
    for territories, day in ((_FROM_SUNDAY, 6), (_FROM_SATURDAY, 5), (_FROM_FRIDAY, 4)):
        if territory in territories:
            return day
    return 0


def _parts(locale: str) -> tuple[str, str]:
    """Language and territory; empty for `C`, `POSIX` and what names no territory."""
    found = _LOCALE.fullmatch(locale.strip())
    return (found[1], found[2]) if found else ("", "")
