//! The commands of the program, from their words to what they do.

use std::io::Write;

use jinku_words::approval::Decision;

use crate::Outcome;
use crate::command::{decide, init, key, pin, say, show};
use crate::unlock::{FLAGS, Source};
use crate::words::{USAGE, Words, usage};

const VERSION: &str = concat!("jinku-approver ", env!("CARGO_PKG_VERSION"));

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Init,
    Key,
    Pin,
    Show,
    Decide(Decision),
    Say(&'static str),
}

/// A command that was understood; the descriptor that it takes a passphrase from is open.
pub struct Ready {
    verb: Verb,
    words: Words,
    source: Source,
}

impl Ready {
    /// The command of these words.
    ///
    /// # Errors
    /// `usage.arguments`, and when the place of the passphrase cannot be opened.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Outcome<Self> {
        const DECIDE: [&str; 4] = ["--out", "--for", FLAGS[0], FLAGS[1]];
        let (verb, known, sure): (Verb, &[&str], bool) = match words.next().as_deref() {
            Some("init") => (Verb::Init, &["--name", FLAGS[0], FLAGS[1]], false),
            Some("key") => (Verb::Key, &[], false),
            Some("pin") => (Verb::Pin, &[], true),
            Some("show") => (Verb::Show, &[], false),
            Some("approve") => (Verb::Decide(Decision::Approve), &DECIDE, true),
            Some("reject") => (Verb::Decide(Decision::Reject), &DECIDE, true),
            Some("--version") => (Verb::Say(VERSION), &[], false),
            Some("--help" | "-h" | "help") => (Verb::Say(USAGE), &[], false),
            _ => return Err(usage("found no known command")),
        };
        let words = Words::parse(words, known, sure)?;
        let source = Source::open(&words)?;
        Ok(Self {
            verb,
            words,
            source,
        })
    }

    /// Runs it; what it says goes to `out`, and what a person decides by, to their terminal.
    ///
    /// # Errors
    /// With the message, the code and the exit status that the program ends with.
    pub fn run(self, out: &mut impl Write) -> Outcome<()> {
        match self.verb {
            Verb::Init => init(&self.words, self.source, out),
            Verb::Key => key(&self.words, out),
            Verb::Pin => pin(&self.words, out),
            Verb::Show => show(&self.words, out),
            Verb::Decide(decision) => decide(&self.words, self.source, decision, out),
            Verb::Say(text) => say(out, text),
        }
    }
}
