// A static host as plain as they come: MIME types, a sub-path, the page's policy as a header, nosniff.
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const DIST = resolve(process.env.DIST ?? fileURLToPath(new URL("../../dist", import.meta.url)));

/** The policy the page is built for, word for word; the tests compare index.html's with it. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".png": "image/png",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** The hashed file in dist/ whose name starts and ends like this. */
export function built(start, end) {
  const found = readdirSync(DIST).filter((name) => name.startsWith(start) && name.endsWith(end));
  if (found.length !== 1) throw new Error(`dist/ should have one ${start}*${end}, has: ${found.join(", ") || "none"}`);
  return found[0];
}

/** Pages that only the tests need: a bare one with the editor, to try it without the app. */
function extra(path) {
  if (path !== "editor-alone.html") return null;
  return `<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Editor</title>
    <link rel="icon" href="data:,"><link rel="stylesheet" href="${built("page-", ".css")}"><script type="module" src="${built("editor-", ".js")}"></script></head>
    <body><main><h1>Editor</h1><section class="panel--edit"><div id="host" class="editor-host"></div></section></main></body></html>`;
}

/**
 * Serves dist/ under `prefix`, on a port of the system's choice.
 * @returns {Promise<{url: string, close: () => Promise<void>}>} `url` ends with a slash
 */
export async function serve({ prefix = "/some/folder/", dist = DIST, more = {} } = {}) {
  if (!existsSync(join(dist, "index.html"))) throw new Error(`${dist} has no index.html: run make build first`);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://host").pathname);
    const headers = { "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", ...more };
    const missing = () => response.writeHead(404, { ...headers, "Content-Type": "text/plain" }).end("not found");
    if (!path.startsWith(prefix)) return missing();
    const inside = normalize(path.slice(prefix.length) || "index.html");
    const made = extra(inside);
    if (made) return response.writeHead(200, { ...headers, "Content-Type": TYPES[".html"] }).end(made);
    const file = join(dist, inside);
    if (inside.startsWith("..") || !existsSync(file) || !statSync(file).isFile()) return missing();
    response.writeHead(200, {
      ...headers,
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Length": String(statSync(file).size),
    });
    return createReadStream(file).pipe(response);
  });
  await new Promise((/** @type {(value?: void) => void} */ done) => server.listen(0, "127.0.0.1", done));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** index.html as built. */
export const indexHtml = () => readFileSync(join(DIST, "index.html"), "utf8");
