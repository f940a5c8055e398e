//! Reads what the shim recorded: `e2e/io-shim/src/trace.rs` has the format.

use std::ops::Range;

use anyhow::{Context, bail};

/// One change. Bytes are named by their place in the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Open {
        file: u64,
        path: String,
        created: bool,
        truncated: bool,
    },
    Write {
        file: u64,
        offset: u64,
        data: Range<usize>,
    },
    Truncate {
        file: u64,
        size: u64,
    },
    Allocate {
        file: u64,
        size: u64,
    },
    Sync {
        file: u64,
    },
    Rename {
        from: String,
        to: String,
    },
    Unlink {
        path: String,
    },
    Mkdir {
        path: String,
    },
    Rmdir {
        path: String,
    },
    Link {
        from: String,
        to: String,
    },
}

/// All changes, each with the place in the trace where its record ends.
pub(super) fn read(trace: &[u8]) -> anyhow::Result<Vec<(u64, Op)>> {
    let mut ops = Vec::new();
    let mut at = 0;
    while at < trace.len() {
        let (next, op) = record(trace, at).with_context(|| format!("in the trace at {at}"))?;
        ops.push((u64::try_from(next)?, op));
        at = next;
    }
    Ok(ops)
}

fn record(trace: &[u8], at: usize) -> anyhow::Result<(usize, Op)> {
    let length = usize::try_from(u32::from_le_bytes(take(trace, at)?))?;
    let [kind] = take(trace, at + 4)?;
    let file = u64::from_le_bytes(take(trace, at + 5)?);
    let number = u64::from_le_bytes(take(trace, at + 13)?);
    let text_length = usize::try_from(u32::from_le_bytes(take(trace, at + 21)?))?;
    let (start, end) = (at + 25 + text_length, at + 4 + length);
    let text = |range| {
        let bytes: &[u8] = trace.get::<Range<usize>>(range).context("cut short")?;
        anyhow::Ok(String::from_utf8(bytes.to_vec())?)
    };
    let path = text(at + 25..start)?;
    anyhow::ensure!(end <= trace.len(), "cut short");
    let op = match kind {
        1 => Op::Open {
            file,
            path,
            created: number & 1 != 0,
            truncated: number & 2 != 0,
        },
        2 => Op::Write {
            file,
            offset: number,
            data: start..end,
        },
        3 => Op::Truncate { file, size: number },
        4 => Op::Sync { file },
        5 => Op::Rename {
            from: path,
            to: text(start..end)?,
        },
        6 => Op::Unlink { path },
        7 => Op::Mkdir { path },
        8 => Op::Rmdir { path },
        9 => Op::Link {
            from: path,
            to: text(start..end)?,
        },
        10 => Op::Allocate { file, size: number },
        other => bail!("unknown kind {other}"),
    };
    Ok((end, op))
}

fn take<const COUNT: usize>(bytes: &[u8], at: usize) -> anyhow::Result<[u8; COUNT]> {
    let taken = bytes.get(at..).and_then(|rest| rest.first_chunk());
    taken.copied().context("cut short")
}
