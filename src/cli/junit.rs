//! A run's expectations as a JUnit file, for the systems that show tests.

use std::fmt::Write as _;

use finality_simulator::html::escaped;
use finality_simulator::report::Report;

/// One test for each expectation, and one for the auditor.
pub(super) fn of(report: &Report) -> String {
    let auditor = report.audit_findings.join("; ");
    let content = report.audit_findings.is_empty();
    let mut cases: Vec<(&str, bool, &str)> =
        report.expectations.iter().map(|v| (v.name.as_str(), v.met, v.found.as_str())).collect();
    cases.push(("the auditor finds nothing wrong", content, &auditor));
    let failed = cases.iter().filter(|(_, met, _)| !met).count();
    let suite = format!("{} seed {}", report.scenario, report.seed);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"finality simulate\" tests=\"{0}\" failures=\"{failed}\">\n  \
         <testsuite name=\"{1}\" tests=\"{0}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\">\n",
        cases.len(),
        written(&suite)
    );
    for (name, met, found) in cases {
        let (name, class, found) = (written(name), written(&report.scenario), written(found));
        _ = write!(xml, "    <testcase classname=\"{class}\" name=\"{name}\" time=\"0\"");
        _ = if met {
            writeln!(xml, ">\n      <system-out>{found}</system-out>\n    </testcase>")
        } else {
            writeln!(xml, ">\n      <failure message=\"{found}\" type=\"not met\"/>\n    </testcase>")
        };
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// As XML may hold it: markup escaped, and no character that no XML may have.
fn written(text: &str) -> String {
    let allowed = |c: &char| {
        (!c.is_control() || matches!(c, '\t' | '\n' | '\r')) && !matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    escaped(&text.chars().filter(allowed).collect::<String>())
}
