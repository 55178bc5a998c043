// Rolling updates as a user follows them.
import { assert, example, scene } from "./fixtures.mjs";

const squeezed = async (locator) => (await locator.innerText()).replace(/\s+/g, " ");

scene("a rolling update: what it will do, the difference, the budget, the chart, the end, and the way back", {}, async ({ page, app, shot, a11y }) => {
  await app.open("Rolling update");
  const preview = page.getByRole("list", { name: "What would change" });
  assert.match(await squeezed(preview), /template changes: image, limits\.memory → new revision r2 → 8 pods replaced, one node at a time \(maxUnavailable: 1\)/);
  await page.getByRole("button", { name: /^Apply/ }).click();
  await page.getByText(/^Applied at step \d+$/).waitFor();

  await app.stepUntil(/daemonset-controller deleted/);
  await page.getByRole("tab", { name: "Rollout" }).click();
  const why = page.locator(".panel--why");
  const budget = why.locator("section", { has: page.getByRole("heading", { name: "Budget" }) });
  assert.match(await squeezed(budget), /maxUnavailable .*1\/1 in use/);
  assert.match(await squeezed(budget), /1 allowed; 1 node has no available pod, so no other may be taken down for the update No other pod may be deleted until the pod on cp-1 is available\./);
  const nodes = why.locator("section", { has: page.getByRole("heading", { name: "Nodes", exact: true }) });
  assert.match(await squeezed(nodes), /0 of 8 available on r2/);

  await page.getByRole("tab", { name: /r1 → r2/ }).click();
  const difference = page.getByRole("region", { name: "Revision 1 against 2" });
  assert.match(await squeezed(difference), /image: quay\.io\/fluentd_elasticsearch\/fluentd:v5\.0\.1 6 \+ - image: quay\.io\/fluentd_elasticsearch\/fluentd:v5\.0\.2/);
  assert.match(await squeezed(difference), /− memory: 200Mi 11 \+ memory: 256Mi/);
  await app.stepUntil(/daemonset-controller created/);
  await shot("rollout");
  await a11y();

  // At no step are two nodes without an available pod.
  for (const [, last] = await app.position(); ; ) {
    assert.ok(Number(await app.count("AVAILABLE")) >= 7, `at most one is missing at step ${await app.position()} of ${last}`);
    const before = await app.position();
    await page.getByRole("button", { name: "Step", exact: true }).click();
    if (String(await app.position()) === String(before)) break;
  }
  assert.equal(await app.count("UP-TO-DATE"), "8");
  assert.equal(await app.count("AVAILABLE"), "8");
  assert.match(await page.locator(".chart svg").getAttribute("aria-label"), /8 r2/);
  assert.equal(await page.locator(".chart .floor").evaluate((line) => getComputedStyle(line).fill), "none");

  // Undo brings the old template back as a new revision.
  await why.getByRole("button", { name: "Undo to r1" }).click();
  await app.settle();
  const history = why.locator("section", { has: page.getByRole("heading", { name: "History" }) });
  assert.match(await squeezed(history), /r3 .*Current/);
  assert.equal(await page.locator(".pod--daemon.pod--r3").count(), 8);
  await shot("undone");

  // And all of it can be walked back.
  await app.press("Home");
  await page.locator(".stage-bar").getByText("No DaemonSet in this cluster.").waitFor();
  await app.press("End");
  assert.equal(await page.locator(".pod--daemon.pod--r3").count(), 8);
});

scene("a rollout pauses at a node that is NotReady, and says so", {}, async ({ page, app, shot }) => {
  await app.open("Rolling update");
  await page.getByRole("button", { name: /^Apply/ }).click();
  await app.stepUntil(/daemonset-controller created/);
  await app.node("worker-c1").click({ button: "right", position: { x: 100, y: 8 } });
  await page.getByRole("menuitem", { name: /^Stop the kubelet/ }).click();
  await app.settle();
  await page.getByRole("tab", { name: "Rollout" }).click();
  await page.locator(".verdict", { hasText: "Paused because worker-c1 is NotReady." }).waitFor();
  await shot("paused");
});

scene("with surge the new pod comes before the old one goes", {}, async ({ page, app, shot }) => {
  await app.open("Rolling update with surge");
  const desired = Number(await app.count("DESIRED"));
  await page.getByRole("button", { name: /^Apply/ }).click();
  await app.stepUntil(/daemonset-controller created/);
  await page.getByRole("tab", { name: "Rollout" }).click();
  await shot("surge");
  let most = 0;
  for (;;) {
    assert.equal(await app.count("AVAILABLE"), String(desired), "no node is ever without an available pod");
    most = Math.max(most, await page.locator(".pod--daemon:not(.pod--terminating)").count());
    const before = await app.position();
    await page.getByRole("button", { name: "Step", exact: true }).click();
    if (String(await app.position()) === String(before)) break;
  }
  assert.ok(most > desired, "at some step a node had both");
  assert.equal(await app.count("UP-TO-DATE"), String(desired));
});

scene("the preview tells what OnDelete, a narrower selector of nodes and a field out of reach would do", {}, async ({ page, app }) => {
  await app.open("Rolling update");
  const preview = page.getByRole("list", { name: "What would change" });
  const manifest = example("rolling_update", "next.yaml");
  await app.editor.fill(manifest.replace("type: RollingUpdate", "type: OnDelete").replace(/ +rollingUpdate:\n +maxUnavailable:.*\n/, ""));
  await preview.getByText("pods stay as they are until somebody deletes them").waitFor();
  await app.editor.fill(manifest.replace("    spec:\n", "    spec:\n      nodeSelector: {disk: ssd}\n"));
  await preview.getByText(/lose/).waitFor();
});

scene("deleted with --cascade=orphan its pods stay, and the next DaemonSet adopts them", {}, async ({ page, app, shot }) => {
  const pods = () => page.locator(".pod--daemon").count();
  const before = await pods();
  const name = await app.node("worker-a1").locator(".pod--daemon").getAttribute("title");
  await page.getByRole("button", { name: /^Menu of daemonset/i }).click();
  await page.getByRole("menuitem", { name: /--cascade=orphan/ }).click();
  await app.settle();
  await page.getByText("No DaemonSet in this cluster.").waitFor();
  assert.equal(await pods(), 0, "they are nobody's");
  await app.node("worker-a1").getByTitle("Show all pods").click();
  await app.node("worker-a1").getByText(name).waitFor();
  await shot("orphaned");
  await page.getByRole("button", { name: /^Apply/ }).click();
  await app.settle();
  assert.equal(await pods(), before);
  assert.equal(await app.node("worker-a1").locator(".pod--daemon").getAttribute("title"), name);
});
