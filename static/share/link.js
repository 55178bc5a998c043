// The sheet that makes a link of what is open.
import { pack } from "./codec.js";
import { copier, head, icon, make, row, save, slug } from "./parts.js";

/** A chat takes so many characters of an address, and every browser so many. */
const CHAT = 2000;
const LONGEST = 8000;

const number = (/** @type {number} */ n) => n.toLocaleString("en");

/** Whether this is the page of a copy on one's own machine, which nobody else can open. */
const isLocal = () => ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname) || location.protocol === "file:";

/** The bar of the length, with a mark at what a chat takes. */
function gauge() {
  const make = (/** @type {string} */ tag, /** @type {Record<string, number | string>} */ attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    return element;
  };
  const bar = make("svg", { class: "length-bar", viewBox: `0 0 ${LONGEST} 100`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const fill = make("rect", { class: "length-fill", y: 25, height: 50, width: 0 });
  bar.append(
    make("rect", { class: "length-track", y: 25, height: 50, width: LONGEST }),
    fill,
    make("rect", { class: "length-mark", x: CHAT, width: 16, height: 100 }),
    make("rect", { class: "length-mark", x: LONGEST - 16, width: 16, height: 100 }),
  );
  return { bar, show: (/** @type {number} */ length) => fill.setAttribute("width", String(Math.min(length, LONGEST))) };
}

/**
 * @param {"radio" | "checkbox"} type
 * @param {string} value
 * @param {string} name in bold
 * @param {string} more
 * @param {() => void} changed
 */
function choice(type, value, name, more, changed) {
  const input = make("input", { type, name: type === "radio" ? "opens" : value, value, change: changed });
  return { input, label: make("label", { class: "check" }, input, make("span", {}, make("b", {}, name), " ", make("span", { class: "muted" }, more))) };
}

/**
 * @param {import("./parts.js").Ask} ask
 * @returns {Node[]}
 */
export function sharing(ask) {
  const about = JSON.parse(ask("share", ""));
  const { title, step, steps, selected, edited } = about;
  const update = () => void refresh();
  const opens = [
    choice("radio", "step", `at this step, ${step}`, selected ? `${selected} selected` : "", update),
    choice("radio", "start", "at the start", steps > 1 ? `with the recorded steps 1–${steps} to play` : steps === 1 ? "with the recorded step 1 to play" : "no step is recorded yet", update),
    choice("radio", "texts", "without steps", "manifest and nodes only, not applied yet", update),
  ];
  opens[0].input.checked = true;
  const readOnly = choice("checkbox", "readonly", "Read only", "step and look, no Apply; anyone can still choose Make a copy", update);
  const changes = choice("checkbox", "changes", "With my unapplied changes", "what differs from what was applied last", update);
  changes.input.checked = true;

  const link = make("input", { class: "mono", type: "text", readonly: true, "aria-label": "Link", focus: () => link.select() });
  const copy = copier("Copy link", () => link.value, "button button--primary");
  const field = make("div", { class: "sheet-field" }, link, copy);
  const length = gauge();
  const told = make("p", { role: "status" });
  const snippet = make("pre", { class: "snippet", tabindex: "0", "aria-label": "Embed snippet" });
  const embed = row("Embed", make("div", { class: "sheet-field" }, snippet, copier("Copy snippet", () => snippet.textContent ?? "")));
  const file = `${slug(title) || "cluster"}-step-${step}.dsp.json`;
  let text = "";
  const download = make("button", { class: "button", click: () => save(file, new Blob([text], { type: "application/json" })) }, "Download file");
  const note = make("p", { class: "grow" });
  const box = make("div", { class: "sheet-note" }, icon("i-info"), note, download);

  let asked = 0;
  async function refresh() {
    const mine = ++asked;
    const chosen = opens.find(({ input }) => input.checked)?.input.value ?? "step";
    const wanted = chosen + (changes.input.checked || !edited ? "+" : "");
    const page = location.href.split("#")[0];
    const packed = async (/** @type {string} */ text) => pack(text, readOnly.input.checked ? "r" : "");
    text = ask("link", wanted);
    let word = await packed(text);
    // What is too long for a chat is told by what differs from the page's examples, if it is like one.
    if (page.length + 1 + word.length > CHAT) {
      const short = await packed(ask("link", `${wanted}~`));
      if (short.length < word.length) word = short;
    }
    if (mine !== asked) return;
    const address = `${page}#${word}`;
    const isTooLong = address.length > LONGEST;
    field.hidden = embed.hidden = isTooLong;
    link.value = isTooLong ? "" : address;
    length.show(address.length);
    const fits = address.length <= CHAT ? ": fits a chat message." : isTooLong ? ": too long for a link." : ": fits a link, but not every chat message.";
    told.replaceChildren(
      make("b", { class: "mono" }, `${number(address.length)} characters`),
      `${fits} (A chat takes ${number(CHAT)}, a link ${number(LONGEST)}.) Everything is in the link; nothing is uploaded.`,
      ...(isLocal() ? [" It works on this machine only: the page is served from here."] : []),
    );
    snippet.textContent = [
      `<iframe src="${page}#${word.replace(/^(\d+)r?\./, "$1e.")}"`,
      '  width="960" height="540"',
      `  title="DaemonSet Playground: ${title}, step ${step}"></iframe>`,
    ].join("\n");
    note.replaceChildren(
      make("b", {}, isTooLong ? "Too long for a link." : "Or as a file."),
      ` ${file}, to be opened from the list of examples.`,
    );
    if (mine === 1 && !isTooLong) link.focus();
  }
  update();
  return [
    head("Share this cluster", ask),
    row("Link", field),
    row("Length", length.bar, told),
    row("Opens", make("div", { role: "radiogroup", "aria-label": "Opens" }, ...opens.map(({ label }) => label))),
    row("Options", readOnly.label, ...(edited ? [changes.label] : [])),
    embed,
    box,
    make(
      "p",
      { class: "muted" },
      make("button", { class: "button button--link", click: () => void ask("sheet", "export") }, "Export"),
      " manifests, commands, a KWOK scenario, the steps or a picture.",
    ),
  ];
}
