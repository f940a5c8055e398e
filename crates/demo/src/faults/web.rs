//! What goes wrong in browsers. Their code is minified: a place is a column of one long line.

use crate::cast::{INES, Program, WINDOW, YUKI};
use crate::fault::{At, Fault, PLAIN, Said, Talk, at};
use crate::story::Story;

const WEB: Fault = Fault {
    program: Program::Web,
    ..PLAIN
};

const APP: &str = "static/js/app.min.js";
const CHECKOUT: &str = "static/js/checkout.min.js";
const SEARCH: &str = "static/js/search.min.js";

const fn min(file: &'static str, function: &'static str, column: &'static str) -> At {
    at(file, function, column, &[])
}

pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        name: "title-undefined",
        kind: "TypeError",
        text: "Cannot read properties of undefined (reading 'trim')",
        stack: &[
            min(APP, "dispatchInput", "20114"),
            min(SEARCH, "onType", "8112"),
            at("api.ts", "suggestions", "return found.hits", &[]),
        ],
        route: "/search",
        weight: 44,
        story: Story::New(97),
        talk: &[
            Talk(60, YUKI, Said::AssignPerson(YUKI)),
            Talk(
                58,
                YUKI,
                Said::Comment("New hits without a title come from the index since 3.46.0."),
            ),
        ],
        ..WEB
    },
    Fault {
        name: "http-502",
        kind: "HttpError",
        text: "502 /basket",
        stack: &[
            min(APP, "loadBasket", "31877"),
            at("api.ts", "get", "throw new HttpError", &[]),
        ],
        route: "/basket",
        weight: 34,
        story: Story::Ongoing(700),
        ..WEB
    },
    Fault {
        name: "stale-checkout",
        kind: "StaleTab",
        text: "part {hex} of the page is of a release that is gone",
        stack: &[
            min(APP, "loadChunk", "1204"),
            min(APP, "openCheckout", "1380"),
        ],
        route: "/checkout",
        weight: 20,
        story: Story::Ongoing(500),
        talk: &[Talk(
            206,
            YUKI,
            Said::Comment("All three are the same: an old tab after a new release."),
        )],
        ..WEB
    },
    Fault {
        name: "stale-search",
        kind: "StaleTab",
        text: "part {hex} of the page is of a release that is gone",
        stack: &[
            min(SEARCH, "loadSearch", "977"),
            min(SEARCH, "openSearch", "1034"),
        ],
        route: "/search",
        weight: 8,
        story: Story::MergedInto("stale-checkout"),
        ..WEB
    },
    Fault {
        name: "stale-account",
        kind: "StaleTab",
        text: "styles {hex} of the page are of a release that is gone",
        stack: &[
            min(APP, "loadStyles", "5520"),
            min(APP, "openAccount", "5733"),
        ],
        route: "/account",
        weight: 6,
        story: Story::MergedInto("stale-checkout"),
        ..WEB
    },
    Fault {
        name: "resize-loop",
        level: "warning",
        kind: "Error",
        text: "ResizeObserver loop completed with undelivered notifications.",
        stack: &[min(APP, "measureShelf", "44120")],
        route: "/teas",
        weight: 40,
        story: Story::Forever,
        talk: &[Talk(
            481,
            YUKI,
            Said::Comment("Harmless. Browsers say this when they are busy."),
        )],
        ..WEB
    },
    Fault {
        name: "quota-exceeded",
        kind: "QuotaExceededError",
        text: "Failed to execute 'setItem' on 'Storage': the quota has been exceeded.",
        stack: &[min(APP, "rememberTeas", "27310")],
        route: "/teas/{id}",
        weight: 7,
        story: Story::UntilCount,
        ..WEB
    },
    Fault {
        name: "abort",
        level: "info",
        kind: "AbortError",
        text: "The user aborted a request.",
        stack: &[
            min(SEARCH, "onType", "8190"),
            at("api.ts", "get", "const answer = await fetch", &[]),
        ],
        route: "/search",
        weight: 30,
        story: Story::UntilEscalating,
        ..WEB
    },
    Fault {
        name: "pay-button",
        kind: "ReferenceError",
        text: "paySheet is not defined",
        stack: &[
            min(CHECKOUT, "onPay", "14002"),
            min(CHECKOUT, "openSheet", "14377"),
        ],
        route: "/checkout",
        weight: 12,
        story: Story::Regressed,
        talk: &[
            Talk(
                331,
                INES,
                Said::Comment("The script of the sheet is loaded before ours now."),
            ),
            Talk(60, INES, Said::AssignTeam(WINDOW)),
        ],
        ..WEB
    },
    Fault {
        name: "rtl-address",
        kind: "RangeError",
        text: "عنوان غير صالح: الرمز البريدي {n} غير معروف",
        stack: &[min(CHECKOUT, "checkAddress", "9821")],
        route: "/checkout/address",
        weight: 6,
        story: Story::Ongoing(420),
        ..WEB
    },
    Fault {
        name: "japanese-date",
        kind: "RangeError",
        text: "無効な日付です: 令和{small}年{small}月 ({name} 様)",
        stack: &[min(CHECKOUT, "pickDate", "11876")],
        route: "/checkout/date",
        weight: 5,
        story: Story::Resolved,
        ..WEB
    },
    Fault {
        name: "long-message",
        level: "warning",
        text: "the basket of this browser and the basket of the server are not the same after \
               three attempts to bring them together: \
               local=[%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s] \
               remote=[%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s]",
        logger: "basket.sync",
        route: "/basket",
        weight: 7,
        story: Story::Snoozed,
        ..WEB
    },
    Fault {
        name: "unhandled-rejection",
        kind: "UnhandledRejection",
        text: "Object captured as promise rejection with keys: code, retry",
        stack: &[min(APP, "trackView", "39001")],
        route: "/teas/{id}",
        weight: 10,
        story: Story::ResolvedInNext,
        ..WEB
    },
    Fault {
        name: "extension",
        kind: "TypeError",
        text: "Cannot redefine property: wallet",
        stack: &[at(
            "chrome-extension://kranich/inject.js",
            "inject",
            "210",
            &[],
        )],
        route: "/teas",
        weight: 20,
        story: Story::Filtered,
        ..WEB
    },
];
