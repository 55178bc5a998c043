// The page as a host serves it: where it can live, what it may do, what shows before the app is there.
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { App, assert, PHONE, scene } from "./fixtures.mjs";
import { DIST, indexHtml, POLICY } from "./server.mjs";

scene("the app starts from a sub-path of the host", {}, async ({ page, url, shot }) => {
  assert.match(url, /\/some\/folder\/$/);
  assert.notEqual(await page.locator("#app > *").count(), 0);
  assert.equal(await page.locator(".loading").count(), 0);
  assert.equal(await page.locator("symbol#i-check").count(), 1, "the icons survive the mount");
  await shot("start");
});

scene("the icon and the web manifest are there", {}, async ({ page }) => {
  for (const rel of ["icon", "manifest"]) {
    const status = await page.evaluate(async (r) => (await fetch(document.querySelector(`link[rel=${r}]`).href)).status, rel);
    assert.equal(status, 200, rel);
  }
});

scene("eval is refused", { expect: [/policy: script-src refused eval/] }, async ({ page }) => {
  // page.evaluate itself is above the policy; a timer's callback is the page's own.
  const outcome = await page.evaluate(
    () => new Promise((done) => setTimeout(() => { try { (0, eval)("1"); done("ran"); } catch (error) { done(error.name); } })),
  );
  assert.equal(outcome, "EvalError");
});

scene("an inline style is refused", { expect: [/policy: style-src-attr refused inline/, /console: error/] }, async ({ page }) => {
  await page.evaluate(() => document.body.setAttribute("style", "--tried: 1"));
  await page.waitForTimeout(50);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).getPropertyValue("--tried")), "");
});

scene("an inline script is refused", { expect: [/policy: script-src-elem refused inline/, /console: error/] }, async ({ page }) => {
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.__ran = true";
    document.head.append(script);
    return Boolean(window.__ran);
  });
  assert.equal(ran, false);
});

scene("another origin is out of reach", { expect: [/policy: connect-src refused/, /console: error/] }, async ({ page }) => {
  const outcome = await page.evaluate(() => fetch("https://example.invalid/").then(() => "reached", () => "refused"));
  assert.equal(outcome, "refused");
});

test("the policy is in the page itself, word for word, before anything it governs", () => {
  const html = indexHtml();
  const meta = html.match(/<meta http-equiv="Content-Security-Policy" content="([^"]*)"/);
  assert.equal(meta?.[1], POLICY);
  assert.ok(html.search(/<(link|script|style)\b/) > meta.index);
});

test("the built page has neither inline script nor style nor an address of another host", () => {
  const html = indexHtml();
  assert.deepEqual(html.match(/<script(?![^>]*\bsrc=)[^>]*>/g), null);
  assert.deepEqual(html.match(/<style|\sstyle="/g), null);
  assert.deepEqual(html.match(/(?:src|href)="(?:https?:)?\/[^"]*"/g), null, "addresses are relative");
});

test("every file that changes with the app carries a hash in its name", () => {
  const plain = readdirSync(DIST).filter((name) => !/-[0-9a-f]{14,}(_bg)?\.\w+$/.test(name));
  // These are asked for anew with each visit that wants them; the worker knows what is in them.
  assert.deepEqual(plain.sort(), ["conformance.html", "help", "icons", "index.html", "lessons", "manifest.webmanifest", "worker.js"]);
});

for (const [theme, stored] of [["dark", null], ["light", "dark"], ["dark", "light"]]) {
  /** @type {import("./fixtures.mjs").SceneOptions} */
  const options = { theme: theme === "dark" ? "dark" : "light", storage: stored ? { "playground.theme": stored } : undefined, path: "index.html", wait: false };
  scene(`the theme is ${stored ?? theme} when the system prefers ${theme} and ${stored ?? "nothing"} is stored`, options, async ({ page }) => {
    assert.equal(await page.locator("html").getAttribute("data-theme"), stored ?? theme);
  });
}

scene("while the program loads the page says so, with a bar that fills", { path: "editor-alone.html", viewport: PHONE }, async ({ page, url, shot, a11y }) => {
  let release;
  const held = new Promise((done) => (release = done));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(url, { waitUntil: "commit" });
  await page.getByText("Starting the simulator").waitFor();
  await shot("loading");
  await a11y();
  release();
  await page.waitForFunction(() => performance.getEntriesByName("whole").length > 0);
});

scene(
  "when the program cannot be loaded the page says so in plain words",
  { path: "editor-alone.html", expect: [/console: error/, /failed request/] },
  async ({ page, url }) => {
    await page.route("**/*.wasm", (route) => route.abort("failed"));
    await page.goto(url);
    await page.getByRole("alert").getByText("The simulator did not start.").waitFor();
  },
);

/** Whether the page had to stand still until the rest of the program was there. @param {import("playwright-core").Page} page */
const waited = (page) => page.evaluate(() => performance.getEntriesByName("waited for the rest").length > 0);

scene("a first visit is drawn, stepped and played before the rest of the program is there", { path: "editor-alone.html" }, async ({ page, url, shot }) => {
  /** @param {string[]} parts */
  const hold = async (...parts) => {
    let release;
    const held = new Promise((done) => (release = done));
    for (const part of parts)
      await page.route(part, async (route) => {
        // Who needs the rest stands still until it is there: not held, it is seen below.
        if (route.request().resourceType() !== "xhr") await held;
        await route.continue();
      });
    return release;
  };
  const release = await hold("**/rest-*.wasm", "**/editor-*.js");
  const dress = await hold("**/panels-*.css");
  await page.goto(url);
  const app = new App(page);
  await page.locator(".editor-coming").getByText("kind: DaemonSet").waitFor();
  await shot("first part");
  const [last] = await app.position();
  const at = (/** @type {number} */ step) =>
    page.waitForFunction((wanted) => document.querySelector(".clock b")?.firstChild?.textContent === wanted, String(step));
  // Keys of which the second comes before the first is drawn.
  await page.evaluate(() => {
    for (const key of ["ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowLeft"]) {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }
  });
  await at(last - 2);
  await page.keyboard.press("Space");
  await at(last);
  assert.equal(await waited(page), false, "of what was done here nothing needs the rest: `make later`");
  const plain = await page.screenshot();
  dress();
  await page.waitForFunction(() => document.styleSheets.length === 3);
  assert.ok(plain.equals(await page.screenshot()), "the first picture needs no styles of panels.css");
  release();
  await page.waitForFunction(() => performance.getEntriesByName("whole").length > 0);
  await page.getByRole("textbox", { name: "manifest.yaml" }).waitFor();
  assert.equal(await waited(page), false);
});

scene("what needs the rest of the program fetches it where it did not come by itself", { path: "editor-alone.html", expect: [/console: error/, /failed request/] }, async ({ page, url }) => {
  let refuse = true;
  await page.route("**/rest-*.wasm", (route) => (refuse ? route.abort("failed") : route.continue()));
  await page.goto(url);
  await new App(page).started("started");
  await page.waitForFunction(() => performance.getEntriesByName("whole").length > 0);
  refuse = false;
  await page.keyboard.press("`");
  await page.getByRole("textbox", { name: "Command" }).fill("kubectl get ds -A");
  await page.keyboard.press("Enter");
  await page.getByText(/DESIRED/).first().waitFor();
  assert.equal(await waited(page), true);
});

test("without JavaScript the page says what it needs", () => {
  assert.match(indexHtml(), /<noscript>.*needs JavaScript and WebAssembly.*<\/noscript>/s);
});
