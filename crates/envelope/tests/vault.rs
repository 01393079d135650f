//! Vault files: made, opened, rewrapped, rekeyed, and refused for what is wrong with them.

use std::collections::BTreeMap;

use jinku_envelope::{
    EnvelopeError, Form, KdfParams, Unlock, VaultEnvelope, VaultSpec, read_header,
};
use jinku_secrets::Secret;

/// The cheapest that something new may have.
const KDF: KdfParams = KdfParams {
    m_kib: KdfParams::MIN_NEW_M_KIB,
    t: 1,
    p: 1,
};
const SEED: &[u8] = b"sixteen+sixteen bytes of entropy";
const OLD: Unlock<'static> = Unlock::Passphrase(b"correct horse battery staple");
const NEW: Unlock<'static> = Unlock::Passphrase(b"another staple");

fn spec() -> VaultSpec {
    let form = |chain: &str, family: &str, kind: &str, path: &str| Form {
        chain: chain.to_owned(),
        family: family.to_owned(),
        kind: kind.to_owned(),
        path: path.to_owned(),
    };
    VaultSpec {
        vault: "0192f0c1-0000-7000-8000-000000000003".to_owned(),
        name: "Customers 客户".to_owned(),
        tier: "hot".to_owned(),
        forms: vec![
            form("eip155:1", "evm", "eoa", "m/44'/60'/0'/0/{i}"),
            form("neo:860833102", "neo", "single-sig", "m/44'/888'/0'/0/{i}"),
        ],
        limits: "{}".to_owned(),
        exportable: false,
        hardened_accounts: false,
        secret_kind: "bip39".to_owned(),
        fingerprint: "73c5da0a".to_owned(),
        notes: BTreeMap::from([("language".to_owned(), "english".to_owned())]),
    }
}

fn made() -> VaultEnvelope {
    VaultEnvelope::create(
        spec(),
        &OLD,
        KDF,
        &[("seed", SEED), ("xpub", b"chain code and all")],
    )
    .expect("sound")
    .0
}

fn seed_of(vault: &VaultEnvelope, unlock: &Unlock<'_>) -> Vec<u8> {
    let opened = vault.open(unlock).expect("the right secret");
    vault
        .record(&opened, "seed")
        .expect("there")
        .expose()
        .to_vec()
}

#[test]
fn a_vault_reads_back_from_its_file() {
    let bytes = made().to_bytes().expect("sound");
    let vault = VaultEnvelope::parse(&bytes).expect("whole");
    assert_eq!(
        vault.to_bytes().expect("sound"),
        bytes,
        "one vault has one spelling"
    );
    assert_eq!(seed_of(&vault, &OLD), SEED);
    let header = read_header(&bytes).expect("whole");
    assert_eq!(
        (header.name.as_str(), header.key_version, header.exportable),
        ("Customers 客户", 1, false)
    );
    assert_eq!(header.forms, spec().forms);
    assert_eq!(vault.open(&OLD).expect("right").header(), vault.header());
}

#[test]
fn the_file_holds_no_secret_in_any_usual_spelling() {
    let (vault, opened) =
        VaultEnvelope::create(spec(), &OLD, KDF, &[("seed", SEED)]).expect("sound");
    let bytes = vault.to_bytes().expect("sound");
    let hex = |b: &[u8]| b.iter().map(|x| format!("{x:02x}")).collect::<String>();
    let absent = |what: &[u8]| bytes.windows(what.len()).all(|w| w != what);
    assert!(absent(SEED) && absent(hex(SEED).as_bytes()) && absent(b"correct horse"));
    let mac_key = opened.subkey("vault-mac", &vault.header().vault);
    assert!(absent(mac_key.expose()) && absent(hex(mac_key.expose()).as_bytes()));
    assert!(!absent(b"Customers"), "the search finds what is there");
}

#[test]
fn wrong_secrets_are_told_from_wrong_kinds() {
    let vault = made();
    assert!(matches!(
        vault.open(&NEW),
        Err(EnvelopeError::WrongSecret { kind: "passphrase" })
    ));
    assert!(matches!(
        vault.open(&Unlock::Passphrase(b"")),
        Err(EnvelopeError::WrongSecret { .. })
    ));
    let key = Secret::<32>::random().expect("randomness");
    let found = vault
        .open(&Unlock::KeyFile(&key))
        .err()
        .expect("another kind")
        .to_string();
    assert!(
        found.contains("keyfile") && found.contains("passphrase"),
        "{found}"
    );
}

#[test]
fn a_key_file_opens_what_it_wrapped() {
    let key = Secret::<32>::random().expect("randomness");
    let (vault, _) = VaultEnvelope::create(spec(), &Unlock::KeyFile(&key), KDF, &[("seed", SEED)])
        .expect("sound");
    let again = VaultEnvelope::parse(&vault.to_bytes().expect("sound")).expect("whole");
    assert_eq!(seed_of(&again, &Unlock::KeyFile(&key)), SEED);
    let other = Secret::<32>::random().expect("randomness");
    assert!(matches!(
        again.open(&Unlock::KeyFile(&other)),
        Err(EnvelopeError::WrongSecret { kind: "keyfile" })
    ));
    assert!(matches!(
        again.open(&OLD),
        Err(EnvelopeError::WrongSecretKind { .. })
    ));
}

#[test]
fn a_new_passphrase_keeps_the_sealed_bytes_and_ends_the_old_one() {
    let vault = made();
    let changed = vault.rewrap(&OLD, &NEW, KDF).expect("sound");
    assert_eq!(seed_of(&changed, &NEW), SEED);
    assert!(matches!(
        changed.open(&OLD),
        Err(EnvelopeError::WrongSecret { .. })
    ));
    assert_eq!(changed.header(), vault.header(), "key version and all");
    let records = |v: &VaultEnvelope| {
        let text = String::from_utf8(v.to_bytes().expect("sound")).expect("UTF-8");
        text[text.find("\"records\"").expect("records")..text.find("\"wrap\"").expect("wrap")]
            .to_owned()
    };
    assert_eq!(
        records(&changed),
        records(&vault),
        "no record was sealed again"
    );
    assert_eq!(
        seed_of(&vault, &OLD),
        SEED,
        "an old copy still opens with the old one: the caller warns"
    );
    assert!(vault.rewrap(&NEW, &NEW, KDF).is_err());
    assert!(matches!(
        vault.rewrap(&OLD, &Unlock::Passphrase(b""), KDF),
        Err(EnvelopeError::EmptyPassphrase)
    ));
    let key = Secret::<32>::random().expect("randomness");
    assert_eq!(
        seed_of(
            &vault
                .rewrap(&OLD, &Unlock::KeyFile(&key), KDF)
                .expect("sound"),
            &Unlock::KeyFile(&key)
        ),
        SEED
    );
}

#[test]
fn rekeying_seals_everything_anew_under_the_next_version() {
    let (vault, old) =
        VaultEnvelope::create(spec(), &OLD, KDF, &[("seed", SEED), ("xpub", b"x")]).expect("sound");
    let (next, new) = vault.rekey(&OLD, KDF).expect("sound");
    assert_eq!(next.header().key_version, 2);
    assert_eq!(next.record(&new, "seed").expect("there").expose(), SEED);
    assert_eq!(next.record(&new, "xpub").expect("there").expose(), b"x");
    assert!(
        matches!(next.record(&old, "seed"), Err(EnvelopeError::Unsealable)),
        "the old data key opens nothing new"
    );
    assert!(matches!(
        vault.record(&new, "seed"),
        Err(EnvelopeError::Unsealable)
    ));
    assert!(!old.subkey("record", "x").ct_eq(&new.subkey("record", "x")));
    assert_eq!(seed_of(&next, &OLD), SEED);
    assert!(vault.rekey(&NEW, KDF).is_err());
}

#[test]
fn records_are_added_and_missed_by_name() {
    let (vault, opened) = VaultEnvelope::create(spec(), &OLD, KDF, &[]).expect("sound");
    let fuller = vault.with_record(&opened, "log-key", b"k").expect("sound");
    let reopened = fuller.open(&OLD).expect("the MAC was made anew");
    assert_eq!(
        fuller.record(&reopened, "log-key").expect("there").expose(),
        b"k"
    );
    assert!(matches!(
        vault.record(&opened, "log-key"),
        Err(EnvelopeError::NoRecord { .. })
    ));
    assert!(
        vault.with_record(&opened, "data-key", b"k").is_err()
            && vault.with_record(&opened, "", b"k").is_err()
    );
    let other = made();
    let stranger = other.open(&OLD).expect("right");
    assert!(matches!(
        vault.with_record(&stranger, "a", b"b"),
        Err(EnvelopeError::Forged { .. })
    ));
}

/// Changes the JSON as an attacker would who can repair the checksum.
fn forge(
    vault: &VaultEnvelope,
    change: impl FnOnce(String) -> String,
) -> Result<VaultEnvelope, EnvelopeError> {
    use std::fmt::Write;
    let whole = String::from_utf8(vault.to_bytes().expect("sound")).expect("UTF-8");
    let body = change(whole[..whole.rfind("\nsha256:").expect("a trailer")].to_owned());
    let mut sum = String::new();
    for byte in sha256(body.as_bytes()) {
        write!(sum, "{byte:02x}").expect("to a string");
    }
    VaultEnvelope::parse(format!("{body}\nsha256:{sum}\n").as_bytes())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}

#[test]
fn a_forger_without_the_key_is_found_out() {
    let vault = made();
    let forged =
        |change: fn(String) -> String| forge(&vault, change).and_then(|v| v.open(&OLD).map(|_| ()));
    forged(|b| b).expect("the forger's tools make a good file of a good one");
    let caught = |r: Result<(), EnvelopeError>| matches!(r, Err(EnvelopeError::Forged { .. }));
    assert!(caught(forged(
        |b| b.replace("\"exportable\":false", "\"exportable\":true")
    )));
    assert!(caught(forged(
        |b| b.replace("\"limits\":\"{}\"", "\"limits\":\"\"")
    )));
    assert!(caught(forged(
        |b| b.replace("m/44'/60'/0'/0/{i}", "m/44'/60'/1'/0/{i}")
    )));
    assert!(caught(forged(|b| b.replace("Customers", "Castomers"))));
    // A record dropped, or two exchanged.
    assert!(caught(forged(|b| b.replace("\"xpub\":", "\"ypub\":"))));
    // Another vault's id or a lower key version is part of the place that the data key is wrapped for.
    let moved = forged(|b| b.replace("000000000003", "000000000004"));
    assert!(matches!(moved, Err(EnvelopeError::WrongSecret { .. })));
    let older = forged(|b| b.replace("\"key_version\":1", "\"key_version\":2"));
    assert!(matches!(older, Err(EnvelopeError::WrongSecret { .. })));
}

#[test]
fn a_record_moved_to_another_name_does_not_open() {
    let (vault, _) = VaultEnvelope::create(spec(), &OLD, KDF, &[("a", b"alpha"), ("b", b"beta")])
        .expect("sound");
    let swapped = forge(&vault, |b| {
        b.replace("\"a\":\"", "\"?\":\"")
            .replace("\"b\":\"", "\"a\":\"")
            .replace("\"?\":\"", "\"b\":\"")
    });
    // Sorted keys are part of the form, so the swap is caught even before the MAC.
    assert!(matches!(swapped, Err(EnvelopeError::Damaged { .. })));
}

#[test]
fn absurd_costs_unknown_formats_and_odd_fields_are_refused_by_name() {
    let vault = made();
    let absurd = forge(&vault, |b| {
        b.replace("\"m_kib\":19456", "\"m_kib\":4194305")
    })
    .expect_err("absurd");
    assert!(
        matches!(
            absurd,
            EnvelopeError::KdfAbsurd {
                found: 4_194_305,
                ..
            }
        ) && absurd.to_string().contains("4194305")
    );
    assert!(matches!(
        forge(&vault, |b| b.replace("\"t\":1", "\"t\":65")),
        Err(EnvelopeError::KdfAbsurd { .. })
    ));
    assert!(matches!(
        forge(&vault, |b| b.replace("\"p\":1", "\"p\":0")),
        Err(EnvelopeError::KdfAbsurd { .. })
    ));
    let newer = forge(&vault, |b| b.replace("jinku-vault/1", "jinku-vault/2")).expect_err("newer");
    assert!(
        matches!(&newer, EnvelopeError::UnknownVersion { found, .. } if found == "jinku-vault/2"),
        "{newer}"
    );
    for (from, to) in [
        ("\"exportable\":false", "\"exportable\":0"),
        ("\"kind\":\"passphrase\"", "\"kind\":\"keyfile\""),
        ("{\"format\"", "{\"extra\":1,\"format\""),
        ("\"salt\":\"", "\"salt\":\"00"),
        ("\"tier\":\"hot\"", "\"tier\":\"HOT\""),
        ("73c5da0a", "73c5da0"),
    ] {
        assert!(
            matches!(
                forge(&vault, |b| b.replacen(from, to, 1)),
                Err(EnvelopeError::Damaged { .. })
            ),
            "{to}"
        );
    }
    assert!(matches!(
        VaultEnvelope::parse(b""),
        Err(EnvelopeError::Truncated { found: 0 })
    ));
    assert!(matches!(
        VaultEnvelope::parse(&vec![b' '; 2 << 20]),
        Err(EnvelopeError::TooLarge { .. })
    ));
}

#[test]
fn new_vaults_keep_the_rules() {
    let create = |spec: VaultSpec, unlock: &Unlock<'_>, kdf| {
        VaultEnvelope::create(spec, unlock, kdf, &[]).err()
    };
    assert!(matches!(
        create(spec(), &Unlock::Passphrase(b""), KDF),
        Some(EnvelopeError::EmptyPassphrase)
    ));
    let cheap = KdfParams { m_kib: 1024, ..KDF };
    assert!(matches!(
        create(spec(), &OLD, cheap),
        Some(EnvelopeError::KdfAbsurd { found: 1024, .. })
    ));
    type Change = fn(&mut VaultSpec);
    let bad: [(&str, Change); 6] = [
        ("vault id", |s| s.vault = "3".to_owned()),
        ("vault id", |s| {
            s.vault = s.vault.to_uppercase().replace('0', "A")
        }),
        ("vault name", |s| s.name.clear()),
        ("vault name", |s| s.name = "a\nb".to_owned()),
        ("tier", |s| s.tier = "../hot".to_owned()),
        ("fingerprint", |s| s.fingerprint = "xyz".to_owned()),
    ];
    for (field, change) in bad {
        let mut spec = spec();
        change(&mut spec);
        let found = create(spec, &OLD, KDF).expect("a broken rule").to_string();
        assert!(found.contains(field), "{found}");
    }
}

/// A file that this release wrote once; every later release has to open it.
#[test]
fn the_frozen_file_still_opens() {
    let bytes = include_bytes!("data/jinku-vault-1.vault");
    let vault = VaultEnvelope::parse(bytes).expect("a whole file");
    assert_eq!(seed_of(&vault, &OLD), SEED);
    assert_eq!(vault.to_bytes().expect("sound"), bytes);
}

/// Writes the frozen file; run by hand, once for each new format.
#[test]
#[ignore = "writes tests/data/jinku-vault-1.vault"]
fn freeze() {
    let at = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/jinku-vault-1.vault"
    );
    std::fs::write(at, made().to_bytes().expect("sound")).expect("written");
}
