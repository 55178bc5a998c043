//! kubectl's side of the API: reads the cluster, and tries each write on a copy of it, so that the command knows the
//! API server's answer. What was accepted is what the command writes.

use super::kinds::Resource;
use crate::api::{Kind, Object, ObjectKey, Time};
use crate::cluster::{ApiError, Propagation, World, Write};

/// Whether a write is only tried (`--dry-run`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DryRun {
    /// It is done.
    #[default]
    None,
    /// It is not even sent.
    Client,
    /// The API server tries it and stores nothing.
    Server,
}

/// The cluster as a command sees it.
pub struct Client {
    world: World,
    now: Time,
    writes: Vec<Write>,
}

impl Client {
    /// A client of the cluster at a time.
    pub fn new(world: &World, now: Time) -> Self {
        Client { world: world.clone(), now, writes: Vec::new() }
    }

    /// The cluster, with what the command has written so far.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What the command wrote.
    pub fn into_writes(self) -> Vec<Write> {
        self.writes
    }

    /// One object.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn get(&self, key: &ObjectKey) -> Result<Object, ApiError> {
        self.world.get(key).ok_or_else(|| ApiError::NotFound(key.clone()))
    }

    /// All objects of a kind, of one namespace or all, by namespace and name.
    pub fn list(&self, resource: &Resource, namespace: Option<&str>) -> Vec<Object> {
        let all: Vec<Object> = match resource.kind() {
            Kind::Node => self.world.nodes().cloned().map(Object::Node).collect(),
            Kind::Pod => match namespace {
                Some(namespace) => self.world.pods_in(namespace).cloned().map(Object::Pod).collect(),
                None => self.world.pods().cloned().map(Object::Pod).collect(),
            },
            kind => self.world.of_kind(&kind).cloned().collect(),
        };
        let is_there = |object: &Object| {
            !resource.is_namespaced || namespace.is_none_or(|wanted| object.metadata().namespace == wanted)
        };
        all.into_iter().filter(is_there).collect()
    }

    /// Creates an object.
    ///
    /// # Errors
    /// The API server's.
    pub fn create(&mut self, object: Object, dry_run: DryRun) -> Result<Object, ApiError> {
        let sent = object.clone();
        Ok(self.write(Write::Create(object), dry_run)?.unwrap_or(sent))
    }

    /// Replaces an object by another state of it, as a patch does.
    ///
    /// # Errors
    /// The API server's.
    pub fn update(&mut self, mut object: Object, dry_run: DryRun) -> Result<Object, ApiError> {
        let old = self.get(&object.key())?;
        object.metadata_mut().resource_version = "".into();
        Ok(self.write(Write::Update(object), dry_run)?.unwrap_or(old))
    }

    /// Deletes an object, or begins to.
    ///
    /// # Errors
    /// The API server's.
    pub fn delete(
        &mut self,
        key: &ObjectKey,
        grace_seconds: Option<i64>,
        propagation: Propagation,
        dry_run: DryRun,
    ) -> Result<(), ApiError> {
        self.write(Write::Delete { key: key.clone(), grace_seconds, propagation }, dry_run).map(drop)
    }

    /// Does a write that passes no checks of a user's: what a node does itself.
    ///
    /// # Errors
    /// The store's.
    pub fn write_plainly(&mut self, write: Write) -> Result<(), ApiError> {
        self.write(write, DryRun::None).map(drop)
    }

    /// Does a write on the copy; gives the object as it then is, if it changed.
    fn write(&mut self, write: Write, dry_run: DryRun) -> Result<Option<Object>, ApiError> {
        if dry_run == DryRun::None {
            let change = self.world.write(write.clone(), self.now)?;
            self.writes.push(write);
            return Ok(change.and_then(|change| change.after));
        }
        Ok(self.world.clone().write(write, self.now)?.and_then(|change| change.after))
    }
}
