//! The frames of a stack as patterns see them, made once for all rules.

use std::ops::Range;

use watchpost_model::{Frame, GlobKind};

use super::Family;

/// Bytes of the names of a frame, as a guess.
const FRAME_BYTES: usize = 96;

/// The frames of one stack.
pub(super) struct Scene<'a> {
    views: Vec<View<'a>>,
    /// Everything that a literal could be in, lower case, frame after frame.
    text: String,
}

/// A frame as matchers see it.
pub(super) struct View<'a> {
    pub(super) frame: &'a Frame,
    pub(super) function: &'a str,
    pub(super) module: &'a str,
    pub(super) family: Family,
    /// In the text of the scene, in the form of paths.
    paths: [Range<usize>; 2],
    package: Option<Range<usize>>,
    /// Where its part of the text ends.
    end: usize,
}

impl<'a> Scene<'a> {
    pub(super) fn of(frames: &'a [Frame], platform: &str) -> Self {
        let mut text = String::with_capacity(frames.len() * FRAME_BYTES);
        let views = frames
            .iter()
            .map(|frame| View::of(frame, platform, &mut text));
        let views = views.collect();
        Self { views, text }
    }

    pub(super) fn get(&self, index: usize) -> Option<&View<'a>> {
        self.views.get(index)
    }

    pub(super) fn views(&self) -> &[View<'a>] {
        &self.views
    }

    /// The text of all frames, to be searched at once.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The paths of a frame that are there.
    pub(super) fn paths(&self, view: &View<'_>) -> impl Iterator<Item = &str> {
        let paths = view.paths.clone().into_iter();
        let paths = paths.filter_map(|range| self.text.get(range));
        paths.filter(|path| !path.is_empty())
    }

    pub(super) fn package(&self, view: &View<'_>) -> Option<&str> {
        self.text.get(view.package.clone()?)
    }

    /// For walking over the text from left to right.
    pub(super) fn frames(&self) -> Frames<'_> {
        Frames(&self.views, 0)
    }
}

/// Finds the frames of places in the text of a scene.
pub(super) struct Frames<'s>(&'s [View<'s>], usize);

impl Frames<'_> {
    /// The frame of what ends here, which is not before the place asked for last.
    pub(super) fn at(&mut self, end: usize) -> usize {
        let Self(views, frame) = self;
        while views.get(*frame).is_some_and(|view| view.end < end) {
            *frame += 1;
        }
        *frame
    }
}

impl<'a> View<'a> {
    /// Appends what the frame says to `text`.
    fn of(frame: &'a Frame, platform: &str, text: &mut String) -> Self {
        let path = |path: &'a Option<String>| path.as_deref().filter(|path| !path.is_empty());
        let first = push_path(path(&frame.abs_path), text);
        let mut second = push_path(path(&frame.filename), text);
        let is_end = match (text.get(first.clone()), text.get(second.clone())) {
            (Some(first), Some(second)) => !second.is_empty() && first.ends_with(second),
            _ => false,
        };
        if is_end {
            // Most are: it is not searched twice.
            text.truncate(second.start);
            second = first.end - second.len()..first.end;
        }
        let [function, module] = [&frame.function, &frame.module];
        let [function, module] = [function, module].map(|name| name.as_deref().unwrap_or_default());
        push_lower(function, text);
        push_lower(module, text);
        let package = frame.package.as_deref();
        Self {
            frame,
            function,
            module,
            family: Family::of(frame, platform),
            paths: [first, second],
            package: package.map(|package| push_path(Some(package), text)),
            end: text.len(),
        }
    }
}

/// Appends the form of a path, and a line break, which is in no pattern.
fn push_path(path: Option<&str>, text: &mut String) -> Range<usize> {
    let start = text.len();
    let Some(path) = path else {
        return start..start;
    };
    GlobKind::Path.push_form(path, text);
    let end = text.len();
    text.push('\n');
    start..end
}

/// Appends a text letter by letter in lower case, and a line break.
fn push_lower(name: &str, text: &mut String) {
    if name.is_ascii() {
        GlobKind::Folded.push_form(name, text);
    } else {
        text.extend(name.chars().flat_map(char::to_lowercase));
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(abs_path: &str, filename: &str, function: &str) -> Frame {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Frame {
            abs_path: some(abs_path),
            filename: some(filename),
            function: some(function),
            ..Frame::default()
        }
    }

    #[test]
    fn a_path_that_ends_the_other_is_there_once() {
        let frames = [
            frame(r"C:\Srv\Shop.py", "shop.py", "Pay"),
            frame("/srv/shop.py", "hop.py", "\u{130}x"),
            frame("", "shop.py", ""),
        ];
        let scene = Scene::of(&frames, "python");
        let paths = |index: usize| scene.paths(scene.get(index).unwrap()).collect::<Vec<_>>();
        assert_eq!(paths(0), ["/c:/srv/shop.py", "/shop.py"]);
        assert_eq!(paths(1), ["/srv/shop.py", "/hop.py"]);
        assert_eq!(paths(2), ["/shop.py"]);
        let text = "/c:/srv/shop.py\npay\n\n/srv/shop.py\n/hop.py\ni\u{307}x\n\n/shop.py\n\n\n";
        assert_eq!(scene.text(), text);
    }

    #[test]
    fn places_in_the_text_belong_to_frames() {
        let frames = ["a", "b", "b"].map(|name| frame("", "", name));
        let scene = Scene::of(&frames, "python");
        let mut walk = scene.frames();
        let ends = scene.text().match_indices('b').map(|(at, _)| at + 1);
        assert_eq!(ends.map(|end| walk.at(end)).collect::<Vec<_>>(), [1, 2]);
    }
}
