//! What the commands do.

use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use jinku_envelope::file::create_durable;
use jinku_envelope::{EnvelopeError, KdfParams, cause};
use jinku_proof::log::trust::Fingerprint;
use jinku_terminal::Terminal;
use jinku_words::approval::Decision;
use serde_json::{Value, json};

use crate::check::Checked;
use crate::folder::{Brought, read_brought};
use crate::key::Written;
use crate::known::Known;
use crate::moment::{length_ms, utc};
use crate::pin::Step;
use crate::plain::{ascii_json, plain};
use crate::request::{hex, word_of};
use crate::unlock::Source;
use crate::words::Words;
use crate::{Answer, ApproverError, DeviceKey, Folder, Outcome, Pin, Request, View};

/// How long an approval is good for where nothing else is said.
const FOR: &str = "24h";
/// How long at most.
const MOST_MS: u64 = 7 * 86_400_000;

pub(crate) fn say(out: &mut impl Write, text: &str) -> Outcome<()> {
    let said = writeln!(out, "{text}").and_then(|()| out.flush());
    said.map_err(|error| {
        ApproverError::other("file.io", "writing the answer failed")
            .found(cause(&error))
            .advice("see to what takes it, then run the same again")
    })
}

/// One answer: a document for programs, or lines for people.
fn answer(words: &Words, out: &mut impl Write, document: &Value, text: &str) -> Outcome<()> {
    if words.json() {
        return say(out, &ascii_json(document));
    }
    say(out, text)
}

fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn key_answer(words: &Words, out: &mut impl Write, key: &Written) -> Outcome<()> {
    let document = json!({"line": key.line(), "name": key.name, "public": hex(&key.public)});
    answer(words, out, &document, &plain(&key.line()))
}

pub(crate) fn init(words: &Words, source: Source, out: &mut impl Write) -> Outcome<()> {
    words.no_file()?;
    let (dir, name) = (words.dir()?, words.need("--name")?);
    jinku_words::shape::KEY_NAME
        .check(name, "--name")
        .map_err(|error| {
            ApproverError::from(error)
                .advice("name the key as the trust root shall call it, such as anna")
        })?;
    let folder = Folder::make(&dir)?;
    if folder.has_key()? {
        return Err(
            ApproverError::other("approver.exists", "a key was made here before")
                .found(dir.display().to_string())
                .expected("a folder without one")
                .advice("jinku-approver key prints its line; another key gets a --dir of its own"),
        );
    }
    let passphrase = source.passphrase(true)?;
    let made = DeviceKey::create(&folder, name, &passphrase, KdfParams::default(), now_ms())?;
    key_answer(words, out, made.public())?;
    eprintln!(
        "jinku-approver: give this line to an admin in a way that nobody can swap it; without the passphrase and the folder {} the key is gone",
        plain(&dir.display().to_string())
    );
    Ok(())
}

pub(crate) fn key(words: &Words, out: &mut impl Write) -> Outcome<()> {
    words.no_file()?;
    key_answer(
        words,
        out,
        &DeviceKey::written(&Folder::open(&words.dir()?)?)?,
    )
}

pub(crate) fn pin(words: &Words, out: &mut impl Write) -> Outcome<()> {
    let (folder, now) = (Folder::open(&words.dir()?)?, now_ms());
    let sure = words.sure()?;
    let brought = read_brought(words.file()?, Brought::TrustRoot)?;
    let before = folder.pin()?;
    let pinned = Pin::load(&folder)?;
    let step = Pin::step(pinned.as_ref(), &brought, now)?;
    let (state, new) = match &step {
        Step::First(new) => {
            confirm_pin(new, sure)?;
            ("pinned", new)
        }
        Step::Next(new) => ("pinned: signed by the admins of the version before", new),
        Step::Same(new) => ("pinned before", new),
    };
    if !matches!(step, Step::Same(_)) {
        folder.set_pin(before.as_deref(), &new.to_bytes()?)?;
    }
    let (print, root) = (new.fingerprint(), new.root());
    let document = json!({
        "deployment": root.deployment.to_string(),
        "fingerprint": {"hex": print.hex, "words": print.words},
        "new": !matches!(step, Step::Same(_)),
        "version": root.version,
    });
    answer(
        words,
        out,
        &document,
        &format!("{}state       {state}", pin_text(new)),
    )
}

fn pin_text(pin: &Pin) -> String {
    let (root, print) = (pin.root(), pin.fingerprint());
    format!(
        "deployment  {}\nversion     {}\nfingerprint {}\n            {}\n",
        root.deployment, root.version, print.hex, print.words
    )
}

fn confirm_pin(new: &Pin, sure: Option<&str>) -> Outcome<()> {
    let shown = format!(
        "\nThe first trust root of this device. Compare its words with those that its admins read out to you\n(jinku trust show), not with what came beside the file.\n\n{}\n",
        pin_text(new)
    );
    confirm(&shown, "PIN it", "fingerprint", new.fingerprint(), sure)
}

/// A person typed the first two words back, or a script named the whole digest.
fn confirm(
    shown: &str,
    deed: &str,
    whose: &str,
    print: &Fingerprint,
    sure: Option<&str>,
) -> Outcome<()> {
    if let Some(digest) = sure {
        if digest == print.hex {
            return Ok(());
        }
        return Err(
            ApproverError::refused("approver.digest", "--digest is of something else")
                .found(digest)
                .expected(&print.hex)
                .advice("see what was brought: jinku-approver show FILE; nothing was signed"),
        );
    }
    let terminal = Terminal::open()?;
    terminal.show(shown)?;
    let typed = terminal.line(&format!(
        "To {deed}, type the first two words of the {whose}: "
    ))?;
    let wanted: Vec<&str> = print.words.split('-').take(2).collect();
    let typed = typed.trim().to_ascii_lowercase();
    let given: Vec<&str> = typed
        .split([' ', '-'])
        .filter(|word| !word.is_empty())
        .collect();
    if given == wanted {
        return Ok(());
    }
    Err(
        ApproverError::refused("approver.not_confirmed", "these are not the words")
            .expected("the first two words of the digest")
            .advice("nothing was signed; run the same again when it is what you mean"),
    )
}

pub(crate) fn show(words: &Words, out: &mut impl Write) -> Outcome<()> {
    let folder = Folder::open(&words.dir()?)?;
    let request = Request::from_canonical(&read_brought(words.file()?, Brought::Request)?)?;
    let pinned = Pin::load(&folder)?;
    let checked = Checked::new(&request, pinned.as_ref(), now_ms())?;
    let view = View::new(&checked, &Known::load(&folder)?);
    answer(
        words,
        out,
        &view.document()?,
        view.text().trim_matches('\n'),
    )
}

pub(crate) fn decide(
    words: &Words,
    source: Source,
    decision: Decision,
    out: &mut impl Write,
) -> Outcome<()> {
    let (folder, now) = (Folder::open(&words.dir()?)?, now_ms());
    let (sure, for_ms) = (words.sure()?, good_for(words)?);
    let request = Request::from_canonical(&read_brought(words.file()?, Brought::Request)?)?;
    if let Some(out) = words
        .get("--out")
        .map(Path::new)
        .filter(|out| out.symlink_metadata().is_ok())
    {
        return Err(EnvelopeError::Exists {
            path: out.to_owned(),
        }
        .into());
    }
    let pinned = Pin::load(&folder)?;
    let checked = Checked::new(&request, pinned.as_ref(), now)?;
    let public = DeviceKey::written(&folder)?.public;
    // Whether this key may decide comes before anybody is asked to.
    checked.decide(decision, &public, for_ms, now)?;
    let known = Known::load(&folder)?;
    let deed = word_of(decision).to_ascii_uppercase();
    let shown = View::new(&checked, &known).text();
    confirm(&shown, &deed, "intent", &checked.intent_print, sure)?;
    let key = DeviceKey::open(&folder, &source.passphrase(false)?)?;
    // The time when it is signed, not when it was shown.
    let now = now_ms();
    Checked::new(&request, pinned.as_ref(), now)?;
    let signed = key.sign(checked.decide(decision, &key.public().public, for_ms, now)?)?;
    drop(key);
    if decision == Decision::Approve {
        Known::add(&folder, &request.intent.destination)?;
    }
    hand_out(words, &signed, out)
}

fn good_for(words: &Words) -> Outcome<u64> {
    let text = words.get("--for").unwrap_or(FOR);
    length_ms(text)
        .filter(|length| *length <= MOST_MS)
        .ok_or_else(|| {
            ApproverError::usage("usage.arguments", "--for wants a length of time")
                .found(text)
                .expected("90m, 24h, 7d: at most seven days")
                .advice("an approval is good for that long, and no longer than its intent")
        })
}

fn hand_out(words: &Words, signed: &Answer, out: &mut impl Write) -> Outcome<()> {
    let bytes = signed.to_canonical()?;
    let Some(file) = words.get("--out") else {
        return say(out, &String::from_utf8_lossy(&bytes));
    };
    create_durable(Path::new(file), &bytes)?;
    let approval = &signed.approval;
    let document = json!({
        "decision": word_of(approval.decision),
        "intent_digest": approval.intent_digest,
        "not_after": approval.not_after_ms.to_string(),
        "out": file,
    });
    let text = format!(
        "{}d, good until {}\nwritten to {}",
        word_of(approval.decision).replace("reject", "rejecte"),
        utc(approval.not_after_ms),
        plain(file)
    );
    answer(words, out, &document, &text)
}
