//! Settings that a scenario gives and that nothing in it reads: under its rules, or because what they are about is off. They are no
//! mistake, as one file may be run in several ways: they are told. What only some operating models read is not looked at here.

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
    let others = |idle: &mut Vec<String>, of: &'static str, why: &str| {
        idle.extend(
            names(of).filter(|name| *name != "on").map(|name| format!("{of}.{name} is not read {why}")),
        );
    };
    if s.depository.is_dtc() {
        others(&mut idle, "penalties", &under);
    }
    if !s.population.is_there() {
        let idle_of = names("population").filter(|name| *name != "instructions");
        idle.extend(
            idle_of.map(|name| format!("population.{name} is not read without population.instructions")),
        );
    }
    if !s.buy_in.on {
        others(&mut idle, "buy_in", "without buy_in.on = true");
    }
    if !s.fails_charge.on {
        others(&mut idle, "fails_charge", "without fails_charge.on = true");
    }
    let off = off(s).into_iter().filter(|(is_off, ..)| *is_off);
    let off = off.flat_map(|(_, of, settings, why)| {
        settings
            .iter()
            .filter(move |name| names(of).any(|given| given == **name))
            .map(move |name| (of, *name, why))
    });
    for (of, name, why) in off {
        let told = format!("{of}.{name} is not read {why}");
        let known = format!("{of}.{name} ");
        if !idle.iter().any(|other| other.starts_with(&known)) {
            idle.push(told);
        }
    }
    idle
}

/// What is off, the settings that are about it, and why they are not read.
type Off = (bool, &'static str, &'static [&'static str], &'static str);

fn off(s: &Scenario) -> [Off; 11] {
    let (d, p, b) = (&s.depository, &s.population, &s.breaks);
    [
        (!s.day.is_long(), "resources", &["short_business_days"], "with one trade date"),
        (!d.optimiser, "depository", &["optimiser_iterations", "optimise_at"], "with optimiser = false"),
        (!d.real_time, "depository", &["windows", "optimise_at"], "with real_time = false"),
        (d.credit_limit_cents == 0, "depository", &["credit_haircuts"], "with a credit_limit_cents of 0"),
        (
            d.cns_classes.is_empty(),
            "depository",
            &["cns_members_per_10000", "cns_custodians_per_10000"],
            "without cns_classes",
        ),
        (s.faults.power_cuts == 0, "faults", &["power_down_seconds"], "without power_cuts"),
        (
            b.late_allocation_per_10000 + b.late_confirmation_per_10000 == 0,
            "breaks",
            &["late_minutes"],
            "where nothing is late",
        ),
        (p.late_per_10000 == 0, "population", &["late_minutes"], "with late_per_10000 = 0"),
        (p.mismatch_per_10000 == 0, "population", &["mismatch_minutes"], "with mismatch_per_10000 = 0"),
        (p.hold_per_10000 == 0, "population", &["hold_minutes"], "with hold_per_10000 = 0"),
        (
            s.resources.short_lines_per_10000 == 0,
            "resources",
            &["short_line_cover_percent_min", "short_line_cover_percent_max"],
            "with short_lines_per_10000 = 0",
        ),
    ]
}

/// What the run will say less of than one would think.
pub(super) fn notes(s: &Scenario) -> Vec<String> {
    let short = s.day.is_long() && s.day.warm_up_dates < u32::from(s.day.cycle.0);
    let note = format!(
        "day.warm_up_dates is below day.cycle: on the first dates that are measured nothing is to settle yet, so what is counted by the day on which it is done (penalties, charges, buy-ins, work, alerts) comes out too low; give {} or more",
        s.day.cycle.0
    );
    if short { vec![note] } else { Vec::new() }
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
            ("[population]\ninstructions = 0", vec![]),
            (
                "[depository]\nrules = 't2s'\noptimiser = false\nreal_time = false\noptimise_at = []\ncredit_haircuts = []",
                vec![
                    "depository.optimise_at is not read with optimiser = false",
                    "depository.credit_haircuts is not read with a credit_limit_cents of 0",
                ],
            ),
            (
                "[faults]\npower_down_seconds = 5\n[breaks]\nlate_minutes = [1, 2]",
                vec![
                    "faults.power_down_seconds is not read without power_cuts",
                    "breaks.late_minutes is not read where nothing is late",
                ],
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

    #[test]
    fn a_warm_up_below_the_cycle_is_told() {
        let notes = |cycle: u8, dates: u32, warm_up: u32| {
            let text = format!(
                "name = 'x'\n[day]\ncycle = {cycle}\ntrade_dates = {dates}\nwarm_up_dates = {warm_up}\n"
            );
            Scenario::from_toml(&text).expect("a scenario").notes.len()
        };
        assert_eq!([notes(2, 1, 0), notes(2, 8, 2), notes(1, 8, 1), notes(0, 8, 0)], [0; 4]);
        assert_eq!([notes(2, 8, 1), notes(1, 8, 0)], [1; 2]);
    }
}
