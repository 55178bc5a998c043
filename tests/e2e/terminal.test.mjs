// The terminal: what is typed, what is answered, and that it travels with the steps.
import { readFileSync } from "node:fs";
import { assert, PHONE, scene } from "./fixtures.mjs";

const line = (page) => page.getByRole("textbox", { name: "Command" });
const said = (page) => page.locator(".term-said");

/** Opens the terminal by its key. */
async function opened(page) {
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  await page.keyboard.press("`");
  await line(page).waitFor();
  await page.waitForFunction(() => document.activeElement?.matches(".term-field textarea"));
}

/** Types a command, and gives what is answered. */
async function run(page, text) {
  const before = await said(page).count();
  await line(page).fill(text);
  await page.keyboard.press("Enter");
  await page.waitForFunction((count) => document.querySelectorAll(".term-said").length > count, before);
  return (await page.locator(".term-said:not(.is-later)").last().locator(".term-out").allInnerTexts()).join("\n");
}

const position = async (app) => (await app.position())[0];

scene("a command that changes something is a step, one that reads is none, and both go back with the steps", {}, async ({ page, app, a11y }) => {
  await app.settle();
  await opened(page);
  const at = await position(app);
  assert.match(await run(page, "k get nodes"), /^NAME +STATUS +ROLES +AGE +VERSION\n/);
  assert.equal(await position(app), at);
  assert.equal(await run(page, "kubectl taint nodes worker-a1 maintenance=yes:NoExecute"), "node/worker-a1 tainted");
  assert.equal(await position(app), at + 1);
  assert.match(await app.sentence(), /worker-a1/);
  await a11y(".log");
  // The step before: both commands are faint, and the node has no taint.
  await line(page).press("Escape");
  await page.keyboard.press("ArrowLeft");
  await page.locator(".term-said.is-later").waitFor();
  assert.match(await page.locator(".term-said.is-later").innerText(), /taint nodes worker-a1/);
  assert.doesNotMatch(await run(page, "kubectl describe node worker-a1 | grep Taints"), /maintenance/);
  // A command that writes in the past asks first, as any act does.
  await line(page).fill("kubectl cordon worker-a2");
  await page.locator(".term-drops").waitFor();
  await page.keyboard.press("Enter");
  const dialog = page.locator("dialog[open]");
  await dialog.waitFor();
  await dialog.getByRole("button").first().click();
});

scene("Tab completes, and the history comes back by keys and after a reload", {}, async ({ page, app }) => {
  await opened(page);
  await page.keyboard.type("kub");
  await page.keyboard.press("Tab");
  await page.keyboard.type("get no");
  await page.keyboard.press("Tab");
  await page.locator("[role=listbox]").waitFor();
  assert.ok((await page.locator("[role=option]").allInnerTexts()).some((text) => text.startsWith("nodes")));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+u");
  await page.keyboard.type("kubectl describe node worker-a");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  assert.equal(await line(page).inputValue(), "kubectl describe node worker-a2 ");
  await page.keyboard.press("Enter");
  await run(page, "kubectl get ds -A | wc -l");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.equal(await line(page).inputValue(), "kubectl describe node worker-a2");
  await page.keyboard.press("Control+c");
  await app.reload();
  await opened(page);
  await page.keyboard.press("Control+r");
  await page.keyboard.type("wc");
  assert.match(await page.locator(".term-search").innerText(), /wc/);
  assert.equal(await line(page).inputValue(), "kubectl get ds -A | wc -l");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".term-said").length >= 4);
  assert.match(await page.locator(".term-said").nth(-2).innerText(), /kubectl get ds -A \| wc -l\s+2/);
  await page.keyboard.press("Control+l");
  await page.waitForFunction(() => document.querySelectorAll(".term-said").length === 0);
});

scene("several lines are pasted, with prompts, lines that go on and a here-document", {}, async ({ page }) => {
  await opened(page);
  const text = "$ kubectl create namespace x --dry-run=client\n$ kubectl label node worker-a1 \\\n    rack=7\nnode/worker-a1 labeled\n$ kubectl apply -f - <<EOF\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: pasted\nEOF\n$ kubectl get ns pasted -o name; kubectl get ns nosuch && echo no\n";
  const before = await said(page).count();
  await page.evaluate((text) => {
    const area = document.querySelector(".term-field textarea");
    area.focus();
    document.execCommand("insertText", false, text);
  }, text);
  await page.keyboard.press("Enter");
  await page.waitForFunction((count) => document.querySelectorAll(".term-said").length >= count + 5, before);
  const all = await page.locator(".term-log").innerText();
  assert.match(all, /kubectl label node worker-a1 rack=7\s+node\/worker-a1 labeled/);
  assert.match(all, /namespace\/pasted created/);
  assert.match(all, /namespace\/pasted\n/);
  assert.match(all, /Error from server \(NotFound\): namespaces "nosuch" not found/);
  assert.doesNotMatch(all, /\$ echo no/);
});

scene("get pods -w prints while the simulation plays, and says when nothing more happens", { example: "Kept out by a taint" }, async ({ page, app }) => {
  await app.settle();
  await opened(page);
  await run(page, "kubectl get pods -n kube-system -w");
  assert.match(await page.locator(".term-goes").innerText(), /stands still/);
  await run(page, "kubectl rollout restart ds -n kube-system");
  await line(page).press("Escape");
  await app.settle();
  const lines = (await page.locator(".term-said", { hasText: "-w" }).last().locator(".term-out").allInnerTexts()).join("\n");
  assert.match(lines, /Terminating/);
  assert.match(lines, /ContainerCreating/);
  await page.locator(".term-said .term-goes", { hasText: "stands still" }).waitFor();
  await line(page).focus();
  await page.keyboard.press("Control+c");
  await page.locator(".term-goes").waitFor({ state: "detached" });
});

scene("buttons of the page are commands of the transcript", {}, async ({ page, app }) => {
  await app.settle();
  await opened(page);
  assert.match(await said(page).first().innerText(), /kubectl apply -f manifest.yaml/);
  await line(page).press("Escape");
  await page.getByTitle("Add a node").click();
  await page.locator(".term-said", { hasText: "playground add nodes" }).waitFor();
  const menu = app.node("worker-a1").getByRole("button", { name: /menu/i });
  await menu.click();
  const cordon = page.getByRole("menuitem", { name: /^Cordon/ });
  assert.match(await cordon.innerText(), /kubectl cordon worker-a1/);
  await cordon.click();
  await page.locator(".term-said", { hasText: "kubectl cordon worker-a1" }).waitFor();
  await page.locator(".said-list", { hasText: "cordon worker-a1" }).waitFor();
});

scene("the transcript of the notes", { example: null }, async ({ page, app }) => {
  await app.open("Log collector");
  await opened(page);
  /** @type {[string, RegExp][]} */
  const answers = [
    ["kubectl apply -f manifest.yaml", /configured|created|unchanged/],
    ["kubectl get ds -A", /DESIRED +CURRENT +READY/],
    ["kubectl rollout status ds/fluentd-elasticsearch -n kube-system", /rollout|rolled out/],
    ["kubectl rollout history ds/fluentd-elasticsearch -n kube-system", /REVISION +CHANGE-CAUSE/],
  ];
  for (const [command, answer] of answers) assert.match(await run(page, command), answer, command);
});

scene("help texts are fetched when they are asked for", {}, async ({ page }) => {
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await opened(page);
  assert.match(await run(page, "kubectl get --help"), /^Display one or many resources\./);
  assert.match(await run(page, "kubectl taint --help"), /^Update the taints/);
  assert.equal(asked.filter((url) => url.includes("/help/")).length, 1, "once is enough");
});

scene("on a phone the terminal has its own tab and the keys that a phone lacks", { viewport: PHONE, touch: true }, async ({ page, a11y }) => {
  await page.locator(".phone-tabs").getByRole("button", { name: "Terminal" }).click();
  await line(page).fill("kubectl get n");
  await page.locator(".term-keys").getByRole("button", { name: "Tab" }).click();
  await page.locator("[role=listbox]").waitFor();
  await a11y(".log");
});
