//! The kinds of items and what they count against.
//! Called by `Envelope::parse` and by the gates that count outcomes.

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ItemType {
    /// An error or a message.
    Event,
    /// A transaction with its spans.
    Transaction,
    /// What a user wrote about the application.
    Feedback,
    /// The older form of feedback, about one event.
    UserReport,
    /// A file that belongs to an event.
    Attachment,
    /// An update of one session.
    Session,
    /// Sessions, counted by the client.
    Sessions,
    /// What the client threw away.
    ClientReport,
    /// A sign of life of a scheduled job.
    CheckIn,
    /// A container of log records.
    Log,
    /// A container of spans, or one span.
    Span,
    /// A container of metrics.
    TraceMetric,
    /// A profile of a transaction.
    Profile,
    /// A piece of a continuous profile.
    ProfileChunk,
    /// The head of a replay segment.
    ReplayEvent,
    /// The recording of a replay segment.
    ReplayRecording,
    /// The video of a replay segment.
    ReplayVideo,
    /// A browser's security report, as it came or as an event.
    Security,
    /// A crash of the Unreal engine.
    UnrealReport,
    /// Fields of a multipart form.
    FormData,
    /// Metrics as text or as buckets, from before 2025.
    Metrics,
    /// What only servers say to each other.
    Internal,
    /// Anything else, by its name (cut to 64 characters).
    Unknown(String),
}

/// Names with their types and quota categories; the first name of a type is the usual one.
const TYPES: [(&str, ItemType, Option<&str>); 29] = [
    ("event", ItemType::Event, Some("error")),
    ("transaction", ItemType::Transaction, Some("transaction")),
    ("feedback", ItemType::Feedback, Some("feedback")),
    ("user_report", ItemType::UserReport, Some("feedback")),
    ("attachment", ItemType::Attachment, Some("attachment")),
    ("session", ItemType::Session, Some("session")),
    ("sessions", ItemType::Sessions, Some("session")),
    // Never limited: it says what was lost to limits.
    ("client_report", ItemType::ClientReport, None),
    ("check_in", ItemType::CheckIn, Some("monitor")),
    ("log", ItemType::Log, Some("log_item")),
    ("span", ItemType::Span, Some("span")),
    ("trace_metric", ItemType::TraceMetric, Some("trace_metric")),
    ("profile", ItemType::Profile, Some("profile")),
    (
        "profile_chunk",
        ItemType::ProfileChunk,
        Some("profile_chunk"),
    ),
    (
        "profile_chunk_ui",
        ItemType::ProfileChunk,
        Some("profile_chunk"),
    ),
    ("replay_event", ItemType::ReplayEvent, Some("replay")),
    (
        "replay_recording",
        ItemType::ReplayRecording,
        Some("replay"),
    ),
    ("replay_video", ItemType::ReplayVideo, Some("replay")),
    ("security", ItemType::Security, Some("security")),
    ("raw_security", ItemType::Security, Some("security")),
    ("unreal_report", ItemType::UnrealReport, Some("error")),
    ("form_data", ItemType::FormData, None),
    ("statsd", ItemType::Metrics, Some("metric_bucket")),
    ("metric_buckets", ItemType::Metrics, Some("metric_bucket")),
    ("metric_meta", ItemType::Metrics, Some("metric_bucket")),
    ("otel_span", ItemType::Span, Some("span")),
    ("otel_log", ItemType::Log, Some("log_item")),
    ("otel_traces_data", ItemType::Span, Some("span")),
    ("integration", ItemType::Internal, None),
];

impl ItemType {
    /// The type of that name.
    pub fn from_name(name: &str) -> Self {
        const CHARS_MAX: usize = 64;
        let known = TYPES.iter().find(|(known, ..)| *known == name);
        match known {
            Some((_, item_type, _)) => item_type.clone(),
            None => Self::Unknown(name.chars().take(CHARS_MAX).collect()),
        }
    }

    /// The usual name.
    pub fn name(&self) -> &str {
        match self {
            Self::Unknown(name) => name,
            known => Self::row(known).map_or("", |(name, ..)| name),
        }
    }

    /// What it counts against, in the words of rate limits; `None` for what is never limited.
    /// Unknown types count as `unknown`.
    pub fn category(&self) -> Option<&'static str> {
        match self {
            Self::Unknown(_) => Some("unknown"),
            known => Self::row(known).and_then(|(.., category)| *category),
        }
    }

    /// Under which name its outcomes are counted. Finer than [`ItemType::category`]: what is never
    /// limited is counted all the same.
    pub fn counted_as(&self) -> &'static str {
        match self {
            Self::Event => "error",
            Self::Transaction => "transaction",
            Self::Feedback | Self::UserReport => "feedback",
            Self::Attachment => "attachment_item",
            Self::Session | Self::Sessions => "session",
            Self::ClientReport => "client_report",
            Self::CheckIn => "monitor",
            Self::Log => "log_item",
            Self::Span => "span",
            Self::TraceMetric => "trace_metric",
            Self::Profile => "profile",
            Self::ProfileChunk => "profile_chunk",
            Self::ReplayEvent | Self::ReplayRecording | Self::ReplayVideo => "replay",
            Self::Security => "security",
            Self::UnrealReport => "unreal_report",
            Self::FormData => "form_data",
            Self::Metrics => "metric_bucket",
            Self::Internal => "internal",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Whether it becomes an event of its own, so that the envelope needs an event id.
    pub fn creates_event(&self) -> bool {
        matches!(
            self,
            Self::Event | Self::Transaction | Self::Feedback | Self::Security | Self::UnrealReport
        )
    }

    fn row(known: &Self) -> Option<&'static (&'static str, Self, Option<&'static str>)> {
        TYPES.iter().find(|(_, item_type, _)| item_type == known)
    }
}
