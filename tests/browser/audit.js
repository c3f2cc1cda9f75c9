/* Looks at the page as it is drawn now and returns what a person would stumble over.
   Runs in the page by the debugger, so it needs nothing from the page's policy. */
() => {
  const TOUCH = 44;
  const SLACK = 0.6; // half a pixel of rounding
  const found = [];
  const say = (rule, node, what) => found.push(`${rule}: ${name(node)} ${what}`.trim());

  function name(node) {
    if (!node) return "";
    const id = node.id ? `#${node.id}` : "";
    const look = typeof node.className === "string" && node.className
      ? `.${node.className.trim().split(/\s+/).join(".")}` : "";
    const words = (node.getAttribute("aria-label") || node.textContent || "").trim().replace(/\s+/g, " ");
    return `<${node.tagName.toLowerCase()}${id}${look}> «${words.slice(0, 40)}»`;
  }

  function seen(node) {
    if (!node.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true })) return false;
    const box = node.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.right > 0;
  }

  /* Only what lies on top can be met: an open dialog makes the rest inert. */
  const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  const clipped = (node) => getComputedStyle(node).clipPath === "inset(50%)"
    || (node.parentElement !== null && clipped(node.parentElement));
  const hidden = (node) => node.closest(".vh,[aria-hidden=true],[inert]") !== null || clipped(node);

  function sideways() {
    const root = document.scrollingElement;
    if (root.scrollWidth > root.clientWidth) {
      say("scrolls sideways", null, `${root.scrollWidth} > ${root.clientWidth}`);
      for (const node of document.body.querySelectorAll("*")) {
        if (node.getBoundingClientRect().right > root.clientWidth + 1 && seen(node)) {
          say("  reaches out", node, `${Math.round(node.getBoundingClientRect().right)}`);
          return;
        }
      }
    }
  }

  /* A page whose columns scroll by themselves does not scroll as well. */
  function twice() {
    const root = document.scrollingElement;
    const beside = document.querySelector(".beside");
    if (beside && seen(beside) && root.scrollHeight > innerHeight + 1) say("scrolls twice", null, `${root.scrollHeight} > ${innerHeight}`);
  }

  const ownText = (node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());

  const WHOLE = "h1,h2,label,.btn,.chip"; // names of places and acts are whole, or say so in a title

  /* Words end where their box ends, or with an ellipsis in a row of a list; nothing else may cut. */
  function cut() {
    for (const node of top.querySelectorAll("*")) {
      if (!ownText(node) || !seen(node) || hidden(node)) continue;
      if (["OPTION", "TEXTAREA", "STYLE", "SCRIPT"].includes(node.tagName)) continue;
      const by = wordsOf(node).map((words) => clipper(node, words)).find(Boolean);
      if (by) say("cut text", node, `by ${name(by)}`);
    }
  }

  /* Where the node's own words are drawn, line by line; those of its children are theirs. */
  function wordsOf(node) {
    const range = document.createRange();
    return [...node.childNodes].filter((one) => one.nodeType === 3 && one.data.trim()).flatMap((one) => {
      range.selectNodeContents(one);
      return [...range.getClientRects()].filter((words) => words.width >= 1);
    });
  }

  /* Words that run into a button next to them; what ends in dots or is cut elsewhere runs nowhere. */
  function over() {
    const acts = [...top.querySelectorAll(ASKS)].filter((one) => seen(one) && !hidden(one))
      .map((one) => [one, shown(one, one.getBoundingClientRect())]);
    for (const node of top.querySelectorAll("*")) {
      if (!ownText(node) || !seen(node) || hidden(node) || ends(node) || floats(node)) continue;
      const words = wordsOf(node);
      const met = acts.find(([one, box]) => !one.contains(node) && !node.contains(one) && !floats(one)
        && words.some((at) => meet(shown(node, at), box)));
      if (met) say("words over a control", node, name(met[0]));
    }
  }

  /* Of words that scroll inside a box only what shows there; what is scrolled away meets nothing. */
  function shown(node, words) {
    const { left, right } = words;
    let { top: upper, bottom } = words;
    for (let box = node.parentElement; box && box !== document.documentElement; box = box.parentElement) {
      if (!/auto|scroll|hidden|clip/.test(getComputedStyle(box).overflowY)) continue;
      const edge = box.getBoundingClientRect();
      upper = Math.max(upper, edge.top);
      bottom = Math.min(bottom, edge.bottom);
    }
    return { left, right, top: upper, bottom };
  }

  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  /* What lies over the page while it scrolls is no neighbour of what it covers; its own parts are. */
  const floats = (node) => node.closest(".nav,.bottom,.compose,.toasts,.fresh,.talk-h,.pick") !== null;
  function ends(node) {
    for (let box = node; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (style.display !== "inline" && ["hidden", "clip"].includes(style.overflowX)) return true;
    }
    return false;
  }

  function clipper(node, words) {
    for (let box = node; box && box !== document.documentElement; box = box.parentElement) {
      const style = getComputedStyle(box);
      const edge = box.getBoundingClientRect();
      if (box.matches(WHOLE) && !box.title && style.overflowX === "hidden" && box.scrollWidth > box.clientWidth + 1) return box;
      const ends = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
      if (style.position === "fixed") return null;
      if (["hidden", "clip"].includes(style.overflowX) && !ends
        && (words.right > edge.right + 1.5 || words.left < edge.left - 1.5)) return box;
      if (["hidden", "clip"].includes(style.overflowY) && !ends
        && (words.bottom > edge.bottom + 4 || words.top < edge.top - 4)) return box;
      // What scrolls or ends in dots shows the rest by itself.
      if (/auto|scroll/.test(style.overflowX + style.overflowY) || ends) return null;
    }
    return null;
  }

  const ASKS = "a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button],[role=switch],[role=tab]";

  /* How far a finger may be off: the stretch around the middle that still hits this control. */
  function reach(node, box, dx, dy) {
    const x = box.left + box.width / 2;
    const y = box.top + box.height / 2;
    const hits = (step) => {
      const hit = document.elementFromPoint(x + dx * step, y + dy * step);
      return hit && (node.contains(hit) || hit.closest("label")?.control === node);
    };
    if (!hits(0)) return 0;
    let ahead = 0; let back = 0;
    while (ahead < TOUCH && hits(ahead + 1)) ahead += 1;
    while (ahead + back < TOUCH && hits(-back - 1)) back += 1;
    return ahead + back + 1; // the edges lie between two looks
  }

  const inSentence = (node) => node.tagName === "A" && getComputedStyle(node).display === "inline"
    && [...node.parentElement.childNodes].some((one) => one !== node && one.nodeType === 3 && one.data.trim());

  function touch() {
    const kept = [...document.querySelectorAll("*")].filter((one) => one.scrollTop || one.scrollLeft)
      .map((one) => [one, one.scrollLeft, one.scrollTop]);
    for (const node of top.querySelectorAll(ASKS)) {
      const proxy = node.closest("label") && node.matches("input") && !seen(node) ? node.closest("label") : node;
      if (!seen(proxy) || (hidden(proxy) && proxy === node) || node.disabled || inSentence(node)) continue;
      proxy.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      const box = proxy.getBoundingClientRect();
      const [wide, high] = [reach(proxy, box, 1, 0), reach(proxy, box, 0, 1)];
      if (wide < TOUCH - SLACK || high < TOUCH - SLACK) say("small target", node, `${wide}×${high}`);
    }
    for (const [node, left, up] of kept) node.scrollTo({ left, top: up, behavior: "instant" });
  }

  function floor() {
    for (const node of top.querySelectorAll("*")) {
      if (!ownText(node) || !seen(node) || hidden(node)) continue;
      const size = parseFloat(getComputedStyle(node).fontSize);
      if (size < 12) say("tiny text", node, `${size}px`);
      if (size < 16 && node.matches("input,textarea,select")) say("zooms on iOS", node, `${size}px`);
    }
  }

  sideways(); twice(); cut(); over(); touch(); floor();
  return found;
}
