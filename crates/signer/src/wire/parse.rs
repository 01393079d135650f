//! Bodies to calls: shape and range only.

mod sign;
mod trust;

use std::str::FromStr;

use jinku_words::id::Id;

use super::Reader;
use super::call::{
    AnchorCall, Call, Delivery, DeriveRequest, ExportRequest, Fd, FormSpec, ImportCall, SecretKind,
    SecretRef, VaultSpec, VerbMask,
};
use crate::refusal::{Outcome, Refusal};

const TEXT: usize = 256;
const LIMITS_TEXT: usize = 16 << 10;
const MAX_FORMS: usize = 32;
const MAX_INDEXES: usize = 10_000;
/// A consistency proof between trees of at most 2^63 leaves has fewer.
const MAX_PROOF: usize = 128;
const MAX_BLOB: usize = 64 << 10;
const MAX_RECIPIENTS: usize = 10_000;
/// Most bytes of one piece of evidence.
const MAX_EVIDENCE: usize = 256 << 10;

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
            0x04 => self.lock()?,
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
            0x40 => Call::LogHead,
            0x41 => self.sign_checkpoint()?,
            0x42..=0x45 | 0x48 | 0x49 => Call::Trust(self.trust(verb)?),
            0x50..=0x51 => Call::Signing(self.signing(verb)?),
            0x46..=0x47 => Call::Anchor(AnchorCall::read(verb, &mut self.reader)?),
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
                format!("a token's verbs are a set of 1 to 31: found {verbs}"),
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

    fn lock(&mut self) -> Outcome<Call> {
        let one = self.reader.flag()?;
        let vault = if one { Some(self.id()?) } else { None };
        Ok(Call::Lock { vault })
    }

    fn sign_checkpoint(&mut self) -> Outcome<Call> {
        Ok(Call::SignCheckpoint {
            size: self.reader.u64()?,
            root: self.reader.array()?,
            proof: self.reader.list(MAX_PROOF, Reader::array)?,
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
