//! How somebody likes to read an event: which frames, in which order; and its breadcrumbs. Pure.

/// How somebody likes to read events; remembered in a cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) frames: Frames,
    pub(crate) order: Order,
    /// Whether the error stands above what led to it.
    pub(crate) steps: StepOrder,
    pub(crate) times: StepTimes,
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

/// Which end of the breadcrumbs is on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum StepOrder {
    #[default]
    Oldest,
    Newest,
}

/// What the time of a breadcrumb is counted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum StepTimes {
    /// The time of day.
    #[default]
    Clock,
    /// From the error back.
    Before,
}

impl Reading {
    /// Reads `app.newest.oldest.clock`: the cookie, with what the address asks for on top. An order
    /// that begins with `steps-` is about the breadcrumbs.
    pub(crate) fn read(cookie: &str, frames: &str, order: &str) -> Self {
        let mut old = cookie.split('.');
        let mut part = || old.next().unwrap_or_default();
        let (old_frames, old_order, old_steps, old_times) = (part(), part(), part(), part());
        let steps = order.strip_prefix("steps-");
        let order = if steps.is_some() { "" } else { order };
        let (of_steps, of_times) = match steps {
            Some(word @ ("newest" | "oldest")) => (word, ""),
            Some(word) => ("", word),
            None => ("", ""),
        };
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
            steps: match pick(of_steps, old_steps) {
                "newest" => StepOrder::Newest,
                _ => StepOrder::Oldest,
            },
            times: match pick(of_times, old_times) {
                "before" => StepTimes::Before,
                _ => StepTimes::Clock,
            },
        }
    }

    /// The cookie's form.
    pub(crate) fn name(self) -> String {
        let (frames, order) = (self.frames_name(), self.order_name());
        let (steps, times) = (self.steps_name(), self.times_name());
        format!("{frames}.{order}.{steps}.{times}")
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

    pub(crate) fn steps_name(self) -> &'static str {
        match self.steps {
            StepOrder::Oldest => "oldest",
            StepOrder::Newest => "newest",
        }
    }

    pub(crate) fn times_name(self) -> &'static str {
        match self.times {
            StepTimes::Clock => "clock",
            StepTimes::Before => "before",
        }
    }
}
