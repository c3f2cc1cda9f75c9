"""Strings that break programs, of our own making: `tests/data/naughty.json`, by what they try.

`STRINGS` are all of them, `MARKUP` those aimed at pages, `SHARP` a few of every kind. `attacks()`
is the long row of markup for pages: every way out of a place of a page times every thing that
acts once it is out. What acts calls `naughty()`; `TRAP` is that function.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

LEAST = 485
"""As many as the public list of its kind has."""
KINDS: dict[str, list[str]] = json.loads(
    (Path(__file__).parent / "data" / "naughty.json").read_text(encoding="ascii")
)
STRINGS: tuple[str, ...] = tuple(text for kind in KINDS.values() for text in kind)
SHARP: tuple[str, ...] = tuple(
    text for kind in KINDS.values() for text in kind[:: max(1, len(kind) // 2)]
)
MARKUP: tuple[str, ...] = tuple(KINDS["markup of pages"])
HIDDEN = str.maketrans("", "", "\x00")

OUT_OF = (
    "",
    '"',
    "'",
    '">',
    "'>",
    "`>",
    '"/>',
    "-->",
    "]]>",
    "</title>",
    "</textarea>",
    "</script>",
    "</style>",
    "</template>",
    "</noscript>",
    "</select>",
    "</svg>",
    "\\x22>",
    "&quot;>",
    "%22%3E",
)
ACTS = (
    "<script>{act}</script>",
    "<script src=//naughty.invalid/{n}></script>",
    "<img src=x onerror={act}>",
    "<img/src=`x`/onerror={act}>",
    "<svg onload={act}>",
    "<svg><script>{act}</script></svg>",
    "<svg><animate onbegin={act} attributeName=x>",
    "<math><mi xlink:href=javascript:{act}>{n}</mi></math>",
    "<iframe src=javascript:{act}>",
    "<iframe srcdoc='<script>{act}</script>'>",
    "<object data=javascript:{act}>",
    "<embed src=//naughty.invalid/{n}>",
    "<body onload={act}>",
    "<details open ontoggle={act}>",
    "<video src=x onerror={act}>",
    "<audio src=//naughty.invalid/{n} onerror={act}>",
    "<input autofocus onfocus={act}>",
    "<select autofocus onfocus={act}>",
    "<marquee onstart={act}>",
    "<style onload={act}>*{{display:none}}</style>",
    "<link rel=stylesheet href=//naughty.invalid/{n}.css onload={act}>",
    "<meta http-equiv=refresh content=0;url=//naughty.invalid/{n}>",
    "<base href=//naughty.invalid/{n}/>",
    "<form action=//naughty.invalid/{n}><button autofocus onfocus={act}>",
    "<a href=javascript:{act}>{n}</a>",
    "<a href=//naughty.invalid/{n} ping=//naughty.invalid/{n}>{n}</a>",
    "<x hx-get=/app/settings hx-trigger=load hx-target=#main>{n}</x>",
    "<x hx-post=/app/security/logout hx-trigger=load>{n}</x>",
    "<x hx-on:htmx:load={act} hx-on::load={act}>{n}</x>",
    "<x data-hx-get=/app data-hx-trigger=load data-hx-on:load={act}>{n}</x>",
    "<x hx-get=/app hx-trigger=load hx-vals='js:{{a:{act}}}'>{n}</x>",
    "<x id=main hx-swap-oob=true>{n}</x>",
    "<x id=words data-failed='{act}'>{n}</x>",
    "<template><img src=x onerror={act}></template>",
    "<noscript><img src=x onerror={act}></noscript>",
    "<img src=//naughty.invalid/{n}.png>",
    " onmouseover={act} autofocus onfocus={act} x=",
    " style=position:fixed;inset:0 onpointerenter={act} x=",
    " hx-get=/app/settings hx-trigger=load x=",
    " hx-on:load={act} x=",
    " src=x onerror={act} x=",
    "{{{{constructor.constructor('{act}')()}}}}",
    "${{{act}}}",
    ";{act}//",
    "javascript:{act}//",
    "data:text/html,<script>{act}</script>",
    "<scr<script>ipt>{act}</scr</script>ipt>",
    "\x0c<img\x0csrc=x\x0conerror={act}>",
    "<IMG SRC=x OnErRoR={act}>",
    "&lt;img src=x onerror={act}&gt;",
)
TRAP = """
window.caught = [];
window.naughty = (n) => { window.caught.push(`ran ${n}`); };
for (const name of ["alert", "confirm", "prompt", "open", "print"])
  window[name] = () => { window.caught.push(name); };
document.addEventListener("securitypolicyviolation", (event) => {
  window.caught.push(`policy ${event.violatedDirective} ${event.blockedURI}`);
});
"""


def attacks() -> Iterator[str]:
    """Return markup, each piece with its number: it is found again by it."""
    for number, (way, act) in enumerate(product(OUT_OF, ACTS)):
        yield way + act.format(act=f"naughty({number})", n=number)


def sendable(text: str) -> str:
    """Return a text as a browser sends it: halves of characters become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def kept(text: str) -> str:
    """Return a text as it is kept: no NUL, lines end alike, nothing around it."""
    return sendable(text).translate(HIDDEN).replace("\r\n", "\n").strip()


def joined(texts: Iterable[str], most: int, between: str = "\n") -> list[str]:
    """Return few long texts that hold all of them, each with room for `most` characters."""
    found: list[list[str]] = [[]]
    size = 0
    for text in texts:
        if found[-1] and size + len(text) > most:
            found.append([])
            size = 0
        found[-1].append(text)
        size += len(text) + len(between)
    return [between.join(one) for one in found]
