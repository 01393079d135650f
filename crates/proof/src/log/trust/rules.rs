//! The rules that a trust root keeps between its fields.

use jinku_words::shape::{KEY_NAME, MAX_MS};

use super::document::{KeyKind, Role, TrustRoot, TrustedKey};
use super::refusal::{MAX_ITEMS, MAX_LOG_KEYS, of_word, refused};
use crate::log::error::{LogResult, hex};
use crate::log::key::{Algorithm, VerifierKey, ed25519};
use crate::log::names::is_key_name;

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
    pub(super) fn check_keys(&self) -> LogResult<()> {
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

    pub(super) fn check_groups(&self) -> LogResult<()> {
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

    pub(super) fn check_journal(&self) -> LogResult<()> {
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

    pub(super) fn check_witnesses(&self) -> LogResult<()> {
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
