// Mouse, keys and fingers: what they meet beside each other.
import { assert, PHONE, scene } from "./fixtures.mjs";

for (const viewport of [{ width: 1440, height: 900 }, { width: 1280, height: 720 }, { width: 1024, height: 768 }, PHONE]) {
  scene(`at ${viewport.width} pixels the page itself does not scroll`, { viewport }, async ({ page }) => {
    const scrolled = await page.evaluate(() => {
      scrollTo(0, 10_000);
      return [scrollX, scrollY, document.documentElement.scrollWidth > innerWidth];
    });
    assert.deepEqual(scrolled, [0, 0, false]);
  });
}

for (const viewport of [{ width: 1440, height: 900 }, { width: 1280, height: 720 }]) {
  scene(`at ${viewport.width} pixels the head shows all columns of kubectl get ds, with whole headings`, { viewport }, async ({ page, app, shot }) => {
    const seen = () => page.evaluate(() => {
      const bar = document.querySelector(".stage-bar").getBoundingClientRect();
      const columns = [...document.querySelectorAll(".counts > div")];
      const whole = (column) => {
        const [heading, number] = [column.querySelector("dt"), column.querySelector("dd").getBoundingClientRect()];
        return heading.scrollWidth <= heading.clientWidth && number.left >= bar.left && number.right <= bar.right && number.bottom <= bar.bottom;
      };
      return columns.filter(whole).map((column) => column.getAttribute("title")?.split(" ")[0]);
    });
    const columns = ["DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE"];
    assert.deepEqual(await seen(), columns);
    // A taint that evicts nobody wakes no controller: the second one does, and the first pod is counted then.
    for (const [node, effect] of [["worker-a1", "NoSchedule"], ["worker-a2", "NoExecute"]]) {
      await app.node(node).click({ button: "right", position: { x: 100, y: 8 } });
      await page.getByRole("menuitem", { name: "Taint…" }).click();
      await page.getByLabel("Key").fill("maintenance");
      await page.getByLabel("Effect").selectOption(effect);
      await page.getByRole("button", { name: "Add the taint" }).click();
    }
    await app.settle();
    await page.locator(".counts", { hasText: "MISSCHEDULED" }).waitFor();
    assert.deepEqual(await seen(), [...columns, "MISSCHEDULED"]);
    await shot(`the head at ${viewport.width}`);
  });
}

for (const entry of ["Label…", "Taint…"]) {
  scene(`what is typed right after ${entry} goes into the form and presses nothing`, {}, async ({ page, app }) => {
    const before = await app.position();
    await app.node("cp-1").click({ button: "right", position: { x: 100, y: 8 } });
    await page.getByRole("menuitem", { name: entry }).click();
    await page.keyboard.type("my l");
    assert.equal(await page.locator("dialog[open] input").first().inputValue(), "my l");
    assert.deepEqual(await app.position(), before);
  });
}

for (const viewport of [{ width: 1280, height: 720 }, PHONE]) {
  scene(`at ${viewport.width} pixels Step stays under the pointer while one steps`, { viewport, example: "Rolling update" }, async ({ page, app }) => {
    await app.press("Home");
    const step = page.getByRole("button", { name: "Step", exact: true });
    const places = new Set();
    for (let steps = 0; steps < 25; steps += 1) {
      places.add(Math.round((await step.boundingBox())?.y ?? 0));
      await step.click();
    }
    assert.equal(places.size, 1, [...places].join(", "));
  });
}

for (const width of [768, 1000]) {
  scene(`at ${width} pixels nothing in the bar at the top overlaps`, { viewport: { width, height: 800 } }, async ({ page, shot }) => {
    await shot(`the bar at ${width}`);
    const boxes = await page.locator(".topbar button:visible").evaluateAll((all) => all.map((one) => {
      const { left, right } = one.getBoundingClientRect();
      return { name: one.textContent || one.title, left, right };
    }));
    const sorted = boxes.filter(({ left, right }) => right > left).sort((one, other) => one.left - other.left);
    const overlaps = sorted.slice(1).filter((box, index) => box.left < sorted[index].right - 1);
    assert.deepEqual(overlaps, []);
  });
}

scene("after a click the arrows step, and Space plays", {}, async ({ page, app }) => {
  const [, last] = await app.position();
  await app.node("worker-a1").click({ position: { x: 100, y: 8 } });
  await app.press("ArrowLeft", "ArrowLeft");
  assert.deepEqual(await app.position(), [last - 2, last], "after a card");
  await page.getByRole("tab", { name: "nodes.yaml" }).click();
  await app.press("ArrowRight");
  assert.deepEqual(await app.position(), [last - 1, last], "after a tab");
  await page.getByRole("button", { name: "Menu of worker-a1" }).click();
  await page.getByRole("menuitem", { name: /^Why/ }).click();
  await app.press("ArrowRight");
  assert.deepEqual(await app.position(), [last, last], "after a menu");
  await page.getByRole("button", { name: "Step back" }).click();
  await app.press(" ");
  assert.ok((await app.position())[0] >= last - 1, "Space did not press the button again");
  // Down into the cards: from there on the arrows move in them.
  await app.node("cp-1").click({ position: { x: 100, y: 8 } });
  await app.press("ArrowDown", "ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.node), "worker-b1");
});

scene("Esc and the browser's Back leave the gallery, not the site", {}, async ({ page }) => {
  const open = () => page.locator(".crumb").click();
  await open();
  await page.locator(".start").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".start").waitFor({ state: "detached" });
  await open();
  await page.goBack();
  await page.locator(".start").waitFor({ state: "detached" });
  await page.locator(".node").first().waitFor();
  await page.goForward();
  await page.locator(".start").waitFor();
  const own = page.getByLabel("Your own YAML");
  await own.fill("kind: DaemonSet\n");
  await own.press("Escape");
  await page.locator(".start").waitFor({ state: "detached" });
  await open();
  assert.equal(await own.inputValue(), "kind: DaemonSet\n", "what is typed is there again");
  await own.press("Escape");
  await page.locator(".node").first().waitFor();
});

scene("the browser's Back leads from what was chosen to where it was chosen", { example: null }, async ({ page, app }) => {
  const at = (hash) => page.waitForFunction((hash) => location.hash === hash, hash);
  await app.press("l");
  await page.locator("button.lesson").first().click();
  await page.locator(".panel--task").waitFor();
  await at("");
  await page.goBack();
  await page.locator(".lessons").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".lessons").waitFor({ state: "detached" });
  await app.open("Rolling update");
  await page.goBack();
  await page.locator(".start").waitFor();
  await page.goForward();
  await page.locator(".start").waitFor({ state: "detached" });
  await page.locator(".crumb", { hasText: "Rolling update" }).waitFor();
});

scene("a taint is entered as a whole, by keyboard alone, and the focus is where it was", { example: null }, async ({ page, app }) => {
  const menu = page.getByRole("button", { name: "Menu of worker-2" });
  await menu.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: /^Taint/ }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("team=db");
  await page.getByText("Enter the key alone, or a whole taint").waitFor();
  await page.keyboard.type(":NoSchedule");
  await page.getByText("kubectl taint nodes worker-2 team=db:NoSchedule").waitFor();
  assert.deepEqual(await page.locator("dialog[open] input").evaluateAll((fields) => fields.map((field) => /** @type {HTMLInputElement} */ (field).value)), ["team", "db"]);
  await page.keyboard.press("Enter");
  await app.node("worker-2").getByText("team=db").first().waitFor();
  assert.ok(await menu.evaluate((button) => button === document.activeElement), "the focus is at the menu's button");
});

scene("the number of problems is a button that leads to them", {}, async ({ page, app }) => {
  await app.editor.fill(`${"# line\n".repeat(80)}kind: DaemonSet\n`);
  const badge = page.locator(".apply").getByRole("button", { name: /^\d+ errors?$/ });
  await badge.click();
  const inView = () =>
    app.editor.messages.first().evaluate((message) => {
      const box = message.closest(".cm-scroller").getBoundingClientRect();
      const own = message.getBoundingClientRect();
      return own.top >= box.top && own.bottom <= box.bottom;
    });
  await app.editor.messages.first().waitFor();
  assert.equal(await inView(), true);
});

scene("what is typed at the lower edge stays in view when messages open", {}, async ({ page, app }) => {
  await app.editor.content.focus();
  await page.keyboard.press("ControlOrMeta+Home");
  for (let line = 0; line < 25; line += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("- key: gpu");
  await app.editor.messages.first().waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.type("x");
  // It fails if the line never comes into view.
  await page.waitForFunction(() => {
    const root = document.querySelector(".editor-host").shadowRoot;
    const cursor = root.querySelector(".cm-cursor-primary").getBoundingClientRect();
    const box = root.querySelector(".cm-scroller").getBoundingClientRect();
    return cursor.top >= box.top && cursor.bottom <= box.bottom;
  });
});

scene("a stopped kubelet is seen at once", {}, async ({ page, app, shot }) => {
  await page.getByRole("button", { name: "Menu of worker-a1" }).click();
  await page.getByRole("menuitem", { name: /^Stop the kubelet/ }).click();
  await app.node("worker-a1").getByText("kubelet stopped").waitFor();
  await app.node("worker-a1").getByText("Ready", { exact: true }).waitFor();
  await shot("kubelet stopped");
});

scene("on a phone a tap opens what it was made on, and targets have room for a finger", { viewport: PHONE, touch: true }, async ({ page, app, shot }) => {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, a, select, summary, [role=tab], input")]
      .filter((target) => target.checkVisibility() && !target.closest(".visually-hidden"))
      .map((target) => ({ box: target.getBoundingClientRect(), name: target.ariaLabel ?? target.textContent }))
      .filter(({ box }) => box.height > 0 && (box.height < 43.5 || box.width < 43.5))
      .map(({ box, name }) => `${name}: ${box.width}x${box.height}`),
  );
  assert.deepEqual(small, []);
  await shot("phone targets");
  await app.node("gpu-1").locator(".node-name").tap();
  await page.locator(".panel--why").getByText("gpu-1").first().waitFor();
  // Why? is asked from the other tabs, too.
  await page.locator(".phone-tabs").getByRole("button", { name: "Events" }).click();
  const object = page.locator(".events .link", { hasText: "pod/" }).first();
  const name = (await object.innerText()).replace("pod/", "");
  await object.tap();
  await page.locator(".panel--why").getByText(name).first().waitFor();
});

scene("by keys the focus is where one works, and goes back to the button that led there", {}, async ({ page, app }) => {
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
  await app.node("worker-a1").focus();
  await app.press("ArrowDown");
  await app.press("t");
  await page.waitForFunction(() => document.activeElement?.textContent?.trim() === "Taints" && document.activeElement.matches("[aria-pressed=true]"));
  await page.locator(".crumb").focus();
  await app.press("Enter");
  await page.waitForFunction(() => document.activeElement?.matches(".example"));
  await app.press("Escape");
  await page.waitForFunction(() => document.activeElement?.matches(".crumb"));
  await app.press("Tab");
  assert.equal(await focused(), "Lessons");
  await app.press("Enter");
  await page.waitForFunction(() => document.activeElement?.textContent === "Start");
  await app.press("Escape");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Lessons");
  await app.press("w");
  await page.locator(".compare-questions button").first().focus();
  await app.press("Enter");
  await page.waitForFunction(() => document.activeElement?.matches(".compare-answer .button"));
});

/** What is read out to those who do not see the page, since the last time. @param {import("playwright-core").Page} page */
async function listen(page) {
  await page.evaluate(() => {
    const told = (window.told = /** @type {string[]} */ ([]));
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const place = (target instanceof Element ? target : target.parentElement)?.closest("[role=status], [role=alert], [aria-live=polite]");
        if (place?.textContent) told.push(place.textContent);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => window.told.splice(0).join("\n"));
}

scene("who works by keys hears what was asked, and the focus is not lost with what is gone", { example: null }, async ({ page, app }) => {
  const heard = await listen(page);
  const focused = (selector) => page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector);
  await app.press("Tab");
  await page.getByRole("button", { name: "Show me why" }).focus();
  await app.press("Enter");
  assert.match(await heard(), /No pod: your toleration gpu=yes does not match/);
  await focused(".panel--stage *");
  await app.press("t");
  assert.match(await heard(), /^Taints$/m);
  await page.getByRole("button", { name: /^Change taint/ }).first().focus();
  await app.press("Enter", "Escape");
  await focused(".panel--stage table *");
  await page.locator("[data-panel=nodes]").focus();
  await app.press("Enter");
  await app.node("gpu-2").focus();
  await app.press("Home", "End", "Enter");
  assert.match(await heard(), /Keeps its pod: daemon pods tolerate a cordon/);
  await page.getByRole("button", { name: "Pinned" }).focus();
  await app.press("Enter");
  await focused(".panel--why *");
  // A menu goes around, and its last entry deletes the node that had the focus.
  await app.node("worker-2").focus();
  await app.press("m", "ArrowUp");
  await page.waitForFunction(() => document.activeElement?.textContent?.startsWith("Delete the node"));
  await app.press("Enter");
  await app.node("worker-2").waitFor({ state: "detached" });
  await focused(".node");
  // At the first node Home has nothing to do, also not later.
  await app.press("Home", "Home");
  await page.getByRole("button", { name: "Play" }).focus();
  await heard();
  await app.press("Enter");
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await app.press("Enter");
  await focused(".controls *");
  assert.match(await heard(), /\S/, "where it stopped");
  await page.getByRole("button", { name: "Examples" }).focus();
  await app.press("Enter");
  await focused(".example");
  await page.goBack();
  await focused(".crumb");
});

scene("a page made four times as large has room for the terminal, and its line has the keys", { viewport: { width: 360, height: 225 }, example: null }, async ({ page, app }) => {
  // What has the focus is not under the bar at the bottom.
  await app.press("Tab");
  await page.getByRole("button", { name: "Show me why" }).focus();
  const hidden = await page.evaluate(() => {
    const { left, top, width, height } = /** @type {Element} */ (document.activeElement).getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 2)?.closest(".phone-tabs") !== null;
  });
  assert.equal(hidden, false);
  await page.locator(".phone-tabs button", { hasText: "Terminal" }).focus();
  await app.press("Enter");
  await page.waitForFunction(() => document.activeElement?.matches(".term-field textarea"));
  await page.keyboard.type("kubectl get nodes");
  await app.press("Enter");
  await page.locator(".term-log", { hasText: "gpu-1" }).waitFor();
  assert.ok((await page.locator(".term-log").evaluate((log) => log.clientHeight)) > 100);
});
