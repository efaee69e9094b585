//! What the words of a scenario mean.
//!
//! ```text
//! manager allocates B1 [sell] [quantity N] [price P] [account A] [settles D] [broker LINK] [block N] [replaces|cancels B0]
//!         [part of B0] [order O1] [shareprice P] [sharebroker LINK]
//!         [resent] [announces N [last]] [ready] [wrong]    marked as sent before, perhaps; a part of a longer list; nothing split yet; net money that cannot be
//! manager asks Q1 about B1 [status] | manager requests Q1 from LINK
//! broker reports R1 of B1 ... [replaces|cancels R0] | broker executes E1 N of N [last N] [price P] [sell] [order O1] [corrects|cancels E0] | broker captures T1 [replaces|cancels T0]
//! newcomer offers S1 [held as broker] | broker rejects NUMBER
//! broker | newcomer | telexbroker confirms C1 [of B1] ... [replaces|cancels C0] [place BIC]
//! network takes | network refuses T26
//! custodian | isocustodian says KIND [REASON ...] [of N1] [to the cancellation | [first] request]
//! custodian | isocustodian settles N [part|last] [before N] [of N1] [backwards] [in ISIN] [money AMOUNT] | reverses N
//! what is stated and alleged: see `stated.rs`
//! desk supplies [party LINK] [without agent] [from D] [until D] | reinstructs 1 | rebooks 1 | cancels 1 | resolves 1
//! desk holds 1 | releases 1 [quantity N] | prioritises 1 to N | splits 1
//! desk pairs 1 with 2 | matches 1 | parts 1 | agrees 1 | declines 1
//! desk records ID [of LINK | for ACCOUNT] [place BIC] [agent BIC] [cash ACCOUNT] [from D] [until D] | withdraws ID
//! configuration requires cash accounts | configuration holds ACCOUNT | configuration lets replacements go BY
//! configuration has telexmanager confirmed by isocustodian | as the market
//! configuration takes the broker's seat | configuration affirms by itself | configuration forgets the manager's instruction
//! configuration takes the custodian's seat [for isocustodian] | CLIENT instructs I1 [sell] [quantity N] [account A] [settles D] [without agent | kind | quantity] [with two dates] [held]
//! CLIENT withdraws I1 by X1 ... | CLIENT commands M1 of I1 hold | release [quantity N] | priority N | parts [account A] [and ...]
//! CLIENT amends I1 [quantity N] [settles DAY] [money N] [says WORD] [account A] [sell]
//! CLIENT queries Q1 about I1 [I2 ...] [account A] [wanted MESSAGE]
//! manager | telexmanager | isocustodian affirms | refuses | has [the first] [on DAY]      our last confirmation on that link, or the first
//! desk reprocesses [repaired]                     the oldest dead letter; repaired: as the last allocation B9 would be
//! astray ...                                      the message of that step is addressed to somebody else
//! the same again | garbage on LINK | line LINK up | line LINK down | N minutes pass | power is cut
//! ```

use finality_kernel::blocks::block::{Block, BlockStatus};
use finality_kernel::profile::{Capacity, Manager, Profile};
use finality_kernel::seat::Seat;
use finality_parsers::desk::{Command, Notice, Order, Wish};
use finality_parsers::model::{
    AffirmationStatus, ConfirmationAcknowledgement, Event, Fragment, Function, PartialKind, Reason,
    Reference, SettlementConfirmation, SettlementInstruction, Side, SsiSource, Status, StatusAdvice,
    StatusKind, TransportAcknowledgement,
};
use rust_decimal::Decimal;

use crate::desk::gateway::{Gateway, Stimulus};
use crate::desk::market::{self, Deal, reference, units};
use crate::desk::messages;

/// A scenario that is being played.
pub(crate) struct Play {
    pub(crate) gateway: Gateway,
    last: Option<Stimulus>,
    says: u64,
    /// What was dealt so far.
    dealt: i64,
    /// The next message is addressed to somebody else.
    astray: bool,
}

impl Play {
    pub(crate) fn new(gateway: Gateway) -> Self {
        Self { gateway, last: None, says: 0, dealt: 0, astray: false }
    }

    /// All blocks, and where each stands.
    pub(crate) fn blocks(&self) -> Vec<String> {
        let blocks = self.gateway.kernel.book().blocks();
        let label = |b: &Block| b.status().map_or("not known", BlockStatus::label);
        blocks.iter().map(|b| format!("{} {}", b.key, label(b))).collect()
    }

    /// Plays a table: `step | states of all trades | reasons of what is open | blocks`. `check` is off where a power cut may have
    /// shifted what is open in between.
    pub(crate) fn table(&mut self, table: &str, check: bool) {
        for line in table.lines().map(str::trim).filter(|l| !l.is_empty()) {
            let mut columns = line.split('|').map(str::trim);
            self.step(columns.next().unwrap_or_default());
            if !check {
                continue;
            }
            let states: Vec<&str> = self.gateway.kernel.book().trades().map(|t| t.state.label()).collect();
            assert_eq!(columns.next().unwrap_or_default(), states.join(", "), "states after: {line}");
            let open: Vec<&str> = self.gateway.open_reasons().iter().map(|r| r.name()).collect();
            assert_eq!(columns.next().unwrap_or_default(), open.join(", "), "exceptions after: {line}");
            if let Some(blocks) = columns.next() {
                assert_eq!(blocks, self.blocks().join(", "), "blocks after: {line}");
            }
        }
    }

    /// One step.
    pub(crate) fn step(&mut self, step: &str) {
        let words: Vec<&str> = step.split_whitespace().collect();
        match words.as_slice() {
            ["astray", ..] => {
                self.astray = true;
                self.step(step.trim_start_matches("astray "));
            }
            [manager @ ("manager" | "telexmanager"), "allocates", id, rest @ ..] => {
                let event = deal(rest, None).allocation(id);
                self.says += 1;
                let resent = rest.contains(&"resent");
                let raw = market::write_marked(manager, &event, self.says, self.gateway.now, resent);
                self.bytes(manager, raw);
            }
            ["manager", "asks", id, "about", block, rest @ ..] => {
                self.message("manager", &messages::confirmation_request(id, block, rest.contains(&"status")));
            }
            ["manager", "requests", id, "from", broker] => {
                self.message("manager", &messages::instruction_request(id, market::broker_bic(broker)));
            }
            [broker, "reports", id, rest @ ..] => {
                let broker_named = Some(*broker).filter(|b| *b != "manager");
                let event = messages::report(&deal(rest, broker_named), id);
                self.message(broker, &event);
            }
            [broker, "executes", id, dealt, "of", ordered, rest @ ..] => {
                let number = |n: &str| n.parse().expect("a number");
                let before = std::mem::replace(&mut self.dealt, number(dealt));
                let last = after(rest, "last").map_or((self.dealt - before).max(0), number);
                let event = messages::execution(id, number(dealt), number(ordered), last, rest);
                self.message(broker, &event);
            }
            [broker, "captures", id, rest @ ..] => {
                self.message(broker, &messages::capture(&deal(rest, Some(broker)), id));
            }
            [broker, "offers", id, rest @ ..] => {
                let of = after(rest, "as").unwrap_or(broker);
                self.message(broker, &messages::offer(id, market::broker_bic(of)));
            }
            [broker, "rejects", number] => {
                let event = messages::rejection(number.parse().expect("a number"));
                self.message(broker, &event);
            }
            [broker, "confirms", id, rest @ ..] => {
                let event = deal(rest, Some(broker)).confirmation(id, self.gateway.now);
                self.message(broker, &event);
            }
            [
                manager @ ("manager" | "telexmanager" | "isocustodian"),
                says @ ("affirms" | "refuses" | "has"),
                rest @ ..,
            ] => {
                let event = self.affirmation(manager, says, rest);
                self.message(manager, &event);
            }
            ["network", "takes"] => self.network(None),
            ["network", "refuses", code] => self.network(Some(code)),
            [link, rest @ ..] if self.stated(link, rest) => {}
            [custodian, "says", kind, rest @ ..] => self.status(custodian, kind, rest),
            [custodian, "settles", quantity, rest @ ..] => self.settlement(custodian, quantity, rest, false),
            [custodian, "reverses", quantity, rest @ ..] => self.settlement(custodian, quantity, rest, true),
            ["desk", rest @ ..] => self.order(rest),
            ["the", "same", "again"] => {
                let last = self.last.clone().expect("something came before");
                self.gateway.feed(&last);
            }
            ["garbage", "on", link] => self.bytes(link, b"?:this is no message".to_vec()),
            ["line", link, "up"] => self.gateway.feed(&Stimulus::LineUp((*link).to_owned())),
            ["line", link, "down"] => self.gateway.feed(&Stimulus::LineDown((*link).to_owned())),
            [minutes, "minutes", "pass"] => self.gateway.pass(minutes.parse().expect("a number")),
            ["configuration", "requires", "cash", "accounts"] => {
                self.gateway.profile.enrichment.cash_account_required = true;
                self.gateway.restart();
            }
            ["configuration", "holds", account] => {
                self.gateway.profile.enrichment.on_hold.push(account.parse().expect("an account"));
                self.gateway.restart();
            }
            ["configuration", "lets", "replacements", "go", by] => {
                let by = serde_json::from_value(serde_json::json!(by)).expect("a way");
                self.gateway.profile.operation.replaced = by;
                self.gateway.restart();
            }
            ["configuration", "takes", "the", "broker's", "seat"] => {
                take_the_brokers_seat(&mut self.gateway.profile);
                self.gateway.restart();
            }
            ["configuration", "has", "telexmanager", "confirmed", "by", "isocustodian"] => {
                confirm_by_iso(&mut self.gateway.profile);
                self.gateway.restart();
            }
            ["configuration", "has", "telexmanager", "confirmed", "as", "the", "market"] => {
                self.gateway.profile.managers.iter_mut().for_each(|m| m.market_side = true);
                self.gateway.restart();
            }
            ["configuration", "takes", "the", "custodian's", "seat"] => {
                crate::desk::custodian::take_the_seat(&mut self.gateway.profile);
                self.gateway.restart();
            }
            ["configuration", "takes", "the", "custodian's", "seat", "for", "isocustodian"] => {
                crate::desk::custodian::take_the_seat_for_iso(&mut self.gateway.profile);
                self.gateway.restart();
            }
            [client, "instructs", id, rest @ ..] => {
                let event = crate::desk::custodian::instruction(id, rest);
                self.says += 1;
                let raw = market::write(client, &event, self.says, self.gateway.now);
                self.bytes(client, crate::desk::custodian::broken(raw, rest));
            }
            [client, "withdraws", id, "by", request, rest @ ..] => {
                let event = crate::desk::custodian::cancellation(id, request, rest);
                self.says += 1;
                let raw = market::write(client, &event, self.says, self.gateway.now);
                self.bytes(client, crate::desk::custodian::broken(raw, rest));
            }
            [client, "commands", command, "of", id, rest @ ..] => {
                self.message(client, &crate::desk::custodian::command(command, id, rest));
            }
            [client, "amends", id, rest @ ..] => {
                self.message(client, &crate::desk::amendments::request(id, rest));
            }
            [client, "queries", question, "about", rest @ ..] => {
                self.message(client, &crate::desk::commands::question(question, rest));
            }
            ["configuration", "affirms", "by", "itself"] => {
                self.gateway.profile.managers.iter_mut().for_each(|m| m.auto_affirm = true);
                self.gateway.restart();
            }
            ["configuration", "forgets", "the", "manager's", "instruction"] => {
                let manager = market::manager_bic("manager");
                self.gateway.profile.standing_instructions.retain(|s| s.party != manager);
                self.gateway.restart();
            }
            ["power", "is", "cut"] => self.gateway.restart(),
            _ => panic!("what does {step:?} mean?"),
        }
    }

    /// An event arrives on a link.
    pub(crate) fn message(&mut self, link: &str, event: &Event) {
        self.says += 1;
        self.bytes(link, market::write(link, event, self.says, self.gateway.now));
    }

    pub(crate) fn bytes(&mut self, link: &str, raw: Vec<u8>) {
        let raw = match std::mem::take(&mut self.astray) {
            true => String::from_utf8(raw).expect("text").replace("FINMDEFF", "OTHRDEFF").into_bytes(),
            false => raw,
        };
        let stimulus = Stimulus::Received { link: link.to_owned(), raw };
        self.last = Some(stimulus.clone());
        self.gateway.feed(&stimulus);
    }

    /// The network answers the transmission that left last on the custodian's line.
    fn network(&mut self, error: Option<&str>) {
        let sent = self.gateway.sent.iter().rfind(|s| s.link == "custodian").expect("something was sent");
        let text = String::from_utf8_lossy(&sent.bytes).into_owned();
        let user = text.split("{108:").nth(1).and_then(|t| t.split('}').next()).map(reference);
        let answer = TransportAcknowledgement {
            accepted: error.is_none(),
            reference: user,
            error: error.map(str::to_owned),
            line: None,
        };
        self.message("custodian", &Event::Transport(Box::new(answer)));
    }

    /// What a manager says to a confirmation of ours.
    fn affirmation(&self, manager: &str, says: &str, words: &[&str]) -> Event {
        let first = words.contains(&"first");
        let mut sent =
            self.gateway.sent.iter().filter(|s| s.link == manager).filter_map(|s| match &s.event {
                Event::Confirmation(c) if !matches!(c.function, Function::Cancel(_)) => Some(c.id.clone()),
                _ => None,
            });
        let about = if first { sent.next() } else { sent.next_back() }.expect("a confirmation left");
        let status = match says {
            "affirms" => AffirmationStatus::Affirmed,
            "refuses" => AffirmationStatus::Rejected,
            _ => AffirmationStatus::Received,
        };
        let fix = manager == "manager";
        Event::ConfirmationAcknowledgement(Box::new(ConfirmationAcknowledgement {
            supplementary: Vec::new(),
            id: (!fix).then(|| reference(&format!("MGR{:08}", self.says + 1))),
            function: Function::New,
            linkages: Vec::new(),
            parties: Vec::new(),
            confirmation: about,
            status,
            reason: (fix && status == AffirmationStatus::Rejected).then(|| "99".to_owned()),
            text: (fix && status == AffirmationStatus::Rejected).then(|| "the price is wrong".to_owned()),
            trade_date: Some(after(words, "on").unwrap_or("2026-11-24").parse().expect("a date")),
            transacted: Some(self.gateway.now.utc()),
        }))
    }

    /// The instruction that left last, or the one that the words name (`of N1`: the first).
    fn instruction(&self, words: &[&str]) -> SettlementInstruction {
        let mut all = self.gateway.sent.iter().filter_map(|s| match &s.event {
            Event::Instruction(i) => Some((**i).clone()),
            _ => None,
        });
        match after(words, "of") {
            Some(suffix) => all.find(|i| i.id.as_str().ends_with(suffix)),
            None => all.next_back(),
        }
        .expect("an instruction left")
    }

    fn own_reference(&self) -> Reference {
        reference(&format!("CUST{:08}", self.says + 1))
    }

    fn status(&mut self, custodian: &str, kind: &str, words: &[&str]) {
        let kind = match kind {
            "acknowledged" => StatusKind::Acknowledged,
            "matched" => StatusKind::Matched,
            "unmatched" => StatusKind::Unmatched,
            "pending" => StatusKind::Pending,
            "failing" => StatusKind::Failing,
            "rejected" => StatusKind::Rejected,
            "cancelled" => StatusKind::Cancelled,
            "denied" => StatusKind::CancellationDenied,
            "processing" => StatusKind::PendingProcessing,
            "completed" => StatusKind::ChangeCompleted,
            "refused" => StatusKind::ChangeDenied,
            other => panic!("no status {other:?}"),
        };
        let is_code = |w: &&&str| w.len() == 4 && w.chars().all(|c| c.is_ascii_uppercase());
        let reasons = words.iter().filter(is_code).map(|code| Reason {
            code: (*code).to_owned(),
            issuer: None,
            text: None,
        });
        let instruction = self.instruction(words);
        let cancellation = words.contains(&"cancellation");
        let modification = words.contains(&"request");
        let about = if modification {
            let mut asked = self.gateway.sent.iter().filter_map(|s| match &s.event {
                Event::ProcessingChange(c) => Some(c.id.clone()),
                _ => None,
            });
            let asked = if words.contains(&"first") { asked.next() } else { asked.next_back() };
            asked.expect("a request left")
        // By ISO 20022 the answer to a cancellation names the instruction.
        } else if cancellation && custodian != "isocustodian" {
            let asked = self.gateway.sent.iter().rev().find_map(|s| match &s.event {
                Event::Cancellation(c) => Some(c.id.clone()),
                _ => None,
            });
            asked.expect("a cancellation left")
        } else {
            instruction.id
        };
        let advice = StatusAdvice {
            id: Some(self.own_reference()),
            cancellation,
            modification,
            ..StatusAdvice::of(about, vec![Status { kind, reasons: reasons.collect() }])
        };
        self.message(custodian, &Event::Status(Box::new(advice)));
    }

    fn settlement(&mut self, custodian: &str, quantity: &str, words: &[&str], reversal: bool) {
        let event = self.settled(quantity.parse().expect("a number"), words, reversal);
        self.message(custodian, &event);
    }

    /// A settlement confirmation of the last instruction.
    pub(crate) fn settled(&self, quantity: i64, words: &[&str], reversal: bool) -> Event {
        let i = self.instruction(words);
        let number = |word| after(words, word).map(|n| units(n.parse().expect("a number")));
        let whole = i.quantity.value();
        let part = Decimal::from(quantity) / whole;
        let before = number("before");
        let remaining = whole - Decimal::from(quantity) - before.map_or(Decimal::ZERO, |q| q.value());
        let partial = if words.contains(&"part") {
            Some(PartialKind::Part)
        } else {
            words.contains(&"last").then_some(PartialKind::Last)
        };
        let left = partial.and_then(|_| finality_parsers::model::Quantity::units(remaining).ok());
        Event::Settlement(Box::new(SettlementConfirmation {
            id: Some(self.own_reference()),
            reversal,
            instruction: i.id.clone(),
            previous: None,
            common_reference: None,
            market_reference: None,
            prepared: None,
            movement: match i.movement {
                finality_parsers::model::Movement::Receive if words.contains(&"backwards") => {
                    finality_parsers::model::Movement::Deliver
                }
                finality_parsers::model::Movement::Deliver if words.contains(&"backwards") => {
                    finality_parsers::model::Movement::Receive
                }
                movement => movement,
            },
            payment: i.payment,
            instrument: after(words, "in").map_or_else(
                || i.instrument.clone(),
                |isin| finality_parsers::model::Instrument::of(isin.parse().expect("an ISIN")),
            ),
            settled: units(quantity),
            previously_settled: before,
            remaining: left,
            amount: after(words, "money").map_or_else(
                || i.amount.map(|a| market::amount((a.value() * part).round_dp(2))),
                |money| Some(market::amount(money.parse().expect("money"))),
            ),
            previously_settled_amount: None,
            remaining_amount: None,
            other_amounts: Vec::new(),
            price: None,
            partial,
            trade_date: i.trade_date,
            settlement_date: Some(i.settlement_date),
            effective_date: i.settlement_date,
            account: after(words, "account")
                .map_or_else(|| i.account.clone(), |account| Some(account.parse().expect("an account"))),
            account_owner: None,
            transaction_type: "TRAD".to_owned(),
            delivering: i.delivering.clone(),
            receiving: i.receiving.clone(),
            narrative: None,
            linkages: Vec::new(),
            more: None,
        }))
    }

    fn order(&mut self, words: &[&str]) {
        let number = |n: &&str| n.parse().expect("a number");
        let why = || "as agreed by telephone".to_owned();
        let command = match words {
            ["supplies", rest @ ..] => {
                let mut ssi = market::standing(market::party_bic(after(rest, "party").unwrap_or("newcomer")));
                let day = |word| after(rest, word).map(|d| d.parse().expect("a date"));
                (ssi.from, ssi.until) = (day("from"), day("until"));
                if rest.contains(&"without") {
                    ssi.chain.agent = None;
                }
                Command::SupplySsi(Box::new(ssi))
            }
            ["records", id, rest @ ..] => {
                let record = Box::new(market::record(id, |word| after(rest, word)));
                Command::RecordSsi { record, source: SsiSource::Person }
            }
            ["withdraws", id] => {
                Command::WithdrawSsi { id: id.parse().expect("a name"), from: None, why: why() }
            }
            ["reinstructs", trade] => Command::Reinstruct { trade: number(trade) },
            ["rebooks", trade] => Command::Rebook { trade: number(trade), why: why() },
            ["cancels", trade] => Command::Cancel { trade: number(trade), why: why() },
            ["pairs", allocation, "with", confirmation] => Command::ForcePair {
                allocation: number(allocation),
                confirmation: number(confirmation),
                why: why(),
            },
            ["matches", trade] => Command::ForceMatch { trade: number(trade), why: why() },
            ["parts", trade] => Command::BreakPair { trade: number(trade), why: why() },
            ["agrees", trade] => Command::AnswerCancel { trade: number(trade), agreed: true, why: why() },
            ["declines", trade] => Command::AnswerCancel { trade: number(trade), agreed: false, why: why() },
            ["holds", trade] => process(number(trade), Wish::Hold, why()),
            ["releases", trade] => process(number(trade), Wish::Release { quantity: None }, why()),
            ["releases", trade, "quantity", quantity] => {
                let quantity = Some(quantity.parse().expect("a number"));
                process(number(trade), Wish::Release { quantity }, why())
            }
            ["prioritises", trade, "to", priority] => {
                process(number(trade), Wish::Priority(priority.parse().expect("a number")), why())
            }
            ["splits", trade] => process(number(trade), Wish::Partial { allowed: true }, why()),
            ["resolves", exception] => Command::Resolve { exception: number(exception), why: why() },
            ["reprocesses", rest @ ..] => {
                let dead = self.gateway.told.iter().find_map(|n| match n {
                    Notice::ExceptionOpened(e) => e.record,
                    _ => None,
                });
                let repaired = rest.contains(&"repaired").then(|| {
                    let event = Deal::default().allocation("B9");
                    String::from_utf8(market::write("manager", &event, 99, self.gateway.now)).expect("text")
                });
                Command::Reprocess { record: dead.expect("a dead letter"), repaired }
            }
            other => panic!("what is ordered by {other:?}?"),
        };
        self.gateway.feed(&Stimulus::Order(Order { by: "mira".to_owned(), command }));
    }
}

/// Both managers' broker are we, from now on.
pub(crate) fn take_the_brokers_seat(profile: &mut Profile) {
    profile.seat = Seat::Broker;
    profile.brokers.clear();
    for link in ["manager", "telexmanager"] {
        let bic = market::manager_bic(link);
        profile.managers.push(Manager {
            bic,
            link: link.to_owned(),
            auto_affirm: false,
            capacity: Capacity::Agency,
            confirmations: None,
            market_side: false,
        });
        profile.standing_instructions.push(market::standing(bic));
    }
}

/// The manager on MT is confirmed by ISO 20022 from now on, on the line of who is a custodian elsewhere.
fn confirm_by_iso(profile: &mut Profile) {
    profile.custodians.retain(|c| c.name == "custodian");
    profile.accounts.iter_mut().for_each(|a| a.custodian = "custodian".to_owned());
    let telex = profile.managers.iter_mut().filter(|m| m.link == "telexmanager");
    telex.for_each(|m| m.confirmations = Some("isocustodian".to_owned()));
}

/// What the manager would say by these words.
pub(crate) fn allocation(words: &str, id: &str) -> Event {
    deal(&words.split_whitespace().collect::<Vec<_>>(), None).allocation(id)
}

fn process(trade: u64, wish: Wish, why: String) -> Command {
    Command::Process { trade, wish, why }
}

/// The word after a word.
pub(crate) fn after<'a>(words: &[&'a str], word: &str) -> Option<&'a str> {
    words.iter().skip_while(|w| **w != word).nth(1).copied()
}

fn deal(words: &[&str], broker: Option<&str>) -> Deal {
    let mut deal = Deal::default();
    let number = |word| after(words, word).map(|n| n.parse().expect("a number"));
    let text = |word| after(words, word).map(str::to_owned);
    if words.contains(&"sell") {
        deal.side = Side::Sell;
    }
    deal.quantity = number("quantity").unwrap_or(deal.quantity);
    deal.block_quantity = number("block");
    deal.price = after(words, "price").map_or(deal.price, |p| p.parse().expect("a price"));
    deal.account = text("account").unwrap_or(deal.account);
    deal.settles = text("settles").unwrap_or(deal.settles);
    deal.place = text("place");
    deal.broker = broker.map(str::to_owned).or_else(|| text("broker")).unwrap_or(deal.broker);
    deal.part_of = words.windows(3).find(|w| w[..2] == ["part", "of"]).map(|w| w[2].to_owned());
    deal.block = text("of");
    deal.order = text("order").unwrap_or(deal.order);
    deal.share_price = after(words, "shareprice").map(|p| p.parse().expect("a price"));
    deal.share_broker = text("sharebroker");
    deal.ready = words.contains(&"ready");
    deal.wrong = words.contains(&"wrong");
    deal.fragment = after(words, "announces").map(|n| Fragment {
        total: n.parse().expect("a number"),
        last: words.contains(&"last"),
        number: None,
    });
    let earlier = |word| after(words, word).map(reference);
    if let Some(previous) = earlier("replaces") {
        deal.function = Function::Replace(Some(previous));
    } else if let Some(previous) = earlier("cancels") {
        deal.function = Function::Cancel(Some(previous));
    }
    deal
}
