//! Which frames share a row, and of which only the head is on the page. Pure.

use super::frame::FrameBody;
use super::{FrameView, Frames, Reading, Stack};
use crate::pages::event::Asked;

/// Frames of an event that are all on its page, whatever they bring.
const FEW_FRAMES: usize = 10;
/// Frames that bring their source and variables along, of an event with more.
const BODIES_MAX: usize = 6;
/// Rows of all stacks of such an event.
const ROWS_MAX: usize = 30;
/// Frames within folds that are on such a page.
const FOLDED_MAX: usize = 20;
/// The longest cycle that is looked for: `a → b → c → a → …` has three.
const CYCLE_FRAMES_MAX: usize = 10;
/// How often a cycle has to come for its repetitions to fold.
const CYCLES_MIN: usize = 3;

/// A frame that stands alone, or several that are folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    One(FrameView),
    Folded(Fold),
}

/// Frames behind one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fold {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) frames: Vec<FrameView>,
    /// Whether the page has the label only.
    pub(crate) is_lazy: bool,
}

impl Fold {
    fn new(label: String, frames: Vec<FrameView>) -> Self {
        Self {
            id: String::new(),
            label,
            frames,
            is_lazy: false,
        }
    }
}

/// Folds runs of two and more frames that are not the application's, and what repeats itself.
pub(super) fn fold(views: Vec<FrameView>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut run: Vec<FrameView> = Vec::new();
    let mut views = views;
    while !views.is_empty() {
        let (frames, cycles) = cycle(&views).unwrap_or((1, 1));
        let rest = views.split_off(frames * cycles);
        let repeated = views.split_off(frames);
        for view in views {
            if view.is_app || view.is_crash {
                close(&mut run, &mut rows);
                rows.push(Row::One(view));
            } else {
                run.push(view);
            }
        }
        if !repeated.is_empty() {
            close(&mut run, &mut rows);
            let label = match frames {
                1 => format!("The same frame {} times more", cycles - 1),
                _ => format!("The same {frames} frames {} times more", cycles - 1),
            };
            rows.push(Row::Folded(Fold::new(label, repeated)));
        }
        views = rest;
    }
    close(&mut run, &mut rows);
    rows
}

/// How many frames come again and again from the first on, and how often; the way that covers most.
/// Other frames than the application's are folded anyway.
fn cycle(views: &[FrameView]) -> Option<(usize, usize)> {
    let times = |frames: usize| {
        let first = views.get(..frames)?;
        first.iter().find(|view| view.is_app)?;
        let same = |part: &&[FrameView]| {
            part.len() == frames && part.iter().zip(first).all(|(a, b)| a.is_same_call(b))
        };
        let cycles = views.chunks(frames).take_while(same).count();
        (cycles >= CYCLES_MIN).then_some((frames, cycles))
    };
    let all = (1..=CYCLE_FRAMES_MAX).filter_map(times);
    // Of equal covers the shorter cycle.
    all.rev().max_by_key(|(frames, cycles)| frames * cycles)
}

fn close(run: &mut Vec<FrameView>, rows: &mut Vec<Row>) {
    let run = std::mem::take(run);
    match run.len() {
        0 => {}
        1 => rows.extend(run.into_iter().map(Row::One)),
        count => rows.push(Row::Folded(Fold::new(
            format!("{count} library frames"),
            run,
        ))),
    }
}

/// Names the rows of the stacks that are shown together, and leaves out what is too much for one
/// page. Who reads all frames gets all.
pub(crate) fn ration(stacks: &mut [&mut Stack], name: &str, reading: Reading) {
    let count = stacks
        .iter()
        .map(|stack| stack.frame_count())
        .sum::<usize>();
    let is_all = count <= FEW_FRAMES || reading.frames != Frames::App;
    let whole = |limit: usize| if is_all { usize::MAX } else { limit };
    let (mut rows_left, mut folded_left) = (whole(ROWS_MAX), whole(FOLDED_MAX));
    for (place, stack) in stacks.iter_mut().enumerate() {
        // One row of each stack is always there.
        shorten(&mut stack.rows, rows_left.max(1));
        rows_left = rows_left.saturating_sub(stack.rows.len());
        for (number, row) in stack.rows.iter_mut().enumerate() {
            let id = format!("{name}{place}-{number}");
            match row {
                Row::One(view) => view.id = id,
                Row::Folded(fold) => {
                    let left = folded_left.checked_sub(fold.frames.len());
                    fold.is_lazy = left.is_none();
                    folded_left = left.unwrap_or(folded_left);
                    for (place, view) in fold.frames.iter_mut().enumerate() {
                        view.id = format!("{id}-{place}");
                    }
                    fold.id = id;
                }
            }
        }
    }
    give_bodies(stacks, whole(BODIES_MAX));
}

/// Which frames bring their bodies along before others do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Open,
    Alone,
    Folded,
    /// The page does not even have its head.
    Left,
}

/// Leaves the bodies to the `bodies_max` frames that are read first; the others keep their heads.
fn give_bodies(stacks: &mut [&mut Stack], bodies_max: usize) {
    let rows = stacks.iter_mut().flat_map(|stack| stack.rows.iter_mut());
    let mut views: Vec<(Rank, &mut FrameView)> = rows.flat_map(ranked).collect();
    views.retain(|(_, view)| view.has_body());
    // Of one rank the first on the page.
    views.sort_by_key(|(rank, _)| *rank);
    for (place, (rank, view)) in views.into_iter().enumerate() {
        if rank == Rank::Left || place >= bodies_max {
            view.body = FrameBody::Elsewhere;
        }
    }
}

fn ranked(row: &mut Row) -> Vec<(Rank, &mut FrameView)> {
    match row {
        Row::One(view) => {
            let rank = if view.is_open() {
                Rank::Open
            } else {
                Rank::Alone
            };
            vec![(rank, view)]
        }
        Row::Folded(fold) => {
            let rank = if fold.is_lazy {
                Rank::Left
            } else {
                Rank::Folded
            };
            fold.frames.iter_mut().map(|view| (rank, view)).collect()
        }
    }
}

/// Puts all rows beyond `rows_max` behind one.
fn shorten(rows: &mut Vec<Row>, rows_max: usize) {
    if rows.len() <= rows_max.saturating_add(1) {
        return;
    }
    let rest = rows.split_off(rows_max);
    let frames = rest.into_iter().flat_map(|row| match row {
        Row::One(view) => vec![view],
        Row::Folded(fold) => fold.frames,
    });
    let frames: Vec<FrameView> = frames.collect();
    let label = format!("{} more frames", frames.len());
    rows.push(Row::Folded(Fold::new(label, frames)));
}

impl Row {
    /// Whether it is among the frames that are picked out.
    pub(crate) fn fits(&self, asked: &Asked) -> bool {
        let wanted = asked.frame_text.to_lowercase();
        if wanted.is_empty() {
            return true;
        }
        let fits = |view: &FrameView| {
            let names = [&view.function, &view.file, &view.module, &view.path];
            names
                .into_iter()
                .any(|name| name.to_lowercase().contains(&wanted))
        };
        match self {
            Self::One(view) => fits(view),
            Self::Folded(fold) => fold.frames.iter().any(fits),
        }
    }
}

impl FrameView {
    fn is_same_call(&self, other: &Self) -> bool {
        // Native code without names is told apart by its addresses alone.
        (self.is_app, &self.place, &self.address) == (other.is_app, &other.place, &other.address)
            && (&self.function, &self.module, &self.file)
                == (&other.function, &other.module, &other.file)
    }
}

impl Stack {
    /// How many frames there are, folded or not.
    pub(crate) fn frame_count(&self) -> usize {
        let count = |row: &Row| match row {
            Row::One(_) => 1,
            Row::Folded(fold) => fold.frames.len(),
        };
        self.rows.iter().map(count).sum()
    }
}
