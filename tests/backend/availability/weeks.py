"""Weeks for tests: one to read, and a hypothesis strategy for all of them."""

from datetime import date

from hypothesis import strategies as st

from pmtui.backend.slots.values import Hours, Week, merged

OFFICE = Week(
    "America/Chicago",
    ((Hours(540, 720), Hours(780, 1020)),) * 4 + ((Hours(540, 750),), (), ()),
)
"""Mon-Thu 9-12, 13-17 · Fri 9-12:30"""

_minutes = st.one_of(st.integers(0, 24).map(lambda hour: hour * 60), st.integers(0, 1440))
ranges = (
    st.tuples(_minutes, _minutes)
    .filter(lambda pair: pair[0] != pair[1] and pair[0] < 1440 and pair[1] > 0)
    .map(lambda pair: Hours(*pair))
)
day_hours = st.lists(ranges, max_size=4).map(merged)
weeks = st.builds(
    lambda zone, days, overrides: Week(zone, tuple(days), tuple(sorted(overrides.items()))),
    st.sampled_from(["UTC", "America/Chicago", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.lists(day_hours, min_size=7, max_size=7),
    st.dictionaries(st.dates(date(2026, 1, 1), date(2028, 12, 31)), day_hours, max_size=3),
)
