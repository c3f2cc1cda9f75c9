"""`./run messages`: is every catalogue whole? Prints what is wrong, ends with 1 if anything is.

Every language must have every key, and the same `{parameters}` in a key's texts everywhere: a
missing parameter is a promise the text does not keep.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from babel.messages.catalog import Catalog

from services.kit.i18n import LOCALES_DIR, keys_of, read_catalogues

_PARAMETER = re.compile(r"\{(\w+)\}")


def faults(root: Path = LOCALES_DIR) -> list[str]:
    """Sentences naming every fault of the catalogues under `root`."""
    catalogues, found = read_catalogues(root)
    return found + _missing(catalogues) + _unlike(catalogues)


def _missing(catalogues: Mapping[str, Catalog]) -> list[str]:
    keys = {locale: keys_of(catalogue) for locale, catalogue in catalogues.items()}
    every = set().union(*keys.values())
    return [
        f"{locale}: {key} has no text" for locale in keys for key in sorted(every - keys[locale])
    ]


def _unlike(catalogues: Mapping[str, Catalog]) -> list[str]:
    """Parameters are compared with Russian, the first language."""
    first = _parameters(catalogues["ru"]) if "ru" in catalogues else {}
    return [
        f"{locale}: {key} uses {sorted(used)}, Russian uses {sorted(first[key])}"
        for locale, catalogue in catalogues.items()
        for key, used in sorted(_parameters(catalogue).items())
        if key in first and used != first[key]
    ]


def _parameters(catalogue: Catalog) -> dict[str, frozenset[str]]:
    found = {}
    for message in catalogue:
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        if key and any(texts):
            # {n} may be written out: "one message"
            found[key] = frozenset(_PARAMETER.findall(" ".join(map(str, texts)))) - {"n"}
    return found


def main() -> int:
    """Print the faults; the exit code."""
    found = faults()
    sys.stdout.write("".join(f"{fault}\n" for fault in found) or "catalogues are whole\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
