//! Every verb's body as a type. Parsing checks shape and range only; what a call may do is decided by the verbs.

use std::str::FromStr;

use jinku_words::id::Id;

use super::Reader;
use crate::refusal::{Outcome, Refusal};

const TEXT: usize = 256;
const LIMITS_TEXT: usize = 16 << 10;
const MAX_FORMS: usize = 32;
const MAX_INDEXES: usize = 10_000;
const MAX_BLOB: usize = 64 << 10;
const MAX_RECIPIENTS: usize = 10_000;
/// Most bytes of one piece of evidence.
const MAX_EVIDENCE: usize = 256 << 10;

/// What stands behind a descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretKind {
    /// Bytes a person chose; one trailing newline is not part of them.
    Passphrase,
    /// Exactly 32 raw bytes.
    Keyfile,
}

/// The place of a descriptor among those that came with the frame.
pub type Fd = u8;

/// A secret that the signer reads from a descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SecretRef {
    /// Which descriptor.
    pub fd: Fd,
    /// What it holds.
    pub kind: SecretKind,
}

/// One address that every account gets, as text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FormSpec {
    /// CAIP-2 chain.
    pub chain: String,
    /// Chain family.
    pub family: String,
    /// Kind of address.
    pub kind: String,
    /// Path template with `{i}`.
    pub path: String,
}

/// What a new vault shall be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VaultSpec {
    /// The vault's id.
    pub vault: Id,
    /// Its name.
    pub name: String,
    /// hot, warm or cold.
    pub tier: String,
    /// The forms of every account.
    pub forms: Vec<FormSpec>,
    /// True when each account has a hardened level of its own.
    pub hardened: bool,
    /// False when nothing of it may ever be exported.
    pub exportable: bool,
    /// Words of a mnemonic to make.
    pub words: u8,
    /// Word list of a mnemonic to make.
    pub language: String,
    /// Limits of use: canonical JSON, opaque here.
    pub limits: String,
}

/// The import of foreign key material.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportCall {
    /// What the vault shall be.
    pub spec: VaultSpec,
    /// The foreign form's name.
    pub kind: String,
    /// Where the material comes from.
    pub material: Fd,
    /// The new vault's own secret.
    pub secret: SecretRef,
    /// BIP-39 passphrase, keystore or NEP-2 password.
    pub material_passphrase: Option<SecretRef>,
    /// True when a keystore may be as costly as it says.
    pub allow_costly_kdf: bool,
}

/// A set of verbs that a token allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerbMask(pub u8);

impl VerbMask {
    /// derive and recheck.
    pub const DERIVE: Self = Self(1);
    /// describe.
    pub const DESCRIBE: Self = Self(2);
    /// export.
    pub const EXPORT: Self = Self(4);
    /// `make_wallets`.
    pub const MAKE: Self = Self(8);
    const ALL: u8 = 15;

    /// True when every verb of `other` is in this set.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A range of accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeriveRequest {
    /// Which vault's tree, or whose token when wallets are made.
    pub vault: Id,
    /// The job; with `ts_ms` it fixes the account ids.
    pub job: Id,
    /// The job's creation time, Unix milliseconds.
    pub ts_ms: u64,
    /// First index.
    pub start: u64,
    /// How many.
    pub count: u32,
    /// Which of the vault's forms; all of them when empty. For wallets, the forms of each.
    pub forms: Vec<FormSpec>,
}

/// Where self-mode mnemonics go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// One age recipient a wallet.
    Recipients(Vec<String>),
    /// One-time codes, written to a descriptor.
    Codes(Fd),
}

/// An export by the rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExportRequest {
    /// Which vault.
    pub vault: Id,
    /// One account, or the whole vault.
    pub index: Option<u64>,
    /// Which of the vault's forms an account's key is wanted for; the first that fits when absent.
    pub form: Option<u32>,
    /// mnemonic, keystore, age, qr, wif, xprv, …
    pub format: String,
    /// Where it is written.
    pub out: Fd,
    /// Password of a keystore.
    pub secret: Option<SecretRef>,
    /// age recipient; empty when none.
    pub recipient: String,
}

/// A request, parsed.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // the fields carry the names of the protocol page
pub enum Call {
    Hello {
        nonce: [u8; 32],
    },
    InitSystem {
        deployment: Id,
        secret: SecretRef,
    },
    UnlockSystem {
        secret: SecretRef,
    },
    Lock {
        vault: Option<Id>,
    },
    Shutdown,
    CreateVault {
        spec: VaultSpec,
        secret: SecretRef,
        bip39: Option<SecretRef>,
    },
    ImportVault(Box<ImportCall>),
    UnlockVault {
        vault: Id,
        secret: SecretRef,
        verbs: VerbMask,
        ttl_s: u32,
    },
    Describe {
        vault: Id,
    },
    ListVaults,
    ChangePassphrase {
        vault: Id,
        old: SecretRef,
        new: SecretRef,
    },
    Rekey {
        vault: Id,
        secret: SecretRef,
    },
    Derive(DeriveRequest),
    Recheck {
        vault: Id,
        indexes: Vec<u64>,
    },
    MakeWallets {
        request: DeriveRequest,
        words: u8,
        language: String,
        delivery: Delivery,
    },
    Claim {
        code: Fd,
        blob: Vec<u8>,
        out: Fd,
        recipient: String,
    },
    ClaimLookup {
        code: Fd,
    },
    Export(ExportRequest),
    CreateEvidenceKey {
        secret: SecretRef,
    },
    SealEvidence {
        subject: String,
        evidence: Vec<u8>,
    },
    OpenEvidence {
        secret: SecretRef,
        subject: String,
        ciphertext: Vec<u8>,
        sealed_key: Vec<u8>,
        commitment: Vec<u8>,
        out: Fd,
    },
}

impl Call {
    /// The call in `body`, where `fds` descriptors came along.
    ///
    /// # Errors
    /// `wire.unknown_verb`, `wire.malformed` or `usage.*`.
    pub fn parse(verb: u8, body: &[u8], fds: usize) -> Outcome<Self> {
        let mut body = Body {
            reader: Reader::new(body),
            fds,
        };
        let call = body.call(verb)?;
        body.reader.end()?;
        Ok(call)
    }
}

struct Body<'a> {
    reader: Reader<'a>,
    fds: usize,
}

impl Body<'_> {
    fn call(&mut self, verb: u8) -> Outcome<Call> {
        Ok(match verb {
            0x01 => Call::Hello {
                nonce: self.reader.array()?,
            },
            0x02 => Call::InitSystem {
                deployment: self.id()?,
                secret: self.secret()?,
            },
            0x03 => Call::UnlockSystem {
                secret: self.secret()?,
            },
            0x04 => Call::Lock {
                vault: if self.reader.flag()? {
                    Some(self.id()?)
                } else {
                    None
                },
            },
            0x05 => Call::Shutdown,
            0x10 => Call::CreateVault {
                spec: self.spec()?,
                secret: self.secret()?,
                bip39: self.maybe_secret()?,
            },
            0x11 => Call::ImportVault(Box::new(self.import()?)),
            0x12 => self.unlock()?,
            0x13 => Call::Describe { vault: self.id()? },
            0x14 => Call::ListVaults,
            0x15 => Call::ChangePassphrase {
                vault: self.id()?,
                old: self.secret()?,
                new: self.secret()?,
            },
            0x16 => Call::Rekey {
                vault: self.id()?,
                secret: self.secret()?,
            },
            0x20 => Call::Derive(self.derive()?),
            0x21 => Call::Recheck {
                vault: self.id()?,
                indexes: self.reader.list(MAX_INDEXES, Reader::u64)?,
            },
            0x22 => self.make()?,
            0x23 => Call::Claim {
                code: self.fd()?,
                blob: self.reader.bytes(MAX_BLOB)?.to_vec(),
                out: self.fd()?,
                recipient: self.text()?,
            },
            0x24 => Call::ClaimLookup { code: self.fd()? },
            0x25 => Call::Export(self.export()?),
            0x30 => Call::CreateEvidenceKey {
                secret: self.secret()?,
            },
            0x31 => Call::SealEvidence {
                subject: self.text()?,
                evidence: self.reader.bytes(MAX_EVIDENCE)?.to_vec(),
            },
            0x32 => self.open_evidence()?,
            other => {
                return Err(Refusal::new(
                    "wire.unknown_verb",
                    format!(
                        "the verb is unknown: found 0x{other:02x}; use the client and the signer of one installation"
                    ),
                ));
            }
        })
    }

    fn text(&mut self) -> Outcome<String> {
        Ok(self.reader.str(TEXT)?.to_owned())
    }

    fn id(&mut self) -> Outcome<Id> {
        let text = self.reader.str(TEXT)?;
        Id::from_str(text).map_err(|error| Refusal::new("usage.id", error.to_string()))
    }

    fn fd(&mut self) -> Outcome<Fd> {
        let place = self.reader.u8()?;
        if usize::from(place) >= self.fds {
            return Err(Refusal::new(
                "wire.missing_fd",
                format!(
                    "descriptor {place} is named, {} came with the request",
                    self.fds
                ),
            ));
        }
        Ok(place)
    }

    fn secret(&mut self) -> Outcome<SecretRef> {
        let fd = self.fd()?;
        let kind = if self.reader.flag()? {
            SecretKind::Keyfile
        } else {
            SecretKind::Passphrase
        };
        Ok(SecretRef { fd, kind })
    }

    fn maybe_secret(&mut self) -> Outcome<Option<SecretRef>> {
        if self.reader.flag()? {
            self.secret().map(Some)
        } else {
            Ok(None)
        }
    }

    fn forms(&mut self) -> Outcome<Vec<FormSpec>> {
        self.reader.list(MAX_FORMS, |body| {
            let mut text = || Ok::<_, Refusal>(body.str(TEXT)?.to_owned());
            Ok(FormSpec {
                chain: text()?,
                family: text()?,
                kind: text()?,
                path: text()?,
            })
        })
    }

    fn spec(&mut self) -> Outcome<VaultSpec> {
        Ok(VaultSpec {
            vault: self.id()?,
            name: self.text()?,
            tier: self.text()?,
            forms: self.forms()?,
            hardened: self.reader.flag()?,
            exportable: self.reader.flag()?,
            words: self.reader.u8()?,
            language: self.text()?,
            limits: self.reader.str(LIMITS_TEXT)?.to_owned(),
        })
    }

    fn import(&mut self) -> Outcome<ImportCall> {
        Ok(ImportCall {
            spec: self.spec()?,
            kind: self.text()?,
            material: self.fd()?,
            secret: self.secret()?,
            material_passphrase: self.maybe_secret()?,
            allow_costly_kdf: self.reader.flag()?,
        })
    }

    fn unlock(&mut self) -> Outcome<Call> {
        let (vault, secret, verbs, ttl_s) = (
            self.id()?,
            self.secret()?,
            self.reader.u8()?,
            self.reader.u32()?,
        );
        if verbs == 0 || verbs & !VerbMask::ALL != 0 {
            return Err(Refusal::new(
                "usage.verbs",
                format!("a token's verbs are a set of 1 to 15: found {verbs}"),
            ));
        }
        Ok(Call::UnlockVault {
            vault,
            secret,
            verbs: VerbMask(verbs),
            ttl_s,
        })
    }

    fn derive(&mut self) -> Outcome<DeriveRequest> {
        Ok(DeriveRequest {
            vault: self.id()?,
            job: self.id()?,
            ts_ms: self.reader.u64()?,
            start: self.reader.u64()?,
            count: self.reader.u32()?,
            forms: self.forms()?,
        })
    }

    fn make(&mut self) -> Outcome<Call> {
        let request = self.derive()?;
        let (words, language) = (self.reader.u8()?, self.text()?);
        let delivery = if self.reader.flag()? {
            Delivery::Codes(self.fd()?)
        } else {
            Delivery::Recipients(
                self.reader
                    .list(MAX_RECIPIENTS, |body| Ok(body.str(TEXT)?.to_owned()))?,
            )
        };
        Ok(Call::MakeWallets {
            request,
            words,
            language,
            delivery,
        })
    }

    fn export(&mut self) -> Outcome<ExportRequest> {
        Ok(ExportRequest {
            vault: self.id()?,
            index: self.reader.option(Reader::u64)?,
            form: self.reader.option(Reader::u32)?,
            format: self.text()?,
            out: self.fd()?,
            secret: self.maybe_secret()?,
            recipient: self.text()?,
        })
    }

    fn open_evidence(&mut self) -> Outcome<Call> {
        Ok(Call::OpenEvidence {
            secret: self.secret()?,
            subject: self.text()?,
            ciphertext: self.reader.bytes(MAX_EVIDENCE + TEXT)?.to_vec(),
            sealed_key: self.reader.bytes(TEXT)?.to_vec(),
            commitment: self.reader.bytes(TEXT)?.to_vec(),
            out: self.fd()?,
        })
    }
}
