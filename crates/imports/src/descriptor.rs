//! Output descriptors for watch-only vaults: BIP-380, 381, 382, 386, 389.
//!
//! Read are `pkh(KEY)`, `wpkh(KEY)`, `sh(wpkh(KEY))` and `tr(KEY)` over an xpub or tpub. Scripts,
//! multi-signature and private keys are refused, each with its reason.

use jinku_address::{
    AddressError, Network as Chain, encode_p2pkh, encode_p2sh, encode_p2tr_output, encode_p2wpkh,
    taproot_output, witness_script_of_key,
};
use jinku_hd::key::{ExtendedPublic, KeyError};
use jinku_hd::path::{HARDENED, Path};
use jinku_hd::{Network, Script};

use crate::error::{ImportError, text};

const FORMAT: &str = "descriptor";
const LIMIT: usize = 4096;

/// The output script of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// `pkh(KEY)`
    P2pkh,
    /// `sh(wpkh(KEY))`
    P2shP2wpkh,
    /// `wpkh(KEY)`
    P2wpkh,
    /// `tr(KEY)`
    P2tr,
}

/// Where an extended key comes from: `[fingerprint/path]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Fingerprint of the master key.
    pub fingerprint: [u8; 4],
    /// Path from the master key to the extended key.
    pub path: Path,
}

/// A descriptor for one chain of addresses. No `Debug`: an xpub is to be sealed like a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// The output script.
    pub output: Output,
    /// Where the key comes from, if the descriptor says so.
    pub origin: Option<Origin>,
    /// The extended public key.
    pub key: ExtendedPublic,
    /// `Main` for xpub, `Test` for tpub.
    pub network: Network,
    /// The steps between the key and the wildcard.
    pub steps: Path,
    /// True when the descriptor ends in `/*`.
    pub wildcard: bool,
}

fn wrong(problem: &'static str) -> ImportError {
    ImportError::Descriptor { problem }
}

impl Descriptor {
    /// The descriptors of a text: one, or one for each branch of `<0;1>` (BIP-389). The checksum is verified.
    pub fn parse(data: &[u8]) -> Result<Vec<Self>, ImportError> {
        let text = text(FORMAT, data, LIMIT)?;
        let (body, given) = match text.split_once('#') {
            Some((body, given)) => (body, Some(given)),
            None => (text, None),
        };
        let expected =
            checksum(body).ok_or(wrong("it holds a character that descriptors do not have"))?;
        let (output, key) = unwrap(body)?;
        match given {
            Some(given) if given == expected => key_expression(output, key),
            Some(_) => Err(ImportError::Checksum { format: FORMAT }),
            // The rest is checked first, so that nobody is told to sign off a text that is wrong anyway.
            None => {
                key_expression(output, key).and(Err(ImportError::NoDescriptorChecksum { expected }))
            }
        }
    }

    /// The public key of address number `index` (always the same without a wildcard).
    pub fn key_at(&self, index: u32) -> Result<ExtendedPublic, KeyError> {
        let last = self.key.derive(&self.steps)?;
        if self.wildcard {
            last.child(index)
        } else {
            Ok(last)
        }
    }

    /// Address number `index` on a Bitcoin network.
    pub fn address_at(&self, index: u32, chain: &Chain) -> Result<String, ImportError> {
        if chain.test != (self.network == Network::Test) {
            return Err(wrong(
                "the extended key is of another network than the chain (xpub: mainnet, tpub: test)",
            ));
        }
        let key = self.key_at(index)?.key;
        Ok(match self.output {
            Output::P2pkh => encode_p2pkh(&key, chain.versions[0]),
            Output::P2shP2wpkh => encode_p2sh(&witness_script_of_key(&key), chain.versions[1]),
            Output::P2wpkh => encode_p2wpkh(&key, chain.hrp),
            Output::P2tr => {
                let mut internal = [0; 32];
                internal.copy_from_slice(&key[1..]);
                let output = taproot_output(&internal).ok_or(KeyError::BadPublic)?;
                encode_p2tr_output(&output, chain.hrp)
            }
        })
    }

    /// The text with its checksum: `'` for hardened steps, no branches.
    pub fn encode(&self) -> Result<String, ImportError> {
        let version = jinku_hd::Version {
            network: self.network,
            script: Script::Any,
        };
        let key = self.key.to_xpub_as(version)?;
        let mut inner = String::new();
        if let Some(origin) = &self.origin {
            let path = origin.path.to_string();
            inner += &format!(
                "[{}{}]",
                hex::encode(origin.fingerprint),
                path.trim_start_matches('m')
            );
        }
        inner += &format!("{}{}", *key, self.steps.to_string().trim_start_matches('m'));
        if self.wildcard {
            inner += "/*";
        }
        let body = match self.output {
            Output::P2pkh => format!("pkh({inner})"),
            Output::P2shP2wpkh => format!("sh(wpkh({inner}))"),
            Output::P2wpkh => format!("wpkh({inner})"),
            Output::P2tr => format!("tr({inner})"),
        };
        let sum =
            checksum(&body).ok_or(wrong("it holds a character that descriptors do not have"))?;
        Ok(format!("{body}#{sum}"))
    }
}

impl From<AddressError> for ImportError {
    fn from(_: AddressError) -> Self {
        wrong("the chain is no Bitcoin network that is known")
    }
}

/// Output script and key expression of a descriptor's body.
fn unwrap(body: &str) -> Result<(Output, &str), ImportError> {
    let shapes = [
        ("sh(wpkh(", "))", Output::P2shP2wpkh),
        ("wpkh(", ")", Output::P2wpkh),
        ("pkh(", ")", Output::P2pkh),
    ];
    for (open, close, output) in shapes.into_iter().chain([("tr(", ")", Output::P2tr)]) {
        if let Some(inner) = body
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
        {
            return match (inner.contains(['(', ')', '{']), inner.contains(',')) {
                (false, false) => Ok((output, inner)),
                (_, true) if output == Output::P2tr => {
                    Err(wrong("taproot script trees are not read"))
                }
                _ => Err(wrong("scripts inside it are not read")),
            };
        }
    }
    let known = [
        "wsh(",
        "sh(",
        "multi(",
        "sortedmulti(",
        "addr(",
        "raw(",
        "combo(",
        "pk(",
        "rawtr(",
    ];
    match known.into_iter().any(|name| body.starts_with(name)) {
        true => Err(wrong("this kind of descriptor is not read")),
        false => Err(wrong("it is none of the known kinds")),
    }
}

fn key_expression(output: Output, text: &str) -> Result<Vec<Descriptor>, ImportError> {
    let (origin, rest) = match text.strip_prefix('[') {
        None => (None, text),
        Some(inner) => {
            let (inner, rest) = inner
                .split_once(']')
                .ok_or(wrong("the key origin has no closing bracket"))?;
            (Some(key_origin(inner)?), rest)
        }
    };
    let (key, steps) = rest.split_once('/').unwrap_or((rest, ""));
    let (key, version) = extended(key)?;
    if version.script != Script::Any {
        return Err(wrong(
            "a descriptor names its script itself and takes xpub or tpub, not ypub or zpub",
        ));
    }
    let (steps, wildcard) = match steps {
        "" if rest.contains('/') => return Err(wrong("its path ends in a slash")),
        "" => ("", false),
        "*" => ("", true),
        "/*" => return Err(wrong("a step of its path is empty")),
        _ => match steps.strip_suffix("/*") {
            Some(before) => (before, true),
            None => (steps, false),
        },
    };
    let descriptor = |steps| Descriptor {
        output,
        origin: origin.clone(),
        key: key.clone(),
        network: version.network,
        steps,
        wildcard,
    };
    let paths = branches(steps)?;
    if let Some(index) = paths
        .iter()
        .flat_map(|path| &path.0)
        .find(|index| *index & HARDENED != 0)
    {
        return Err(KeyError::HardenedFromPublic {
            index: index & !HARDENED,
        }
        .into());
    }
    Ok(paths.into_iter().map(descriptor).collect())
}

fn key_origin(inner: &str) -> Result<Origin, ImportError> {
    let (fingerprint, path) = inner
        .split_once('/')
        .map_or((inner, None), |(left, right)| (left, Some(right)));
    let bytes = hex::decode(fingerprint)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    let fingerprint = bytes.ok_or(wrong(
        "the origin's fingerprint is not 8 hexadecimal digits",
    ))?;
    let path = match path {
        Some(path) => {
            Path::parse_relative(path).map_err(|_| wrong("the origin's path is wrong"))?
        }
        None => Path::default(),
    };
    Ok(Origin { fingerprint, path })
}

/// The extended public key; private and bare keys are refused by name.
fn extended(text: &str) -> Result<(ExtendedPublic, jinku_hd::Version), ImportError> {
    match ExtendedPublic::from_xpub_versioned(text) {
        Ok(found) => Ok(found),
        Err(KeyError::IsPrivate) => Err(ImportError::PrivateKey { format: FORMAT }),
        Err(_) if crate::wif::parse(text.as_bytes()).is_ok() => {
            Err(ImportError::PrivateKey { format: FORMAT })
        }
        Err(_)
            if matches!(text.len(), 64 | 66 | 130)
                && text.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            Err(wrong(
                "a single public key is not read: give an extended one (xpub)",
            ))
        }
        Err(error) => Err(error.into()),
    }
}

/// The paths that steps such as `<0;1>/5` stand for.
fn branches(steps: &str) -> Result<Vec<Path>, ImportError> {
    if steps.is_empty() {
        return Ok(vec![Path::default()]);
    }
    let bad = || wrong("a step of its path is no index below 2147483648");
    if steps.split('/').any(|step| step.starts_with('*')) {
        return Err(match steps.ends_with('*') {
            false
                if steps
                    .split('/')
                    .next_back()
                    .is_some_and(|last| last.starts_with('*')) =>
            {
                wrong("its wildcard is hardened (*' or *h), which an xpub cannot derive: use /*")
            }
            _ => wrong("the wildcard * stands before the end of its path"),
        });
    }
    let Some((before, rest)) = steps.split_once('<') else {
        return Path::parse_relative(steps)
            .map(|path| vec![path])
            .map_err(|_| bad());
    };
    let (inside, after) = rest
        .split_once('>')
        .ok_or(wrong("its branches <a;b> are not closed"))?;
    let choices: Vec<&str> = inside.split(';').collect();
    let mut distinct = choices.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if choices.len() < 2 || distinct.len() < choices.len() || after.contains('<') {
        return Err(wrong(
            "branches <a;b> stand once and hold two or more different steps",
        ));
    }
    let path = |choice: &&str| {
        Path::parse_relative(&format!("{before}{choice}{after}")).map_err(|_| bad())
    };
    choices.iter().map(path).collect()
}

/// The eight characters behind `#` (BIP-380, "Checksum"); None when a character has no place in descriptors.
pub fn checksum(body: &str) -> Option<String> {
    const INPUT: &str = "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~\
                         ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";
    const OUTPUT: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let (mut state, mut group, mut count) = (1u64, 0u64, 0u32);
    for letter in body.chars() {
        let place = u64::try_from(INPUT.find(letter)?).ok()?;
        state = polymod(state, place & 31);
        group = group * 3 + (place >> 5);
        count += 1;
        if count == 3 {
            state = polymod(state, group);
            (group, count) = (0, 0);
        }
    }
    if count > 0 {
        state = polymod(state, group);
    }
    for _ in 0..8 {
        state = polymod(state, 0);
    }
    state ^= 1;
    Some(
        (0..8)
            .map(|at| char::from(OUTPUT[(state >> (5 * (7 - at)) & 31) as usize]))
            .collect(),
    )
}

fn polymod(state: u64, value: u64) -> u64 {
    const GENERATOR: [u64; 5] = [
        0xf5_dee5_1989,
        0xa9_fdca_3312,
        0x1b_ab10_e32d,
        0x37_06b1_677a,
        0x64_4d62_6ffd,
    ];
    let top = state >> 35;
    let mut next = (state & 0x7_ffff_ffff) << 5 ^ value;
    for (bit, generator) in GENERATOR.iter().enumerate() {
        if top >> bit & 1 == 1 {
            next ^= generator;
        }
    }
    next
}
