//! The conformance suite, and what only a ledger in a file can do.

use crate::suite::temp_ledger;

crate::ledger_suite!(suite, temp_ledger());
