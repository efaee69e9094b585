//! Orders as files, for a gateway that is being served: a folder with `in`, `done` and `failed`. Each file in `in` is one
//! order in JSON; it is moved when the gateway has been told, or when it is no order.

use std::io;
use std::path::Path;
use std::time::Duration;

use finality_parsers::desk::Order;

use super::file_drop::put_away;
use crate::runtime::door::Door;
use crate::runtime::drive::ToCore;

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Makes the folder's parts, if they are not there.
pub fn prepare(dir: &Path) -> io::Result<()> {
    ["in", "done", "failed"].into_iter().try_for_each(|part| std::fs::create_dir_all(dir.join(part)))
}

/// Watches the folder until `stopped` says so or the core is gone.
pub fn watch(dir: &Path, inbox: &Door, stopped: &dyn Fn() -> bool) {
    while !stopped() {
        match look(dir, inbox) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(%error, "the folder of orders cannot be read"),
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// One look: `false` when the core is gone.
fn look(dir: &Path, inbox: &Door) -> io::Result<bool> {
    let mut files: Vec<_> = std::fs::read_dir(dir.join("in"))?.collect::<io::Result<_>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files {
        // Written under a hidden name first, or moved in: a visible file is whole.
        if file.file_name().to_string_lossy().starts_with('.') || !file.metadata()?.is_file() {
            continue;
        }
        let path = file.path();
        match serde_json::from_slice::<Order>(&std::fs::read(&path)?) {
            Ok(order) => {
                tracing::info!(by = order.by, file = %path.display(), "an order");
                if inbox.send(ToCore::Order(order)).is_err() {
                    return Ok(false);
                }
                put_away(dir, &path, "done")?;
            }
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "this is no order: moved to failed");
                put_away(dir, &path, "failed")?;
            }
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use finality_parsers::desk::Command;

    #[test]
    fn an_order_is_given_and_anything_else_is_put_aside() {
        let dir = tempfile::tempdir().expect("a folder");
        prepare(dir.path()).expect("folders");
        let write =
            |name: &str, text: &str| std::fs::write(dir.path().join("in").join(name), text).expect("writes");
        write("1.json", r#"{"by":"anna","command":{"cancel":{"trade":7,"why":"booked twice"}}}"#);
        write("2.json", "{}");
        let (inbox, core) = std::sync::mpsc::sync_channel(4);
        let inbox = Door::to(inbox);
        assert!(look(dir.path(), &inbox).expect("looks"));
        let Ok(ToCore::Order(order)) = core.try_recv() else { panic!("no order") };
        assert_eq!(order.command, Command::Cancel { trade: 7, why: "booked twice".into() });
        assert!(core.try_recv().is_err());
        assert!(dir.path().join("done/1.json").exists() && dir.path().join("failed/2.json").exists());
    }
}
