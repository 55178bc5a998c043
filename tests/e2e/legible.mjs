// Text that one cannot read: cut off without an ellipsis, out of its box, or over other text.

/** Makes every font 15 % wider, as that of another system may be, or takes that back. */
export const widen = (page, on) =>
  page.evaluate((wide) => {
    const sheet = new CSSStyleSheet();
    // Letters are about half as wide as they are high, those of code three fifths. Drawings are lettered in the code
    // font only, whose letters have this one width on every system.
    if (wide) sheet.replaceSync("* { letter-spacing: 0.075em !important; } code, pre, .mono, code *, .mono * { letter-spacing: 0.09em !important; } svg * { letter-spacing: 0 !important; }");
    document.adoptedStyleSheets = [sheet];
  }, on);

/** @returns {Promise<string[]>} what cannot be read, each once */
export const illegible = (page) =>
  page.evaluate(() => {
    const SLACK = 1.5;
    const name = (element) => {
      const own = (e) => e.tagName.toLowerCase() + (e.getAttribute("class") ? `.${e.getAttribute("class").trim().split(/\s+/).join(".")}` : "");
      return `${element.parentElement ? `${own(element.parentElement)} > ` : ""}${own(element)}`;
    };
    const styles = new Map();
    const style = (element) => styles.get(element) ?? (styles.set(element, getComputedStyle(element)), styles.get(element));
    // An edge or a ground shows where a box ends.
    const hasGround = (element) => {
      const { display, backgroundColor, borderRightWidth } = style(element);
      return display !== "inline" && (backgroundColor !== "rgba(0, 0, 0, 0)" || parseFloat(borderRightWidth) > 0);
    };
    const found = new Set();
    const shown = [];
    const top = document.querySelector("dialog[open]") ?? document.body;
    const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.nodeValue?.trim() || !element?.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      // A heading of several columns stands in the first of them and goes on over the others; the map's tip lies over all.
      if (element.closest(".group--over") || element.closest(".visually-hidden, .map-tip, select, option, script, style, noscript, defs, symbol, [aria-hidden=true] .term-ghost, .term-ghost")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const { left, right, top: above, bottom } of range.getClientRects()) {
        if (right - left < 1 || bottom - above < 1) continue;
        // A line is higher than its letters.
        const air = (bottom - above) * 0.25;
        let box = { left, right, top: above + air, bottom: bottom - air };
        const text = (node.nodeValue ?? "").trim().slice(0, 40);
        let ellipsis = false;
        for (let at = element; at && box; at = at.parentElement) {
          const { overflowX, overflowY, textOverflow, clipPath, position } = style(at);
          if (clipPath !== "none") { box = null; break; }
          const edge = at.getBoundingClientRect();
          ellipsis ||= textOverflow === "ellipsis" && overflowX !== "visible";
          const isBox = at !== document.documentElement && at !== document.body;
          // What wrapped out of view is hidden whole, not cut.
          if (isBox && overflowY !== "visible" && (box.top > edge.bottom - SLACK || box.bottom < edge.top + SLACK)) { box = null; break; }
          if (isBox && (overflowX === "hidden" || overflowX === "clip")) {
            if (!ellipsis && !(at instanceof SVGElement) && (box.right > edge.right + SLACK || box.left < edge.left - SLACK)) found.add(`cut: “${text}” in ${name(at)}`);
          }
          if (isBox && (overflowY === "hidden" || overflowY === "clip") && !(at instanceof SVGElement)) {
            if (box.bottom > edge.bottom + SLACK || box.top < edge.top - SLACK) found.add(`cut: “${text}” in ${name(at)}, from above or below`);
          }
          if (overflowX !== "visible" || overflowY !== "visible") {
            box = { left: Math.max(box.left, edge.left), right: Math.min(box.right, edge.right), top: Math.max(box.top, edge.top), bottom: Math.min(box.bottom, edge.bottom) };
            if (box.right - box.left < 1 || box.bottom - box.top < 1) box = null;
          } else if (hasGround(at) && box.right > edge.right + SLACK) {
            found.add(`out of its box: “${text}” in ${name(at)}`);
          }
          if (position === "fixed") break;
        }
        if (!box) continue;
        if (box.right > innerWidth + SLACK || box.left < -SLACK) found.add(`out of the page: “${text}” in ${name(element)}`);
        shown.push({ ...box, text, element });
      }
    }
    if (document.documentElement.scrollWidth > innerWidth + 1) found.add(`the page is ${document.documentElement.scrollWidth} wide`);
    shown.sort((a, b) => a.left - b.left);
    for (const [index, a] of shown.entries()) {
      for (const b of shown.slice(index + 1)) {
        if (b.left >= a.right - 2) break;
        const across = Math.min(a.right, b.right) - b.left;
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across < 2 || down < 2 || a.element === b.element) continue;
        // One may lie on a ground that hides the other.
        const stack = document.elementsFromPoint(b.left + across / 2, Math.max(a.top, b.top) + down / 2);
        const ground = stack.find((at) => style(at).backgroundColor !== "rgba(0, 0, 0, 0)");
        if (ground && ground.contains(a.element) !== ground.contains(b.element)) continue;
        found.add(`over each other: “${a.text}” in ${name(a.element)} and “${b.text}” in ${name(b.element)}`);
      }
    }
    return [...found];
  });

/** @returns {Promise<string[]>} what is too small to be hit: under `least` pixels high and wide */
export const small = (page, least) =>
  page.evaluate((size) => {
    const top = document.querySelector("dialog[open]") ?? document.body;
    const found = new Set();
    for (const element of top.querySelectorAll("button, a[href], input, select, summary, [role=button], [role=tab], [role=menuitem]")) {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.closest(".visually-hidden")) continue;
      const target = element.closest("label") ?? element;
      let { width, height } = target.getBoundingClientRect();
      const more = getComputedStyle(target, "::after");
      if (more.position === "absolute" && more.content !== "none") {
        // What is around it can be hit as well.
        height = Math.max(height, parseFloat(more.height) || 0);
        width = Math.max(width, parseFloat(more.width) || 0);
      }
      if (width && height && (width < size - 0.5 || height < size - 0.5)) found.add(`${element.className || element.tagName}: ${Math.round(width)} × ${Math.round(height)}`);
    }
    return [...found];
  }, least);

/** @returns {Promise<string[]>} what is drawn in the browser's own black, as no style sheet says how it is filled: a line
 * that was meant to have none, for one. To be asked where no ink is that black. */
export const unpainted = (page) =>
  page.evaluate(() => {
    const found = new Set();
    for (const shape of document.querySelectorAll("svg :is(path, polyline, polygon, rect, circle, ellipse, text)")) {
      if (shape.closest("defs, symbol") || !shape.getClientRects().length || getComputedStyle(shape).fill !== "rgb(0, 0, 0)") continue;
      const { width, height } = /** @type {SVGGraphicsElement} */ (shape).getBBox();
      if (width && height) found.add(`${shape.closest("svg")?.parentElement?.className}: ${shape.tagName}.${shape.getAttribute("class")}`);
    }
    return [...found];
  });
