// Fetches and starts the app, and shows how far it has come. trunk's build writes the names into <meta name="app">.
const meta = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="app"]'));
const { js = "", wasm = "", bytes } = meta.dataset;
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

try {
  const [{ default: init }, response] = await Promise.all([import(address(js)), fetch(address(wasm))]);
  if (!response.ok) throw new Error(`${wasm}: ${response.status} ${response.statusText}`);
  await init({ module_or_path: counted(response, Number(bytes)) });
  document.documentElement.dataset.started = "";
  performance.mark("started");
} catch (error) {
  failed(error);
}
