//! How somebody likes to read an event: which frames, in which order. Pure.

/// How somebody likes to read stacks; remembered in a cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) frames: Frames,
    pub(crate) order: Order,
}

/// Which frames are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Frames {
    /// The application's; the others are folded.
    #[default]
    App,
    All,
    /// The whole trace as text.
    Raw,
}

/// Which end of a stack is on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    #[default]
    Newest,
    Oldest,
}

impl Reading {
    /// Reads `app.newest`: the cookie, with what the address asks for on top.
    pub(crate) fn read(cookie: &str, frames: &str, order: &str) -> Self {
        let (old_frames, old_order) = cookie.split_once('.').unwrap_or_default();
        let pick = |new, old| if str::is_empty(new) { old } else { new };
        Self {
            frames: match pick(frames, old_frames) {
                "all" => Frames::All,
                "raw" => Frames::Raw,
                _ => Frames::App,
            },
            order: match pick(order, old_order) {
                "oldest" => Order::Oldest,
                _ => Order::Newest,
            },
        }
    }

    /// The cookie's form.
    pub(crate) fn name(self) -> String {
        format!("{}.{}", self.frames_name(), self.order_name())
    }

    pub(crate) fn frames_name(self) -> &'static str {
        match self.frames {
            Frames::App => "app",
            Frames::All => "all",
            Frames::Raw => "raw",
        }
    }

    pub(crate) fn order_name(self) -> &'static str {
        match self.order {
            Order::Newest => "newest",
            Order::Oldest => "oldest",
        }
    }
}
