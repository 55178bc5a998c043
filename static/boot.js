// Fetches and starts the app, and shows how far it has come. trunk's build writes the names into <meta name="app">.
const meta = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="app"]'));
const { js = "", wasm = "", bytes, share = "", worker } = meta.dataset;
const address = (/** @type {string} */ path) => new URL(path, document.baseURI).href;
const text = /** @type {HTMLElement} */ (document.getElementById("loading-text"));
const bar = /** @type {HTMLProgressElement} */ (document.getElementById("loading-bar"));
const megabytes = (/** @type {number} */ n) => (n / 1e6).toFixed(1);

/**
 * The response, with its bytes counted on the way through.
 * @param {Response} response
 * @param {number} total
 */
function counted(response, total) {
  let seen = 0;
  const counter = new TransformStream({
    transform(chunk, out) {
      seen += chunk.byteLength;
      bar.value = Math.min(1, seen / total);
      text.textContent = `Starting the simulator, ${megabytes(seen)} of ${megabytes(total)} MB`;
      out.enqueue(chunk);
    },
  });
  return new Response(response.body?.pipeThrough(counter), { headers: { "Content-Type": "application/wasm" } });
}

/**
 * Says in plain words that the program did not start.
 * @param {unknown} error
 */
function failed(error) {
  console.error(error);
  const box = document.querySelector(".loading-box");
  if (!box) return; // The app is up; its own report of a panic says more.
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

// The sheets for sharing and the like, which a visit may never want.
const sheets = () => /** @type {Promise<typeof import("./share/share.js")>} */ (import(address(share)));

Object.assign(globalThis, {
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
    ["Reload with it", reload],
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
    else if (isServed) offer("Another tab took a newer version of this page.", () => location.reload());
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

try {
  const link = holdsLink() ? sheets().then(({ unpack }) => unpack(location.hash)) : undefined;
  const [{ default: init }, response] = await Promise.all([import(address(js)), fetch(address(wasm))]);
  Object.assign(globalThis, { playgroundLink: await link });
  if (!response.ok) throw new Error(`${wasm}: ${response.status} ${response.statusText}`);
  await init({ module_or_path: counted(response, Number(bytes)) });
  document.documentElement.dataset.started = "";
  performance.mark("started");
  void stayAvailable();
} catch (error) {
  failed(error);
}
