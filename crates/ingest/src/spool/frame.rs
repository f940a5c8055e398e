//! How a record lies in a segment. Pure; the writer encodes, the reader and the scan decode.
//!
//! ```text
//! ┌──────────┬──────────┬───────────────┬────────────┬────────────────────┬──────────────┐
//! │ length,  │ seq      │ payload CRC32 │ head CRC32 │ receipt, remarks   │ event bytes  │
//! │ batch u32│ u64      │ u32           │ u32        │                    │              │
//! └──────────┴──────────┴───────────────┴────────────┴────────────────────┴──────────────┘
//!  └── head, 20 bytes, little endian ───────────────┘└── payload, `length` bytes ───────┘
//! ```
//! The head's CRC begins with the segment's salt, a random number that no client knows. So an
//! event whose bytes imitate a record is never taken for one while searching for the next record
//! after a damaged place. A damaged payload with a sound head is skipped exactly.
//!
//! The upper six bits of the first field count batches: what was written before a batch was synced
//! before it. So damage in synced data is told from a batch that a power cut tore.

use bytes::Bytes;
use watchpost_model::{EventId, KeyId, ProjectId, Receipt, Remark, Timestamp, WireFormat};

use super::Record;
use crate::limits::SPOOL_RECORD_BYTES_MAX;

/// Bytes of a head.
pub(super) const HEAD_BYTES: usize = 20;

/// Bits of the first field that are the length.
const LENGTH_BITS: u32 = 26;
const LENGTH_MAX: u32 = (1 << LENGTH_BITS) - 1;

const _: () = assert!(SPOOL_RECORD_BYTES_MAX <= LENGTH_MAX as u64 + HEAD_BYTES as u64);

/// Which write a record came with, counted round and round. Records of older versions have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BatchNumber(u8);

impl BatchNumber {
    const LAST: u8 = u8::MAX >> 2;

    /// The number of the write after this one.
    pub(super) fn next(self) -> Self {
        Self(self.0 % Self::LAST + 1)
    }

    pub(super) fn is_known(self) -> bool {
        self.0 > 0
    }
}

/// What stands before each payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) length: u32,
    pub(super) batch: BatchNumber,
    pub(super) seq: u64,
    pub(super) payload_crc: u32,
}

impl Head {
    /// The bytes, for a segment of that salt.
    pub(super) fn encode(&self, salt: u64) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let fields = (self.first_field().to_le_bytes().into_iter())
            .chain(self.seq.to_le_bytes())
            .chain(self.payload_crc.to_le_bytes())
            .chain(self.crc(salt).to_le_bytes());
        for (place, byte) in bytes.iter_mut().zip(fields) {
            *place = byte;
        }
        bytes
    }

    /// The head at the start of `bytes`, if there is a sound one.
    pub(super) fn decode(bytes: &[u8], salt: u64) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (seq, rest) = rest.split_first_chunk()?;
        let (payload_crc, rest) = rest.split_first_chunk()?;
        let (crc, _) = rest.split_first_chunk()?;
        let first = u32::from_le_bytes(*length);
        let [.., high] = first.to_le_bytes();
        let head = Self {
            length: first & LENGTH_MAX,
            batch: BatchNumber(high >> 2),
            seq: u64::from_le_bytes(*seq),
            payload_crc: u32::from_le_bytes(*payload_crc),
        };
        (head.crc(salt) == u32::from_le_bytes(*crc)).then_some(head)
    }

    fn first_field(&self) -> u32 {
        self.length | u32::from(self.batch.0) << LENGTH_BITS
    }

    fn crc(&self, salt: u64) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&salt.to_le_bytes());
        hasher.update(&self.first_field().to_le_bytes());
        hasher.update(&self.seq.to_le_bytes());
        hasher.update(&self.payload_crc.to_le_bytes());
        hasher.finalize()
    }

    /// Bytes from the start of the head to the start of the next one.
    pub(super) fn span(&self) -> u64 {
        HEAD_BYTES as u64 + u64::from(self.length)
    }
}

/// A record, ready to be written but for its number: made by the caller of `append`, so that the
/// one writer has little left to do.
#[derive(Debug)]
pub(super) struct Payload {
    receipt: Vec<u8>,
    body: Bytes,
    crc: u32,
}

impl Payload {
    /// Encodes a record.
    pub(super) fn of(record: Record) -> Self {
        let mut receipt = encode_receipt(&record.receipt);
        encode_remarks(&record.remarks, &mut receipt);
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&receipt);
        hasher.update(&record.body);
        Self {
            receipt,
            body: record.body,
            crc: hasher.finalize(),
        }
    }

    /// Bytes that it takes in a segment, head included.
    pub(super) fn span(&self) -> u64 {
        (HEAD_BYTES + self.receipt.len() + self.body.len()) as u64
    }

    /// Appends head and payload to `out`. `None` when it is too long for its length field.
    pub(super) fn write(
        &self,
        batch: BatchNumber,
        seq: u64,
        salt: u64,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let length = u32::try_from(self.receipt.len() + self.body.len()).ok()?;
        let head = Head {
            length: (length <= LENGTH_MAX).then_some(length)?,
            batch,
            seq,
            payload_crc: self.crc,
        };
        out.extend_from_slice(&head.encode(salt));
        out.extend_from_slice(&self.receipt);
        out.extend_from_slice(&self.body);
        Some(())
    }
}

/// The record in a payload whose CRC was checked; `None` when a later version wrote it.
pub(super) fn decode_payload(payload: &Bytes) -> Option<Record> {
    let mut rest: &[u8] = payload;
    let receipt = decode_receipt(&mut rest)?;
    let remarks = decode_remarks(&mut rest)?;
    let body = payload.slice(payload.len() - rest.len()..);
    Some(Record {
        receipt,
        remarks,
        body,
    })
}

/// The first byte of a receipt. Another layout gets another number.
const RECEIPT_V1: u8 = 1;
/// The same, and the time of sending before the texts.
const RECEIPT_V2: u8 = 2;

/// The length that stands for "no text".
const NO_TEXT: u16 = u16::MAX;

fn encode_receipt(receipt: &Receipt) -> Vec<u8> {
    let mut out = Vec::with_capacity(192);
    out.push(receipt.sent_at.map_or(RECEIPT_V1, |_| RECEIPT_V2));
    out.push(match receipt.format {
        WireFormat::Seed => 0,
        WireFormat::Event => 1,
    });
    out.extend_from_slice(&receipt.project.0.to_le_bytes());
    out.extend_from_slice(&receipt.key.0.to_le_bytes());
    out.extend_from_slice(&receipt.event.to_bytes());
    out.extend_from_slice(&receipt.received.as_micros().to_le_bytes());
    let sent_at = receipt.sent_at.iter();
    out.extend(sent_at.flat_map(|moment| moment.as_micros().to_le_bytes()));
    for text in [&receipt.client_ip, &receipt.sdk, &receipt.user_agent] {
        encode_text(text.as_deref(), &mut out);
    }
    out
}

/// Texts are cut at 64 KiB. The gates allow far less in a header.
fn encode_text(text: Option<&str>, out: &mut Vec<u8>) {
    let Some(text) = text else {
        out.extend_from_slice(&NO_TEXT.to_le_bytes());
        return;
    };
    let cut = text.floor_char_boundary(usize::from(NO_TEXT - 1));
    let bytes = text.as_bytes().get(..cut).unwrap_or_default();
    let length = u16::try_from(bytes.len()).unwrap_or(0);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}

fn decode_receipt(rest: &mut &[u8]) -> Option<Receipt> {
    let is_timed = match take(rest)? {
        [RECEIPT_V1] => false,
        [RECEIPT_V2] => true,
        [_] => return None,
    };
    let format = match take(rest)? {
        [0] => WireFormat::Seed,
        [1] => WireFormat::Event,
        [_] => return None,
    };
    Some(Receipt {
        format,
        project: ProjectId(i64::from_le_bytes(take(rest)?)),
        key: KeyId(i64::from_le_bytes(take(rest)?)),
        event: EventId::from_bytes(take(rest)?),
        received: decode_moment(rest)?,
        sent_at: if is_timed {
            Some(decode_moment(rest)?)
        } else {
            None
        },
        client_ip: decode_text(rest)?,
        sdk: decode_text(rest)?,
        user_agent: decode_text(rest)?,
    })
}

fn decode_moment(rest: &mut &[u8]) -> Option<Timestamp> {
    take(rest).map(|micros| Timestamp::from_micros(i64::from_le_bytes(micros)))
}

#[expect(
    clippy::option_option,
    reason = "outside: whether it could be read; inside: the text"
)]
fn decode_text(rest: &mut &[u8]) -> Option<Option<String>> {
    let length = u16::from_le_bytes(take(rest)?);
    if length == NO_TEXT {
        return Some(None);
    }
    let (text, tail) = rest.split_at_checked(usize::from(length))?;
    *rest = tail;
    Some(Some(String::from_utf8_lossy(text).into_owned()))
}

/// Most events have none, which costs four bytes.
fn encode_remarks(remarks: &[Remark], out: &mut Vec<u8>) {
    let json = if remarks.is_empty() {
        Vec::new()
    } else {
        // Texts and names of variants always serialise.
        serde_json::to_vec(remarks).unwrap_or_default()
    };
    let length = u32::try_from(json.len()).unwrap_or(0);
    out.extend_from_slice(&length.to_le_bytes());
    if length > 0 {
        out.extend_from_slice(&json);
    }
}

fn decode_remarks(rest: &mut &[u8]) -> Option<Vec<Remark>> {
    let length = u32::from_le_bytes(take(rest)?);
    if length == 0 {
        return Some(Vec::new());
    }
    let (json, tail) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = tail;
    serde_json::from_slice(json).ok()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchpost_model::RemarkKind;

    fn receipt() -> Receipt {
        Receipt {
            project: ProjectId(7),
            key: KeyId(-1),
            event: EventId(u128::MAX - 5),
            received: Timestamp::from_micros(1_700_000_000_123_456),
            format: WireFormat::Seed,
            client_ip: Some("2001:db8::1".into()),
            sdk: None,
            user_agent: Some(String::new()),
            sent_at: None,
        }
    }

    fn check(receipt: &Receipt, body: &'static [u8]) {
        check_with(receipt, Vec::new(), body);
        check_with(receipt, vec![Remark::new("", RemarkKind::Cut, "NaN")], body);
    }

    fn check_with(receipt: &Receipt, remarks: Vec<Remark>, body: &'static [u8]) {
        let record = Record {
            receipt: receipt.clone(),
            remarks,
            body: Bytes::from_static(body),
        };
        let mut out = Vec::new();
        let payload = Payload::of(record.clone());
        let batch = BatchNumber(63);
        payload.write(batch, 9, 77, &mut out).unwrap();
        assert_eq!(payload.span(), out.len() as u64);
        let head = Head::decode(&out, 77).unwrap();
        let read = (head.seq, head.span(), head.batch);
        assert_eq!(read, (9, out.len() as u64, batch));
        let payload = Bytes::from(out).slice(HEAD_BYTES..);
        assert_eq!(crc32fast::hash(&payload), head.payload_crc);
        assert_eq!(decode_payload(&payload), Some(record));
    }

    #[test]
    fn a_record_reads_back() {
        check(&receipt(), b"{}");
        check(&receipt(), b"");
        let event = Receipt {
            format: WireFormat::Event,
            sdk: Some("raven-python/6.10.0".into()),
            client_ip: None,
            user_agent: None,
            sent_at: Some(Timestamp::from_micros(-1)),
            ..receipt()
        };
        check(&event, b"{\"a\": [1, 2]}\n");
    }

    #[test]
    fn batches_are_counted_without_zero() {
        let mut batch = BatchNumber::default();
        assert!(!batch.is_known());
        for _ in 0..200 {
            let before = batch;
            batch = batch.next();
            assert!(batch.is_known() && batch != before);
        }
        assert_eq!(BatchNumber(63).next(), BatchNumber(1));
    }

    #[test]
    fn a_head_of_another_segment_is_not_taken() {
        let head = Head {
            length: 3,
            batch: BatchNumber::default(),
            seq: 1,
            payload_crc: 0,
        };
        let bytes = head.encode(1);
        assert_eq!(Head::decode(&bytes, 1), Some(head));
        assert_eq!(Head::decode(&bytes, 2), None);
        assert_eq!(Head::decode(&bytes[..HEAD_BYTES - 1], 1), None);
        assert_eq!(Head::decode(&[0; HEAD_BYTES], 0x1234), None);
    }

    #[test]
    fn every_flipped_bit_of_a_head_is_found() {
        let head = Head {
            length: 300,
            batch: BatchNumber(1),
            seq: 12_345,
            payload_crc: 0xdead_beef,
        };
        for bit in 0..HEAD_BYTES * 8 {
            let mut bytes = head.encode(42);
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Head::decode(&bytes, 42), None, "bit {bit}");
        }
    }

    #[test]
    fn a_very_long_text_is_cut_between_characters() {
        let long = Receipt {
            user_agent: Some("é".repeat(40_000)),
            ..receipt()
        };
        let mut bytes: &[u8] = &encode_receipt(&long);
        let back = decode_receipt(&mut bytes).unwrap();
        assert_eq!(back.user_agent.unwrap().len(), 65_534);
        assert!(bytes.is_empty());
    }
}
