// The terminal: what is typed, what is answered, and that it travels with the steps.
import { readFileSync } from "node:fs";
import { assert, example, openTerminal, PHONE, scene } from "./fixtures.mjs";

const line = (page) => page.getByRole("textbox", { name: "Command" });
const said = (page) => page.locator(".term-said");

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
  await openTerminal(page);
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
  await openTerminal(page);
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
  await openTerminal(page);
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
  await openTerminal(page);
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

scene("get pods -w prints while the simulation plays, and what is typed meanwhile waits until Ctrl+C", { example: "Kept out by a taint" }, async ({ page, app }) => {
  await app.settle();
  await openTerminal(page);
  await run(page, "kubectl rollout restart ds -n kube-system");
  await run(page, "kubectl get pods -n kube-system -w");
  await line(page).press("Escape");
  await app.settle();
  const lines = (await page.locator(".term-said", { hasText: "-w" }).last().locator(".term-out").allInnerTexts()).join("\n");
  assert.match(lines, /Terminating/);
  assert.match(lines, /ContainerCreating/);
  await page.locator(".term-said .term-goes", { hasText: "nothing more happens by itself" }).waitFor();
  const [at, count] = [await position(app), await said(page).count()];
  await line(page).fill("kubectl cordon worker-1");
  await page.keyboard.press("Enter");
  await page.locator(".term-ahead", { hasText: "kubectl cordon worker-1" }).waitFor();
  assert.deepEqual([await position(app), await said(page).count()], [at, count], "it is not run yet");
  await line(page).focus();
  await page.keyboard.press("Control+c");
  await page.locator(".term-said", { hasText: "node/worker-1 cordoned" }).waitFor();
  await page.locator(".term-goes").waitFor({ state: "detached" });
  assert.equal(await position(app), at + 1);
});

scene("buttons of the page are commands of the transcript", {}, async ({ page, app }) => {
  await app.settle();
  await openTerminal(page);
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

/** The manifest of the notes, its typing errors mended, with the second volume that their history shows. */
const notes = (tag) => `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: fluentd-elasticsearch
  namespace: kube-system
  labels:
    k8s-app: fluentd-logging
spec:
  selector:
    matchLabels:
      name: fluentd-elasticsearch
  template:
    metadata:
      labels:
        name: fluentd-elasticsearch
    spec:
      tolerations:
        - key: node-role.kubernetes.io/control-plane
          operator: Exists
          effect: NoSchedule
        - key: node-role.kubernetes.io/master
          operator: Exists
          effect: NoSchedule
      containers:
        - name: fluentd-elasticsearch
          image: quay.io/fluentd_elasticsearch/fluentd:${tag}
          resources:
            limits:
              memory: 300Mi
            requests:
              cpu: 100m
              memory: 200Mi
          volumeMounts:
            - name: varlog
              mountPath: /var/log
            - name: varlibdockercontainers
              mountPath: /var/lib/docker/containers
              readOnly: true
      terminationGracePeriodSeconds: 30
      volumes:
        - name: varlog
          hostPath:
            path: /var/log
        - name: varlibdockercontainers
          hostPath:
            path: /var/lib/docker/containers
`;

/** What the notes show of `rollout history --revision=1`. */
const REVISION = `daemonset.apps/fluentd-elasticsearch with revision #1
Pod Template:
Labels: name=fluentd-elasticsearch
Containers:
fluentd-elasticsearch:
Image: quay.io/fluentd_elasticsearch/fluentd:v2.5.2
Port: <none>
Host Port: <none>
Limits:
memory: 300Mi
Requests:
cpu: 100m
memory: 200Mi
Environment: <none>
Mounts:
/var/lib/docker/containers from varlibdockercontainers (ro)
/var/log from varlog (rw)
Volumes:
varlog:
Type: HostPath (bare host directory volume)
Path: /var/log
HostPathType:
varlibdockercontainers:
Type: HostPath (bare host directory volume)
Path: /var/lib/docker/containers
HostPathType:
Node-Selectors: <none>
Tolerations: node-role.kubernetes.io/control-plane:NoSchedule op=Exists
node-role.kubernetes.io/master:NoSchedule op=Exists`;

scene("the transcript of the notes", { example: "Kept out by a taint" }, async ({ page, app }) => {
  await app.settle();
  await openTerminal(page);
  const ds = "fluentd-elasticsearch";
  const apply = async (tag) => (await run(page, `kubectl apply -f - <<'EOF'\n${notes(tag)}EOF`)).split("\n").at(-1);
  /** Follows the rollout to its end, and gives what was printed last. */
  const status = async () => {
    const all = await run(page, `kubectl rollout status ds/${ds} -n kube-system`);
    await line(page).press("Escape");
    await app.settle();
    const heard = await page.locator(".term-said", { hasText: "rollout status" }).last().locator(".term-out").allInnerTexts();
    await line(page).focus();
    return (heard.join("\n") || all).trim().split("\n").at(-1);
  };
  assert.equal(await apply("v2.5.2"), `daemonset.apps/${ds} created`);
  assert.equal(await status(), `daemon set "${ds}" successfully rolled out`);
  const pods = (await run(page, "kubectl get pods -n kube-system")).split("\n");
  assert.match(pods[0], /^NAME +READY +STATUS +RESTARTS +AGE$/);
  assert.ok(pods.some((pod) => new RegExp(`^${ds}-[a-z0-9]{5} +1/1 +Running +0 +\\d+s$`).test(pod.trimEnd())), pods.join("\n"));
  assert.equal(await apply("v2.6.0"), `daemonset.apps/${ds} configured`);
  assert.equal(await status(), `daemon set "${ds}" successfully rolled out`);
  const bare = (text) => text.split("\n").map((part) => part.trim().replace(/\s+/g, " ")).filter(Boolean).join("\n");
  assert.equal(bare(await run(page, `kubectl rollout history ds/${ds} -n kube-system`)), `daemonset.apps/${ds}\nREVISION CHANGE-CAUSE\n1 <none>\n2 <none>`);
  assert.equal(bare(await run(page, `kubectl rollout history ds ${ds} --revision=1 -n kube-system`)), REVISION);
  assert.match(await run(page, `kubectl rollout undo ds ${ds} --to-revision=1 -n kube-system`), new RegExp(`^daemonset.apps/${ds} rolled back$`, "m"));
  await app.settle();
  await line(page).focus();
  assert.equal(await run(page, `kubectl get ds ${ds} -n kube-system -o jsonpath='{.spec.template.spec.containers[0].image}'`), "quay.io/fluentd_elasticsearch/fluentd:v2.5.2");
});

scene("what stands behind a command that follows is run when that ends", { example: "Kept out by a taint" }, async ({ page, app }) => {
  await app.settle();
  await openTerminal(page);
  await line(page).fill("kubectl rollout restart ds -n kube-system && kubectl rollout status ds -n kube-system | tail -1 && kubectl cordon worker-1");
  await page.keyboard.press("Enter");
  await page.locator(".term-goes", { hasText: "then kubectl cordon worker-1" }).waitFor();
  await line(page).press("Escape");
  await app.settle();
  await page.locator(".term-said", { hasText: "node/worker-1 cordoned" }).waitFor();
  const told = await page.locator(".term-said", { hasText: "tail -1" }).locator(".term-out").allInnerTexts();
  assert.match(told.join("\n"), /^daemon set "[^"]+" successfully rolled out$/);
});

scene("a drain with a timeout tries again as time passes, and its budget lets the pods go one by one", {}, async ({ page, app, shot }) => {
  await openTerminal(page);
  await run(page, "kubectl create deployment shop --image=web:1 --replicas=6; kubectl create poddisruptionbudget shop --selector=app=shop --min-available=5; sleep 30");
  const pods = "kubectl get pods -l app=shop -o custom-columns=ON:.spec.nodeName --no-headers";
  const nodes = (await run(page, pods)).trim().split("\n");
  const node = nodes.find((name, at) => nodes.indexOf(name) !== at);
  const drain = `kubectl drain ${node} --ignore-daemonsets --force --timeout=120s`;
  assert.match(await run(page, `${drain} && kubectl get node ${node}`), new RegExp(`^${node} +Ready,SchedulingDisabled`, "m"));
  const tries = await page.locator(".term-said", { hasText: drain }).allInnerTexts();
  assert.ok(tries.length > 1, "it was tried again");
  assert.match(tries[0], /Cannot evict pod as it would violate the pod's disruption budget/);
  assert.match(tries.at(-1), new RegExp(`# \\d+s later[^]*node/${node} drained`));
  await shot("terminal-drain");
  assert.ok(!(await run(page, pods)).includes(node), "its pods are elsewhere");
  const end = await position(app);
  // The way back goes try by try.
  await page.locator(".term-said", { hasText: drain }).first().getByRole("button", { name: /^Step/ }).click();
  assert.ok((await position(app)) < end);
  await page.locator(".term-said.is-later", { hasText: `node/${node} drained` }).waitFor();
});

scene("who looks elsewhere finds the line and the cleared transcript as they were left", {}, async ({ page }) => {
  await openTerminal(page);
  await run(page, "kubectl get nodes");
  await page.keyboard.press("Control+l");
  await said(page).waitFor({ state: "detached" });
  await page.keyboard.type("kubectl get pods -l app=fluentd");
  for (let times = 0; times < 7; times++) await page.keyboard.press("ArrowLeft");
  await page.getByRole("tab", { name: /^Events/ }).click();
  await line(page).waitFor({ state: "detached" });
  await page.getByRole("tab", { name: "Terminal" }).click();
  await page.waitForFunction(() => document.activeElement?.matches(".term-field textarea"));
  assert.equal(await line(page).inputValue(), "kubectl get pods -l app=fluentd");
  assert.equal(await said(page).count(), 0);
  await page.keyboard.type("x");
  assert.equal(await line(page).inputValue(), "kubectl get pods -l app=xfluentd", "the caret is where it was");
});

scene("the caret stays where it was put while the page goes on", {}, async ({ page, app }) => {
  await app.settle();
  await app.press("Home");
  await openTerminal(page);
  await page.keyboard.type("kubectl get pods");
  await page.getByRole("button", { name: "Play" }).click();
  await line(page).focus();
  await line(page).evaluate((area) => area instanceof HTMLTextAreaElement && area.setSelectionRange(8, 8));
  const shown = () => page.locator(".clock b").innerText();
  const before = await shown();
  await page.waitForFunction((text) => /** @type {HTMLElement | null} */ (document.querySelector(".clock b"))?.innerText !== text, before);
  await page.keyboard.type("x");
  assert.equal(await line(page).inputValue(), "kubectl xget pods");
});

scene("who clicks what was printed and types goes on in the line, and the page's keys stay quiet", {}, async ({ page, app }) => {
  await app.settle();
  await openTerminal(page);
  assert.equal(await run(page, "kubectl label nodes --all a=b | grep -c worker"), "4");
  await run(page, "kubectl describe nodes");
  await page.getByRole("button", { name: /more lines/ }).click();
  await page.keyboard.type("kubectl get ds -A -o name");
  assert.equal(await line(page).inputValue(), "kubectl get ds -A -o name");
  await page.keyboard.press("Enter");
  await page.locator(".term-out", { hasText: "daemonset.apps/" }).last().waitFor();
  await page.locator(".term-log").click({ position: { x: 200, y: 10 } });
  await page.keyboard.type("tl");
  assert.equal(await line(page).inputValue(), "tl");
  assert.equal(await page.locator(".taints, .lessons").count(), 0, "no letter was a shortcut");
  // The button of a step is the page's.
  await line(page).fill("");
  await page.locator(".term-step").first().click();
  await page.keyboard.press("t");
  await page.locator(".taints").waitFor();
});

scene("kubectl edit opens an object in the editor, which is saved there, refused or left", { example: "Kept out by a taint" }, async ({ page, app, a11y }) => {
  await app.settle();
  await openTerminal(page);
  const edit = "kubectl edit ds/node-exporter -n kube-system";
  const tab = page.getByRole("tab", { name: "edit node-exporter" });
  const open = async () => {
    await line(page).fill(edit);
    await page.keyboard.press("Enter");
    await tab.waitFor();
    await page.locator(".editor-host .cm-line", { hasText: "# Please edit the object below." }).waitFor();
  };
  const [at] = await app.position();
  await open();
  await a11y(".panel--edit");
  await page.getByRole("button", { name: "Cancel" }).click();
  await tab.waitFor({ state: "detached" });
  await page.locator(".term-said", { hasText: "Edit cancelled, no changes made." }).waitFor();
  await open();
  await app.editor.content.focus();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.insertText("nosuch: 1\n");
  // Who looks elsewhere meanwhile finds it as it was left.
  await page.getByRole("button", { name: "Taints", exact: true }).click();
  await app.editor.content.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Nodes", exact: true }).click();
  await page.locator(".editor-host .cm-line", { hasText: "nosuch: 1" }).waitFor();
  await page.getByRole("button", { name: /^Save/ }).click();
  await page.getByText("Not saved", { exact: true }).waitFor();
  await page.getByLabel("Why it was not saved").getByText(/unknown field "nosuch"/).waitFor();
  await a11y(".panel--edit");
  await page.locator(".editor-host .cm-line", { hasText: "was not valid" }).waitFor();
  assert.equal((await app.position())[0], at);
  await app.editor.fill("# nothing\n");
  await page.getByRole("button", { name: /^Save/ }).click();
  await page.locator(".term-said", { hasText: "saved file was empty" }).waitFor();
  await line(page).focus();
  const text = await run(page, `KUBE_EDITOR='sed -i s/maxUnavailable:/maxUnavailable:/' ${edit}`);
  assert.match(text, /no changes made/);
  const written = await run(page, "kubectl get ds node-exporter -n kube-system -o yaml");
  assert.match(written, /revisionHistoryLimit: 10/);
  await open();
  await app.editor.fill(written.replace("revisionHistoryLimit: 10", "revisionHistoryLimit: 4"));
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.locator(".term-said", { hasText: "daemonset.apps/node-exporter edited" }).waitFor();
  assert.equal((await app.position())[0], at + 1);
  await app.reload();
  await openTerminal(page);
  assert.equal(await run(page, "kubectl get ds node-exporter -n kube-system -o jsonpath={.spec.revisionHistoryLimit}"), "4");
});

scene("the dock's height is drawn by its edge, or by keys, and stays", { example: "Kept out by a taint" }, async ({ page, app }) => {
  const grip = page.getByRole("separator", { name: "Height of the dock" });
  const height = () => page.locator(".dock").evaluate((dock) => Math.round((dock.getBoundingClientRect().height / innerHeight) * 100));
  await grip.focus();
  await page.keyboard.press("End");
  assert.equal(await height(), 85);
  await page.keyboard.press("ArrowDown");
  assert.equal(await height(), 80);
  const box = await grip.boundingBox();
  await page.mouse.move(400, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(400, page.viewportSize().height / 2, { steps: 4 });
  await page.mouse.up();
  assert.equal(await height(), 50);
  await app.reload();
  await openTerminal(page);
  assert.equal(await height(), 50);
});

scene("help texts are fetched when they are asked for", {}, async ({ page }) => {
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await openTerminal(page);
  assert.match(await run(page, "kubectl get --help"), /^Display one or many resources\./);
  assert.match(await run(page, "kubectl taint --help"), /^Update the taints/);
  assert.equal(asked.filter((url) => url.includes("/help/")).length, 1, "once is enough");
});

scene("on a phone the terminal has its own tab and the keys that a phone lacks", { viewport: PHONE, touch: true }, async ({ page, a11y }) => {
  await page.locator(".phone-tabs").getByRole("button", { name: "Terminal" }).click();
  await line(page).fill("kubectl get n");
  const key = (name) => page.locator(".term-keys").getByRole("button", { name, exact: true });
  await key("Tab").click();
  await page.locator("[role=listbox]").waitFor();
  await a11y(".log");
  // A key of these writes where the finger put the caret, and the line keeps the focus.
  await line(page).fill("kubectl get pods");
  await line(page).evaluate((area) => area instanceof HTMLTextAreaElement && area.setSelectionRange(11, 11));
  await key("-").click();
  assert.equal(await line(page).inputValue(), "kubectl get- pods");
  assert.equal(await line(page).evaluate((area) => area === document.activeElement), true);
  // What goes on can be ended.
  await line(page).fill("kubectl get pods -w");
  await page.keyboard.press("Enter");
  await page.locator(".term-goes").waitFor();
  await key("^C").click();
  await page.locator(".term-goes").waitFor({ state: "detached" });
});
