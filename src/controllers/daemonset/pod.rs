//! The pods that the controller makes. Upstream: `pkg/controller/daemon/util/daemonset_util.go`,
//! `GetPodFromTemplate` in `pkg/controller/controller_utils.go`.

use super::eligibility::Placement;
use crate::api::{
    Affinity, DaemonSet, EcoString, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm,
    ObjectMeta, OwnerReference, Pod, PodSpec, SharedMeta,
};
use std::rc::Rc;

/// Label with the hash of the revision that a pod or a ControllerRevision belongs to.
pub const HASH_LABEL: &str = "controller-revision-hash";
/// Label with the template generation that a pod was made from.
pub const TEMPLATE_GENERATION_LABEL: &str = "pod-template-generation";

/// The link from a dependent to the DaemonSet (`metav1.NewControllerRef`).
pub fn controller_ref(set: &DaemonSet) -> OwnerReference {
    OwnerReference {
        api_version: "apps/v1".into(),
        kind: "DaemonSet".into(),
        name: set.metadata.name.clone(),
        uid: set.metadata.uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
        ..Default::default()
    }
}

/// The generation of the template, which the API server counts in an annotation of the DaemonSet; none when it
/// is not there or no number (`GetTemplateGeneration`). As the label of a pod prints it.
pub fn template_generation(set: &DaemonSet) -> Option<String> {
    set.template_generation().map(|generation| generation.to_string())
}

/// Whether a pod is of the current template: by its hash or by its template generation (`IsPodUpdated`).
pub fn is_updated(pod: &Pod, hash: &str, generation: Option<&str>) -> bool {
    let label = |name: &str| pod.metadata.labels.get(name).map(EcoString::as_str);
    let by_generation = generation.is_some() && label(TEMPLATE_GENERATION_LABEL) == generation;
    by_generation || (!hash.is_empty() && label(HASH_LABEL) == Some(hash))
}

/// Makes the pods of one template and revision; what they share is made once.
#[derive(Clone, Debug)]
pub struct PodFactory {
    metadata: ObjectMeta,
    spec: PodSpec,
}

impl PodFactory {
    /// For the DaemonSet's template and the hash of its revision (`CreatePodTemplate`).
    pub fn new(set: &DaemonSet, placement: &Placement, hash: &str) -> Self {
        let template = &set.spec.template;
        let mut labels = template.metadata.labels.clone();
        if let Some(generation) = template_generation(set) {
            labels.insert(TEMPLATE_GENERATION_LABEL.into(), generation.into());
        }
        if !hash.is_empty() {
            labels.insert(HASH_LABEL.into(), hash.into());
        }
        let mut spec = PodSpec::clone(&template.spec);
        spec.tolerations = Rc::clone(placement.tolerations());
        let shared = SharedMeta {
            generate_name: ecow::eco_format!("{}-", set.metadata.name),
            finalizers: template.metadata.finalizers.clone(),
            owner_references: vec![controller_ref(set)].into(),
            ..Default::default()
        };
        PodFactory {
            metadata: ObjectMeta {
                namespace: set.metadata.namespace.clone(),
                labels,
                annotations: template.metadata.annotations.clone(),
                shared: shared.into(),
                ..Default::default()
            },
            spec,
        }
    }

    /// The pod for a node, pinned to it by required node affinity that takes the place of the template's
    /// (`ReplaceDaemonSetPodNodeNameNodeAffinity`); everything else about affinity stays.
    pub fn make(&self, node: &str) -> Pod {
        let mut spec = self.spec.clone();
        let mut affinity = spec.affinity.as_deref().cloned().unwrap_or_default();
        let node_affinity = affinity.node_affinity.get_or_insert_with(NodeAffinity::default);
        let required = node_affinity.required.get_or_insert_with(NodeSelector::default);
        required.node_selector_terms = vec![NodeSelectorTerm {
            match_fields: vec![NodeSelectorRequirement::new("metadata.name", "In", &[node])],
            ..Default::default()
        }];
        spec.affinity = Some(Rc::<Affinity>::new(affinity));
        Pod { metadata: self.metadata.clone(), spec: Rc::new(spec), ..Default::default() }
    }
}
