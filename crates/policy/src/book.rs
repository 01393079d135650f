//! The names that a document gives: labels of accounts, groups of destinations, assets, initiators and vaults.

use std::collections::{BTreeMap, BTreeSet};

use jinku_words::error::Result;
use jinku_words::shape::{CODE, Fields, KEY_NAME, MAX_MS, value_error};
use jinku_words::{AccountId, AssetId, Id};

use crate::when::ascending;

/// The most labels, accounts of a label, groups or members.
const MAX_NAMES: usize = 10_000;

/// The things of an intent that columns of names speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    Asset,
    Chain,
    Destination,
    Initiator,
    Kind,
    Source,
    Vault,
}

impl Names {
    pub(crate) const ALL: [Self; 7] = [
        Self::Asset,
        Self::Chain,
        Self::Destination,
        Self::Initiator,
        Self::Kind,
        Self::Source,
        Self::Vault,
    ];

    pub(crate) const fn column(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Chain => "chain",
            Self::Destination => "destination",
            Self::Initiator => "initiator",
            Self::Kind => "kind",
            Self::Source => "source",
            Self::Vault => "vault",
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// Whose groups these are: sources and destinations share theirs.
    const fn of_groups(self) -> Self {
        match self {
            Self::Source => Self::Destination,
            other => other,
        }
    }
}

/// Where groups stand in the document, and of what they are.
const GROUPS: [(&str, Names); 4] = [
    ("assets", Names::Asset),
    ("destinations", Names::Destination),
    ("initiators", Names::Initiator),
    ("vaults", Names::Vault),
];

/// Labels and groups, turned round: by which names each thing goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    labels: BTreeSet<String>,
    /// The label of each account, and since when.
    accounts: BTreeMap<String, (String, u64)>,
    groups: [BTreeSet<String>; 7],
    /// The groups of each thing, as `@GROUP`; those of an account are its label's.
    member_of: [BTreeMap<String, Vec<String>>; 7],
}

impl Book {
    pub(crate) fn take(fields: &mut Fields) -> Result<Self> {
        let mut book = Self::default();
        let entries = fields.each("book", MAX_NAMES, |item| {
            let label = item.text("label")?;
            CODE.check(&label, "policy.book.label")?;
            let since = item.small("since", MAX_MS)?;
            Ok((label, since, item.strings("accounts", MAX_NAMES)?))
        })?;
        for (label, since, own) in entries {
            if label == "unknown" || book.labels.last().is_some_and(|last| *last >= label) {
                let expected = "labels ascending, each once, none of them unknown";
                return Err(value_error(
                    "policy.book.label",
                    format!("{label:?}"),
                    expected,
                ));
            }
            ascending(&own, "policy.book.accounts")?;
            for account in own {
                account.parse::<AccountId>()?;
                if book.accounts.contains_key(&account) {
                    let expected = "each account under one label";
                    return Err(value_error("policy.book.accounts", account, expected));
                }
                book.accounts.insert(account, (label.clone(), since));
            }
            book.labels.insert(label);
        }
        for (name, names) in GROUPS {
            book.take_groups(fields, name, names)?;
        }
        Ok(book)
    }

    fn take_groups(&mut self, fields: &mut Fields, name: &str, names: Names) -> Result<()> {
        let place = format!("policy.{name}");
        let groups = fields.each(name, MAX_NAMES, |item| {
            let name = item.text("name")?;
            CODE.check(&name, &format!("{place}.name"))?;
            Ok((name, item.strings("members", MAX_NAMES)?))
        })?;
        for (group, members) in groups {
            let known = &mut self.groups[names.index()];
            if known.last().is_some_and(|last| *last >= group) {
                let expected = "groups ascending, each once";
                return Err(value_error(&place, format!("{group:?}"), expected));
            }
            // An empty group is no mistake: a preset has some that wait for their members.
            if !members.is_empty() {
                ascending(&members, &format!("{place}.members"))?;
            }
            let token = format!("@{group}");
            known.insert(group);
            for member in members {
                match names {
                    Names::Asset => member.parse::<AssetId>().map(drop)?,
                    Names::Vault => member.parse::<Id>().map(drop)?,
                    Names::Initiator => KEY_NAME.check(&member, &place)?,
                    _ if self.labels.contains(&member) => {}
                    _ => {
                        let expected = "a label of the book";
                        return Err(value_error(&place, format!("{member:?}"), expected));
                    }
                }
                let groups = self.member_of[names.index()].entry(member);
                groups.or_default().push(token.clone());
            }
        }
        Ok(())
    }

    pub(crate) fn has_label(&self, label: &str) -> bool {
        self.labels.contains(label)
    }

    pub(crate) fn has_group(&self, names: Names, group: &str) -> bool {
        self.groups[names.of_groups().index()].contains(group)
    }

    /// Since when an account stands in the book.
    pub(crate) fn since(&self, account: &str) -> Option<u64> {
        self.accounts.get(account).map(|(_, since)| *since)
    }

    /// By which names a thing goes: its own, its label and groups, or `unknown` for an account without a label.
    pub(crate) fn tokens<'a>(&'a self, names: Names, thing: &'a str) -> Vec<&'a str> {
        let mut found = vec![thing];
        let mut member = thing;
        if names.of_groups() == Names::Destination {
            let label = self.accounts.get(thing);
            member = label.map_or("unknown", |(label, _)| label);
            found.push(member);
        }
        let groups = self.member_of[names.of_groups().index()].get(member);
        found.extend(groups.into_iter().flatten().map(String::as_str));
        found
    }
}
