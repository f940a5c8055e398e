//! What goes wrong in the shop.

use watchpost_model::Priority;

use crate::cast::{INES, PAYMENTS, ROBIN, SAMIRA, TOMAS};
use crate::fault::{At, Fault, PLAIN, Said, Talk, at};
use crate::story::Story;

const PLACE_ORDER: At = at(
    "checkout.py",
    "place_order",
    "receipt = gateway.charge",
    &[
        ("amount", "Decimal('{money}')"),
        ("order", "<Order: {order}>"),
        ("form", "<AddressForm bound=True, valid=True>"),
        ("basket", "<Basket: {small} lines>"),
    ],
);
const CHARGE: At = at(
    "gateway.py",
    "charge",
    "answer = post(",
    &[
        ("order", "<Order: {order}>"),
        ("amount", "Decimal('{money}')"),
        ("body", "{'order': '{order}', 'cents': {cents}}"),
    ],
);
const RESERVE: At = at(
    "checkout.py",
    "place_order",
    "labels.reserve(",
    &[
        ("order", "<Order: {order}>"),
        ("receipt", "<Receipt: ch_{hex}>"),
    ],
);

pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        name: "gateway-timeout",
        kind: "GatewayTimeout",
        text: "/charges",
        cause: Some((
            "ReadTimeout",
            "pay.example.com:443: no answer within 4 seconds",
            &[at(
                "gateway.py",
                "post",
                "answer = requests.post",
                &[("path", "'/charges'"), ("idempotency_key", "'{hex}'")],
            )],
        )),
        stack: &[
            PLACE_ORDER,
            CHARGE,
            at(
                "gateway.py",
                "post",
                "raise GatewayTimeout",
                &[
                    ("path", "'/charges'"),
                    ("body", "{'order': '{order}', 'cents': {cents}}"),
                    ("headers", "{'Idempotency-Key': '{hex}'}"),
                ],
            ),
        ],
        route: "/checkout/",
        weight: 60,
        story: Story::Spike,
        talk: &[
            Talk(100, TOMAS, Said::AssignTeam(PAYMENTS)),
            Talk(
                99,
                INES,
                Said::Comment("The gateway says on its status page that one of its zones is down."),
            ),
            Talk(
                96,
                TOMAS,
                Said::Comment("Back since twenty minutes. Orders that failed were not charged."),
            ),
            Talk(95, ROBIN, Said::Bookmark),
        ],
        ..PLAIN
    },
    Fault {
        name: "card-declined",
        level: "warning",
        kind: "CardDeclined",
        text: "insufficient funds (order {order})",
        stack: &[
            PLACE_ORDER,
            at(
                "gateway.py",
                "charge",
                "raise CardDeclined",
                &[
                    (
                        "answer",
                        "{'state': 'declined', 'reason': 'insufficient funds'}",
                    ),
                    ("order", "<Order: {order}>"),
                ],
            ),
        ],
        route: "/checkout/",
        weight: 50,
        story: Story::UntilEscalating,
        talk: &[Talk(
            371,
            INES,
            Said::Comment("Customers can help themselves here. Only of interest when it is many."),
        )],
        ..PLAIN
    },
    Fault {
        name: "no-zone",
        kind: "KeyError",
        text: "'{country}'",
        stack: &[
            RESERVE,
            at(
                "labels.py",
                "reserve",
                "zone = ZONES",
                &[
                    ("address", "<Address: {name}, {country}>"),
                    ("order", "<Order: {order}>"),
                ],
            ),
        ],
        route: "/checkout/",
        weight: 16,
        story: Story::Regressed,
        talk: &[
            Talk(
                331,
                INES,
                Said::Comment("Zones for all countries we sell to are in 7.14.0."),
            ),
            Talk(
                70,
                SAMIRA,
                Said::Comment("Not for the ones that were added on Monday, it seems."),
            ),
            Talk(69, SAMIRA, Said::AssignPerson(SAMIRA)),
        ],
        ..PLAIN
    },
    Fault {
        name: "label-latin",
        kind: "UnicodeEncodeError",
        text: "'latin-1' codec can't encode characters in position 0-{small}: ordinal not in range",
        stack: &[
            RESERVE,
            at(
                "labels.py",
                "render_label",
                "encoded =",
                &[
                    ("lines", "['{name}', 'Hauptstraße {small}', '{n} {city}']"),
                    ("parcel", "<Parcel: {order}>"),
                ],
            ),
        ],
        route: "/parcels/{id}/label/",
        weight: 9,
        story: Story::Ongoing(650),
        talk: &[
            Talk(
                400,
                SAMIRA,
                Said::Comment("Everybody whose name is not of the West. The printer takes UTF-8."),
            ),
            Talk(399, SAMIRA, Said::Prioritize(Priority::High)),
        ],
        ..PLAIN
    },
    Fault {
        name: "voucher-zero",
        level: "fatal",
        kind: "DivisionByZero",
        text: "[<class 'decimal.DivisionByZero'>]",
        stack: &[
            at(
                "checkout.py",
                "place_order",
                "amount = baskets.total",
                &[
                    ("order", "<Order: {order}>"),
                    ("basket", "<Basket: {small} lines>"),
                ],
            ),
            at(
                "basket.py",
                "total",
                "amount -=",
                &[
                    ("amount", "Decimal('{money}')"),
                    ("voucher", "<Voucher: SPRING percent=15 base=0>"),
                ],
            ),
        ],
        route: "/checkout/",
        weight: 5,
        story: Story::New(52),
        talk: &[Talk(40, INES, Said::AssignPerson(INES))],
        ..PLAIN
    },
    Fault {
        name: "basket-version",
        kind: "KeyError",
        text: "'basket'",
        stack: &[
            at(
                "checkout.py",
                "place_order",
                "basket = baskets.restore",
                &[],
            ),
            at(
                "basket.py",
                "restore",
                "stored = session",
                &[("session", "<SessionStore: {hex}>")],
            ),
        ],
        route: "/checkout/",
        weight: 22,
        story: Story::Ongoing(700),
        ..PLAIN
    },
    Fault {
        name: "merge-lost-line",
        kind: "KeyError",
        text: "'{sku}'",
        stack: &[at(
            "basket.py",
            "merge",
            "known = owned.by_sku",
            &[
                ("guest", "<Basket: {small} lines>"),
                ("line", "<Line: {sku} {n} g>"),
                ("owned", "<Basket: {small} lines>"),
            ],
        )],
        route: "/account/sign-in/",
        weight: 12,
        story: Story::ResolvedInNext,
        ..PLAIN
    },
    Fault {
        name: "no-loyalty-card",
        kind: "AttributeError",
        text: "'NoneType' object has no attribute 'stamps'",
        stack: &[at(
            "checkout.py",
            "thank_you",
            "stamp = order",
            &[("number", "'{order}'"), ("order", "<Order: {order}>")],
        )],
        route: "/checkout/thanks/{id}/",
        weight: 14,
        story: Story::RegressedInNext,
        talk: &[Talk(
            321,
            SAMIRA,
            Said::Comment("Guests have no card. Repaired on main, will be in the next release."),
        )],
        ..PLAIN
    },
    Fault {
        name: "reorder-gone",
        kind: "DoesNotExist",
        text: "Tea matching query does not exist: {sku}",
        stack: &[
            at(
                "checkout.py",
                "reorder",
                "baskets.add(",
                &[("line", "<Line: {sku} {n} g>")],
            ),
            at(
                "basket.py",
                "add",
                "price=price_of",
                &[("sku", "'{sku}'"), ("grams", "{n}")],
            ),
        ],
        route: "/orders/{id}/again/",
        weight: 8,
        story: Story::Snoozed,
        ..PLAIN
    },
    Fault {
        name: "nightly-empty",
        kind: "ZeroDivisionError",
        text: "division by zero",
        stack: &[at(
            "tasks.py",
            "nightly_sales",
            "average =",
            &[("day", "'{small}'"), ("rows", "[]")],
        )],
        route: "kranich.reports.tasks.nightly_sales",
        weight: 3,
        story: Story::Nightly,
        ..PLAIN
    },
    Fault {
        name: "reindex-deadlock",
        kind: "OperationalError",
        text: "deadlock detected: process {n} waits for a lock of process {n}",
        stack: &[at(
            "tasks.py",
            "reindex",
            "for tea in",
            &[("batch", "{small}")],
        )],
        route: "kranich.catalogue.tasks.reindex",
        weight: 11,
        story: Story::Escalating,
        ..PLAIN
    },
    Fault {
        name: "harvest-columns",
        kind: "ValueError",
        text: "zip() argument 2 is shorter than argument 1 in /srv/harvest/{tea}.csv",
        stack: &[at(
            "tasks.py",
            "import_harvest",
            "return [dict(zip",
            &[
                ("path", "'/srv/harvest/{tea}.csv'"),
                ("header", "['sku', 'garden', 'picked', 'grams']"),
            ],
        )],
        route: "kranich.catalogue.tasks.import_harvest",
        weight: 2,
        story: Story::Resolved,
        ..PLAIN
    },
    Fault {
        name: "refund-too-much",
        kind: "ValueError",
        text: "refund of {n} exceeds {n} paid",
        stack: &[at(
            "gateway.py",
            "refund",
            "raise ValueError",
            &[("cents", "{n}"), ("order", "<Order: {order}>")],
        )],
        route: "/admin/refunds/",
        weight: 2,
        story: Story::New(120),
        ..PLAIN
    },
    Fault {
        name: "slow-query",
        level: "warning",
        text: "query took %s ms for %s rows",
        logger: "kranich.slow",
        route: "/teas/",
        weight: 26,
        story: Story::Forever,
        ..PLAIN
    },
    Fault {
        name: "newsletter-title",
        level: "info",
        text: "the newsletter of this month goes to everybody who has bought green tea, white tea, \
               oolong, a scale, a tin, a strainer, a pot of glass or a voucher since last spring, \
               has not said that they do not want it, has an address that did not bounce twice, \
               lives where we may send it, and has not had one within the last eleven days",
        logger: "kranich.newsletter",
        route: "kranich.letters.tasks.select",
        weight: 2,
        story: Story::Nightly,
        ..PLAIN
    },
    Fault {
        name: "health-probe",
        level: "info",
        kind: "DisallowedHost",
        text: "invalid HTTP_HOST header: 'scanner-{n}.example.net'",
        stack: &[at("checkout.py", "reorder", "old = request.user", &[])],
        route: "/",
        weight: 18,
        story: Story::Discarded,
        ..PLAIN
    },
];
