// How long the page takes, in headless Chromium: from the address to a page that can be stepped, and from a key to the
// painted result of one step, of a run, of scrubbing over it and of a trial in the taints explorer, at several sizes. One line a figure: `name value unit`.
//   [DIST=folder] node tests/e2e/speed.mjs [8 100 1000 5000]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "./browser.mjs";
import { dump } from "./dump.mjs";
import { serve } from "./server.mjs";

const STEPS = 60;
const manifest = readFileSync(new URL("../../src/examples/log_collector/manifest.yaml", import.meta.url), "utf8");
const sizes = process.argv.slice(2).map(Number);
const server = await serve();
const browser = await launch();

/** @param {number[]} values @param {number} part */
const quantile = (values, part) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];

/** @param {number} count */
function nodes(count) {
  const node = (/** @type {number} */ index) =>
    `- metadata: {name: node-${index}, labels: {topology.kubernetes.io/zone: zone-${"abc"[index % 3]}, pool: ${index % 7 ? "general" : "gpu"}}}\n  status: {allocatable: {cpu: "4", memory: 8Gi, pods: "110"}}\n`;
  return `apiVersion: v1\nkind: NodeList\nitems:\n${Array.from({ length: count }, (_, index) => node(index)).join("")}`;
}

/** Watches how long the page does not answer; gives the longest time since it was asked last. @param {import("playwright-core").Page} page */
async function observed(page) {
  await page.evaluate(() => {
    const tasks = (/** @type {any} */ (window).tasks = []);
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  });
  return () => page.evaluate(() => Math.max(0, .../** @type {any} */ (window).tasks.splice(0)));
}

try {
  const loads = [];
  for (let times = 0; times < 7; times++) {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => document.querySelector(".node"));
    loads.push(await page.evaluate(() => performance.now()));
    await page.close();
  }
  console.log(`page/interactive ${quantile(loads, 0.5).toFixed(0)} ms`);
  // From a link to the step that it shows.
  const sharing = await browser.newPage();
  await sharing.goto(server.url);
  await sharing.waitForFunction(() => document.querySelector(".node"));
  await sharing.getByRole("button", { name: "Share", exact: true }).click();
  await sharing.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector(".sheet-field input"))?.value.includes("#2"));
  const link = await sharing.locator(".sheet-field input").inputValue();
  const step = await sharing.locator(".clock b").textContent();
  await sharing.close();
  const links = [];
  for (let times = 0; times < 7; times++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(link);
    await page.waitForFunction((step) => document.querySelector(".clock b")?.textContent === step, step);
    links.push(await page.evaluate(() => performance.now()));
    await context.close();
  }
  console.log(`page/link ${quantile(links, 0.5).toFixed(0)} ms`);
  // A real cluster that is brought in: how long, and the longest time in which the page did not answer.
  for (const size of [1000, 5000]) {
    const folder = mkdtempSync(join(tmpdir(), "dump-"));
    const file = join(folder, "cluster.json");
    writeFileSync(file, dump(size));
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(180_000);
    await page.goto(`${server.url}#examples`);
    await page.getByRole("button", { name: "Import a cluster" }).click();
    const longest = await observed(page);
    const begin = Date.now();
    await page.getByLabel("Choose a file").setInputFiles(file);
    await page.getByRole("button", { name: /^Open [\d,]+ nodes$/ }).waitFor();
    console.log(`page/import-${size}/read ${Date.now() - begin} ms`);
    console.log(`page/import-${size}/read/longest ${(await longest()).toFixed(0)} ms`);
    const opens = Date.now();
    await page.getByRole("button", { name: /^Open [\d,]+ nodes$/ }).click();
    await page.locator(".crumb", { hasText: "Your cluster" }).waitFor();
    console.log(`page/import-${size}/open ${Date.now() - opens} ms`);
    await page.waitForTimeout(2000);
    console.log(`page/import-${size}/open/longest ${(await longest()).toFixed(0)} ms`);
    await page.close();
    rmSync(folder, { recursive: true });
  }
  for (const size of sizes.length ? sizes : [8, 100, 1000, 5000]) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
    const texts = { form: 2, example: "", touched: true, manifest, nodes: nodes(size), tab: "bench", count: 1 };
    const act = { after: 0, line: "kubectl apply -f manifest.yaml", files: { "manifest.yaml": 0 }, applied: { "manifest.yaml": 0 }, followed: {} };
    const run = { form: 2, engine: "", count: 1, texts: [texts.manifest, texts.nodes], start: 1, acts: [act], marks: [], recorded: 1, shown: 1 };
    await context.addInitScript(([texts, run]) => {
      localStorage["playground.texts.2"] = texts;
      localStorage["playground.run.2"] = run;
      localStorage["playground.welcomed"] = "1";
    }, [JSON.stringify(texts), JSON.stringify(run)]);
    const page = await context.newPage();
    const begin = Date.now();
    await page.goto(server.url);
    await page.waitForFunction(() => document.querySelector(".node, .cell"));
    console.log(`page/open-${size} ${Date.now() - begin} ms`);
    // Some steps first: what happens once is no step's cost.
    for (let times = 0; times < 10; times++) await page.keyboard.press("ArrowRight");
    const { times, works } = await page.evaluate(async (steps) => {
      const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      const press = () => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
      const times = [];
      for (let step = 0; step < steps; step++) {
        await painted();
        const begin = performance.now();
        press();
        await painted();
        times.push(performance.now() - begin);
      }
      // The same without the wait for the next picture, which is up to 17 ms: the key comes as one is about to be made.
      const works = [];
      for (let step = 0; step < steps; step++) {
        await painted();
        works.push(await new Promise((done) => requestAnimationFrame(() => {
          const begin = performance.now();
          press();
          setTimeout(() => done(performance.now() - begin));
        })));
      }
      return { times, works };
    }, STEPS);
    for (const [name, values] of Object.entries({ step: times, work: works })) {
      console.log(`page/${name}-${size}/p50 ${quantile(values, 0.5).toFixed(1)} ms`);
      console.log(`page/${name}-${size}/p95 ${quantile(values, 0.95).toFixed(1)} ms`);
    }
    // A whole run: how long, and the longest time in which the page did not answer.
    page.setDefaultTimeout(300_000);
    const longest = await observed(page);
    const runs = Date.now();
    await page.keyboard.press("r");
    await page.waitForFunction(() => {
      const [shown, all] = (document.querySelector(".clock b")?.textContent ?? "").split(" / ");
      return shown === all && !document.querySelector('[aria-label="Stop"]');
    });
    const recorded = (await page.locator(".clock b").textContent())?.split("/")[1].trim();
    console.log(`page/run-${size} ${Date.now() - runs} ms for ${recorded} steps`);
    console.log(`page/run-${size}/longest ${(await longest()).toFixed(0)} ms`);
    // The pointer is drawn over all of its steps.
    const scrubs = await page.evaluate(async () => {
      const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      const lanes = /** @type {Element} */ (document.querySelector(".lanes [role=slider]"));
      const { x, y, width, height } = lanes.getBoundingClientRect();
      const at = (/** @type {string} */ kind, /** @type {number} */ share) =>
        lanes.dispatchEvent(new PointerEvent(kind, { bubbles: true, pointerId: 1, buttons: 1, clientX: x + width * share, clientY: y + height / 2 }));
      at("pointerdown", 1);
      const times = [];
      for (let step = 0; step < 60; step++) {
        const begin = performance.now();
        at("pointermove", Math.abs(Math.sin(step)));
        await painted();
        times.push(performance.now() - begin);
      }
      at("pointerup", 0.5);
      return times;
    });
    console.log(`page/scrub-${size}/p50 ${quantile(scrubs, 0.5).toFixed(1)} ms`);
    console.log(`page/scrub-${size}/p95 ${quantile(scrubs, 0.95).toFixed(1)} ms`);
    // A taint is switched off and on again.
    await page.keyboard.press("End");
    await page.keyboard.press("t");
    await page.locator("button.switch:not(.switch--locked)").locator("visible=true").first().waitFor();
    const trials = await page.evaluate(async () => {
      const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      const times = [];
      for (let trial = 0; trial < 12; trial++) {
        await painted();
        const begin = performance.now();
        const switches = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("button.switch:not(.switch--locked)"))];
        switches.find((one) => one.offsetParent !== null)?.click();
        await painted();
        times.push(performance.now() - begin);
      }
      return times;
    });
    console.log(`page/trial-${size}/p50 ${quantile(trials, 0.5).toFixed(1)} ms`);
    console.log(`page/trial-${size}/p95 ${quantile(trials, 0.95).toFixed(1)} ms`);
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
