// The editor bundle by itself, on a bare page under the same policy.
import { assert, PHONE, scene } from "./fixtures.mjs";

const TEXT = `spec:
  # "ü🙂" comes before the mistake
  resources:
    requests: {"ü🙂": 1, memrory: 200Mi}
    limits:
      memory: 200Mi
`;

const MISTAKE = {
  line: 4, col: 25, endLine: 4, endCol: 32, severity: "error",
  message: 'spec.resources.requests[memrory]: Invalid value: must be a standard resource type or fully qualified',
  suggestion: "did you mean `memory`?",
  fix: { label: "Replace with `memory`", replacement: "memory", line: 4, col: 25, endLine: 4, endCol: 32 },
};

/** A scene with the editor mounted as `window.editor`; what it calls back is in `window.calls`. */
function editing(name, options, body) {
  scene(name, { path: "editor-alone.html", ...options }, async (stage) => {
    await stage.page.evaluate((text) => {
      window.calls = { change: [], apply: 0, cursor: [] };
      window.editor = new PlaygroundEditor(document.getElementById("host"), {
        name: "manifest.yaml",
        text,
        work: 1,
        onChange: (now, of) => window.calls.change.push([now, of]),
        onApply: () => (window.calls.apply += 1),
        onCursor: (line, col) => window.calls.cursor.push([line, col]),
      });
    }, TEXT);
    const call = (method, ...args) => stage.page.evaluate(([m, a]) => window.editor[m](...a), [method, args]);
    const calls = () => stage.page.evaluate(() => window.calls);
    await body({ ...stage, ...stage.app, call, calls, text: () => call("getText") });
  });
}

editing("what is typed reaches the app, and Ctrl+Enter applies", {}, async ({ page, editor, calls }) => {
  await editor.content.focus();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type("x: 1");
  assert.deepEqual((await calls()).change.at(-1), [`${TEXT}x: 1`, "manifest.yaml"]);
  await page.keyboard.press("Control+Enter");
  assert.equal((await calls()).apply, 1);
  assert.equal(await page.evaluate(() => window.editor.getText().endsWith("x: 1")), true, "Ctrl+Enter types nothing");
});

editing("a mistake is underlined at its place, also after characters of two units", {}, async ({ editor, call, shot }) => {
  await call("setApplied", TEXT.replace("limits:", "bounds:"));
  await call("setDiagnostics", [MISTAKE]);
  assert.equal((await editor.squiggles.allInnerTexts()).join(""), "memrory");
  assert.match(await editor.messages.innerText(), /must be a standard resource type/);
  await shot("editor-mistake");
});

editing("one click mends a mistake, and one undo brings it back", {}, async ({ page, editor, call, calls, text }) => {
  await call("setDiagnostics", [MISTAKE]);
  await editor.fixes.getByText("memory").click();
  assert.equal(await text(), TEXT.replace("memrory", "memory"));
  assert.equal((await calls()).change.at(-1)[0], TEXT.replace("memrory", "memory"));
  assert.equal(await editor.squiggles.count(), 0);
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await text(), TEXT);
});

editing("by keyboard: F8 goes to the mistake, Ctrl+. mends it", {}, async ({ page, editor, call, calls, text }) => {
  await call("setDiagnostics", [MISTAKE]);
  await editor.content.focus();
  // It stands there for a fifth of a second only.
  await page.locator(".cm-announced").evaluate((element) => {
    new MutationObserver(() => (window.heard = `${window.heard ?? ""}${element.textContent}`)).observe(element, { childList: true });
  });
  await page.keyboard.press("F8");
  assert.deepEqual((await calls()).cursor.at(-1), [4, 25]);
  assert.match(await page.evaluate(() => window.heard), /must be a standard resource type/, "a screen reader hears it");
  await page.keyboard.press("Control+.");
  assert.equal(await text(), TEXT.replace("memrory", "memory"));
});

editing("F8 goes from one problem to the next and around", {}, async ({ page, editor, call, calls }) => {
  const at = (line) => ({ line, col: 1, endLine: line, endCol: 3, severity: "warning", message: `on line ${line}` });
  await call("setDiagnostics", [at(5), at(1), at(3)]);
  await editor.content.focus();
  for (const line of [3, 5, 1]) {
    await page.keyboard.press("F8");
    assert.deepEqual((await calls()).cursor.at(-1), [line, 1]);
  }
});

editing("F8 shows the text of a warning too; Escape or another line closes it", {}, async ({ page, editor, call }) => {
  await call("setDiagnostics", [{ line: 2, col: 1, endLine: 2, endCol: 5, severity: "warning", message: "a word of warning" }]);
  assert.equal(await editor.messages.count(), 0);
  await editor.content.focus();
  await page.keyboard.press("F8");
  assert.equal(await editor.messages.innerText(), "a word of warning");
  await page.keyboard.press("Escape");
  assert.equal(await editor.messages.count(), 0);
  await page.keyboard.press("F8");
  await page.keyboard.press("ArrowDown");
  assert.equal(await editor.messages.count(), 0);
});

editing("an underline stays with its word while other lines are typed", {}, async ({ page, editor, call }) => {
  await call("setDiagnostics", [MISTAKE]);
  await call("goto", 1, 1);
  await page.keyboard.type("# above\n");
  assert.equal((await editor.squiggles.allInnerTexts()).join(""), "memrory");
  await call("applyFix");
  assert.match(await call("getText"), /^# above\n[^]*, memory: 200Mi/);
});

editing("a fix whose word was typed over is withdrawn", {}, async ({ page, editor, call }) => {
  await call("setDiagnostics", [MISTAKE]);
  await call("goto", 4, 27);
  await page.keyboard.type("x");
  assert.equal(await editor.fixes.count(), 0);
  assert.equal(await call("applyFix"), false);
});

editing("problems at impossible places do no harm", {}, async ({ editor, call }) => {
  await call("setDiagnostics", [
    { line: 99, col: 99, endLine: 99, endCol: 99, severity: "error", message: "past the end" },
    { line: 0, col: 0, endLine: 0, endCol: 0, severity: "error", message: "before the start" },
    { line: 3, col: 9, endLine: 2, endCol: 1, severity: "info", message: "backwards" },
  ]);
  assert.equal(await editor.messages.count(), 2);
});

editing("the app's own text does not come back to it, and the user can undo it", {}, async ({ page, editor, call, calls, text }) => {
  await editor.content.focus();
  await page.keyboard.type("a");
  await call("setText", "b: 1\n");
  await call("setText", "b: 1\n");
  assert.equal((await calls()).change.length, 1);
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await text(), `a${TEXT}`);
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await text(), TEXT);
});

editing("each document keeps its text, its problems and its undo", {}, async ({ page, editor, call, calls, text }) => {
  await call("setDocument", "nodes.yaml", "nodes: 1\n");
  await editor.content.focus();
  await page.keyboard.type("a");
  await call("setDiagnostics", [MISTAKE]);
  await call("select", "nodes.yaml");
  assert.equal(await text(), "nodes: 1\n");
  assert.equal(await editor.squiggles.count(), 0);
  await editor.content.focus();
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await text(), "nodes: 1\n", "nothing to undo here");
  await page.keyboard.type("b");
  assert.deepEqual((await calls()).change.at(-1), ["bnodes: 1\n", "nodes.yaml"]);
  await call("select", "manifest.yaml");
  assert.equal(await call("getText", "nodes.yaml"), "bnodes: 1\n");
  assert.notEqual(await editor.squiggles.count(), 0);
  await editor.content.focus();
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await text(), TEXT);
});

editing("lines that differ from what was applied carry a sign", {}, async ({ page, call }) => {
  const signs = () => page.locator(".cm-changes .cm-gutterElement:visible").allInnerTexts().then((all) => all.map((s) => s.trim()).filter(Boolean));
  await call("setApplied", TEXT);
  assert.deepEqual(await signs(), []);
  await call("setText", TEXT.replace("limits:", "limits: # new\n    more: 1"));
  assert.deepEqual(await signs(), ["~", "+"]);
  await call("setText", TEXT.replace("    limits:\n", ""));
  assert.deepEqual(await signs(), ["−"]);
  await call("setText", TEXT);
  assert.deepEqual(await signs(), []);
});

editing("a host can be used again", {}, async ({ page, editor, call }) => {
  await call("destroy");
  await page.evaluate(() => (window.editor = new PlaygroundEditor(document.getElementById("host"), { name: "again", text: "again: 1", work: 2 })));
  assert.deepEqual(await editor.lines(), ["again: 1"]);
  assert.equal(await call("getText"), "again: 1");
});

editing("an editor for the same work goes on where the last one was left", {}, async ({ page, editor, call, text }) => {
  const long = `${TEXT}${"# a line\n".repeat(80)}`;
  await page.evaluate(() => (document.getElementById("host").style.height = "300px"));
  await call("setText", long);
  await call("setDocument", "nodes.yaml", "nodes: 1\n");
  await editor.content.focus();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("Control+Shift+BracketLeft");
  const folded = (await editor.lines()).slice(0, 3);
  await call("goto", 70, 3);
  await page.keyboard.type("typed");
  const scroll = () => page.evaluate(() => Math.round(document.getElementById("host").shadowRoot.querySelector(".cm-scroller").scrollTop));
  const [typed, before] = [await text(), await scroll()];
  assert.ok(before > 0);
  await call("destroy");
  const again = (now, work) =>
    page.evaluate(([text, work]) => (window.editor = new PlaygroundEditor(document.getElementById("host"), { name: "manifest.yaml", text, work, onCursor: (line, col) => window.calls.cursor.push([line, col]) })), [now, work]);
  await again(typed, 1);
  await page.waitForFunction((top) => Math.abs(document.getElementById("host").shadowRoot.querySelector(".cm-scroller").scrollTop - top) < 2, before);
  assert.deepEqual((await page.evaluate(() => window.calls.cursor)).at(-1), [70, 8]);
  assert.equal(await call("getText", "nodes.yaml"), "nodes: 1\n");
  await page.keyboard.press("Tab");
  await editor.content.focus();
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await text(), long);
  await page.keyboard.press("ControlOrMeta+Home");
  assert.deepEqual((await editor.lines()).slice(0, 3), folded);
  // Changed elsewhere meanwhile: that can be undone too.
  await call("destroy");
  await again("other: 1", 1);
  await editor.content.focus();
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await text(), long);
  // For other work nothing of it is there.
  await call("destroy");
  await again("other: 1", 2);
  await editor.content.focus();
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await text(), "other: 1");
  assert.equal(await call("getText", "nodes.yaml"), undefined);
});

editing("a document that is made anew has nothing of the one before it", {}, async ({ page, editor, call, text }) => {
  await editor.content.focus();
  await page.keyboard.type("a");
  await call("setDocument", "manifest.yaml", "b: 1\n");
  await editor.content.focus();
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await text(), "b: 1\n");
});

editing("Tab leaves the editor", {}, async ({ page, editor, text }) => {
  await page.evaluate(() => document.querySelector("main").insertAdjacentHTML("beforeend", "<button id=next>Next</button>"));
  await editor.content.focus();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "next");
  assert.equal(await text(), TEXT);
});

editing("search and folding work", {}, async ({ page, editor, shot }) => {
  await editor.content.focus();
  await page.keyboard.press("ControlOrMeta+f");
  await page.keyboard.type("memory");
  assert.notEqual(await page.locator(".cm-searchMatch").count(), 0);
  await shot("editor-search");
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("Control+Shift+BracketLeft");
  assert.equal((await editor.lines()).length < 4, true);
});

editing("a tooltip tells a warning where the pointer is", {}, async ({ page, editor, call }) => {
  await call("setDiagnostics", [{ ...MISTAKE, severity: "warning" }]);
  assert.equal(await editor.messages.count(), 0, "only errors take room under their line");
  await editor.squiggles.first().hover();
  await page.locator(".cm-tooltip .fix").click();
  assert.match(await call("getText"), /, memory: 200Mi/);
});

for (const theme of ["light", "dark"]) {
  editing(`axe finds nothing to object to in ${theme}, on a phone`, { theme, viewport: PHONE }, async ({ page, call, a11y, shot }) => {
    await page.evaluate((t) => (document.documentElement.dataset.theme = t), theme);
    await call("setApplied", TEXT.replace("limits", "limit"));
    await call("setDiagnostics", [MISTAKE]);
    await shot(`editor-${theme}`);
    await a11y();
  });
}
