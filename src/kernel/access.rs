//! Who may order what, and what two people must agree to: one table, printed into `docs/access.md`. Without users in the
//! reference data there is one desk, which may do everything alone.

use std::fmt::Write as _;

use finality_parsers::desk::{Command, Order};
use finality_parsers::machine::LinkOrder;
use serde::{Deserialize, Serialize};

/// What somebody may do. Each role may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks on.
    Viewer,
    /// Works on trades and exceptions, proposes.
    Operator,
    /// Decides what others propose.
    Approver,
    /// Sets the numbers of sessions.
    Admin,
}

impl Role {
    /// All, the one that may least first.
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Operator, Role::Approver, Role::Admin];

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Approver => "approver",
            Role::Admin => "admin",
        }
    }
}

/// A person at the desk. Who somebody is, is for whoever lets him at the machine to know; here it is a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// As orders name it.
    pub name: String,
    /// What he may do.
    pub roles: Vec<Role>,
    /// The team he belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
}

impl User {
    fn may(&self, role: Role) -> bool {
        self.roles.iter().any(|has| *has >= role)
    }
}

/// What kind of thing is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// A standing instruction as a whole.
    SupplySsi,
    /// An instruction anew.
    Reinstruct,
    /// A trade taken back.
    Cancel,
    /// An instruction taken back, and another in its place.
    Rebook,
    /// An instruction that stands, processed otherwise.
    Process,
    /// An exception closed by hand.
    Resolve,
    /// A dead letter as it came.
    Reprocess,
    /// A dead letter that somebody changed.
    ReprocessRepaired,
    /// The line of a session.
    SessionLine,
    /// The numbers of a session.
    SessionNumbers,
    /// A record of standing instructions.
    RecordSsi,
    /// Many records.
    ImportSsi,
    /// A record taken back.
    WithdrawSsi,
    /// Two sides put together.
    ForcePair,
    /// A difference let pass.
    ForceMatch,
    /// Two sides parted.
    BreakPair,
    /// A cancellation agreed to or declined for the side that was asked.
    AnswerCancel,
    /// Work on an exception.
    Exception,
    /// A proposal agreed to.
    Approve,
    /// A proposal turned down.
    Decline,
}

impl Task {
    /// Of a command.
    pub fn of(command: &Command) -> Self {
        match command {
            Command::SupplySsi(_) => Task::SupplySsi,
            Command::Reinstruct { .. } => Task::Reinstruct,
            Command::Cancel { .. } => Task::Cancel,
            Command::Rebook { .. } => Task::Rebook,
            Command::Process { .. } => Task::Process,
            Command::Resolve { .. } => Task::Resolve,
            Command::Reprocess { repaired: None, .. } => Task::Reprocess,
            Command::Reprocess { .. } => Task::ReprocessRepaired,
            Command::Session { order: LinkOrder::Reset | LinkOrder::SetNumbers { .. }, .. } => {
                Task::SessionNumbers
            }
            Command::Session { .. } => Task::SessionLine,
            Command::RecordSsi { .. } => Task::RecordSsi,
            Command::ImportSsi { .. } => Task::ImportSsi,
            Command::WithdrawSsi { .. } => Task::WithdrawSsi,
            Command::ForcePair { .. } => Task::ForcePair,
            Command::ForceMatch { .. } => Task::ForceMatch,
            Command::BreakPair { .. } => Task::BreakPair,
            Command::AnswerCancel { .. } => Task::AnswerCancel,
            Command::Exception { .. } => Task::Exception,
            Command::Approve { .. } => Task::Approve,
            Command::Decline { .. } => Task::Decline,
        }
    }

    /// Its row.
    pub fn row(self) -> &'static Row {
        ACCESS.iter().find(|row| row.task == self).expect("every task has a row; a test counts them")
    }
}

/// How many people it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum People {
    /// Whoever gives the order.
    One,
    /// Another person must agree.
    Two,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// What is ordered.
    pub task: Task,
    /// For people.
    pub name: &'static str,
    /// Who may order it.
    pub role: Role,
    /// How many people it takes.
    pub people: People,
    /// Why so.
    pub why: &'static str,
}

const fn row(task: Task, name: &'static str, role: Role, people: People, why: &'static str) -> Row {
    Row { task, name, role, people, why }
}

use People::{One, Two};
use Role::{Admin, Approver, Operator};

/// Who may order what. What a session is told it does at once, so such orders never wait for a second person.
pub const ACCESS: &[Row] = &[
    row(
        Task::SupplySsi,
        "supply a standing instruction",
        Operator,
        Two,
        "it says where securities and cash go from now on",
    ),
    row(Task::Reinstruct, "re-instruct a trade", Operator, One, "it sends what was agreed once more"),
    row(
        Task::Cancel,
        "cancel a trade",
        Operator,
        Two,
        "the other side waits for a settlement that does not come",
    ),
    row(
        Task::Rebook,
        "cancel an instruction that is out and instruct anew",
        Operator,
        Two,
        "the match at the depository is given up, and it says where securities and cash go from now on",
    ),
    row(
        Task::Resolve,
        "close an exception by hand",
        Operator,
        One,
        "it changes no trade; the record says who and why",
    ),
    row(
        Task::Reprocess,
        "put a dead letter through as it came",
        Operator,
        One,
        "the sender wrote every byte of it",
    ),
    row(
        Task::ReprocessRepaired,
        "put a dead letter through that was changed",
        Operator,
        Two,
        "it counts as the sender's word and is not",
    ),
    row(
        Task::SessionLine,
        "test, log out or disconnect a session",
        Operator,
        One,
        "nothing is lost: what was sent is kept",
    ),
    row(
        Task::SessionNumbers,
        "set the numbers of a session",
        Admin,
        One,
        "messages may not be repeated any more; it is agreed with the peer and cannot wait",
    ),
    row(
        Task::RecordSsi,
        "add or change a record of standing instructions",
        Operator,
        Two,
        "it says where securities and cash go from now on",
    ),
    row(
        Task::ImportSsi,
        "import records of standing instructions",
        Operator,
        Two,
        "the same, many at once: all of the file is approved, or nothing",
    ),
    row(
        Task::WithdrawSsi,
        "withdraw a record of standing instructions",
        Operator,
        Two,
        "trades wait, or go to where a wider record says",
    ),
    row(
        Task::ForcePair,
        "pair an allocation with a confirmation",
        Operator,
        Two,
        "what agrees is affirmed and instructed at once",
    ),
    row(
        Task::ForceMatch,
        "let a difference pass",
        Operator,
        Two,
        "the trade is affirmed and instructed as the broker confirmed it",
    ),
    row(
        Task::BreakPair,
        "take a confirmation from its allocation",
        Operator,
        Two,
        "both look for other partners, and may find them at once",
    ),
    row(
        Task::AnswerCancel,
        "answer a request to cancel for the side that was asked",
        Operator,
        Two,
        "the other side waits for a settlement that does not come, or for one that does",
    ),
    row(
        Task::Process,
        "hold or release an instruction, its priority, its parts",
        Operator,
        One,
        "it says when what was agreed settles, and changes nothing of it",
    ),
    row(
        Task::Exception,
        "work on an exception",
        Operator,
        One,
        "it says who does what by when; no trade changes by it",
    ),
    row(Task::Approve, "approve a proposal", Approver, One, "never one's own"),
    row(
        Task::Decline,
        "decline a proposal",
        Operator,
        One,
        "one's own, as its proposer; others' as an approver",
    ),
];

/// What becomes of an order.
#[derive(Debug)]
pub(crate) enum Judgement {
    /// It is not his to order.
    Refused(String),
    /// It waits for a second person.
    Proposed,
    /// It is carried out.
    Cleared(Cleared),
}

/// The proof that whoever had to agree did. Only this file makes it, and nothing is carried out without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cleared {
    /// Who ordered it.
    by: String,
    /// Who agreed, where somebody had to.
    approved_by: Option<String>,
}

impl Cleared {
    pub(crate) fn by(&self) -> &str {
        &self.by
    }

    pub(crate) fn approved_by(&self) -> Option<&str> {
        self.approved_by.as_deref()
    }

    /// Who did it, for the record: both names, where it took two.
    pub(crate) fn words(&self) -> String {
        match &self.approved_by {
            Some(second) => format!("{} (approved by {second})", self.by),
            None => self.by.clone(),
        }
    }
}

/// What becomes of an order, by the table; `people` where the profile says another number than the table.
pub(crate) fn judge(users: &[User], order: &Order, people: Option<People>) -> Judgement {
    let row = Task::of(&order.command).row();
    if users.is_empty() {
        return Judgement::Cleared(Cleared { by: order.by.clone(), approved_by: None });
    }
    match holder(users, &order.by, row.role) {
        Err(why) => Judgement::Refused(why),
        Ok(()) if people.unwrap_or(row.people) == People::Two => Judgement::Proposed,
        Ok(()) => Judgement::Cleared(Cleared { by: order.by.clone(), approved_by: None }),
    }
}

/// Whether `by` may agree to what `proposer` wants. The proposer must still be there and still may.
pub(crate) fn approve(
    users: &[User],
    command: &Command,
    proposer: &str,
    by: &str,
) -> Result<Cleared, String> {
    if proposer == by {
        return Err(format!("{by} proposed it: another person must agree"));
    }
    // Without users there are no roles to have; what was proposed when there were still takes two names.
    if !users.is_empty() {
        holder(users, by, Task::Approve.row().role)?;
        holder(users, proposer, Task::of(command).row().role)?;
    }
    Ok(Cleared { by: proposer.to_owned(), approved_by: Some(by.to_owned()) })
}

/// Whether `by` may turn down what `proposer` wants: everybody his own, approvers all.
pub(crate) fn decline(users: &[User], proposer: &str, by: &str) -> Result<(), String> {
    if users.is_empty() || proposer == by { Ok(()) } else { holder(users, by, Role::Approver) }
}

fn holder(users: &[User], name: &str, role: Role) -> Result<(), String> {
    let Some(user) = users.iter().find(|u| u.name == name) else {
        return Err(format!(
            "{name:?} is no user: the configuration has to name him under [[profile.users]]"
        ));
    };
    if user.may(role) {
        return Ok(());
    }
    let roles: Vec<&str> = user.roles.iter().map(|r| r.label()).collect();
    Err(format!("it takes the role {}, and {name} has {}", role.label(), roles.join(" and ")))
}

/// Whether among these users everything can be done by somebody.
pub(crate) fn check(users: &[User]) -> Result<(), String> {
    if users.is_empty() {
        return Ok(());
    }
    if let Some(user) = users.iter().find(|u| u.name.trim().is_empty() || u.roles.is_empty()) {
        return Err(format!("{:?} needs a name and at least one of the roles {}", user.name, all_roles()));
    }
    let approvers = users.iter().filter(|u| u.may(Role::Approver)).count();
    let proposers = users.iter().filter(|u| u.may(Role::Operator)).count();
    if approvers == 0 || proposers < 2 {
        return Err(
            "what takes two people could never be done: name at least two, one of them an approver; a desk of one person \
             names no users at all"
                .to_owned(),
        );
    }
    Ok(())
}

fn all_roles() -> String {
    Role::ALL.map(Role::label).join(", ")
}

/// The table as a page of documentation.
pub fn page() -> String {
    let mut page = String::from(
        "# Who may order what\n\n\
         Printed from `src/kernel/access.rs`; a test keeps it equal. Users and their roles stand in the configuration, \
         [`[[profile.users]]`](profile.md#profileusers).\n\n\
         Without users no order is checked and none waits: a desk of one person. With users an order of somebody who is not \
         named or lacks the role is refused, and the journal keeps that it was. A name is taken as it is given: who may \
         reach the command line or the folder of orders under which name is decided outside.\n\n\
         Each role may do what those before it may: viewer, operator, approver, admin.\n\n\
         | order | role | people | why |\n|---|---|---|---|\n",
    );
    for row in ACCESS {
        let people = if row.people == Two { "two" } else { "one" };
        writeln!(page, "| {} | {} | {people} | {} |", row.name, row.role.label(), row.why).expect("a string");
    }
    page.push_str(
        "\nWhat takes two people becomes a proposal (`finality order proposals`). Another person, who is an approver, approves \
         or declines it; then it is carried out as ordered, and the record names both. After `approval_due_minutes` it \
         lapses. What cannot be done any more when it is approved is overtaken: nothing happens, and the record says why.\n",
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> Vec<User> {
        let user = |name: &str, roles: &[Role]| User { name: name.into(), roles: roles.to_vec(), team: None };
        vec![
            user("vera", &[Role::Viewer]),
            user("otto", &[Role::Operator]),
            user("anna", &[Role::Viewer, Role::Approver]),
            user("alex", &[Role::Admin]),
        ]
    }

    #[test]
    fn every_task_has_one_row() {
        let mut tasks: Vec<Task> = ACCESS.iter().map(|r| r.task).collect();
        tasks.sort_unstable();
        tasks.dedup();
        assert_eq!(tasks.len(), ACCESS.len());
        assert_eq!(Task::Decline as usize + 1, ACCESS.len());
    }

    /// A session acts on the order itself, not on a proposal that comes true later.
    #[test]
    fn orders_about_sessions_take_one_person() {
        for task in [Task::SessionLine, Task::SessionNumbers] {
            assert_eq!(task.row().people, People::One);
        }
    }

    #[test]
    fn each_row_for_each_role() {
        let users = users();
        for row in ACCESS {
            for user in &users {
                let may = holder(&users, &user.name, row.role).is_ok();
                assert_eq!(may, user.roles.iter().max() >= Some(&row.role), "{} {}", user.name, row.name);
            }
            assert!(holder(&users, "nobody", row.role).is_err());
        }
    }

    #[test]
    fn approving_takes_another_person_with_the_role() {
        let users = users();
        let cancel = Command::Cancel { trade: 1, why: "x".into() };
        let by = |proposer: &str, by: &str| approve(&users, &cancel, proposer, by).is_ok();
        assert!(by("otto", "anna") && by("anna", "alex"));
        assert!(!by("anna", "anna") && !by("anna", "otto") && !by("otto", "vera") && !by("otto", "nobody"));
        assert!(!by("nobody", "anna"), "the proposer has left since");
        assert!(decline(&users, "otto", "otto").is_ok() && decline(&users, "otto", "anna").is_ok());
        assert!(decline(&users, "anna", "otto").is_err());
    }

    #[test]
    fn users_among_whom_nothing_could_be_approved_are_refused() {
        let all = users();
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(check(&all), Ok(()));
        assert!(check(&all[..2]).is_err(), "nobody approves");
        assert!(check(&all[2..3]).is_err(), "nobody else proposes");
        let nothing = User { name: "nora".into(), roles: Vec::new(), team: None };
        assert!(check(&[nothing]).is_err());
    }
}
