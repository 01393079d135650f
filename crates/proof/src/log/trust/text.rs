//! The one text of a trust root: canonical JSON, written and read.

use jinku_words::WordsError;
use jinku_words::canonical::{self, Value};
use jinku_words::shape::{Fields, MAX_MS, value_error};

use super::document::{Group, KeyKind, Passkey, Role, TrustRoot, TrustedKey, Witness};
use super::refusal::{MAX_ITEMS, MAX_LOG_KEYS, of_word};
use crate::json::{push_int, push_name, push_str};
use crate::log::error::{LogError, LogResult, hex, unhex};
use crate::log::key::VerifierKey;

impl TrustRoot {
    /// Names ascend, as RFC 8785 has them.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
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

impl TrustRoot {
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
