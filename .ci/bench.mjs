// Runs the benches in headless Chromium, built as the page is; prints what they print.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { launch } from "../tests/e2e/browser.mjs";
import { serve } from "../tests/e2e/server.mjs";
import { FAST } from "./wasm.mjs";

const folder = "target/bench";
const run = (command, ...args) => execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });

const built = run("cargo", "build", "--release", "--target", "wasm32-unknown-unknown", "--bench", "speed", "--message-format=json-render-diagnostics");
const artifacts = built.split("\n").filter(Boolean).map((line) => JSON.parse(line));
const wasm = artifacts.flatMap(({ filenames = [] }) => filenames).find((name) => /speed.*\.wasm$/.test(name));
mkdirSync(folder, { recursive: true });
run("wasm-bindgen", "--target", "web", "--no-typescript", "--out-dir", folder, "--out-name", "speed", wasm);
run("wasm-opt", ...FAST, `${folder}/speed_bg.wasm`, "-o", `${folder}/speed_bg.wasm`);
writeFileSync(`${folder}/index.html`, `<!doctype html><html lang="en"><head><title>Benches</title><link rel="icon" href="data:,"><script type="module" src="start.js"></script></head></html>`);
writeFileSync(`${folder}/start.js`, `import init from "./speed.js"; await init(); console.log("done");`);

// Isolated from other origins, a page may measure time to 5 µs instead of 100.
const more = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const server = await serve({ dist: folder, more });
const browser = await launch();
try {
  const page = await browser.newPage();
  await new Promise((/** @type {(value?: void) => void} */ done, fail) => {
    page.on("console", (message) => {
      const text = message.text();
      if (message.type() === "error") fail(new Error(text));
      else if (text === "done") done();
      else console.log(text);
    });
    page.on("pageerror", fail);
    page.goto(server.url).catch(fail);
  });
} finally {
  await browser.close();
  await server.close();
}
