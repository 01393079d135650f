//! The types of typed data, and the hashes of values of them.

use std::collections::BTreeMap;

use jinku_chain::ChainResult;
use serde_json::Value;
use sha3::{Digest, Keccak256};

use crate::typed::{end, object, refused, take};
use crate::typed_value::{Atom, encode_atom};

/// The type of a domain.
pub(crate) const DOMAIN: &str = "EIP712Domain";
/// The members that a domain may have, in their order.
const DOMAIN_MEMBERS: [(&str, &str); 5] = [
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
    ("salt", "bytes32"),
];
/// Most structures, and most members of one.
const MAX_TYPES: usize = 64;
/// The structures that a message is made of.
pub(crate) struct Types {
    /// Name and type of the members of each.
    members: BTreeMap<String, Vec<(String, String)>>,
    /// The hash of each one's text.
    hashes: BTreeMap<String, [u8; 32]>,
}

/// The type of one member.
enum Form<'a> {
    Atom(Atom),
    Structure(&'a str),
    /// Items, and how many when that is fixed.
    Array(&'a str, Option<usize>),
}
impl Types {
    pub(crate) fn read(value: Value) -> ChainResult<Self> {
        let members = object(value, "types")?;
        let few = |count: usize, place: &str| match count {
            0..=MAX_TYPES => Ok(()),
            _ => Err(refused(
                place,
                &count.to_string(),
                &format!("at most {MAX_TYPES}"),
            )),
        };
        few(members.len(), "types")?;
        let mut types = BTreeMap::new();
        for (name, list) in members {
            if !is_name(&name) || Atom::parse(&name).is_some() {
                return Err(refused("types", &name, "the name of a structure"));
            }
            let Value::Array(items) = list else {
                return Err(refused(&name, "something else", "a list of members"));
            };
            few(items.len(), &name)?;
            let mut found: Vec<(String, String)> = Vec::with_capacity(items.len());
            for item in items {
                let mut item = object(item, &name)?;
                let pair = (take(&mut item, "name")?, take(&mut item, "type")?);
                end(&item, &name)?;
                let (Value::String(member), Value::String(form)) = pair else {
                    return Err(refused(&name, "something else", "name and type as texts"));
                };
                if !is_name(&member) || found.iter().any(|(known, _)| *known == member) {
                    return Err(refused(&name, &member, "the name of a member, once"));
                }
                found.push((member, form));
            }
            types.insert(name, found);
        }
        Ok(Self {
            members: types,
            hashes: BTreeMap::new(),
        })
    }

    /// `typeHash` of each structure: over its text, and those of the structures below it.
    fn type_hashes(&self) -> ChainResult<BTreeMap<String, [u8; 32]>> {
        let hash = |name: &String| {
            let mut hash = Keccak256::new();
            for part in std::iter::once(name.as_str()).chain(self.below(name)?) {
                let text = |(name, form): (&str, &str)| format!("{form} {name}");
                let members: Vec<String> = self.members(part)?.map(text).collect();
                hash.update(format!("{part}({})", members.join(",")));
            }
            Ok((name.clone(), hash.finalize().into()))
        };
        self.members.keys().map(hash).collect()
    }

    /// These types with their hashes; one that is missing or not used is refused, and a domain with other members than
    /// the standard's.
    pub(crate) fn checked(mut self, primary: &str) -> ChainResult<Self> {
        if primary == DOMAIN {
            return Err(refused("primaryType", primary, "the type of the message"));
        }
        let mut rest = DOMAIN_MEMBERS.into_iter();
        for (name, form) in self.members(DOMAIN)? {
            if !rest.any(|known| known == (name, form)) {
                let expected = "name, version, chainId, verifyingContract, salt in this order";
                return Err(refused(DOMAIN, name, expected));
            }
        }
        let mut used = vec![DOMAIN, primary];
        used.extend(self.below(primary)?);
        let stray = |name: &&String| !used.contains(&name.as_str());
        if let Some(name) = self.members.keys().find(stray) {
            return Err(refused("types", name, "only types that the message uses"));
        }
        self.hashes = self.type_hashes()?;
        Ok(self)
    }

    pub(crate) fn members(&self, name: &str) -> ChainResult<impl Iterator<Item = (&str, &str)>> {
        let found = self.members.get(name);
        let found = found.ok_or_else(|| refused("types", name, "a type that is defined"))?;
        Ok(found
            .iter()
            .map(|(name, form)| (name.as_str(), form.as_str())))
    }

    fn form<'a>(&'a self, text: &'a str) -> ChainResult<Form<'a>> {
        if let Some((item, count)) = text
            .strip_suffix(']')
            .and_then(|text| text.rsplit_once('['))
        {
            let number = count
                .parse::<usize>()
                .ok()
                .filter(|it| *it > 0 && it.to_string() == count);
            return match (count, number) {
                ("", _) => Ok(Form::Array(item, None)),
                (_, Some(number)) => Ok(Form::Array(item, Some(number))),
                _ => Err(refused("a type", text, "a length of 1 or more")),
            };
        }
        if let Some(atom) = Atom::parse(text) {
            return Ok(Form::Atom(atom));
        }
        match self.members.get_key_value(text) {
            Some((name, _)) if name != DOMAIN => Ok(Form::Structure(name)),
            _ => Err(refused("types", text, "a type that is defined")),
        }
    }

    /// The structures that a structure refers to, at any depth, sorted, without itself.
    fn below<'a>(&'a self, name: &'a str) -> ChainResult<Vec<&'a str>> {
        let (mut found, mut open) = (vec![name], vec![name]);
        while let Some(next) = open.pop() {
            for (_, mut form) in self.members(next)? {
                while let Form::Array(item, _) = self.form(form)? {
                    form = item;
                }
                if let Form::Structure(other) = self.form(form)?
                    && !found.contains(&other)
                {
                    found.push(other);
                    open.push(other);
                }
            }
        }
        found.remove(0);
        found.sort_unstable();
        Ok(found)
    }

    /// `hashStruct`: over the hash of the type's text and the words of the members.
    pub(crate) fn hash(&self, name: &str, value: &Value, place: &str) -> ChainResult<[u8; 32]> {
        let Value::Object(values) = value else {
            return Err(refused(
                place,
                "something else",
                &format!("an object of type {name}"),
            ));
        };
        let known = || refused("types", name, "a type that is defined");
        let mut hash = Keccak256::new().chain_update(self.hashes.get(name).ok_or_else(known)?);
        let mut count = 0;
        for (member, form) in self.members(name)? {
            let at = format!("{place}.{member}");
            let value = values
                .get(member)
                .ok_or_else(|| refused(&at, "nothing", "this member"))?;
            hash.update(self.word(form, value, &at)?);
            count += 1;
        }
        if count != values.len() {
            let found = format!("{} members", values.len());
            return Err(refused(
                place,
                &found,
                &format!("the {count} members of {name}"),
            ));
        }
        Ok(hash.finalize().into())
    }

    /// `encodeData`: one word for a value of any type.
    fn word(&self, form: &str, value: &Value, place: &str) -> ChainResult<[u8; 32]> {
        match self.form(form)? {
            Form::Atom(atom) => encode_atom(atom, value).ok_or_else(|| {
                refused(
                    place,
                    &value.to_string(),
                    &format!("a value of type {form}"),
                )
            }),
            Form::Structure(name) => self.hash(name, value, place),
            Form::Array(item, count) => {
                let items = value
                    .as_array()
                    .filter(|items| count.is_none_or(|count| count == items.len()));
                let items = items.ok_or_else(|| {
                    refused(place, "something else", &format!("a list of type {form}"))
                })?;
                let mut hash = Keccak256::new();
                for value in items {
                    hash.update(self.word(item, value, place)?);
                }
                Ok(hash.finalize().into())
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$');
    text.len() <= 128
        && text.bytes().next().is_some_and(letter)
        && text
            .bytes()
            .all(|byte| letter(byte) || byte.is_ascii_digit())
}
