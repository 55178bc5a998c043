// The screens that are looked at, one line each: a name, the example that is open, and how one gets there. For each,
// screens.test.mjs looks for text that is cut or overlaps, runs axe, and takes the pictures (`make screenshots`).

/** @typedef {{page: import("playwright-core").Page, app: import("./fixtures.mjs").App}} Stage */
/**
 * @typedef {object} Screen
 * @property {string} name of its pictures
 * @property {string|null} [example] the log collector if not given, null for a first visit
 * @property {(stage: Stage) => Promise<unknown>} [go] how one gets there
 * @property {boolean} [alone] a dialog or page of its own: a phone has no tabs to walk through
 */

/** Opens a menu by the right button on a node's card. @param {Stage} stage */
const menu = ({ app }, /** @type {string} */ node) => app.node(node).click({ button: "right", position: { x: 100, y: 8 } });
const enter = async (/** @type {Stage} */ { page }, /** @type {string} */ text) => {
  await page.getByRole("textbox", { name: "Command" }).fill(text);
  await page.keyboard.press("Enter");
};
const apply = ({ page }) => page.getByRole("button", { name: /^Apply/ }).click();
const tab = ({ page }, name) => page.getByRole("tab", { name }).click();

/** Lists twelve nodes of such names, and applies them if they can be. @param {Stage} stage @param {(number: number) => string} name */
const nodes = async ({ page, app }, name) => {
  await page.getByRole("tab", { name: "nodes.yaml" }).click();
  const all = Array.from({ length: 12 }, (_, number) => `apiVersion: v1\nkind: Node\nmetadata:\n  name: ${name(number)}\n`);
  await app.editor.fill(all.join("---\n"));
  const button = page.getByRole("button", { name: /^Apply/ });
  await page.locator(".apply", { hasText: /[Rr]ejected|Would change/ }).waitFor();
  if ((await button.getAttribute("aria-disabled")) !== "true") {
    await button.click();
    await app.settle();
  }
};

/** @type {Screen[]} */
export const SCREENS = [
  { name: "welcome", example: null },
  { name: "main" },
  { name: "why-node", go: ({ app }) => app.node("gpu-1").click({ position: { x: 100, y: 8 } }) },
  { name: "why-pod", go: ({ app }) => app.node("edge-1").locator(".pod--daemon").click() },
  { name: "taints", example: "Kept out by a taint", go: ({ app }) => app.press("t") },
  { name: "preemption", example: "Priority and preemption", go: ({ app }) => app.stepUntil(/preempt|nominated|evict/i) },
  { name: "rollout", example: "Rolling update", go: async (stage) => { await apply(stage); await stage.app.stepUntil(/daemonset-controller deleted/); await tab(stage, "Rollout"); await tab(stage, /r1 → r2/); } },
  { name: "rollout-first", example: "Rolling update", go: (stage) => tab(stage, "Rollout") },
  { name: "rollout-surge", example: "Rolling update with surge", go: async (stage) => { await apply(stage); await stage.app.stepUntil(/kubelet .*(started|ready)/); await tab(stage, "Rollout"); } },
  { name: "map", go: ({ app }) => app.press("m") },
  { name: "map-guess", go: async ({ page, app }) => { await app.press("Home", "g", "m"); await page.locator(".map-cells").first().click({ position: { x: 6, y: 6 } }); } },
  { name: "reach", example: "Whose metrics does web get?", go: ({ page }) => page.getByRole("button", { name: "Send", exact: true }).click() },
  { name: "reach-drop", example: "Why does the app on gpu-1 get no metrics?", go: ({ page }) => page.getByRole("button", { name: "Send", exact: true }).click() },
  { name: "lessons", alone: true, go: async ({ page, app }) => { await app.press("Escape"); await page.getByRole("heading", { name: "Lessons" }).waitFor({ state: "detached" }); await app.press("l"); await page.getByRole("heading", { name: "Lessons" }).waitFor(); } },
  { name: "lesson", go: async ({ page, app }) => { await app.press("l"); await page.getByRole("button", { name: /Taints keep pods out/ }).click(); await page.getByRole("heading", { name: /Taints keep pods out/ }).first().waitFor(); } },
  { name: "what-if", go: ({ app }) => app.press("w") },
  { name: "what-if-both", example: "Rolling update", go: async ({ page, app }) => { await app.press("w"); await page.getByRole("button", { name: "maxSurge 1 instead of maxUnavailable 1" }).click(); await page.locator(".compare-answer > .button--primary").waitFor({ state: "detached" }); await page.getByRole("button", { name: "Previous difference" }).click(); } },
  { name: "what-if-pinned", go: async ({ page, app }) => { await app.node("gpu-1").click({ position: { x: 100, y: 8 } }); await app.press("w"); await page.locator(".compare-questions button").first().click(); await page.locator(".branches").waitFor(); await app.press("`"); } },
  { name: "guess", go: ({ app }) => app.press("Home", "g", "Tab") },
  { name: "guess-after", go: async ({ page, app }) => { await app.press("Home", "g"); for (const node of ["worker-a1", "gpu-1"]) await app.node(node).click({ position: { x: 100, y: 8 } }); await page.getByRole("button", { name: /check 2/ }).click(); } },
  { name: "share", alone: true, go: async ({ page }) => { await page.getByRole("button", { name: "Share", exact: true }).click(); await page.getByText("Share this cluster").waitFor(); } },
  { name: "events", go: (stage) => tab(stage, /^Events/) },
  { name: "terminal", go: async (stage) => { await stage.app.press("`"); await enter(stage, "kubectl get nodes"); await enter(stage, "kubectl get pods -A -o wide"); } },
  { name: "error", go: async ({ page, app }) => { await app.editor.fill("apiVersion: apps/v1\nkind: DaemonSet\n metadata:\n  name: a\n"); await page.getByText(/can be used because of its errors/).first().waitFor(); } },
  { name: "long-names", go: (stage) => nodes(stage, (number) => `gke-production-europe-west1-default-pool-5d2f9a7c-x0${number}`) },
  { name: "refused-nodes", go: async (stage) => { await nodes(stage, (number) => `Node_${number}`); await stage.page.getByRole("button", { name: "12 errors" }).waitFor(); } },
  { name: "refused", example: "The notes, as written", go: ({ page }) => page.getByText(/^\d+ errors?$/).first().waitFor() },
  { name: "gallery", alone: true, go: ({ page }) => page.locator(".crumb, .topbar .phone-only").locator("visible=true").first().click() },
  { name: "shortcuts", alone: true, go: ({ app }) => app.press("?") },
  { name: "node-menu", alone: true, go: (stage) => menu(stage, "worker-a1") },
  { name: "several-nodes", go: async (stage) => { for (const node of ["worker-a1", "worker-a2"]) await stage.app.node(node).click({ modifiers: ["ControlOrMeta"], position: { x: 100, y: 8 } }); await stage.page.getByText("2 nodes chosen").waitFor(); } },
  { name: "branch", alone: true, go: async (stage) => { await stage.app.press("Shift+ArrowLeft"); await menu(stage, "worker-a1"); await stage.page.getByRole("menuitem", { name: /^Cordon/ }).click(); } },
];
