// What people bring from their own clusters, and what they break on purpose.
import { assert, example, scene } from "./fixtures.mjs";

/**
 * Waits until a stored text is as wanted. The editor itself shows the lines in view alone.
 * @param {import("playwright-core").Page} page
 * @param {"manifest"|"nodes"} name
 * @param {string} pattern of a regular expression
 * @param {number} times how often it occurs
 */
async function stored(page, name, pattern, times) {
  await page.waitForFunction(
    ([name, pattern, times]) => {
      const texts = JSON.parse(localStorage.getItem("playground.texts.2") ?? "{}");
      return texts[name] !== undefined && (texts[name].match(new RegExp(pattern, "g")) ?? []).length === times;
    },
    /** @type {const} */ ([name, pattern, times]),
  );
}

/** `kubectl get nodes,pods -A -o yaml` of a small cluster: one kubelet is silent, and the server's own fields are there. */
const DUMP = `apiVersion: v1
kind: List
metadata: {resourceVersion: ""}
items:
- apiVersion: v1
  kind: Node
  metadata:
    name: ok
    uid: 0a0a0a0a-0000-4000-8000-000000000001
    resourceVersion: "4711"
    creationTimestamp: "2022-12-11T12:00:00Z"
    managedFields: [{manager: kubelet, operation: Update, apiVersion: v1}]
  status:
    capacity: {cpu: "4", memory: 8Gi, pods: "110"}
    conditions: [{type: Ready, status: "True", reason: KubeletReady, message: kubelet is posting ready status}]
- apiVersion: v1
  kind: Node
  metadata: {name: silent, resourceVersion: "4712"}
  spec:
    taints:
    - {effect: NoSchedule, key: node.kubernetes.io/unreachable, timeAdded: "2022-12-11T13:05:30Z"}
    - {effect: NoExecute, key: node.kubernetes.io/unreachable, timeAdded: "2022-12-11T13:05:35Z"}
  status:
    capacity: {cpu: "4", memory: 8Gi, pods: "110"}
    conditions: [{type: Ready, status: Unknown, reason: NodeStatusUnknown, message: Kubelet stopped posting node status.}]
- apiVersion: v1
  kind: Pod
  metadata: {name: web, namespace: shop, uid: 0a0a0a0a-0000-4000-8000-000000000002, resourceVersion: "4713"}
  spec:
    nodeName: ok
    containers: [{name: web, image: "web:1", resources: {requests: {cpu: "1"}}}]
  status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
`;

scene("a dump of a cluster stays as it was taken, can be asked, edited and applied again", {}, async ({ page, app }) => {
  await page.getByRole("tab", { name: "nodes.yaml" }).click();
  await app.editor.fill(DUMP);
  await page.getByText(/^Would change/).waitFor();
  await page.getByRole("button", { name: /^Apply/ }).click();
  await app.settle();
  await app.node("silent").getByText("NotReady").waitFor();
  assert.equal(await page.locator(".node").count(), 2);

  await app.node("silent").click();
  const why = page.locator(".panel--why");
  await why.getByText(/unreachable/).first().waitFor();

  // A pod cannot be changed in this: the list stands for a new one.
  await app.editor.fill(DUMP.replace('cpu: "1"', 'cpu: "2"'));
  await page.getByText(/^Would change/).waitFor();
  await page.getByRole("button", { name: /^Apply/ }).click();
  await app.settle();
  await app.node("ok").getByText(/^2\d*m?\/4$|^2\/4$|^2000m\/4$/).waitFor();
  await page.getByText(/^Applied at step \d+$/).waitFor();

  const [before] = await app.position();
  await page.getByRole("button", { name: /^Apply/ }).click();
  await page.getByText("Nothing to apply: the cluster has what the texts ask for.").waitFor();
  assert.equal((await app.position())[0], before);
});

const IN_SHOP = `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
`;

scene("a manifest in a namespace of one's own gets the namespace from a button", {}, async ({ page, app }) => {
  await app.editor.fill(IN_SHOP);
  await app.editor.messages.getByText('namespaces "shop" not found').first().waitFor();
  await app.editor.fixes.first().click();
  await page.getByText(/^Would change/).waitFor();
  await page.getByRole("button", { name: /^Apply/ }).click();
  await app.settle();
  await stored(page, "manifest", "kind: Namespace", 1);
  assert.notEqual(await page.locator(".pod--daemon").count(), 0);
});

scene("the first words of a first visit are there after a reload", { example: null }, async ({ page, app }) => {
  await app.editor.content.click();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.insertText("# mine\n");
  await app.reload();
  assert.equal((await app.editor.lines())[0], "# mine");
});

scene("a table of kubectl is told what to paste instead", {}, async ({ page, app }) => {
  await page.getByRole("tab", { name: "nodes.yaml" }).click();
  await app.editor.fill("NAME   STATUS   ROLES    AGE   VERSION\nn1     Ready    <none>   5d    v1.36.0\n");
  await app.editor.messages.getByText(/kubectl get nodes -o yaml/).first().waitFor();
});

scene("an update to an image that cannot be pulled stops at its first node, and the undo heals it", {}, async ({ page, app, shot }) => {
  await app.open("Rolling update");
  await app.editor.fill(example("rolling_update", "next.yaml").replace(/(image: [^\s:]+):\S+/, "$1:bad"));
  await page.getByText(/^Would change/).waitFor();
  await page.getByRole("button", { name: /^Apply/ }).click();
  await app.settle();
  const stuck = page.locator(".pod--daemon", { hasText: "ImagePullBackOff" });
  await stuck.waitFor();
  assert.equal(await stuck.count(), 1, "maxUnavailable is 1");
  await shot("image cannot be pulled");
  await page.locator(".panel--why").getByRole("button", { name: "Undo to r1" }).click();
  await app.settle();
  assert.equal(await stuck.count(), 0);
  assert.equal(await app.count("READY"), await app.count("DESIRED"));

  // The text asks for the bad image still, and can take over what runs.
  await page.getByText(/^The cluster was changed since/).waitFor();
  await page.getByRole("button", { name: "Take over" }).click();
  await page.getByText("As in the cluster").waitFor();
  await stored(page, "manifest", ":bad", 0);
});

scene("what a menu does while nodes.yaml is broken is told once it is mended, and taken over", {}, async ({ page, app, shot }) => {
  const nodes = example("log_collector", "nodes.yaml");
  await page.getByRole("tab", { name: "nodes.yaml" }).click();
  await app.editor.fill(nodes.replace(/name: worker-a1$/m, "name: [worker-a1"));
  await page.getByText("What would change is shown once the errors are fixed.").waitFor();
  await app.node("worker-a1").click({ button: "right", position: { x: 100, y: 8 } });
  await page.getByRole("menuitem", { name: /^Cordon/ }).click();
  await page.getByText(/^nodes.yaml does not have this change of node worker-a1/).waitFor();
  await app.editor.fill(nodes.replace(/name: worker-a1$/m, "name: worker-a1 # mine"));
  await page.getByText(/worker-a1 was changed elsewhere, and nodes.yaml does not say so/).waitFor();
  await shot("behind the cluster");
  await page.getByRole("button", { name: "Take over" }).click();
  await page.getByText("Changes nothing in the cluster").waitFor();
  const cordons = nodes.split("unschedulable: true").length - 1;
  await stored(page, "nodes", "unschedulable: true", cordons + 1);
  // The note of what was applied last is all that is new, as kubectl has it.
  await page.getByRole("button", { name: /^Apply/ }).click();
  await page.getByText(/^Applied at step \d+$/).waitFor();
  await page.waitForFunction(() => !document.querySelector(".tab-dot"));
});

scene("what a menu does to a node is in nodes.yaml too", {}, async ({ page, app }) => {
  const cordons = example("log_collector", "nodes.yaml").split("unschedulable: true").length - 1;
  await app.node("worker-a1").click({ button: "right", position: { x: 100, y: 8 } });
  await page.getByRole("menuitem", { name: /^Cordon/ }).click();
  await stored(page, "nodes", "unschedulable: true", cordons + 1);
  await app.settle();
  assert.equal(await page.locator(".tab-dot").count(), 0, "text and cluster agree");
  await app.node("worker-a1").click({ button: "right", position: { x: 100, y: 8 } });
  await page.getByRole("menuitem", { name: /^Uncordon/ }).click();
  await stored(page, "nodes", "unschedulable: true", cordons);
});
