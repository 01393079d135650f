//! The program, started, asked and killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{PASSPHRASE, Place};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_jinku-witness");

pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, serving. A test beside this one may be between fork and exec of a program of its own, with a copy of the
/// lock that this process just gave up, so a held folder is tried again for a second.
pub(crate) fn serve(
    place: &Place,
    fault: Option<u32>,
) -> Result<Running, Box<dyn std::error::Error>> {
    let mut tries = 0;
    loop {
        match serve_once(place, fault) {
            Err(error) if tries < 20 && error.to_string().contains("another jinku-witness") => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(50));
            }
            found => return found,
        }
    }
}

/// As [`serve`], once; `fault` ends the program at that durable step.
fn serve_once(place: &Place, fault: Option<u32>) -> Result<Running, Box<dyn std::error::Error>> {
    let file = place.0.join("passphrase");
    std::fs::write(&file, PASSPHRASE)?;
    let mut command = Command::new(PROGRAM);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.dir())
        .arg("--passphrase-file")
        .arg(&file);
    if let Some(step) = fault {
        command.env("JINKU_SIGNER_FAULT", step.to_string());
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let Some(address) = line.trim().strip_prefix("listening on ") else {
        let _ = child.kill();
        return Err(String::from_utf8_lossy(&child.wait_with_output()?.stderr).into());
    };
    let address = address.parse()?;
    // What it says later is of no interest here, but somebody has to take it.
    let mut said = child.stderr.take().ok_or("no output")?;
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    Ok(Running { child, address })
}

pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Status and body of a POST to add-checkpoint; `None` when the program died over it.
pub(crate) fn post(address: SocketAddr, body: &str) -> Option<(u16, String)> {
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = exchange(address, format!("{head}{body}").as_bytes()).ok()?;
    let status = answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
}
