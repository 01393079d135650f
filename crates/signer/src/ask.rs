//! `jinku-signer ask`: a secret goes from the terminal to a descriptor; nothing is echoed and no other process sees it.

use std::fs::OpenOptions;
use std::io::Write;

use jinku_terminal::{Terminal, TerminalError};
use subtle::ConstantTimeEq;

use crate::refusal::{Outcome, Refusal};

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
    let terminal = Terminal::open().map_err(refused)?;
    let secret = {
        let mut silenced = terminal.silenced().map_err(refused)?;
        let first = silenced.secret(&ask.prompt).map_err(refused)?;
        if ask.confirm {
            let again = silenced.secret("Again: ").map_err(refused)?;
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

fn refused(error: TerminalError) -> Refusal {
    let (code, advice) = match error {
        TerminalError::Missing(_) => (
            "ask.no_terminal",
            "; pass the secret by --passphrase-fd or --passphrase-file",
        ),
        TerminalError::Silence(_) | TerminalError::Lost(_) => ("ask.no_terminal", ""),
        TerminalError::Interrupted => ("ask.interrupted", "; nothing was passed on"),
        TerminalError::TooLong => ("ask.too_long", ""),
        TerminalError::Empty => ("ask.empty", "; try again"),
    };
    Refusal::new(code, format!("{error}{advice}"))
}
