// What a real cluster of a cloud prints, for what is imported.

/** A node and its daemon pod as a cluster of a cloud prints them. @param {number} i */
function ofCloud(i) {
  const name = `ip-10-0-${Math.floor(i / 250)}-${i % 250}.eu-west-1.compute.internal`;
  const managedFields = Array.from({ length: 6 }, () => ({ manager: "kubelet", operation: "Update", fieldsV1: { "f:status": { "f:conditions": {} } } }));
  const images = Array.from({ length: 20 }, (_, n) => ({ names: [`registry.example/team/image-${n}@sha256:${"0".repeat(64)}`], sizeBytes: 1 }));
  const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name: "agent", uid: "00000000-0000-4000-8000-000000000001", controller: true, blockOwnerDeletion: true };
  return [
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, uid: `n${i}`, resourceVersion: "7", managedFields, labels: { "kubernetes.io/hostname": name, env: "prod" } },
      spec: { providerID: `aws:///eu-west-1a/i-${i}`, ...(i % 5 === 0 ? { taints: [{ key: "team", value: "a", effect: "NoSchedule" }] } : {}) },
      status: {
        addresses: [{ type: "InternalIP", address: `fd00::${(i + 1).toString(16)}` }, { type: "Hostname", address: name }],
        capacity: { cpu: "4", memory: "16Gi", pods: "58" },
        allocatable: { cpu: "3920m", memory: "15Gi", pods: "58" },
        conditions: [{ lastHeartbeatTime: "2026-01-01T00:00:00Z", status: "True", type: "Ready", reason: "KubeletReady", message: "kubelet is posting ready status" }],
        images,
        nodeInfo: { kubeletVersion: "v1.36.2", osImage: "Linux" },
      },
    },
    ...(i % 5 === 0
      ? []
      : [
          {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: `agent-${i}`, namespace: "default", uid: `p${i}`, labels: { app: "agent", "controller-revision-hash": "abc", "pod-template-generation": "1" }, ownerReferences: [owner], managedFields },
            spec: { nodeName: name, containers: [{ name: "agent", image: "agent:1", env: [{ name: "TOKEN", value: "hidden-words" }], resources: { requests: { cpu: "100m" } } }] },
            status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
          },
        ]),
  ];
}
/** What is there beside nodes and pods. @param {number} pods */
const rest = (pods) => [
  {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "agent", namespace: "default", uid: "00000000-0000-4000-8000-000000000001", generation: 1 },
    spec: {
      selector: { matchLabels: { app: "agent" } },
      template: { metadata: { labels: { app: "agent" } }, spec: { containers: [{ name: "agent", image: "agent:1", env: [{ name: "TOKEN", value: "hidden-words" }], resources: { requests: { cpu: "100m" } } }] } },
    },
    status: { desiredNumberScheduled: pods, currentNumberScheduled: pods, updatedNumberScheduled: pods, numberReady: pods, numberAvailable: pods, numberMisscheduled: 0, observedGeneration: 1 },
  },
  { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "default" }, data: { a: "aGlkZGVu" } },
];
/** What `kubectl get … -A -o json` prints of so many nodes. @param {number} nodes */
export const dump = (nodes) => JSON.stringify({ apiVersion: "v1", items: [...Array.from({ length: nodes }, (_, i) => ofCloud(i)).flat(), ...rest(nodes - Math.ceil(nodes / 5))], kind: "List", metadata: { resourceVersion: "" } }, null, 4);
