// A picture of the view of the cluster: boxes, signs and words of the page, drawn again where they stand.

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} tag @param {Record<string, string | number>} attributes */
function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

const round = (/** @type {number} */ n) => Math.round(n * 100) / 100;
const isClear = (/** @type {string} */ colour) => colour === "transparent" || /,\s*0\)$/.test(colour) || /\/ 0\)$/.test(colour);

/** Properties by which a sign is drawn. */
const DRAWN = ["fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray", "opacity", "color", "font-family", "font-size", "font-weight", "text-anchor", "fill-opacity"];

/**
 * A drawing of the page with its styles written out, and what it uses put in its place.
 * @param {SVGElement} own
 * @param {string} [colour] of the text around it
 */
function drawn(own, colour) {
  const style = getComputedStyle(own);
  if (style.display === "none") return null;
  const href = own.tagName === "use" ? own.getAttribute("href") : null;
  const symbol = href ? document.querySelector(href) : null;
  const copy = symbol ? document.createElementNS(SVG, symbol.tagName === "symbol" ? "svg" : "g") : /** @type {SVGElement} */ (own.cloneNode(false));
  copy.removeAttribute("class");
  if (symbol) {
    for (const name of ["viewBox", "preserveAspectRatio"]) if (symbol.hasAttribute(name)) copy.setAttribute(name, symbol.getAttribute(name) ?? "");
    for (const name of ["x", "y", "width", "height", "transform"]) if (own.hasAttribute(name)) copy.setAttribute(name, own.getAttribute(name) ?? "");
  }
  for (const name of DRAWN) {
    const value = style.getPropertyValue(name);
    if (value && !value.startsWith("url(")) copy.setAttribute(name, value);
  }
  // What stands in a symbol has no style of its own on the page: its attributes count, in the colours around it.
  for (const child of symbol ? symbol.children : own.childNodes) {
    if (child instanceof SVGElement) copy.append(...(symbol ? [plain(child, colour ?? style.color)] : [drawn(child, colour)]).filter((made) => made !== null));
    else if (child.nodeType === Node.TEXT_NODE) copy.append(child.textContent ?? "");
  }
  return copy;
}

/** A part of a symbol, with colours that the page names by variables. @param {Element} part @param {string} colour */
function plain(part, colour) {
  const copy = /** @type {SVGElement} */ (part.cloneNode(true));
  const root = getComputedStyle(document.documentElement);
  for (const element of [copy, ...copy.querySelectorAll("*")]) {
    for (const { name, value } of [...element.attributes]) {
      const variable = value.match(/^var\((--[\w-]+)\)$/);
      if (variable) element.setAttribute(name, root.getPropertyValue(variable[1]).trim());
      else if (value === "currentColor") element.setAttribute(name, colour);
      else if (value.startsWith("url(")) element.removeAttribute(name);
    }
    element.removeAttribute("class");
  }
  return copy;
}

/**
 * The lines of a text, each with its place, as far as they are in sight.
 * @param {Text} text
 * @param {number} end where what is in sight ends
 */
function linesOf(text, end) {
  const words = text.data;
  const range = document.createRange();
  /** @type {{ rect: DOMRect, words: string }[]} */
  const lines = [];
  for (let at = 0; at < words.length; at += 1) {
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    const rect = range.getBoundingClientRect();
    if (rect.width === 0) continue;
    const last = lines.at(-1);
    if (rect.right > end + 1) {
      // What follows is cut off, as on the page.
      if (last && !last.words.endsWith("…") && Math.abs(last.rect.top - rect.top) < 2) last.words = `${last.words.slice(0, -1)}…`;
    } else if (last && Math.abs(last.rect.top - rect.top) < 2) last.words += words[at];
    else lines.push({ rect, words: words[at] });
  }
  return lines;
}

/** The shown view of the cluster as SVG. */
export function pictured() {
  const stage = document.querySelector(".panel--stage");
  if (!stage) throw new Error("no view of the cluster is shown");
  const frame = stage.getBoundingClientRect();
  const picture = shape("svg", { width: round(frame.width), height: round(frame.height), viewBox: `0 0 ${round(frame.width)} ${round(frame.height)}` });
  picture.append(shape("rect", { width: "100%", height: "100%", fill: getComputedStyle(stage).backgroundColor }));

  /** @param {Element} element @param {DOMRect} seen what of it can be seen */
  function walk(element, seen) {
    const style = getComputedStyle(element);
    const rect = element.getBoundingClientRect();
    const isOut = rect.bottom < seen.top || rect.top > seen.bottom || rect.right < seen.left || rect.left > seen.right;
    const isBox = style.display !== "contents";
    if (style.display === "none" || style.visibility === "hidden" || style.clipPath.startsWith("inset(50%") || (isBox && isOut)) return;
    const [x, y] = [rect.left - frame.left, rect.top - frame.top].map(round);
    if (element instanceof SVGElement) {
      const copy = drawn(element);
      if (!copy) return;
      for (const [name, value] of Object.entries({ x, y, width: round(rect.width), height: round(rect.height) })) copy.setAttribute(name, String(value));
      picture.append(copy);
      return;
    }
    const border = parseFloat(style.borderTopWidth);
    const hasBorder = border > 0 && style.borderTopStyle !== "none" && !isClear(style.borderTopColor);
    if (rect.width > 0 && (!isClear(style.backgroundColor) || hasBorder)) {
      const box = shape("rect", {
        x: round(x + border / 2),
        y: round(y + border / 2),
        width: round(Math.max(0, rect.width - border)),
        height: round(Math.max(0, rect.height - border)),
        rx: parseFloat(style.borderTopLeftRadius) || 0,
        fill: isClear(style.backgroundColor) ? "none" : style.backgroundColor,
      });
      if (hasBorder) {
        box.setAttribute("stroke", style.borderTopColor);
        box.setAttribute("stroke-width", String(border));
        if (style.borderTopStyle === "dashed") box.setAttribute("stroke-dasharray", "3 3");
      }
      picture.append(box);
    }
    if (style.backgroundImage.startsWith("repeating-linear-gradient")) {
      const id = `hatch-${picture.querySelectorAll("pattern").length}`;
      const pattern = shape("pattern", { id, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
      pattern.append(shape("rect", { width: 2.5, height: 5, fill: style.color }));
      picture.append(pattern, shape("rect", { x, y, width: round(rect.width), height: round(rect.height), fill: `url(#${id})` }));
    }
    const clips = style.overflowY !== "visible" || style.overflowX !== "visible";
    const inner = clips
      ? new DOMRect(Math.max(seen.left, rect.left), Math.max(seen.top, rect.top), Math.max(0, Math.min(seen.right, rect.right) - Math.max(seen.left, rect.left)), Math.max(0, Math.min(seen.bottom, rect.bottom) - Math.max(seen.top, rect.top)))
      : seen;
    for (const child of element.childNodes) {
      if (child instanceof Element) walk(child, inner);
      else if (child instanceof Text && child.data.trim()) {
        for (const { rect: place, words } of linesOf(child, inner.right)) {
          if (place.top < inner.top - 1 || place.bottom > inner.bottom + 1) continue;
          const size = parseFloat(style.fontSize);
          const text = shape("text", {
            x: round(place.left - frame.left),
            y: round(place.top - frame.top + place.height / 2 + size * 0.35),
            fill: style.color,
            "font-family": style.fontFamily.replace(/"/g, "'"),
            "font-size": size,
            "font-weight": style.fontWeight,
            "xml:space": "preserve",
          });
          text.textContent = words;
          picture.append(text);
        }
      }
    }
  }
  walk(stage, frame);
  return new XMLSerializer().serializeToString(picture);
}

/**
 * A drawing as PNG, at twice its size.
 * @param {string} svg
 * @returns {Promise<Blob>}
 */
export async function rastered(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width * 2, image.height * 2];
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("the browser made no image"))), "image/png"));
}
