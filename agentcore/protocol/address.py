"""Addresses: the names by which the runtime keeps agents apart that have one name.

A spawned agent's address is its name. An agent object of the caller's has an address of its own,
because many objects may have one name: each request to a web service makes a ``user``. So has each
agent of a pool. Such an address is the name, a separator and whatever tells it from the others.
"""

from __future__ import annotations

__all__ = ["SEPARATOR", "address_in", "name_of", "part_of"]

SEPARATOR = " @ "


def address_in(name: str, part: str) -> str:
    """Return the address of an agent that shares its name with others.

    Examples:
        >>> address_in("user", "abc")
        'user @ abc'
    """
    return f"{name}{SEPARATOR}{part}"


def name_of(address: str) -> str:
    """Return the agent's name in an address.

    Examples:
        >>> name_of("user @ abc"), name_of("bob")
        ('user', 'bob')
    """
    return address.partition(SEPARATOR)[0]


def part_of(address: str) -> str:
    """Return what tells an address from others of its name; empty for that of a spawned agent."""
    return address.partition(SEPARATOR)[2]
