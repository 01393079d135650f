//! The document: fields, the rules they keep, and its one canonical text.

use jinku_words::canonical::Value;
use jinku_words::shape::{DIGEST, Fields, KEY_NAME, MAX_DOCUMENT_BYTES, MAX_MS, value_error};
use jinku_words::{Id, WordsError, canonical};

use super::TRUST_ROOT_TAG;
use super::fingerprint::Fingerprint;
use crate::Hash;
use crate::json::{push_int, push_name, push_str};
use crate::log::error::{LogCode, LogError, LogResult, hex, unhex};
use crate::log::key::{Algorithm, VerifierKey, ed25519, is_key_name};

/// The most keys, groups or witnesses, each.
const MAX_ITEMS: usize = 256;
/// The most keys of the journal, or of one witness.
const MAX_LOG_KEYS: usize = 4;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Signs trust roots.
    Admin,
    /// Signs approvals.
    Approver,
    /// Signs intents.
    Initiator,
    /// Signs facts, such as prices, that may loosen a verdict.
    Source,
}

impl Role {
    const ALL: [Self; 4] = [Self::Admin, Self::Approver, Self::Initiator, Self::Source];

    /// The word in the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Approver => "approver",
            Self::Initiator => "initiator",
            Self::Source => "source",
        }
    }
}

/// Where a passkey is used: what its assertions have to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The web origin, such as `https://console.example`.
    pub origin: String,
    /// The relying party's id, such as `console.example`.
    pub rp_id: String,
}

/// What kind of key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Ed25519, 32 bytes.
    Ed25519,
    /// A passkey (WebAuthn, ES256): a compressed point of P-256, 33 bytes.
    Passkey(Passkey),
}

/// A key that the deployment trusts for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: KeyKind,
    /// The public key.
    pub public: Vec<u8>,
    /// What it may do, ascending, each once.
    pub roles: Vec<Role>,
    /// Unix milliseconds after which it may not.
    pub not_after_ms: Option<u64>,
}

impl TrustedKey {
    /// Holds when the key may do this at that time.
    #[must_use]
    pub fn may(&self, role: Role, at_ms: u64) -> bool {
        self.roles.contains(&role) && self.not_after_ms.is_none_or(|end| at_ms <= end)
    }
}

/// Approvers of whom some number has to agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Names of approvers' keys, ascending, each once.
    pub members: Vec<String>,
    /// How many of them.
    pub threshold: u64,
}

/// Somebody who cosigns checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its name in this document; all its keys count as one.
    pub name: String,
    /// Its keys, of types 0x04 and 0x06.
    pub keys: Vec<VerifierKey>,
    /// Whether somebody else runs it. Only such witnesses count.
    pub outside: bool,
}

/// Whom a signer of this deployment believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRoot {
    /// The deployment.
    pub deployment: Id,
    /// 1 for the first.
    pub version: u64,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// Unix milliseconds after which a new version is needed.
    pub not_after_ms: Option<u64>,
    /// How many admins have to sign a version.
    pub admin_threshold: u64,
    /// Keys by ascending name.
    pub keys: Vec<TrustedKey>,
    /// Groups by ascending name.
    pub groups: Vec<Group>,
    /// Digest of the policy in force, 64 hex digits.
    pub policy_digest: Option<String>,
    /// The journal's origin.
    pub origin: String,
    /// The journal's keys, of types 0x01 and 0x06; each of them signs every checkpoint.
    pub journal_keys: Vec<VerifierKey>,
    /// Witnesses by ascending name.
    pub witnesses: Vec<Witness>,
    /// How many outside witnesses have to cosign.
    pub quorum: u64,
}

fn refused(place: &str, found: impl AsRef<str>, expected: impl Into<String>) -> LogError {
    of_word(&value_error(
        &format!("trust_root.{place}"),
        found,
        expected,
    ))
}

pub(super) fn of_word(error: &WordsError) -> LogError {
    LogError::of_word(LogCode::TrustMalformed, error)
}

/// Holds when names ascend, so that a set has one text.
fn check_ascending<'a>(place: &str, names: impl Iterator<Item = &'a str>) -> LogResult<()> {
    let names: Vec<&str> = names.collect();
    if names.len() > MAX_ITEMS {
        return Err(refused(
            place,
            format!("{} items", names.len()),
            format!("at most {MAX_ITEMS}"),
        ));
    }
    match names.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => Err(refused(
            place,
            format!("{:?} after {:?}", pair[1], pair[0]),
            "ascending order, each once",
        )),
        None => Ok(()),
    }
}

impl TrustRoot {
    /// Holds when the document keeps every rule.
    ///
    /// # Errors
    /// `trust.malformed`, naming the field.
    pub fn check(&self) -> LogResult<()> {
        if self.version == 0 {
            return Err(refused("version", "0", "1 or more"));
        }
        for (place, time) in [
            ("created_at", Some(self.created_at_ms)),
            ("not_after", self.not_after_ms),
        ] {
            if time.is_some_and(|t| t > MAX_MS) {
                return Err(refused(
                    place,
                    "a later time",
                    "at most 2^53 − 1 milliseconds",
                ));
            }
        }
        if let Some(digest) = &self.policy_digest {
            DIGEST
                .check(digest, "trust_root.policy_digest")
                .map_err(|e| of_word(&e))?;
        }
        self.check_keys()?;
        self.check_groups()?;
        self.check_journal()?;
        self.check_witnesses()
    }

    fn check_keys(&self) -> LogResult<()> {
        check_ascending("keys", self.keys.iter().map(|k| k.name.as_str()))?;
        for (i, key) in self.keys.iter().enumerate() {
            KEY_NAME
                .check(&key.name, "trust_root.keys.name")
                .map_err(|e| of_word(&e))?;
            check_public(key)?;
            // One person with one key under two names would count twice.
            if let Some(twin) = self.keys[..i].iter().find(|k| k.public == key.public) {
                return Err(refused(
                    "keys.public",
                    format!("the same for {} and {}", twin.name, key.name),
                    "a key of its own for each name",
                ));
            }
            if key.roles.is_empty() || key.roles.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(refused(
                    "keys.roles",
                    format!("{:?}", key.roles),
                    "at least one, ascending, each once",
                ));
            }
            if key.not_after_ms.is_some_and(|t| t > MAX_MS) {
                return Err(refused(
                    "keys.not_after",
                    "a later time",
                    "at most 2^53 − 1 milliseconds",
                ));
            }
            if key.roles.contains(&Role::Admin) && key.kind != KeyKind::Ed25519 {
                return Err(refused(
                    "keys.algorithm",
                    format!("a passkey for the admin {}", key.name),
                    "ed25519 for admins",
                ));
            }
        }
        let admins = self
            .keys
            .iter()
            .filter(|k| k.roles.contains(&Role::Admin))
            .count() as u64;
        if !(1..=admins).contains(&self.admin_threshold) {
            return Err(refused(
                "admin_threshold",
                self.admin_threshold.to_string(),
                format!("1 to {admins}, the number of admins"),
            ));
        }
        Ok(())
    }

    fn check_groups(&self) -> LogResult<()> {
        check_ascending("groups", self.groups.iter().map(|g| g.name.as_str()))?;
        for group in &self.groups {
            KEY_NAME
                .check(&group.name, "trust_root.groups.name")
                .map_err(|e| of_word(&e))?;
            check_ascending("groups.members", group.members.iter().map(String::as_str))?;
            for member in &group.members {
                let known = self
                    .keys
                    .iter()
                    .any(|k| k.name == *member && k.roles.contains(&Role::Approver));
                if !known {
                    return Err(refused(
                        "groups.members",
                        format!("{member:?}"),
                        "the name of an approver's key",
                    ));
                }
            }
            let most = group.members.len() as u64;
            if !(1..=most).contains(&group.threshold) {
                return Err(refused(
                    "groups.threshold",
                    group.threshold.to_string(),
                    format!("1 to {most}, the number of members"),
                ));
            }
        }
        Ok(())
    }

    fn check_journal(&self) -> LogResult<()> {
        if !is_key_name(&self.origin) {
            return Err(refused(
                "journal.origin",
                format!("{:?}", self.origin),
                "1 to 255 bytes without spaces or plus signs",
            ));
        }
        check_log_keys(
            "journal.keys",
            &self.journal_keys,
            &[Algorithm::Ed25519, Algorithm::MlDsa44],
        )?;
        match self.journal_keys.iter().find(|k| k.name() != self.origin) {
            Some(key) => Err(refused(
                "journal.keys",
                format!("a key named {:?}", key.name()),
                format!("{:?}, the origin", self.origin),
            )),
            None => Ok(()),
        }
    }

    fn check_witnesses(&self) -> LogResult<()> {
        check_ascending("witnesses", self.witnesses.iter().map(|w| w.name.as_str()))?;
        let mut seen: Vec<&[u8]> = self.journal_keys.iter().map(VerifierKey::public).collect();
        for witness in &self.witnesses {
            KEY_NAME
                .check(&witness.name, "trust_root.witnesses.name")
                .map_err(|e| of_word(&e))?;
            check_log_keys(
                "witnesses.keys",
                &witness.keys,
                &[Algorithm::CosignatureV1, Algorithm::MlDsa44],
            )?;
            for key in &witness.keys {
                // Neither the log nor another witness may count as this one.
                if seen.contains(&key.public()) {
                    return Err(refused(
                        "witnesses.keys",
                        format!("a key of {} that stands elsewhere, too", witness.name),
                        "keys of its own for each witness",
                    ));
                }
                seen.push(key.public());
            }
        }
        let outside = self.witnesses.iter().filter(|w| w.outside).count() as u64;
        if self.quorum > outside {
            return Err(refused(
                "quorum",
                self.quorum.to_string(),
                format!("at most {outside}, the number of outside witnesses"),
            ));
        }
        Ok(())
    }

    /// Whether no outside witness has to cosign: receipts under this root are marked so.
    #[must_use]
    pub fn is_dev(&self) -> bool {
        self.quorum == 0
    }

    /// Holds when the root may be used at that time.
    ///
    /// # Errors
    /// `trust.expired`.
    pub fn check_fresh(&self, at_ms: u64) -> LogResult<()> {
        match self.not_after_ms.filter(|end| at_ms > *end) {
            Some(end) => Err(LogError::new(
                LogCode::TrustExpired,
                format!(
                    "version {} of the trust root has expired; have the admins sign the next one",
                    self.version
                ),
                format!("{at_ms} ms"),
                format!("at most {end} ms"),
            )),
            None => Ok(()),
        }
    }

    /// The key of that name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&TrustedKey> {
        self.keys.iter().find(|k| k.name == name)
    }

    /// What admins sign: `SHA-256("jinku/trust-root/1" ‖ 00 ‖ canonical bytes)`.
    ///
    /// # Errors
    /// As [`TrustRoot::to_canonical`].
    pub fn digest(&self) -> LogResult<Hash> {
        Ok(jinku_words::digest::domain_digest(
            TRUST_ROOT_TAG,
            &self.to_canonical()?,
        ))
    }

    /// What people compare.
    ///
    /// # Errors
    /// As [`TrustRoot::to_canonical`].
    pub fn fingerprint(&self) -> LogResult<Fingerprint> {
        Ok(Fingerprint::of(&self.digest()?))
    }

    /// The document of exactly these canonical bytes.
    ///
    /// # Errors
    /// `trust.malformed`, naming the field.
    pub fn from_canonical(bytes: &[u8]) -> LogResult<Self> {
        Self::of_value(canonical::parse_exact(bytes).map_err(|e| of_word(&e))?)
    }

    pub(super) fn of_value(value: Value) -> LogResult<Self> {
        let root = read(value)?;
        root.check()?;
        root.to_canonical()?;
        Ok(root)
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// As [`TrustRoot::check`], and for more than 65,535 bytes.
    pub fn to_canonical(&self) -> LogResult<Vec<u8>> {
        self.check()?;
        let mut out = Vec::with_capacity(8192);
        self.write(&mut out);
        if out.len() > MAX_DOCUMENT_BYTES {
            return Err(refused(
                "",
                format!("{} bytes", out.len()),
                format!("at most {MAX_DOCUMENT_BYTES} bytes"),
            ));
        }
        Ok(out)
    }

    /// Names ascend, as RFC 8785 has them.
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        push_name(out, true, "admin_threshold");
        push_int(out, self.admin_threshold);
        push_name(out, false, "created_at");
        push_str(out, &self.created_at_ms.to_string());
        push_name(out, false, "deployment");
        push_str(out, &self.deployment.to_string());
        push_name(out, false, "groups");
        push_list(out, &self.groups, |out, group| {
            out.push(b'{');
            push_name(out, true, "members");
            push_list(out, &group.members, |out, member| push_str(out, member));
            push_name(out, false, "name");
            push_str(out, &group.name);
            push_name(out, false, "threshold");
            push_int(out, group.threshold);
            out.push(b'}');
        });
        push_name(out, false, "journal");
        out.push(b'{');
        push_name(out, true, "keys");
        push_list(out, &self.journal_keys, |out, key| {
            push_str(out, &key.to_string())
        });
        push_name(out, false, "origin");
        push_str(out, &self.origin);
        out.push(b'}');
        push_name(out, false, "keys");
        push_list(out, &self.keys, write_key);
        push_name(out, false, "not_after");
        push_time(out, self.not_after_ms);
        push_name(out, false, "policy_digest");
        match &self.policy_digest {
            Some(digest) => push_str(out, digest),
            None => out.extend_from_slice(b"null"),
        }
        push_name(out, false, "quorum");
        push_int(out, self.quorum);
        push_name(out, false, "v");
        push_int(out, 1);
        push_name(out, false, "version");
        push_int(out, self.version);
        push_name(out, false, "witnesses");
        push_list(out, &self.witnesses, |out, witness| {
            out.push(b'{');
            push_name(out, true, "keys");
            push_list(out, &witness.keys, |out, key| {
                push_str(out, &key.to_string())
            });
            push_name(out, false, "name");
            push_str(out, &witness.name);
            push_name(out, false, "outside");
            out.extend_from_slice(if witness.outside { b"true" } else { b"false" });
            out.push(b'}');
        });
        out.push(b'}');
    }
}

fn check_public(key: &TrustedKey) -> LogResult<()> {
    let (holds, expected) = match &key.kind {
        KeyKind::Ed25519 => (
            ed25519(&key.public).is_some(),
            "an Ed25519 public key of 32 bytes",
        ),
        KeyKind::Passkey(place) => {
            let named = |text: &str| {
                (1..=253).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
            };
            let point = key.public.len() == 33 && matches!(key.public.first(), Some(2 | 3));
            (
                point && named(&place.origin) && named(&place.rp_id),
                "a compressed P-256 point of 33 bytes, a web origin and a relying party's id",
            )
        }
    };
    if holds {
        Ok(())
    } else {
        Err(refused(
            "keys.public",
            format!("{} of {}", hex(&key.public), key.name),
            expected,
        ))
    }
}

fn check_log_keys(place: &str, keys: &[VerifierKey], allowed: &[Algorithm]) -> LogResult<()> {
    let texts: Vec<String> = keys.iter().map(ToString::to_string).collect();
    check_ascending(place, texts.iter().map(String::as_str))?;
    if keys.is_empty() || keys.len() > MAX_LOG_KEYS {
        return Err(refused(
            place,
            format!("{} keys", keys.len()),
            format!("1 to {MAX_LOG_KEYS}"),
        ));
    }
    match keys.iter().find(|k| !allowed.contains(&k.algorithm())) {
        Some(key) => {
            let names: Vec<&str> = allowed.iter().map(|a| a.as_str()).collect();
            Err(refused(place, key.algorithm().as_str(), names.join(" or ")))
        }
        None => Ok(()),
    }
}

fn push_list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

fn push_time(out: &mut Vec<u8>, time: Option<u64>) {
    match time {
        Some(time) => push_str(out, &time.to_string()),
        None => out.extend_from_slice(b"null"),
    }
}

fn write_key(out: &mut Vec<u8>, key: &TrustedKey) {
    out.push(b'{');
    push_name(out, true, "algorithm");
    push_str(
        out,
        if key.kind == KeyKind::Ed25519 {
            "ed25519"
        } else {
            "passkey"
        },
    );
    push_name(out, false, "name");
    push_str(out, &key.name);
    push_name(out, false, "not_after");
    push_time(out, key.not_after_ms);
    push_name(out, false, "passkey");
    match &key.kind {
        KeyKind::Ed25519 => out.extend_from_slice(b"null"),
        KeyKind::Passkey(place) => {
            out.push(b'{');
            push_name(out, true, "origin");
            push_str(out, &place.origin);
            push_name(out, false, "rp_id");
            push_str(out, &place.rp_id);
            out.push(b'}');
        }
    }
    push_name(out, false, "public");
    push_str(out, &hex(&key.public));
    push_name(out, false, "roles");
    push_list(out, &key.roles, |out, role| push_str(out, role.as_str()));
    out.push(b'}');
}

/// The fields, before the rules between them are looked at.
fn read(value: Value) -> LogResult<TrustRoot> {
    let mut fields = Fields::new(value, "trust_root".to_owned()).map_err(|e| of_word(&e))?;
    let root = read_fields(&mut fields).map_err(|error| match error {
        Fault::Word(error) => of_word(&error),
        Fault::Log(error) => error,
    })?;
    fields.end().map_err(|e| of_word(&e))?;
    Ok(root)
}

enum Fault {
    Word(WordsError),
    Log(LogError),
}

impl From<WordsError> for Fault {
    fn from(error: WordsError) -> Self {
        Self::Word(error)
    }
}

impl From<LogError> for Fault {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

fn vkeys(texts: Vec<String>) -> LogResult<Vec<VerifierKey>> {
    texts.iter().map(|text| VerifierKey::parse(text)).collect()
}

fn read_fields(fields: &mut Fields) -> Result<TrustRoot, Fault> {
    fields.version(1)?;
    let mut journal = fields.fields("journal")?;
    let (journal_keys, origin) = (
        vkeys(journal.strings("keys", MAX_LOG_KEYS)?)?,
        journal.text("origin")?,
    );
    journal.end()?;
    let witnesses = fields.each("witnesses", MAX_ITEMS, |w| {
        Ok((
            w.text("name")?,
            w.strings("keys", MAX_LOG_KEYS)?,
            w.flag("outside")?,
        ))
    })?;
    let witnesses: LogResult<Vec<Witness>> = witnesses
        .into_iter()
        .map(|(name, keys, outside)| {
            Ok(Witness {
                name,
                keys: vkeys(keys)?,
                outside,
            })
        })
        .collect();
    Ok(TrustRoot {
        deployment: fields.word("deployment")?,
        version: fields.count("version")?,
        created_at_ms: fields.small("created_at", MAX_MS)?,
        not_after_ms: fields.optional("not_after", |f, name| f.small(name, MAX_MS))?,
        admin_threshold: fields.count("admin_threshold")?,
        keys: fields.each("keys", MAX_ITEMS, read_key)?,
        groups: fields.each("groups", MAX_ITEMS, |g| {
            Ok(Group {
                name: g.text("name")?,
                members: g.strings("members", MAX_ITEMS)?,
                threshold: g.count("threshold")?,
            })
        })?,
        policy_digest: fields.optional("policy_digest", Fields::text)?,
        origin,
        journal_keys,
        witnesses: witnesses?,
        quorum: fields.count("quorum")?,
    })
}

fn read_key(fields: &mut Fields) -> Result<TrustedKey, WordsError> {
    let wrong = |field: &str, found: &str, expected: &str| {
        value_error(
            &format!("trust_root.keys.{field}"),
            format!("{found:?}"),
            expected,
        )
    };
    let place = fields.optional("passkey", |f, name| {
        let mut inner = f.fields(name)?;
        let place = Passkey {
            origin: inner.text("origin")?,
            rp_id: inner.text("rp_id")?,
        };
        inner.end()?;
        Ok(place)
    })?;
    let algorithm = fields.text("algorithm")?;
    let kind = match (algorithm.as_str(), place) {
        ("ed25519", None) => KeyKind::Ed25519,
        ("passkey", Some(place)) => KeyKind::Passkey(place),
        _ => {
            return Err(wrong(
                "algorithm",
                &algorithm,
                "ed25519 with passkey null, or passkey with its origin and rp_id",
            ));
        }
    };
    let public = fields.text("public")?;
    let public = unhex(&public).ok_or_else(|| wrong("public", &public, "lower-case hex"))?;
    let mut roles = Vec::new();
    for text in fields.strings("roles", Role::ALL.len())? {
        let role = Role::ALL.into_iter().find(|r| r.as_str() == text);
        roles.push(
            role.ok_or_else(|| wrong("roles", &text, "admin, approver, initiator or source"))?,
        );
    }
    Ok(TrustedKey {
        name: fields.text("name")?,
        kind,
        public,
        roles,
        not_after_ms: fields.optional("not_after", |f, name| f.small(name, MAX_MS))?,
    })
}
