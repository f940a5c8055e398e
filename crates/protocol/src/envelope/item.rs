//! The kinds of items, what they count against, and how many fit into one envelope.
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
