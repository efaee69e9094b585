//! The status of a transaction in a statement of pending transactions: a choice of blocks, each a choice of branches.

use super::details;
use super::encode::{Draft, Losses};
use super::issued;
use super::outline::At;
use super::schema::{Schema, TypeId};
use super::sese_024::{
    self, ANY_BLOCK, Branches, OF_INSTRUCTION, coded_reason, proprietary_reason, put_coded_reason,
    put_proprietary_reason,
};
use crate::codec::EncodeError;
use crate::model::{Reason, Status, StatusKind};

/// The branch of what a servicer generated, which has no name of its own here.
const GENERATED: (&str, &str, &str) = ("IPRC/CGEN", "InstrPrcgSts", "Gnrtd");

/// The block of a status advice is called so here, but for that of processing.
fn block_here(name: &'static str) -> &'static str {
    if name == "PrcgSts" { "InstrPrcgSts" } else { name }
}

/// Blocks, as MT names them: where a proprietary status is of another block than processing, its code says so.
pub(super) const BLOCKS: [(&str, &str); 3] =
    [("MTCH/", "MtchgSts"), ("INMH/", "IfrrdMtchgSts"), ("SETT/", "SttlmSts")];

/// Reads one block of an advice; a status of somebody's own says its block, as in a statement.
pub(super) fn in_block(block: At<'_, '_>, known: Branches) -> Option<Status> {
    let mut status = sese_024::status(block, known)?;
    let prefix = BLOCKS.iter().find(|(_, name)| *name == block.name()).map(|(prefix, _)| *prefix);
    if let (StatusKind::Proprietary { code, .. }, Some(prefix)) = (&mut status.kind, prefix) {
        code.insert_str(0, prefix);
    }
    Some(status)
}

/// The way back: the status as its block says it, and for one of somebody's own that names its block all blocks that are not that.
pub(super) fn told(status: &Status) -> (Status, Vec<&'static str>) {
    let mut status = status.clone();
    let StatusKind::Proprietary { code, .. } = &mut status.kind else { return (status, Vec::new()) };
    let row = BLOCKS.iter().find(|(prefix, _)| code.starts_with(prefix));
    let Some((prefix, own)) = row else { return (status, Vec::new()) };
    code.drain(..prefix.len());
    (status, ANY_BLOCK.into_iter().filter(|name| name != own).collect())
}

/// Writes statuses into the blocks of an advice below an element, one into each. Whether there is one at least.
pub(super) fn put_blocks(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    said: &[Status],
    known: Branches,
    field: &'static str,
    losses: &mut Losses,
) -> Result<bool, EncodeError> {
    let mut taken: Vec<&'static str> = Vec::new();
    for status in said {
        let (status, elsewhere) = told(status);
        let not_here: Vec<&str> = taken.iter().copied().chain(elsewhere).collect();
        let drafted = sese_024::draft(&status, &not_here, (schema, of), known, losses)?;
        match drafted {
            Some((block, (name, branch))) if !taken.contains(&block) => {
                taken.push(block);
                draft.at(block).take_child(name, branch);
            }
            Some((block, _)) => {
                let why = format!("{block} holds one status; this further one is left out");
                losses.add(field, format!("{:?}", status.kind), why);
            }
            None => {}
        }
    }
    Ok(!taken.is_empty())
}

/// Reads a choice of status blocks.
pub(super) fn read(at: At<'_, '_>) -> Option<Status> {
    let block = at.children().next()?;
    let own = |at: At<'_, '_>| {
        let prefix = BLOCKS.iter().find(|(_, name)| *name == block.name()).map_or("", |(prefix, _)| prefix);
        let said = at.get("PrtrySts")?;
        let kind = StatusKind::Proprietary {
            code: format!("{prefix}{}", said.value("Id")?),
            issuer: issued::issuer(said),
        };
        Some(Status { kind, reasons: at.all("PrtryRsn").map(proprietary_reason).collect() })
    };
    if block.name() == "Prtry" {
        return own(block);
    }
    let branch = block.children().next()?;
    if branch.name() == "Prtry" {
        return own(branch);
    }
    if branch.name() == GENERATED.2 {
        let kind = StatusKind::Proprietary { code: GENERATED.0.to_owned(), issuer: String::new() };
        return Some(Status { kind, reasons: reasons(branch) });
    }
    let row =
        OF_INSTRUCTION.iter().find(|row| block_here(row.1) == block.name() && row.2 == branch.name())?;
    let reasons = if row.3 {
        reasons(branch)
    } else {
        let reason = proprietary_reason(branch);
        Some(reason).filter(|r| !r.code.is_empty() || r.text.is_some()).into_iter().collect()
    };
    Some(Status { kind: row.0.clone(), reasons })
}

/// The reasons of a branch.
pub(super) fn reasons(branch: At<'_, '_>) -> Vec<Reason> {
    branch.all("Rsn").map(coded_reason).collect()
}

/// Writes a choice of status blocks; false where the message has none for it, which is told.
pub(super) fn put(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    field: &'static str,
    status: &Status,
    losses: &mut Losses,
) -> bool {
    if let StatusKind::Proprietary { code, issuer } = &status.kind {
        if *code == GENERATED.0 && issuer.is_empty() {
            return put_branch((schema, of), draft, field, (GENERATED.1, GENERATED.2), status, losses);
        }
        let block = BLOCKS.iter().find_map(|(prefix, name)| Some((*name, code.strip_prefix(prefix)?)));
        let block = block
            .filter(|(name, _)| schema.down(of, name).is_some_and(|of| schema.child(of, "Prtry").is_some()));
        let (own, code) = match block {
            Some((name, code)) => (draft.at(name).at("Prtry"), code),
            None => (draft.at("Prtry"), code.as_str()),
        };
        issued::put(own.at("PrtrySts"), field, code, issuer);
        for reason in &status.reasons {
            put_proprietary_reason(own.add("PrtryRsn"), field, reason, losses);
        }
        return true;
    }
    let row = OF_INSTRUCTION.iter().find(|row| row.0 == status.kind);
    let Some((_, block, branch, coded)) = row else {
        losses.add(field, format!("{:?}", status.kind), "a statement has no such status");
        return false;
    };
    let block = block_here(block);
    if *coded {
        return put_branch((schema, of), draft, field, (block, branch), status, losses);
    }
    let mut element = Draft::new(branch);
    for (nth, reason) in status.reasons.iter().enumerate() {
        if nth == 0 {
            put_proprietary_reason(&mut element, field, reason, losses);
        } else {
            losses.add(field, &reason.code, format!("{branch} holds one reason"));
        }
    }
    draft.at(block).take_child(branch, element);
    true
}

/// Writes a branch with coded reasons.
fn put_branch(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    field: &'static str,
    (block, branch): (&'static str, &'static str),
    status: &Status,
    losses: &mut Losses,
) -> bool {
    let Some(of) = schema.down(of, block).and_then(|of| schema.down(of, branch)) else {
        losses.add(field, format!("{:?}", status.kind), "a statement has no such status");
        return false;
    };
    let mut element = Draft::new(branch);
    put_reasons((schema, of), &mut element, field, &status.reasons, losses);
    draft.at(block).take_child(branch, element);
    true
}

/// Writes the reasons of a branch, or that there is none.
pub(super) fn put_reasons(
    (schema, of): (&Schema, TypeId),
    branch: &mut Draft,
    field: &'static str,
    reasons: &[Reason],
    losses: &mut Losses,
) {
    if reasons.is_empty() {
        branch.set("NoSpcfdRsn", field, "NORE");
    }
    let known = schema.codes_below(of, "Rsn/Cd/Cd").unwrap_or_default();
    for reason in reasons {
        put_coded_reason(branch.add("Rsn"), field, reason, known, losses);
    }
}

/// A code, or a proprietary one with its issuer.
pub(super) fn own_code(at: At<'_, '_>) -> Option<(String, Option<String>)> {
    let code = details::code(at)?;
    let (issuer, code) = issued::parted(&code);
    Some((code.to_owned(), issuer.map(str::to_owned)))
}
