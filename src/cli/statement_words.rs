//! What statements, penalties and allegements say, in words.

use finality_parsers::model::{
    AllegedTrade, Balance, Covers, Event, Moment, Movement, Payment, PenaltyKind, PenaltyReport,
    StatementHeader, TransparentAccount,
};

use super::words::{money, name, quantity, status_kind, thousands};

/// The lines of an event of these kinds; none for others.
pub(super) fn lines(event: &Event) -> Vec<String> {
    let mut said = Vec::new();
    match event {
        Event::HoldingsStatement(e) => {
            said.push(head("statement of holdings", &e.header));
            for holding in e.accounts.iter().flat_map(|a| &a.holdings) {
                let available = holding
                    .available
                    .as_ref()
                    .map(|b| format!(", available {}", balance(b)))
                    .unwrap_or_default();
                said.push(format!(
                    "{}: {}{available}",
                    name(&holding.instrument),
                    balance(&holding.aggregate)
                ));
            }
        }
        Event::TransactionsStatement(e) => {
            said.push(head("statement of transactions", &e.header));
            for one in e.accounts.iter().flat_map(|a| &a.instruments) {
                said.push(format!("{}: {} postings", name(&one.instrument), one.postings.len()));
            }
        }
        Event::PendingStatement(e) => {
            said.push(head("statement of pending transactions", &e.header));
            for pending in &e.transactions {
                let of = pending.transaction.instruction().map_or("no reference", |r| r.as_str());
                let statuses: Vec<_> = pending.statuses.iter().map(|s| status_kind(&s.kind)).collect();
                let reasons: Vec<_> =
                    pending.statuses.iter().flat_map(|s| &s.reasons).map(|r| r.code.as_str()).collect();
                said.push(
                    format!("{of}: {} {}", statuses.join(", "), reasons.join(" ")).trim_end().to_owned(),
                );
            }
        }
        Event::IntraPositionStatement(e) => {
            said.push(head("statement of movements within positions", &e.header));
            for one in &e.instruments {
                let moved: usize = one.balances.iter().map(|b| b.movements.len()).sum();
                said.push(format!("{}: {moved} movements", name(&one.instrument)));
            }
        }
        Event::PortfolioTransfer(e) => {
            said.push(head("transfer of a portfolio", &e.header));
            for one in &e.positions {
                let way = if one.movement == Movement::Receive { "comes" } else { "goes" };
                let stands =
                    one.status.as_ref().map(|s| format!(", {}", status_kind(&s.kind))).unwrap_or_default();
                said.push(format!("{}: {} {way}{stands}", name(&one.instrument), quantity(&one.quantity)));
            }
        }
        Event::BalanceTransparency(e) => {
            said.push(format!("balances down to their owners {}", e.id));
            for account in &e.accounts {
                transparent(account, 0, &mut said);
            }
        }
        Event::Penalties(e) => penalties(e, &mut said),
        Event::Allegement(e) => {
            said.push(format!("allegement {}: {}", e.id, alleged(&e.trade)));
        }
        Event::AllegementStatement(e) => {
            said.push(head("statement of allegements", &e.header));
            said.extend(e.allegements.iter().map(alleged));
        }
        _ => {}
    }
    said
}

fn head(what: &str, header: &StatementHeader) -> String {
    let covers = match &header.covers {
        Covers::At(moment) => format!("as of {}", day(moment)),
        Covers::Period(period) => format!("from {} to {}", day(&period.from), day(&period.to)),
    };
    let empty = if header.activity { "" } else { ", nothing in it" };
    format!(
        "{what} {} of account {}, {covers}, page {}{empty}",
        header.id, header.account.id, header.page.number
    )
}

fn day(moment: &Moment) -> String {
    moment.day().map_or_else(|| "an open day".to_owned(), |day| day.to_string())
}

fn balance(balance: &Balance) -> String {
    thousands(balance.value)
}

fn penalties(report: &PenaltyReport, said: &mut Vec<String>) {
    said.push(format!("penalty report {}", report.id()));
    for counterparty in report.lists.iter().flat_map(|l| &l.currencies).flat_map(|c| &c.counterparties) {
        for penalty in &counterparty.penalties {
            let kind = match penalty.kind {
                PenaltyKind::SettlementFail => "settlement fail",
                PenaltyKind::LateMatching => "late matching",
            };
            let days = penalty.days;
            said.push(format!(
                "{}: {kind}, {days} days, {}",
                penalty.common_reference,
                money(&penalty.amount)
            ));
        }
        said.push(format!("net {}", money(&counterparty.net)));
    }
}

fn alleged(trade: &AllegedTrade) -> String {
    let verb = if trade.movement == Movement::Receive { "receive" } else { "deliver" };
    let payment = match (trade.payment, &trade.amount) {
        (Payment::Against, Some(amount)) => format!("against {}", money(amount)),
        (Payment::Against, None) => "against payment".to_owned(),
        (Payment::Free, _) => "free of payment".to_owned(),
    };
    let (much, what, when) =
        (quantity(&trade.quantity), name(&trade.instrument), day(&trade.settlement_date));
    format!("we are to {verb} {much} of {what} {payment}, to settle {when}")
}

/// An account and what is in it, and those below it further in.
fn transparent(account: &TransparentAccount, depth: usize, said: &mut Vec<String>) {
    let margin = "  ".repeat(depth);
    let owners = account.beneficial_owners.len();
    let owned = if owners > 0 { format!(", {owners} beneficial owners") } else { String::new() };
    said.push(format!("{margin}account {}{owned}", account.account.id));
    for one in account.balances.iter().flat_map(|balances| &balances.instruments) {
        for day in &one.days {
            let settled = day.settled.as_ref().map_or_else(
                || {
                    day.holds
                        .map_or("nothing settled", |holds| if holds { "held" } else { "not held" })
                        .to_owned()
                },
                |settled| settled.value.to_string(),
            );
            said.push(format!("{margin}  {}: {settled}", name(&one.instrument)));
        }
    }
    for below in &account.below {
        transparent(below, depth + 1, said);
    }
}
