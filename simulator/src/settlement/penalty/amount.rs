//! What a penalty comes to: exact products, rounded up once for each day to two decimals.

use std::collections::BTreeMap;

use finality_parsers::model::{BusinessDate, Currency};
use rust_decimal::Decimal;

use super::Hundredths;
use super::assess::Penalty;
use super::rates::{RateTable, Security};
use super::rule::Formula;
use crate::settlement::book::LineId;

/// How a price is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoted {
    /// For one piece.
    Unit,
    /// In per cent of the nominal; the quantity is the nominal.
    PercentOfNominal,
}

/// A reference price of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// As quoted.
    pub value: Decimal,
    /// Its meaning.
    pub quoted: Quoted,
    /// In this currency; for a bond the currency it is denominated in.
    pub currency: Currency,
}

/// What amounts are made from. It may grow from day to day: what was missing is worked out when it has come.
#[derive(Debug, Clone, Default)]
pub struct Data {
    /// Rates.
    pub rates: RateTable,
    /// What each line is.
    pub securities: BTreeMap<LineId, Security>,
    /// Closing prices.
    pub prices: BTreeMap<(LineId, BusinessDate), Price>,
}

/// Why a day counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The line is not known.
    Security,
    /// There is no price in the penalty's currency.
    Price,
    /// There is no rate.
    Rate,
    /// The numbers are beyond what is computed exactly.
    TooLarge,
}

/// What a penalty comes to, with the data there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// The sum of its days.
    pub amount: Hundredths,
    /// Days that count for nothing as yet.
    pub missing: Vec<(BusinessDate, Missing)>,
}

/// A product that no rounding has touched.
#[derive(Debug, Clone, Copy)]
struct Exact {
    mantissa: i128,
    scale: u32,
}

impl Exact {
    fn product(factors: &[Decimal]) -> Option<Self> {
        factors.iter().map(Decimal::normalize).try_fold(Self { mantissa: 1, scale: 0 }, |so_far, factor| {
            let mantissa = so_far.mantissa.checked_mul(factor.mantissa())?;
            Some(Self { mantissa, scale: so_far.scale + factor.scale() })
        })
    }

    fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let at = |x: Self| x.mantissa.checked_mul(10i128.checked_pow(scale - x.scale)?);
        Some(Self { mantissa: at(self)?.checked_add(at(other)?)?, scale })
    }

    /// Up to the next hundredth.
    fn rounded_up(self) -> Option<Hundredths> {
        let hundredths = if self.scale <= 2 {
            self.mantissa.checked_mul(10i128.pow(2 - self.scale))?
        } else {
            let divisor = 10i128.checked_pow(self.scale - 2)?;
            self.mantissa.div_euclid(divisor) + i128::from(self.mantissa.rem_euclid(divisor) != 0)
        };
        Hundredths::try_from(hundredths).ok()
    }
}

impl Data {
    /// What a penalty comes to. Days whose data is missing count for nothing until it comes.
    pub fn priced(&self, penalty: &Penalty) -> Priced {
        let mut priced = Priced { amount: 0, missing: Vec::new() };
        for day in &penalty.days {
            let sum = self
                .day(penalty, *day)
                .and_then(|amount| priced.amount.checked_add(amount).ok_or(Missing::TooLarge));
            match sum {
                Ok(sum) => priced.amount = sum,
                Err(missing) => priced.missing.push((*day, missing)),
            }
        }
        priced
    }

    fn day(&self, penalty: &Penalty, day: BusinessDate) -> Result<Hundredths, Missing> {
        let exact = match penalty.formula {
            Formula::Securities => self.for_securities(penalty, day)?,
            Formula::Cash => {
                let [price, quantity, per] = self.value(penalty, day)?;
                Exact::product(&[self.cash_rate(penalty, day)?, price, quantity, per])
            }
            Formula::Payment => self.for_payment(penalty, day)?,
            Formula::Both => {
                let (securities, payment) =
                    (self.for_securities(penalty, day)?, self.for_payment(penalty, day)?);
                securities.zip(payment).and_then(|(a, b)| a.plus(b))
            }
        };
        exact.and_then(Exact::rounded_up).ok_or(Missing::TooLarge)
    }

    fn for_securities(&self, penalty: &Penalty, day: BusinessDate) -> Result<Option<Exact>, Missing> {
        let security = self.securities.get(&penalty.line).ok_or(Missing::Security)?;
        let class = security.class(penalty.growth_market);
        let rate = self.rates.securities(class, day).ok_or(Missing::Rate)?;
        let [price, quantity, per] = self.value(penalty, day)?;
        Ok(Exact::product(&[rate, price, quantity, per]))
    }

    fn for_payment(&self, penalty: &Penalty, day: BusinessDate) -> Result<Option<Exact>, Missing> {
        Ok(Exact::product(&[self.cash_rate(penalty, day)?, penalty.cash]))
    }

    fn cash_rate(&self, penalty: &Penalty, day: BusinessDate) -> Result<Decimal, Missing> {
        self.rates.cash(penalty.currency, day).ok_or(Missing::Rate)
    }

    /// Price, quantity, and what the quotation divides by.
    fn value(&self, penalty: &Penalty, day: BusinessDate) -> Result<[Decimal; 3], Missing> {
        let price = self.prices.get(&(penalty.line, day)).filter(|p| p.currency == penalty.currency);
        let price = price.ok_or(Missing::Price)?;
        let per = match price.quoted {
            Quoted::Unit => Decimal::ONE,
            Quoted::PercentOfNominal => Decimal::new(1, 2),
        };
        Ok([price.value, penalty.quantity, per])
    }
}
