// The page without a network: keeps every file of the site in the browser, in the version of one build, and answers
// with that. A newer build is fetched beside it, and takes over when the user says so or no tab is open any more.
// .ci/stamp.mjs writes the version and the files.

/** @type {any} */
const worker = self;
const VERSION = "";
/** @type {Record<string, string>} what is in each file, as the beginning of its SHA-256 */
const FILES = {};

const scope = new URL(worker.registration.scope);
// One host may have the page in several folders.
const OWN = `playground ${scope.pathname} `;
const NAME = OWN + VERSION;
const addressOf = (/** @type {string} */ path) => new URL(path === "index.html" ? "./" : path, scope).href;

/** Keeps a file if it is this build's: while a site is being changed, it may have some of an older or a newer one.
 * @param {Cache} cache @param {string} path */
async function keep(cache, path) {
  const address = addressOf(path);
  // A name with a hash in it never stands for anything else: what an older build has kept is the same.
  const known = /-[0-9a-f]{14,}/.test(path) ? await caches.match(address) : undefined;
  const response = known ?? (await fetch(address, { cache: "no-cache" }));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", await response.clone().arrayBuffer()));
  const is = Array.from(sum.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (is !== FILES[path]) throw new Error(`${path} is of another build`);
  // A browser takes no redirected answer for a page.
  const { status, statusText, headers } = response;
  await cache.put(address, response.redirected ? new Response(await response.blob(), { status, statusText, headers }) : response);
}

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      for (const path in FILES) await keep(cache, path);
    })(),
  );
});

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith(OWN) && name !== NAME) await caches.delete(name);
      await worker.clients.claim();
    })(),
  );
});

worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data === "take over") worker.skipWaiting();
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== scope.origin || !pathname.startsWith(scope.pathname)) return;
  const path = decodeURIComponent(pathname.slice(scope.pathname.length)) || "index.html";
  if (!Object.hasOwn(FILES, path)) return;
  event.respondWith(
    (async () => (await (await caches.open(NAME)).match(addressOf(path))) ?? fetch(event.request))(),
  );
});
