//! The jinku-signer process: `serve` and `ask`.

use std::path::PathBuf;
use std::process::ExitCode;

use jinku_signer::ask::{self, Ask};
use jinku_signer::daemon::{self, Serve};
use jinku_signer::heap::Wiping;
use jinku_signer::refusal::{Outcome, Refusal};

#[global_allocator]
static HEAP: Wiping = Wiping;

const USAGE: &str = "usage:
  jinku-signer serve --home DIR --runtime DIR [--allow-uid UID] [--foreground]
  jinku-signer ask --out-fd N [--confirm] PROMPT
  jinku-signer --version";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            eprintln!("jinku-signer: {}", refusal.message);
            ExitCode::from(refusal.exit_code())
        }
    }
}

fn run() -> Outcome<()> {
    let mut arguments = Vec::new();
    for argument in std::env::args_os().skip(1) {
        arguments.push(
            argument
                .into_string()
                .map_err(|_| usage("an argument is not UTF-8"))?,
        );
    }
    let mut arguments = arguments.into_iter();
    match arguments.next().as_deref() {
        Some("serve") => {
            let serve = parse_serve(arguments)?;
            if serve.foreground || serve.detached {
                daemon::run(&serve)
            } else {
                daemon::launch(&serve)
            }
        }
        Some("ask") => ask::ask(&parse_ask(arguments)?),
        Some("--version") => {
            println!("jinku-signer {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        _ => Err(usage("found no known command")),
    }
}

fn usage(what: &str) -> Refusal {
    Refusal::new("usage.arguments", format!("{what}\n{USAGE}"))
}

fn value(arguments: &mut impl Iterator<Item = String>, flag: &str) -> Outcome<String> {
    arguments
        .next()
        .ok_or_else(|| usage(&format!("{flag} wants a value")))
}

fn number(text: &str, flag: &str) -> Outcome<u32> {
    text.parse()
        .map_err(|_| usage(&format!("{flag} wants a number: found {text}")))
}

fn folder(text: &str) -> Outcome<PathBuf> {
    std::path::absolute(text).map_err(|error| usage(&format!("{text} is no path: {error}")))
}

fn parse_serve(mut arguments: impl Iterator<Item = String>) -> Outcome<Serve> {
    let (mut home, mut runtime, mut allow_uid, mut foreground, mut detached) =
        (None, None, None, false, false);
    while let Some(flag) = arguments.next() {
        match flag.as_str() {
            "--home" => home = Some(folder(&value(&mut arguments, "--home")?)?),
            "--runtime" => runtime = Some(folder(&value(&mut arguments, "--runtime")?)?),
            "--allow-uid" => {
                allow_uid = Some(number(
                    &value(&mut arguments, "--allow-uid")?,
                    "--allow-uid",
                )?)
            }
            "--foreground" => foreground = true,
            "--detached" => detached = true,
            other => return Err(usage(&format!("serve does not know {other}"))),
        }
    }
    match (home, runtime) {
        (Some(home), Some(runtime)) => Ok(Serve {
            home,
            runtime,
            allow_uid,
            foreground,
            detached,
        }),
        _ => Err(usage("serve wants --home and --runtime")),
    }
}

fn parse_ask(mut arguments: impl Iterator<Item = String>) -> Outcome<Ask> {
    let (mut out_fd, mut confirm, mut prompt) = (None, false, None);
    while let Some(flag) = arguments.next() {
        match flag.as_str() {
            "--out-fd" => out_fd = Some(number(&value(&mut arguments, "--out-fd")?, "--out-fd")?),
            "--confirm" => confirm = true,
            _ if prompt.is_none() => prompt = Some(flag),
            _ => return Err(usage("ask wants one prompt")),
        }
    }
    match (out_fd, prompt) {
        (Some(out_fd), Some(prompt)) => Ok(Ask {
            out_fd,
            confirm,
            prompt,
        }),
        _ => Err(usage("ask wants --out-fd and a prompt")),
    }
}
