// The stages of a pod's life for KWOK, with the delays that the page takes where an object says nothing else: its
// annotations (`pod-ready.stage.kwok.x-k8s.io/delay: 5s`) mean the same there.

/** @param {string} name @param {string} conditions of the selector @param {string} next */
const stage = (name, conditions, next) => `---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata:
  name: ${name}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
${conditions}
  weight: 1
  delay:
    durationMilliseconds: 1000
    durationFrom:
      expressionFrom: '.metadata.annotations["${name}.stage.kwok.x-k8s.io/delay"]'
    jitterDurationFrom:
      expressionFrom: '.metadata.annotations["${name}.stage.kwok.x-k8s.io/jitter-delay"]'
  next:
${next}
`;

const LIVES = "    - {key: '.metadata.deletionTimestamp', operator: DoesNotExist}";
const GOES = "    - {key: '.metadata.deletionTimestamp', operator: Exists}";

/** @param {string} ready @param {string} state @param {string} phase */
const status = (ready, state, phase) => `    statusTemplate: |
      {{ $now := Now }}
      phase: ${phase}
      hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
      podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
      startTime: {{ $now | Quote }}
      conditions:
      - {type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }}}
      - {type: Ready, status: "${ready}", lastTransitionTime: {{ $now | Quote }}}
      - {type: ContainersReady, status: "${ready}", lastTransitionTime: {{ $now | Quote }}}
      containerStatuses:
      {{ range .spec.containers }}
      - name: {{ .name | Quote }}
        image: {{ .image | Quote }}
        ready: ${ready.toLowerCase()}
        restartCount: 0
        state: ${state}
      {{ end }}`;

export const STAGES = [
  stage(
    "pod-create",
    `${LIVES}\n    - {key: '.status.containerStatuses', operator: DoesNotExist}`,
    status("False", "{waiting: {reason: ContainerCreating}}", "Pending"),
  ),
  stage(
    "pod-ready",
    `${LIVES}\n    - {key: '.status.containerStatuses.[].state.waiting.reason', operator: In, values: [ContainerCreating]}`,
    status("True", "{running: {startedAt: {{ $now | Quote }}}}", "Running"),
  ),
  stage("pod-delete", GOES, "    finalizers: {empty: true}\n    delete: true"),
].join("");
