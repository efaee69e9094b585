//! The structure of a message type as a table: sequences, fields, letter options, qualifiers, what is mandatory and what
//! repeats. The table is written as text, one line per field, so that somebody who knows the handbook can check it:
//!
//! ```text
//! E1 SETPRTY "Settlement parties" M*
//!   95C/P/Q/R+D M  BUYR[PQR] | PSET[CPQ]      one of them, once
//!   95L/S       O* ALTE[LS]*                  optional, may repeat
//!   97A/B+D     O  SAFE[AB]
//! ```
//!
//! `M` mandatory, `O` optional, `*` repetitive; letters behind `/` are options of the field, behind `+` options of a
//! later release whose qualifiers were not seen, so that any may stand there. `[..]` the options of one qualifier, `!` the
//! qualifier must be there, `~BCAW` another that may stand in for it, `*` it may repeat, `|` one of these, `(A|B)` the
//! codes it may have, `?` any qualifier, alone or beside those that are listed. `@540,542` behind an item: only in these
//! message types, `@!535`: in all but these. `use FIA as B1`: the lines of a part that several messages share.
//! `loose` behind a sequence: its table is known in part only, so what looks wrong in it is a warning.

use std::fmt::Write as _;
use std::sync::OnceLock;

use super::plan::Plan;

use super::fragments;
use super::releases::{self, Release};

/// The structure of one message type.
#[derive(Debug)]
pub struct Spec {
    /// `541`.
    pub message: &'static str,
    /// In words.
    pub title: &'static str,
    /// What 23G may say; `?` among them when there may be others.
    pub functions: &'static [&'static str],
    /// The release of the standard that the table is of.
    pub release: &'static Release,
    /// The sequences at the top.
    pub root: Sequence,
    /// The table, compiled when it is first needed.
    pub(super) plan: OnceLock<Plan>,
}

/// A sequence: what stands between `:16R:` and `:16S:`.
#[derive(Debug)]
pub struct Sequence {
    /// `E1`; empty for the message itself.
    pub id: &'static str,
    /// `SETPRTY`.
    pub name: &'static str,
    /// In words.
    pub title: &'static str,
    /// Must be there (when its parent is).
    pub mandatory: bool,
    /// May repeat.
    pub repetitive: bool,
    /// The table is incomplete here.
    pub loose: bool,
    /// Its fields and sequences, in order.
    pub items: Vec<Item>,
}

/// A field or a sequence at its place in the order.
#[derive(Debug)]
pub struct Item {
    /// Items of one rank may stand in any order among themselves.
    pub rank: u16,
    /// Which it is.
    pub content: Content,
}

/// What an item is.
#[derive(Debug)]
pub enum Content {
    /// A field.
    Field(Field),
    /// A sequence.
    Sequence(Sequence),
}

/// One field line of the table.
#[derive(Debug)]
pub struct Field {
    /// `95`.
    pub number: &'static str,
    /// `CPQR`.
    pub options: String,
    /// Options of a later release.
    pub later: String,
    /// Must be there.
    pub mandatory: bool,
    /// May repeat.
    pub repetitive: bool,
    /// The qualifiers; empty when the field has none or any.
    pub qualifiers: Vec<Qualifier>,
    /// One of the qualifiers, not several.
    pub one_of: bool,
    /// Others may stand there too: not all were seen.
    pub open: bool,
}

/// One qualifier of a field.
#[derive(Debug)]
pub struct Qualifier {
    /// `PSET`.
    pub name: &'static str,
    /// Its options; empty for all of the field.
    pub options: &'static str,
    /// Must be there.
    pub mandatory: bool,
    /// May stand in for it.
    pub substitute: &'static str,
    /// May repeat.
    pub repetitive: bool,
    /// The codes it may have; empty when the list is elsewhere or open.
    pub codes: &'static str,
}

impl Sequence {
    fn lists(&self, sequence: &str, number: &str, qualifier: &str) -> bool {
        self.items.iter().any(|item| match &item.content {
            Content::Sequence(inner) => inner.lists(sequence, number, qualifier),
            Content::Field(f) => {
                self.name == sequence && f.number == number && f.qualifier(qualifier.as_bytes()).is_some()
            }
        })
    }
}

impl Sequence {
    /// Whether the sequence of that name, here or inside, has the field, with that qualifier if one is given.
    pub(super) fn has(&self, sequence: &str, number: &str, qualifier: &str) -> bool {
        self.items.iter().any(|item| match &item.content {
            Content::Sequence(inner) => inner.has(sequence, number, qualifier),
            Content::Field(f) => {
                let known = || qualifier.is_empty() || f.open || f.qualifier(qualifier.as_bytes()).is_some();
                self.name == sequence && f.number == number && known()
            }
        })
    }
}

impl Field {
    /// Whether this line is about that tag.
    pub fn takes_tag(&self, tag: &[u8]) -> bool {
        tag.strip_prefix(self.number.as_bytes()).is_some_and(|letter| match letter {
            [] => self.options.is_empty(),
            [one] => self.options.as_bytes().contains(one) || self.later.as_bytes().contains(one),
            _ => false,
        })
    }

    /// Whether the tag may carry a qualifier that this line does not list.
    pub fn is_open(&self, tag: &[u8]) -> bool {
        self.open || tag.get(2).is_some_and(|letter| self.later.as_bytes().contains(letter))
    }

    /// The qualifier's place in this line; `None` when the line does not list it.
    pub fn qualifier(&self, name: &[u8]) -> Option<(usize, &Qualifier)> {
        self.qualifiers.iter().enumerate().find(|(_, q)| q.name.as_bytes() == name)
    }

    /// `95a` or `20C`: the tag as handbooks write it.
    pub fn tag(&self) -> String {
        match self.options.len() + self.later.len() {
            0 => self.number.to_owned(),
            1 => format!("{}{}", self.number, self.options),
            _ => format!("{}a", self.number),
        }
    }
}

impl Qualifier {
    /// Whether the option letter may carry this qualifier.
    pub fn takes(&self, field: &Field, letter: u8) -> bool {
        let own = if self.options.is_empty() { &field.options } else { self.options };
        own.as_bytes().contains(&letter) || field.later.as_bytes().contains(&letter)
    }
}

impl Spec {
    /// Reads a table of the release that all tables are of so far.
    pub(super) fn read(
        message: &'static str,
        title: &'static str,
        functions: &'static [&'static str],
        table: &'static str,
    ) -> Self {
        Self::read_for(&releases::SRU2025, message, title, functions, table)
    }

    /// Reads a table. The tables are ours and every one is read by a test, so a mistake in one is a mistake in here.
    pub(super) fn read_for(
        release: &'static Release,
        message: &'static str,
        title: &'static str,
        functions: &'static [&'static str],
        table: &'static str,
    ) -> Self {
        let mut lines = fragments::expand(table).lines().filter(|l| !l.trim().is_empty()).peekable();
        let items = items(&mut lines, 0, message);
        let root =
            Sequence { id: "", name: "", title: "", mandatory: true, repetitive: false, loose: false, items };
        Self { message, title, functions, release, root, plan: OnceLock::new() }
    }

    /// The table, compiled for reading.
    pub(super) fn plan(&'static self) -> &'static Plan {
        self.plan.get_or_init(|| Plan::new(self))
    }

    /// Whether a sequence of that name lists the qualifier for a field.
    pub fn lists(&self, sequence: &str, number: &str, qualifier: &str) -> bool {
        self.root.lists(sequence, number, qualifier)
    }

    /// The table as a page in Markdown.
    pub fn page(&self) -> String {
        let mut page = format!(
            "# MT{} — {}\n\nThis page is printed from the table in the code; a test keeps them equal. M mandatory, \
             O optional, `*` may repeat, `!` this qualifier must be there, `|` one of these. Letters in brackets are the \
             options that a qualifier may take; `?` any qualifier, or others that were not seen. `16R`/`16S` around each \
             sequence are not listed.\n\nRelease: {} ({}). Functions (23G): {}.\n\n| sequence | field | status | qualifiers | format |\n|---|---|---|---|---|\n",
            self.message,
            self.title,
            self.release.name,
            self.release.note,
            self.functions.iter().map(|f| format!("`{f}`")).collect::<Vec<_>>().join(", "),
        );
        print_items(&self.root, 0, &mut page);
        page
    }
}

fn print_items(sequence: &Sequence, depth: usize, page: &mut String) {
    for item in &sequence.items {
        match &item.content {
            Content::Sequence(s) => {
                let star = if s.repetitive { "*" } else { "" };
                let note = if s.loose { " (known in part)" } else { "" };
                let status = if s.mandatory { "M" } else { "O" };
                let indent = "&nbsp;&nbsp;".repeat(depth);
                writeln!(
                    page,
                    "| {indent}**{} {}** | | {status}{star} | {}{note} | |",
                    s.id, s.name, s.title
                )
                .expect("a string");
                print_items(s, depth + 1, page);
            }
            Content::Field(f) => writeln!(page, "{}", print_field(f, sequence.id)).expect("a string"),
        }
    }
}

fn print_field(field: &Field, id: &str) -> String {
    let letters: Vec<char> = field.options.chars().chain(field.later.chars()).collect();
    let tags: Vec<String> = if letters.is_empty() {
        vec![field.number.to_owned()]
    } else {
        letters.iter().map(|l| format!("{}{l}", field.number)).collect()
    };
    let formats: Vec<String> = tags
        .iter()
        .filter_map(|t| super::format::of(t.as_bytes()))
        .map(|f| format!("`{}` {}", f.tag, f.notation.replace('|', "\\|")))
        .collect();
    let mut qualifiers: Vec<String> = field
        .qualifiers
        .iter()
        .map(|q| {
            let options = if q.options.is_empty() { String::new() } else { format!("[{}]", q.options) };
            let mark = match (q.mandatory, q.repetitive) {
                (true, true) => "!*",
                (true, false) => "!",
                (false, true) => "*",
                (false, false) => "",
            };
            let instead =
                if q.substitute.is_empty() { String::new() } else { format!(" (or {})", q.substitute) };
            let codes =
                if q.codes.is_empty() { String::new() } else { format!(": {}", q.codes.replace('|', ", ")) };
            format!("{}{options}{mark}{instead}{codes}", q.name)
        })
        .collect();
    if field.open {
        qualifiers.push("?".to_owned());
    }
    format!(
        "| {id} | {} | {}{} | {} | {} |",
        tags.join(" "),
        if field.mandatory { "M" } else { "O" },
        if field.repetitive { "*" } else { "" },
        qualifiers.join(if field.one_of { " \\| " } else { " " }),
        formats.join("<br>"),
    )
}

fn items<I>(lines: &mut std::iter::Peekable<I>, depth: usize, message: &str) -> Vec<Item>
where
    I: Iterator<Item = &'static str>,
{
    let mut items: Vec<Item> = Vec::new();
    let mut rank = 0;
    let mut last_number = "";
    while let Some(line) = lines.peek().copied() {
        let indent = line.len() - line.trim_start().len();
        if indent < depth * 2 {
            break;
        }
        assert!(indent == depth * 2, "the indentation of {line:?}");
        lines.next();
        let text = line.trim();
        let is_field = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
        let content = if is_field {
            field(text, message).map(Content::Field)
        } else {
            // The lines below belong to it even where the message type does not have the sequence itself.
            let inner = self::items(lines, depth + 1, message);
            Some(Content::Sequence(sequence(text, message, inner)))
        };
        let Some(content) = content else { continue };
        let number = if let Content::Field(f) = &content { f.number } else { "" };
        if number.is_empty() || number != last_number {
            rank += 1;
        }
        last_number = number;
        items.push(Item { rank, content });
    }
    items
}

/// `E3 AMT "Amounts" M* O*@540,542`: the last status that fits the message type holds.
fn sequence(text: &'static str, message: &str, items: Vec<Item>) -> Sequence {
    let mut quoted = text.split('"');
    let head = quoted.next().expect("text before the title");
    let title = quoted.next().expect("a title in quotes");
    let tail = quoted.next().expect("a status behind the title");
    let mut names = head.split_whitespace();
    let (id, name) = (names.next().expect("an id"), names.next().expect("a name"));
    let loose = tail.contains("loose");
    let status = tail
        .split_whitespace()
        .filter(|w| *w != "loose")
        .filter_map(|word| guarded(word, message))
        .next_back()
        .expect("a status");
    Sequence {
        id,
        name,
        title,
        mandatory: status.starts_with('M'),
        repetitive: status.ends_with('*'),
        loose,
        items: if loose { items.into_iter().map(loosen).collect() } else { items },
    }
}

/// What is inside a loose sequence is loose too.
fn loosen(mut item: Item) -> Item {
    if let Content::Sequence(sequence) = &mut item.content {
        sequence.loose = true;
        sequence.items = std::mem::take(&mut sequence.items).into_iter().map(loosen).collect();
    }
    item
}

/// `95C/P/Q/R+D M* BUYR[PQR] | SELL[PQR]`.
fn field(text: &'static str, message: &str) -> Option<Field> {
    let mut words = text.split_whitespace();
    let tag = guarded(words.next().expect("a tag"), message)?;
    let status = words.next().expect("a status");
    let (number, letters) = tag.split_at(2);
    let (options, later) = letters.split_once('+').unwrap_or((letters, ""));
    let (mut one_of, mut open) = (false, false);
    let mut qualifiers = Vec::new();
    for word in words {
        match word {
            "|" => one_of = true,
            "?" => open = true,
            _ => qualifiers.extend(guarded(word, message).map(qualifier)),
        }
    }
    assert!(status == "M" || status == "O" || status == "M*" || status == "O*", "the status of {text:?}");
    Some(Field {
        number,
        options: options.replace('/', ""),
        later: later.replace('+', ""),
        mandatory: status.starts_with('M'),
        repetitive: status.ends_with('*'),
        qualifiers,
        one_of,
        open,
    })
}

/// `SAFE[ABD]!~BCAW*(A|B)`.
fn qualifier(word: &'static str) -> Qualifier {
    let (word, codes) = word.split_once('(').map_or((word, ""), |(w, c)| (w, c.trim_end_matches(')')));
    assert!(word.len() >= 4, "the qualifier {word:?}");
    let (name, mut rest) = word.split_at(4);
    let mut options = "";
    if let Some(inner) = rest.strip_prefix('[') {
        (options, rest) = inner.split_once(']').expect("a closing bracket");
    }
    let mandatory = rest.starts_with('!');
    let substitute = rest.split_once('~').map_or("", |(_, s)| s.trim_end_matches('*'));
    Qualifier { name, options, mandatory, substitute, repetitive: rest.ends_with('*'), codes }
}

/// Drops `@540,542` or `@!535` from a word; `None` when the word is not for this message type.
fn guarded(word: &'static str, message: &str) -> Option<&'static str> {
    let Some((word, types)) = word.split_once('@') else { return Some(word) };
    let (wanted, types) = types.strip_prefix('!').map_or((true, types), |t| (false, t));
    (types.split(',').any(|t| t == message) == wanted).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
A GENL "General" M
  20C M SEME
  A1 LINK "Linkages" O* M*@545
    20C+N+U M PREV[C] | RELA[C]
B SETDET "Settlement" O
  22F M* SETR! STCO* RTRN*@542,543
  97A/B+D M* SAFE[AB]!~BCAW CASH[A] BCAW[D]
  95C/P M PSET[CP] | SELL[P]
  95L O* ALTE[L]*
"#;

    #[test]
    fn a_table_is_read_for_its_message_type() {
        let spec = Spec::read("543", "t", &["NEWM"], TABLE);
        let [a, b] = spec.root.items.as_slice() else { panic!("two sequences") };
        let (Content::Sequence(a), Content::Sequence(b)) = (&a.content, &b.content) else {
            panic!("sequences")
        };
        assert!(a.mandatory && !b.mandatory);
        let Content::Sequence(link) = &a.items[1].content else { panic!("a sequence") };
        assert!(!link.mandatory && link.repetitive);
        let Content::Field(reference) = &link.items[0].content else { panic!("a field") };
        assert!(reference.one_of && reference.takes_tag(b"20U") && !reference.takes_tag(b"20B"));
        let Content::Field(indicator) = &b.items[0].content else { panic!("a field") };
        assert!(indicator.qualifier(b"RTRN").is_some_and(|(i, q)| i == 2 && q.repetitive));
        let Content::Field(account) = &b.items[1].content else { panic!("a field") };
        assert_eq!(account.qualifiers[0].substitute, "BCAW");
        assert_eq!(b.items[2].rank, b.items[3].rank, "two lines of one number share their rank");
    }

    #[test]
    fn a_question_mark_leaves_the_list_open() {
        const OPEN: &str = "98A/B+E M* SETT[AB] ?\n97A+D O SAFE[A]\n22F@!541 O CODE(A|B)\n";
        let spec = Spec::read("541", "t", &["NEWM"], OPEN);
        let [dates, account] = spec.root.items.as_slice() else { panic!("the third line is for others") };
        let (Content::Field(dates), Content::Field(account)) = (&dates.content, &account.content) else {
            panic!("fields")
        };
        assert!(
            dates.is_open(b"98A") && dates.qualifier(b"ABCD").is_none() && spec.page().contains("SETT[AB] ?")
        );
        assert!(account.is_open(b"97D") && !account.is_open(b"97A"), "a later option is open");
        assert_eq!(Spec::read("540", "t", &["NEWM"], OPEN).root.items.len(), 3);
    }

    #[test]
    fn guards_follow_the_message_type() {
        let spec = Spec::read("545", "t", &["NEWM"], TABLE);
        let Content::Sequence(a) = &spec.root.items[0].content else { panic!("a sequence") };
        let Content::Sequence(link) = &a.items[1].content else { panic!("a sequence") };
        assert!(link.mandatory);
        assert!(!spec.page().contains("RTRN") && spec.page().contains("**A1 LINK**"));
    }
}
