//! A disk as POSIX promises it and no better: what was synced is there after a power cut, of the
//! rest anything may be.
//!
//! Bytes are durable after a sync of their file, names after a sync of their folder; a sync of a
//! file does not make its name durable. Unsynced bytes come in sectors, each there or not, in any
//! order; a longer file whose bytes are missing holds zeros or noise. A rename happens or does not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail};

use super::trace::Op;
use crate::torture::dice::Dice;

/// Disks write whole sectors.
const SECTOR_BYTES: u64 = 512;

type NodeId = usize;

/// A file or folder, whatever its names are.
#[derive(Clone, Debug, Default)]
struct Node {
    is_folder: bool,
    /// What a power cut cannot take.
    durable: Vec<u8>,
    /// What it can, in order.
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: u64, data: Vec<u8> },
    Size(u64),
}

/// A change of names that the power may take, as a whole.
#[derive(Clone, Debug)]
struct Naming {
    folders: Vec<String>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Add(String, NodeId),
    Drop(String),
}

/// See the file.
#[derive(Default)]
pub(super) struct Model {
    nodes: Vec<Node>,
    /// Names as the running program sees them.
    names: BTreeMap<String, NodeId>,
    durable_names: BTreeMap<String, NodeId>,
    pending_names: Vec<Naming>,
    open: BTreeMap<u64, (NodeId, String)>,
    /// Syncs of files below this path are lies: to see that the test would notice.
    lie: Option<&'static str>,
}

/// How much of the unsynced survives a cut.
#[derive(Clone, Copy)]
enum Luck {
    Nothing,
    Everything,
    /// A part of everything, as if the power had gone a little earlier.
    Earlier,
    /// Every piece by itself.
    Pieces,
}

impl Model {
    /// An empty data directory.
    pub(super) fn new(lie: Option<&'static str>) -> Self {
        let root = Node {
            is_folder: true,
            ..Node::default()
        };
        let names = BTreeMap::from([(String::new(), 0)]);
        Self {
            nodes: vec![root],
            durable_names: names.clone(),
            names,
            lie,
            ..Self::default()
        }
    }

    pub(super) fn apply(&mut self, op: &Op, trace: &[u8]) -> anyhow::Result<()> {
        match op {
            Op::Open {
                file,
                path,
                created,
                truncated,
            } => {
                if *created {
                    self.make(path, false);
                }
                let node = self.node(path)?;
                self.open.insert(*file, (node, path.clone()));
                if *truncated {
                    self.change(node, Change::Size(0))?;
                }
            }
            Op::Write { file, offset, data } => {
                let data = trace.get(data.clone()).context("bytes outside the trace")?;
                let data = data.to_vec();
                let offset = *offset;
                self.change(self.file(*file)?, Change::Write { offset, data })?;
            }
            Op::Truncate { file, size } => self.change(self.file(*file)?, Change::Size(*size))?,
            Op::Allocate { file, size } => {
                let node = self.file(*file)?;
                if self.size(node)? < *size {
                    self.change(node, Change::Size(*size))?;
                }
            }
            Op::Sync { file } => self.sync(*file)?,
            Op::Rename { from, to } => {
                let node = self.names.remove(from);
                let node = node.with_context(|| format!("{from} is renamed but not there"))?;
                let is_folder = self.nodes.get(node).is_some_and(|node| node.is_folder);
                anyhow::ensure!(!is_folder, "the model knows no renamed folders: {from}");
                self.names.insert(to.clone(), node);
                let steps = vec![Step::Drop(from.clone()), Step::Add(to.clone(), node)];
                self.named(&[from, to], steps);
            }
            Op::Unlink { path } | Op::Rmdir { path } => {
                self.names.remove(path);
                self.named(&[path], vec![Step::Drop(path.clone())]);
            }
            // The data directory itself is there already.
            Op::Mkdir { path } if path.is_empty() => {}
            Op::Mkdir { path } => self.make(path, true),
            Op::Link { from, to } => {
                let node = self.node(from)?;
                self.names.insert(to.clone(), node);
                self.named(&[to], vec![Step::Add(to.clone(), node)]);
            }
        }
        Ok(())
    }

    fn node(&self, path: &str) -> anyhow::Result<NodeId> {
        let node = self.names.get(path).copied();
        node.with_context(|| format!("{path} is used but was never made"))
    }

    fn file(&self, file: u64) -> anyhow::Result<NodeId> {
        let open = self.open.get(&file);
        Ok(open.context("a file is used but was never opened")?.0)
    }

    fn make(&mut self, path: &str, is_folder: bool) {
        let node = self.nodes.len();
        self.nodes.push(Node {
            is_folder,
            ..Node::default()
        });
        self.names.insert(path.to_owned(), node);
        self.named(&[path], vec![Step::Add(path.to_owned(), node)]);
    }

    fn named(&mut self, paths: &[&str], steps: Vec<Step>) {
        let folders = paths.iter().map(|path| parent(path).to_owned()).collect();
        self.pending_names.push(Naming { folders, steps });
    }

    fn change(&mut self, node: NodeId, change: Change) -> anyhow::Result<()> {
        let node = self.nodes.get_mut(node).context("an unknown node")?;
        node.pending.push(change);
        Ok(())
    }

    fn size(&self, node: NodeId) -> anyhow::Result<u64> {
        let node = self.nodes.get(node).context("an unknown node")?;
        let mut size = node.durable.len() as u64;
        for change in &node.pending {
            size = match change {
                Change::Write { offset, data } => size.max(offset + data.len() as u64),
                Change::Size(size) => *size,
            };
        }
        Ok(size)
    }

    fn sync(&mut self, file: u64) -> anyhow::Result<()> {
        let (id, path) = self.open.get(&file).context("a sync of nothing")?.clone();
        if self.lie.is_some_and(|lie| path.starts_with(lie)) {
            return Ok(());
        }
        let node = self.nodes.get_mut(id).context("an unknown node")?;
        if !node.is_folder {
            for change in std::mem::take(&mut node.pending) {
                write_into(&mut node.durable, &change);
            }
            return Ok(());
        }
        let pending = std::mem::take(&mut self.pending_names);
        for naming in pending {
            if naming.folders.contains(&path) {
                step_all(&mut self.durable_names, &naming);
            } else {
                self.pending_names.push(naming);
            }
        }
        Ok(())
    }

    /// Writes what a power cut at this moment leaves into the empty folder `to`.
    pub(super) fn cut(&self, dice: &mut Dice, to: &Path) -> anyhow::Result<()> {
        let lucks = [Luck::Nothing, Luck::Everything, Luck::Earlier, Luck::Pieces];
        let luck = |dice: &mut Dice| dice.pick(&lucks).copied().unwrap_or(Luck::Pieces);
        let mut names = self.durable_names.clone();
        for naming in survivors(&self.pending_names, luck(dice), dice) {
            step_all(&mut names, naming);
        }
        let mut folders = BTreeSet::from([String::new()]);
        std::fs::create_dir_all(to)?;
        // In the order of their names a folder comes before what is in it.
        for (path, id) in &names {
            if path.is_empty() || !folders.contains(parent(path)) {
                continue;
            }
            let node = self.nodes.get(*id).context("an unknown node")?;
            if node.is_folder {
                std::fs::create_dir(to.join(path))?;
                folders.insert(path.clone());
            } else {
                std::fs::write(to.join(path), node.after_cut(luck(dice), dice))?;
            }
        }
        Ok(())
    }
}

impl Node {
    fn after_cut(&self, luck: Luck, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in survivors(&self.pending, luck, dice) {
            match (change, luck) {
                (Change::Write { offset, data }, Luck::Pieces) if dice.percent(50) => {
                    write_torn(&mut bytes, *offset, data, dice);
                }
                _ => write_into(&mut bytes, change),
            }
        }
        bytes
    }
}

/// Those of the pending changes that a cut spares, in order.
fn survivors<'a, T>(pending: &'a [T], luck: Luck, dice: &mut Dice) -> Vec<&'a T> {
    let count = match luck {
        Luck::Nothing => 0,
        Luck::Everything | Luck::Pieces => pending.len(),
        Luck::Earlier => {
            let count = u64::try_from(pending.len()).unwrap_or(0);
            usize::try_from(dice.below(count + 1)).unwrap_or(0)
        }
    };
    let spared = pending.iter().take(count);
    spared
        .filter(|_| !matches!(luck, Luck::Pieces) || dice.percent(60))
        .collect()
}

fn step_all(names: &mut BTreeMap<String, NodeId>, naming: &Naming) {
    for step in &naming.steps {
        match step {
            Step::Add(path, node) => names.insert(path.clone(), *node),
            Step::Drop(path) => names.remove(path),
        };
    }
}

fn write_into(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Size(size) => bytes.resize(usize::try_from(*size).unwrap_or(0), 0),
        Change::Write { offset, data } => put(bytes, *offset, data),
    }
}

fn put(bytes: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let start = usize::try_from(offset).unwrap_or(0);
    let end = start + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(place) = bytes.get_mut(start..end) {
        place.copy_from_slice(data);
    }
}

/// Some sectors of a write; where the file had to grow for it, the others hold zeros or noise.
fn write_torn(bytes: &mut Vec<u8>, offset: u64, data: &[u8], dice: &mut Dice) {
    let noise = dice.percent(30);
    let old_end = bytes.len() as u64;
    let mut at = offset;
    let mut rest = data;
    while !rest.is_empty() {
        let to_next = SECTOR_BYTES - at % SECTOR_BYTES;
        let length = rest.len().min(usize::try_from(to_next).unwrap_or(1));
        let (sector, more) = rest.split_at(length);
        if dice.percent(60) {
            put(bytes, at, sector);
        } else if noise && at >= old_end {
            put(bytes, at, &vec![0x5a; sector.len()]);
        }
        at += sector.len() as u64;
        rest = more;
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Ends a replay that went wrong in itself.
pub(super) fn refuse(op: &Op, error: &anyhow::Error) -> anyhow::Result<()> {
    bail!("the recorded {op:?} cannot be replayed: {error:#}")
}
