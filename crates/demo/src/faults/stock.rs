//! What goes wrong in the service that counts the stock.

use crate::cast::{BO, Program, SAMIRA, WAREHOUSE};
use crate::fault::{Fault, PLAIN, Said, Talk, at};
use crate::story::Story;

const STOCK: Fault = Fault {
    program: Program::Stock,
    ..PLAIN
};

pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        name: "shelf-panic",
        level: "fatal",
        kind: "panic",
        text: "a shelf holds what it says",
        stack: &[at(
            "levels.rs",
            "stock_keeper::levels::Levels::take",
            ".expect(",
            &[],
        )],
        route: "POST /shelves/take",
        weight: 9,
        story: Story::Regressed,
        talk: &[
            Talk(75, BO, Said::AssignTeam(WAREHOUSE)),
            Talk(
                66,
                SAMIRA,
                Said::Comment("Two pickers at one shelf. The lock is per request, not per shelf."),
            ),
        ],
        ..STOCK
    },
    Fault {
        name: "move-panic",
        level: "fatal",
        kind: "panic",
        text: "called `Option::unwrap()` on a `None` value",
        stack: &[at(
            "levels.rs",
            "stock_keeper::levels::Levels::move_to",
            ".unwrap()",
            &[],
        )],
        route: "POST /shelves/move",
        weight: 3,
        story: Story::New(49),
        ..STOCK
    },
    Fault {
        name: "sold-out",
        level: "info",
        kind: "StockError::SoldOut",
        text: "{sku} is sold out",
        stack: &[at(
            "levels.rs",
            "stock_keeper::levels::Levels::take",
            ".ok_or(",
            &[],
        )],
        route: "POST /shelves/take",
        weight: 18,
        story: Story::UntilEscalating,
        ..STOCK
    },
    Fault {
        name: "scale-number",
        kind: "StockError::Scale",
        text: "invalid digit found in string",
        cause: Some((
            "ParseIntError",
            "invalid digit found in string",
            &[at(
                "scale.rs",
                "stock_keeper::scale::read",
                "let text =",
                &[],
            )],
        )),
        stack: &[at(
            "scale.rs",
            "stock_keeper::scale::read",
            "let grams =",
            &[],
        )],
        route: "scale",
        weight: 12,
        story: Story::Ongoing(680),
        ..STOCK
    },
    Fault {
        name: "scale-bounds",
        level: "fatal",
        kind: "panic",
        text: "index out of bounds: the len is 0 but the index is 0",
        stack: &[at(
            "scale.rs",
            "stock_keeper::scale::settle",
            "readings[middle]",
            &[],
        )],
        route: "scale",
        weight: 2,
        story: Story::ResolvedInNext,
        ..STOCK
    },
    Fault {
        name: "scale-silent",
        level: "warning",
        kind: "Timeout",
        text: "the scale {small} did not answer within 400 ms",
        stack: &[at(
            "scale.rs",
            "stock_keeper::scale::read",
            "let length =",
            &[],
        )],
        route: "scale",
        weight: 10,
        story: Story::UntilCount,
        ..STOCK
    },
    Fault {
        name: "count-differs",
        level: "warning",
        text: "shelf %s holds %s g, the ledger says %s g",
        logger: "stock_keeper::nightly",
        route: "nightly",
        weight: 6,
        story: Story::Nightly,
        ..STOCK
    },
];
