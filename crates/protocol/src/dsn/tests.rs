//! Tests of `dsn`.
