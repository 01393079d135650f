//! Every verb's body as a type. What a call may do is decided by the verbs.

use jinku_words::id::Id;

use super::{Reader, SigningCall, TrustCall};
use crate::refusal::Outcome;

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
    /// sign.
    pub const SIGN: Self = Self(16);
    /// Every verb.
    pub(super) const ALL: u8 = 31;

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

/// What a caller chooses of an anchor's transaction: neither whom it goes to, nor its value, nor its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorTerms {
    /// Chain id (EIP-155).
    pub chain_id: u64,
    /// The anchor account's next nonce.
    pub nonce: u64,
    /// Gas limit.
    pub gas: u64,
    /// Most wei for a unit of gas (EIP-1559).
    pub max_fee_wei: u64,
    /// Most wei of that for the block's maker.
    pub priority_fee_wei: u64,
}

/// What is asked of the key that pays for anchors.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // as in `Call`
pub enum AnchorCall {
    Address,
    Sign(AnchorTerms),
}

impl AnchorCall {
    pub(super) fn read(verb: u8, body: &mut Reader<'_>) -> Outcome<Self> {
        if verb == 0x46 {
            return Ok(Self::Address);
        }
        Ok(Self::Sign(AnchorTerms {
            chain_id: body.u64()?,
            nonce: body.u64()?,
            gas: body.u64()?,
            max_fee_wei: body.u64()?,
            priority_fee_wei: body.u64()?,
        }))
    }
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
    LogHead,
    SignCheckpoint {
        size: u64,
        root: [u8; 32],
        proof: Vec<[u8; 32]>,
    },
    Signing(SigningCall),
    Trust(TrustCall),
    Anchor(AnchorCall),
    OpenEvidence {
        secret: SecretRef,
        subject: String,
        ciphertext: Vec<u8>,
        sealed_key: Vec<u8>,
        commitment: Vec<u8>,
        out: Fd,
    },
}
