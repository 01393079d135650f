//! Measures the engine and prints one JSON line.
//!
//! `engine MODE [--lanes auto|portable|avx2|avx512|neon] [--threads N] [--seconds S] [--check N]` with MODE one of `pbkdf2`,
//! `self-evm`, `self-all`, `custodial-evm`, `custodial-all`, `recheck-all`, `hardened-evm`. The input is fixed, so that a rival can work
//! on the same: entropy of wallet i is SHA-256 of `jinku bench` and i as 8 bytes big-endian; the custodial tree is that of wallet 0.
//! `check` is SHA-256 over the first `--check` results, a line feed behind each: addresses (joined by commas), or seeds in hex.

use std::process::ExitCode;
use std::time::Instant;

use jinku_address::{Family, Form};
use jinku_bulk::{Batch, BulkError, Tree, wallets_of};
use jinku_hd::bip39::{Language, Mnemonic, seed_salt};
use jinku_lanes::{Backend, pbkdf2_hmac_sha512};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

struct Options {
    mode: String,
    backend: Backend,
    threads: usize,
    seconds: f64,
    check: usize,
}

/// One piece of work: results as text for the first few, and how many there were.
type Work = Box<dyn Fn(&Input) -> Result<(usize, Vec<String>), BulkError> + Sync>;

/// What is prepared outside the clock.
struct Input {
    mnemonics: Vec<Mnemonic>,
    backend: Backend,
    check: usize,
}

fn main() -> ExitCode {
    let outcome = options().and_then(|options| measure(&options));
    match outcome {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("engine: {error}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, String> {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments
        .next()
        .ok_or("which mode? pbkdf2, self-evm, self-all, custodial-evm or custodial-all")?;
    let mut options = Options {
        mode,
        backend: jinku_lanes::backend(),
        threads: 1,
        seconds: 3.0,
        check: 200,
    };
    while let Some(name) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        let number = || {
            value
                .parse::<usize>()
                .map_err(|_| format!("{name} {value}: not a number"))
        };
        match name.as_str() {
            "--lanes" => options.backend = value.parse().map_err(|error| format!("{error}"))?,
            "--threads" => options.threads = number()?.max(1),
            "--seconds" => {
                options.seconds = value.parse().map_err(|_| format!("{value}: not seconds"))?
            }
            "--check" => options.check = number()?,
            _ => return Err(format!("unknown option {name}")),
        }
    }
    if !options.backend.is_available() {
        return Err(format!("this CPU has no {}", options.backend));
    }
    Ok(options)
}

fn measure(options: &Options) -> Result<String, String> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|e| e.to_string())?;
    let (work, batch) = work_of(&options.mode, options.backend, options.threads)?;
    let prepare = || Input {
        mnemonics: mnemonics(batch),
        backend: options.backend,
        check: options.check,
    };
    let run = |input: Input| {
        pool.install(|| work(&input))
            .map_err(|error| error.to_string())
    };
    let (_, texts) = run(prepare())?;
    let (mut items, mut seconds, mut rounds) = (0, 0.0, Vec::new());
    while seconds < options.seconds {
        let input = prepare();
        let clock = Instant::now();
        let (done, _) = run(input)?;
        let took = clock.elapsed().as_secs_f64();
        items += done;
        seconds += took;
        rounds.push(done as f64 / took);
    }
    rounds.sort_by(f64::total_cmp);
    let median = rounds[rounds.len() / 2];
    let digest = texts
        .iter()
        .fold(Sha256::new(), |hash, text| {
            hash.chain_update(text).chain_update(b"\n")
        })
        .finalize();
    let check: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!(
        "{{\"mode\":\"{}\",\"lanes\":\"{}\",\"threads\":{},\"items\":{items},\"seconds\":{seconds:.3},\"rate\":{:.0},\
         \"median_rate\":{median:.0},\"checked\":{},\"check\":\"{check}\"}}",
        options.mode,
        options.backend,
        options.threads,
        items as f64 / seconds,
        texts.len(),
    ))
}

fn entropy(wallet: usize) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"jinku bench")
        .chain_update((wallet as u64).to_be_bytes())
        .finalize()
        .into()
}

fn mnemonics(count: usize) -> Vec<Mnemonic> {
    (0..count)
        .filter_map(|at| Mnemonic::from_entropy(&entropy(at), Language::English).ok())
        .collect()
}

/// The work of a mode and how many mnemonics it takes.
fn work_of(mode: &str, backend: Backend, threads: usize) -> Result<(Work, usize), String> {
    let tree = |forms: Vec<Form>| {
        let seed = mnemonics(1)
            .first()
            .map(|mnemonic| mnemonic.seed(""))
            .ok_or("no mnemonic")?;
        Tree::new(&seed, &forms)
            .map(|tree| tree.on(backend))
            .map_err(|error| error.to_string())
    };
    let custodial = |tree: Tree, count: u32| -> (Work, usize) {
        let work = move |input: &Input| {
            let batch = tree.derive(&[1; 16], 1, 0, count)?;
            Ok((count as usize, rows(&batch, input.check)))
        };
        (Box::new(work), 0)
    };
    let own = |forms: Vec<Form>| -> (Work, usize) {
        let work = move |input: &Input| {
            let copies = input
                .mnemonics
                .iter()
                .map(|m| Mnemonic::from_entropy(m.entropy(), m.language()));
            let copies = copies.collect::<Result<Vec<_>, _>>()?;
            let made = wallets_of(copies, &forms, &[1; 16], 1, 0, input.backend)?;
            Ok((made.wallets.len(), rows(&made.batch, input.check)))
        };
        (Box::new(work), 512 * threads)
    };
    match mode {
        "pbkdf2" => Ok((Box::new(|input| Ok(seeds(input))), 512 * threads)),
        "self-evm" => Ok(own(Form::defaults(&[Family::Evm]))),
        "self-all" => Ok(own(Form::defaults(&Family::ALL))),
        "custodial-evm" => Ok(custodial(tree(Form::defaults(&[Family::Evm]))?, 1 << 17)),
        "custodial-all" => Ok(custodial(tree(Form::defaults(&Family::ALL))?, 1 << 14)),
        "hardened-evm" => Ok(custodial(
            tree(Form::hardened_defaults(&[Family::Evm]))?,
            1 << 14,
        )),
        "recheck-all" => {
            let tree = tree(Form::defaults(&Family::ALL))?;
            let work = move |input: &Input| {
                let indices: Vec<u64> = (0..256).collect();
                let rows = tree.recheck_many(&indices)?;
                Ok((
                    rows.len(),
                    rows.iter()
                        .take(input.check)
                        .map(|row| row.join(","))
                        .collect(),
                ))
            };
            Ok((Box::new(work), 0))
        }
        other => Err(format!("unknown mode {other}")),
    }
}

/// The first accounts' addresses, joined by commas.
fn rows(batch: &Batch, count: usize) -> Vec<String> {
    let mut columns: Vec<_> = batch.columns.iter().map(|column| column.texts()).collect();
    let row = |_| {
        let texts = columns.iter_mut().map(|column| {
            column
                .next()
                .map(|text| String::from_utf8_lossy(text).into_owned())
        });
        texts
            .collect::<Option<Vec<_>>>()
            .map(|texts| texts.join(","))
    };
    (0..count).map_while(row).collect()
}

fn seeds(input: &Input) -> (usize, Vec<String>) {
    let passwords: Vec<_> = input
        .mnemonics
        .iter()
        .map(Mnemonic::seed_password)
        .collect();
    let salt = seed_salt("");
    let items: Vec<(&[u8], &[u8])> = passwords
        .iter()
        .map(|p| (p.as_bytes(), salt.as_bytes()))
        .collect();
    let mut out = vec![[0u8; 64]; items.len()];
    items
        .par_chunks(64)
        .zip(out.par_chunks_mut(64))
        .for_each(|(items, out)| pbkdf2_hmac_sha512(input.backend, items, 2048, out));
    let hex = |seed: &[u8; 64]| seed.iter().map(|byte| format!("{byte:02x}")).collect();
    (items.len(), out.iter().take(input.check).map(hex).collect())
}
