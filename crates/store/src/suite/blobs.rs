//! What keeping files by content must do.

use std::thread;

use crate::{BlobId, Blobs};

/// Any bytes, also none.
pub fn bytes_read_back(blobs: &dyn Blobs) {
    for bytes in [&b""[..], b"hello", &[0, 255, 10, 0], &vec![7; 3_000_000]] {
        let id = blobs.put(bytes).expect("healthy blobs");
        let read = blobs.get(id).expect("healthy blobs");
        assert!(read.as_deref() == Some(bytes), "{} bytes", bytes.len());
    }
}

/// The id is a function of the bytes: the well-known one of the empty file.
pub fn the_same_bytes_are_kept_once(blobs: &dyn Blobs) {
    let first = blobs.put(b"hello").expect("healthy blobs");
    assert_eq!(blobs.put(b"hello").expect("healthy blobs"), first);
    assert_ne!(blobs.put(b"other").expect("healthy blobs"), first);
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(blobs.put(b"").expect("healthy blobs").to_string(), empty);
    assert_eq!(
        empty.parse(),
        blobs.put(b"").map_err(|_| watchpost_model::IdError)
    );
}

/// Unknown is an answer, not an error.
pub fn an_unknown_blob_is_none(blobs: &dyn Blobs) {
    assert_eq!(blobs.get(BlobId([7; 32])).expect("healthy blobs"), None);
}

/// Deleting is final and may be repeated.
pub fn a_deleted_blob_is_gone(blobs: &dyn Blobs) {
    let (gone, stays) = (blobs.put(b"gone"), blobs.put(b"stays"));
    let (gone, stays) = (gone.expect("healthy blobs"), stays.expect("healthy blobs"));
    blobs.delete(gone).expect("healthy blobs");
    blobs.delete(gone).expect("deleting again is no error");
    assert_eq!(blobs.get(gone).expect("healthy blobs"), None);
    assert!(blobs.get(stays).expect("healthy blobs").is_some());
    blobs.put(b"gone").expect("healthy blobs");
    assert!(blobs.get(gone).expect("healthy blobs").is_some());
}

/// The same and different bytes at the same time.
pub fn putting_from_many_threads(blobs: &dyn Blobs) {
    thread::scope(|scope| {
        for worker in 0..4_u8 {
            scope.spawn(move || {
                for number in 0..10_u8 {
                    let own = blobs.put(&[worker, number]).expect("healthy blobs");
                    let shared = blobs.put(&[number]).expect("healthy blobs");
                    assert!(blobs.get(own).expect("healthy blobs").is_some());
                    assert!(blobs.get(shared).expect("healthy blobs").is_some());
                }
            });
        }
    });
}
