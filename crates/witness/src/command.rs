//! The commands of the program.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use jinku_envelope::{KdfParams, Unlock, cause};
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_secrets::{Secret, Zeroizing};

use crate::folder::Folder;
use crate::key_file;
use crate::{Limits, LogFile, Outcome, Witness, WitnessError, WitnessKeys, serve};

/// How the program is called.
pub const USAGE: &str = "usage:
  jinku-witness init --dir DIR --name NAME UNLOCK      make the keys of a new witness; prints its vkeys
  jinku-witness add-log --dir DIR VKEY...              witness a log; all its keys, while no witness runs
  jinku-witness serve --dir DIR --listen ADDR:PORT [--prefix /PATH] UNLOCK
  jinku-witness keys --dir DIR                         print the vkeys
  jinku-witness --version
UNLOCK is one of --passphrase-fd N, --passphrase-file FILE, --key-file FILE (init makes it when it is not there)";

/// The longest passphrase, in bytes.
const MAX_PASSPHRASE: u64 = 4096;

/// Words after the command, taken apart.
#[derive(Default)]
struct Words {
    flags: std::collections::BTreeMap<String, String>,
    rest: Vec<String>,
}

fn usage(what: &str) -> WitnessError {
    WitnessError::usage(what).advice(format!("call it as one of these\n{USAGE}"))
}

impl Words {
    fn parse(words: impl Iterator<Item = String>, known: &[&str]) -> Outcome<Self> {
        let (mut found, mut words) = (Self::default(), words);
        while let Some(word) = words.next() {
            if !word.starts_with("--") {
                found.rest.push(word);
            } else if known.contains(&word.as_str()) {
                let value = words
                    .next()
                    .ok_or_else(|| usage(&format!("{word} wants a value")))?;
                if found.flags.insert(word.clone(), value).is_some() {
                    return Err(usage(&format!("{word} stands twice")));
                }
            } else {
                return Err(usage(&format!("{word} is not known here")));
            }
        }
        Ok(found)
    }

    fn need(&self, flag: &str) -> Outcome<&str> {
        self.flags
            .get(flag)
            .map(String::as_str)
            .ok_or_else(|| usage(&format!("{flag} is missing")))
    }

    fn none_left(&self) -> Outcome<()> {
        self.rest.first().map_or(Ok(()), |word| {
            Err(usage(&format!("{word} is not known here")))
        })
    }
}

/// The key file that is to be made: it is named alone, and nothing lies there, not even a link that leads nowhere.
fn missing_key_file(words: &Words) -> Option<&Path> {
    match UNLOCK_FLAGS.map(|flag| words.flags.get(flag)) {
        [None, None, Some(file)] => Some(Path::new(file)).filter(|path| {
            path.symlink_metadata()
                .is_err_and(|error| error.kind() == ErrorKind::NotFound)
        }),
        _ => None,
    }
}

/// What opens the keys, read from where the caller said.
enum Opener {
    Passphrase(Zeroizing<Vec<u8>>),
    KeyFile(Secret<32>),
}

impl Opener {
    fn unlock(&self) -> Unlock<'_> {
        match self {
            Self::Passphrase(bytes) => Unlock::Passphrase(bytes),
            Self::KeyFile(key) => Unlock::KeyFile(key),
        }
    }

    fn read(words: &Words, home: &Path) -> Outcome<Self> {
        match UNLOCK_FLAGS.map(|flag| words.flags.get(flag)) {
            [Some(fd), None, None] => {
                let number: u32 = fd
                    .parse()
                    .map_err(|_| usage(&format!("--passphrase-fd wants a number: found {fd}")))?;
                passphrase(Path::new(&format!("/dev/fd/{number}")))
            }
            [None, Some(file), None] => {
                eprintln!(
                    "jinku-witness: the passphrase lies on the disk in {file}; a descriptor or a key file on another medium is better"
                );
                passphrase(Path::new(file))
            }
            [None, None, Some(file)] => Ok(Self::KeyFile(key_file::load(Path::new(file), home)?)),
            _ => Err(usage(
                "one of --passphrase-fd, --passphrase-file and --key-file is needed",
            )),
        }
    }
}

fn passphrase(path: &Path) -> Outcome<Opener> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_PASSPHRASE as usize + 1));
    let file = File::open(path).map_err(|error| WitnessError::io("opening", path, &error))?;
    let read = file.take(MAX_PASSPHRASE + 1).read_to_end(&mut bytes);
    read.map_err(|error| WitnessError::io("reading", path, &error))?;
    if bytes.len() as u64 > MAX_PASSPHRASE {
        return Err(WitnessError::usage("the passphrase is too long")
            .found("more bytes")
            .expected("at most 4096")
            .advice("see that it is the right file, or take a key file"));
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    Ok(Opener::Passphrase(bytes))
}

const UNLOCK_FLAGS: [&str; 3] = ["--passphrase-fd", "--passphrase-file", "--key-file"];

/// Runs one command; what it says goes to `out`.
///
/// # Errors
/// With the message and the exit status that the program ends with.
pub fn run(mut words: impl Iterator<Item = String>, out: &mut impl Write) -> Outcome<()> {
    let command = words.next().unwrap_or_default();
    let with = |own: &[&'static str]| [own, &UNLOCK_FLAGS].concat();
    match command.as_str() {
        "init" => init(&Words::parse(words, &with(&["--dir", "--name"]))?, out),
        "add-log" => add_log(&Words::parse(words, &["--dir"])?, out),
        "serve" => listen(
            &Words::parse(words, &with(&["--dir", "--listen", "--prefix"]))?,
            out,
        ),
        "keys" => {
            let words = Words::parse(words, &["--dir"])?;
            words.none_left()?;
            WitnessKeys::written(Path::new(words.need("--dir")?))?
                .iter()
                .try_for_each(|key| say(out, key))
        }
        "--version" => say(out, concat!("jinku-witness ", env!("CARGO_PKG_VERSION"))),
        _ => Err(usage("found no known command")),
    }
}

fn say(out: &mut impl Write, line: &str) -> Outcome<()> {
    let said = writeln!(out, "{line}").and_then(|()| out.flush());
    said.map_err(|error| {
        WitnessError::other("writing the answer failed")
            .found(cause(&error))
            .advice("see to what takes it; jinku-witness keys prints the vkeys of a witness again")
    })
}

/// The folder, held, and a key file that was made under its lock; without the key there is neither.
fn with_new_key(path: &Path, dir: &Path) -> Outcome<(Folder, Opener)> {
    key_file::check_place(path, dir)?;
    let folder = Folder::create(dir)?;
    match key_file::make(path, dir) {
        Ok(key) => {
            eprintln!(
                "jinku-witness: key file made: {} (whoever reads it opens the witness; without it nobody does: \
                 keep a copy elsewhere)",
                path.display()
            );
            Ok((folder, Opener::KeyFile(key)))
        }
        Err(error) => {
            folder.undo();
            Err(error)
        }
    }
}

fn init(words: &Words, out: &mut impl Write) -> Outcome<()> {
    words.none_left()?;
    let (dir, name) = (PathBuf::from(words.need("--dir")?), words.need("--name")?);
    // A name that no key can have is found before anything is made.
    VerifierKey::new(name, Algorithm::MlDsa44, &[0; 1312]).map_err(|error| {
        WitnessError::from(error)
            .advice("take a URL without its scheme as --name, such as witness.example/w1")
    })?;
    // Whose folder it is comes before all that leaves a trace.
    Folder::look(&dir)?;
    let (folder, opener) = match missing_key_file(words) {
        Some(path) => with_new_key(path, &dir)?,
        None => {
            let opener = Opener::read(words, &dir)?;
            (Folder::create(&dir)?, opener)
        }
    };
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    let keys = WitnessKeys::create(
        &folder,
        name,
        &opener.unlock(),
        KdfParams::default(),
        now_ms,
    )?;
    keys.public()
        .iter()
        .try_for_each(|key| say(out, &key.to_string()))?;
    eprintln!(
        "jinku-witness: give both lines to the operator of the log, in a way that nobody can swap them; \
         next: jinku-witness add-log --dir {} with the vkeys of the log",
        dir.display()
    );
    Ok(())
}

fn add_log(words: &Words, out: &mut impl Write) -> Outcome<()> {
    let keys: Result<Vec<VerifierKey>, _> = words
        .rest
        .iter()
        .map(|word| VerifierKey::parse(word))
        .collect();
    let log = LogFile::new(keys?)?;
    log.add(&Folder::open(Path::new(words.need("--dir")?))?)?;
    say(
        out,
        &format!("{} is witnessed from its next checkpoint on", log.origin()),
    )
}

fn listen(words: &Words, out: &mut impl Write) -> Outcome<()> {
    words.none_left()?;
    let dir = PathBuf::from(words.need("--dir")?);
    let prefix = words.flags.get("--prefix").map_or("", String::as_str);
    let fits = prefix.is_empty()
        || (prefix.starts_with('/')
            && !prefix.ends_with('/')
            && prefix.bytes().all(|b| b.is_ascii_graphic() && b != b'?'));
    if !fits {
        return Err(usage("--prefix wants a path such as /witness"));
    }
    let address = words.need("--listen")?;
    let folder = Folder::open(&dir)?;
    let opener = Opener::read(words, &dir)?;
    let keys = WitnessKeys::open(&folder, &opener.unlock())?;
    drop(opener);
    let witness = Arc::new(Witness::start(folder, keys)?);
    if witness.splits() > 0 {
        eprintln!(
            "jinku-witness: ALARM {} split views are on record in {}",
            witness.splits(),
            dir.join("splits").display()
        );
    }
    let failed = |error: std::io::Error| {
        WitnessError::other(format!("listening on {address} failed"))
            .found(cause(&error))
            .expected("an address of this machine with a free port, as 127.0.0.1:8080")
            .advice("see who listens there (ss -ltnp), or name another --listen")
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    let at = listener.local_addr().map_err(failed)?;
    say(out, &format!("listening on {at}"))?;
    serve(&witness, &listener, prefix, Limits::default());
    Ok(())
}
