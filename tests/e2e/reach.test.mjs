// Who answers a request: the four ways to reach a daemon's pods, each from its example, by mouse and by keyboard; what an
// update loses with maxUnavailable and with maxSurge; the same at an earlier step.
import { assert, example, hasAll, openTerminal, PHONE, scene } from "./fixtures.mjs";

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
  assert.equal(await page.locator(".reach-policy").innerText(), "internalTrafficPolicy: Cluster");
  const parts = await page.locator(".reach-many .is-shown .reach-part").allInnerTexts();
  assert.deepEqual(parts.map((part) => part.replace(/^\d+ /, "")), ["worker-1", "worker-2"]);
  assert.equal(parts.reduce((sum, part) => sum + Number.parseInt(part, 10), 0), 100);
  await shot("reach-service");
  // On a small projector, too, the whole picture is in sight, and so is the way to what made room for it.
  await page.setViewportSize({ width: 1280, height: 720 });
  for (const view of ["", "projector"]) {
    await page.evaluate((to) => { document.documentElement.dataset.view = to; }, view);
    assert.ok(await hasAll(page, ".reach-map", ".reach-picture"), `the picture of a request, ${view}`);
  }
  await page.evaluate(() => { document.documentElement.dataset.view = ""; });
  await page.getByRole("button", { name: "Events", exact: true }).click();
  await page.locator(".events tr").nth(3).waitFor();
  await page.getByRole("button", { name: "Events", exact: true }).click();
  await page.locator(".events").waitFor({ state: "hidden" });
  await a11y();
  await page.getByRole("button", { name: "Why? of Service agent" }).click();
  await page.locator(".verdict", { hasText: "2 of 2 pods that agent selects get its requests" }).waitFor();
  await page.getByText("Who reaches port 9100").waitFor();
});

scene("agents push to the sink as long as it runs", { example: "Where do the agents’ numbers go?" }, async ({ page, app }) => {
  await send(page, "agent-", "stats.default:8125");
  await verdict(page).getByText(/^Answered by stats-0 on worker-2/).waitFor();
  await openTerminal(page);
  await page.keyboard.type("kubectl delete pod stats-0");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await app.settle();
  await verdict(page).getByText("Refused at once: the Service stats has no endpoint that could answer.").waitFor();
});

/** Presses Tab until the focus is on what a selector finds. @param {import("playwright-core").Page} page @param {string} selector */
async function tabTo(page, selector, key = "Tab", most = 60) {
  for (let presses = 0; presses < most; presses++) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${key} does not come to ${selector}`);
}

/** Opens an example, and sends its question, without the mouse. @param {import("playwright-core").Page} page @param {string} title @param {string} from as it is typed in the list @param {string} to */
async function byKeyboard(page, title, from, to) {
  await leave(page);
  await tabTo(page, ".crumb");
  await page.keyboard.press("Enter");
  await page.locator(".start").waitFor();
  const place = await page.locator(".example").evaluateAll((all, title) => all.findIndex((one) => one.textContent.includes(title)), title);
  await tabTo(page, `.example:nth-child(${place + 1} of .example)`);
  await page.keyboard.press("Enter");
  await page.locator(".crumb", { hasText: title }).waitFor();
  await leave(page);
  await tabTo(page, "#reach-from");
  await page.keyboard.type(from);
  await tabTo(page, "#reach-to");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(to);
  await page.keyboard.press("Enter");
}

/** Example, client, address, answer, and what one of the hops says. @type {[string, string, string, RegExp, string][]} */
const PATTERNS = [
  ["Who answers at a node’s port?", "outside", "192.168.7.2:9100", /^Answered by agent-.* on worker-1/, "port 9100"],
  ["How does an app find every agent?", "web", "agent.monitoring:9100", /^Answered by agent-.*one of 2, taken by chance\.$/, "has 2 addresses"],
  ["Whose metrics does web get?", "web", "agent.monitoring:9100", /^Answered by agent-.*one of 2, taken by chance\.$/, "kube-proxy on"],
  ["Where do the agents’ numbers go?", "agent", "stats.default:8125", /^Answered by stats-0 on worker-2/, "kube-proxy on"],
];
for (const [title, from, to, answer, hop] of PATTERNS) {
  scene(`by keyboard alone: ${title}`, { example: null }, async ({ page, app }) => {
    await byKeyboard(page, title, from, to);
    await verdict(page).getByText(answer).waitFor();
    // The arrows walk the hops, and what has the focus is marked in the picture.
    await tabTo(page, '.reach-hops > li[data-about="hop/0"]');
    const about = () => page.evaluate(() => document.activeElement?.getAttribute("data-about"));
    await page.keyboard.press("ArrowDown");
    assert.equal(await about(), "hop/1");
    await page.keyboard.press("ArrowUp");
    assert.equal(await about(), "hop/0");
    await page.keyboard.press("n");
    await page.keyboard.press("n");
    assert.equal(await about(), "hop/2");
    await page.keyboard.press("Shift+N");
    assert.equal(await about(), "hop/1");
    await page.keyboard.press("Shift+N");
    await page.locator(".reach-mark[data-partner]").waitFor();
    await page.locator(".reach-hops").getByText(hop).first().waitFor();
    assert.match(await app.sentence(), /client/);
  });
}

scene("from a pod’s menu one asks from there, and a Service tells of its slices", { example: "Whose metrics does web get?" }, async ({ page, shot }) => {
  await page.keyboard.press("h");
  await page.getByRole("group", { name: "Stage" }).getByRole("button").first().click();
  await page.locator(".pod", { hasText: /^web/ }).first().click({ button: "right" });
  await page.getByRole("menuitem", { name: /^Send a request from here/ }).click();
  await page.waitForFunction(() => document.activeElement?.id === "reach-to");
  assert.match(await page.locator("#reach-from option:checked").innerText(), /^web/);
  await page.keyboard.press("Enter");
  await verdict(page).getByText(/^Answered by agent-/).waitFor();
  await page.getByRole("button", { name: "Why? of Service agent" }).click();
  const slices = page.locator(".panel--why section", { hasText: "EndpointSlices" });
  await slices.getByText(/^agent-/).first().waitFor();
  await slices.getByText(/9100\/TCP: 10\.244\./).waitFor();
  await shot("reach-slices");
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
  const unavailable = told.filter({ hasText: "maxUnavailable 1" });
  await unavailable.getByText(/sent, \d+ lost/).waitFor();
  await shot("reach-update");
  const [, last] = await app.position();
  const atLast = await unavailable.innerText();
  await update("maxUnavailable: 1", "maxUnavailable: 0\n      maxSurge: 1");
  await update("agent:1.1", "agent:1.2");
  await told.filter({ hasText: "maxSurge 1" }).getByText("none lost").waitFor();
  // The same at a step back: what came later is not counted there, and at the end of the first update it is what it was.
  const surged = await told.allInnerTexts();
  const to = async (step) => {
    await leave(page);
    for (let [shown] = await app.position(); shown !== step; [shown] = await app.position()) {
      const key = Math.abs(step - shown) >= 10 ? "Shift+Arrow" : "Arrow";
      await page.keyboard.press(`${key}${step < shown ? "Left" : "Right"}`);
    }
  };
  await to(last);
  await told.filter({ hasText: "maxSurge 1" }).waitFor({ state: "detached" });
  assert.equal(await unavailable.innerText(), atLast);
  // In the midst of that update the request is lost, and fewer were sent by then.
  const numbers = (text) => (/(\d+) sent, (\d+) lost/.exec(text) ?? assert.fail(`${text} tells of lost requests`)).slice(1).map(Number);
  const [sent, lost] = numbers(atLast);
  let at = last;
  do {
    await to(--at);
    assert.ok(at > 0, "at some step the request is lost");
  } while (/^Answered/.test(await verdict(page).innerText()));
  const [sentBy, lostBy] = numbers(await unavailable.innerText());
  assert.ok(sentBy < sent && lostBy <= lost && lostBy > 0, `${sentBy} sent, ${lostBy} lost by step ${at}`);
  await verdict(page).getByText(/^(Dropped|Refused)/).waitFor();
  await leave(page);
  await page.keyboard.press("End");
  await told.filter({ hasText: "maxSurge 1" }).waitFor();
  assert.deepEqual(await told.allInnerTexts(), surged);
});

scene("a request is a step of the client’s, and at an earlier step it answers as of then", { example: LOCAL }, async ({ page, app, shot }) => {
  const [, steps] = await app.position();
  await send(page, "web", "agent.monitoring:9100");
  await verdict(page).getByText(/^Answered by/).waitFor();
  assert.deepEqual(await app.position(), [steps + 1, steps + 1]);
  assert.match(await app.sentence(), /client web-\S+ asked for agent\.monitoring:9100: answered by agent-\S+ on worker-1/);
  await shot("reach-step");
  await leave(page);
  await page.keyboard.press("Home");
  await verdict(page).getByText(/^Answered by/).waitFor({ state: "detached" });
  // Asked here, it drops nothing.
  await page.getByRole("button", { name: "Send", exact: true }).click();
  assert.deepEqual(await app.position(), [0, steps + 1]);
  await leave(page);
  await page.keyboard.press("End");
  await verdict(page).getByText(/^Answered by/).waitFor();
  await openTerminal(page);
  await page.getByText(/kubectl exec web-\S+ -- curl -sS http:\/\/agent\.monitoring:9100/).first().waitFor();
});

scene("on a phone the answer comes first and the map is behind a tab", { viewport: PHONE, touch: true, example: LOCAL }, async ({ page, shot, a11y }) => {
  await verdict(page).waitFor();
  assert.ok(!(await page.locator(".reach-map").isVisible()), "the hops alone are shown");
  await shot("reach-phone");
  await a11y();
  await page.getByRole("group", { name: "Show" }).getByRole("button", { name: "Map" }).click();
  await page.locator(".reach-picture").waitFor();
  assert.ok(!(await verdict(page).isVisible()), "the map alone is shown");
  await shot("reach-phone-map");
  await a11y();
});

scene("in the dark", { theme: "dark", example: LOCAL }, async ({ page, shot, a11y }) => {
  await verdict(page).waitFor();
  await shot("reach-dark");
  await a11y();
});
