//! All client keys in memory, so that accepting an event asks no database.
//! The gates look keys up; the housekeeper keeps the ring fresh.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use watchpost_model::{Key, KeyId, Project, ProjectId, Timestamp};
use watchpost_protocol::rate_limit::RateLimit;
use watchpost_protocol::signature;
use watchpost_store::{Ledger, StoreError};

use crate::gate::budget::Sender;
use crate::limits::{KEY_LOOKUP_PAUSE, SIGNATURE_TRIES_MAX};
use crate::outcome::Owner;
use crate::quota::{Allowance, Charge, Meters, Refusal};
use crate::sync::lock;

/// A key, and what the gates need to know of its project.
pub(crate) struct Access {
    pub(crate) key: KeyId,
    pub(crate) project: ProjectId,
    pub(crate) active: bool,
    pub(crate) public: String,
    /// The key of forms and signatures. Never printed, never sent.
    pub(crate) secret: String,
    /// Web origins whose pages may report.
    pub(crate) origins: Vec<String>,
    /// The quotas of key and project.
    allowances: Vec<Allowance>,
    meters: Arc<Meters>,
}

impl Access {
    /// For counting.
    pub(crate) fn owner(&self) -> Owner {
        Owner {
            project: Some(self.project),
            key: Some(self.key),
        }
    }

    /// Whether it may be used, for this project if one is named.
    pub(crate) fn permits(&self, project: Option<ProjectId>) -> bool {
        self.active && project.is_none_or(|project| project == self.project)
    }

    /// Who holds the memory of the bodies that this key sends.
    pub(crate) fn sender(&self) -> &Arc<Sender> {
        self.meters.sender()
    }

    /// Whether an item would be refused now.
    pub(crate) fn check(&self, charge: Charge, now: Timestamp) -> Result<(), Refusal> {
        self.meters.check(&self.allowances, charge, now)
    }

    /// Charges an item to the quotas, before it is accepted.
    pub(crate) fn take(&self, charge: Charge, now: Timestamp) -> Result<(), Refusal> {
        self.meters.take(&self.allowances, charge, now)
    }

    /// The item that was charged at `then` was not accepted after all.
    pub(crate) fn give_back(&self, charge: Charge, then: Timestamp) {
        self.meters.give_back(&self.allowances, charge, then);
    }

    /// What the client had better hold back from now on.
    pub(crate) fn exhausted(&self, now: Timestamp) -> Vec<RateLimit> {
        self.meters.exhausted(&self.allowances, now)
    }
}

/// The keys as of one generation.
#[derive(Default)]
struct Ring {
    generation: u64,
    by_public: HashMap<String, Arc<Access>>,
    /// By a hash that only this process can compute, so that the time of a look-up says nothing
    /// about the secrets.
    by_secret: HashMap<u64, Vec<Arc<Access>>>,
    hasher: RandomState,
    /// What was used of the quotas, by project. Handed on from ring to ring.
    meters: HashMap<ProjectId, Arc<Meters>>,
    /// Projects with spike protection.
    protected: Vec<ProjectId>,
}

/// The ring, and how it is renewed.
pub(crate) struct Keys {
    ledger: Arc<dyn Ledger>,
    ring: RwLock<Arc<Ring>>,
    /// When a look-up last asked the ledger about an unknown key.
    asked: Mutex<Option<Instant>>,
}

impl Keys {
    /// Reads all keys.
    pub(crate) fn load(ledger: Arc<dyn Ledger>) -> Result<Self, StoreError> {
        let ring = RwLock::new(Arc::new(Ring::load(&*ledger, &HashMap::new())?));
        let asked = Mutex::new(None);
        Ok(Self {
            ledger,
            ring,
            asked,
        })
    }

    /// Reads all keys again if any changed. Blocks.
    pub(crate) fn refresh(&self) -> Result<(), StoreError> {
        let generation = self.ledger.key_generation()?;
        let old = self.ring();
        if generation == old.generation {
            return Ok(());
        }
        let ring = Arc::new(Ring::load(&*self.ledger, &old.meters)?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    /// The key with that public half. It may be one that does not permit what is asked.
    pub(crate) async fn by_public(
        self: &Arc<Self>,
        public: &str,
        project: Option<ProjectId>,
    ) -> Result<Option<Arc<Access>>, StoreError> {
        let look = |ring: &Ring| ring.by_public.get(public).cloned();
        self.find(look, project).await
    }

    /// The key with that secret half, compared in constant time, as [`Self::by_public`].
    pub(crate) async fn by_secret(
        self: &Arc<Self>,
        secret: &str,
        project: Option<ProjectId>,
    ) -> Result<Option<Arc<Access>>, StoreError> {
        let same = |access: &&Arc<Access>| signature::is_secret(secret, &access.secret);
        let find = |ring: &Ring| {
            let candidates = ring.by_secret.get(&ring.hasher.hash_one(secret))?;
            candidates.iter().find(same).cloned()
        };
        self.find(find, project).await
    }

    /// Active keys to try on a request that is signed but names none, oldest first, so that the
    /// answer does not depend on chance. Bounded.
    pub(crate) fn candidates(&self) -> Vec<Arc<Access>> {
        let ring = self.ring();
        let active = ring.by_public.values().filter(|access| access.active);
        let mut candidates: Vec<_> = active.cloned().collect();
        candidates.sort_by_key(|access| access.key);
        candidates.truncate(SIGNATURE_TRIES_MAX);
        candidates
    }

    /// Whether there is such a project.
    pub(crate) fn knows(&self, project: ProjectId) -> bool {
        self.ring().meters.contains_key(&project)
    }

    /// The projects with spike protection, and what is counted of them.
    pub(crate) fn protected(&self) -> Vec<(ProjectId, Arc<Meters>)> {
        let ring = self.ring();
        let found = |id: &ProjectId| Some((*id, Arc::clone(ring.meters.get(id)?)));
        ring.protected.iter().filter_map(found).collect()
    }

    /// Looks into the ring, and once more after a look into the ledger, which may know a newer
    /// key. Strangers cannot make it look more often than once a second. It does the same for every
    /// key that will be refused, so that the time says nothing about which keys there are (I23).
    async fn find(
        self: &Arc<Self>,
        look: impl Fn(&Ring) -> Option<Arc<Access>>,
        project: Option<ProjectId>,
    ) -> Result<Option<Arc<Access>>, StoreError> {
        let found = look(&self.ring());
        let is_permitted = found.as_ref().is_some_and(|access| access.permits(project));
        if is_permitted || !self.may_ask() {
            return Ok(found);
        }
        let keys = Arc::clone(self);
        let refreshed = tokio::task::spawn_blocking(move || keys.refresh()).await;
        refreshed.map_err(|failed| StoreError::Engine {
            operation: "read the keys",
            source: Box::new(failed),
        })??;
        Ok(look(&self.ring()))
    }

    fn may_ask(&self) -> bool {
        let now = Instant::now();
        let mut asked = lock(&self.asked);
        let due = asked.is_none_or(|last| now.duration_since(last) >= KEY_LOOKUP_PAUSE);
        if due {
            *asked = Some(now);
        }
        due
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Ring {
    fn load(
        ledger: &dyn Ledger,
        meters: &HashMap<ProjectId, Arc<Meters>>,
    ) -> Result<Self, StoreError> {
        // First the generation: what changes meanwhile is then read once more.
        let mut ring = Self {
            generation: ledger.key_generation()?,
            ..Self::default()
        };
        let mut projects: HashMap<ProjectId, Project> = HashMap::new();
        for org in ledger.orgs()? {
            let found = ledger.projects(org.id)?;
            projects.extend(found.into_iter().map(|project| (project.id, project)));
        }
        for project in projects.values() {
            let meters = meters.get(&project.id).cloned().unwrap_or_default();
            meters.protect(project.spike_protection);
            ring.meters.insert(project.id, meters);
            if project.spike_protection {
                ring.protected.push(project.id);
            }
        }
        for key in ledger.all_keys()? {
            if let Some(project) = projects.get(&key.project) {
                ring.insert(key, project);
            }
        }
        Ok(ring)
    }

    fn insert(&mut self, key: Key, project: &Project) {
        let meters = self.meters.entry(project.id).or_default();
        let access = Arc::new(Access {
            key: key.id,
            project: project.id,
            active: key.active,
            public: key.public,
            secret: key.secret,
            origins: project.allowed_origins.clone(),
            allowances: meters.allowances(key.id, &key.quotas, &project.quotas),
            meters: Arc::clone(meters),
        });
        let hash = self.hasher.hash_one(access.secret.as_str());
        let same_hash = self.by_secret.entry(hash).or_default();
        same_hash.push(Arc::clone(&access));
        self.by_public.insert(access.public.clone(), access);
    }
}
