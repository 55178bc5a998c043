// Scheduling as a user follows it: why a node won, why a pod waits and what wakes it, who has to go for another.
import { assert, scene } from "./fixtures.mjs";

/** The rows of a table, each by its head. */
async function table(region) {
  const [head, ...rows] = await region.locator("tr").evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent.replace(/ (line|lines) .*$/, "").trim())));
  return rows.map((row) => Object.fromEntries(row.map((cell, index) => [head[index], cell])));
}

scene("the score table of an ordinary pod names each plugin's part and the winner", {}, async ({ page, app, shot, a11y }) => {
  await app.open("Which node is best?");
  await app.stepUntil(/scheduler bound web-7d5kz to worker-b2/);
  await app.node("worker-b2").locator(".pod", { hasText: "web-7d5kz" }).click();
  const rows = await table(page.getByRole("region", { name: "Scores" }));
  assert.deepEqual(rows.map((row) => row.node).sort(), ["worker-a1", "worker-a2", "worker-b1", "worker-b2"], "gpu-1 did not pass Filter");
  for (const { node, total, ...parts } of rows) {
    const sum = Object.values(parts).reduce((all, part) => all + Number(part), 0);
    assert.equal(sum, Number(total), `the parts of ${node} make its total`);
  }
  assert.equal(rows[0].node, "worker-b2");
  assert.ok(rows.every((row) => Number(row.total) <= Number(rows[0].total)), "the winner has the most");
  // PreferNoSchedule: one taint that the pod does not tolerate is the worst there is.
  assert.equal(rows.find((row) => row.node === "worker-a2")["TaintToleration ×3"], "0");
  assert.equal(rows.find((row) => row.node === "worker-b2")["TaintToleration ×3"], "300");
  await page.locator(".panel--why").getByText("gpu-1 TaintToleration: node(s) had untolerated taint(s)").waitFor();
  await shot("scores");
  await a11y(".panel--why");
});

scene("a pod that waits is woken when the taint that kept it away is removed", {}, async ({ page, app, shot }) => {
  await app.open("Which node is best?");
  await app.settle();
  const waiting = page.getByRole("group", { name: "Pods that wait for a node" });
  await waiting.getByText("train-0").click();
  const why = page.locator(".panel--why");
  await why.getByText("1 node(s) had untolerated taint(s), 4 node(s) didn't match Pod's node affinity/selector").first().waitFor();
  await app.node("gpu-1").click({ button: "right", position: { x: 100, y: 8 } });
  await page.getByRole("menuitem", { name: /^Taint/ }).click();
  await page.getByRole("button", { name: /^Remove .*gpu=true:NoSchedule/ }).click();
  await app.stepUntil(/scheduler bound train-0 to gpu-1/);
  await why.getByText(/Tried again because node\/gpu-1 lost taint gpu=true:NoSchedule/).waitFor();
  await shot("woken");
  await waiting.waitFor({ state: "detached" });
  // The attempt before is still told, also now.
  await why.getByRole("button", { name: /^1 no node/ }).click();
  await why.getByText("gpu-1 TaintToleration: node(s) had untolerated taint(s)").waitFor();
  // And in the past the pod waits again.
  while (!(await waiting.isVisible())) await page.getByRole("button", { name: "Step back" }).click();
  await waiting.getByText("train-0").waitFor();
});

scene("room is made for a daemon pod: stepped through, and back", {}, async ({ page, app, shot, a11y }) => {
  await app.open("Priority and preemption");
  await app.stepUntil(/scheduler chose batch-9t4kx as victim and nominated worker-b1/);
  const [at] = await app.position();
  const stage = page.locator(".preemption");
  await stage.getByText("PDB cache-pdb allows 0 disruptions").waitFor();
  await stage.getByText(/stays Pending until batch-9t4kx is gone/).waitFor();
  const why = page.locator(".panel--why");
  const candidates = await table(why.getByRole("region", { name: "Candidate nodes" }));
  assert.deepEqual(candidates, [{ node: "worker-b1", "PDB broken": "0", highest: "−10", sum: "−10", victims: "1", youngest: "4m" }]);
  // Highest priority first is put back, the lowest has to go.
  const trial = why.locator("section", { has: page.getByRole("heading", { name: "Victims on worker-b1" }) });
  assert.match((await trial.innerText()).replace(/\s+/g, " "), /cache-0.*reprieved.*checkout-qx2vz.*reprieved.*web-ghk4w.*reprieved.*batch-9t4kx.*victim/);
  await shot("preemption");
  await a11y();

  await app.stepUntil(/scheduler bound fluentd-elasticsearch-\w+ to worker-b1/);
  const node = app.node("worker-b1");
  await node.locator(".pod--daemon").waitFor();
  await node.getByRole("button", { name: /^\+\d/ }).click({ timeout: 1000 }).catch(() => {});
  assert.equal(await node.getByText("batch-9t4kx").count(), 0, "the victim is gone");
  await page.locator(".log").getByText("Preempted").first().waitFor();

  while ((await app.position())[0] >= at) await page.getByRole("button", { name: "Step back" }).click();
  assert.equal(await stage.count(), 0);
  await node.locator(".pod--daemon.pod--pending").waitFor();
  await node.locator(".pod--ready", { hasText: "batch-9t4kx" }).waitFor();
  await page.getByRole("button", { name: "Step", exact: true }).click();
  await stage.waitFor();
  assert.deepEqual(await table(why.getByRole("region", { name: "Candidate nodes" })), candidates, "the same decision again");
});
