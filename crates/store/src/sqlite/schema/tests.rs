//! Every step from every version, and whose files are refused (F16).

use tempfile::TempDir;

use super::*;
use crate::sqlite::pool::Pool;

const STEPS: &[&str] = &[
    "CREATE TABLE one (value INTEGER) STRICT; INSERT INTO one VALUES (1);",
    "ALTER TABLE one ADD COLUMN more INTEGER; UPDATE one SET more = value + 1;",
    "CREATE TABLE three (value INTEGER) STRICT; INSERT INTO three SELECT more FROM one;",
];
const BROKEN: &[&str] = &[
    "CREATE TABLE one (value INTEGER) STRICT; INSERT INTO one VALUES (1);",
    "ALTER TABLE one ADD COLUMN more INTEGER; INSERT INTO nowhere VALUES (1);",
];

fn schema(migrations: &'static [&'static str]) -> Schema {
    Schema {
        name: "test",
        application_id: 7,
        page_bytes: 4096,
        writer_cache_kib: 100,
        reader_cache_kib: 100,
        migrations,
        before_migrating: BeforeMigrating::Copy,
    }
}

fn folder() -> (TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.sqlite");
    (dir, path)
}

fn version(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    version.unwrap()
}

/// Opens with the first `known` steps.
fn open(path: &Path, known: usize) -> Result<Pool, StoreError> {
    Pool::open(path, schema(&STEPS[..known]))
}

#[test]
fn f16_every_version_becomes_the_newest() {
    for from in 0..=STEPS.len() {
        let (dir, path) = folder();
        if from > 0 {
            drop(open(&path, from).unwrap());
            assert_eq!(version(&path), i64::try_from(from).unwrap());
        }
        let pool = open(&path, STEPS.len()).unwrap();
        let value = pool.read("look", |sql| {
            Ok(sql.query_row("SELECT value FROM three", [], |row| row.get::<_, i64>(0))?)
        });
        assert_eq!(value.unwrap(), 2, "from {from}");
        // The older file is still there for the older program, if there was one.
        let copy = dir.path().join(format!("test.sqlite.v{from}"));
        assert_eq!(
            copy.exists(),
            (1..STEPS.len()).contains(&from),
            "from {from}"
        );
        if copy.exists() {
            assert_eq!(version(&copy), i64::try_from(from).unwrap());
            open(&copy, from).unwrap();
        }
    }
}

#[test]
fn f16_an_older_program_refuses_a_newer_file() {
    let (_dir, path) = folder();
    drop(open(&path, 3).unwrap());
    let error = open(&path, 2).map(drop).unwrap_err();
    assert!(
        matches!(error, StoreError::TooNew { found: 3, known: 2 }),
        "{error:?}"
    );
    assert_eq!(version(&path), 3);
    open(&path, 3).unwrap();
}

#[test]
fn f16_a_step_that_fails_leaves_the_version_before() {
    let (_dir, path) = folder();
    let error = Pool::open(&path, schema(BROKEN)).map(drop).unwrap_err();
    assert_eq!(error.to_string(), "failed to open a database");
    assert_eq!(version(&path), 1);
    let columns = "SELECT count(*) FROM pragma_table_info('one')";
    let connection = Connection::open(&path).unwrap();
    let columns: i64 = connection.query_row(columns, [], |row| row.get(0)).unwrap();
    assert_eq!(columns, 1, "also the half that worked is undone");
    drop(connection);
    open(&path, 3).unwrap();
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let refused = |path: &Path| {
        let before = std::fs::read(path).unwrap();
        let error = open(path, 3).map(drop).unwrap_err();
        assert!(std::fs::read(path).unwrap() == before, "{error:?}");
        format!("{error:?}")
    };
    let (_dir, path) = folder();
    std::fs::write(&path, "this is a letter, not a database. ".repeat(100)).unwrap();
    assert!(refused(&path).contains("NotADatabase"));

    let (_dir, path) = folder();
    let foreign = Connection::open(&path).unwrap();
    foreign
        .execute_batch("CREATE TABLE theirs (value)")
        .unwrap();
    drop(foreign);
    assert!(refused(&path).contains("not the test of a Watchpost"));

    let (_dir, path) = folder();
    let other = Schema {
        application_id: 8,
        ..schema(&STEPS[..1])
    };
    drop(Pool::open(&path, other).unwrap());
    assert!(refused(&path).contains("not the test of a Watchpost"));

    let (dir, _) = folder();
    assert!(open(dir.path(), 3).is_err(), "a folder");
    assert!(open(&dir.path().join("no/such/folder.sqlite"), 3).is_err());
}

#[test]
fn an_empty_file_is_a_new_one() {
    let (_dir, path) = folder();
    std::fs::write(&path, b"").unwrap();
    open(&path, 3).unwrap();
    assert_eq!(version(&path), 3);
}
