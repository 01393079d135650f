//! The jinku-approver program.

use std::process::ExitCode;

use jinku_approver::{Ready, harden};

fn main() -> ExitCode {
    let words: Option<Vec<String>> = std::env::args_os()
        .skip(1)
        .map(|word| word.into_string().ok())
        .collect();
    let Some(words) = words else {
        eprintln!("jinku-approver: an argument is not UTF-8");
        return ExitCode::from(2);
    };
    let json = words.iter().any(|word| word == "--json");
    let done = Ready::parse(words.into_iter()).and_then(|ready| {
        harden()?;
        ready.run(&mut std::io::stdout().lock())
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if json => {
            eprintln!("{}", error.json());
            ExitCode::from(error.exit)
        }
        Err(error) => {
            eprintln!("jinku-approver: {}", error.lines());
            ExitCode::from(error.exit)
        }
    }
}
