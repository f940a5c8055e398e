//! Frames: names that fall back to each other, both ends of a long stack, details of the newest.

use std::fmt::Display;

use watchpost_model::{Frame, Stacktrace, TemplateSource};

use crate::limits;
use crate::remarks::Remarks;
use crate::text::{clean, fit, fit_name, is_blank};
use crate::{bag, in_app};

/// Settles a stack of an event of that platform.
pub(crate) fn settle(
    stack: &mut Stacktrace,
    platform: &str,
    at: &dyn Display,
    remarks: &mut Remarks,
) {
    let frames = &mut stack.frames;
    let most = limits::FRAMES_OLDEST_MAX + limits::FRAMES_NEWEST_MAX;
    let surplus = frames.len().saturating_sub(most);
    if surplus > 0 {
        let first = limits::FRAMES_OLDEST_MAX;
        let reason = format!("{surplus} frames in the middle were left out");
        remarks.cut_from(&format_args!("{at}.frames"), &reason, frames.len());
        frames.drain(first..first + surplus);
    }
    for (index, frame) in frames.iter_mut().enumerate() {
        settle_names(frame);
        frame.in_app = Some(frame.in_app.unwrap_or_else(|| in_app::of(frame, platform)));
        bound(frame, &format_args!("{at}.frames.{index}"), remarks);
    }
    strip_details(frames, at, remarks);
    bag::fit_map(&mut stack.other, limits::DETAIL, at, remarks);
}

/// A file has an absolute and a short name; either stands in for the other.
fn settle_names(frame: &mut Frame) {
    let names = [&mut frame.filename, &mut frame.abs_path, &mut frame.module];
    for name in names.into_iter().chain([&mut frame.package]) {
        if name.as_deref().is_some_and(is_blank) {
            *name = None;
        }
    }
    let is_unknown = |name: &str| matches!(name.trim(), "" | "?");
    if frame.function.as_deref().is_some_and(is_unknown) {
        frame.function = None;
    }
    if frame.abs_path.is_none() {
        frame.abs_path.clone_from(&frame.filename);
    }
    if frame.filename.is_none() {
        frame.filename.clone_from(&frame.abs_path);
    }
    let path = frame.filename.as_deref().and_then(path_of);
    if let Some(path) = path.map(str::to_owned) {
        frame.filename = Some(path);
    }
}

/// The path of `https://host/path?query`.
fn path_of(url: &str) -> Option<&str> {
    let mut schemes = ["https://", "http://", "file://"].into_iter();
    let rest = schemes.find_map(|scheme| url.strip_prefix(scheme))?;
    let path = rest.get(rest.find('/')?..)?;
    let end = path.find(['?', '#']).unwrap_or(path.len());
    path.get(..end)
}

fn bound(frame: &mut Frame, at: &dyn Display, remarks: &mut Remarks) {
    let most = limits::PATH_CHARS_MAX;
    let names = [
        (&mut frame.filename, most, "filename"),
        (&mut frame.abs_path, most, "abs_path"),
        (&mut frame.module, most, "module"),
        (&mut frame.function, limits::FUNCTION_CHARS_MAX, "function"),
        (&mut frame.package, most, "package"),
    ];
    for (name, most, field) in names {
        fit_name(name, most, &format_args!("{at}.{field}"), remarks);
    }
    bound_before(&mut frame.pre_context, at, remarks);
    bound_after(&mut frame.post_context, at, remarks);
    if let Some(line) = &mut frame.context_line {
        fit(line, limits::LINE_CHARS_MAX, at, remarks);
    }
    let mut bytes_left = limits::DETAIL.bytes_max;
    let mut gone = 0_usize;
    frame.vars.retain_mut(|var| {
        gone += usize::from(bytes_left == 0);
        if bytes_left == 0 {
            return false;
        }
        clean(&mut var.name);
        let detail = limits::Bag {
            bytes_max: bytes_left,
            ..limits::DETAIL
        };
        let used = bag::fit(&mut var.value, detail, at, remarks);
        bytes_left = bytes_left.saturating_sub(used + var.name.len());
        true
    });
    if gone > 0 {
        remarks.cut(&format_args!("{at}.vars"), &format!("{gone} were left out"));
    }
    bag::fit_map(&mut frame.other, limits::DETAIL, at, remarks);
}

/// Settles a template that failed: a frame of another kind.
pub(crate) fn settle_template(template: Option<&mut TemplateSource>, remarks: &mut Remarks) {
    let Some(template) = template else { return };
    let at = &"template";
    let most = limits::PATH_CHARS_MAX;
    fit_name(&mut template.filename, most, at, remarks);
    fit_name(&mut template.abs_path, most, at, remarks);
    bound_before(&mut template.pre_context, at, remarks);
    bound_after(&mut template.post_context, at, remarks);
    if let Some(line) = &mut template.context_line {
        fit(line, limits::LINE_CHARS_MAX, at, remarks);
    }
}

fn bound_before(lines: &mut Vec<String>, at: &dyn Display, remarks: &mut Remarks) {
    let surplus = lines.len().saturating_sub(limits::CONTEXT_LINES_MAX);
    lines.drain(..surplus);
    bound_after(lines, at, remarks);
}

fn bound_after(lines: &mut Vec<String>, at: &dyn Display, remarks: &mut Remarks) {
    lines.truncate(limits::CONTEXT_LINES_MAX);
    for line in lines {
        fit(line, limits::LINE_CHARS_MAX, at, remarks);
    }
}

/// Keeps locals and source lines of the newest frames, those of the application first.
fn strip_details(frames: &mut [Frame], at: &dyn Display, remarks: &mut Remarks) {
    let is_detailed = |frame: &Frame| {
        !frame.vars.is_empty() || !frame.pre_context.is_empty() || !frame.post_context.is_empty()
    };
    let detailed = frames.iter().filter(|frame| is_detailed(frame)).count();
    let mut surplus = detailed.saturating_sub(limits::FRAMES_DETAILED_MAX);
    if surplus == 0 {
        return;
    }
    let reason = format!("locals and source lines of {surplus} frames were left out");
    remarks.cut(&format_args!("{at}.frames"), &reason);
    for own in [Some(false), Some(true)] {
        for frame in frames.iter_mut() {
            if surplus > 0 && frame.in_app == own && is_detailed(frame) {
                frame.vars.clear();
                frame.pre_context.clear();
                frame.post_context.clear();
                surplus -= 1;
            }
        }
    }
}
