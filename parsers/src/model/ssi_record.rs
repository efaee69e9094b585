//! A record of the standing settlement instructions: for whom and what it counts, and the chain it leads to. What a person,
//! a file or a message says; versions, approval and lookup are the kernel's.

use serde::{Deserialize, Serialize};

use super::value::{ValueError, bounded_text};
use super::{Account, Bic, BusinessDate, Currency, SettlementChain, StandingInstruction};

bounded_text!(
    /// The name of a record, the same through all its versions.
    SsiId, "SSI identifier", 70
);

bounded_text!(
    /// The name of a group of accounts.
    AccountGroup, "account group", 35
);

/// A kind of security, as far as settlement tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityType {
    /// Shares.
    Equity,
    /// Bonds and money market paper.
    FixedIncome,
    /// Units of funds.
    Fund,
    /// Rights and warrants.
    Entitlement,
    /// Anything else.
    Other,
}

impl SecurityType {
    /// All.
    pub const ALL: [Self; 5] = [Self::Equity, Self::FixedIncome, Self::Fund, Self::Entitlement, Self::Other];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equity => "equity",
            Self::FixedIncome => "fixed_income",
            Self::Fund => "fund",
            Self::Entitlement => "entitlement",
            Self::Other => "other",
        }
    }

    /// Of a classification by ISO 10962, by its first letter.
    pub fn of_cfi(cfi: &str) -> Option<Self> {
        Some(match cfi.chars().next()? {
            'E' => Self::Equity,
            'D' => Self::FixedIncome,
            'C' => Self::Fund,
            'R' => Self::Entitlement,
            'A'..='Z' => Self::Other,
            _ => return None,
        })
    }
}

/// How it settles, seen by the owner of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettlementMethod {
    /// The owner delivers against payment.
    Dvp,
    /// The owner receives against payment.
    Rvp,
    /// Free of payment, either way.
    Fop,
}

impl SettlementMethod {
    /// All.
    pub const ALL: [Self; 3] = [Self::Dvp, Self::Rvp, Self::Fop];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dvp => "dvp",
            Self::Rvp => "rvp",
            Self::Fop => "fop",
        }
    }
}

macro_rules! from_name {
    ($name:ident, $what:literal) => {
        impl std::str::FromStr for $name {
            type Err = ValueError;
            fn from_str(text: &str) -> Result<Self, ValueError> {
                Self::ALL.into_iter().find(|one| one.name() == text).ok_or_else(|| {
                    let known = Self::ALL.map(Self::name).join(", ");
                    ValueError::new($what, text, format!("it must be one of {known}"))
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

from_name!(SecurityType, "security type");
from_name!(SettlementMethod, "method");

/// A record. What is absent counts for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SsiRecord {
    /// Its name.
    pub id: SsiId,
    /// The counterparty whose side it is; absent when it is ours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub party: Option<Bic>,
    /// For this account of ours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// For the accounts of ours in this group.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<AccountGroup>,
    /// For instruments of this country (first two letters of the ISIN, so `XS` too).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub country: Option<String>,
    /// For this kind of security.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub security_type: Option<SecurityType>,
    /// For this method.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub method: Option<SettlementMethod>,
    /// For this settlement currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// The record that holds the chain, when this one does not: a model is written once and many accounts name it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<SsiId>,
    /// First day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<BusinessDate>,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<BusinessDate>,
    /// The owner's side of the chain.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub chain: SettlementChain,
    /// The owner's cash account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cash_account: Option<Account>,
}

/// What is wrong with a field of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SsiFault {
    /// Which field.
    pub field: &'static str,
    /// What must be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl SsiRecord {
    /// One that says nothing yet.
    pub fn new(id: SsiId) -> Self {
        Self {
            id,
            party: None,
            account: None,
            group: None,
            country: None,
            security_type: None,
            method: None,
            currency: None,
            model: None,
            from: None,
            until: None,
            chain: SettlementChain::default(),
            cash_account: None,
        }
    }

    /// From a standing instruction, which has no name: it is told by what it counts for and its first day.
    pub fn of(standing: &StandingInstruction) -> Self {
        let party = String::from_utf8_lossy(&standing.party.full()).into_owned();
        let said = [
            Some(party),
            standing.country.clone(),
            standing.currency.map(|c| c.to_string()),
            standing.from.map(|day| day.to_string()),
        ];
        let name = said.into_iter().map(|part| part.unwrap_or_else(|| "any".to_owned()));
        let name = name.collect::<Vec<_>>().join("-");
        // A country that is none is as long as somebody wrote it.
        let name: String = name.chars().filter(|c| !c.is_control()).take(70).collect();
        let id = name.trim().parse().expect("begins with a BIC and is short enough");
        Self {
            party: Some(standing.party),
            country: standing.country.clone(),
            currency: standing.currency,
            from: standing.from,
            until: standing.until,
            chain: standing.chain.clone(),
            ..Self::new(id)
        }
    }

    /// The standing instruction that says the same, as far as one can; of a counterparty's record.
    pub fn standing(&self) -> Option<StandingInstruction> {
        Some(StandingInstruction {
            party: self.party?,
            country: self.country.clone(),
            currency: self.currency,
            from: self.from,
            until: self.until,
            chain: self.chain.clone(),
        })
    }

    /// Whether it is a model: it counts for nobody by itself, and others name it.
    pub fn is_model(&self) -> bool {
        self.party.is_none() && self.account.is_none() && self.group.is_none()
    }

    /// What is wrong with it in itself.
    pub fn faults(&self) -> Vec<SsiFault> {
        let mut faults = Vec::new();
        let mut say = |field, expected: &str, found: String| {
            faults.push(SsiFault { field, expected: expected.to_owned(), found });
        };
        if let (Some(account), Some(group)) = (&self.account, &self.group) {
            say("group", "an account or a group, not both", format!("account {account}, group {group}"));
        }
        let letters = |c: &String| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase());
        if let Some(country) = self.country.as_ref().filter(|c| !letters(c)) {
            say("country", "two upper-case letters, as an ISIN begins", country.clone());
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until < from
        {
            say("until", &format!("a day not before from, {from}"), until.to_string());
        }
        match (&self.model, self.chain.is_empty()) {
            (None, true) => say("chain", "a chain, or the model that holds it", "neither".to_owned()),
            (Some(model), false) => say("model", "a chain or a model, not both", model.to_string()),
            (Some(model), true) if *model == self.id => {
                say("model", "the name of another record", model.to_string());
            }
            _ => {}
        }
        faults
    }
}

/// Where a version of a record came from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SsiSource {
    /// A person wrote it.
    #[default]
    Person,
    /// It stands in the configuration.
    Configuration,
    /// A file.
    Import(String),
    /// A message in which it was offered.
    Offer {
        /// By which link.
        link: String,
        /// Under which reference.
        reference: String,
    },
}

impl std::fmt::Display for SsiSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SsiSource::Person => f.write_str("a person"),
            SsiSource::Configuration => f.write_str("the configuration"),
            SsiSource::Import(file) => write!(f, "import of {file}"),
            SsiSource::Offer { link, reference } => write!(f, "offered in {reference} by {link}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for one in SecurityType::ALL {
            assert_eq!(one.name().parse(), Ok(one));
            assert_eq!(serde_json::to_value(one).expect("JSON"), one.name());
        }
        for one in SettlementMethod::ALL {
            assert_eq!(one.name().parse(), Ok(one));
            assert_eq!(serde_json::to_value(one).expect("JSON"), one.name());
        }
        assert_eq!(SecurityType::of_cfi("ESVUFR"), Some(SecurityType::Equity));
        assert_eq!(SecurityType::of_cfi("DBFTFB"), Some(SecurityType::FixedIncome));
        assert_eq!(SecurityType::of_cfi(""), None);
    }

    #[test]
    fn what_contradicts_itself_is_said() {
        let mut record = SsiRecord::new("X".parse().expect("a name"));
        record.country = Some("Germany".to_owned());
        record.from = "2026-11-27".parse().ok();
        record.until = "2026-11-26".parse().ok();
        record.account = "FUND1".parse().ok();
        record.group = "UCITS".parse().ok();
        let fields: Vec<&str> = record.faults().iter().map(|f| f.field).collect();
        assert_eq!(fields, ["group", "country", "until", "chain"]);
    }
}
