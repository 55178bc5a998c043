// Lessons and challenges as a person does them: by mouse, by keyboard alone, on a phone; a short cut that is refused; a
// lesson of one's own that is written, saved, and opened again.
import { readFileSync } from "node:fs";
import { assert, drop, hasAll, open, openTerminal, PHONE, scene } from "./fixtures.mjs";

/** A goal of the open lesson. */
function goal(page, label) {
  return page.locator(".goal", { hasText: label });
}

/** Opens a lesson or challenge from the list of all. */
async function begin(page, title) {
  await page.getByRole("button", { name: "Lessons", exact: true }).first().click();
  await page.locator(".lesson", { hasText: title }).click();
  await page.getByRole("heading", { name: title, level: 2 }).waitFor();
}

/** Types a command into the terminal. */
async function type(page, line) {
  await page.getByRole("tab", { name: "Terminal" }).click();
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
}

/** Whether a goal holds. */
const holds = async (page, label) => (await goal(page, label).textContent()).startsWith("done: ");

scene("a lesson is solved by mouse: its goals tick, untick with the steps, and are kept", { example: null }, async ({ page, app, shot, a11y }) => {
  await page.getByRole("region", { name: "Welcome" }).getByRole("button", { name: "Lessons" }).click();
  await page.locator(".chapter").first().waitFor();
  await shot("lessons");
  await a11y();
  await page.getByRole("button", { name: "4. Taints keep pods out" }).click();
  await page.getByRole("heading", { name: "Taints keep pods out", level: 2 }).waitFor();
  assert.equal(await holds(page, "gpu-1 has a ready pod"), false);
  assert.equal(await holds(page, "Each worker has a pod"), true);
  // What the lesson is about is in sight on a small projector, too.
  const { width, height } = page.viewportSize();
  await page.setViewportSize({ width: 1280, height: 720 });
  assert.ok(await hasAll(page, ".stage-scroll", '[data-node="gpu-1"]'), "gpu-1");
  await page.setViewportSize({ width, height });
  await goal(page, "gpu-1 has a ready pod").getByRole("button", { name: "Why? gpu-1" }).click();
  await page.locator(".why-title", { hasText: "gpu-1" }).waitFor();
  await page.getByRole("button", { name: "Show a hint" }).click();
  await page.getByText("Hint 1 of 3.").waitFor();
  await shot("lesson");
  await a11y(".panel--task");

  await page.getByRole("group", { name: "Stage" }).getByRole("button", { name: "Taints" }).click();
  const row = page.locator(".matrix-table tbody", { has: page.locator(".col-node", { hasText: "gpu-1" }) });
  await row.getByRole("button", { name: "Try this toleration: gpu=true:NoSchedule" }).click();
  await page.getByRole("button", { name: "Write to manifest" }).click();
  await page.getByRole("button", { name: /^Apply Ctrl/ }).click();
  await app.settle();
  await page.locator(".task-part", { hasText: "solved" }).waitFor();
  for (const label of ["gpu-1 has a ready pod", "DESIRED is 4"]) assert.equal(await holds(page, label), true, label);
  await page.getByText("A toleration permits, it does not attract.").waitFor();
  await shot("lesson-solved");
  await a11y(".panel--task");

  await page.getByRole("button", { name: "First step" }).click();
  assert.equal(await holds(page, "DESIRED is 4"), false, "a goal is about the shown step");
  await app.reload();
  await page.getByRole("heading", { name: "Taints keep pods out", level: 2 }).waitFor();
  await page.getByRole("button", { name: "Lessons", exact: true }).first().click();
  await page.locator(".lesson.is-solved", { hasText: "Taints keep pods out" }).waitFor();
  await page.locator(".go-on", { hasText: "Past the control plane" }).waitFor();
});

scene("after a reload a lesson knows where it stands, and the next one begins at its top", { example: null }, async ({ page, app }) => {
  await begin(page, "NoSchedule and the pod that runs");
  await page.locator(".task-scroll").evaluate((scroll) => scroll.scrollTo(0, 500));
  await app.reload();
  await page.locator(".task-head", { hasText: "Taints and tolerations · lesson 6" }).waitFor();
  await page.getByRole("button", { name: "Next lesson" }).click();
  await page.getByRole("heading", { name: "NoExecute and the clock", level: 2 }).waitFor();
  assert.equal(await page.locator(".task-scroll").evaluate((scroll) => scroll.scrollTop), 0);
});

for (const { name, viewport, projector } of [
  { name: "wide", viewport: { width: 1440, height: 900 }, projector: false },
  { name: "low", viewport: { width: 1280, height: 720 }, projector: false },
  { name: "tablet", viewport: { width: 1000, height: 800 }, projector: false },
  { name: "projector", viewport: { width: 1280, height: 720 }, projector: true },
]) {
  scene(`in a lesson Why? and a wide terminal stand side by side: ${name}`, { example: null, viewport }, async ({ page, app, shot }) => {
    await begin(page, "Taints keep pods out");
    if (projector) await page.keyboard.press("p");
    await openTerminal(page);
    await page.keyboard.type("kubectl get pods -o wide");
    await page.keyboard.press("Enter");
    await page.locator(".term-out", { hasText: "NODE" }).waitFor();
    await app.node("gpu-1").click();
    await page.locator(".why-title", { hasText: "gpu-1" }).waitFor();
    await shot(`lesson-terminal-${name}`);
    const size = async (selector) => (await page.locator(selector).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const [why, stage, log] = [await size(".panel--why"), await size(".panel--stage"), await size(".term-log")];
    assert.ok(why.width >= 280 && why.height >= 140, `Why? is ${why.width} by ${why.height}`);
    assert.ok(why.y + why.height <= viewport.height && why.x + why.width <= viewport.width, "Why? is in sight");
    assert.ok(stage.height >= 180, `the cluster is ${stage.height} high`);
    // The columns up to NODE, and a line of the prompt.
    assert.ok(log.width >= 560 && log.height >= 100, `the terminal is ${log.width} by ${log.height}`);
    await page.locator(".term-field textarea").click();
    await page.keyboard.type("kubectl drain worker-1");
    await page.keyboard.press("Enter");
    await page.locator(".term-out.wraps", { hasText: "cannot delete DaemonSet-managed Pods" }).waitFor();
    const fits = await page.locator(".term-out.wraps").evaluateAll((all) => all.every((one) => one.scrollWidth <= one.clientWidth));
    assert.ok(fits, "what is no table wraps");
    // From the line the Esc key leads to the transcript, and the Tab key goes on from there.
    await page.keyboard.press("Escape");
    assert.ok(await page.evaluate(() => document.activeElement?.matches(".term-log")));
  });
}

scene("who closes the lessons and opens them again before the browser has gone back finds them open", {}, async ({ page, app }) => {
  const at = (hash) => page.waitForFunction((hash) => location.hash === hash, hash);
  await app.press("l");
  await at("#lessons");
  // The browser goes back when it is let to, however long that takes: the page would wait for ten seconds.
  await page.evaluate(() => {
    const wait = window.setTimeout.bind(window);
    window.setTimeout = /** @type {typeof setTimeout} */ ((run, time, ...rest) => (time === 10_000 ? 0 : wait(run, time, ...rest)));
    const goBack = history.back.bind(history);
    const held = new Promise((release) => Object.assign(window, { release }));
    history.back = () => void held.then(goBack);
  });
  await app.press("Escape");
  await page.locator(".lessons").waitFor({ state: "detached" });
  await app.press("l");
  await page.locator(".lessons").waitFor();
  await page.evaluate(() => new Promise((done) => {
    addEventListener("popstate", () => setTimeout(done), { once: true });
    window["release"]();
  }));
  await at("#lessons");
  assert.ok(await page.locator(".lessons").isVisible());
  await page.goBack();
  await page.locator(".lessons").waitFor({ state: "detached" });
  await at("");
});

scene("once the browser has gone back, nothing waits for it that could meet the next time", {}, async ({ page, app }) => {
  await page.evaluate(() => {
    const [wait, forget] = [window.setTimeout.bind(window), window.clearTimeout.bind(window)];
    /** @type {any[]} */
    const waits = [];
    window.setTimeout = /** @type {typeof setTimeout} */ ((run, time, ...rest) => {
      const id = wait(run, time, ...rest);
      if (time === 10_000) waits.push(id);
      return id;
    });
    window.clearTimeout = (id) => {
      if (waits.includes(id)) waits[waits.indexOf(id)] = "over";
      forget(id);
    };
    Object.assign(window, { waits });
  });
  await app.press("l");
  await page.waitForFunction(() => location.hash === "#lessons");
  await app.press("Escape");
  await page.waitForFunction(() => location.hash === "" && `${window["waits"]}` === "over");
});

scene("where the lessons cannot be fetched, the page says so and asks again", { example: null, expect: [/lessons\//, /Failed to load resource/] }, async ({ page, app }) => {
  await page.route("**/lessons/*.txt", (route) => route.abort());
  await app.press("l");
  await page.getByText("The lessons could not be loaded. Check the network connection.").waitFor();
  await page.unroute("**/lessons/*.txt");
  await page.getByRole("button", { name: "Try again" }).click();
  const lesson = page.locator("button.lesson").first();
  await lesson.waitFor();
  await page.route("**/lessons/*.txt", (route) => route.abort());
  await lesson.click();
  await page.getByText("This lesson could not be loaded.").waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByText("This lesson could not be loaded.").waitFor({ state: "detached" });
});

scene("where the browser does not go back, the address says what is shown all the same", {}, async ({ page, app }) => {
  await app.press("l");
  await page.waitForFunction(() => location.hash === "#lessons");
  await page.evaluate(() => {
    history.back = () => {};
  });
  await app.press("Escape");
  await page.locator(".lessons").waitFor({ state: "detached" });
  await page.waitForFunction(() => location.hash === "");
});

scene("a lesson is solved with the keyboard alone", { example: null, theme: "dark" }, async ({ page, app, a11y }) => {
  // The first key may come before the page listens.
  while (!(await page.locator(".lessons").isVisible())) await page.keyboard.press("l");
  await page.waitForFunction(() => document.activeElement?.closest(".go-on"));
  await a11y();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "One pod per node", level: 2 }).waitFor();
  await page.waitForFunction(() => document.activeElement?.matches(".task-scroll"));
  await openTerminal(page);
  await page.keyboard.type("kubectl get ds");
  await page.keyboard.press("Enter");
  await goal(page, "You asked kubectl for the DaemonSet").locator("text=done").waitFor({ state: "attached" });
  await page.keyboard.type("playground add nodes -f - <<E");
  await page.keyboard.press("Enter");
  for (const line of ["apiVersion: v1", "kind: Node", "metadata: {name: worker-4}"]) {
    await page.keyboard.type(line);
    await page.keyboard.press("Enter");
  }
  await page.keyboard.type("E");
  await page.keyboard.press("Enter");
  await app.node("worker-4").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await page.keyboard.press("r");
  await page.locator(".task-part", { hasText: "solved" }).waitFor();
  await a11y(".panel--task");
});

scene("a guess is held against what would come, with the reason of what was missed", { example: null }, async ({ page, app, shot, a11y }) => {
  await begin(page, "NoExecute and the clock");
  const guess = page.getByRole("region", { name: "Guess first" });
  const [step] = await app.position();
  await guess.getByRole("button", { name: "Guess on the nodes" }).click();
  for (const node of ["worker-1", "worker-2"]) await app.node(node).getByRole("button", { name: "keeps its pods" }).click();
  await guess.getByText("Guess at each node: 2 of 3 guessed.").waitFor();
  await shot("guess");
  await a11y(".panel--task");
  await guess.getByRole("button", { name: "Check my guess" }).click();
  await guess.getByText("1 of 2 right.").waitFor();
  assert.match(await app.node("worker-2").innerText(), /miss: loses a pod/);
  assert.equal((await app.position())[0], step, "nothing was run");
  await shot("guess-checked");
  await a11y(".panel--task");
});

scene("a guess about another text shows its lines, and the node says nothing else beside the answer", { example: null }, async ({ page, app, shot }) => {
  await begin(page, "Past the control plane");
  const guess = page.getByRole("region", { name: "Guess first" });
  await guess.getByText("+ - operator: Exists").or(guess.getByText("operator: Exists")).first().waitFor();
  await guess.getByRole("button", { name: "Guess on the nodes" }).click();
  await app.node("gpu-1").getByRole("button", { name: "no pod" }).click();
  await guess.getByRole("button", { name: "Check my guess" }).click();
  await guess.getByText("0 of 1 right.").waitFor();
  await shot("guess-lines");
  const told = await app.node("gpu-1").innerText();
  assert.match(told, /After the command: /);
  assert.doesNotMatch(told, /untolerated taint|no toleration/, "that is as of before");
  await type(page, "kubectl label node gpu-1 seen=yes");
  await page.locator(".guess-bar").waitFor({ state: "detached" });
});

scene("the solution is played command by command, in the terminal", { example: null, viewport: { width: 1280, height: 720 } }, async ({ page }) => {
  await begin(page, "Cordon and drain");
  await page.getByRole("button", { name: "Show solution" }).click();
  const next = page.getByRole("button", { name: "Do the next one" });
  const inSight = () => page.evaluate(() => {
    const [part, panel] = [".task-solution", ".task-scroll"].map((one) => document.querySelector(one).getBoundingClientRect());
    return part.top >= panel.top - 1 && part.bottom <= panel.bottom + 1;
  });
  assert.ok(await inSight(), "what was asked for is in sight");
  await page.locator(".task-scroll").evaluate((panel) => panel.scrollTo(0, 0));
  assert.equal(await inSight(), false, "it is below what one read");
  await next.click();
  await page.locator(".log", { hasText: "$ kubectl cordon worker-2" }).waitFor();
  while (await next.isVisible()) await next.click();
  await page.locator(".task-part", { hasText: "solved by the solution" }).waitFor();
  await page.getByRole("button", { name: "Reset" }).click();
  await page.getByRole("dialog", { name: "Begin the lesson again?" }).getByRole("button", { name: "Cancel" }).click();
  await page.locator(".task-part", { hasText: "solved by the solution" }).waitFor();
  await page.getByRole("button", { name: "Reset" }).click();
  await page.getByRole("button", { name: "Begin again" }).click();
  assert.equal(await holds(page, "worker-2 was cordoned"), false);
  await page.getByRole("button", { name: "Lessons", exact: true }).first().click();
  await page.locator(".lesson", { hasText: "Cordon and drain" }).getByText("solution shown").first().waitFor();
});

scene("a challenge refuses the short cut, says where, and counts the changes", { example: null }, async ({ page, app, shot, a11y }) => {
  await begin(page, "The agent runs on a node that we are emptying");
  await type(page, "kubectl delete node worker-2");
  const broken = goal(page, "worker-2 stays in the cluster");
  await broken.getByRole("button", { name: /^Go to step/ }).click();
  const [at] = await app.position();
  await broken.getByRole("button", { name: `Go back to step ${at - 1}` }).click();
  assert.equal(await holds(page, "worker-2 stays in the cluster"), true, "it is mended from there");
  await page.getByRole("button", { name: "Step", exact: true }).click();
  await shot("challenge-broken");
  await a11y(".panel--task");
  await page.getByRole("button", { name: "Reset" }).click();
  await page.getByRole("button", { name: "Begin again" }).click();
  await type(page, "kubectl taint node worker-2 retire=true:NoExecute");
  await app.settle();
  await page.locator(".task-part", { hasText: "solved · 1 change so far, 1 is enough" }).waitFor();
  await page.getByRole("button", { name: "Lessons", exact: true }).first().click();
  await page.locator(".lesson", { hasText: "solved with 1 change" }).waitFor();
});

scene("two tabs that write a lesson each have their own after a reload, and it is told", { example: null }, async ({ page, app, context, url }) => {
  const source = (tab) => tab.getByRole("textbox", { name: /Title, goals/ });
  const write = async (tab, text) => {
    await source(tab).fill(text);
    await tab.waitForFunction((text) => sessionStorage.getItem("playground.lesson-draft") === text, text);
  };
  await app.press("l");
  await page.getByRole("button", { name: "Make a lesson of what is open" }).click();
  await write(page, "-- lesson --\ntitle: One\n");
  const other = await context.newPage();
  await other.goto(url);
  await other.locator(".node").first().waitFor();
  await other.getByRole("button", { name: "Lessons", exact: true }).first().click();
  await other.getByRole("button", { name: "Go on with “One”" }).click();
  await write(other, "-- lesson --\ntitle: Two\n");
  await write(page, "-- lesson --\ntitle: Three\n");
  await page.getByText("Another tab stored another lesson that is being written.").waitFor();
  for (const [tab, title] of /** @type {const} */ ([[page, "Three"], [other, "Two"]])) {
    await tab.reload();
    await source(tab).waitFor();
    assert.equal(await source(tab).inputValue(), `-- lesson --\ntitle: ${title}\n`);
  }
});

scene("a lesson of one's own is written, saved, and opened again", { example: "Log collector" }, async ({ page, app, shot, a11y }) => {
  await type(page, "kubectl cordon worker-a1");
  await app.settle();
  const [steps] = await app.position();
  await page.getByRole("button", { name: "Lessons", exact: true }).first().click();
  await page.getByRole("button", { name: "Make a lesson of what is open" }).click();
  const source = page.getByRole("textbox", { name: /Title, goals/ });
  const text = await source.inputValue();
  await source.fill(text.replace("goal: Every node is Ready :: no nodes not ready", "goal: worker-a1 is open again :: few nodes"));
  await page.getByText("`few` is no rule").waitFor();
  await shot("lesson-made");
  await a11y(".panel--task");
  const better = text
    .replace("title: A new lesson", "title: Open it again")
    .replace("goal: Every node is Ready :: no nodes not ready", "goal: worker-a1 is open again :: no nodes named worker-a1 spec.unschedulable=true");
  await source.fill(better);
  await goal(page, "worker-a1 is open again").getByText("worker-a1").first().waitFor();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save to a file" }).click();
  const file = await saved;
  assert.equal(file.suggestedFilename(), "open-it-again.txt");
  assert.equal(readFileSync(await file.path(), "utf8"), better);
  await app.reload();
  assert.equal(await source.inputValue(), better, "whoever wrote it writes on after a reload");
  await goal(page, "worker-a1 is open again").waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await source.waitFor({ state: "detached" });
  await app.reload();
  assert.equal(await source.count(), 0);
  // The list names it, so that nobody makes it of another cluster unawares.
  await page.getByRole("button", { name: "Lessons", exact: true }).first().click();
  await page.getByRole("button", { name: "Make another of what is open" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Go on with “Open it again”" }).click();
  assert.equal(await source.inputValue(), better, "it is there again");
  await page.getByRole("button", { name: "Try it" }).click();
  await page.getByRole("heading", { name: "Open it again", level: 2 }).waitFor();
  assert.deepEqual(await app.position(), [steps, steps], "it begins where the cluster stood");

  await app.open("Rolling update");
  await page.locator(".panel--task").waitFor({ state: "detached" });
  await page.locator(".crumb").click();
  await page.getByRole("textbox", { name: "Your own YAML" }).fill(better);
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await page.getByRole("heading", { name: "Open it again", level: 2 }).waitFor();
  await type(page, "kubectl uncordon worker-a1");
  await page.locator(".task-part", { hasText: "solved" }).waitFor();
  await app.reload();
  await page.getByRole("heading", { name: "Open it again", level: 2 }).waitFor();

  // A dropped file does as well, and a link brings the lesson to somebody who never had it.
  await app.open("Rolling update");
  await page.locator(".crumb").click();
  await drop(page, better, "open-it-again.txt");
  await page.getByRole("heading", { name: "Open it again", level: 2 }).waitFor();
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const link = page.locator("dialog[open]").getByLabel("Link", { exact: true });
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector(".sheet-field input"))?.value.includes("#2."));
  const address = await link.inputValue();
  const other = await open({ hash: address.slice(address.indexOf("#")), example: null });
  await other.page.getByRole("heading", { name: "Open it again", level: 2 }).waitFor();
  await type(other.page, "kubectl uncordon worker-a1");
  await other.page.locator(".task-part", { hasText: "solved" }).waitFor();
  assert.deepEqual(other.problems, []);
  await other.context.close();
});

scene("for a room: the pod that a step is about is in sight, and a lesson begins at its nodes", { viewport: { width: 1280, height: 720 } }, async ({ page, app }) => {
  await app.press("p");
  await openTerminal(page);
  await page.keyboard.type("kubectl delete pod search-0");
  await page.keyboard.press("Enter");
  const others = page.locator(".others .pod");
  await others.filter({ hasText: "search-0" }).waitFor();
  await others.filter({ hasText: "etcd" }).waitFor({ state: "hidden" });
  await page.getByRole("group", { name: "Stage" }).getByRole("button", { name: "What if" }).click();
  await begin(page, "Taints keep pods out");
  await app.node("gpu-1").waitFor();
});

scene("on a phone the task is the first tab", { example: null, viewport: PHONE, touch: true }, async ({ page, shot, a11y }) => {
  await page.getByRole("region", { name: "Welcome" }).getByRole("button", { name: "Lessons" }).click();
  await page.locator(".chapter").first().waitFor();
  await shot("lessons-phone");
  await a11y();
  await page.getByRole("button", { name: "4. Taints keep pods out" }).click();
  const tabs = page.getByRole("navigation", { name: "Panels" });
  assert.equal(await tabs.getByRole("button").first().innerText(), "Task");
  await page.getByText("A taint on a node keeps pods out").waitFor();
  await shot("lesson-phone");
  await a11y();
  for (const tab of await tabs.getByRole("button").all()) {
    const box = await tab.boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= PHONE.width + 0.5, `${await tab.innerText()} is in sight`);
  }
  await tabs.getByRole("button", { name: "Cluster" }).click();
  await page.locator(".panel--task").waitFor({ state: "hidden" });
});
