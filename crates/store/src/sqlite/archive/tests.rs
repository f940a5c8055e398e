//! The conformance suite, and what only an archive in a file can do.

use crate::suite::temp_archive;

crate::archive_suite!(suite, temp_archive());
