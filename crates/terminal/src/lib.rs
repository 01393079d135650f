//! The terminal that a process is run from: showing, asking, and secrets that are typed without an echo.
//!
//! It is opened by its own name (`/dev/tty`), so redirected output shows nobody else what is asked, and no file answers in a
//! person's place.
//!
//! ```no_run
//! use jinku_terminal::Terminal;
//!
//! let terminal = Terminal::open()?;
//! terminal.show("100 of it, to them\n")?;
//! if terminal.line("Type yes: ")? == "yes" {
//!     let passphrase = terminal.silenced()?.secret("Passphrase: ")?; // wiped when dropped
//!     assert!(!passphrase.is_empty());
//! }
//! # Ok::<(), jinku_terminal::TerminalError>(())
//! ```

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

/// Most bytes that are typed.
pub const LIMIT: usize = 4096;

/// Why nothing was typed. No variant carries what was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalError {
    /// There is no terminal: the operating system's words.
    Missing(String),
    /// Its echo cannot be switched off: the operating system's words.
    Silence(String),
    /// It went away: the operating system's words.
    Lost(String),
    /// Ctrl-C, Ctrl-\, or the end of the input.
    Interrupted,
    /// More than [`LIMIT`] bytes.
    TooLong,
    /// Nothing.
    Empty,
}

impl fmt::Display for TerminalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(cause) => write!(f, "there is no terminal to ask on: {cause}"),
            Self::Silence(cause) => write!(f, "the terminal cannot be silenced: {cause}"),
            Self::Lost(cause) => write!(f, "the terminal went away: {cause}"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::TooLong => write!(f, "too long: expected at most {LIMIT} bytes"),
            Self::Empty => f.write_str("nothing was entered"),
        }
    }
}

impl std::error::Error for TerminalError {}

/// The terminal of this process.
pub struct Terminal(File);

fn lost(error: &std::io::Error) -> TerminalError {
    TerminalError::Lost(error.to_string())
}

impl Terminal {
    /// The terminal, opened.
    ///
    /// # Errors
    /// [`TerminalError::Missing`].
    pub fn open() -> Result<Self, TerminalError> {
        let opened = OpenOptions::new().read(true).write(true).open("/dev/tty");
        opened
            .map(Self)
            .map_err(|error| TerminalError::Missing(error.to_string()))
    }

    /// The text stands on the screen.
    ///
    /// # Errors
    /// [`TerminalError::Lost`].
    pub fn show(&self, text: &str) -> Result<(), TerminalError> {
        let mut tty = &self.0;
        tty.write_all(text.as_bytes())
            .and_then(|()| tty.flush())
            .map_err(|error| lost(&error))
    }

    /// A line that is typed with an echo, without its end.
    ///
    /// # Errors
    /// [`TerminalError::Lost`], `Interrupted` and `TooLong`.
    pub fn line(&self, prompt: &str) -> Result<String, TerminalError> {
        self.show(prompt)?;
        let (mut tty, mut line) = (&self.0, Vec::new());
        loop {
            let mut key = [0];
            match tty.read(&mut key).map_err(|error| lost(&error))? {
                0 => return Err(TerminalError::Interrupted),
                _ if key[0] == b'\n' => return Ok(String::from_utf8_lossy(&line).into_owned()),
                _ if line.len() == LIMIT => return Err(TerminalError::TooLong),
                _ => line.push(key[0]),
            }
        }
    }

    /// The terminal without echo, line editing and signal keys, until what is returned is dropped.
    ///
    /// # Errors
    /// [`TerminalError::Silence`].
    pub fn silenced(&self) -> Result<Silenced<'_>, TerminalError> {
        let failed = |error: rustix::io::Errno| TerminalError::Silence(error.to_string());
        let before = tcgetattr(&self.0).map_err(failed)?;
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
        tcsetattr(&self.0, OptionalActions::Flush, &quiet).map_err(failed)?;
        Ok(Silenced {
            terminal: self,
            before,
        })
    }
}

/// A terminal on which what is typed is not seen; as it was once dropped, whatever happened.
pub struct Silenced<'a> {
    terminal: &'a Terminal,
    before: Termios,
}

impl Silenced<'_> {
    /// What is typed up to the end of a line; it never grows, so it never leaves a copy, and is wiped when dropped.
    ///
    /// # Errors
    /// [`TerminalError::Lost`], `Interrupted`, `TooLong` and `Empty`.
    pub fn secret(&mut self, prompt: &str) -> Result<Zeroizing<Vec<u8>>, TerminalError> {
        self.terminal.show(prompt)?;
        let mut tty = &self.terminal.0;
        let mut line = Zeroizing::new(Vec::with_capacity(LIMIT));
        loop {
            let mut key = Zeroizing::new([0]);
            if tty.read(&mut *key).map_err(|error| lost(&error))? == 0 {
                return Err(TerminalError::Interrupted);
            }
            match key[0] {
                b'\r' | b'\n' => break,
                0x03 | 0x1c => return Err(TerminalError::Interrupted), // Ctrl-C, Ctrl-\
                0x04 if line.is_empty() => return Err(TerminalError::Interrupted), // Ctrl-D
                0x04 => break,
                0x15 => line.clear(), // Ctrl-U
                0x08 | 0x7f => erase(&mut line),
                byte if line.len() < LIMIT => line.push(byte),
                _ => return Err(TerminalError::TooLong),
            }
        }
        let _ = self.terminal.show("\r\n");
        if line.is_empty() {
            return Err(TerminalError::Empty);
        }
        Ok(line)
    }
}

impl Drop for Silenced<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal.0, OptionalActions::Flush, &self.before);
    }
}

/// Takes back the last character: its UTF-8 continuation bytes, then its first.
fn erase(line: &mut Vec<u8>) {
    while let Some(byte) = line.pop() {
        if byte & 0xC0 != 0x80 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_character_goes_as_a_whole() {
        let mut line = "a库".as_bytes().to_vec();
        erase(&mut line);
        assert_eq!(line, b"a");
        erase(&mut line);
        erase(&mut line);
        assert!(line.is_empty());
    }
}
