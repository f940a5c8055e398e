//! The conformance suite, and what only files can do.

use crate::suite::temp_blobs;

crate::blobs_suite!(suite, temp_blobs());
