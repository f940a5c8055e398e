//! What goes wrong in the worker that sends mails.

use crate::cast::{BO, Program, YUKI};
use crate::fault::{At, Fault, PLAIN, Said, Talk, at};
use crate::story::Story;

const COURIER: Fault = Fault {
    program: Program::Courier,
    ..PLAIN
};

const WORK: At = at("queue.js", "work", "await handle(job)", &[]);
const HANDLE: At = at(
    "queue.js",
    "handle",
    "await send(",
    &[
        ("job", "Job { id: {n}, attempts: {small} }"),
        ("template", "\"parcel-sent\""),
    ],
);

pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        name: "delivery-451",
        kind: "DeliveryError",
        text: "451 greylisted, try again in {n} seconds",
        stack: &[
            WORK,
            HANDLE,
            at(
                "mailer.js",
                "send",
                "throw new DeliveryError",
                &[
                    ("answer", "{ code: 451 }"),
                    ("recipient", "Recipient { {email} }"),
                ],
            ),
        ],
        route: "mail.send",
        weight: 24,
        story: Story::Forever,
        ..COURIER
    },
    Fault {
        name: "fact-missing",
        kind: "TypeError",
        text: "Cannot read properties of undefined (reading 'toString')",
        stack: &[
            WORK,
            HANDLE,
            at(
                "mailer.js",
                "send",
                "const mail = render",
                &[("facts", "{ tea: \"{tea}\" }")],
            ),
            at(
                "templates.js",
                "render",
                "return template.replace",
                &[("key", "\"voucher\""), ("name", "\"birthday\"")],
            ),
        ],
        route: "mail.send",
        weight: 15,
        story: Story::New(73),
        talk: &[Talk(
            50,
            YUKI,
            Said::Comment(
                "The birthday mail has a voucher since 2.0.0, but not everybody gets one.",
            ),
        )],
        ..COURIER
    },
    Fault {
        name: "payload-json",
        kind: "SyntaxError",
        text: "Unexpected end of JSON input",
        stack: &[
            WORK,
            at(
                "queue.js",
                "handle",
                "JSON.parse(job.payload)",
                &[("job", "Job { id: {n}, payload: '{\"recipient\":' }")],
            ),
        ],
        route: "mail.send",
        weight: 6,
        story: Story::Regressed,
        ..COURIER
    },
    Fault {
        name: "too-many-tries",
        kind: "Error",
        text: "job {n} was tried {small} times",
        stack: &[
            WORK,
            at(
                "queue.js",
                "handle",
                "throw new Error",
                &[("job", "Job { id: {n} }")],
            ),
        ],
        route: "mail.send",
        weight: 10,
        story: Story::Ongoing(640),
        ..COURIER
    },
    Fault {
        name: "smtp-refused",
        level: "fatal",
        kind: "Error",
        text: "connect ECONNREFUSED 192.0.2.{small}:587",
        stack: &[
            WORK,
            HANDLE,
            at("mailer.js", "send", "connection ??= await", &[]),
        ],
        route: "mail.send",
        weight: 9,
        story: Story::Escalating,
        talk: &[Talk(
            291,
            BO,
            Said::Comment("Restarts of the mail server. A few are no trouble, many would be."),
        )],
        ..COURIER
    },
    Fault {
        name: "template-missing",
        kind: "Error",
        text: "ENOENT: no such file or directory, open 'templates/spring.txt'",
        stack: &[
            HANDLE,
            at(
                "templates.js",
                "render",
                "const template = load",
                &[("name", "\"spring\"")],
            ),
            at(
                "templates.js",
                "load",
                "cache.set(name",
                &[("name", "\"spring\"")],
            ),
        ],
        route: "mail.send",
        weight: 4,
        story: Story::Resolved,
        ..COURIER
    },
    Fault {
        name: "bad-origin",
        kind: "TypeError",
        text: "Invalid URL",
        stack: &[
            HANDLE,
            at(
                "mailer.js",
                "unsubscribeLink",
                "return new URL",
                &[("recipient", "Recipient { {email} }")],
            ),
        ],
        route: "mail.unsubscribe",
        weight: 3,
        story: Story::ResolvedInNext,
        ..COURIER
    },
    Fault {
        name: "queue-long",
        level: "warning",
        text: "%s jobs wait, and nobody takes them",
        logger: "courier.queue",
        route: "queue.watch",
        weight: 8,
        story: Story::Nightly,
        ..COURIER
    },
    Fault {
        name: "hebrew-subject",
        level: "warning",
        text: "נושא ההודעה ארוך מדי ונחתך: תה ירוק מהאביב (%s)",
        logger: "courier.subject",
        route: "mail.send",
        weight: 2,
        story: Story::Ongoing(500),
        ..COURIER
    },
];
