//! Readers are bounded, panics and refusals leave nothing half-done, processes wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rusqlite::StatementStatus;
use tempfile::TempDir;

use super::*;
use crate::sqlite::schema::BeforeMigrating;

const SCHEMA: Schema = Schema {
    name: "test",
    application_id: 7,
    page_bytes: 16384,
    writer_cache_kib: 100,
    reader_cache_kib: 100,
    migrations: &["CREATE TABLE number (value INTEGER NOT NULL) STRICT;"],
    before_migrating: BeforeMigrating::Nothing,
};

fn pool() -> (TempDir, Pool) {
    let dir = tempfile::tempdir().unwrap();
    let pool = Pool::open(&dir.path().join("test.sqlite"), SCHEMA).unwrap();
    (dir, pool)
}

fn insert(sql: &Connection, value: i64) -> Result<(), Fault> {
    sql.execute("INSERT INTO number VALUES (?1)", [value])?;
    Ok(())
}

fn sum(pool: &Pool) -> i64 {
    let sum = "SELECT coalesce(sum(value), 0) FROM number";
    let sum = pool.read("sum", |sql| Ok(sql.query_row(sum, [], |row| row.get(0))?));
    sum.unwrap()
}

#[test]
fn a_file_is_durable_and_paged_as_asked() {
    let (_dir, pool) = pool();
    let ask = |pragma: &str| {
        let writer = pool.writer.lock().unwrap();
        let value =
            writer.pragma_query_value(None, pragma, |row| row.get::<_, rusqlite::types::Value>(0));
        format!("{:?}", value.unwrap())
    };
    assert_eq!(ask("journal_mode"), "Text(\"wal\")");
    assert_eq!(
        ask("synchronous"),
        "Integer(2)",
        "FULL: a commit is on disk"
    );
    assert_eq!(ask("page_size"), "Integer(16384)");
    assert_eq!(ask("foreign_keys"), "Integer(1)");
    assert_eq!(ask("busy_timeout"), "Integer(10000)");
}

#[test]
fn a_statement_keeps_its_plan_when_values_change() {
    let (_dir, pool) = pool();
    let made_anew = pool.write("update", |sql| {
        sql.execute_batch("CREATE INDEX high ON number (value) WHERE value = 2")?;
        let mut update = sql.prepare("UPDATE number SET value = 2 WHERE value = ?1")?;
        for value in 0..10 {
            update.execute([value])?;
        }
        Ok(update.get_status(StatementStatus::RePrepare))
    });
    assert_eq!(made_anew.unwrap(), 0);
}

#[test]
fn what_fails_or_panics_leaves_nothing() {
    let (_dir, pool) = pool();
    let refused = pool.write("insert", |sql| {
        insert(sql, 1)?;
        Err::<(), _>(Fault::missing("thing"))
    });
    assert_eq!(refused.unwrap_err().to_string(), "thing does not exist");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        pool.write("insert", |sql| {
            insert(sql, 2)?;
            panic!("as planned");
            #[expect(unreachable_code, reason = "gives the closure its type")]
            Ok(())
        })
    }));
    assert!(panicked.is_err());
    for _ in 0..=READER_COUNT_MAX {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            pool.read("panic", |_| -> Result<(), Fault> { panic!("as planned") })
        }));
        assert!(panicked.is_err());
    }
    assert_eq!(sum(&pool), 0);
    pool.write("insert", |sql| insert(sql, 4)).unwrap();
    assert_eq!(sum(&pool), 4);
}

#[test]
fn a_question_cannot_change_anything() {
    let (_dir, pool) = pool();
    let error = pool.read("sneak", |sql| insert(sql, 1)).unwrap_err();
    assert_eq!(error.to_string(), "failed to sneak");
    assert_eq!(sum(&pool), 0);
}

#[test]
fn readers_are_few_and_everybody_gets_one() {
    let (_dir, pool) = pool();
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let barrier = Barrier::new(READER_COUNT_MAX);
    let read = |_: &Connection| {
        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // All places are taken at once, again and again.
        barrier.wait();
        inside.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    };
    thread::scope(|scope| {
        for _ in 0..READER_COUNT_MAX * 8 {
            scope.spawn(|| pool.read("meet", read).unwrap());
        }
    });
    assert_eq!(most.load(Ordering::SeqCst), READER_COUNT_MAX);
}

#[test]
fn a_read_sees_one_moment() {
    let (_dir, pool) = pool();
    pool.write("insert", |sql| insert(sql, 1)).unwrap();
    let seen = pool.read("look twice", |sql| {
        let look = || sql.query_row("SELECT sum(value) FROM number", [], |row| row.get(0));
        let before: i64 = look()?;
        pool.write("insert", |sql| insert(sql, 10))?;
        let after: i64 = look()?;
        Ok((before, after))
    });
    assert_eq!(seen.unwrap(), (1, 1));
    assert_eq!(sum(&pool), 11);
}

#[test]
fn two_pools_of_one_file_wait_for_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.sqlite");
    // Opened at the same time too: the file does not exist yet.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let pool = Pool::open(&path, SCHEMA).unwrap();
                for _ in 0..25 {
                    pool.write("insert", |sql| insert(sql, 1)).unwrap();
                    sum(&pool);
                }
            });
        }
    });
    let pool = Pool::open(&path, SCHEMA).unwrap();
    assert_eq!(sum(&pool), 100);
    assert_eq!(pool.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_copy_is_complete_while_others_write() {
    let (dir, pool) = pool();
    pool.write("insert", |sql| insert(sql, 1)).unwrap();
    let dest = dir.path().join("copy.sqlite");
    // What a crash left of an earlier try.
    std::fs::write(dir.path().join("copy.sqlite.partial"), b"half").unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..50 {
                pool.write("insert", |sql| insert(sql, 2)).unwrap();
            }
        });
        pool.backup_to(&dest).unwrap();
    });
    let again = pool.backup_to(&dest).unwrap_err();
    assert!(again.to_string().ends_with("exists already"), "{again}");
    let copy = Pool::open(&dest, SCHEMA).unwrap();
    assert_eq!(
        sum(&copy) % 2,
        1,
        "the first row and any number of the others"
    );
    assert_eq!(copy.check().unwrap(), Vec::<String>::new());
    assert!(!dir.path().join("copy.sqlite.partial").exists());
    let page: i64 = copy
        .read("ask", |sql| {
            Ok(sql.pragma_query_value(None, "page_size", |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(page, 16384);
}

#[test]
fn f07_damage_that_a_question_meets_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.sqlite");
    let ledger = crate::sqlite::SqliteLedger::open(&path).unwrap();
    crate::suite::project(&ledger, "web");
    assert_eq!(crate::Ledger::damage(&ledger), None);
    drop(ledger);
    let sql = Connection::open(&path).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'org'";
    let root: u32 = sql.query_row(root, [], |row| row.get(0)).unwrap();
    let root = root as usize;
    drop(sql);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[(root - 1) * 4096..root * 4096].fill(0x55);
    std::fs::write(&path, bytes).unwrap();
    let ledger = crate::sqlite::SqliteLedger::open(&path).unwrap();
    crate::OrgLedger::orgs(&ledger).unwrap_err();
    let damage = crate::Ledger::damage(&ledger).unwrap();
    assert!(damage.starts_with("ledger: "), "{damage}");
}

#[test]
fn f03_a_failed_sync_stops_the_file_until_it_is_opened_anew() {
    let (dir, pool) = pool();
    pool.write("insert", |sql| insert(sql, 1)).unwrap();
    let failed = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
    let failed = || Fault::Sql(rusqlite::Error::SqliteFailure(failed, None));
    let error = pool
        .write("insert", |_| Err::<(), _>(failed()))
        .unwrap_err();
    assert!(error.is_of_the_disk());
    // The disk is well again, but nobody knows what it has dropped.
    let error = pool.write("insert", |sql| insert(sql, 2)).unwrap_err();
    assert!(matches!(error, StoreError::Stopped { .. }), "{error}");
    assert!(
        error.is_of_the_disk(),
        "it says nothing about what was to be stored"
    );
    assert_eq!(sum(&pool), 1, "pages are served");
    assert!(pool.footing().stopped[0].starts_with("test: "));
    drop(pool);
    let pool = Pool::open(&dir.path().join("test.sqlite"), SCHEMA).unwrap();
    pool.write("insert", |sql| insert(sql, 4)).unwrap();
    assert_eq!((sum(&pool), pool.footing()), (5, Footing::default()));
}

#[test]
fn what_an_earlier_process_left_in_the_log_is_moved_to_the_file() {
    let (dir, pool) = pool();
    pool.write("insert", |sql| insert(sql, 3)).unwrap();
    let copy = dir.path().join("copy.sqlite");
    for end in ["", "-wal"] {
        let from = dir.path().join(format!("test.sqlite{end}"));
        std::fs::copy(from, dir.path().join(format!("copy.sqlite{end}"))).unwrap();
    }
    let again = Pool::open(&copy, SCHEMA).unwrap();
    // Without its log the file alone has everything.
    let alone = dir.path().join("alone.sqlite");
    std::fs::copy(&copy, &alone).unwrap();
    assert_eq!(sum(&Pool::open(&alone, SCHEMA).unwrap()), 3);
    drop(again);
}

#[test]
fn f08_files_that_go_under_an_open_pool_are_named() {
    let (dir, pool) = pool();
    assert_eq!(pool.footing(), Footing::default());
    let (there, away) = (dir.path().join("test.sqlite"), dir.path().join("away"));
    std::fs::rename(&there, &away).unwrap();
    assert_eq!(pool.footing().lost, std::slice::from_ref(&there));
    std::fs::write(&there, "another").unwrap();
    assert_eq!(pool.footing().lost, std::slice::from_ref(&there));
    std::fs::rename(&away, &there).unwrap();
    assert_eq!(pool.footing(), Footing::default());
    let log = dir.path().join("test.sqlite-wal");
    std::fs::remove_file(&log).unwrap();
    assert_eq!(pool.footing().lost, [log]);
}
