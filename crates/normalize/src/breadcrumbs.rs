//! Breadcrumbs: the newest, bounded.

use watchpost_model::Breadcrumb;

use crate::bag;
use crate::limits::{BREADCRUMBS_MAX, DETAIL, MESSAGE_CHARS_MAX, WORD_CHARS_MAX};
use crate::remarks::Remarks;
use crate::text::fit_name;

/// Settles the breadcrumbs, which come oldest first.
pub(crate) fn settle(crumbs: &mut Vec<Breadcrumb>, remarks: &mut Remarks) {
    let surplus = crumbs.len().saturating_sub(BREADCRUMBS_MAX);
    if surplus > 0 {
        let reason = format!("the oldest {surplus} were left out");
        remarks.cut_from(&"breadcrumbs.values", &reason, crumbs.len());
        crumbs.drain(..surplus);
    }
    for (index, crumb) in crumbs.iter_mut().enumerate() {
        let at = format_args!("breadcrumbs.values.{index}");
        fit_name(
            &mut crumb.kind,
            WORD_CHARS_MAX,
            &format_args!("{at}.type"),
            remarks,
        );
        fit_name(
            &mut crumb.category,
            WORD_CHARS_MAX,
            &format_args!("{at}.category"),
            remarks,
        );
        let at_message = format_args!("{at}.message");
        fit_name(&mut crumb.message, MESSAGE_CHARS_MAX, &at_message, remarks);
        bag::fit_map(&mut crumb.data, DETAIL, &format_args!("{at}.data"), remarks);
    }
}
