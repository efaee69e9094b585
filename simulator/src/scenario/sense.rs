//! What can be read and makes no sense: names that mean nobody, rates above the whole, hours the wrong way round.

use super::Scenario;

/// Which setting, and why.
type Nonsense = (&'static str, String);

/// The first thing that makes no sense.
pub(super) fn nonsense(s: &Scenario) -> Option<Nonsense> {
    rates(s).or_else(|| names(s)).or_else(|| unlikely(s)).or_else(|| {
        let reversed = s.desk.from >= s.desk.to;
        reversed.then(|| ("desk.from, desk.to", "people must come before they go".to_owned()))
    })
}

/// Names of the links that a scenario's market has, as the written configuration names them.
pub(crate) fn links(s: &Scenario) -> Vec<String> {
    let m = &s.market;
    let brokers = (1..=m.fix_brokers + m.mt_brokers).map(|n| format!("broker-{n:02}"));
    let custodians = (1..=m.mt_custodians + m.mx_custodians).map(|n| format!("custodian-{n}"));
    std::iter::once("manager".to_owned()).chain(brokers).chain(custodians).collect()
}

/// What would be passed over in silence.
fn unlikely(s: &Scenario) -> Option<Nonsense> {
    if s.trades.from.is_none() && !s.day.calendar.is_business_day(s.day.trade_date) {
        let why = format!("{} is no business day of the calendar (day.calendar)", s.day.trade_date);
        return Some(("day.trade_date", why));
    }
    if s.buy_in.on && !s.depository.has_steps() {
        let why = "under rules = \"simple\" nothing is bought in: take t2s or dtc (depository.rules), or leave it out";
        return Some(("buy_in.on", why.to_owned()));
    }
    let below = [
        ("depository.net_debit_cap_cents", s.depository.net_debit_cap_cents),
        ("depository.credit_limit_cents", s.depository.credit_limit_cents),
        ("depository.part_cents_min", s.depository.part_cents_min),
    ];
    let below = below.into_iter().find(|(_, cents)| *cents < 0);
    below.map(|(what, cents)| (what, format!("{cents}: it must not be below zero")))
}

fn names(s: &Scenario) -> Option<Nonsense> {
    let links = links(s);
    let unknown = |link: &String| {
        let shown = links.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
        (!links.contains(link)).then(|| format!("there is no link {link:?}; there are {shown}"))
    };
    if let Some(why) = s.faults.cuts.iter().find_map(|cut| unknown(&cut.link)) {
        return Some(("faults.cuts", why));
    }
    let (custodians, p) =
        (&links[links.len() - (s.market.mt_custodians + s.market.mx_custodians) as usize..], &s.population);
    let crowd =
        |name: &str, count: u32| (1..=count).map(move |n| format!("{name}-{n:02}")).collect::<Vec<_>>();
    let participants = if p.is_there() {
        [crowd("dealer", p.dealers), crowd("investor", p.investors)].concat()
    } else {
        Vec::new()
    };
    if let Some(outage) =
        s.faults.outages.iter().find(|o| !custodians.contains(&o.party) && !participants.contains(&o.party))
    {
        let why = format!(
            "{:?} is no custodian and no participant of the population, such as custodian-1 or dealer-01; the lines of others are cut by faults.cuts",
            outage.party
        );
        return Some(("faults.outages", why));
    }
    for (n, expect) in s.expect.iter().enumerate() {
        if s.expect[..n].iter().any(|other| other.name == expect.name) {
            return Some(("expect", format!("{:?} stands twice: name them apart", expect.name)));
        }
        let link = expect.message.as_ref().and_then(|message| message.link.as_ref());
        if let Some(why) = link.and_then(unknown) {
            return Some(("expect", format!("{:?}: {why}", expect.name)));
        }
    }
    None
}

fn rates(s: &Scenario) -> Option<Nonsense> {
    if s.penalties.securities.iter().any(|rate| rate.basis_points.is_sign_negative()) {
        return Some(("penalties.securities", "basis_points must not be below zero".to_owned()));
    }
    let (b, f) = (&s.breaks, &s.faults);
    let all = [
        ("trades.buys_per_10000", s.trades.buys_per_10000),
        ("resources.short_lines_per_10000", s.resources.short_lines_per_10000),
        ("breaks.wrong_price_per_10000", b.wrong_price_per_10000),
        ("breaks.wrong_quantity_per_10000", b.wrong_quantity_per_10000),
        ("breaks.wrong_date_per_10000", b.wrong_date_per_10000),
        ("breaks.late_allocation_per_10000", b.late_allocation_per_10000),
        ("breaks.late_confirmation_per_10000", b.late_confirmation_per_10000),
        ("breaks.missing_ssi_per_10000", b.missing_ssi_per_10000),
        ("breaks.incomplete_ssi_per_10000", b.incomplete_ssi_per_10000),
        ("breaks.hold_per_10000", b.hold_per_10000),
        ("breaks.forgotten_instruction_per_10000", b.forgotten_instruction_per_10000),
        ("faults.dropped_per_10000", f.dropped_per_10000),
        ("faults.duplicated_per_10000", f.duplicated_per_10000),
        ("faults.garbled_per_10000", f.garbled_per_10000),
    ];
    let above = all.into_iter().find(|(_, rate)| *rate > 10_000);
    above.map(|(what, rate)| (what, format!("{rate} of 10,000 is more than all")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Market;

    #[test]
    fn links_are_those_that_the_market_has() {
        let scenario = Scenario::from_toml("name = 'x'\n[market]\nfix_brokers = 11\n").expect("a scenario");
        let market = Market::draw(scenario.clone(), 1);
        let brokers = market.brokers.iter().map(|b| b.link.clone());
        let all: Vec<String> = brokers.chain(market.custodians.iter().map(|c| c.name.clone())).collect();
        assert_eq!(links(&scenario)[1..], all);
    }

    #[test]
    fn each_nonsense_is_refused_with_its_name() {
        let cut = |link: &str| format!("[[faults.cuts]]\nlink = '{link}'\nat = '10:00:00'\nminutes = 1\n");
        let expects = |name: &str, link: &str| {
            format!("[[expect]]\nname = '{name}'\nmessage = {{ link = '{link}' }}\n")
        };
        for (text, words) in [
            (cut("custodan-1"), "there is no link \"custodan-1\"; there are manager, broker-01"),
            (expects("a", "broker-99"), "\"a\": there is no link \"broker-99\""),
            (expects("a", "manager") + &expects("a", "manager"), "\"a\" stands twice"),
            (
                "[[faults.outages]]\nparty = 'dealer-01'\nat = '10:00:00'\nminutes = 1\n".to_owned(),
                "\"dealer-01\" is no custodian and no participant",
            ),
            ("[desk]\nfrom = '18:00:00'\nto = '07:00:00'".to_owned(), "come before they go"),
            ("[breaks]\nhold_per_10000 = 10001".to_owned(), "10001 of 10,000"),
            ("[day]\ntrade_date = '2026-11-22'".to_owned(), "2026-11-22 is no business day"),
            ("[buy_in]\non = true".to_owned(), "nothing is bought in"),
            ("[depository]\nnet_debit_cap_cents = -5".to_owned(), "-5: it must not be below zero"),
            (
                "[[penalties.securities]]\nclass = 'other'\nbasis_points = '-1'".to_owned(),
                "basis_points must not be below zero",
            ),
        ] {
            let error = Scenario::from_toml(&format!("name = 'x'\n{text}")).expect_err(&text).to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        assert!(Scenario::from_toml(&format!("name = 'x'\n{}", cut("custodian-2"))).is_ok());
    }
}
