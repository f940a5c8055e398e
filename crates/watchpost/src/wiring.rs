//! Puts the rooms together: which engine stands behind which seam.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use axum::{Extension, Router};
use tokio::sync::{broadcast, watch};
use watchpost_ingest::limits::DIGEST_BATCH_COUNT_MAX;
use watchpost_ingest::{Ingest, IngestConfig, IngestParts, SideDoor, fold_paths};
use watchpost_model::{Clock, IssueChange, Organization, Outcome, Project, Timestamp, Vitals};
use watchpost_normalize::place::Atlas;
use watchpost_store::FileQuarantine;
use watchpost_store::disk::RealDisk;
use watchpost_store::sqlite::{ArchiveOptions, SqliteArchive, SqliteLedger};
use watchpost_web::{App, Closing, HandIn, Rejections, WebConfig};

use crate::clock::SystemClock;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::metrics::Print;
use crate::requests;

/// The stores of one data directory, and the clock.
pub(crate) struct House {
    pub(crate) dir: DataDir,
    pub(crate) ledger: Arc<SqliteLedger>,
    pub(crate) archive: Arc<SqliteArchive>,
    pub(crate) quarantine: Arc<FileQuarantine>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where the server listens or is going to.
    pub(crate) listen: SocketAddr,
    /// Where people and clients reach it.
    pub(crate) base_url: String,
}

impl House {
    /// Opens the stores, creating what is not there.
    pub(crate) fn open(config: &Config) -> Result<Self> {
        let dir = DataDir::at(&config.data_dir);
        dir.create()?;
        dir.refuse_orphans()?;
        let ledger = SqliteLedger::open(&dir.ledger())
            .with_context(|| format!("failed to open {}", dir.ledger().display()))?;
        dir.refuse_lost_archive(|| stored_events(&ledger))?;
        let options = ArchiveOptions {
            event_count_max: config.keeping.partition_events_max,
            ..ArchiveOptions::default()
        };
        let archive = SqliteArchive::open_with(&dir.archive(), options)
            .with_context(|| format!("failed to open {}", dir.archive().display()))?;
        let quarantine = FileQuarantine::new(dir.quarantine(), Arc::new(RealDisk));
        // A server that was started with --listen is where it is, not where the file says.
        let listen = dir.served_at().unwrap_or(config.listen);
        Ok(Self {
            listen,
            base_url: config.base_url_at(listen),
            dir,
            ledger: Arc::new(ledger.with_new_issues_per_hour(config.keeping.new_issues_per_hour)),
            archive: Arc::new(archive),
            quarantine: Arc::new(quarantine),
            clock: Arc::new(SystemClock),
        })
    }

    /// Opens the stores of a directory that has been started before.
    pub(crate) fn open_existing(config: &Config) -> Result<Self> {
        let dir = DataDir::at(&config.data_dir);
        dir.refuse_orphans()?;
        if !dir.is_initialised() {
            bail!(
                "there is no Watchpost data in {}: start `watchpost serve` or `watchpost init` \
                 first, or name the directory with --data",
                dir.path().display()
            );
        }
        Self::open(config)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// All projects, or those of that slug or number.
    pub(crate) fn projects(&self, name: Option<&str>) -> Result<Vec<(Organization, Project)>> {
        use watchpost_store::{OrgLedger, ProjectLedger};
        let mut found = Vec::new();
        let mut names = Vec::new();
        for org in self.ledger.orgs()? {
            for project in self.ledger.projects(org.id)? {
                let full = format!("{}/{}", org.slug, project.slug);
                let number = project.id.to_string();
                if name.is_none_or(|name| name == project.slug || name == full || name == number) {
                    found.push((org.clone(), project));
                }
                names.push(full);
            }
        }
        match name {
            _ if !found.is_empty() => Ok(found),
            Some(name) => bail!(
                "there is no project `{name}`; there are: {}",
                names.join(", ")
            ),
            None => bail!("there is no project yet: `watchpost project create NAME`"),
        }
    }

    /// The project of that slug or number; without a name, the only one there is.
    pub(crate) fn project(&self, name: Option<&str>) -> Result<(Organization, Project)> {
        let mut found = self.projects(name)?;
        if found.len() > 1 {
            let full =
                |(org, project): &(Organization, Project)| format!("{}/{}", org.slug, project.slug);
            let names: Vec<String> = found.iter().map(full).collect();
            bail!(
                "say which project with --project; there are: {}",
                names.join(", ")
            );
        }
        found.pop().context("there is no project")
    }
}

/// Whether there are events that must be in the archive. The first batch of all is in the ledger
/// for a moment, or after a crash until it is digested again, before the archive has a partition.
fn stored_events(ledger: &SqliteLedger) -> Result<bool> {
    use watchpost_store::{OrgLedger, OutcomeLedger, ProjectLedger, UpkeepLedger};
    let mut began = false;
    for org in ledger.orgs()? {
        let projects = ledger.projects(org.id)?;
        began |= projects.iter().any(|project| project.first_event.is_some());
    }
    let outcomes = ledger.outcomes(None, Timestamp::default())?;
    // What the archive could not take is unsettled, too.
    let filed = outcomes.iter().filter(|count| match count.outcome {
        Outcome::Accepted => true,
        Outcome::Quarantined => count.reason == watchpost_store::UNKEPT_REASON,
        _ => false,
    });
    let filed: u64 = filed.map(|count| count.quantity).sum();
    let unsettled = ledger.unsettled(None, DIGEST_BATCH_COUNT_MAX)?.len() as u64;
    // Counts of old hours are forgotten, so none at all is no proof that there were no events.
    Ok(began && (filed == 0 || filed > unsettled))
}

/// Opens the gates, the spool and the digest.
pub(crate) fn ingest(
    house: &House,
    config: &Config,
    news: broadcast::Sender<IssueChange>,
) -> Result<Ingest> {
    let parts = IngestParts {
        ledger: house.ledger.clone(),
        archive: house.archive.clone(),
        spool_dir: house.dir.spool(),
        quarantine: house.quarantine.clone(),
        quarantine_dir: house.dir.quarantine(),
        clock: Arc::clone(&house.clock),
        random: Arc::new(draw),
        news,
        config: IngestConfig {
            spool_bytes_max: config.spool_bytes_max,
            spool_segment_bytes: config.spool_segment_bytes,
            spool_secs_max: config.overload.spool_secs_max,
            spool_work_secs_max: config.overload.spool_work_secs_max,
            in_flight_bytes_max: config.overload.in_flight_bytes_max,
            disk: Some(config.overload.disk(house.dir.path())),
            proxy_hops: config.proxy_hops,
            atlas: config.geoip_file.as_deref().map(atlas).transpose()?,
            retention: config.keeping.retention,
            #[cfg(debug_assertions)]
            deadly: config.deadly,
            ..IngestConfig::default()
        },
    };
    let (ledger, spool) = (house.dir.ledger(), house.dir.spool());
    Ingest::open(parts).with_context(|| {
        let (ledger, spool) = (ledger.display(), spool.display());
        format!("failed to open the gates on {ledger} and {spool}")
    })
}

/// Reads the file that says where addresses are. It is needed until the process ends.
fn atlas(file: &Path) -> Result<&'static Atlas> {
    let shown = file.display();
    let bytes = fs::read(file).with_context(|| format!("failed to read geoip_file {shown}"))?;
    let atlas = Atlas::read(bytes)
        .with_context(|| format!("geoip_file {shown} is not in MaxMind's format"))?;
    Ok(Box::leak(Box::new(atlas)))
}

/// What pages are told of by others.
pub(crate) struct Seen {
    /// Changes of issues.
    pub(crate) news: broadcast::Sender<IssueChange>,
    /// How the server is.
    pub(crate) vitals: watch::Receiver<Arc<Vitals>>,
    /// What is measured, for Prometheus.
    pub(crate) metrics: Print,
}

/// All routes, of clients and of people.
pub(crate) fn router(
    house: &House,
    config: &Config,
    seen: Seen,
    stopped: watch::Receiver<bool>,
    ingest: &Ingest,
) -> Router {
    let app = App {
        metrics: seen.metrics,
        ledger: house.ledger.clone(),
        archive: house.archive.clone(),
        quarantine: house.quarantine.clone(),
        clock: Arc::clone(&house.clock),
        news: seen.news,
        vitals: seen.vitals,
        read_event: Arc::new(watchpost_ingest::read_event),
        rejections: rejections(ingest.side_door()),
        hand_in: hand_in(ingest.side_door()),
        config: Arc::new(WebConfig {
            public_url: config.base_url(),
            retention: config.keeping.retention,
            is_demo: config.is_demo,
        }),
    };
    // Live streams would hold a stopping server for as long as somebody watches.
    let parlour = watchpost_web::router(app).layer(Extension(Closing(stopped)));
    requests::identified(fold_paths(ingest.router().merge(parlour)))
}

/// What pages tell of refusals.
fn rejections(door: SideDoor) -> Arc<Rejections> {
    Arc::new(move |project| door.rejections(project))
}

/// How pages hand in an event.
fn hand_in(door: SideDoor) -> Arc<HandIn> {
    Arc::new(move |key, json| {
        let (door, public, project) = (door.clone(), key.public.clone(), key.project);
        Box::pin(async move { door.hand_in(&public, project, json).await })
    })
}

/// Random bytes for ids. Should the system ever refuse, the time stands in: an id must be unique,
/// not secret, and an event must not be lost for it.
fn draw() -> [u8; 16] {
    let mut bytes = [0; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!(error = %error, "failed to get random bytes from the system");
        let now = SystemClock.now().as_micros().to_be_bytes();
        for (byte, part) in bytes.iter_mut().zip(now) {
            *byte = part;
        }
    }
    bytes
}
