"""Which people of a list are shown, in which order. Pure, standard library only: screens narrow what they have read."""

from collections.abc import Iterable

from pmtui.backend.support.records import Filter, PersonRecord, Sort, Standing

_ORDER = {standing: index for index, standing in enumerate(Standing)}


def chosen(people: Iterable[PersonRecord], wanted: Filter) -> tuple[PersonRecord, ...]:
    """Those the filter lets through, in its order."""
    search = wanted.search.strip().casefold()
    found = [
        person
        for person in people
        if (wanted.agents or person.coach)
        and (not wanted.states or person.state in wanted.states)
        and (not wanted.providers or person.provider in wanted.providers)
        and (wanted.team is None or wanted.team in person.teams)
        and (not search or any(search in text.casefold() for text in (person.name, person.email, person.account or "")))
    ]
    return tuple(sorted(found, key=lambda person: (*_place(person, wanted.sort), person.name.casefold(), person.email)))


def _place(person: PersonRecord, sort: Sort) -> tuple[float | str, ...]:
    match sort:
        case Sort.STATE:
            return (_ORDER[person.state], -person.undelivered)
        case Sort.NAME:
            return ()
        case Sort.PROVIDER:
            return (person.provider.value if person.provider else "~",)
        case Sort.READ:
            read_at = person.last_read_at
            return (person.provider is None, read_at.timestamp() if read_at is not None else 0)
        case Sort.HOURS:
            return (person.weekly_minutes or 0,)
        case Sort.SESSIONS:
            return (-person.upcoming,)
        case Sort.UNDELIVERED:
            return (-person.undelivered, -person.left_behind)
