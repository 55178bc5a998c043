// What every browser test stands on.
//
//   import { assert, DARK, PHONE, scene } from "./fixtures.mjs";
//   scene("a tainted node loses its pod", { viewport: PHONE, theme: "dark" }, async ({ page, app, shot, a11y }) => {
//     await app.press("r");
//     assert.equal(await app.count("READY"), "6");
//     await shot("tainted");      // tainted.png in the folder that SHOTS names; nothing without it
//     await a11y();               // axe, WCAG 2.2 AA
//   });
//
// A scene fails, whatever it asserts, when the page logs a warning or an error, throws, breaks the content security
// policy, asks for anything that is not there, or sends a request to another origin. A scene that provokes one of
// these on purpose says so: `expect: [/Refused to evaluate/]`.
import axe from "axe-core";
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { launch } from "./browser.mjs";
import { serve } from "./server.mjs";

export { assert };

export const DESKTOP = { width: 1440, height: 900 };
export const TABLET = { width: 1000, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** How long to wait for anything, in ms: the machine may be busy, with other scenes for one. */
export const PATIENCE = 30_000;
/** How long a scene may take, in ms. */
export const SCENE = 240_000;

// One browser and one server a test file, started by its first scene.
let started;
async function shared() {
  started ??= Promise.all([launch(), serve()]);
  const [browser, server] = await started;
  return { browser, server };
}
after(async () => {
  if (!started) return;
  const [browser, server] = await started;
  await browser.close();
  await server.close();
});

/** Watches a context; returns the growing list of what went wrong. */
async function watch(context, origin) {
  const problems = [];
  const note = (kind, text) => problems.push(`${kind}: ${text}`);
  await context.exposeBinding("__violation", (_source, text) => note("policy", text));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.__violation(`${event.effectiveDirective} refused ${event.blockedURI} ${event.sample}`);
    });
  });
  context.on("console", (message) => {
    // This one is the browser driver's own.
    if (message.text() === "Service Worker registration blocked by Playwright") return;
    if (["warning", "error"].includes(message.type())) note("console", `${message.type()}: ${message.text()}`);
  });
  context.on("weberror", (error) => note("thrown", error.error().stack ?? String(error.error())));
  context.on("request", (request) => {
    const { protocol, origin: to } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && to !== origin) note("foreign request", request.url());
  });
  context.on("response", (response) => {
    if (response.status() >= 400) note("response", `${response.status()} ${response.url()}`);
  });
  context.on("requestfailed", (request) => {
    if (request.failure()?.errorText !== "net::ERR_ABORTED") note("failed request", `${request.url()} ${request.failure()?.errorText}`);
  });
  return problems;
}

/**
 * @typedef {object} SceneOptions
 * @property {{width: number, height: number}} [viewport] DESKTOP if not given
 * @property {"light"|"dark"} [theme] as the system prefers it
 * @property {Record<string, string>} [storage] localStorage before the page loads
 * @property {string} [path] page below the site's root, "" for the app
 * @property {string} [hash] with its "#"
 * @property {string|null} [example] what is open when the scene begins; the log collector if not given, null for the
 *   first visit as it is
 * @property {boolean} [touch] a touch screen
 * @property {boolean} [reducedMotion] true if not given: no waiting for movement
 * @property {RegExp[]} [expect] troubles this scene provokes on purpose; each must occur
 * @property {boolean} [worker] the page may keep its files for use without a network; the others ask the server each time
 * @property {boolean} [wait] false: do not wait until the app has started
 */

/**
 * Opens a page. Prefer `scene`, which also closes it and checks for troubles.
 * @param {SceneOptions} options
 */
export async function open(options = {}) {
  const { viewport = DESKTOP, theme = "light", storage, path = "", hash = "", example = "Log collector", touch = false, reducedMotion = true, worker = false, wait = true } = options;
  const { browser, server } = await shared();
  const context = await browser.newContext({
    viewport,
    colorScheme: theme,
    hasTouch: touch,
    reducedMotion: reducedMotion ? "reduce" : "no-preference",
    acceptDownloads: true,
    serviceWorkers: worker ? "allow" : "block",
  });
  context.setDefaultTimeout(PATIENCE);
  const problems = await watch(context, new URL(server.url).origin);
  if (storage) {
    // Only before the first load: a reload must find what the page itself stored.
    await context.addInitScript((entries) => {
      if (location.protocol === "about:" || sessionStorage.getItem("seeded")) return;
      sessionStorage.setItem("seeded", "yes");
      for (const [key, value] of Object.entries(entries)) localStorage.setItem(key, value);
    }, storage);
  }
  context.on("page", patientPage);
  const page = await context.newPage();
  await page.goto(`${server.url}${path}${hash}`);
  const app = new App(page);
  if (wait && path === "") {
    await app.started();
    if (example) await app.open(example);
  }
  return { page, app, context, problems, url: server.url, shot: (name) => shot(page, name), a11y: (scope) => a11y(page, scope) };
}

/** What moves has come to rest, and is painted. @param {import("playwright-core").Page} page */
export async function settled(page) {
  await page.evaluate(async () => {
    const ends = document.getAnimations().filter((one) => one.playState === "running" && one.effect?.getTiming().iterations !== Infinity);
    await Promise.all(ends.map((one) => one.finished.catch(() => {})));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
}

/** What a key or a click changed is drawn: nothing changes any more, or things change all the time. Where drawing takes
 * longer than a picture, Yew lets the browser go first in between, and a scene would read what was there before.
 * @param {import("playwright-core").Page} page */
async function drawn(page) {
  await page
    .evaluate(async () => {
      let changed = false;
      const observer = new MutationObserver(() => (changed = true));
      observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      for (let turn = 0, quiet = 0; quiet < 3 && turn < 30; turn += 1) {
        changed = false;
        await new Promise((done) => setTimeout(done));
        quiet = changed ? 0 : quiet + 1;
      }
      observer.disconnect();
    })
    .catch(() => {}); // It went elsewhere.
}

/** Lets each of these end when the page is drawn. @param {any} object @param {string[]} names @param {(self: any) => any} pageOf */
function patient(object, names, pageOf) {
  for (const name of names) {
    const act = object[name];
    object[name] = async function (...given) {
      const result = await act.apply(this, given);
      await drawn(pageOf(this));
      return result;
    };
  }
}

let locators = false;
/** What a scene does by keys, by the mouse or on what a locator finds ends when it is drawn. @param {import("playwright-core").Page} page */
function patientPage(page) {
  patient(page.keyboard, ["press", "type", "insertText"], () => page);
  patient(page.mouse, ["click", "up"], () => page);
  if (locators) return;
  locators = true;
  patient(Object.getPrototypeOf(page.locator("body")), ["click", "check", "fill", "hover", "press", "selectOption", "tap", "uncheck"], (locator) => locator.page());
}

/**
 * Drops a file onto the place where one begins.
 * @param {import("playwright-core").Page} page @param {string} text @param {string} name
 */
export async function drop(page, text, name) {
  const dataTransfer = await page.evaluateHandle(
    ([text, name]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name));
      return data;
    },
    [text, name],
  );
  await page.dispatchEvent(".start", "drop", { dataTransfer });
}

/** Opens the terminal by its key, and waits until it takes what is typed. @param {import("playwright-core").Page} page */
export async function openTerminal(page) {
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  await page.keyboard.press("`");
  await page.waitForFunction(() => document.activeElement?.matches(".term-field textarea"));
}

/** Whether all of something is in sight in a panel that scrolls. @param {import("playwright-core").Page} page */
export const hasAll = (page, panel, thing) =>
  page.evaluate(([outside, inside]) => {
    const [outer, inner] = [outside, inside].map((one) => document.querySelector(one)?.getBoundingClientRect());
    if (!outer || !inner?.height) return false;
    return inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1 && inner.right <= outer.right + 1;
  }, [panel, thing]);

/**
 * A browser test.
 * @param {string} name a sentence
 * @param {SceneOptions} options
 * @param {(stage: Awaited<ReturnType<typeof open>>) => Promise<void>} body
 */
export function scene(name, options, body) {
  test(name, { timeout: SCENE }, async () => {
    const stage = await open(options);
    try {
      await body(stage);
      await settled(stage.page).catch(() => {}); // What the last action set off may still be on its way.
    } catch (error) {
      await shot(stage.page, `failed ${name}`).catch(() => {});
      if (stage.problems.length) error.message += `\nThe page also had troubles:\n${stage.problems.join("\n")}`;
      throw error;
    } finally {
      await stage.context.close();
    }
    const expected = options.expect ?? [];
    const unexpected = stage.problems.filter((text) => !expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(unexpected, [], "the page had troubles");
    for (const pattern of expected) {
      assert.ok(stage.problems.some((text) => pattern.test(text)), `${pattern} was to occur, but did not: ${stage.problems.join("\n")}`);
    }
  });
}

/** Saves a screenshot in the folder named by SHOTS; does nothing without it. */
export async function shot(page, name) {
  const folder = process.env.SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name.replace(/[^\w.-]+/g, "-")}.png`) });
}

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails on any accessibility violation that axe finds, of WCAG 2.2 A or AA or best practice. It runs in the page: its package
 * for Playwright opens another page each time and carries all that is right to and fro, which takes three times as long. */
export async function a11y(page, scope) {
  // YAML that waits to be drawn anew is dimmed until then.
  await page.waitForFunction(() => !document.querySelector('.yaml[aria-busy="true"]'));
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  const told = await page.evaluate(async ([scope, rules]) => {
    const { violations } = await window.axe.run(scope ?? document, { runOnly: rules, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(" ")}: ${node.failureSummary}`));
  }, [scope, RULES]);
  assert.deepEqual(told, [], "axe found violations");
}

/** A text of an example, by its folder. */
export function example(id, file = "manifest.yaml") {
  return readFileSync(new URL(`../../src/examples/${id}/${file}`, import.meta.url), "utf8");
}

/** The page as a user knows it. Selectors are the mock-up's class names. */
export class App {
  constructor(page) {
    this.page = page;
    this.editor = new Editor(page);
  }

  /**
   * Waits until the app has replaced the loading state, and what comes after its first picture is there: the editor, and
   * the rest of the program with its styles, unless it is enough that it has started.
   * @param {"started" | "whole"} [state]
   */
  async started(state = "whole") {
    await this.page.waitForFunction((state) => {
      const editors = [...document.querySelectorAll(".editor-host")];
      return document.documentElement.dataset[state] === "" && !document.querySelector(".loading") && editors.every((host) => host.shadowRoot);
    }, state);
  }

  /** Reloads and waits for the app. */
  async reload() {
    await this.page.reload();
    await this.started();
  }

  /** Presses keys outside of the editor. */
  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  button(name) {
    return this.page.getByRole("button", { name });
  }

  /** Opens an example of the gallery. */
  async open(title) {
    await this.page.locator(".crumb, .topbar .phone-only").locator("visible=true").click();
    await this.page.locator(".example", { has: this.page.getByText(title, { exact: true }) }).click();
    const open = this.page.locator("dialog[open]").getByRole("button", { name: "Open" });
    if (await open.isVisible()) await open.click();
    await this.page.locator(".crumb", { hasText: title }).waitFor({ state: "attached" });
    await this.page.locator(".start").waitFor({ state: "detached" });
  }

  /** Runs until nothing more happens. */
  async settle() {
    await this.button("Run until stable").click();
    await this.button("Run until stable").waitFor();
  }

  /** The shown step and the last one. */
  async position() {
    return (await this.page.locator(".clock b").innerText()).split(" / ").map(Number);
  }

  /** Steps on until the sentence of a step matches; fails when nothing more happens before that. */
  async stepUntil(pattern) {
    for (let last = -1; ; ) {
      if (pattern.test(await this.sentence())) return;
      const [shown] = await this.position();
      assert.notEqual(shown, last, `no step says ${pattern}`);
      last = shown;
      await this.page.getByRole("button", { name: "Step", exact: true }).click();
    }
  }


  /** A node's card. */
  node(name) {
    return this.page.locator(".node", { has: this.page.locator(".node-name", { hasText: new RegExp(`^${name}$`) }) });
  }

  /** A column of `kubectl get ds` in the stage's head, as text. */
  count(column) {
    return this.page.locator(".counts > div", { has: this.page.locator("dt", { hasText: new RegExp(`^${column}$`) }) }).locator("dd").innerText();
  }

  /** The sentence that tells the current step. */
  sentence() {
    return this.page.locator(".step-line").innerText();
  }
}

/** The YAML editor. Playwright's selectors see into its shadow root. */
export class Editor {
  constructor(page) {
    this.page = page;
    this.content = page.locator(".editor-host .cm-content");
    this.squiggles = page.locator(".editor-host .squiggle");
    this.messages = page.locator(".editor-host .diagnostic");
    this.fixes = page.locator(".editor-host .fix");
  }

  /** Replaces the whole text as a user would. */
  async fill(text) {
    await this.content.focus();
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.insertText(text);
  }

  /** The lines in view. */
  lines() {
    return this.page.locator(".editor-host .cm-line").allInnerTexts();
  }
}
