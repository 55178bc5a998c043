// The map of a large cluster, and its cards, of which only those near to what is seen are drawn.
import { assert, PHONE, scene } from "./fixtures.mjs";

/** A node list with zones, pools and a tainted pool. */
function nodes(count) {
  const node = (index) => {
    const gpu = index % 10 === 0;
    const taints = gpu ? "\n  spec: {taints: [{key: gpu, value: \"true\", effect: NoSchedule}]}" : "";
    return `- metadata: {name: node-${String(index).padStart(4, "0")}, labels: {topology.kubernetes.io/zone: zone-${"abc"[index % 3]}, pool: ${gpu ? "gpu" : "general"}}}${taints}
  status: {allocatable: {cpu: "4", memory: 8Gi, pods: "110"}}
`;
  };
  return `apiVersion: v1\nkind: NodeList\nitems:\n${Array.from({ length: count }, (_, index) => node(index)).join("")}`;
}

/** Puts a large cluster in the place of the open one. */
async function large(page, app, count) {
  await page.getByRole("tab", { name: "nodes.yaml" }).click();
  await app.editor.fill(nodes(count));
  await page.getByText(/^Would change/).waitFor();
  await page.getByRole("button", { name: /^Apply/ }).click();
  await page.locator(".map").waitFor();
}

scene("a large cluster is shown as a map that can be asked, grouped and searched", {}, async ({ page, app, shot, a11y }) => {
  await large(page, app, 300);
  await app.settle();
  const legend = page.locator(".map .legend");
  await legend.getByText("r1 ready 270").waitFor();
  await legend.getByText("no pod: taint 30").waitFor();
  await shot("map");
  await a11y();

  // By keyboard: from node to node, and Why? tells of each.
  await page.getByRole("application", { name: /^Map of 300 nodes/ }).focus();
  await app.press("ArrowDown");
  const why = page.locator(".panel--why");
  await why.getByText("node-0003", { exact: true }).first().waitFor();
  await app.press("End");
  await why.getByText(/gpu=true:NoSchedule/).first().waitFor();

  await page.getByRole("button", { name: "Nodes without a pod" }).click();
  await page.getByText("30 nodes match; they are outlined.").waitFor();
  await page.getByRole("searchbox", { name: "nodes where" }).fill("pod=none zone=zone-b");
  await page.getByText("10 nodes match; they are outlined.").waitFor();
  await page.getByRole("button", { name: "Table", exact: true }).click();
  assert.equal(await page.locator(".map-table tbody tr").count(), 10);
  await page.getByRole("button", { name: "node-0010" }).click();
  await why.getByText("node-0010", { exact: true }).first().waitFor();
  await page.getByRole("searchbox", { name: "nodes where" }).fill("colour=red");
  await page.getByText(/There is no filter “colour”/).waitFor();
  await page.getByRole("searchbox", { name: "nodes where" }).fill("");
  await page.getByRole("button", { name: "Table", exact: true }).click();

  await page.getByRole("button", { name: "by reason" }).click();
  await page.getByRole("region", { name: "untolerated taint gpu=true:NoSchedule" }).getByText("30 nodes").waitFor();

  // By mouse.
  await page.locator(".map-cells").first().hover({ position: { x: 8, y: 8 } });
  await page.locator(".map-tip").waitFor();
  // Who clicks goes on with the steps.
  await page.locator(".map-cells").first().click({ position: { x: 8, y: 8 } });
  const [shown] = await app.position();
  await app.press("ArrowLeft");
  assert.equal((await app.position())[0], shown - 1);
});

scene("of many cards those near to what is seen are drawn, and the keys reach all", {}, async ({ page, app }) => {
  await large(page, app, 300);
  await page.getByRole("group", { name: "Stage" }).getByRole("button", { name: "Nodes" }).click();
  await app.node("node-0000").waitFor();
  assert.ok((await page.locator(".node").count()) < 300);
  assert.equal(await app.node("node-0299").count(), 0);
  await app.node("node-0000").focus();
  await app.press("ArrowDown", "End");
  await page.waitForFunction(() => document.activeElement?.getAttribute("data-node") === "node-0299");
  await app.press("ArrowLeft");
  await page.waitForFunction(() => document.activeElement?.getAttribute("data-node") === "node-0298");
  await app.press("Home");
  await page.waitForFunction(() => document.activeElement?.getAttribute("data-node") === "node-0000");
  await page.locator(".stage-scroll").evaluate((scroll) => scroll.scrollTo(0, scroll.scrollHeight));
  await app.node("node-0299").waitFor();
});

scene("a phone has the map, too", { viewport: PHONE, theme: "dark" }, async ({ page, app, a11y }) => {
  await page.locator(".phone-tabs").getByRole("button", { name: "YAML" }).click();
  await page.getByRole("tab", { name: "nodes.yaml" }).click();
  await app.editor.fill(nodes(80));
  await page.getByText(/^Would change/).waitFor();
  await page.getByRole("button", { name: /^Apply/ }).click();
  await page.locator(".phone-tabs").getByRole("button", { name: "Cluster" }).click();
  await page.locator(".map").waitFor();
  await a11y();
});
