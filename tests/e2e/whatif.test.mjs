// Predict, then run; and what if: by mouse, by keyboard alone, and on a phone.
import { assert, hasAll, PHONE, scene } from "./fixtures.mjs";

/** Shows a view of the cluster. */
const view = (page, name) => page.getByRole("group", { name: "Stage" }).getByRole("button", { name }).click();

/** What has the focus, by its accessible name. */
const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");

/** Goes on with Tab until the focus is where it is wanted. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 80; presses++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${selector}`);
}

/** The text of the sentence that sums two branches up. */
const told = async (page) => (await page.locator(".compare-told").innerText()).replace(/\s+/g, " ");

/** Waits until both branches are at their ends. */
const ended = (page) => page.locator(".compare-answer > .button--primary").waitFor({ state: "detached" });

scene("the classic pair is asked in two clicks, run and summed up in a sentence", { example: "Rolling update" }, async ({ page, app, shot, a11y }) => {
  await view(page, "What if");
  await shot("what-if-ask");
  await a11y();
  await page.getByRole("button", { name: "maxSurge 1 instead of maxUnavailable 1" }).click();
  await ended(page);
  assert.match(await told(page), /^A is done after .* and has as few as \d of \d ready\. B /);
  for (const letter of ["A", "B"]) await page.getByRole("region", { name: `Branch ${letter}`, exact: true }).waitFor();
  assert.equal(await page.getByLabel("Name of branch B").inputValue(), "maxSurge 1");
  // Back in the middle of it nodes and counters differ, and are marked.
  const axis = page.locator(".compare-axis");
  const box = await axis.boundingBox();
  await axis.click({ position: { x: box.width / 2, y: 40 } });
  await page.locator(".branch-nodes .node.is-differing").first().waitFor();
  await shot("what-if");
  // Where there is little height, what differs is in sight.
  const { width, height } = page.viewportSize();
  await page.setViewportSize({ width: 1280, height: 720 });
  for (const side of [".branch:first-child", ".branch:last-child"]) {
    assert.ok(await hasAll(page, `${side} .branch-nodes`, `${side} .node.is-differing`), side);
  }
  await page.setViewportSize({ width, height });
  await a11y();
  // The next difference, and the events side by side.
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  await app.press("Home", "n");
  await page.locator(".branch-nodes .node.is-differing").first().waitFor();
  await page.getByRole("button", { name: "Next difference" }).click();
  await page.locator(".branch-events .is-differing").first().waitFor();
  await page.getByLabel("Only what differs").check();
  assert.equal(await page.locator(".branch-nodes .node:not(.is-differing):visible").count(), 0);
  assert.ok((await app.position())[0] > 0);
});

scene("who clicks in the other branch works in that one, and asks Why? of what is there", { example: "Rolling update" }, async ({ page }) => {
  await view(page, "What if");
  await page.getByRole("button", { name: "maxSurge 1 instead of maxUnavailable 1" }).click();
  await ended(page);
  const branch = (letter) => page.getByRole("region", { name: `Branch ${letter}`, exact: true });
  await branch("B").getByTitle("You work in this branch").waitFor();
  const pod = branch("A").locator(".pod--daemon").first();
  const name = await pod.getAttribute("title");
  await pod.click();
  await branch("A").getByTitle("You work in this branch").waitFor();
  await page.locator(".panel--why .why-title", { hasText: name }).waitFor();
  await page.locator(".panel--why .why-section").first().waitFor();
});

scene("branches are named, opened and dropped, and are there again after a reload", { example: "Rolling update" }, async ({ page, app }) => {
  await view(page, "What if");
  await page.getByRole("button", { name: "maxSurge 1 instead of maxUnavailable 1" }).click();
  await ended(page);
  await page.getByLabel("Name of branch A").fill("one at a time");
  await page.getByLabel("Name of branch A").press("Enter");
  await page.getByRole("region", { name: "Branch A", exact: true }).getByRole("button", { name: "Open" }).click();
  await page.reload();
  await app.started();
  // Whatever one looks at, the bar at the top names the open branch, and leads to both.
  await view(page, "Nodes");
  const open = page.getByRole("button", { name: "Branch: one at a time" });
  await open.click();
  await page.getByLabel("Name of branch B").waitFor();
  assert.equal(await page.getByLabel("Name of branch A").inputValue(), "one at a time");
  await page.getByRole("button", { name: "Drop branch B" }).click();
  await page.getByRole("dialog", { name: "Drop “maxSurge 1”?" }).getByRole("button", { name: "Drop" }).click();
  await page.getByRole("heading", { name: "What if…" }).waitFor();
  assert.equal(await open.count(), 0);
});

scene("what is done in the past can go on as a branch beside the later steps", {}, async ({ page, app, a11y }) => {
  const [, len] = await app.position();
  await app.press("Home", "ArrowRight", "ArrowRight");
  await page.locator("[data-node=worker-a1]").getByRole("button", { name: "Menu of worker-a1" }).click();
  await page.getByRole("menuitem", { name: /^Cordon/ }).click();
  await a11y();
  await page.getByRole("button", { name: "Continue here as a branch" }).click();
  await page.getByText("You are in a new branch now.").waitFor();
  assert.equal((await app.position())[0], 3);
  await app.press("w");
  assert.equal(await page.getByLabel("Name of branch B").inputValue(), "cordon worker-a1");
  assert.match(await page.getByRole("region", { name: "Branch A", exact: true }).innerText(), new RegExp(` / ${len}`));
});

scene("what if, by keyboard alone", { example: "Rolling update", theme: "dark" }, async ({ page, app, shot, a11y }) => {
  await app.press("w");
  await page.getByRole("heading", { name: "What if…" }).waitFor();
  await tabTo(page, ".compare-questions button");
  await page.keyboard.press("Enter");
  await ended(page);
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  await app.press("ArrowLeft");
  await page.getByRole("button", { name: "Run both" }).waitFor();
  await shot("what-if-dark");
  await a11y();
  await app.press("r");
  await ended(page);
});

/** Clicks a node's card where nothing else is. */
const click = (app, node, options = {}) => app.node(node).click({ position: { x: 100, y: 8 }, ...options });

scene("a guess is a click on a node, and is held against the run, each miss with its reason", {}, async ({ page, app, shot, a11y }) => {
  await app.press("Home");
  await page.getByRole("button", { name: "Guess", exact: true }).click();
  await page.getByRole("heading", { name: "What do you think?" }).waitFor();
  for (const node of ["worker-a1", "gpu-1"]) await click(app, node);
  // Each click is the next answer, and an answer can be clicked itself.
  await click(app, "edge-1");
  await click(app, "edge-1");
  await app.node("edge-1").getByRole("button", { name: "gets a pod" }).click();
  await page.getByRole("region", { name: "The question" }).getByText("3 of 7").waitFor();
  assert.equal(await app.node("gpu-1").locator(".reason").count(), 0, "the card keeps the answer to itself");
  await shot("guess");
  await a11y();
  // The answer comes with the next key.
  await app.press("r");
  await page.getByRole("heading", { name: "1 of 3 right" }).waitFor();
  assert.match(await app.node("gpu-1").innerText(), /miss: no pod[\s\S]*gpu=true:NoSchedule/);
  assert.match(await app.node("worker-a1").innerText(), /you: gets a pod[\s\S]*hit/);
  const misses = page.getByRole("region", { name: "Misses" });
  assert.match(await misses.innerText(), /edge-1[\s\S]*stays Pending/);
  await shot("guess-after");
  await a11y();
  await misses.getByRole("button", { name: /^Go to step/ }).first().click();
  // Why? can be asked of a node again, and the marks stay.
  await click(app, "gpu-1");
  await page.locator(".panel--why .why-title").getByText("gpu-1").waitFor();
  await page.getByRole("button", { name: "Guess again" }).click();
  await page.getByRole("heading", { name: "What do you think?" }).waitFor();
  assert.equal((await app.position())[0], 0);
  await page.getByRole("button", { name: "Stop guessing" }).press("Enter");
  await page.getByRole("heading", { name: "What do you think?" }).waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement?.matches(".guess-first"));
});

scene("guessing by keyboard alone, and the answer on the next key", { example: "Rolling update", theme: "dark" }, async ({ page, app, shot, a11y }) => {
  await app.press("g");
  await page.getByText("Which node does the rolling update turn to next?").waitFor();
  await tabTo(page, "[role=gridcell]");
  const chosen = page.locator(".ask [aria-pressed=true]");
  await app.press("Enter");
  assert.equal(await chosen.innerText(), "next");
  await app.press("Enter");
  assert.equal(await chosen.innerText(), "not next");
  await app.press("Delete");
  assert.equal(await chosen.count(), 0);
  await app.press("ArrowRight", "Enter");
  assert.match(await focused(page), /your guess: next/);
  await page.keyboard.press("Control+Enter");
  await page.getByRole("heading", { name: "1 right" }).or(page.getByRole("heading", { name: /of 1 right/ })).waitFor();
  await shot("guess-dark");
  await a11y();
});

scene("on the map, too, a click on a node is a guess", {}, async ({ page, app, shot, a11y }) => {
  await app.press("Home", "g", "m");
  await page.locator(".map-cells").first().click({ position: { x: 6, y: 6 } });
  await page.locator(".map-guess").waitFor();
  await page.getByRole("application", { name: /^Map of 7 nodes/ }).focus();
  await app.press("End", "Enter");
  await page.getByRole("region", { name: "The question" }).getByText("2 of 7").waitFor();
  await a11y();
  await page.getByRole("button", { name: /check 2/ }).click();
  await page.locator(".map-guess--hit, .map-guess--miss").first().waitFor();
  await shot("guess-map");
});

scene("for a room the question stands large above the cluster", { viewport: { width: 1280, height: 720 } }, async ({ page, app, shot, a11y }) => {
  await app.press("Home", "p", "g");
  const asks = page.getByRole("heading", { name: "What do you think?" });
  assert.ok((await asks.evaluate((heading) => Number.parseFloat(getComputedStyle(heading).fontSize))) >= 26);
  await shot("guess-projector");
  await a11y();
});

scene("both on a phone", { viewport: PHONE, example: "Rolling update" }, async ({ page, shot, a11y }) => {
  await page.getByRole("button", { name: "Guess", exact: true }).click();
  await page.locator(".ask button").first().click();
  await shot("guess-phone");
  await a11y();
  await view(page, "What if");
  await page.getByRole("button", { name: "maxSurge 1 instead of maxUnavailable 1" }).click();
  await ended(page);
  await page.getByRole("group", { name: "Branch", exact: true }).getByRole("button", { name: /^A / }).click();
  assert.ok(await page.getByRole("region", { name: "Branch A", exact: true }).isVisible());
  assert.ok(!(await page.getByRole("region", { name: "Branch B", exact: true }).isVisible()));
  await shot("what-if-phone");
  await a11y();
});
