//! As much of HTTP/1.1 (RFC 9112) as a witness needs: requests with a length, one after another on a connection.

/// The longest head of a request, in bytes.
pub(crate) const MAX_HEAD_BYTES: usize = 8192;

/// The head of a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    /// The verb.
    pub method: String,
    /// Path without its query.
    pub path: String,
    /// Bytes of the body.
    pub length: usize,
    /// Whether the connection goes on afterwards.
    pub keep: bool,
    /// Whether the client waits for a word before it sends the body.
    pub expects: bool,
}

/// Bytes of the head with its blank line, once it is there.
pub(crate) fn head_length(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .map(|at| at + 4)
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

impl Head {
    /// The head of these bytes, with its blank line, or the status of the refusal.
    ///
    /// # Errors
    /// 400, 501 or 505.
    pub fn parse(bytes: &[u8]) -> Result<Self, u16> {
        let text = std::str::from_utf8(bytes)
            .ok()
            .and_then(|t| t.strip_suffix("\r\n\r\n"))
            .ok_or(400u16)?;
        let mut lines = text.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(400);
        };
        if !is_token(method)
            || !target.starts_with('/')
            || target.bytes().any(|b| !b.is_ascii_graphic())
        {
            return Err(400);
        }
        let newest = match version {
            "HTTP/1.1" => true,
            "HTTP/1.0" => false,
            _ => return Err(505),
        };
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let mut head = Self {
            method: method.to_owned(),
            path,
            length: 0,
            keep: newest,
            expects: false,
        };
        let (mut length, mut host) = (None, false);
        for line in lines {
            let (name, value) = line.split_once(':').ok_or(400u16)?;
            let value = value.trim_matches([' ', '\t']);
            if !is_token(name) || value.bytes().any(|b| b < b' ' && b != b'\t') {
                return Err(400);
            }
            match name.to_ascii_lowercase().as_str() {
                // Two lengths, or a length beside an encoding, is how requests are smuggled.
                "content-length" if length.is_some() => return Err(400),
                "content-length" => {
                    let digits = !value.is_empty()
                        && value.len() <= 10
                        && value.bytes().all(|b| b.is_ascii_digit());
                    length = Some(value.parse().ok().filter(|_| digits).ok_or(400u16)?);
                }
                "transfer-encoding" => return Err(501),
                "host" if host => return Err(400),
                "host" => host = true,
                "connection" => {
                    for option in value.split(',').map(|o| o.trim().to_ascii_lowercase()) {
                        head.keep = (head.keep || option == "keep-alive") && option != "close";
                    }
                }
                "expect" => head.expects = value.eq_ignore_ascii_case("100-continue"),
                _ => {}
            }
        }
        if newest && !host {
            return Err(400);
        }
        head.length = length.unwrap_or(0);
        Ok(head)
    }
}

/// What a status is called.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        422 => "Unprocessable Entity",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Internal Server Error",
    }
}

/// The bytes of a response; `HEAD` gets the same head without the body.
pub(crate) fn response(
    status: u16,
    kind: &str,
    extra: &str,
    body: &str,
    keep: bool,
    with_body: bool,
) -> Vec<u8> {
    let connection = if keep { "keep-alive" } else { "close" };
    let mut out = format!(
        "HTTP/1.1 {status} {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n{extra}Connection: {connection}\r\n\r\n",
        reason(status),
        body.len()
    );
    if with_body {
        out.push_str(body);
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_and_odd_ones_are_refused() {
        let head = |text: &str| Head::parse(text.as_bytes());
        let good = head(
            "POST /add-checkpoint?x=1 HTTP/1.1\r\nHost: w\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n",
        );
        let good = good.expect("plain");
        assert_eq!(
            (
                good.method.as_str(),
                good.path.as_str(),
                good.length,
                good.keep,
                good.expects
            ),
            ("POST", "/add-checkpoint", 12, true, true)
        );
        assert!(
            !head("GET / HTTP/1.1\r\nHost: w\r\nConnection: x, Close\r\n\r\n")
                .expect("plain")
                .keep
        );
        assert!(
            head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                .expect("plain")
                .keep
        );
        assert!(!head("GET / HTTP/1.0\r\n\r\n").expect("plain").keep);
        for (text, status) in [
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/2\r\nHost: w\r\n\r\n", 505),
            ("GET  / HTTP/1.1\r\nHost: w\r\n\r\n", 400),
            ("GET http://w/ HTTP/1.1\r\nHost: w\r\n\r\n", 400),
            ("G(T / HTTP/1.1\r\nHost: w\r\n\r\n", 400),
            ("GET /\u{e9} HTTP/1.1\r\nHost: w\r\n\r\n", 400),
            ("GET / HTTP/1.1\nHost: w\n\n", 400),
            ("GET / HTTP/1.1\r\nHost : w\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: w\r\nHost: v\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: w\r\n folded\r\n\r\n", 400),
            (
                "POST / HTTP/1.1\r\nHost: w\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                400,
            ),
            (
                "POST / HTTP/1.1\r\nHost: w\r\nContent-Length: +1\r\n\r\n",
                400,
            ),
            (
                "POST / HTTP/1.1\r\nHost: w\r\nContent-Length: \r\n\r\n",
                400,
            ),
            (
                "POST / HTTP/1.1\r\nHost: w\r\nContent-Length: 99999999999999999999\r\n\r\n",
                400,
            ),
            (
                "POST / HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n",
                501,
            ),
        ] {
            assert_eq!(head(text), Err(status), "{text:?}");
        }
        assert_eq!(Head::parse(b"\xff\r\n\r\n"), Err(400));
        assert_eq!(
            head_length(b"GET / HTTP/1.1\r\nHost: w\r\n\r\nbody"),
            Some(27)
        );
        assert_eq!(head_length(b"GET / HTTP/1.1\r\nHost: w\r\n"), None);
    }

    #[test]
    fn a_response_states_its_length_even_without_its_body() {
        let text = String::from_utf8(response(409, "text/x.tlog.size", "", "7\n", true, true))
            .expect("text");
        assert!(text.starts_with(
            "HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\nContent-Length: 2\r\n"
        ));
        assert!(text.ends_with("Connection: keep-alive\r\n\r\n7\n"));
        let head =
            String::from_utf8(response(200, "text/plain", "", "7\n", false, false)).expect("text");
        assert!(
            head.contains("Content-Length: 2\r\n") && head.ends_with("Connection: close\r\n\r\n")
        );
    }
}
