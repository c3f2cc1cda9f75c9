"""The cabinet: pages of the Mini App and of a browser, one view each.

A page is a view marked with `webapp.auth.session.page("permission")` that ends in

    return await frame.render(request, "home/now.html", tab="now", home=home)

and a template that says `{% extends layout %}`, gives the blocks `title` and `main`, and builds
from the macros of `templates/ui*.html`. `render` decides what leaves: with `HX-Request` the
`<main>` and the tab bar with its counts, for a browser the whole page. Signed out, the gate
answers with the shell instead: a document without data that signs in, then asks for the address.

Templates get `t`, `n` and `s` (the person's `Speech`), `who` (`Session`) and `asset(name)`. Blocks
`look` (classes of `<main>`) and `live` (` data-live="30"`, seconds between looks) are optional;
`{% set hide_tabs = true %}` is for pages with a button bar or a reply box. No inline script or
style anywhere: the policy of `policy.py` forbids both. `gallery.py` shows every component in every
state in development; the browser tests look at it.
"""
