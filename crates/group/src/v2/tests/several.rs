//! Complaints about other trackers, by the number of the case: one place that many errors pass
//! through. By default that is one issue; a switch or a rule makes several of it.

use super::*;

/// By default `one` and `two` are one issue. With `grouping` they are two, and `again`, which is
/// `one` with other numbers, is `one` still.
fn check(grouping: &Grouping, [one, two, again]: [Value; 3]) {
    check_same(one.clone(), two.clone());
    assert!(!is_one(grouping, &one, &two), "{one} and {two}");
    assert!(is_one(grouping, &one, &again), "{one} and {again}");
}

fn split_all() -> Grouping {
    Grouping {
        split_by_message: true,
        ..Grouping::default()
    }
}

fn fingerprint_rules(text: &str) -> Grouping {
    Grouping {
        fingerprint_rules: text.to_owned(),
        ..Grouping::default()
    }
}

fn own(path: &str, function: &str) -> Value {
    json!({"abs_path": path, "filename": path, "function": function, "in_app": true})
}

/// sentry#3229, sentry-react-native#2117.
#[test]
fn case_16_one_throw_site_several_messages_or_codes() {
    let of = |value: &str| {
        let frames = json!([own("app:///shop.js", "pay"), own("app:///http.js", "send")]);
        raised("javascript", "ApiError", value, frames)
    };
    let messages = ["no such card", "card 7 is locked", "no such card"];
    check(&split_all(), messages.map(of));
    let messages = ["row 7 is locked", "no such row", "row 12 is locked"];
    check(&split_all(), messages.map(of));
    // Codes are numbers, so they have to be asked for.
    let codes = ["status 404", "status 500", "status 404"];
    let by_code = fingerprint_rules("error.type:ApiError -> {{ default }}, {{ raw_value }}");
    check(&by_code, codes.map(of));
}

/// sentry#42006.
#[test]
fn case_17_a_wrapper_that_reports_every_child_process() {
    let of = |value: &str| {
        let frames = json!([
            own("/srv/app/deploy.js", "deploy"),
            own("/srv/app/exec.js", "execCommand")
        ]);
        raised("node", "Error", value, frames)
    };
    let values = [
        "Command failed: git fetch, code 128",
        "Command failed: npm ci, code 1",
        "Command failed: git fetch, code 1",
    ];
    check(&stack_rules("function:execCommand +split"), values.map(of));
    let elsewhere = stack_rules("function:deploy +split");
    let [one, two, _] = values.map(of);
    assert!(
        is_one(&elsewhere, &one, &two),
        "only the last frame of the application"
    );
}

/// sentry-javascript#16409.
#[test]
fn case_18_all_errors_of_a_framework() {
    let of = |value: &str| {
        let library = "/srv/node_modules/@trpc/server/dist/middleware.js";
        let frames = json!([
            own("/srv/app/router.js", "guard"),
            {"abs_path": library, "filename": library, "function": "callRecursive", "in_app": false}
        ]);
        raised("node", "TRPCError", value, frames)
    };
    let values = ["UNAUTHORIZED", "order 7 not found", "UNAUTHORIZED"];
    check(&split_all(), values.map(of));
    let by_value = fingerprint_rules("error.type:TRPCError -> {{ default }}, {{ value }}");
    let values = ["order 7 not found", "UNAUTHORIZED", "order 8 not found"];
    check(&by_value, values.map(of));
}

/// zulip-mobile#3864. That the title of an issue stays that of its first event is the store's.
#[test]
fn case_19_all_errors_of_an_api_client() {
    let of = |value: &str| {
        let frames = json!([own("app:///api/apiFetch.js", "apiCall")]);
        raised("javascript", "ApiError", value, frames)
    };
    let values = ["Invalid API key", "Invalid message(s)", "Invalid API key"];
    check(&stack_rules("function:apiCall +split"), values.map(of));
    let [one, two, _] = values.map(of);
    let titles = [one, two].map(|event| grouped(&event).title);
    assert_eq!(
        titles,
        ["ApiError: Invalid API key", "ApiError: Invalid message(s)"]
    );
}

/// bugsnag-dotnet#160.
#[test]
fn case_22_a_generic_exception_whose_message_is_the_cause() {
    let of = |value: &str| {
        let frames = json!([{"module": "Shop.Jobs.Runner", "function": "Fail", "in_app": true}]);
        raised("csharp", "System.Exception", value, frames)
    };
    let values = ["Queue 7 is full", "No licence", "Queue 9 is full"];
    check(&split_all(), values.map(of));
}

/// driftctl#330.
#[test]
fn case_23_errors_of_a_go_program_that_all_pass_one_function() {
    let of = |value: &str| {
        let frames = json!([{"module": "main", "function": "reportAndExit", "in_app": true}]);
        raised("go", "*errors.errorString", value, frames)
    };
    let values = ["no credentials", "bucket 7 is gone", "no credentials"];
    let split = stack_rules("module:main function:reportAndExit +split");
    check(&split, values.map(of));
}
