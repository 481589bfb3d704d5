"""A calendar of a team: events, rooms, time zones and series."""
