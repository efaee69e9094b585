//! What the schema cannot say: check digits, currencies, and how elements hang together. One row per rule.

use super::name::{Name, head};
use super::outline::At;
use super::parts::is_iban;
use super::walk::quoted;
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::model::{Currency, Isin, Lei};

/// Something that can be true of a message, by paths below its root element.
enum Is {
    /// The element is there.
    There(&'static str),
    /// The element is not there.
    Absent(&'static str),
    /// At least one of the elements is there.
    OneOf(&'static [&'static str]),
    /// One of the elements of these paths has this value.
    OneValue(&'static [&'static str], &'static str),
    /// One of the elements of this path has one of these values.
    Value(&'static str, &'static [&'static str]),
}

/// A rule: where all conditions hold, all demands must.
struct Rule {
    message: &'static str,
    code: &'static str,
    when: &'static [Is],
    then: &'static [Is],
    hint: &'static str,
}

const WAY_023: &str = "SttlmTpAndAddtlParams/SctiesMvmntTp";
const PAY_023: &str = "SttlmTpAndAddtlParams/Pmt";
const WAY_025: &str = "TxIdDtls/SctiesMvmntTp";
const PAY_025: &str = "TxIdDtls/Pmt";
const OWN_020: &[&str] = &[
    "AcctOwnrTxId/SctiesSttlmTxId/TxId",
    "AcctOwnrTxId/SctiesFincgTxId/TxId",
    "AcctOwnrTxId/IntraPosMvmntId/TxId",
    "AcctOwnrTxId/OthrTxId/TxId",
    "AcctOwnrTxId/SctiesSttlmTxId",
    "AcctOwnrTxId/OthrTxId",
];
const SSI: &str = "StgSttlmInstrDtls";
const DELIVERING: &[Is] = &[Is::There("DlvrgSttlmPties/Dpstry"), Is::There("DlvrgSttlmPties/Pty1")];
const RECEIVING: &[Is] = &[Is::There("RcvgSttlmPties/Dpstry"), Is::There("RcvgSttlmPties/Pty1")];

const RULES: &[Rule] = &[
    Rule {
        message: "sese.023",
        code: "amount-needed",
        when: &[Is::Value(PAY_023, &["APMT"])],
        then: &[Is::There("SttlmAmt")],
        hint: "against payment there must be a settlement amount",
    },
    Rule {
        message: "sese.023",
        code: "delivering-party-needed",
        when: &[Is::Value(WAY_023, &["RECE"]), Is::Absent(SSI)],
        then: DELIVERING,
        hint: "a receipt names who delivers: depository and its participant, unless by standing instruction",
    },
    Rule {
        message: "sese.023",
        code: "receiving-party-needed",
        when: &[Is::Value(WAY_023, &["DELI"]), Is::Absent(SSI)],
        then: RECEIVING,
        hint: "a delivery names who receives: depository and its participant, unless by standing instruction",
    },
    Rule {
        message: "sese.023",
        code: "buyer-needed",
        when: &[Is::Value(WAY_023, &["DELI"]), Is::There(SSI)],
        then: &[Is::There("StgSttlmInstrDtls/CtrPty/Buyr")],
        hint: "a delivery by standing instruction names the buyer",
    },
    Rule {
        message: "sese.023",
        code: "seller-needed",
        when: &[Is::Value(WAY_023, &["RECE"]), Is::There(SSI)],
        then: &[Is::There("StgSttlmInstrDtls/CtrPty/Sellr")],
        hint: "a receipt by standing instruction names the seller",
    },
    Rule {
        message: "sese.023",
        code: "currency-to-buy",
        when: &[Is::There("TradDtls/CcyToBuyOrSell/CcyToBuy")],
        then: &[Is::Value(WAY_023, &["DELI"])],
        hint: "a currency is bought with the proceeds of a delivery; for a receipt it is sold",
    },
    Rule {
        message: "sese.023",
        code: "currency-to-sell",
        when: &[Is::There("TradDtls/CcyToBuyOrSell/CcyToSell")],
        then: &[Is::Value(WAY_023, &["RECE"])],
        hint: "a currency is sold to pay for a receipt; for a delivery it is bought",
    },
    Rule {
        message: "sese.023",
        code: "physical-free",
        when: &[Is::There("AddtlPhysOrRegnDtls")],
        then: &[Is::Value(PAY_023, &["FREE"])],
        hint: "physical and registration details go with free settlement only",
    },
    Rule {
        message: "sese.023",
        code: "linked-quantity",
        when: &[Is::There("Lnkgs/LkdQty")],
        then: &[Is::Value("SttlmParams/SctiesTxTp/Cd", &["PAIR", "TURN"])],
        hint: "a linked quantity belongs to a pair-off or turnaround",
    },
    Rule {
        message: "sese.023",
        code: "buy-in-linkage",
        when: &[Is::Value("SttlmParams/SttlmTxCond/Cd", &["BUTC"])],
        then: &[Is::There("Lnkgs")],
        hint: "a buy-in to cover links to what it covers",
    },
    Rule {
        message: "sese.024",
        code: "status-needed",
        when: &[],
        then: &[Is::OneOf(&["PrcgSts", "IfrrdMtchgSts", "MtchgSts", "SttlmSts"])],
        hint: "a status advice gives at least one status",
    },
    Rule {
        message: "sese.025",
        code: "amount-needed",
        when: &[Is::Value(PAY_025, &["APMT"])],
        then: &[Is::There("SttldAmt")],
        hint: "against payment there must be a settled amount",
    },
    Rule {
        message: "sese.025",
        code: "delivering-party-needed",
        when: &[Is::Value(WAY_025, &["RECE"]), Is::Absent(SSI)],
        then: DELIVERING,
        hint: "a receipt names who delivered: depository and its participant, unless by standing instruction",
    },
    Rule {
        message: "sese.025",
        code: "receiving-party-needed",
        when: &[Is::Value(WAY_025, &["DELI"]), Is::Absent(SSI)],
        then: RECEIVING,
        hint: "a delivery names who received: depository and its participant, unless by standing instruction",
    },
    Rule {
        message: "sese.025",
        code: "buyer-needed",
        when: &[Is::Value(WAY_025, &["DELI"]), Is::There(SSI)],
        then: &[Is::There("StgSttlmInstrDtls/CtrPty/Buyr")],
        hint: "a delivery by standing instruction names the buyer",
    },
    Rule {
        message: "sese.025",
        code: "seller-needed",
        when: &[Is::Value(WAY_025, &["RECE"]), Is::There(SSI)],
        then: &[Is::There("StgSttlmInstrDtls/CtrPty/Sellr")],
        hint: "a receipt by standing instruction names the seller",
    },
    Rule {
        message: "sese.028",
        code: "amount-needed",
        when: &[Is::Value(PAY_023, &["APMT"])],
        then: &[Is::There("SttlmAmt")],
        hint: "against payment there must be a settlement amount",
    },
    Rule {
        message: "sese.028",
        code: "delivering-party-needed",
        when: &[Is::Value(WAY_023, &["RECE"])],
        then: &[Is::There("DlvrgSttlmPties/Pty1")],
        hint: "the allegement of a receipt names who delivers",
    },
    Rule {
        message: "sese.028",
        code: "receiving-party-needed",
        when: &[Is::Value(WAY_023, &["DELI"])],
        then: &[Is::There("RcvgSttlmPties/Pty1")],
        hint: "the allegement of a delivery names who receives",
    },
    Rule {
        message: "sese.020",
        code: "reference-needed",
        when: &[Is::OneValue(OWN_020, "NONREF")],
        then: &[Is::OneOf(&["AcctSvcrTxId", "MktInfrstrctrTxId", "PrcrTxId"])],
        hint: "without an own reference, what is cancelled is named by that of another: NONREF names nothing",
    },
];

impl Is {
    fn holds(&self, root: At<'_, '_>) -> bool {
        match self {
            Is::There(path) => any(root, path, &mut |_| true),
            Is::Absent(path) => !any(root, path, &mut |_| true),
            Is::OneOf(paths) => paths.iter().any(|path| any(root, path, &mut |_| true)),
            Is::OneValue(paths, value) => {
                paths.iter().any(|path| any(root, path, &mut |at| at.text().trim() == *value))
            }
            Is::Value(path, values) => any(root, path, &mut |at| values.contains(&at.text().trim())),
        }
    }

    /// As a condition, or as a demand.
    fn in_words(&self, demanded: bool) -> String {
        let is = if demanded { "must be" } else { "is" };
        match self {
            Is::There(path) => format!("{path} {is} there"),
            Is::Absent(path) => format!("{path} {is} absent"),
            Is::OneOf(paths) => format!("one of {} {is} there", paths.join(", ")),
            Is::OneValue(paths, value) => format!("one of {} {is} {value}", paths.join(", ")),
            Is::Value(path, values) => format!("{path} {is} {}", values.join(" or ")),
        }
    }
}

/// Whether any element down this way, through all repetitions, is as asked.
fn any(at: At<'_, '_>, path: &str, asked: &mut dyn FnMut(At<'_, '_>) -> bool) -> bool {
    let (name, rest) = head(path);
    at.all(name).any(|child| if rest.is_empty() { asked(child) } else { any(child, rest, asked) })
}

impl Rule {
    /// `where A is there and B is absent, `, or nothing.
    fn when_in_words(&self) -> String {
        let words: Vec<String> = self.when.iter().map(|is| is.in_words(false)).collect();
        if words.is_empty() { String::new() } else { format!("where {}, ", words.join(" and ")) }
    }
}

/// The rules of a message for people: code, rule, reason.
pub(super) fn in_words(message: &str) -> Vec<(&'static str, String, &'static str)> {
    let rules = RULES.iter().filter(|rule| message.starts_with(rule.message));
    rules
        .map(|rule| {
            let demands: Vec<String> = rule.then.iter().map(|is| is.in_words(true)).collect();
            (rule.code, format!("{}{}", rule.when_in_words(), demands.join(" and ")), rule.hint)
        })
        .collect()
}

/// Checks the root element of a message.
pub(super) fn check(message: &str, root: At<'_, '_>, findings: &mut Findings) {
    // Eight bytes at once: there are many rules, and most are of other messages.
    let Some(name) = message.as_bytes().first_chunk::<8>() else { return };
    for rule in RULES.iter().filter(|rule| rule.message.as_bytes().first_chunk() == Some(name)) {
        if !rule.when.iter().all(|is| is.holds(root)) {
            continue;
        }
        for demand in rule.then.iter().filter(|is| !is.holds(root)) {
            let when = rule.when_in_words();
            findings.push(
                Diagnostic::error(
                    Layer::Rule,
                    rule.code,
                    root.span(),
                    format!("{when}{}", demand.in_words(true)),
                )
                .at(root.path())
                .hint(rule.hint),
            );
        }
    }
}

/// The elements whose values carry their own check digits.
const CHECKED: [Name<'static>; 3] = [Name::new("ISIN"), Name::new("LEI"), Name::new("IBAN")];

/// Checks the values that carry their own check digits, and amounts against their currency.
pub(super) fn check_values(body: At<'_, '_>, findings: &mut Findings) {
    // Nearly all elements have another name and no attribute.
    for at in body.inside().filter(|at| at.has_attributes() || CHECKED.iter().any(|name| at.is(*name))) {
        if findings.is_full() {
            return;
        }
        let wrong = match at.name() {
            "ISIN" => at.text().trim().parse::<Isin>().err().map(|e| ("isin-check-digit", e.why)),
            "LEI" => at.text().trim().parse::<Lei>().err().map(|e| ("lei-check-digits", e.why)),
            "IBAN" if !is_iban(at.text().trim()) => {
                Some(("iban-check-digits", "the check digits do not fit".into()))
            }
            _ => None,
        };
        if let Some((code, why)) = wrong {
            let message = format!("{} {}: {why}", at.name(), quoted(at.text()));
            findings.push(
                Diagnostic::error(Layer::Rule, code, at.value_span(), message)
                    .at(at.path())
                    .hint("a digit is wrong or two are swapped: look the identifier up"),
            );
        }
        if let Some(currency) = at.attribute("Ccy") {
            check_money(at, &currency.value(), currency.span.clone(), findings);
        }
    }
}

fn check_money(at: At<'_, '_>, code: &str, span: std::ops::Range<usize>, findings: &mut Findings) {
    let currency = match code.parse::<Currency>() {
        Ok(currency) => currency,
        Err(e) => {
            let message = format!("{} is in {}: {}", at.name(), quoted(code), e.why);
            findings.push(
                Diagnostic::error(Layer::Rule, "currency-unknown", span, message)
                    .at(at.path())
                    .hint("use the code of ISO 4217"),
            );
            return;
        }
    };
    // Prices are finer than money that is paid.
    let is_price = at.parent().is_some_and(|parent| parent.name() == "Val");
    let fraction =
        at.text().trim().split_once('.').map_or("", |(_, fraction)| fraction.trim_end_matches('0'));
    if let Some(decimals) = currency.decimals().filter(|_| !is_price)
        && fraction.len() > decimals as usize
    {
        let message =
            format!("{} {} has more decimals than {currency}, which has {decimals}", at.name(), at.text());
        findings.push(
            Diagnostic::error(Layer::Rule, "currency-decimals", at.value_span(), message)
                .at(at.path())
                .hint("round the amount to what can be paid"),
        );
    }
}

/// Checks a header against the document that it goes with.
pub(super) fn check_header(header: At<'_, '_>, message: &str, findings: &mut Findings) {
    if let Some(said) = header.get("MsgDefIdr") {
        let text = said.text().trim();
        if !message.is_empty() && text.strip_suffix(".xsd").unwrap_or(text) != message {
            let text = format!("the header announces {}, the document is {message}", quoted(text));
            findings.push(
                Diagnostic::error(Layer::Rule, "message-definition", said.value_span(), text)
                    .at(said.path())
                    .hint("header and document must name the same message"),
            );
        }
    }
    if let Some(created) = header.get("CreDt") {
        let text = created.text().trim();
        let zoned = text.ends_with('Z') || text.rfind(['+', '-']).is_some_and(|at| at > 10);
        if !zoned && text.contains('T') {
            findings.push(
                Diagnostic::warning(
                    Layer::Rule,
                    "no-time-zone",
                    created.value_span(),
                    format!("CreDt {} names no time zone, so it is no instant", quoted(text)),
                )
                .at(created.path())
                .hint("write it in UTC, with a Z"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::mx::walk;

    /// Elements down a way, each opened and closed again, with a value in the last.
    fn element(path: &str, value: &str) -> String {
        path.rsplit('/').fold(value.to_owned(), |inside, name| format!("<{name}>{inside}</{name}>"))
    }

    /// What makes it true, or false; nothing where leaving it out does.
    fn made(is: &Is, holds: bool) -> String {
        match (is, holds) {
            (Is::There(path), true) | (Is::Absent(path), false) => element(path, ""),
            (Is::OneOf(paths), true) => element(paths.first().expect("a path"), ""),
            (Is::OneValue(paths, value), true) => element(paths.first().expect("a path"), value),
            (Is::Value(path, values), true) => element(path, values.first().expect("a value")),
            (Is::Value(path, _), false) => element(path, "ZZZZ"),
            _ => String::new(),
        }
    }

    fn found(message: &str, inside: &[String]) -> Vec<&'static str> {
        let document = format!("<Root>{}</Root>", inside.concat());
        let limits = Limits::default();
        let walked = walk::walk(document.as_bytes(), &limits, false, &|_| None);
        let mut findings = Findings::new(100);
        check(message, walked.outline.at(0).expect("the root"), &mut findings);
        findings.into_vec().iter().map(|d| d.code).collect()
    }

    #[test]
    fn every_row_is_broken_once_and_kept_once() {
        for rule in RULES {
            let message = format!("{}.001.99", rule.message);
            let when: Vec<String> = rule.when.iter().map(|is| made(is, true)).collect();
            let all = |holds| when.iter().cloned().chain(rule.then.iter().map(move |is| made(is, holds)));
            let name = format!("{} {}", rule.message, rule.code);
            let broken = found(&message, &all(false).collect::<Vec<_>>());
            let times = broken.iter().filter(|code| **code == rule.code).count();
            assert_eq!(times, rule.then.len(), "{name}: {broken:?}");
            let kept = found(&message, &all(true).collect::<Vec<_>>());
            assert!(!kept.contains(&rule.code), "{name}: {kept:?}");
            if !rule.when.is_empty() {
                let unasked: Vec<String> = rule.when.iter().map(|is| made(is, false)).collect();
                assert!(!found(&message, &unasked).contains(&rule.code), "{name} without its condition");
            }
            let other = found("camt.054.001.08", &all(false).collect::<Vec<_>>());
            assert!(other.is_empty(), "{name}: {other:?}");
        }
    }
}
