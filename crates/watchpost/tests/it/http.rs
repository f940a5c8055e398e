//! An HTTP/1.1 client of a hundred lines: it keeps its connection, and when the server dies it says
//! so at once instead of trying again. A library that retries would hide what is tested here.

use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// Longer than any answer takes; a hang becomes an error.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What the server said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The first header of that name, given in lower case.
    pub(crate) fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// All headers of that name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.headers.iter().filter(move |(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// One connection that is kept open between requests.
pub(crate) struct Connection {
    host: String,
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// `address` as `serve --json` prints it: `http://127.0.0.1:4711`.
    pub(crate) fn open(address: &str) -> io::Result<Self> {
        let host = address.trim_start_matches("http://").trim_end_matches('/');
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self {
            host: host.to_owned(),
            stream: BufReader::new(stream),
        })
    }

    /// Waits no longer than this for any part of an answer.
    pub(crate) fn limit(&self, longest: Duration) -> io::Result<()> {
        self.stream.get_ref().set_read_timeout(Some(longest))
    }

    /// Sends a JSON body and waits for the answer.
    pub(crate) fn post(&mut self, path: &str, body: &[u8]) -> io::Result<Answer> {
        self.exchange("POST", path, "Content-Type: application/json\r\n", body)
    }

    /// Asks with a bearer token.
    pub(crate) fn get(&mut self, path: &str, token: &str) -> io::Result<Answer> {
        let headers = format!("Authorization: Bearer {token}\r\n");
        self.exchange("GET", path, &headers, b"")
    }

    /// Sends a complete request; `headers` end in a line break each.
    pub(crate) fn exchange(
        &mut self,
        verb: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> io::Result<Answer> {
        let host = &self.host;
        let length = body.len();
        let counted = headers.to_ascii_lowercase().contains("content-length:");
        let counted = counted || body.is_empty();
        let length = if counted {
            String::new()
        } else {
            format!("Content-Length: {length}\r\n")
        };
        let head = format!("{verb} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}{length}\r\n");
        // One write: with two, a small body could wait for the acknowledgement of the head.
        let request = [head.as_bytes(), body].concat();
        self.stream.get_mut().write_all(&request)?;
        self.answer()
    }

    /// Sends bytes as they are. The server may have answered and closed before it has read all
    /// of them, so a failure to write is none.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> io::Result<Answer> {
        let _ = self.stream.get_mut().write_all(bytes);
        if bytes.starts_with(b"HEAD ") {
            let (status, headers) = self.head()?;
            let body = Vec::new();
            return Ok(Answer {
                status,
                headers,
                body,
            });
        }
        self.answer()
    }

    /// As [`Self::raw`], and says that there is no more, as a client that goes away.
    pub(crate) fn raw_and_end(&mut self, bytes: &[u8]) -> io::Result<Answer> {
        let _ = self.stream.get_mut().write_all(bytes);
        let _ = self.stream.get_mut().shutdown(Shutdown::Write);
        self.answer()
    }

    /// Opens a stream of server-sent events.
    pub(crate) fn listen(mut self, path: &str, headers: &str) -> io::Result<Stream> {
        let host = &self.host;
        let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        self.stream.get_mut().write_all(head.as_bytes())?;
        let (status, _) = self.head()?;
        Ok(Stream {
            status,
            connection: self,
            unread: Vec::new(),
        })
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let (status, headers) = self.head()?;
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        if matches!(status, 100..=199 | 204 | 304) {
            return Ok(answer);
        }
        let chunked = answer.header("transfer-encoding");
        answer.body = if chunked.is_some_and(|coding| coding.contains("chunked")) {
            self.chunks()?
        } else {
            let length = answer.header("content-length").unwrap_or("0");
            let length = length.parse().map_err(|_| bad(length))?;
            self.bytes(length)?
        };
        Ok(answer)
    }

    /// Status and headers.
    fn head(&mut self) -> io::Result<(u16, Vec<(String, String)>)> {
        let status_line = self.line()?;
        let status = status_line
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| bad(&status_line))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            match line.split_once(':') {
                _ if line.is_empty() => return Ok((status, headers)),
                Some((name, value)) => {
                    headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
                None => return Err(bad(&line)),
            }
        }
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                return Ok(body);
            }
            body.extend(chunk);
        }
    }

    /// The next chunk; the last one is empty.
    fn chunk(&mut self) -> io::Result<Vec<u8>> {
        let line = self.line()?;
        let length = usize::from_str_radix(&line, 16).map_err(|_| bad(&line))?;
        let chunk = self.bytes(length)?;
        self.line()?;
        Ok(chunk)
    }

    fn bytes(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}

/// An answer that does not end: what an open page hears.
pub(crate) struct Stream {
    pub(crate) status: u16,
    connection: Connection,
    unread: Vec<u8>,
}

impl Stream {
    /// The next message: everything up to an empty line.
    pub(crate) fn message(&mut self) -> io::Result<String> {
        loop {
            let end = self.unread.windows(2).position(|pair| pair == b"\n\n");
            if let Some(end) = end {
                let rest = self.unread.split_off(end + 2);
                let message = std::mem::replace(&mut self.unread, rest);
                return Ok(String::from_utf8_lossy(&message).trim_end().to_owned());
            }
            let chunk = self.connection.chunk()?;
            if chunk.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.unread.extend(chunk);
        }
    }
}

fn bad(line: &str) -> Error {
    Error::new(ErrorKind::InvalidData, line.to_owned())
}
