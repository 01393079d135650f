//! `jinku-signer ask`: a secret goes from the terminal to a descriptor; nothing is echoed and no other process sees it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use jinku_secrets::Zeroizing;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use subtle::ConstantTimeEq;

use crate::refusal::{Outcome, Refusal};

/// Most bytes that are typed.
const LIMIT: usize = 4096;

/// What `ask` was asked for.
pub struct Ask {
    /// The descriptor that gets the secret.
    pub out_fd: u32,
    /// Ask twice and compare.
    pub confirm: bool,
    /// Shown before the cursor.
    pub prompt: String,
}

/// The secret stands in the descriptor; the terminal is as it was, whatever happened.
///
/// # Errors
/// `ask.*`: no terminal, interrupted, empty, the two do not match.
pub fn ask(ask: &Ask) -> Outcome<()> {
    // opened by name while this process still may look at its own descriptors: see harden
    let out = OpenOptions::new()
        .write(true)
        .open(format!("/proc/self/fd/{}", ask.out_fd));
    let mut out = out.map_err(|error| {
        Refusal::new(
            "ask.out_fd",
            format!("descriptor {} is not writable: {error}", ask.out_fd),
        )
    })?;
    crate::harden::harden()?;
    crate::harden::quiet_panics();
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(|error| {
        Refusal::new("ask.no_terminal", format!("there is no terminal to ask on: {error}; pass the secret by --passphrase-fd or --passphrase-file"))
    })?;
    let secret = {
        let mut raw = Raw::enter(&tty)?;
        let first = raw.read_secret(&ask.prompt)?;
        if ask.confirm {
            let again = raw.read_secret("Again: ")?;
            if !bool::from(first.as_slice().ct_eq(again.as_slice())) {
                return Err(Refusal::new(
                    "ask.mismatch",
                    "the two entries differ; nothing was passed on; try again",
                ));
            }
        }
        first
    };
    out.write_all(&secret)
        .map_err(|error| Refusal::new("ask.out_fd", format!("the secret was not taken: {error}")))
}

/// The terminal without echo, line editing and signal keys, until dropped.
struct Raw<'a> {
    tty: &'a File,
    before: Termios,
}

impl<'a> Raw<'a> {
    fn enter(tty: &'a File) -> Outcome<Self> {
        let failed = |error: rustix::io::Errno| {
            Refusal::new(
                "ask.no_terminal",
                format!("the terminal cannot be silenced: {error}"),
            )
        };
        let before = tcgetattr(tty).map_err(failed)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(
            LocalModes::ECHO
                | LocalModes::ECHONL
                | LocalModes::ICANON
                | LocalModes::ISIG
                | LocalModes::IEXTEN,
        );
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(tty, OptionalActions::Flush, &quiet).map_err(failed)?;
        Ok(Self { tty, before })
    }

    fn read_secret(&mut self, prompt: &str) -> Outcome<Zeroizing<Vec<u8>>> {
        let lost = |error: std::io::Error| {
            Refusal::new(
                "ask.no_terminal",
                format!("the terminal went away: {error}"),
            )
        };
        let mut tty = self.tty;
        tty.write_all(prompt.as_bytes())
            .and_then(|()| tty.flush())
            .map_err(lost)?;
        let mut line = Zeroizing::new(Vec::with_capacity(LIMIT)); // never grows, so never leaves a copy
        loop {
            let mut key = [0];
            if tty.read(&mut key).map_err(lost)? == 0 {
                return Err(interrupted());
            }
            match key[0] {
                b'\r' | b'\n' => break,
                0x03 | 0x1c => return Err(interrupted()), // Ctrl-C, Ctrl-\
                0x04 if line.is_empty() => return Err(interrupted()), // Ctrl-D
                0x04 => break,
                0x15 => line.clear(), // Ctrl-U
                0x08 | 0x7f => erase(&mut line),
                byte if line.len() < LIMIT => line.push(byte),
                _ => {
                    return Err(Refusal::new(
                        "ask.too_long",
                        format!("too long: expected at most {LIMIT} bytes"),
                    ));
                }
            }
        }
        let _ = tty.write_all(b"\r\n");
        if line.is_empty() {
            return Err(Refusal::new("ask.empty", "nothing was entered; try again"));
        }
        Ok(line)
    }
}

impl Drop for Raw<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.tty, OptionalActions::Flush, &self.before);
    }
}

fn interrupted() -> Refusal {
    Refusal::new("ask.interrupted", "interrupted; nothing was passed on")
}

/// Takes back the last character: its UTF-8 continuation bytes, then its first.
fn erase(line: &mut Vec<u8>) {
    while let Some(byte) = line.pop() {
        if byte & 0xC0 != 0x80 {
            break;
        }
    }
}
