//! Computes the thresholds of spike protection each hour, and tells of spikes that begin and end.
//! Called once a second by the housekeeper, never by a door.

use std::collections::HashMap;

use watchpost_model::{Clock, ProjectId, SpikeState, Timestamp};
use watchpost_store::{Ledger, StoreError};

use super::spike::{hours_of, threshold};
use crate::keys::Keys;
use crate::limits::SPIKE_HOUR_COUNT;

/// What the watch remembers from one second to the next.
#[derive(Default)]
pub(crate) struct SpikeWatch {
    /// The hour for which the thresholds were computed.
    hour: Option<Timestamp>,
    /// Spikes that were told of.
    known: HashMap<ProjectId, SpikeState>,
}

impl SpikeWatch {
    /// Looks after all protected projects.
    pub(crate) fn tick(
        &mut self,
        keys: &Keys,
        ledger: &dyn Ledger,
        clock: &dyn Clock,
    ) -> Result<(), StoreError> {
        let (now, steady) = (clock.now(), clock.steady());
        let hour = Some(now.floor_to_hour());
        let protected = keys.protected();
        for (project, meters) in &protected {
            if self.hour != hour || meters.lacks_threshold() {
                let week = i64::try_from(SPIKE_HOUR_COUNT).unwrap_or(0) * 3600;
                let since = now.floor_to_hour().plus_secs(-week);
                let counts = ledger.outcomes(Some(*project), since)?;
                let (hours, present) = hours_of(&counts, now);
                meters.set_threshold(threshold(&hours), present, steady);
            }
        }
        self.hour = hour;
        let mut over: Vec<ProjectId> = self.known.keys().copied().collect();
        for (project, meters) in protected {
            if let Some(spike) = meters.spike(steady) {
                over.retain(|known| *known != project);
                self.begins(project, spike);
            }
        }
        for project in over {
            self.ends(project);
        }
        Ok(())
    }

    /// The spikes under way.
    pub(crate) fn spikes(&self) -> Vec<(ProjectId, SpikeState)> {
        let mut spikes: Vec<_> = self.known.clone().into_iter().collect();
        spikes.sort_by_key(|(project, _)| *project);
        spikes
    }

    fn ends(&mut self, project: ProjectId) {
        if let Some(over) = self.known.remove(&project) {
            let refused = over.refused;
            tracing::info!(%project, refused, "the spike of events is over");
        }
    }

    fn begins(&mut self, project: ProjectId, spike: SpikeState) {
        let threshold = spike.threshold;
        if self.known.insert(project, spike).is_none() {
            tracing::warn!(
                %project,
                threshold,
                "a spike of events: refusing nine of ten until an hour stays below the threshold; \
                 switch spike protection off in the project's settings to take them all"
            );
        }
    }
}
