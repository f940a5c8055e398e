//! Quotas: how much of what may still be sent with a key and to a project. The doors ask before
//! they accept; everything is in memory, so a refusal asks no database.
//!
//! ```text
//! key quotas ──┐
//!              ├─ all that match an item have room ─▶ all are charged ─▶ accept
//! project's ───┘            └─ one has none: none is charged ─▶ 429
//! ```
//! Windows are fixed and run by a clock that never jumps. A restart begins them anew.

mod spike;
#[cfg(test)]
mod tests;
mod watch;

use std::sync::{Arc, Mutex};

use watchpost_model::{KeyId, Quota, Timestamp};
use watchpost_protocol::envelope::{Item, ItemType};
use watchpost_protocol::rate_limit::{ERROR_CATEGORIES, RateLimit, Scope};

use crate::gate::budget::Sender;
use crate::limits::{REJECT_ALL_RETRY_SECS, SPIKE_RETRY_SECS};
use crate::outcome::ERROR;
use crate::sync::lock;
use spike::Spike;
pub(crate) use watch::SpikeWatch;

/// What an item counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charge {
    category: &'static str,
    quantity: u64,
    /// Its bytes, for kinds that have a category for them.
    bytes: Option<(&'static str, u64)>,
}

impl Charge {
    /// One event.
    pub(crate) const ERROR: Self = Self::one(ERROR);

    /// One item of any kind: falls under the quotas for everything alone.
    pub(crate) const ANYTHING: Self = Self::one("");

    /// One item of a kind.
    pub(crate) const fn one(category: &'static str) -> Self {
        Self {
            category,
            quantity: 1,
            bytes: None,
        }
    }

    /// What an item of an envelope counts against; nothing for what is never limited.
    pub(crate) fn of(item: &Item<'_>) -> Option<Self> {
        if matches!(item.item_type, ItemType::Unknown(_)) {
            return None;
        }
        let bytes = (item.payload.len() as u64).max(1);
        let with_bytes = |category, of_bytes| Self {
            bytes: Some((of_bytes, bytes)),
            ..Self::one(category)
        };
        let charge = match item.item_type {
            ItemType::Attachment => with_bytes("attachment_item", "attachment"),
            ItemType::Log => with_bytes("log_item", "log_byte"),
            ItemType::TraceMetric => with_bytes("trace_metric", "trace_metric_byte"),
            _ => Self::one(item.item_type.category()?),
        };
        // Containers say how many records they hold. Each takes at least a byte, so a claim of
        // more is none to believe.
        let claimed = item
            .header
            .get("item_count")
            .and_then(serde_json::Value::as_u64);
        Some(Self {
            quantity: claimed.unwrap_or(1).clamp(1, bytes),
            ..charge
        })
    }

    /// How much of it counts against a quota; 0 when the quota is for something else.
    fn counted_by(&self, category: Option<&str>) -> u64 {
        match (category, self.bytes) {
            (None, _) => 1,
            (Some("default"), _) if self.category == ERROR => self.quantity,
            (Some(name), _) if name == self.category => self.quantity,
            (Some(name), Some((of_bytes, bytes))) if name == of_bytes => bytes,
            _ => 0,
        }
    }
}

/// A quota that a key falls under, and where its window is.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    scope: Scope,
    quota: Quota,
    place: usize,
}

/// Why an item is refused: what its client is told, and what is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) limits: Vec<RateLimit>,
    pub(crate) reason: &'static str,
}

impl Refusal {
    /// This one and another, each limit told once.
    pub(crate) fn and(mut self, other: Self) -> Self {
        for limit in other.limits {
            if !self.limits.contains(&limit) {
                self.limits.push(limit);
            }
        }
        self
    }
}

/// The windows of one project and its keys. One lock makes a charge all or nothing.
#[derive(Default)]
pub(crate) struct Meters {
    state: Mutex<State>,
    /// The memory that bodies of the project take.
    sender: Arc<Sender>,
}

#[derive(Default)]
struct State {
    windows: Vec<Window>,
    spike: Option<Spike>,
}

/// Which window of whom; a change of the limit alone keeps what is used.
#[derive(PartialEq, Eq)]
struct Name {
    key: Option<KeyId>,
    category: Option<String>,
    window_secs: u32,
}

struct Window {
    name: Name,
    start: Timestamp,
    used: u64,
}

impl Meters {
    /// Who holds the memory of the project's bodies.
    pub(crate) fn sender(&self) -> &Arc<Sender> {
        &self.sender
    }

    /// The allowances of a key with `quotas` in a project with `project_quotas`.
    pub(crate) fn allowances(
        &self,
        key: KeyId,
        quotas: &[Quota],
        project_quotas: &[Quota],
    ) -> Vec<Allowance> {
        let mut state = lock(&self.state);
        let own = quotas.iter().map(|quota| (Some(key), quota));
        let shared = project_quotas.iter().map(|quota| (None, quota));
        let allowance = |(key, quota): (Option<KeyId>, &Quota)| Allowance {
            scope: if key.is_some() {
                Scope::Key
            } else {
                Scope::Project
            },
            place: state.place(Name {
                key,
                category: quota.category.clone(),
                window_secs: quota.window_secs.max(1),
            }),
            quota: quota.clone(),
        };
        own.chain(shared).map(allowance).collect()
    }

    /// Charges an item to all allowances that it falls under, or to none.
    pub(crate) fn take(
        &self,
        allowances: &[Allowance],
        charge: Charge,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let mut state = lock(&self.state);
        state.check(allowances, charge, now)?;
        if let Some(spike) = state.spike.as_mut().filter(|_| charge.category == ERROR) {
            spike.admit(now).map_err(|_| spike_refusal())?;
        }
        for allowance in allowances {
            let window = state.window(allowance, now);
            if let Some(window) = window {
                let counted = charge.counted_by(allowance.quota.category.as_deref());
                window.used = window.used.saturating_add(counted);
            }
        }
        Ok(())
    }

    /// Takes a charge of `then` back: the item was not accepted after all.
    pub(crate) fn give_back(&self, allowances: &[Allowance], charge: Charge, then: Timestamp) {
        let mut state = lock(&self.state);
        for allowance in allowances {
            let start = window_start(then, allowance.quota.window_secs);
            let Some(window) = state.windows.get_mut(allowance.place) else {
                continue;
            };
            if window.start == start {
                let counted = charge.counted_by(allowance.quota.category.as_deref());
                window.used = window.used.saturating_sub(counted);
            }
        }
        if let Some(spike) = state.spike.as_mut().filter(|_| charge.category == ERROR) {
            spike.forget(then);
        }
    }

    /// Whether an item would be refused, for refusing it before its body is read.
    pub(crate) fn check(
        &self,
        allowances: &[Allowance],
        charge: Charge,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if allowances.is_empty() {
            return Ok(());
        }
        lock(&self.state).check(allowances, charge, now)
    }

    /// What a client needs to know in advance: the quotas that have no room left.
    pub(crate) fn exhausted(&self, allowances: &[Allowance], now: Timestamp) -> Vec<RateLimit> {
        if allowances.is_empty() {
            return Vec::new();
        }
        let mut state = lock(&self.state);
        let mut limits = Vec::new();
        for allowance in allowances {
            let window = state.window(allowance, now);
            if window.is_some_and(|window| window.used >= allowance.quota.limit) {
                limits.push(allowance.limit(now));
            }
        }
        limits
    }
}

impl State {
    fn place(&mut self, name: Name) -> usize {
        let known = self.windows.iter().position(|window| window.name == name);
        known.unwrap_or_else(|| {
            self.windows.push(Window {
                name,
                start: Timestamp::default(),
                used: 0,
            });
            self.windows.len() - 1
        })
    }

    /// The window of an allowance, as of `now`. It only moves forward: of two requests at its
    /// border the one that is late must not open the old window again.
    fn window(&mut self, allowance: &Allowance, now: Timestamp) -> Option<&mut Window> {
        let window = self.windows.get_mut(allowance.place)?;
        let start = window_start(now, allowance.quota.window_secs);
        if start > window.start {
            window.start = start;
            window.used = 0;
        }
        Some(window)
    }

    fn check(
        &mut self,
        allowances: &[Allowance],
        charge: Charge,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let mut refusal: Option<Refusal> = None;
        for allowance in allowances {
            let counted = charge.counted_by(allowance.quota.category.as_deref());
            let window = self.window(allowance, now);
            let used = window.map_or(0, |window| window.used);
            if counted == 0 || used.saturating_add(counted) <= allowance.quota.limit {
                continue;
            }
            let limit = allowance.limit(now);
            match &mut refusal {
                Some(refusal) => refusal.limits.push(limit),
                None => {
                    refusal = Some(Refusal {
                        reason: allowance.reason(),
                        limits: vec![limit],
                    });
                }
            }
        }
        refusal.map_or(Ok(()), Err)
    }
}

impl Allowance {
    fn reason(&self) -> &'static str {
        match self.scope {
            Scope::Key => "key_quota",
            _ => "project_quota",
        }
    }

    /// What the client is told: to wait for the next window.
    fn limit(&self, now: Timestamp) -> RateLimit {
        let window_secs = self.quota.window_secs;
        let end = window_start(now, window_secs).plus_secs(window_secs.max(1).into());
        let micros = end.as_micros() - now.as_micros();
        let secs = u64::try_from(micros).unwrap_or(0).div_ceil(1_000_000);
        RateLimit {
            secs: if self.quota.limit == 0 {
                REJECT_ALL_RETRY_SECS
            } else {
                secs.max(1)
            },
            categories: match self.quota.category.as_deref() {
                None => Vec::new(),
                Some("error" | "default") => ERROR_CATEGORIES.map(str::to_owned).to_vec(),
                Some(category) => vec![category.to_owned()],
            },
            scope: self.scope.clone(),
            reason: Some(self.reason().to_owned()),
        }
    }
}

fn spike_refusal() -> Refusal {
    let reason = "spike_protection";
    let limit = RateLimit {
        secs: SPIKE_RETRY_SECS,
        categories: ERROR_CATEGORIES.map(str::to_owned).to_vec(),
        scope: Scope::Project,
        reason: Some(reason.to_owned()),
    };
    Refusal {
        limits: vec![limit],
        reason,
    }
}

fn window_start(now: Timestamp, window_secs: u32) -> Timestamp {
    let length = i64::from(window_secs.max(1)) * 1_000_000;
    Timestamp::from_micros(now.as_micros().div_euclid(length) * length)
}
