//! Which standing settlement instruction applies.

use finality_parsers::model::{Bic, BusinessDate, Currency, Isin, StandingInstruction};

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// Exactly one.
    One(&'a StandingInstruction),
    /// None is valid for that party, market, currency and day.
    None,
    /// Several are equally good.
    Several(usize),
}

/// Finds the standing instruction of `party`. A narrower key beats a wider one: country and currency, then country, then
/// currency, then neither.
pub fn find(
    book: &[StandingInstruction],
    party: Bic,
    isin: Option<Isin>,
    currency: Option<Currency>,
    day: BusinessDate,
) -> Lookup<'_> {
    let fits = |s: &StandingInstruction| {
        s.party.same_office(&party)
            && s.country.as_deref().is_none_or(|c| isin.is_some_and(|i| i.country() == c))
            && s.currency.is_none_or(|c| currency == Some(c))
            && s.from.is_none_or(|from| from <= day)
            && s.until.is_none_or(|until| day <= until)
    };
    let narrowness = |s: &StandingInstruction| (s.country.is_some(), s.currency.is_some());
    let candidates: Vec<&StandingInstruction> = book.iter().filter(|s| fits(s)).collect();
    let Some(best) = candidates.iter().map(|s| narrowness(s)).max() else { return Lookup::None };
    let mut of_best = candidates.into_iter().filter(|s| narrowness(s) == best);
    match (of_best.next(), of_best.count()) {
        (Some(one), 0) => Lookup::One(one),
        (_, more) => Lookup::Several(more + 1),
    }
}

/// Puts a standing instruction into the book, in place of the one with the same key and first day.
pub fn supply(book: &mut Vec<StandingInstruction>, new: StandingInstruction) {
    let same = |s: &StandingInstruction| {
        s.party.same_office(&new.party)
            && s.country == new.country
            && s.currency == new.currency
            && s.from == new.from
    };
    match book.iter_mut().find(|s| same(s)) {
        Some(old) => *old = new,
        None => book.push(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use finality_parsers::model::SettlementChain;

    fn ssi(country: Option<&str>, currency: Option<&str>) -> StandingInstruction {
        StandingInstruction {
            party: "DEUTDEFF".parse().expect("a BIC"),
            country: country.map(str::to_owned),
            currency: currency.map(|c| c.parse().expect("a currency")),
            from: None,
            until: None,
            chain: SettlementChain::default(),
        }
    }

    fn look(book: &[StandingInstruction]) -> Lookup<'_> {
        find(
            book,
            "DEUTDEFFXXX".parse().expect("a BIC"),
            Some("DE0007164600".parse().expect("an ISIN")),
            Some("EUR".parse().expect("a currency")),
            "2026-11-26".parse().expect("a date"),
        )
    }

    #[test]
    fn the_narrower_key_wins() {
        let book =
            [ssi(None, None), ssi(Some("DE"), None), ssi(Some("DE"), Some("EUR")), ssi(None, Some("EUR"))];
        assert_eq!(look(&book), Lookup::One(&book[2]));
        assert_eq!(look(&book[..2]), Lookup::One(&book[1]));
        assert_eq!(look(&book[..1]), Lookup::One(&book[0]));
    }

    #[test]
    fn none_and_several() {
        assert_eq!(look(&[ssi(Some("FR"), None), ssi(None, Some("USD"))]), Lookup::None);
        assert_eq!(look(&[ssi(None, None), ssi(None, None)]), Lookup::Several(2));
    }

    #[test]
    fn validity_counts() {
        let mut expired = ssi(None, None);
        expired.until = Some("2026-11-25".parse().expect("a date"));
        let mut future = ssi(None, None);
        future.from = Some("2026-11-27".parse().expect("a date"));
        assert_eq!(look(&[expired.clone(), future]), Lookup::None);
        let mut book = vec![expired];
        supply(&mut book, ssi(None, None));
        assert_eq!(book.len(), 1);
        assert!(matches!(look(&book), Lookup::One(_)));
    }
}
