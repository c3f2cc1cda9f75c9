"""The permission matrix (`rights.toml`) as code: who may do what; `python -m` prints it.

Default deny: a permission, role or scope the file does not name allows nothing. Deciding is
arithmetic on sets; whose role counts is read from rows on every call, by the caller.
"""

from __future__ import annotations

import functools
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.tenants.actor import Role

FILE = Path(__file__).with_name("rights.toml")
ANYONE = "anyone"
EVERYTHING = "*"
"""The scope of a key that may do whatever keys may do."""


class RightsInvalid(Exception):
    """The matrix contradicts itself: the process must not start."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One row of the matrix."""

    name: str
    about: str
    roles: frozenset[str]
    key: str = ""
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class Rights:
    """The whole matrix."""

    roles: Mapping[str, str]
    permissions: Mapping[str, Permission]
    _known: dict[frozenset[str], frozenset[str]] = field(default_factory=dict, repr=False)

    def of(self, role: Role | None, *, is_admin: bool = False) -> frozenset[str]:
        """Return what a signed-in person may do: by their role in the business, as admin of the
        platform, and what everybody may.
        """
        own = {ANYONE} | ({str(role)} if role and role is not Role.ADMIN else set())
        own |= {str(Role.ADMIN)} if is_admin else set()
        return self._of(frozenset(own))

    def _of(self, own: frozenset[str]) -> frozenset[str]:
        found = self._known.get(own)  # asked on every call, and there are a dozen answers
        if found is None:
            rows = self.permissions.items()
            found = self._known[own] = frozenset(name for name, row in rows if row.roles & own)
        return found

    def of_key(self, scopes: Iterable[str]) -> frozenset[str]:
        """Return what a machine with these scopes may do."""
        given = frozenset(scopes)
        rows = self.permissions.items()
        return frozenset(
            name for name, row in rows if row.key and (row.key in given or EVERYTHING in given)
        )

    def __getitem__(self, name: str) -> Permission:
        """Return a row. Raises KeyError: a route must not name what is not written."""
        return self.permissions[name]


@functools.cache
def rights() -> Rights:
    """Return the matrix of this program. Raises RightsInvalid."""
    return read(FILE.read_text(encoding="utf-8"))


def read(text: str) -> Rights:
    """Parse a matrix. Raises RightsInvalid naming the row."""
    document = tomllib.loads(text)
    roles = document["roles"]
    if set(roles) != {str(role) for role in Role}:
        raise RightsInvalid("roles differ from the code's")
    rows = {
        name: _row(name, row, {*roles, ANYONE}) for name, row in document["permissions"].items()
    }
    return Rights(roles, rows)


def _row(name: str, row: Mapping[str, Any], roles: set[str]) -> Permission:
    given = frozenset(row["roles"])
    unknown = set(row) - {"about", "roles", "key", "confirm"}
    if not given or given - roles or unknown or name.count(".") != 1:
        raise RightsInvalid(name)
    if "admin" in given and given != {"admin"}:
        raise RightsInvalid(f"{name}: the platform's rights are nobody else's")
    return Permission(name, row["about"], given, row.get("key", ""), bool(row.get("confirm")))


HEAD = """# Rights

Printed from `services/tenants/rights.toml` by `python -m services.tenants.rights`; a test holds
that it is up to date and that every route asks for one of these permissions. What is not written
is not allowed. Another business's id answers like an unknown one (404), whatever the role.

"""


def document(matrix: Rights) -> str:
    """Return the matrix as a document."""
    people = [role for role in matrix.roles if role != "admin"]
    lines = [HEAD, *(f"- **{role}**: {about}\n" for role, about in matrix.roles.items())]
    heads = ["permission", "allows", *people, "admin", "key scope", "code"]
    lines.append(f"\n| {' | '.join(heads)} |\n")
    lines.append("|---" * len(heads) + "|\n")
    for row in matrix.permissions.values():
        marks = ["+" if {role, ANYONE} & row.roles else "" for role in (*people, "admin")]
        tail = [f"`{row.key}`" if row.key else "", "+" if row.confirm else ""]
        lines.append(f"| `{row.name}` | " + " | ".join([row.about, *marks, *tail]) + " |\n")
    lines.append(
        "\n`admin` is a role of the platform's own tenant: it adds to what the person may do in a"
        " business.\n*code*: a person who turned the second factor on must have given a code in"
        " the last ten minutes.\n"
    )
    return "".join(lines)


if __name__ == "__main__":
    sys.stdout.write(document(rights()))
