//! What customers do: requests with other data every time, and the fault that each of them meets.

mod dice;
mod shop;

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::time::Duration;

use dice::Dice;
use shop::{Cache, Shelf};

enum Request {
    Import(u64, String),
    Pack(u64, String, String),
    Look(u64, usize),
    Take(u64, u64),
    CacheOfNumbers(u64),
    CacheOfNames(String),
    Cart(Option<u64>),
    User,
    Coupon(String),
    Depth(String),
    Thread(u64),
    Report(String),
}

fn requests(dice: &mut Dice) -> Vec<(&'static str, Request)> {
    let price = format!("{},{}", dice.number(2), dice.number(2));
    let weight = format!("{}kg", dice.number(2));
    let nested = format!("{}x{}", "(".repeat(dice.below(5) as usize), dice.number(2));
    let cached = match dice.below(2) {
        0 => Request::CacheOfNumbers(dice.number(5)),
        _ => Request::CacheOfNames(dice.uuid()),
    };
    let parcel = format!("parcel {} was weighed {} times", dice.uuid(), dice.number(1));
    let stalled = format!("pump 0x{:x} stalled for {}s", dice.number(7), dice.number(2));
    vec![
        ("import-price", Request::Import(dice.number(4), price)),
        ("pack-count", Request::Pack(dice.number(6), "two".to_owned(), String::new())),
        ("pack-weight", Request::Pack(dice.number(6), "2".to_owned(), weight)),
        ("shelf-place", Request::Look(dice.number(1), dice.number(3) as usize)),
        ("shelf-take", Request::Take(dice.number(1), dice.number(3))),
        ("cache-miss", cached),
        ("cart-none", Request::Cart(None)),
        ("user-none", Request::User),
        ("coupon-text", Request::Coupon(format!("{}%", dice.number(2)))),
        ("depth-byte", Request::Depth(nested)),
        ("thread-picture", Request::Thread(dice.number(4))),
        ("log-parcel", Request::Report(parcel)),
        ("log-pump", Request::Report(stalled)),
    ]
}

//2// /// Seconds to wait before the next attempt.
//2// fn backoff(attempt: u32) -> u64 {
//2//     2_u64.pow(attempt).min(60)
//2// }
//2//
fn handle(request: Request) {
    //2// assert!(backoff(1) > 0);
    match request {
        Request::Import(line, text) => {
            if let Err(error) = shop::import(line, &text) {
                sentry::capture_error(&error);
            }
        }
        Request::Pack(order, count, weight) => {
            if let Err(error) = shop::pack(order, &count, &weight) {
                sentry::capture_error(&error);
            }
        }
        Request::Look(count, place) => {
            Shelf::new(count).item(place);
        }
        Request::Take(count, wanted) => {
            Shelf::new(count).take(wanted);
        }
        Request::CacheOfNumbers(key) => {
            Cache::new().get(&key);
        }
        Request::CacheOfNames(key) => {
            Cache::new().get(&key);
        }
        Request::Cart(cart) => {
            shop::cart_total(cart);
        }
        Request::User => {
            shop::user_name(None);
        }
        Request::Coupon(text) => {
            shop::coupon(&text);
        }
        Request::Depth(text) => {
            shop::depth(text.as_bytes(), 0);
        }
        Request::Thread(width) => resize_in_a_thread(width),
        Request::Report(text) => {
            sentry::capture_message(&text, sentry::Level::Error);
        }
    }
}

fn resize_in_a_thread(width: u64) {
    let hub = sentry::Hub::new_from_top(sentry::Hub::current());
    let resize = move || {
        sentry::Hub::run(hub.into(), || {
            let height = width - width;
            assert!(height > 0, "picture of {width}x{height} has no area");
        });
    };
    // What the thread says is reported by the hook of panics.
    let _ = std::thread::spawn(resize).join();
}

fn main() {
    let release = std::env::var("RELEASE").expect("RELEASE is set");
    let rounds: u32 = std::env::var("ROUNDS").map_or(2, |rounds| rounds.parse().expect("a number"));
    let mut dice = Dice::new(&release);
    let mut options = sentry::ClientOptions::default();
    options.release = Some(release.into());
    options.environment = Some("live".into());
    options.server_name = Some("stock-1".into());
    let client = sentry::init(options);
    for _ in 0..rounds {
        for (fault, request) in requests(&mut dice) {
            let user = dice.number(4).to_string();
            sentry::configure_scope(|scope| {
                scope.set_tag("fault", format!("rust-{fault}"));
                scope.set_transaction(Some(["/de", "/en"][dice.below(2) as usize]));
                scope.set_user(Some(sentry::User {
                    id: Some(user),
                    ..Default::default()
                }));
            });
            let _ = catch_unwind(AssertUnwindSafe(|| handle(request)));
        }
        client.flush(Some(Duration::from_secs(10)));
    }
}
