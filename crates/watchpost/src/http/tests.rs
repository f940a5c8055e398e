//! The deadlines of a connection on a clock that the tests turn, and what is refused on it.

use std::time::Duration;

use axum::body::Bytes;
use axum::routing::any;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, advance, sleep};

use super::*;
use crate::limits::{IDLE_TIMEOUT, LINGER_LOOK_PAUSE, LINGER_TIMEOUT};

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const MOMENT: Duration = Duration::from_millis(100);

/// A connection without a network, and a client's end of it.
struct Line {
    client: DuplexStream,
    server: JoinSet<()>,
}

impl Line {
    /// With room for further connections.
    fn open() -> Self {
        Self::among(&Arc::new(Semaphore::new(1)))
    }

    fn among(places: &Arc<Semaphore>) -> Self {
        let echo = |body: Bytes| async move { body };
        Self::to(Router::new().fallback(any(echo)), places)
    }

    fn to(router: Router, places: &Arc<Semaphore>) -> Self {
        let (client, io) = tokio::io::duplex(1024 * 1024);
        let wire = Wire::new(Arc::clone(places));
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let connection = connection(io, peer, router, wire);
        let mut server = JoinSet::new();
        server.spawn(async move { drop(connection.await) });
        Self { client, server }
    }

    async fn say(&mut self, text: &str) {
        self.client.write_all(text.as_bytes()).await.unwrap();
        // Lets the server see it, and lets the clock go on by hardly anything.
        sleep(Duration::from_millis(1)).await;
    }

    /// A request and its answer, after which the connection is silent.
    async fn ask(&mut self) {
        self.say(GET).await;
        let mut part = [0; 4096];
        let count = self.client.read(&mut part).await.unwrap();
        assert!(part[..count].starts_with(b"HTTP/1.1 200"));
    }

    fn is_open(&mut self) -> bool {
        self.server.try_join_next().is_none()
    }

    /// Everything that is said up to the end.
    async fn hear(mut self) -> String {
        let mut said = Vec::new();
        self.client.read_to_end(&mut said).await.unwrap();
        String::from_utf8(said).unwrap()
    }

    /// The server lets go at this time from now on, not before and not later.
    async fn expect_end(mut self, after: Duration) {
        let start = Instant::now();
        advance(after.saturating_sub(MOMENT)).await;
        sleep(Duration::from_millis(1)).await;
        assert!(self.is_open(), "let go before {after:?}");
        self.server.join_next().await.unwrap().unwrap();
        let took = start.elapsed();
        assert!(took <= after + MOMENT, "{took:?} instead of {after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn i08_a_connection_on_which_nothing_ever_comes_ends_after_the_deadline_of_a_head() {
    let line = Line::open();
    sleep(Duration::from_millis(1)).await;
    line.expect_end(HEAD_TIMEOUT).await;
}

#[tokio::test(start_paused = true)]
async fn i08_a_kept_connection_may_be_silent_for_75_seconds() {
    let mut line = Line::open();
    line.ask().await;
    line.expect_end(IDLE_TIMEOUT).await;
}

#[tokio::test(start_paused = true)]
async fn i08_each_answer_begins_the_silence_anew() {
    let mut line = Line::open();
    for _ in 0..3 {
        line.ask().await;
        advance(IDLE_TIMEOUT.saturating_sub(MOMENT)).await;
    }
    line.ask().await;
    line.expect_end(IDLE_TIMEOUT).await;
}

#[tokio::test(start_paused = true)]
async fn i08_the_deadline_of_a_head_counts_from_its_first_byte() {
    let mut line = Line::open();
    line.ask().await;
    advance(Duration::from_mins(1)).await;
    line.say("G").await;
    line.expect_end(HEAD_TIMEOUT).await;
}

#[tokio::test(start_paused = true)]
async fn i08_further_bytes_of_a_head_give_no_further_time() {
    let mut line = Line::open();
    line.ask().await;
    for byte in ["G", "E", "T", " ", "/"] {
        line.say(byte).await;
        advance(Duration::from_secs(1)).await;
    }
    let left = HEAD_TIMEOUT.saturating_sub(Duration::from_secs(5));
    line.expect_end(left).await;
}

#[tokio::test(start_paused = true)]
async fn f24_a_silent_connection_makes_way_when_all_places_are_taken() {
    let mut line = Line::among(&Arc::new(Semaphore::new(0)));
    line.ask().await;
    line.expect_end(HEAD_TIMEOUT).await;
}

#[tokio::test(start_paused = true)]
async fn f24_a_silent_connection_makes_way_once_all_places_are_taken() {
    let places = Arc::new(Semaphore::new(1));
    let mut line = Line::among(&places);
    line.ask().await;
    sleep(HEAD_TIMEOUT * 3).await;
    assert!(line.is_open());
    let _last = places.acquire().await.unwrap();
    // It looks every so often.
    sleep(HEAD_TIMEOUT + MOMENT).await;
    assert!(!line.is_open());
}

/// Everybody comes back at once after an outage: they wait for their turn, nobody is turned away.
#[tokio::test(flavor = "multi_thread")]
async fn f24_more_clients_than_places_wait_and_all_are_served() {
    const PLACES: usize = 8;
    const CLIENTS: usize = 800;
    let served = Arc::new(Semaphore::new(PLACES));
    let busy = Arc::clone(&served);
    let router = Router::new().fallback(any(move || async move {
        // Were there more at once than places, this would fail.
        let _mine = busy.try_acquire().map_err(|_| StatusCode::CONFLICT)?;
        tokio::task::yield_now().await;
        Ok::<_, StatusCode>("here")
    }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let places = Arc::new(Semaphore::new(PLACES));
    let mut tasks = JoinSet::new();
    tasks.spawn(serve_among(Arc::clone(&places), listener, router, stopped));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(GET.as_bytes()).await.unwrap();
            let mut part = [0; 4096];
            let count = stream.read(&mut part).await.unwrap();
            String::from_utf8_lossy(&part[..count]).into_owned()
        });
    }
    let answers = clients.join_all().await;
    assert_eq!(answers.len(), CLIENTS);
    let is_served = |said: &&String| said.starts_with("HTTP/1.1 200");
    assert_eq!(answers.iter().filter(is_served).count(), CLIENTS);
    stop.send_replace(true);
    tasks.join_all().await;
    assert_eq!(
        places.available_permits(),
        PLACES,
        "all places are given back"
    );
}

/// Answers before it has read the body.
fn refusing() -> Router {
    Router::new().fallback(any(|| async { StatusCode::PAYLOAD_TOO_LARGE }))
}

/// A connection that is reset takes an answer with it that the client has not read yet.
#[tokio::test]
async fn i01_who_is_refused_in_the_middle_of_a_body_hears_why() {
    const BODY_BYTES: usize = 16 * 1024 * 1024;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let mut server = JoinSet::new();
    server.spawn(serve(listener, refusing(), stopped));
    let length = format!("Content-Length: {BODY_BYTES}\r\n");
    for lines in [length, CHUNKED.to_owned()] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let start = post(&lines, &format!("{BODY_BYTES:x}\r\n"));
        stream.write_all(start.as_bytes()).await.unwrap();
        stream.write_all(&vec![b'x'; BODY_BYTES]).await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    }
    stop.send_replace(true);
    server.join_all().await;
}

#[tokio::test(start_paused = true)]
async fn i01_nobody_may_go_on_sending_for_ever() {
    let half = post("Content-Length: 9\r\n", "x");
    let mut line = Line::to(refusing(), &Arc::new(Semaphore::new(1)));
    line.say(&half).await;
    line.say("yz").await;
    line.expect_end(LINGER_TIMEOUT).await;
    // Nor at all while others wait for the place.
    let mut line = Line::to(refusing(), &Arc::new(Semaphore::new(0)));
    line.say(&half).await;
    assert!(!line.is_open());
    // Nor once they do.
    let places = Arc::new(Semaphore::new(1));
    let mut line = Line::to(refusing(), &places);
    line.say(&half).await;
    assert!(line.is_open());
    places.try_acquire().unwrap().forget();
    sleep(LINGER_LOOK_PAUSE).await;
    assert!(!line.is_open());
}

#[tokio::test(start_paused = true)]
async fn i08_a_body_is_none_of_this_deadlines_business() {
    let mut line = Line::open();
    line.say("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na")
        .await;
    advance(IDLE_TIMEOUT * 2).await;
    line.say("b").await;
    assert!(line.is_open());
    line.expect_end(IDLE_TIMEOUT).await;
}

/// Sends that and compares the statuses of all answers; the last one must be the end.
async fn check(text: &str, expect: &[&str]) {
    let mut line = Line::open();
    line.say(text).await;
    let said = line.hear().await;
    let answers = said.split("HTTP/1.1 ").skip(1);
    let statuses: Vec<&str> = answers.filter_map(|answer| answer.get(..3)).collect();
    assert_eq!(statuses, expect, "{text:?}: {said}");
}

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
const SIZED: &str = "Content-Length: 3\r\n";
const CHUNKS: &str = "3\r\nabc\r\n0\r\n\r\n";

fn post(lines: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: x\r\n{lines}\r\n{body}")
}

#[tokio::test(start_paused = true)]
async fn i07_chunks_and_a_length_are_400_and_the_end() {
    for lines in [
        format!("{CHUNKED}{SIZED}"),
        format!("{SIZED}{CHUNKED}"),
        format!("{SIZED}X-A: b\r\n{CHUNKED}"),
        format!("{CHUNKED}X-A: b\r\ncOnTeNt-LeNgTh:3\r\n"),
        format!("{CHUNKED}Content-Length: not a number\r\n"),
        format!("{CHUNKED}Content-Length:\r\n"),
        format!("X-A: b\nContent-Length: 3\n{CHUNKED}"),
    ] {
        let attack = post(&lines, CHUNKS);
        check(&format!("{attack}{GET}"), &["400"]).await;
        check(&format!("\r\n\r\n{attack}{GET}"), &["400"]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn i07_chunks_alone_are_read_and_the_connection_is_kept() {
    let mut line = Line::open();
    for _ in 0..3 {
        line.say(&post(CHUNKED, CHUNKS)).await;
        let mut part = [0; 4096];
        let count = line.client.read(&mut part).await.unwrap();
        let said = String::from_utf8_lossy(&part[..count]);
        assert!(
            said.starts_with("HTTP/1.1 200") && said.ends_with("abc"),
            "{said}"
        );
    }
    // A head in pieces, and one with a body that looks like a length.
    for piece in post(CHUNKED, CHUNKS).split_inclusive('h') {
        line.say(piece).await;
    }
    let tricky = "15\r\n\r\nContent-Length: 3\r\n\r\n0\r\n\r\n";
    line.say(&post(&format!("{CHUNKED}Connection: close\r\n"), tricky))
        .await;
    let said = line.hear().await;
    assert_eq!(said.matches("HTTP/1.1 200").count(), 2, "{said}");
}

/// Where its head began is not known for certain, so neither is what was in it.
#[tokio::test(start_paused = true)]
async fn i07_chunks_that_came_with_the_request_before_are_400_and_the_end() {
    for lines in [CHUNKED.to_owned(), format!("{SIZED}{CHUNKED}")] {
        let attack = post(&lines, CHUNKS);
        check(&format!("{GET}{attack}{GET}"), &["200", "400"]).await;
    }
}

/// A head of which the first part came with the request before, and looks like a whole one without.
#[tokio::test(start_paused = true)]
async fn i07_half_a_head_does_not_pass_for_a_whole_one() {
    let rest = format!("POST / HTTP/1.1\r\n{CHUNKED}\r\n{CHUNKS}");
    for first in [
        format!("POST / HTTP/1.1\r\n{SIZED}X-A: "),
        format!("POST / HTTP/1.1\r\n{CHUNKED}Content-Length: "),
        format!("POST / HTTP/1.1\r\n{CHUNKED}{SIZED}X-A: "),
    ] {
        let mut line = Line::open();
        line.say(&format!("{GET}{first}")).await;
        line.say(&rest).await;
        let said = line.hear().await;
        assert_eq!(said.matches("HTTP/1.1 200").count(), 1, "{first:?}: {said}");
        assert_eq!(said.matches("HTTP/1.1 400").count(), 1, "{first:?}: {said}");
    }
}
