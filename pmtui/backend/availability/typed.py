"""Hours as people type them: `9-12, 13:30-17`, `9am-5pm`, `0900-1730`, `22-2`, `all`, `none`, `+14-15`, `-12-13`.

Pure, standard library only. `parse_ranges(format_day(hours)) == hours` for the hours of any day.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pmtui.backend.availability.hours import WHOLE_DAY, format_day, format_time
from pmtui.backend.errors import BadInput
from pmtui.backend.slots.values import DAY_MINUTES, Hours, merged

LONGEST_BARE_NIGHT = 12 * 60  # a longer range past midnight is asked about unless it is written with +1
CLOSED_WORDS = frozenset({"none", "closed", "off", "-"})
OPEN_WORDS = frozenset({"all", "open"})
HALF_DAY = DAY_MINUTES // 2

_TIME = r"(?:\d{1,2}[:.h]\d{2}|\d{1,4})\s*(?:[ap](?:\.?m\.?)?(?![a-z]))?|noon|midnight"
_RANGE = re.compile(rf"(?P<start>{_TIME})\s*-\s*(?P<end>{_TIME})(?P<next>\s*\+1(?!\s*[-\d:.h]|\s*[ap]))?(?=$|[\s,&+])")
_WORD = re.compile(r"[a-z]+(?=$|[\s,&])|-$")
_SEPARATORS = re.compile(r"(?:[\s,&]|\band\b)*")
_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})|(\d{1,2})(\d{2})(?!\d)|(\d{1,2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing typed: hours to set (no sign), to add (`+`) or to take away (`-`). `hours` None is "closed".

    With a `question` it is asked about and not applied.
    """

    sign: str
    hours: Hours | None
    question: str | None = None


def parse_ranges(text: str) -> tuple[Hours, ...]:
    """The hours of a day, sorted and merged.

    Raises BadInput with the nearest thing that would be understood; also for a range that is only asked
    about, and for `+` and `-`, which need hours to change.
    """
    items = scan(text)
    for item in items:
        if item.sign:
            raise BadInput("hours", "“+” and “-” change hours that are there already.", "Write the whole day's hours.")
        if item.question:
            raise BadInput("hours_question", item.question, "Write it one of these ways.")
    return merged(item.hours for item in items if item.hours)


def scan(text: str) -> tuple[Item, ...]:
    """Everything `text` names, in order; BadInput if a part is not understood or nothing is named."""
    items = tuple(_items(tidy(text)))
    if not items:
        raise BadInput("hours", "There are no hours yet.", "Try 9-12, 13-17, or none.")
    plain = [item for item in items if not item.sign]
    if len(plain) > 1 and any(item.hours is None for item in plain):
        raise BadInput("hours", "This is closed and open at once.", "Write none, or the hours alone.")
    return items


def tidy(text: str) -> str:
    """Lower case, one kind of dash, `to` as a dash, single spaces."""
    text = re.sub("[‐-―−]", "-", text.strip().lower())
    text = re.sub(r"\s+(?:to|until|till)\s+", "-", text)
    return re.sub(r"\s+", " ", text)


def _items(text: str) -> Iterator[Item]:
    at, signed = _skip(text, 0), ""
    while at < len(text):
        word = _WORD.match(text, at)
        if word and word[0] in CLOSED_WORDS | OPEN_WORDS:
            yield Item("", WHOLE_DAY if word[0] in OPEN_WORDS else None)
            at = _skip(text, word.end())
            continue
        sign = text[at] if text[at] in "+-" else ""
        match = _RANGE.match(text, _skip(text, at + len(sign)))
        if not match:
            raise _not_a_range(text[at:])
        if signed and not sign:
            raise BadInput("hours", f"“{match[0]}” follows a change.", f"Write {signed}{match[0]}, or put it first.")
        signed = sign or signed
        yield _item(sign, match)
        at = _skip(text, match.end())


def _skip(text: str, at: int) -> int:
    match = _SEPARATORS.match(text, at)
    return match.end() if match else at


def _item(sign: str, match: re.Match[str]) -> Item:
    written = f"{match['start'].strip()}-{match['end'].strip()}"
    hours = _hours(written, *_ends(match["start"].strip(), match["end"].strip()))
    if match["next"]:
        if not hours.overnight:
            raise BadInput("hours", f"“{match[0]}” is longer than a day.", f"Try {written}.")
        return Item(sign, hours)
    if hours.overnight and hours.length > LONGEST_BARE_NIGHT:
        return Item(sign, hours, _question(hours))
    return Item(sign, hours)


def _hours(written: str, start: int, end: int) -> Hours:
    if start == DAY_MINUTES:
        raise BadInput("hours", "A range can't start at 24:00.", "Try 0 on the next day.")
    if end == start:
        raise BadInput("hours", f"“{written}” ends where it starts.", "For the whole day write all.")
    return Hours(start, end or DAY_MINUTES)


def _question(hours: Hours) -> str:
    overnight = f"for overnight write {format_day((hours,))}"
    afternoon = hours.end + HALF_DAY
    if hours.start < afternoon <= DAY_MINUTES:
        return f"{format_day((Hours(hours.start, afternoon),))}? {overnight}"
    return f"until {format_time(hours.end)} the next day? {overnight}"


def _ends(start: str, end: str) -> tuple[int, int]:
    """Both ends in clock minutes.

    An hour without am or pm is one of 24. Where only the other end says am or pm it may be either, and
    the shorter range is meant: `9-5pm` is a day's work, `10pm-6` a night's.
    """
    either = start[-1].isdigit() != end[-1].isdigit()
    starts = _meanings(start) if either else (_clock(start),)
    ends = _meanings(end) if either else (_clock(end),)
    if end == "midnight":
        ends = (DAY_MINUTES,)
    return min(((s, e) for s in starts for e in ends), key=lambda pair: (pair[1] - pair[0] - 1) % DAY_MINUTES)


def _meanings(text: str) -> tuple[int, ...]:
    minute = _clock(text)
    if text[-1].isdigit() and 60 <= minute < HALF_DAY + 60:
        return minute % HALF_DAY, minute % HALF_DAY + HALF_DAY
    return (minute,)


def _clock(text: str) -> int:
    if text in ("noon", "midnight"):
        return HALF_DAY if text == "noon" else 0
    match = _CLOCK.match(text)
    hour = int(match[1] or match[3] or match[5]) if match else 99
    minute = int(match[2] or match[4] or 0) if match else 0
    half = text[match.end() :].strip()[:1] if match else ""
    if minute > 59 or hour > 24 or (hour == 24 and minute) or (half and not 1 <= hour <= 12):
        near = f"{hour}" if half and 12 < hour < 24 else "17:30"
        raise BadInput("hours", f"“{text}” is not a time of day.", f"Times go from 0:00 to 24:00; try {near}.")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 60 + minute


def _not_a_range(rest: str) -> BadInput:
    shown = rest.split(",")[0].strip() or rest
    start = re.fullmatch(rf"[+-]?\s*({_TIME})\s*-?", shown)
    if start:
        return BadInput("hours", f"“{shown}” has no end.", f"Try {start[1].strip()}-17.")
    return BadInput("hours", f"“{shown}” is not understood.", "Try 9-12, 13-17, or none.")
