//! One HTTP/1.1 connection with little work per request, so that the load generator leaves the
//! cores to the server. `load` sends events over many of them, `query` asks over one.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer larger than this is none that we asked for.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A connection that opens itself when it is needed, again if the server closed it.
pub(crate) struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: std::ops::Range<usize>,
    body: std::ops::Range<usize>,
    closes: bool,
}

impl Connection {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            buffer: Vec::with_capacity(16 * 1024),
        }
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    ///
    /// When there was no whole answer: whether the server took the request is not known then.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.open().await?,
        };
        stream.write_all(request).await?;
        let answer = self.read(&mut stream).await?;
        if !answer.closes {
            self.stream = Some(stream);
        }
        Ok(answer)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The first header of that name in the last answer; the name in lower case.
    pub(crate) fn header(&self, answer: &Answer, name: &str) -> Option<&str> {
        let head = std::str::from_utf8(self.buffer.get(answer.head.clone())?).ok()?;
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The body of the last answer.
    pub(crate) fn body(&self, answer: &Answer) -> &[u8] {
        self.buffer.get(answer.body.clone()).unwrap_or_default()
    }

    async fn open(&self) -> anyhow::Result<TcpStream> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn read(&mut self, stream: &mut TcpStream) -> anyhow::Result<Answer> {
        self.buffer.clear();
        let head = loop {
            if let Some(head) = Head::find(&self.buffer)? {
                break head;
            }
            if stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the connection ended before an answer");
            }
        };
        let end = head.length.map(|length| head.end + length);
        while end.is_none_or(|end| self.buffer.len() < end) {
            ensure!(self.buffer.len() < ANSWER_BYTES_MAX, "an endless answer");
            if stream.read_buf(&mut self.buffer).await? == 0 {
                ensure!(end.is_none(), "the connection ended within an answer");
                break;
            }
        }
        Ok(Answer {
            status: head.status,
            head: 0..head.end,
            body: head.end..end.unwrap_or(self.buffer.len()),
            closes: head.closes || end.is_none(),
        })
    }
}

/// What of an answer's head matters here.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Without one, the body goes on until the connection ends.
    length: Option<usize>,
    closes: bool,
    /// Where the body begins.
    end: usize,
}

impl Head {
    /// `None` while the head is not complete.
    fn find(bytes: &[u8]) -> anyhow::Result<Option<Self>> {
        let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = std::str::from_utf8(bytes.get(..at).unwrap_or_default())?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status: u16 = status.context("an answer without status")?.parse()?;
        let mut head = Self {
            status,
            length: matches!(status, 204 | 304).then_some(0),
            closes: false,
            end: at + 4,
        };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Some(value.parse()?);
            } else if name.eq_ignore_ascii_case("connection") {
                head.closes = value.eq_ignore_ascii_case("close");
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                bail!("an answer in chunks, which nobody here asked for");
            }
        }
        Ok(Some(head))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<(u16, Option<usize>, bool)>) {
        let head = Head::find(text.as_bytes()).unwrap();
        let got = head.map(|head| (head.status, head.length, head.closes));
        assert_eq!(got, expect, "{text}");
    }

    #[test]
    fn a_head_is_read_when_it_is_complete() {
        check("HTTP/1.1 200 OK\r\ncontent-length: 41\r\n", None);
        let whole = "HTTP/1.1 200 OK\r\ncontent-length: 41\r\n\r\n{";
        check(whole, Some((200, Some(41), false)));
        let closed = "HTTP/1.1 429 Too Many\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        check(closed, Some((429, Some(0), true)));
        check(
            "HTTP/1.0 500 Oh\r\nServer: x\r\n\r\n",
            Some((500, None, false)),
        );
        check(
            "HTTP/1.1 204 No Content\r\n\r\n",
            Some((204, Some(0), false)),
        );
    }

    #[test]
    fn an_answer_that_is_none_is_an_error() {
        assert!(Head::find(b"hello\r\n\r\n").is_err());
        assert!(Head::find(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").is_err());
    }
}
