//! The jinku-witness program.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Keys are in this process: no core files, and nothing that it makes is open to others.
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let words: Option<Vec<String>> = std::env::args_os()
        .skip(1)
        .map(|word| word.into_string().ok())
        .collect();
    let Some(words) = words else {
        eprintln!("jinku-witness: an argument is not UTF-8");
        return ExitCode::from(2);
    };
    match jinku_witness::command::run(words.into_iter(), &mut std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("jinku-witness: {}", error.lines());
            ExitCode::from(error.exit)
        }
    }
}
