//! The Deployment controller: a ReplicaSet for each template, scaled so that few pods are missing and few are too many
//! while one takes the place of another. Upstream: `pkg/controller/deployment`.
//!
//! Deployments are stored as they are written: what is read of them here is read from JSON ([`spec`]). Not modelled:
//! pausing, `rollbackTo` and the progress deadline.

mod rollout;
mod spec;
mod status;

use crate::api::{
    EcoString, Kind, LabelSelector, Millis, Object, ObjectKey, ObjectMeta, OwnerReference, REVISION,
    ReplicaSet, Stored, Time, sort,
};
use crate::cluster::{Actor, Change, Component, Cx, EventType, Reconciled, Wakes, WorkKey, World, Write};
use spec::Wanted;
use std::rc::Rc;

/// The name that its events carry.
const COMPONENT: &str = "deployment-controller";
/// Annotations of a ReplicaSet with the size of the Deployment, and of all its sets together at most.
const SIZES: [&str; 2] =
    ["deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas"];
/// Label of a ReplicaSet and its pods.
const HASH_LABEL: &str = "pod-template-hash";

/// The Deployment controller.
pub struct DeploymentController;

/// One look at one Deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentTrace {
    /// Which.
    pub deployment: ObjectKey,
    /// Whether it is there.
    pub is_there: bool,
    /// The ReplicaSet that was made for a new template.
    pub created: Option<EcoString>,
    /// The name of the ReplicaSet that it was to make is taken: it will try with another one.
    pub has_collided: bool,
    /// ReplicaSets that were scaled: name, from, to.
    pub scaled: Vec<(EcoString, i32, i32)>,
    /// ReplicaSets that belonged to nobody and are its own now.
    pub adopted: Vec<EcoString>,
    /// ReplicaSets that do not match any more and are nobody's now.
    pub released: Vec<EcoString>,
    /// Old ReplicaSets without pods that were deleted as there are too many.
    pub cleaned_up: Vec<EcoString>,
}

/// The kind.
fn kind() -> Kind {
    Kind::of("apps/v1", "Deployment")
}

fn is_deployment(object: &Object) -> bool {
    matches!(object, Object::Stored(stored) if stored.kind == "Deployment" && stored.api_version == "apps/v1")
}

impl Component for DeploymentController {
    type State = ();
    type Trace = DeploymentTrace;
    const ACTOR: Actor = Actor::DeploymentController;
    const LAG: Millis = Millis(20);

    fn observe(world: &World, change: &Change, _now: Time, _state: &mut (), wakes: &mut Wakes) {
        if is_deployment(change.object()) {
            wakes.now(WorkKey::Object(change.key()));
        }
        if change.is_of(&Kind::ReplicaSet) {
            if let Some(orphan) = change.after.as_ref().filter(|set| set.metadata().controller().is_none()) {
                let metadata = orphan.metadata();
                let wants = |deployment: &&Object| {
                    let Object::Stored(stored) = deployment else { return false };
                    stored.metadata.namespace == metadata.namespace
                        && selector_of(stored).is_some_and(|selector| selector.matches(&metadata.labels))
                };
                for deployment in world.of_kind(&kind()).filter(wants) {
                    wakes.now(WorkKey::Object(deployment.key()));
                }
            }
            for set in [&change.before, &change.after].into_iter().flatten() {
                let owner = set.metadata().controller().filter(|owner| owner.kind == "Deployment");
                if let Some(owner) = owner {
                    let key = ObjectKey::new(kind(), change.namespace(), &owner.name);
                    if world.get(&key).is_some() {
                        wakes.now(WorkKey::Object(key));
                    }
                }
            }
        }
    }

    fn reconcile(cx: &Cx<'_>, _state: &mut (), key: &WorkKey) -> Reconciled<DeploymentTrace> {
        let key = key.object(kind());
        let mut look = Look {
            writes: Vec::new(),
            trace: DeploymentTrace {
                deployment: key.clone(),
                is_there: false,
                created: None,
                has_collided: false,
                scaled: Vec::new(),
                adopted: Vec::new(),
                released: Vec::new(),
                cleaned_up: Vec::new(),
            },
        };
        let Some(Object::Stored(deployment)) = cx.world.get(&key) else { return look.end() };
        look.trace.is_there = true;
        let Some(wanted) = Wanted::of(&deployment) else { return look.end() };
        let sets = Sets::of(cx.world, &deployment, &wanted, &mut look);
        if deployment.metadata.is_terminating() {
            look.status(cx, &deployment, &wanted, &sets);
            return look.end();
        }
        rollout::sync(cx, &deployment, &wanted, sets, &mut look);
        look.end()
    }
}

/// What a look comes to.
struct Look {
    writes: Vec<Write>,
    trace: DeploymentTrace,
}

impl Look {
    fn end(self) -> Reconciled<DeploymentTrace> {
        Reconciled { writes: self.writes, requeue_after: None, trace: self.trace }
    }

    fn tell(&mut self, message: String) {
        self.writes.push(Write::Event {
            about: self.trace.deployment.clone(),
            type_: EventType::Normal,
            reason: "ScalingReplicaSet".into(),
            message,
            component: COMPONENT.into(),
            path: "".into(),
            action: None,
        });
    }

    /// Gives a ReplicaSet another size, with the annotations that go with it (`scaleReplicaSet`).
    fn scale(&mut self, wanted: &Wanted, set: &mut Rc<ReplicaSet>, size: i32) -> bool {
        if set.replicas() == size { false } else { self.note_size(wanted, set, size) }
    }

    /// The same, also where the size is right and only the annotations are not. Whether the size changes.
    fn note_size(&mut self, wanted: &Wanted, set: &mut Rc<ReplicaSet>, size: i32) -> bool {
        let before = set.replicas();
        let scaled = Rc::make_mut(set);
        scaled.spec.replicas = Some(size);
        for (name, value) in SIZES.into_iter().zip([wanted.replicas, wanted.replicas + wanted.max_surge]) {
            scaled.metadata.annotations.insert(name.into(), value.to_string().into());
        }
        scaled.metadata.resource_version.clear();
        let name = set.metadata.name.clone();
        self.writes.push(Write::Update(Object::ReplicaSet(Rc::clone(set))));
        if before == size {
            return false;
        }
        let way = if before < size { "up" } else { "down" };
        self.tell(format!("Scaled {way} replica set {name} from {before} to {size}"));
        self.trace.scaled.push((name, before, size));
        true
    }

    fn status(&mut self, cx: &Cx<'_>, deployment: &Rc<Stored>, wanted: &Wanted, sets: &Sets) {
        if let Some(write) = status::write(cx, deployment, wanted, sets, &self.trace) {
            self.writes.push(write);
        }
    }
}

/// The ReplicaSets of a Deployment.
struct Sets {
    /// The one of the present template.
    new: Option<Rc<ReplicaSet>>,
    /// The others, by age.
    old: Vec<Rc<ReplicaSet>>,
}

impl Sets {
    /// Those that it controls. Orphans that match are adopted, its own that no longer match are released
    /// (`ClaimReplicaSets`).
    fn of(world: &World, deployment: &Rc<Stored>, wanted: &Wanted, look: &mut Look) -> Self {
        let owner = &deployment.metadata;
        let mut sets = Vec::new();
        for object in
            world.of_kind(&Kind::ReplicaSet).filter(|set| set.metadata().namespace == owner.namespace)
        {
            let Object::ReplicaSet(set) = object else { continue };
            let mut set = Rc::clone(set);
            let matches = wanted.selects.matches(&set.metadata.labels);
            match set.metadata.controller() {
                Some(other) if other.uid != owner.uid => continue,
                Some(_) if matches => sets.push(set),
                Some(_) if owner.is_terminating() => {}
                Some(_) => {
                    Rc::make_mut(&mut set).metadata.owner_references.retain(|other| other.uid != owner.uid);
                    look.trace.released.push(set.metadata.name.clone());
                    look.writes.push(Write::Update(Object::ReplicaSet(set)));
                }
                None if !matches || owner.is_terminating() || set.metadata.is_terminating() => {}
                None => {
                    Rc::make_mut(&mut set).metadata.owner_references.push(controller_ref(owner));
                    look.trace.adopted.push(set.metadata.name.clone());
                    look.writes.push(Write::Update(Object::ReplicaSet(Rc::clone(&set))));
                    sets.push(set);
                }
            }
        }
        sort::by_key(&mut sets, |set| (set.metadata.creation_timestamp, set.metadata.name.clone()));
        let new = sets.iter().position(|set| wanted.is_of_template(set)).map(|at| sets.remove(at));
        Sets { new, old: sets }
    }

    fn all(&self) -> impl Iterator<Item = &Rc<ReplicaSet>> {
        self.old.iter().chain(&self.new)
    }

    /// How many pods all sets are to have.
    fn size(&self) -> i32 {
        self.all().map(|set| set.replicas()).sum()
    }

    fn available(&self) -> i32 {
        self.all().map(|set| set.status.available_replicas).sum()
    }
}

/// What a Deployment selects; none if that cannot be read.
fn selector_of(deployment: &Stored) -> Option<LabelSelector> {
    let spec = deployment.rest.get("spec")?;
    serde_json::from_value(spec["selector"].clone()).ok()
}

/// The Deployment as the owner of a ReplicaSet.
fn controller_ref(deployment: &ObjectMeta) -> OwnerReference {
    OwnerReference {
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        name: deployment.name.clone(),
        uid: deployment.uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
        ..Default::default()
    }
}

fn revision_of(set: &ReplicaSet) -> i64 {
    set.metadata.annotations.get(REVISION).and_then(|number| number.parse().ok()).unwrap_or_default()
}
