//! The conformance suite, and what only files can do.

use super::*;
use crate::suite::{Temp, temp_blobs};

crate::blobs_suite!(suite, temp_blobs());

fn files(dir: &Path) -> usize {
    fs::read_dir(dir).unwrap().count()
}

#[test]
fn f07_damaged_bytes_are_an_error_until_they_are_put_again() {
    let blobs = temp_blobs();
    let id = blobs.put(b"hello").unwrap();
    for damaged in [&b"hallo"[..], b"hell", b""] {
        fs::write(blobs.path_of(id), damaged).unwrap();
        let error = blobs.get(id).unwrap_err();
        assert!(
            matches!(error, StoreError::Corrupt { what: "blob", .. }),
            "{error:?}"
        );
        assert_eq!(blobs.put(b"hello").unwrap(), id);
        assert_eq!(blobs.get(id).unwrap().as_deref(), Some(&b"hello"[..]));
    }
}

#[test]
fn f01_what_a_crash_left_is_removed_once_it_is_old() {
    let blobs = temp_blobs();
    let tmp = blobs.path().join("tmp");
    let (old, fresh) = (tmp.join("1-0"), tmp.join("2-0"));
    for path in [&old, &fresh] {
        fs::write(path, b"half").unwrap();
    }
    let file = File::options().append(true).open(&old).unwrap();
    let written = fs::metadata(&old).unwrap().modified().unwrap();
    file.set_modified(written - 2 * UNFINISHED_AGE).unwrap();
    FileBlobs::open(blobs.path()).unwrap();
    assert!(!old.exists());
    assert!(fresh.exists(), "another process may be writing it");
}

#[test]
fn a_blob_is_one_file_and_nothing_stays_beside_it() {
    let blobs: Temp<FileBlobs> = temp_blobs();
    let id = blobs.put(b"hello").unwrap();
    blobs.put(b"hello").unwrap();
    let name = id.to_string();
    let (folder, rest) = name.split_at(2);
    let folder = blobs.path().join(folder);
    let path = folder.join(rest);
    assert_eq!(fs::read(path).unwrap(), b"hello");
    assert_eq!(files(&folder), 1);
    assert_eq!(files(&blobs.path().join("tmp")), 0);
    let dir = blobs.close();
    let again = FileBlobs::open(dir.path()).unwrap();
    assert!(again.get(id).unwrap().is_some());
}
