//! The page of the penalties, `docs/penalties.md`: the tables as they stand in code, and what is to be said around them.

use super::month::STEPS;
use super::rates::{ANNEX, EURO_PERCENT_HUNDREDTHS};
use super::rule::{FORMULAS, LIABLE, Side};
use super::scope::EXCLUSIONS;
use rust_decimal::Decimal;

const INTRODUCTION: &str = "\
# Cash penalties

Printed from `simulator/src/settlement/penalty/`; a test keeps it equal. Cash penalties of the settlement discipline under CSDR: who pays whom
for a fail, how much, and what is left when it is netted. Everything is computed in integers and decimals; no amount is rounded before its
day is complete.

Sources: *annex* is that of Delegated Regulation (EU) 2017/389; *discipline* is Delegated Regulation (EU) 2018/1229; *framework* is the
ECSDA CSDR Penalties Framework of September 2024. *Ours* is an assumption made here.

";

const RATES: &str = "
Rows are dated (`from`); of those that apply on a day the latest holds, so later rates are added and nothing is overwritten. A table in TOML:

```toml
[[securities]]
class = \"public_debt\"      # as in the table
from = \"2027-01-04\"        # left out: always
basis_points = \"0.20\"

[[cash]]
currency = \"EUR\"
percent = \"2.40\"           # a year; below zero counts as zero
```

A share is liquid when the transparency list (FITRS) says so; when it is not listed there it is not. The rates of a growth market apply when
both sides name the same place of trade and it is one; public debt stays public debt there (ours).

## Who pays

At the cut-off of each business day, for what is matched, due and not settled. The first row that fits decides (framework):

| at the cut-off | who pays |
|---|---|
";

const LATE: &str = "
For late matching (framework): who instructed last pays, by the time of acceptance or of the last modification; of an instruction that came
already matched, who sent it. At the same instant the deliverer pays (ours).

## How much

For each failing business day, with the price and the rate of that day (framework; discipline, article 16):

| what fails | failing side | amount of a day |
|---|---|---|
";

const AMOUNTS: &str = "
- An already matched RVP pays for late matching at the rate of the securities, not of cash.
- The price of a bond is in per cent of its nominal: price / 100 x nominal, in the currency of denomination.
- A yearly rate is divided by 360 and rounded half up to ten decimals; the amount of a day is rounded **up** to two decimals, in every
  currency. DWP and RWP are summed first and rounded once (ours).
- Settlement fail penalty (SEFP): one for each cut-off it fails at, for what has not settled then.
- Late matching fail penalty (LMFP): once, on the day of matching, for every business day from the intended settlement date on, for the quantity
  that matched. The day of matching counts only if it matched after that day's cut-off: else it could still settle, and a SEFP covers it.
- What is missing (price, rate, line) makes the day count for nothing; it is worked out again with what has come, until the adjustments.

Worked examples of the framework, as tests: 5,000 shares of a growth market at 25.00 and 27.00: 3.13 + 3.38 = 6.51; the same for lack of cash at
0.25 %: 0.87 + 0.94 = 1.81. Free of payment, due on the 5th, matched on the 7th, not settled that day: a LMFP for the 5th and 6th, a SEFP for the 7th.

## What is left out

| no penalty for |
|---|
";

const NETS: &str = "
## Netting and the month

Nets between two parties by day and by month, for each currency; then each party against all others, by CSD and currency. The CSD takes
nothing, so the sum over all parties is zero in every currency: a property test holds it for random books. Amounts are owed from the day a
penalty is found (`detected`).

| business day of the following month | what |
|---|---|
";

const ABSENT: &str = "
## In a simulated run

The report of `finality simulate` says the penalties that the depository would take: all instruments are liquid shares, the price is that of the
market's table and does not move. The rates are those of the scenario ([`penalties`](scenario.md)), by default the rows above. Instruction-days are matched pairs that were due on a day and had not settled
before it, each counted once. Under the rules of the United States (`dtc`) none are taken.

## Fails charge

`simulator/src/settlement/charge.rs`; a policy of a scenario ([`fails_charge`](scenario.md)), off by default. The public formula of the Treasury Market Practices Group: for each calendar day that a delivery
against payment fails

> proceeds x max(rate - target rate, 0) / 360

The rate is 3 % for debt of the Treasury and 2 % for mortgage-backed securities of the agencies; the target rate is the lower bound of the federal funds range (the default of 1 % is ours and must be set). Rows are dated like those above. Of a scenario's lines
government bonds are debt of the Treasury, and none is of an agency.

- At each cut-off, for what is due, against payment, not netted, and fails because its deliverer lacks the securities or alone holds them back: the calendar days until the next business day, each at its rate,
  on the cash for what is left; rounded once, half up, to two decimals (ours). The deliverer pays the receiver, so the sum over all is zero.
- Worked by hand, as a test: 50,000,000 at 3 % less 1 %: 2,777.78 a day, 8,333.33 from a Friday to a Monday.
- Small amounts are charged too (ours).

## Buy-in

`simulator/src/buy_in.rs`; a policy of a scenario ([`buy_in`](scenario.md)), off by default: in the Union it is not mandatory. After so many business days of extension (4 for shares, 7 for others: assumptions after the
Union's rules, which have 15 for growth markets; no line of a scenario is traded on one) who waits for securities against payment is bought in:

- What is **delivered** and lacks securities is replaced when the day opens, once what can settle has been tried: a lender delivers what is left to the buyer for what was agreed, and who failed pays the lender what the
  replacement costs more, at `price_percent` of the line's price (ours). All of it is booked or nothing; what the lender has not, or somebody cannot pay, is tried the next day. The buyer is told that it has received
  (sese.025), the seller that its instruction is cancelled (sese.024 CANS).
- With a **clearing house** a long position that has waited so long goes first when something comes in; nothing is bought (ours).

## What is not there

Appeals, removals and reallocations themselves (only their days); conversion between currencies (a price in another currency is missing); several
depositories' exchange of reports; insolvency and suspension of trading; the retention of price history that ends how
far back a LMFP can look; rates proposed and not adopted; the settlement days of the penalties' own calendar: the caller hands one in.
";

/// The page, whole.
pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut row = |cells: &[&str]| page.push_str(&format!("| {} |\n", cells.join(" | ")));
    row(&["what is missing", "rate for a business day", "source"]);
    row(&["---", "---", "---"]);
    for (class, hundredths) in ANNEX {
        row(&[class.label(), &format!("{} bp", Decimal::new(hundredths, 2)), "annex"]);
    }
    let euro = format!(
        "overnight credit rate of the central bank, here EUR {} % / 360",
        Decimal::new(EURO_PERCENT_HUNDREDTHS, 2)
    );
    row(&["cash", &euro, "annex; the figure is ours and must be set"]);
    page.push_str(RATES);
    for (when, who) in LIABLE {
        page.push_str(&format!("| {when} | {who} |\n"));
    }
    page.push_str(LATE);
    for (_, side, name, formula) in FORMULAS {
        let side = if side == Side::Deliverer { "deliverer" } else { "receiver" };
        page.push_str(&format!("| {name} | {side} | {} |\n", formula.label()));
    }
    page.push_str(AMOUNTS);
    for (name, _) in EXCLUSIONS {
        page.push_str(&format!("| {name} |\n"));
    }
    page.push_str(NETS);
    for (_, number, what) in STEPS {
        page.push_str(&format!("| {number} | {what} |\n"));
    }
    page.push_str(ABSENT);
    page
}
