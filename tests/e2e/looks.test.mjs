// The projector, several nodes at once, what leads from Why? to lines and steps, and what is printed.
import { assert, scene } from "./fixtures.mjs";

const PROJECTOR = { width: 1280, height: 720 };

scene("P makes all large, hides what the back row cannot read, and a reload keeps it", { viewport: PROJECTOR }, async ({ page, app, a11y }) => {
  await app.press("p");
  assert.equal(await page.locator("html").getAttribute("data-view"), "projector");
  assert.equal(await page.locator(".panel--edit").isVisible(), false);
  const size = (selector) => page.locator(selector).first().evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  assert.ok((await size(".step-line")) >= 19, "the sentence is the largest text");
  await a11y();
  // The editor takes the cluster's place when it is asked for.
  await app.press("e");
  await page.locator(".panel--edit").waitFor();
  assert.equal(await page.locator(".node").first().isVisible(), false);
  await app.press("e");
  await page.locator(".node").first().waitFor();
  await app.reload();
  assert.equal(await page.locator("html").getAttribute("data-view"), "projector");
  await page.getByRole("button", { name: "Projector" }).click();
  assert.equal(await page.locator("html").getAttribute("data-view"), null);
});

scene("several nodes are chosen by mouse or by keys, and one command does it to all", {}, async ({ page, app }) => {
  await app.node("worker-a1").click({ modifiers: ["ControlOrMeta"], position: { x: 100, y: 8 } });
  await app.node("worker-a2").focus();
  await app.press("ArrowUp", "ArrowDown", "Shift+Space");
  await page.getByText("2 nodes chosen").waitFor();
  await page.getByRole("button", { name: "Node menu" }).click();
  await page.getByRole("menuitem", { name: /^Cordon/ }).click();
  assert.match(await app.sentence(), /cordon/);
  assert.equal(await page.locator(".node.is-marked .node-status", { hasText: "SchedulingDisabled" }).count(), 2);
  await app.press("Escape");
  assert.equal(await page.locator(".node.is-marked").count(), 0);
});

scene("pressure, drain and nodes like another are entries of the menu, each a step", {}, async ({ page, app }) => {
  const choose = async (node, entry) => {
    await app.node(node).click({ button: "right", position: { x: 100, y: 8 } });
    await page.getByRole("menuitem", { name: entry }).click();
  };
  await choose("worker-a1", /^Report MemoryPressure/);
  await app.settle();
  await app.node("worker-a1").getByText(/memory-pressure/).first().waitFor();
  await choose("worker-a1", /^Drain/);
  assert.match(await app.sentence(), /drain/);
  await choose("worker-a2", /^Add several like this/);
  await page.getByRole("textbox").last().fill("2");
  await page.getByRole("button", { name: "Add them" }).click();
  await app.node("worker-a3").waitFor();
  await page.getByRole("tab", { name: "nodes.yaml" }).click();
  await app.node("worker-a4").waitFor();
});

scene("Why? leads to the line that decided, to the step that caused, and says that it is pinned", { example: "Kept out by a taint" }, async ({ page, app }) => {
  await app.node("gpu-1").click({ position: { x: 100, y: 8 } });
  const why = page.locator(".panel--why");
  await why.getByRole("button", { name: "Pinned" }).waitFor();
  await why.getByRole("button", { name: /^nodes\.yaml:\d+/ }).first().click();
  await page.locator('[role=tab][aria-selected=true]', { hasText: "nodes.yaml" }).waitFor();
  // And back from the line.
  await page.locator(".path").getByRole("button", { name: "Why?" }).click();
  await why.getByText("gpu-1", { exact: true }).first().waitFor();
  await why.getByRole("button", { name: "Pinned" }).click();
  const [before] = await app.position();
  await why.locator(".causes button").last().click();
  const [after] = await app.position();
  assert.ok(after < before, `${after} is before ${before}`);
  await page.getByRole("tab", { name: /^Events/ }).click();
});

scene("an event leads to the step that told it", {}, async ({ page, app }) => {
  await page.getByRole("tab", { name: /^Events/ }).click();
  const [before] = await app.position();
  await page.locator(".events").getByRole("button", { name: "Scheduled" }).last().click();
  const [at] = await app.position();
  assert.ok(at < before);
  assert.match(await app.sentence(), /bound/);
});

scene("what is printed has the nodes, Why? and the whole manifest, and no buttons", {}, async ({ page, app }) => {
  await app.node("gpu-1").click({ position: { x: 100, y: 8 } });
  await page.emulateMedia({ media: "print" });
  await page.locator(".handout").getByText("fluentd-elasticsearch").first().waitFor();
  for (const shown of [".node", ".verdict", ".counts", ".step-line"]) assert.ok(await page.locator(shown).first().isVisible(), shown);
  for (const hidden of [".controls", ".lanes", ".editor-host"]) assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
});
