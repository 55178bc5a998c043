// The taints explorer as a person uses it: which toleration opens which taint, what happens to the pod, and what would
// happen with others, tried on a copy, written into the texts or done as commands.
import { assert, PHONE, scene } from "./fixtures.mjs";

const EXAMPLE = "Kept out by a taint";

/** The outcome told for a node's row. */
function fate(page, node) {
  return page.locator(".matrix-table tbody", { has: page.locator(".col-node", { hasText: node }) }).locator(".fate-words");
}

/** What has the focus, by its accessible name. */
function focused(page) {
  return page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
}

/** Goes on with Tab until the focus is where it is wanted. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 60; presses++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${selector}`);
}

scene("a missing toleration is tried, read, and written into the manifest with its comments", { example: EXAMPLE }, async ({ page, app, shot, a11y }) => {
  await page.getByRole("group", { name: "Stage" }).getByRole("button", { name: "Taints" }).click();
  const gpu = fate(page, "gpu-1");
  await gpu.getByText("Not created", { exact: true }).waitFor();
  await gpu.getByText("no toleration for gpu=true:NoSchedule").waitFor();
  const row = page.locator(".matrix-table tbody", { has: page.locator(".col-node", { hasText: "gpu-1" }) });
  await row.getByText("value differs").waitFor();
  await row.getByRole("button", { name: "Make gpu=yes:NoSchedule match gpu=true:NoSchedule" }).waitFor();
  await fate(page, "like cp-1").getByText("your toleration matches").waitFor();
  await fate(page, "build-1").getByText("a cordon does not stop daemon pods").waitFor();
  await shot("taints");
  await a11y();

  await row.getByRole("button", { name: "Try this toleration: gpu=true:NoSchedule" }).click();
  assert.match((await gpu.innerText()).replace(/\s+/g, " "), /^Not created → Runs your toleration matches/);
  await page.getByText("gpu-1 gets a pod").waitFor();
  await page.getByText("the rolling update replaces 7 pods").waitFor();
  const [before] = await app.position();
  await shot("taints-tried");
  await a11y();

  await page.getByRole("button", { name: "Write to manifest" }).click();
  await page.getByText("Written into manifest.yaml. Apply brings it to the cluster.").waitFor();
  const lines = (await app.editor.lines()).map((line) => line.trim());
  for (const comment of ["# Opens the control plane.", "# For the GPU nodes."]) assert.ok(lines.includes(comment), `${comment} is kept`);
  const at = lines.lastIndexOf("- key: gpu");
  assert.deepEqual(lines.slice(at, at + 4), ["- key: gpu", "operator: Equal", 'value: "true"', "effect: NoSchedule"]);
  assert.equal((await app.position())[0], before, "nothing is done to the cluster yet");
  await gpu.getByText("Not created", { exact: true }).waitFor();

  await page.getByRole("button", { name: /^Apply Ctrl/ }).click();
  await app.settle();
  await gpu.getByText("Runs", { exact: true }).waitFor();
});

scene("several changes are tried at once by keyboard alone, each with its undo", { example: EXAMPLE }, async ({ page, app, shot }) => {
  await app.press("t");
  await page.locator(".matrix-table").waitFor();
  await tabTo(page, ".matrix-table [data-stop]");
  assert.match(await focused(page), /^Toleration node-role.kubernetes.io\/control-plane/);
  // Down to the second node's taint, and off with it.
  await app.press("ArrowDown", "ArrowDown");
  await app.press("Home", "ArrowRight", "ArrowRight");
  assert.match(await focused(page), /^Taint node-role.kubernetes.io\/control-plane:NoSchedule on 2 nodes like cp-1/);
  await app.press("Enter");
  await page.getByText("Trying 1 thing").waitFor();
  assert.equal(await page.locator(".fate-what s").count(), 0, "it ran there before and does now");
  // Back with it: nothing is tried any more.
  await app.press("Enter");
  await page.locator(".trials").waitFor({ state: "detached" });

  // A taint typed as kubectl takes it, first wrong, then right.
  await app.press("Home", "ArrowRight");
  assert.match(await focused(page), /^Add a taint to 2 nodes like cp-1/);
  await app.press("Enter");
  await page.keyboard.type("maintenance:Never");
  await app.press("Enter");
  await page.getByRole("alert").getByText("invalid taint effect: Never, unsupported taint effect").waitFor();
  await app.press("ControlOrMeta+a");
  await page.keyboard.type("maintenance:NoExecute");
  await app.press("Enter");
  await page.getByText("cp-1 and cp-2 lose their pods").waitFor();
  assert.match((await fate(page, "like cp-1").innerText()).replace(/\s+/g, " "), /^Runs → Evicted now no toleration for maintenance:NoExecute/);

  // And a toleration, in fields as in a manifest.
  await page.locator("#toleration-key").focus();
  await page.keyboard.type("gpu");
  await app.press("Tab", "Tab");
  await page.keyboard.type("true");
  await app.press("Enter");
  await page.getByText("Trying 2 things").waitFor();
  await page.getByText("gpu-1 gets a pod; cp-1 and cp-2 lose their pods").waitFor();
  await shot("taints-two-trials");

  await tabTo(page, ".trials-undo");
  await app.press("Enter");
  await page.getByText("Trying 1 thing").waitFor();
  await page.getByRole("button", { name: "Reset" }).press("Enter");
  await page.locator(".trials").waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement?.matches("[data-stop]"));
});

scene("what is tried of taints is done as commands, and the node list follows", { example: EXAMPLE }, async ({ page, app, shot }) => {
  await app.press("t");
  await page.getByRole("button", { name: "Add a taint to 2 nodes like worker-1" }).click();
  await page.getByRole("textbox", { name: "New taint" }).fill("maintenance=now:NoExecute");
  await app.press("Enter");
  await page.getByText("worker-1 and worker-2 lose their pods").waitFor();
  await page.getByRole("button", { name: "Show as commands" }).click();
  await page.getByText("$ kubectl taint nodes worker-1 worker-2 maintenance=now:NoExecute").waitFor();
  await shot("taints-commands");
  const [before] = await app.position();
  await page.getByRole("button", { name: "Run it" }).click();
  await page.locator(".trials").waitFor({ state: "detached" });
  assert.equal((await app.position())[0], before + 1, "one command is one step");
  await app.settle();
  await fate(page, "like worker-1").getByText("Not created", { exact: true }).waitFor();
  await app.press("e");
  await page.getByRole("tab", { name: /nodes.yaml/ }).click();
  const lines = (await app.editor.lines()).map((line) => line.trim());
  assert.ok(lines.includes("# The same key with another value."), "comments of the list are kept");
});

scene("the API server's objection stands at the field that it is about", { example: EXAMPLE }, async ({ page, app, a11y }) => {
  await app.press("t");
  await page.locator("#toleration-key").fill("gpu");
  await page.locator(".try-form select").last().selectOption("NoExecute");
  await page.locator("#toleration-seconds").fill("soon");
  await app.press("Enter");
  await page.getByRole("alert").getByText("tolerationSeconds: is a whole number of seconds").waitFor();
  assert.equal(await page.locator("#toleration-seconds").getAttribute("aria-invalid"), "true");
  await page.locator("#toleration-seconds").fill("60");
  await page.locator("#toleration-key").fill("not a key");
  await app.press("Enter");
  await page.getByRole("alert").getByText(/tolerations\[2\]\.key: Invalid value: "not a key"/).waitFor();
  assert.equal(await page.locator("#toleration-key").getAttribute("aria-invalid"), "true");
  assert.equal(await page.locator(".trials").count(), 0);
  await a11y(".taints");
});

scene("a NoExecute taint that is borne for some seconds is told as the loop that it is", { example: "Asked to leave", theme: "dark" }, async ({ page, app, shot, a11y }) => {
  await app.press("t");
  await page.locator(".fate-what", { hasText: /Evicted after .*in a loop/ }).first().waitFor();
  await shot("taints-dark");
  await a11y();
});

scene("hostNetwork brings the seventh toleration", { example: EXAMPLE }, async ({ page, app }) => {
  await app.press("t");
  const seventh = page.locator(".matrix-table").getByRole("switch", { name: /network-unavailable/ });
  assert.equal(await seventh.getAttribute("aria-checked"), "false");
  await seventh.click();
  await page.getByText("hostNetwork: true").waitFor();
  assert.equal(await seventh.getAttribute("aria-checked"), "true");
  await seventh.click();
  await page.locator(".trials").waitFor({ state: "detached" });
});

scene("on a phone the matrix is a list of taints and outcomes, and everything can be tried", { example: EXAMPLE, viewport: PHONE, touch: true }, async ({ page, shot, a11y }) => {
  await page.getByRole("navigation", { name: "Panels" }).getByRole("button", { name: "Taints" }).tap();
  const gpu = fate(page, "gpu-1");
  await gpu.getByText("Not created", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Try this toleration: gpu=true:NoSchedule" }).tap();
  assert.match((await gpu.innerText()).replace(/\s+/g, " "), /^Not created → Runs/);
  await page.getByRole("list", { name: "Tolerations" }).getByRole("switch", { name: /control-plane/ }).tap();
  await page.getByText("gpu-1 gets a pod; cp-1 and cp-2 lose their pods").waitFor();
  await shot("taints-phone");
  await a11y();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= PHONE.width, "nothing is wider than the screen");
});

scene("Why? of a node without a pod adds the missing toleration with one button", { example: EXAMPLE }, async ({ page, app }) => {
  await app.node("gpu-1").click({ position: { x: 100, y: 8 } });
  await page.locator(".panel--why").getByRole("button", { name: "Add this toleration" }).click();
  await page.getByText("Written into manifest.yaml. Apply brings it to the cluster.").waitFor();
  const lines = (await app.editor.lines()).map((line) => line.trim());
  assert.ok(lines.includes("# For the GPU nodes."), "the comments are kept");
  assert.ok(lines.includes('value: "true"'), "and the toleration is there");
});
