// `make later`: writes .ci/later.txt, the functions that a first visit does not run, by opening a page that was built to
// tell of each function that runs (PLAYGROUND_TELLS in split.mjs) and doing there what people do before anything else:
// look, step forwards and back, play.
//   DIST=folder node .ci/later.mjs names.json
import { readFileSync, writeFileSync } from "node:fs";
import { launch } from "../tests/e2e/browser.mjs";
import { App } from "../tests/e2e/fixtures.mjs";
import { serve } from "../tests/e2e/server.mjs";
import { mark } from "./split.mjs";

/** @type {string[]} */
const names = JSON.parse(readFileSync(process.argv[2], "utf8"));
/** @type {Set<number>} */
const ran = new Set();
const [server, browser] = [await serve(), await launch()];
try {
  for (const [width, height, colorScheme] of /** @type {const} */ ([[1440, 900, "light"], [1280, 720, "dark"], [390, 844, "light"]])) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme });
    const page = await context.newPage();
    // Without the styles of all panels the page never is whole.
    await page.route("**/panels-*.css", () => {});
    await page.goto(server.url);
    const app = new App(page);
    await app.started("started");
    // The page keeps the work when it is left, be it at once.
    const leave = () => page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    await leave();
    await page.waitForTimeout(2500);
    // Slowly, and as fast as a held key: steps that come before the last one is drawn.
    for (const pause of [300, 0, 0])
      for (const key of ["ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowRight", "Home", "ArrowRight", "End", "Home", "Space"]) {
        await page.keyboard.press(key);
        if (pause > 0) await page.waitForTimeout(pause);
      }
    // To the end, and on from there.
    await page.waitForFunction(() => /^(\d+) \/ \1$/.test(document.querySelector(".clock b")?.textContent ?? ""), undefined, { timeout: 60_000 });
    await page.keyboard.press("ArrowRight");
    await page.waitForTimeout(1000);
    await leave();
    for (const index of await page.evaluate(() => [...globalThis.ran])) ran.add(index);
    console.log(`${width}×${height}: ${ran.size} of ${names.length} functions ran until now`);
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
// What belongs to the frame alone is always in the first part: which of it runs depends on how fast the keys come.
const isOfFrame = (/** @type {string} */ name) => /\d(yew|gloo|gloo_[a-z]+|wasm_bindgen|js_sys|web_sys)/.test(name) && !name.includes("10playground");
// So does what the frame asks of the properties of a component that is there.
const component = (/** @type {string} */ name) => /^.*12PropsWrapper.*9Mountable/.exec(name)?.[0];
const run = [...ran].map((index) => names[index]);
const there = new Set(run.map(component).filter(Boolean));
const first = new Set([...run, ...names.filter((name) => isOfFrame(name) || there.has(component(name)))].map(mark));
const later = [...new Set(names.map(mark))].filter((it) => !first.has(it)).sort();
const lines = later.join("").match(/.{1,120}/g) ?? [];
const head = "# The functions that a first visit does not run, four letters each: see split.mjs. `make later` writes it.";
writeFileSync(new URL("later.txt", import.meta.url), `${[head, ...lines].join("\n")}\n`);
