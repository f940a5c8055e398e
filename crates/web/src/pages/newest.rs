//! The newest rows of what is read page by page, and how far a page or a file looks for them.

use std::iter::{once, repeat_n};

use watchpost_store::{Cursor, Page};

use super::csv::Csv;

/// Rows of one page of the archive.
const PAGE_ROW_COUNT: usize = 100;

/// How far is looked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    pub(crate) rows: usize,
    /// A page has fewer rows than were asked for when it opened as many events as one may.
    pub(crate) pages: usize,
}

impl Reach {
    /// What one file holds.
    pub(crate) const FILE: Self = Self {
        rows: 1000,
        pages: 30,
    };
}

/// So many rows from there on; a cursor when there may be more.
pub(crate) fn newest<T, E>(
    reach: Reach,
    from: Option<Cursor>,
    mut ask: impl FnMut(Option<&Cursor>, usize) -> Result<Page<T>, E>,
) -> Result<Page<T>, E> {
    let (mut rows, mut next) = (Vec::new(), from);
    for _ in 0..reach.pages {
        let count = reach.rows.saturating_sub(rows.len()).min(PAGE_ROW_COUNT);
        let page = ask(next.as_ref(), count)?;
        rows.extend(page.rows);
        next = page.next;
        if next.is_none() || rows.len() >= reach.rows {
            break;
        }
    }
    Ok(Page { rows, next })
}

/// The last row of a file that does not have everything.
pub(crate) fn say_cut(csv: &mut Csv, column_count: usize) {
    let blanks = repeat_n("", column_count.saturating_sub(1));
    let cells: Vec<&str> = once("Older events may match: this file ends here.")
        .chain(blanks)
        .collect();
    csv.row(&cells);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads pages of `per_page` rows each, with ever more to come after each but the last.
    fn read(reach: Reach, (per_page, page_count): (usize, usize)) -> (usize, bool) {
        let mut asked = 0;
        let ask = |_: Option<&Cursor>, count: usize| {
            asked += 1;
            let next = (asked < page_count).then(|| Cursor(asked.to_string()));
            let rows = vec![(); per_page.min(count)];
            Ok::<_, ()>(Page { rows, next })
        };
        let found = newest(reach, None, ask).unwrap();
        (found.rows.len(), found.next.is_some())
    }

    #[test]
    fn a_short_page_is_not_the_end() {
        let check = |pages, expect| assert_eq!(read(Reach::FILE, pages), expect);
        check((3, 1), (3, false));
        check((3, 5), (15, false));
        check((0, 5), (0, false));
        check((100, 10), (1000, false));
        // Told apart: as many as fit, and as far as is looked.
        check((100, 11), (1000, true));
        check((1, 99), (30, true));
        let table = Reach { rows: 50, pages: 1 };
        assert_eq!(read(table, (7, 2)), (7, true));
    }
}
