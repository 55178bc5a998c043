// Fetches and starts the app, and shows how far it has come. trunk's build writes the names into <meta name="app">.
const meta = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="app"]'));
const { js = "", wasm = "", rest = "", bytes, restBytes, editor = "", share = "", panels = "", worker } = meta.dataset;
const address = (/** @type {string} */ path) => new URL(path, document.baseURI).href;
const text = /** @type {HTMLElement} */ (document.getElementById("loading-text"));
const bar = /** @type {HTMLProgressElement} */ (document.getElementById("loading-bar"));
const megabytes = (/** @type {number} */ n) => (n / 1e6).toFixed(1);
// The page itself says what to do if this script does not come.
text.textContent = "Starting the simulator";

/** The bytes of the program that came, and that have to come before it starts. */
let [seen, total] = [0, Number(bytes)];

/** A part of the program, with its bytes counted on the way. @param {string} path */
async function part(path) {
  const response = await fetch(address(path));
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  const counter = new TransformStream({
    transform(chunk, out) {
      seen += chunk.byteLength;
      bar.value = Math.min(1, seen / total);
      text.textContent = `Starting the simulator, ${megabytes(seen)} of ${megabytes(total)} MB`;
      out.enqueue(chunk);
    },
  });
  return WebAssembly.compileStreaming(new Response(response.body?.pipeThrough(counter), { headers: { "Content-Type": "application/wasm" } }));
}

/**
 * Says in plain words that the program did not start.
 * @param {unknown} error
 */
function failed(error) {
  console.error(error);
  const box = document.querySelector(".loading-box");
  if (!box) return halted();
  const lines = [
    "The simulator did not start.",
    typeof WebAssembly === "object"
      ? "Reload the page. If it still fails, the site may be only partly copied, or the browser may be too old."
      : "This browser has WebAssembly switched off, and the simulator needs it.",
    String(error),
  ];
  box.replaceChildren(
    ...lines.map((line, i) => {
      const p = document.createElement(i === 0 ? "h1" : "p");
      p.textContent = line;
      return p;
    }),
  );
  box.setAttribute("role", "alert");
}

/** Says that a part of the program is missing without which it cannot go on. */
function halted() {
  if (document.querySelector(".crash")) return; // The program's own report of a panic says more.
  const overlay = document.createElement("div");
  overlay.className = "crash";
  overlay.setAttribute("role", "alertdialog");
  overlay.setAttribute("aria-label", "The playground stopped");
  overlay.innerHTML = `<div class="dialog"><h2>The playground stopped</h2><p>A part of it could not be loaded: the network may be gone, or the site may have a newer version by now. Reload the page. What you wrote in the editor comes back.</p><div class="apply-head"><button class="button button--primary">Reload</button></div></div>`;
  document.body.append(overlay);
  const reload = overlay.querySelector("button");
  reload?.addEventListener("click", () => location.reload());
  reload?.focus();
}

// The rest of the program, where the build has split it (.ci/split.mjs): fetched once the first part stands. The program
// asks for it when it comes to something that it lacks, and cannot go on without.
/** @type {WebAssembly.Module | undefined} */
let restModule;
let restThere = rest === "";

/** Puts the rest into the program. @param {WebAssembly.Exports} first the first part */
function join(first) {
  if (restThere) return;
  if (!restModule) performance.mark("waited for the rest");
  new WebAssembly.Instance(restModule ?? new WebAssembly.Module(atOnce(address(rest))), { first });
  restThere = true;
  // Not at once: the program may stand in the midst of something.
  setTimeout(tellWhole);
}

/** Says that all of the program is there, to who waits for it. */
function tellWhole() {
  document.documentElement.dataset.whole = "";
  dispatchEvent(new Event("whole"));
}

/** A file, while everything stands still. Only for who is faster than the network. @param {string} address */
function atOnce(address) {
  for (;;) {
    const request = new XMLHttpRequest();
    request.open("GET", address, false);
    // The only way to bytes in a request that is waited for: each letter is one.
    request.overrideMimeType("text/plain; charset=x-user-defined");
    try {
      request.send();
      if (request.status === 200) return Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0));
    } catch (error) {
      console.error(error);
    }
    // What a site does not have any more will not come by asking again.
    if (![404, 410].includes(request.status) && confirm("A part of this page could not be loaded. Try again?")) continue;
    halted();
    throw new Error(`${address}: ${request.status}`);
  }
}

/** Fetches the rest, for `join`. Where that fails, it is fetched again when it is needed. */
async function fetchRest() {
  if (restThere) return;
  try {
    restModule = await part(rest);
  } catch (error) {
    console.error(error);
  }
}

/** Stands in for the editor, a large script, until that is there: shows the text, and remembers what it is told.
 * @implements {EditorScript} */
class ComingEditor {
  /** @type {EditorScript | undefined} */
  #editor;
  #gone = false;
  /** @type {Map<string, string>} the texts, and which of them is shown */
  #texts = new Map();
  #shown;
  #place = document.createElement("pre");
  /** @type {((editor: EditorScript) => void)[]} */
  #told = [];

  /** @param {Element} parent @param {EditorOptions} options */
  constructor(parent, options) {
    this.#place.className = "editor-coming";
    this.#shown = options.name;
    this.#show(this.#shown, options.text);
    parent.append(this.#place);
    editorScript().then(
      () => {
        this.#place.remove();
        if (this.#gone) return;
        const editor = new PlaygroundEditor(parent, options);
        for (const tell of this.#told) tell(editor);
        this.#editor = editor;
      },
      (error) => {
        console.error(error);
        const told = Object.assign(document.createElement("p"), { className: "editor-coming", textContent: "The editor could not be loaded. Reload the page to write." });
        told.setAttribute("role", "alert");
        this.#place.before(told);
      },
    );
  }
  /** @param {string} name @param {string} text */
  #show(name, text) {
    this.#texts.set(name, text);
    if (name === this.#shown) this.#place.textContent = text;
  }
  /** @param {(editor: EditorScript) => void} say */
  #tell(say) {
    if (this.#editor) say(this.#editor);
    else this.#told.push(say);
  }
  setText = (/** @type {string} */ text, /** @type {string} */ name) => {
    this.#show(name, text);
    this.#tell((editor) => editor.setText(text, name));
  };
  setDocument = (/** @type {string} */ name, /** @type {string} */ text) => {
    this.#show(name, text);
    this.#tell((editor) => editor.setDocument(name, text));
  };
  select = (/** @type {string} */ name) => {
    this.#shown = name;
    this.#place.textContent = this.#texts.get(name) ?? "";
    this.#tell((editor) => editor.select(name));
  };
  setDiagnostics = (/** @type {import("./editor/contract").Diagnostic[]} */ list, /** @type {string} */ name) =>
    this.#tell((editor) => editor.setDiagnostics(list, name));
  setApplied = (/** @type {string} */ text, /** @type {string} */ name) => this.#tell((editor) => editor.setApplied(text, name));
  goto = (/** @type {number} */ line, /** @type {number} */ column) => {
    const asked = document.activeElement;
    this.#tell((editor) => {
      // It takes the focus: not from who went on elsewhere meanwhile.
      if (this.#editor || [asked, document.body].includes(document.activeElement)) editor.goto(line, column);
    });
  };
  nextProblem = () => this.#editor?.nextProblem() ?? false;
  destroy() {
    this.#gone = true;
    this.#editor?.destroy();
  }
}
/** @typedef {import("./editor/contract").Script} EditorScript */
/** @typedef {import("./editor/contract").Options} EditorOptions */
/** @type {Promise<unknown> | undefined} */
let editorComing;
let editorTries = 0;
const editorScript = () =>
  (editorComing ??= import(address(editor) + (editorTries === 0 ? "" : `?${editorTries}`)).catch((error) => {
    // The next editor asks again: under another address, as what could not be had is remembered by its address.
    editorComing = undefined;
    editorTries += 1;
    throw error;
  }));

/** Puts the styles of all panels where those come last that change them for a screen's size. Whether they come or not, it goes on. */
function dress() {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = address(panels);
  document.querySelector('link[rel="stylesheet"]')?.after(sheet);
  return new Promise((done) => (sheet.onload = sheet.onerror = done));
}

// The sheets for sharing and the like, which a visit may never want.
const sheets = () => /** @type {Promise<typeof import("./share/share.js")>} */ (import(address(share)));

Object.assign(globalThis, {
  PlaygroundEditor: ComingEditor,
  playgroundRest: join,
  playgroundSheet: async (/** @type {Element} */ host, /** @type {string} */ kind, /** @type {import("./share/share.js").Ask} */ ask) => {
    try {
      (await sheets()).show(host, kind, ask);
    } catch (error) {
      console.error(error);
      host.textContent = "This part of the page could not be loaded. Reload the page.";
    }
  },
});

// An address whose fragment begins with a number holds a cluster.
const holdsLink = () => /^#\d/.test(location.hash);
addEventListener("hashchange", () => holdsLink() && location.reload());

/**
 * Offers a newer build. To reload is the user's word in each tab: the work is stored then.
 * @param {string} told @param {() => void} reload
 */
function offer(told, reload) {
  document.querySelector(".update")?.remove();
  const bar = document.createElement("div");
  bar.className = "update";
  bar.setAttribute("role", "status");
  bar.textContent = told;
  for (const [name, act] of /** @type {const} */ ([
    ["Reload to update", reload],
    ["Later", () => bar.remove()],
  ])) {
    const button = document.createElement("button");
    button.className = "button button--small";
    button.textContent = name;
    button.addEventListener("click", act);
    bar.append(button);
  }
  document.body.append(bar);
}

/** Lets the browser keep all files, for use without a network. A page inside of another one keeps nothing. */
async function stayAvailable() {
  if (!worker || !("serviceWorker" in navigator) || /^#\d+e/.test(location.hash)) return;
  let [isServed, wants] = [Boolean(navigator.serviceWorker.controller), false];
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (wants) location.reload();
    else if (isServed) offer("Another tab has updated this page. Reload to use the new version here.", () => location.reload());
    isServed = true;
  });
  const registration = await navigator.serviceWorker.register(address(worker)).catch(() => undefined);
  if (!registration) return;
  // The first one takes over by itself: there is none before it.
  const look = () => {
    const { waiting, active } = registration;
    if (waiting && active) offer("A newer version of this page is ready.", () => ((wants = true), waiting.postMessage("take over")));
  };
  look();
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => installing.state === "installed" && navigator.serviceWorker.controller && look());
  });
}

/** Whether anything is stored here: work, say, which may need all of the program. */
function holdsWork() {
  try {
    return localStorage.length > 0;
  } catch {
    return false;
  }
}

try {
  const link = holdsLink() ? sheets().then(({ unpack }) => unpack(location.hash)) : undefined;
  // What a link holds may need all of the program, and who has been here before has all of it.
  const wantsWhole = link || navigator.serviceWorker?.controller || holdsWork();
  if (wantsWhole) total += Number(restBytes);
  const whole = wantsWhole ? Promise.all([fetchRest(), dress()]) : undefined;
  const [{ default: init }, module] = await Promise.all([import(address(js)), part(wasm), whole]);
  Object.assign(globalThis, { playgroundLink: await link });
  if (whole && (restThere || restModule)) document.documentElement.dataset.whole = "";
  const first = await init({ module_or_path: module });
  document.documentElement.dataset.started = "";
  performance.mark("started");
  await (whole ?? Promise.all([fetchRest(), dress()]));
  if (restModule) join(first);
  else if (restThere) tellWhole();
  performance.mark("whole");
  void stayAvailable();
} catch (error) {
  failed(error);
}
