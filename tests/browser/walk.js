/* Prepares a walk by Tab: what should be reached, what was. */
() => {
  const ASKS = "a[href],button:not(:disabled),input:not([type=hidden]):not(:disabled),"
    + "select:not(:disabled),textarea:not(:disabled),summary,[tabindex]";
  const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
  const wanted = [...top.querySelectorAll(ASKS)].filter((one) => one.tabIndex >= 0
    && one.checkVisibility({ checkVisibilityCSS: true }) && !one.closest("[inert]"));
  const reached = new Set();
  const signs = new Set();
  let first = null;
  // A live page redraws what it shows: what was redrawn on the way counts by its looks.
  const sign = (one) => one.outerHTML.slice(0, 160).replace(/[0-9]+/g, "");

  /* How the focused thing looks; null when the walk is over. */
  function step() {
    const one = document.activeElement;
    if (!one || one === document.body || one === document.documentElement) return null;
    if (first === one && reached.size > 1) return null;
    first ??= one;
    reached.add(one);
    signs.add(sign(one));
    const style = getComputedStyle(one);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5;
    const edge = one.matches("input,textarea,select") && style.borderTopColor !== style.backgroundColor;
    const box = one.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    // A player's own controls draw their ring inside it.
    const shown = ring || edge || one.tagName === "AUDIO";
    return { shown, inside, html: one.outerHTML.slice(0, 160) };
  }

  const missed = () => wanted
    .filter((one) => (one.isConnected ? !reached.has(one) : !signs.has(sign(one))))
    .map((one) => one.outerHTML.slice(0, 160));

  // From the very top, wherever the page has put the focus.
  const top0 = Object.assign(document.createElement("i"), { tabIndex: -1 });
  (top === document ? document.body : top).prepend(top0);
  top0.focus();
  top0.remove();
  window.walk = { step, missed };
}
