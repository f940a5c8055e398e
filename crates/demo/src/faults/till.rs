//! What goes wrong in the till that speaks the protocol of 2010.

use crate::cast::{BO, Program, TOMAS};
use crate::fault::{Fault, PLAIN, Said, Talk, at};
use crate::story::Story;

const TILL: Fault = Fault {
    program: Program::Till,
    ..PLAIN
};

pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        name: "receipt-ascii",
        kind: "UnicodeEncodeError",
        text: "'ascii' codec can't encode character u'\\u20ac' in position {small}",
        stack: &[
            at("till.py", "ring_up", "printer.print_receipt", &[]),
            at("printer.py", "print_receipt", "paper =", &[]),
        ],
        route: "till.views.ring_up",
        weight: 12,
        story: Story::Ongoing(700),
        talk: &[Talk(
            500,
            BO,
            Said::Comment("Since 2010, says the oldest receipt. It prints without the sign."),
        )],
        ..TILL
    },
    Fault {
        name: "drawer-differs",
        kind: "ValueError",
        text: "drawer {small} differs by {n}",
        stack: &[at("till.py", "close_day", "raise ValueError", &[])],
        route: "till.views.close_day",
        weight: 4,
        story: Story::Nightly,
        ..TILL
    },
    Fault {
        name: "printer-gone",
        kind: "error",
        text: "[Errno 113] No route to host",
        stack: &[
            at("till.py", "ring_up", "printer.print_receipt", &[]),
            at("printer.py", "print_receipt", "connection = socket", &[]),
        ],
        route: "till.views.ring_up",
        weight: 8,
        story: Story::Resolved,
        talk: &[Talk(297, TOMAS, Said::Comment("The cable."))],
        ..TILL
    },
    Fault {
        name: "no-drawer",
        kind: "DoesNotExist",
        text: "Drawer matching query does not exist.",
        stack: &[at("till.py", "ring_up", "drawer = Drawer", &[])],
        route: "till.views.ring_up",
        weight: 3,
        story: Story::New(30),
        ..TILL
    },
    Fault {
        name: "clock-late",
        level: "warning",
        text: "the clock of this till is late",
        logger: "till.clock",
        route: "",
        weight: 5,
        story: Story::Forever,
        ..TILL
    },
];
