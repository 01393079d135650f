//! `jinku-signer serve`: hardened, locked, detached, listening.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::folders::{Home, Runtime};
use crate::logbook::note;
use crate::refusal::{ALREADY_RUNNING, Outcome, Refusal};
use crate::state::Signer;
use crate::{harden, server};

/// The line that a starting signer prints when its socket stands.
const READY: &str = "ready";

/// What `serve` was asked for.
pub struct Serve {
    /// The home, absolute.
    pub home: PathBuf,
    /// The runtime folder, absolute.
    pub runtime: PathBuf,
    /// A second user that may speak to the signer.
    pub allow_uid: Option<u32>,
    /// Stay in the foreground, for a service manager.
    pub foreground: bool,
    /// This process is the detached one.
    pub detached: bool,
}

/// A detached signer listens; this process only saw it start.
///
/// # Errors
/// `signer.running` or `signer.start`, in the words of the child that refused.
pub fn launch(serve: &Serve) -> Outcome<()> {
    let program =
        std::env::current_exe().map_err(|error| Refusal::io("finding this program", &error))?;
    let logs = serve.home.join("logs");
    let log = std::fs::create_dir_all(&logs).and_then(|()| {
        std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(logs.join("signer.log"))
    });
    let mut command = Command::new(program);
    command
        .arg("serve")
        .arg("--home")
        .arg(&serve.home)
        .arg("--runtime")
        .arg(&serve.runtime);
    if let Some(uid) = serve.allow_uid {
        command.arg("--allow-uid").arg(uid.to_string());
    }
    command
        .arg("--detached")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command.stderr(log.map_or_else(|_| Stdio::null(), Stdio::from));
    let mut child = command
        .spawn()
        .map_err(|error| Refusal::io("starting the signer", &error))?;
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        let _ = BufReader::new(out).read_line(&mut line);
    }
    if line.trim_end() == READY {
        return Ok(());
    }
    // It refused and said why, or died: either way it ends now, and its exit code is the cause.
    let ended = child
        .wait()
        .map_err(|error| Refusal::io("waiting for the signer", &error))?;
    let code = if ended.code() == Some(i32::from(ALREADY_RUNNING)) {
        "signer.running"
    } else {
        "signer.start"
    };
    let said = match line.trim_end() {
        "" => "the signer ended while starting; see logs/signer.log in the home",
        said => said,
    };
    Err(Refusal::new(code, said))
}

/// Serves until told to stop; returns after the socket is gone and all keys are wiped.
///
/// # Errors
/// `signer.*` or `store.*` when it cannot start.
pub fn run(serve: &Serve) -> Outcome<()> {
    let outcome = start(serve);
    if let (Err(refusal), true) = (&outcome, serve.detached) {
        println!("{}", refusal.message); // the exit code says which
    }
    outcome
}

fn start(serve: &Serve) -> Outcome<()> {
    harden::harden()?;
    harden::quiet_panics();
    if serve.detached {
        rustix::process::setsid().map_err(|error| Refusal::io("detaching", &error.into()))?;
    }
    let home = Home::open(&serve.home)?;
    let runtime = Runtime::open(&serve.runtime, serve.allow_uid.is_some())?;
    let signer = Arc::new(Signer::new(home, runtime.socket())?);
    let listener = server::listen(&runtime, serve.allow_uid.is_some())?;
    let _ = std::env::set_current_dir("/");
    println!("{READY}");
    let _ = std::io::stdout().flush();
    if serve.detached {
        silence()?;
    }
    note("start", &[("version", env!("CARGO_PKG_VERSION"))]);
    let clock = Arc::clone(&signer);
    let reaper = std::thread::Builder::new()
        .name("reaper".into())
        .spawn(move || clock.reap());
    reaper.map_err(|error| Refusal::io("starting the clock of tokens", &error))?;
    server::serve(&listener, &signer, serve.allow_uid);
    runtime.clear();
    signer.lock_all();
    note("stop", &[]);
    Ok(())
}

/// Standard output leads nowhere from here on.
fn silence() -> Outcome<()> {
    let null = std::fs::OpenOptions::new().write(true).open("/dev/null");
    let null = null.map_err(|error| Refusal::io("opening /dev/null", &error))?;
    rustix::stdio::dup2_stdout(&null)
        .map_err(|error| Refusal::io("letting go of the terminal", &error.into()))
}
