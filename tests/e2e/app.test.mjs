// The page as a user works with it: the checks of the whole, in a real browser.
import { assert, example, openTerminal, PHONE, scene, TABLET } from "./fixtures.mjs";

/** A DaemonSet in place of an example's. */
const EDGE = `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: edge }
spec:
  selector: { matchLabels: { app: edge } }
  template:
    metadata: { labels: { app: edge } }
    spec:
      containers: [{ name: edge, image: "edge:1" }]
`;

/** @type {[string, import("./fixtures.mjs").SceneOptions][]} */
const VISITS = [["", {}], [" in the dark", { theme: "dark" }], [" on a phone", { viewport: PHONE, touch: true }]];
for (const [where, options] of VISITS) {
  scene(`a first visit${where} asks one question, and the answer is one click away`, { ...options, example: null }, async ({ page, app, shot, a11y }) => {
    await page.getByRole("heading", { name: "gpu-1 has no pod. Why?" }).waitFor();
    await app.node("gpu-1").getByText("no pod", { exact: true }).waitFor();
    assert.equal(await page.locator(".panel--why").getByText("gpu=true").count(), 0, "the answer is not given away");
    const below = await page.getByRole("button", { name: "Show me why" }).evaluate((button) => button.getBoundingClientRect().bottom > innerHeight);
    assert.equal(below, false);
    await shot(`first visit${where}`);
    await a11y();
    await page.getByRole("button", { name: "Show me why" }).click();
    await page.locator(".panel--why").locator(".verdict", { hasText: /^No pod: / }).waitFor();
    assert.equal(await page.locator(".welcome").count(), 0);
    await app.reload();
    assert.equal(await page.locator(".welcome").count(), 0, "it is asked once");
  });
}

scene("a first visit can begin at the beginning", { example: null }, async ({ page, app }) => {
  await page.getByRole("button", { name: "Step through it" }).click();
  assert.equal((await app.position())[0], 1);
  assert.match(await app.sentence(), /you applied/);
  assert.equal(await page.locator(".welcome").count(), 0);
});

scene("a first visit leads to the examples, and the logo back to its question", { example: null }, async ({ page, app }) => {
  await page.locator(".welcome").getByRole("button", { name: "Examples" }).click();
  await page.getByRole("button", { name: /^Log collector/ }).click();
  assert.equal(await page.locator(".welcome").count(), 0);
  await page.getByRole("link", { name: "DaemonSet Playground" }).click();
  await page.getByRole("heading", { name: "gpu-1 has no pod. Why?" }).waitFor();
  await app.node("gpu-1").waitFor();
});

scene("the log collector has run", {}, async ({ page, app, shot, a11y }) => {
  assert.equal(await app.count("DESIRED"), "6");
  assert.equal(await app.count("CURRENT"), "6");
  assert.equal(await app.count("READY"), "5");
  assert.equal(await page.locator(".node").count(), 7);
  assert.equal(await page.locator(".pod--daemon.pod--ready").count(), 5);
  await app.node("gpu-1").getByText("untolerated taint").waitFor();
  await app.node("edge-1").getByText("Insufficient memory").waitFor();
  const [shown, last] = await app.position();
  assert.ok(shown > 10 && shown === last);
  await shot("log collector");
  await a11y();
});

scene("in the dark it is as readable", { theme: "dark" }, async ({ shot, a11y }) => {
  await shot("dark");
  await a11y();
});

scene("who chose no theme has the system's, and who chose one keeps it", {}, async ({ page, app }) => {
  const theme = (/** @type {string} */ name) => page.locator(`html[data-theme="${name}"]`).waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  await theme("dark");
  await page.emulateMedia({ colorScheme: "light" });
  await theme("light");
  assert.equal(await page.evaluate(() => localStorage.getItem("playground.theme")), null);
  await app.press("d");
  await theme("dark");
  for (const colorScheme of /** @type {const} */ (["dark", "light"])) await page.emulateMedia({ colorScheme });
  await page.waitForTimeout(100);
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
});

for (const of of ["an example", "a lesson"])
  scene(`at no width is a heading of ${of} cut, or the step counter`, { example: of === "a lesson" ? null : undefined }, async ({ page, app }) => {
    if (of === "a lesson") {
      await app.press("l");
      await page.locator("button.lesson").nth(3).click();
      await page.locator(".panel--task").waitFor();
    }
    for (let width = 360; width <= 1500; width += 20) {
      await page.setViewportSize({ width, height: 800 });
      const cut = await page.evaluate(() => {
        const isCut = (/** @type {Element} */ it) => it.clientWidth > 0 && it.scrollWidth > it.clientWidth + 1;
        return [...document.querySelectorAll(".stage-bar .counts dt, .stage-bar, .controls, .clock")].filter(isCut).map((it) => it.className || it.textContent);
      });
      assert.deepEqual(cut, [], `${width} wide`);
    }
  });

scene("on a phone one panel shows at a time, and nothing is out of reach", { viewport: PHONE, touch: true }, async ({ page, shot, a11y }) => {
  await shot("phone cluster");
  await a11y();
  for (const [tab, panel] of [["YAML", ".panel--edit"], ["Why?", ".panel--why"], ["Events", ".log"], ["Cluster", ".panel--stage"]]) {
    await page.locator(".phone-tabs").getByRole("button", { name: tab }).click();
    await page.locator(panel).waitFor();
    await shot(`phone ${tab}`);
  }
  const wider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(wider, false, "nothing scrolls sideways");
});

scene("on middle widths the editor and the events come on demand", { viewport: TABLET }, async ({ page, shot, a11y }) => {
  await page.locator(".panel--stage").waitFor();
  assert.equal(await page.locator(".panel--edit").isVisible(), false);
  await shot("tablet");
  const yaml = page.locator(".topbar").getByRole("button", { name: "YAML" });
  await yaml.click();
  await page.locator(".panel--edit").waitFor();
  await yaml.click();
  await page.locator(".panel--stage").waitFor();
  await page.locator(".topbar").getByRole("button", { name: "Events" }).click();
  await page.locator(".log").waitFor();
  // Who reads there can step all the same.
  await page.getByRole("button", { name: "Step back" }).click();
  await page.locator(".step-line").waitFor();
  await shot("tablet events");
  await a11y();
});

scene("the notes' mistake is underlined, refused, mended with one click, applied and run", {}, async ({ page, app, shot }) => {
  await app.open("The notes, as written");
  await app.editor.squiggles.first().waitFor();
  assert.equal((await app.editor.squiggles.allInnerTexts()).join(""), "memrory");
  const apply = page.getByRole("button", { name: /^Apply/ });
  assert.equal(await apply.getAttribute("aria-disabled"), "true");
  await shot("notes mistake");
  const before = await app.position();
  await apply.click({ force: true });
  assert.deepEqual(await app.position(), before, "nothing was applied");
  assert.equal(await app.editor.content.evaluate((content) => content.getRootNode().activeElement === content), true, "Apply leads to the error");
  await app.editor.fixes.first().click();
  await page.locator(".apply").getByText(/^Would change$/).waitFor();
  assert.equal(await apply.getAttribute("aria-disabled"), "false");
  await apply.click();
  await page.getByText(/^Applied at step \d+$/).waitFor();
  await app.settle();
  assert.equal(await app.count("DESIRED"), "5");
  assert.equal(await app.count("READY"), "5");
});

scene("who looks elsewhere finds the texts as they were left, with undo and cursor", {}, async ({ page, app }) => {
  const lines = () => page.locator(".editor-host .cm-line").allInnerTexts();
  const elsewhere = async () => {
    await page.getByRole("button", { name: "Taints", exact: true }).click();
    await app.editor.content.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Nodes", exact: true }).click();
    await app.editor.content.waitFor();
  };
  await page.getByRole("tab", { name: /nodes.yaml/ }).click();
  await app.editor.content.focus();
  const [first] = await lines();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.type("# mine");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: /nodes.yaml.*edited/ }).waitFor();
  await elsewhere();
  assert.deepEqual((await lines()).slice(0, 2), ["# mine", first]);
  await app.editor.content.focus();
  await page.keyboard.type("# more");
  assert.equal((await lines())[1], `# more${first}`, "the cursor is where it was");
  await elsewhere();
  await app.editor.content.focus();
  for (let times = 0; times < 9 && (await lines())[0] !== first; times++) await page.keyboard.press("ControlOrMeta+z");
  assert.equal((await lines())[0], first);
  await page.getByRole("tab", { name: "nodes.yaml", exact: true }).waitFor();
});

scene("a list to choose from shows what is chosen, by whatever it was", { example: "May two DaemonSets share a selector?" }, async ({ page, app }) => {
  await app.settle();
  const select = page.getByLabel("DaemonSet", { exact: true });
  const shown = () => select.evaluate((list) => list instanceof HTMLSelectElement && list.selectedOptions[0].text);
  const first = await shown();
  const other = (await select.locator("option").allInnerTexts()).find((name) => name !== first);
  await select.selectOption(other);
  assert.equal(await shown(), other);
  await select.selectOption(first);
  await page.locator(".pod--daemon").first().waitFor();
  await page.locator(".events .link", { hasText: `pod/${other}-` }).first().click();
  await page.waitForFunction((other) => /** @type {HTMLSelectElement | null} */ (document.querySelector(".set-choice"))?.selectedOptions[0].text === other, other);
});

scene("what the API server would refuse stands at its line and is not applied", {}, async ({ page, app, shot }) => {
  const before = await app.position();
  const manifest = example("log_collector");
  await app.editor.fill(manifest.replaceAll("      name: fluentd-elasticsearch\n", "      name: other\n"));
  await page.locator(".apply").getByText("Would be rejected").waitFor();
  assert.equal((await app.editor.squiggles.allInnerTexts()).join(""), "selector");
  assert.match(await app.editor.messages.innerText(), /^spec\.selector: Invalid value: .*: field is immutable$/s);
  await shot("refused");
  await app.editor.content.focus();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.press("Control+Enter");
  await page.locator(".path .grow").getByText(/^spec ›\sselector$/).waitFor(); // Ctrl+Enter leads to the error.
  assert.deepEqual(await app.position(), before, "nothing was applied");
});

scene("Ctrl+Enter in the editor applies what was just typed", {}, async ({ page, app }) => {
  const text = (await app.editor.lines()).length;
  assert.ok(text > 10);
  await page.evaluate(() => document.querySelector(".editor-host").shadowRoot.querySelector(".cm-content").focus());
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type("# a word more");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Nothing to apply: the cluster has what the texts ask for.").waitFor();
  await page.waitForFunction(() => !document.querySelector(".tab-dot"));
});

scene("a taint drives a pod out, and a step back brings it back", {}, async ({ page, app, shot }) => {
  const pod = app.node("worker-a1").locator(".pod--daemon");
  const name = await pod.locator(".name").innerText();
  await app.node("worker-a1").getByRole("button", { name: "Menu of worker-a1" }).click();
  await shot("node menu");
  await page.getByRole("menuitem", { name: /^Taint/ }).click();
  await page.getByLabel("Key").fill("maintenance");
  await page.getByText("kubectl taint nodes worker-a1 maintenance:NoSchedule").waitFor();
  await page.getByLabel("Effect").selectOption("NoExecute");
  await page.getByText("kubectl taint nodes worker-a1 maintenance:NoExecute").waitFor();
  await shot("taint form");
  await page.getByRole("button", { name: "Add the taint" }).click();
  await app.node("worker-a1").getByText("maintenance:NoExecute").first().waitFor();
  const [tainted] = await app.position();
  await app.settle();
  assert.equal(await pod.count(), 0, "the pod is gone");
  assert.equal(await app.count("DESIRED"), "5");
  await shot("tainted");
  while ((await app.position())[0] >= tainted) await page.getByRole("button", { name: "Step back" }).click();
  assert.equal(await pod.locator(".name").innerText(), name);
  assert.equal(await pod.locator(".state").innerText(), "Running");
});

scene("acting in the past asks before it drops what was recorded", {}, async ({ page, app }) => {
  const [, last] = await app.position();
  await app.press("Home");
  assert.deepEqual(await app.position(), [0, last]);
  await app.node("worker-a1").click({ button: "right", position: { x: 100, y: 8 } });
  await page.getByRole("menuitem", { name: /^Cordon/ }).click();
  const dialog = page.getByRole("dialog", { name: "Cordon worker-a1 at step 0?" });
  await dialog.getByText(`${last} later steps were recorded.`).waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  assert.deepEqual(await app.position(), [0, last]);
  await app.node("worker-a1").click({ button: "right", position: { x: 100, y: 8 } });
  await page.getByRole("menuitem", { name: /^Cordon/ }).click();
  await page.getByRole("button", { name: "Do it here" }).click();
  assert.deepEqual(await app.position(), [1, 1]);
  await app.node("worker-a1").getByText("Ready,SchedulingDisabled").waitFor();
  await page.getByText(`Dropped steps 1–${last}.`).waitFor();
});

scene("everything can be done by keyboard", {}, async ({ page, app }) => {
  const [, last] = await app.position();
  await app.press("ArrowLeft");
  assert.deepEqual(await app.position(), [last - 1, last]);
  await page.locator(".step-line").getByText(`Stepped back: step ${last} has not happened yet.`).waitFor();
  await app.press("Home", "Shift+ArrowRight");
  assert.deepEqual(await app.position(), [10, last]);
  await app.press("End", "?");
  await page.getByRole("dialog", { name: "Shortcuts" }).waitFor();
  await app.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await app.press("d");
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  await app.press("e");
  await page.locator(".panel--edit").waitFor({ state: "detached" });
  await app.press("e");
  await page.locator(".panel--edit").waitFor();
  // Into the cards, from one to the next, select, and open the menu.
  await app.press("Tab");
  await app.node("cp-1").focus();
  await app.press("ArrowRight", "ArrowDown", "ArrowLeft");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.node), "worker-a2");
  await app.press("Enter");
  assert.equal(await app.node("worker-a2").getAttribute("aria-selected"), "true");
  await app.press("m");
  const menu = page.getByRole("menu", { name: "worker-a2" });
  await menu.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "menuitem");
  await app.press("ArrowDown", "ArrowDown", "Enter");
  await app.node("worker-a2").getByText("Ready,SchedulingDisabled").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.node), "worker-a2", "the focus is back");
  // The lanes are a slider.
  await page.locator(".lanes svg").focus();
  await app.press("Home");
  assert.equal(await page.locator(".lanes svg").getAttribute("aria-valuenow"), "0");
  await app.press("ArrowRight");
  assert.equal(await page.locator(".lanes svg").getAttribute("aria-valuenow"), "1");
});

scene("playing goes on step by step until it is paused", {}, async ({ page, app }) => {
  await app.press("Home");
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => Number(document.querySelector(".clock b").firstChild.textContent) >= 2);
  await page.getByRole("button", { name: "Pause" }).click();
  const [shown] = await app.position();
  await page.waitForTimeout(1000); // Longer than from step to step: that nothing moves is seen only so.
  assert.equal((await app.position())[0], shown);
});

scene("the playhead can be dragged", {}, async ({ page, app }) => {
  const [before] = await app.position();
  const head = await page.locator(".playhead").boundingBox();
  const [x, y, column] = [head.x + head.width / 2, head.y + 30, 18];
  await page.mouse.move(x - column, y);
  await page.mouse.down();
  const shows = (step) => page.waitForFunction((step) => document.querySelector(".clock b").textContent.startsWith(step), `${step} / `);
  await shows(before - 1);
  await page.mouse.move(x - 6 * column, y, { steps: 4 });
  await page.mouse.up();
  await shows(before - 6);
});

scene("a reload keeps the work, the run and the place in it", {}, async ({ page, app }) => {
  await app.node("worker-b1").click({ button: "right", position: { x: 100, y: 8 } });
  await page.getByRole("menuitem", { name: /^Cordon/ }).click();
  await app.settle();
  await app.press("ArrowLeft", "ArrowLeft");
  await page.evaluate(() => document.querySelector(".editor-host").shadowRoot.querySelector(".cm-content").focus());
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.type("# mine\n");
  const place = await app.position();
  await page.locator(".tab-dot").waitFor();
  await app.reload();
  assert.deepEqual(await app.position(), place);
  await app.node("worker-b1").getByText("Ready,SchedulingDisabled").waitFor();
  assert.equal((await app.editor.lines())[0], "# mine");
  await page.locator(".tab-dot").waitFor();
});

scene("another example over changed work asks first and keeps the old work", {}, async ({ page, app }) => {
  await app.node("worker-b1").click({ button: "right", position: { x: 100, y: 8 } });
  await page.getByRole("menuitem", { name: /^Cordon/ }).click();
  await page.locator(".crumb").click();
  await page.getByRole("button", { name: /^Kept out by a taint/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: /^Kept out by a taint/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Open" }).click();
  await app.node("gpu-2").waitFor();
  await page.locator(".crumb").click();
  await page.locator(".example", { hasText: "Your last work" }).click();
  await app.node("worker-b1").getByText("Ready,SchedulingDisabled").waitFor();
});

scene("pasted YAML gets a four-node cluster", {}, async ({ page, app, shot, a11y }) => {
  await page.locator(".crumb").click();
  await shot("gallery");
  await a11y();
  await page.getByLabel("Your own YAML").fill(
    "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: mine}\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers: [{name: c, image: i}]\n",
  );
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await app.node("cp-1").waitFor();
  assert.equal(await page.locator(".node").count(), 4);
  await app.settle();
  assert.equal(await app.count("READY"), "3");
});

scene("a text that does not parse leaves the last applied cluster in place", {}, async ({ page, app, shot }) => {
  await app.editor.fill("{ kind: DaemonSet");
  await page.getByText("can be used because of its errors").waitFor();
  assert.equal(await app.count("DESIRED"), "6");
  await shot("syntax error");
  await page.getByRole("button", { name: "Back to what was applied" }).click();
  await page.getByText(/^Applied at step \d+$/).waitFor();
});

scene("what another tab stores is not overwritten silently", {}, async ({ page, context, app, url }) => {
  await page.waitForFunction(() => localStorage["playground.run.2"]);
  const other = await context.newPage();
  await other.goto(url);
  await other.waitForFunction(() => document.querySelector(".node"));
  await other.getByRole("button", { name: "Add a node" }).click();
  await page.getByText("Another tab stored other work.").waitFor();
  await page.getByRole("button", { name: "Keep this one" }).click();
  await page.getByText("Another tab stored other work.").waitFor({ state: "detached" });
  assert.equal(await app.node("node-1").count(), 0);
  await other.getByText("Another tab stored other work.").waitFor();
  await other.getByRole("button", { name: "Open the other one" }).click();
  await other.getByText("Another tab stored other work.").waitFor({ state: "detached" });
  assert.equal(await other.locator(".node", { hasText: "node-1" }).count(), 0);
});

scene("a run that never comes to rest is named, not hung", {}, async ({ page, app, shot }) => {
  await app.open("Asked to leave");
  await page.getByRole("button", { name: "Run until stable" }).click();
  await page.getByText("This never settles:").waitFor({ timeout: 60_000 });
  await shot("not settling");
});

scene("a panic says what happened, and a reload loses nothing", { expect: [/console: error: .*panicked/s, /thrown/] }, async ({ page, app, shot, a11y }) => {
  const before = await page.evaluate(() => JSON.stringify(localStorage));
  await app.node("worker-b1").click({ button: "right", position: { x: 100, y: 8 } });
  await page.getByRole("menuitem", { name: /^Cordon/ }).click();
  await app.node("worker-b1").getByText("Ready,SchedulingDisabled").waitFor();
  const place = await app.position();
  await page.waitForFunction((before) => JSON.stringify(localStorage) !== before, before);
  // The browser fails the program once, which then cannot go on.
  await page.evaluate(() => {
    const { createElement, createElementNS } = Document.prototype;
    const fail = () => {
      Object.assign(Document.prototype, { createElement, createElementNS });
      throw new Error("no more elements");
    };
    Object.assign(Document.prototype, { createElement: fail, createElementNS: fail });
  });
  await app.press("?");
  const overlay = page.getByRole("alertdialog", { name: "The playground stopped" });
  await overlay.getByText("Your work is stored in this browser").waitFor();
  assert.match(await overlay.locator("pre").innerText(), /panicked at/);
  await shot("panic");
  await a11y(".crash");
  await overlay.getByRole("button", { name: "Reload" }).click();
  await page.getByText("The page stopped last time. Your work is back.").waitFor();
  await app.node("worker-b1").getByText("Ready,SchedulingDisabled").waitFor();
  assert.deepEqual(await app.position(), place);
});

scene("a manifest that replaces another says what stays, and Why? of a node names whose pods it speaks of", {}, async ({ page, app, shot }) => {
  await app.editor.fill(EDGE);
  await page.locator(".change-list li", { hasText: "daemonset/fluentd-elasticsearch stays: it is no longer in the text, and kubectl apply deletes nothing" }).waitFor();
  await page.getByRole("button", { name: /^Apply/ }).click();
  await app.settle();
  await page.getByText(/^Applied at step \d+$/).waitFor();
  // What it says of a text that is behind has the width of the bar, not a column beside the buttons.
  await openTerminal(page);
  await page.keyboard.insertText("kubectl set image ds/edge edge=edge:2");
  await page.keyboard.press("Enter");
  const words = page.locator(".apply-head .grow", { hasText: "changed" });
  await words.waitFor();
  const [bar, line] = await Promise.all([page.locator(".apply-head").boundingBox(), words.boundingBox()]);
  assert.ok(line.width > bar.width / 2, `${line.width} by ${line.height} in a bar of ${bar.width}`);
  const names = page.locator(".panel--why .why-head", { hasText: "For the pods of" });
  await page.locator(".node .node-name").first().click();
  await names.waitFor();
  await shot("two-sets-why-node");
});
