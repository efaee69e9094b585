//! Settings that a scenario gives and that nothing in it reads. They are no mistake, as one file may be run under several rules: they
//! are told.

use super::Scenario;
use crate::depository::RuleSet;

/// Read under the rules of T2S, and under those of the United States.
type Readers = (bool, bool);

const T2S: Readers = (true, false);
const DTC: Readers = (false, true);
const BOTH: Readers = (true, true);

/// Who reads what of `[depository]`, but for `rules`.
const OF_DEPOSITORY: [(&str, Readers); 26] = [
    ("night_sequences", T2S),
    ("real_time", T2S),
    ("windows", T2S),
    ("free_cut_off", BOTH),
    ("end_of_day", BOTH),
    ("optimiser", T2S),
    ("optimiser_iterations", T2S),
    ("optimise_at", T2S),
    ("unmatched_business_days", BOTH),
    ("part_cents_min", T2S),
    ("brokers_take_parts_per_10000", T2S),
    ("custodians_take_parts_per_10000", T2S),
    ("parts_by_quantity_per_10000", T2S),
    ("high_priority_per_10000", T2S),
    ("credit_limit_cents", T2S),
    ("credit_haircuts", T2S),
    ("cns_classes", DTC),
    ("cns_members_per_10000", DTC),
    ("cns_custodians_per_10000", DTC),
    ("cns_night", DTC),
    ("cns_day", DTC),
    ("look_ahead_minutes", DTC),
    ("net_debit_cap_cents", DTC),
    ("collateral_haircuts", DTC),
    ("recycle_drop", DTC),
    ("final_figures", DTC),
];

/// Each setting that is given and not read, and why.
pub(super) fn of(s: &Scenario, given: &toml::Table) -> Vec<String> {
    let names = |of: &'static str| {
        let table = given.get(of).and_then(toml::Value::as_table);
        table.into_iter().flat_map(|table| table.keys().map(String::as_str))
    };
    let depository = names("depository").filter(|name| !is_read(s.depository.rules, name));
    let under = format!("under rules = {:?}", s.depository.rules.name());
    let mut idle: Vec<String> =
        depository.map(|name| format!("depository.{name} is not read {under}")).collect();
    let mut others = |of: &'static str, why: &str| {
        idle.extend(
            names(of).filter(|name| *name != "on").map(|name| format!("{of}.{name} is not read {why}")),
        );
    };
    if s.depository.is_dtc() {
        others("penalties", &under);
    }
    if !s.population.is_there() {
        others("population", "without population.instructions");
    }
    if !s.buy_in.on {
        others("buy_in", "without buy_in.on = true");
    }
    if !s.fails_charge.on {
        others("fails_charge", "without fails_charge.on = true");
    }
    let single = [("resources", "short_business_days")].into_iter();
    let single = single.filter(|(of, name)| !s.day.is_long() && names(of).any(|given| given == *name));
    idle.extend(single.map(|(of, name)| format!("{of}.{name} is not read with one trade date")));
    idle
}

fn is_read(rules: RuleSet, name: &str) -> bool {
    let readers =
        OF_DEPOSITORY.iter().find(|(known, _)| *known == name).map_or(BOTH, |(_, readers)| *readers);
    match rules {
        _ if name == "rules" => true,
        RuleSet::Simple => false,
        RuleSet::T2s => readers.0,
        RuleSet::Dtc => readers.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depository::Depository;

    #[test]
    fn every_setting_of_the_depository_has_its_readers() {
        let all = toml::Table::try_from(Depository::default()).expect("a table");
        let known: Vec<&str> = OF_DEPOSITORY.iter().map(|(name, _)| *name).collect();
        let lacking: Vec<&String> =
            all.keys().filter(|name| *name != "rules" && !known.contains(&name.as_str())).collect();
        assert_eq!((lacking, all.len()), (Vec::new(), known.len() + 1));
    }

    #[test]
    fn what_nothing_reads_is_told_and_nothing_else() {
        for (text, expected) in [
            ("", vec![]),
            ("[depository]\nrules = 't2s'\nwindows = []\nfree_cut_off = '18:00:00'", vec![]),
            (
                "[depository]\nwindows = []\nfree_cut_off = '18:00:00'",
                vec![
                    "depository.free_cut_off is not read under rules = \"simple\"",
                    "depository.windows is not read under rules = \"simple\"",
                ],
            ),
            (
                "[depository]\nrules = 't2s'\ncns_day = []",
                vec!["depository.cns_day is not read under rules = \"t2s\""],
            ),
            (
                "[population]\ndealers = 5",
                vec!["population.dealers is not read without population.instructions"],
            ),
            ("[population]\ndealers = 5\ninvestors = 5\ninstructions = 5", vec![]),
            (
                "[buy_in]\non = false\nprice_percent = 110",
                vec!["buy_in.price_percent is not read without buy_in.on = true"],
            ),
            (
                "[resources]\nshort_business_days = [1, 2]",
                vec!["resources.short_business_days is not read with one trade date"],
            ),
            ("[resources]\nshort_business_days = [1, 2]\n[day]\ntrade_dates = 2", vec![]),
        ] {
            let scenario = Scenario::from_toml(&format!("name = 'x'\n{text}")).expect(text);
            assert_eq!(scenario.idle, expected, "{text}");
        }
    }
}
