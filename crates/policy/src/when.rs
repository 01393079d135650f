//! The columns of a rule. Each answers yes, no, or unknown; the evaluator takes unknown against the intent.

use jinku_words::error::Result;
use jinku_words::shape::{CODE, Fields, KEY_NAME, value_error};
use jinku_words::{AccountId, AssetId, ChainId, Id, Uint256};

use crate::book::{Book, Names};
use crate::facts::{Facts, Interval, Reference};
use crate::hours::Hours;
use crate::range::{Answer, Range};

/// The most items of one column.
const MAX_ITEMS: usize = 1_000;
/// What a column of kinds may hold.
const KINDS: [&str; 2] = ["delegate", "transfer"];
/// What a column of grants may hold: the words of Effects.
const GRANTS: [&str; 5] = ["all", "lowered_by", "nothing", "raised_by", "up_to"];

/// All that has to hold for a rule to match.
#[derive(Clone, Debug, Default)]
pub(crate) struct When {
    /// Which thing of the intent, and one of which names.
    lists: Vec<(Names, Vec<String>)>,
    grants: Option<Vec<String>>,
    ranges: Vec<(Figure, Range)>,
    time: Option<Hours>,
    told: Vec<(String, Range)>,
}

/// The figures of an intent that have a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    Age,
    Amount,
    Fee,
    FeeShare,
    Value,
}

const FIGURES: [(Figure, &str); 5] = [
    (Figure::Age, "age_hours"),
    (Figure::Amount, "amount"),
    (Figure::Fee, "fee"),
    (Figure::FeeShare, "fee_share_bps"),
    (Figure::Value, "value"),
];

impl When {
    pub(crate) fn take(mut fields: Fields, book: &Book) -> Result<Self> {
        let place = |name: &str| format!("policy.rules.when.{name}");
        let mut when = Self::default();
        for names in Names::ALL {
            let name = names.column();
            if let Some(items) = fields.maybe(name, |f, name| f.strings(name, MAX_ITEMS))? {
                ascending(&items, &place(name))?;
                for item in &items {
                    check_item(names, item, book, &place(name))?;
                }
                when.lists.push((names, items));
            }
        }
        when.grants = fields.maybe("grants", |f, name| f.strings(name, GRANTS.len()))?;
        if let Some(grants) = &when.grants {
            ascending(grants, &place("grants"))?;
            let known = |grant: &String| one_of(&GRANTS, grant, &place("grants"));
            grants.iter().try_for_each(known)?;
        }
        for (figure, name) in FIGURES {
            let range = fields.maybe(name, Fields::fields)?;
            if let Some(range) = range {
                let range = Range::take(range, &place(name))?;
                let bounds = [Some(range.least), range.most];
                let small = bounds.iter().flatten().all(|it| it.to_u64().is_some());
                if figure == Figure::FeeShare && !small {
                    return Err(value_error(&place(name), "more than 64 bits", "a share"));
                }
                when.ranges.push((figure, range));
            }
        }
        when.time = fields
            .maybe("time", Fields::fields)?
            .map(Hours::take)
            .transpose()?;
        let told = fields.maybe("told", |f, name| {
            f.each(name, MAX_ITEMS, |item| {
                let fact = item.text("fact")?;
                CODE.check(&fact, &place("told.fact"))?;
                Ok((fact, Range::members(item, &place("told"))?))
            })
        })?;
        if let Some(told) = told {
            let facts: Vec<String> = told.iter().map(|(fact, _)| fact.clone()).collect();
            ascending(&facts, &place("told"))?;
            when.told = told;
        }
        fields.end()?;
        if when.has(Figure::Amount) && !when.names(Names::Asset) {
            let expected = "an asset beside it";
            return Err(value_error(&place("amount"), "no asset", expected));
        }
        let coin = when.names(Names::Asset) || when.names(Names::Chain);
        if when.has(Figure::Fee) && !coin {
            let expected = "a chain or an asset beside it: coins have units of their own";
            return Err(value_error(&place("fee"), "no chain", expected));
        }
        Ok(when)
    }

    /// Whether the column of these names says something.
    pub(crate) fn names(&self, names: Names) -> bool {
        self.lists.iter().any(|(it, _)| *it == names)
    }

    fn has(&self, figure: Figure) -> bool {
        self.ranges.iter().any(|(it, _)| *it == figure)
    }

    pub(crate) fn is_told(&self) -> bool {
        !self.told.is_empty()
    }

    pub(crate) fn needs_value(&self) -> bool {
        self.has(Figure::Value)
    }

    /// What the columns answer together; a permit has to cover every grant, the others have to meet one.
    pub(crate) fn test(&self, view: &View<'_>, permit: bool) -> Answer {
        let named = |(names, items): &(Names, Vec<String>)| {
            let mut own = view.tokens[names.index()].iter();
            Answer::sure(own.any(|it| items.binary_search_by(|x| x.as_str().cmp(it)).is_ok()))
        };
        let lists = self.lists.iter().map(named);
        let told = self.told.iter().map(|(fact, range)| {
            Answer::sure(view.facts.told.get(fact).is_some_and(|it| range.holds(*it)))
        });
        let time = self
            .time
            .iter()
            .map(|it| Answer::sure(it.holds(view.facts.at_ms)));
        let ranges = self.ranges.iter().map(|(figure, range)| match figure {
            Figure::Age => range.test(Some((view.age_hours, view.age_hours))),
            Figure::Amount => Answer::sure(range.holds(view.facts.intent.amount)),
            Figure::Fee => Answer::sure(range.holds(view.facts.intent.bounds.max_fee)),
            Figure::FeeShare => range.test_share(view.fee, view.whole),
            Figure::Value => range.test(view.value),
        });
        let mut answer = Answer::sure(self.test_grants(view, permit));
        for next in lists.chain(time).chain(told).chain(ranges) {
            answer = answer.min(next);
            if answer == Answer::No {
                break;
            }
        }
        answer
    }

    fn test_grants(&self, view: &View<'_>, permit: bool) -> bool {
        let deeds = view.facts.deeds;
        let listed = |grant: &String| self.grants.iter().flatten().any(|it| it == grant);
        if permit {
            let handed = deeds.delegates && view.facts.intent.kind.as_str() != "delegate";
            return !handed && deeds.grants.iter().all(listed);
        }
        self.grants.is_none() || deeds.grants.iter().any(listed)
    }
}

/// An intent as the columns see it; made once for all rules.
pub(crate) struct View<'a> {
    pub(crate) facts: &'a Facts<'a>,
    /// By which names the things of the intent go, one list for each of [`Names::ALL`].
    tokens: [Vec<&'a str>; 7],
    age_hours: Uint256,
    fee: Interval,
    whole: Interval,
    pub(crate) value: Interval,
}

impl<'a> View<'a> {
    /// `texts` are the names that documents have for the things of the intent.
    pub(crate) fn new(
        facts: &'a Facts<'a>,
        book: &'a Book,
        texts: &'a [String; 7],
        reference: Option<&Reference>,
    ) -> Self {
        let intent = facts.intent;
        let worth = |asset, amount| reference.and_then(|it| it.value(facts, asset, amount));
        let value = worth(&intent.asset, intent.amount);
        let fee = intent.bounds.max_fee;
        let (fee, whole) = if intent.asset == facts.deeds.fee_asset {
            (Some((fee, fee)), Some((intent.amount, intent.amount)))
        } else {
            (worth(&facts.deeds.fee_asset, fee), value)
        };
        let since = book.since(&texts[Names::Destination.index()]);
        let age = since.map_or(0, |since| facts.at_ms.saturating_sub(since)) / 3_600_000;
        Self {
            facts,
            tokens: Names::ALL.map(|names| book.tokens(names, &texts[names.index()])),
            age_hours: age.into(),
            fee,
            whole,
            value,
        }
    }
}

/// Refuses an empty list, and one that does not ascend.
pub(crate) fn ascending(items: &[String], place: &str) -> Result<()> {
    if !items.is_empty() && items.is_sorted_by(|a, b| a < b) {
        return Ok(());
    }
    let expected = "at least one, ascending, each once";
    Err(value_error(
        place,
        format!("{} items", items.len()),
        expected,
    ))
}

fn one_of(known: &[&str], item: &str, place: &str) -> Result<()> {
    if known.contains(&item) {
        return Ok(());
    }
    Err(value_error(place, format!("{item:?}"), known.join(", ")))
}

fn check_item(names: Names, item: &str, book: &Book, place: &str) -> Result<()> {
    if let Some(group) = item.strip_prefix('@') {
        if book.has_group(names, group) {
            return Ok(());
        }
        return Err(value_error(
            place,
            format!("{item:?}"),
            "a group of this document",
        ));
    }
    match names {
        Names::Chain => item.parse::<ChainId>().map(drop),
        Names::Asset => item.parse::<AssetId>().map(drop),
        Names::Vault => item.parse::<Id>().map(drop),
        Names::Initiator => KEY_NAME.check(item, place),
        Names::Kind => one_of(&KINDS, item, place),
        Names::Source | Names::Destination if item.contains(':') => {
            item.parse::<AccountId>().map(drop)
        }
        Names::Source | Names::Destination if item == "unknown" || book.has_label(item) => Ok(()),
        Names::Source | Names::Destination => {
            let expected = "an account (CAIP-10), a label, @group or unknown";
            Err(value_error(place, format!("{item:?}"), expected))
        }
    }
}
