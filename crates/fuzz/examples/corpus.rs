//! Writes the starting inputs of every target for libFuzzer: `cargo run -p jinku-fuzz --example corpus -- fuzz/corpus`.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(root) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("say where to: cargo run -p jinku-fuzz --example corpus -- fuzz/corpus");
        return ExitCode::from(2);
    };
    for target in jinku_fuzz::TARGETS {
        let folder = root.join(target.name);
        for (number, seed) in (target.seeds)().iter().enumerate() {
            let written = std::fs::create_dir_all(&folder)
                .and_then(|()| std::fs::write(folder.join(format!("{number:04}")), seed));
            if let Err(error) = written {
                eprintln!("writing {} failed: {error}", folder.display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
