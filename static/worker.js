// The page without a network: keeps every file of the site in the browser, in the version of one build, and answers
// with that. A newer build is fetched beside it, and takes over when the user says so or no tab is open any more.
// .ci/stamp.mjs writes the version and the files.

/** @type {any} */
const worker = self;
const VERSION = "";
/** @type {string[]} */
const FILES = [];

const scope = new URL(worker.registration.scope);
// One host may have the page in several folders.
const OWN = `playground ${scope.pathname} `;
const NAME = OWN + VERSION;
const addressOf = (/** @type {string} */ path) => new URL(path === "index.html" ? "./" : path, scope).href;

/** @param {Cache} cache @param {string} path */
async function keep(cache, path) {
  const address = addressOf(path);
  // A name with a hash in it never stands for anything else: what an older build has kept is the same.
  const known = /-[0-9a-f]{14,}/.test(path) ? await caches.match(address) : undefined;
  const response = known ?? (await fetch(address, { cache: "no-cache" }));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  // A browser takes no redirected answer for a page.
  const { status, statusText, headers } = response;
  await cache.put(address, response.redirected ? new Response(await response.blob(), { status, statusText, headers }) : response);
}

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      for (const path of FILES) await keep(cache, path);
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
  if (!FILES.includes(path)) return;
  event.respondWith(
    (async () => (await (await caches.open(NAME)).match(addressOf(path))) ?? fetch(event.request))(),
  );
});
