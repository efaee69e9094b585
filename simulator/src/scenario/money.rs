//! Whether all the money that a scenario may move can be counted, in cents.

use super::Scenario;
use crate::market::PRICE_CENTS;

/// All that accounts have together must stay below; as much again has room in a number of 64 bits.
const MOST: u128 = i64::MAX as u128 / 2;
/// What elsewhere has, of what is traded and covered, where there are several trade dates.
const ELSEWHERE: u128 = 4;

/// The first that is too much: which settings, and why.
pub(super) fn too_much(s: &Scenario) -> Option<(&'static str, &'static str)> {
    let dates = u128::from(s.day.trade_dates);
    let factor = if s.day.is_long() { ELSEWHERE } else { 1 };
    let fits = |cents: u128, percent: u64| {
        let covered = cents.saturating_mul(u128::from(percent.max(100))) / 100;
        covered.saturating_mul(dates).saturating_mul(factor) <= MOST
    };
    let price = u128::from(PRICE_CENTS[1]);
    let trades = u128::from(s.trades.count) * u128::from(s.trades.lots_max) * 10 * price;
    let percent = s.resources.broker_cash_percent.max(s.resources.account_cash_percent);
    if !fits(trades, percent.into()) {
        return Some((
            "trades.count, trades.lots_max, resources.broker_cash_percent, account_cash_percent",
            "together, and with day.trade_dates, it is more money than can be counted: make one of them smaller",
        ));
    }
    let p = &s.population;
    // No quantity of the population is above a thousand million.
    let value = mean_at_most(p.value_median_cents, p.value_sigma_hundredths).min(1_000_000_000 * price);
    let percent = p.cash_cover_percent[1] + u64::from(p.cash_float_percent);
    (!fits(u128::from(p.instructions) * value, percent)).then_some((
        "population.instructions, value_median_cents, value_sigma_hundredths, cash_cover_percent, cash_float_percent",
        "together, and with day.trade_dates, it is more money than can be counted: make one of them smaller",
    ))
}

/// The mean of values whose logarithms are spread around that of the median is the median times e to the half of the spread's square;
/// 3 is more than e.
fn mean_at_most(median: i64, sigma_hundredths: u32) -> u128 {
    let sigma = u128::from(sigma_hundredths);
    let power = (sigma * sigma).div_ceil(20_000);
    let times = 3u128.saturating_pow(u32::try_from(power).unwrap_or(u32::MAX));
    u128::try_from(median).unwrap_or(0).saturating_mul(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> Option<String> {
        Scenario::from_toml(&format!("name = 'x'\n{text}")).err().map(|error| error.to_string())
    }

    #[test]
    fn what_can_be_counted_is_taken_and_more_is_refused_with_its_names() {
        let trades = |percent: u32, dates: u32| {
            error(&format!(
                "[day]\ntrade_dates = {dates}\n[trades]\ncount = 198\nlots_max = 10000000\n[resources]\nbroker_cash_percent = {percent}\n"
            ))
        };
        assert_eq!(trades(100_000, 1), None);
        assert_eq!(trades(50_000, 3), None);
        assert!(
            trades(100_000, 3).is_some_and(|e| e.contains("trades.lots_max") && e.contains("more money"))
        );
        let crowd = |median: u64, sigma: u32| {
            error(&format!(
                "[day]\ntrade_dates = 12\n[population]\ndealers = 5\ninvestors = 5\ninstructions = 4000\n\
                 value_median_cents = {median}\nvalue_sigma_hundredths = {sigma}\ncash_cover_percent = [0, 10000]\ncash_float_percent = 10000\n"
            ))
        };
        assert_eq!(crowd(10_000_000, 180), None);
        assert!(crowd(10_000_000_000, 400).is_some_and(|e| e.contains("population.instructions")));
    }

    #[test]
    fn the_mean_is_no_more_than_said() {
        // e to the 0.5 is 1.65, to the 1.62 is 5.05, to the 8 is 2,981.
        assert_eq!([100, 180, 400].map(|sigma| mean_at_most(1_000, sigma)), [3_000, 9_000, 6_561_000]);
    }
}
