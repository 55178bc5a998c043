// Who answers a request: the four ways to reach a daemon's pods, each from its example, by mouse and by keyboard; what an
// update loses with maxUnavailable and with maxSurge; the same at an earlier step.
import { assert, example, PHONE, scene } from "./fixtures.mjs";

const LOCAL = "Why does the app on gpu-1 get no metrics?";

/** The answer's sentence. */
function verdict(page) {
  return page.locator(".reach-verdict");
}

/** Sends a request from the client whose label begins so to an address. */
async function send(page, from, to) {
  const select = page.locator("#reach-from");
  const labels = await select.locator("option").allInnerTexts();
  const label = labels.find((text) => text.startsWith(from));
  assert.ok(label, `${from} is among ${labels.join(", ")}`);
  await select.selectOption({ label });
  await page.locator("#reach-to").fill(to);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

/** Takes the focus from where it is, so that keys are the page's. */
async function leave(page) {
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
}

/** Opens the terminal by its key. */
async function terminal(page) {
  await leave(page);
  await page.keyboard.press("`");
  await page.waitForFunction(() => document.activeElement?.matches(".term-field textarea"));
}

/** The hops: who, in their order. */
function hops(page) {
  return page.locator(".reach-hops b").allInnerTexts();
}

scene("a node’s port answers where a pod holds it and refuses elsewhere", { example: "Who answers at a node’s port?" }, async ({ page, shot, a11y }) => {
  await verdict(page).getByText("Refused at once: nothing listens on port 9100 of gpu-1.").waitFor();
  await send(page, "outside", "192.168.7.2:9100");
  await verdict(page).getByText(/^Answered by agent-/).waitFor();
  const told = await hops(page);
  assert.deepEqual(told.slice(0, 3), ["outside", "Network", "worker-1"]);
  await page.getByText("port 9100 goes to").waitFor();
  await shot("reach-hostport");
  await a11y();
});

scene("a headless name leads to every agent that is ready", { example: "How does an app find every agent?" }, async ({ page, shot }) => {
  await send(page, "web", "agent.monitoring:9100");
  await verdict(page).getByText(/^Answered by agent-.*one of 2, taken by chance\.$/).waitFor();
  assert.ok((await hops(page)).includes("CoreDNS"));
  assert.ok(!(await hops(page)).some((who) => who.startsWith("kube-proxy")), "no kube-proxy is asked");
  await page.locator(".reach-many .is-shown .reach-part").nth(1).waitFor();
  await shot("reach-dns");
});

scene("a Service gives any agent, and Why? tells who is behind it", { example: "Whose metrics does web get?" }, async ({ page, shot, a11y }) => {
  await send(page, "web", "agent.monitoring:9100");
  await verdict(page).getByText(/one of 2, taken by chance\.$/).waitFor();
  const parts = await page.locator(".reach-many .is-shown .reach-part").allInnerTexts();
  assert.deepEqual(parts.map((part) => part.replace(/^\d+ /, "")), ["worker-1", "worker-2"]);
  assert.equal(parts.reduce((sum, part) => sum + Number.parseInt(part, 10), 0), 100);
  await shot("reach-service");
  await a11y();
  await page.getByRole("button", { name: "Why? of Service agent" }).click();
  await page.getByText("2 of 2 pods that agent selects get its requests").waitFor();
  await page.getByText("Who reaches port 9100").waitFor();
});

scene("agents push to the sink as long as it runs", { example: "Where do the agents’ numbers go?" }, async ({ page, app }) => {
  await send(page, "agent-", "stats.default:8125");
  await verdict(page).getByText(/^Answered by stats-0 on worker-2/).waitFor();
  await terminal(page);
  await page.keyboard.type("kubectl delete pod stats-0");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await app.settle();
  await verdict(page).getByText("Refused at once: the Service stats has no endpoint that could answer.").waitFor();
});

scene("by keyboard alone: the question is asked, and the hops are walked", { example: LOCAL }, async ({ page }) => {
  await page.locator("#reach-from").focus();
  await page.keyboard.type("web");
  await page.keyboard.press("Tab");
  for (let presses = 0; presses < 8; presses++) {
    if (await page.evaluate(() => document.activeElement?.id === "reach-to")) break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("agent.monitoring:9100");
  await page.keyboard.press("Enter");
  await verdict(page).getByText(/^Answered by agent-.* on worker-1/).waitFor();
  await page.locator(".reach-hops > li").first().focus();
  await page.locator(".reach-mark[data-partner]").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-about")), "hop/1");
});

scene("an update with maxUnavailable loses requests and one with maxSurge loses none", { example: LOCAL }, async ({ page, app, shot }) => {
  await verdict(page).getByText("Dropped: no endpoint of agent on gpu-1, and the policy is Local.").waitFor();
  await send(page, "web", "agent.monitoring:9100");
  await verdict(page).getByText(/^Answered by/).waitFor();
  await page.getByRole("button", { name: "Keep sending" }).click();
  let manifest = example("reach_local");
  const update = async (from, to) => {
    assert.ok(manifest.includes(from), `${from} is in the manifest`);
    manifest = manifest.replace(from, to);
    await app.editor.fill(manifest);
    await page.getByRole("button", { name: /^Apply Ctrl/ }).click();
    await app.settle();
  };
  await update("agent:1.0", "agent:1.1");
  const told = page.locator(".reach-keep li");
  await told.filter({ hasText: "maxUnavailable 1" }).getByText(/sent, \d+ lost/).waitFor();
  await shot("reach-update");
  const [, last] = await app.position();
  await update("maxUnavailable: 1", "maxUnavailable: 0\n      maxSurge: 1");
  await update("agent:1.1", "agent:1.2");
  await told.filter({ hasText: "maxSurge 1" }).getByText("none lost").waitFor();
  // The same at a step back.
  const scrubbed = await app.position();
  assert.ok(scrubbed[1] > last);
  await leave(page);
  await page.keyboard.press("Shift+ArrowLeft");
  await told.filter({ hasText: "maxUnavailable 1" }).getByText(/sent, \d+ lost/).waitFor();
});

scene("a request at an earlier step answers as of then, and stands in the terminal", { example: LOCAL }, async ({ page, app }) => {
  await send(page, "web", "agent.monitoring:9100");
  await verdict(page).getByText(/^Answered by/).waitFor();
  await leave(page);
  await page.keyboard.press("Home");
  await verdict(page).getByText(/^Answered by/).waitFor({ state: "detached" });
  await page.keyboard.press("End");
  await verdict(page).getByText(/^Answered by/).waitFor();
  const before = await app.position();
  assert.equal(before[0], before[1], "a request drops nothing");
  await terminal(page);
  await page.getByText(/kubectl exec web-\S+ -- curl -sS http:\/\/agent\.monitoring:9100/).first().waitFor();
});

scene("on a phone the answer comes first and the picture below", { viewport: PHONE, touch: true, example: LOCAL }, async ({ page, shot, a11y }) => {
  await verdict(page).waitFor();
  const [answer, map] = await Promise.all([page.locator(".reach-answer").boundingBox(), page.locator(".reach-map").boundingBox()]);
  assert.ok(answer.y < map.y, "the answer is above");
  await shot("reach-phone");
  await a11y();
});

scene("in the dark", { theme: "dark", example: LOCAL }, async ({ page, shot, a11y }) => {
  await verdict(page).waitFor();
  await shot("reach-dark");
  await a11y();
});
