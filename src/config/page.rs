//! `docs/fix-configuration.md`, printed from the table of settings; `tests/fix_config.rs` keeps the page equal.

use super::import::{DROPPED, RENAMED};
use super::settings::SETTINGS;

const HEAD: &str = "\
# FIX sessions

<!-- Printed from src/config/settings.rs; `UPDATE_DOCS=1 cargo test -p finality --test all fix_config` makes it anew. -->

Sessions are configured in the file of the gateway ([profile.md](profile.md)) or, for tools that need no gateway, in a file
of their own. `[fix]` says what holds for all sessions, each `[[fix.session]]` is one. Names are those that FIX engines
use, and mean the same.

```toml
[fix]
HeartBtInt = 30
TimeZone = \"Europe/London\"
StartTime = \"07:00:00\"
EndTime = \"19:00:00\"
Weekdays = \"Mon,Tue,Wed,Thu,Fri\"

# A link of the profile: version and CompIDs are the link's.
[[fix.session]]
Link = \"manager\"
SocketAcceptPort = 9877
AllowedRemoteAddresses = \"192.0.2.0/24\"

# A session of its own.
[[fix.session]]
ConnectionType = \"initiator\"
BeginString = \"FIX.4.2\"
SenderCompID = \"FINALITY\"
TargetCompID = \"VENUE\"
SocketConnectHost = \"fix.example.com\"
SocketConnectPort = 9880
SocketConnectHost1 = \"fix2.example.com\"
SocketConnectPort1 = 9880
SocketUseSSL = true
SocketCAFile = \"authorities.pem\"
Username = \"finality\"
PasswordEnv = \"VENUE_PASSWORD\"
```

A FIX link without a `[[fix.session]]` is an acceptor with the settings of `[fix]` on `fix_listen`. Sessions may share a port:
the Logon says which is meant, by BeginString, CompIDs and, where they are configured, SubIDs and LocationIDs. Paths are relative to the file.
Switches may be written `true` or `\"Y\"`, lists as text with commas or as TOML lists.

`finality config check --config FILE` says what each session will do, and what is wrong. `finality config import FILE.cfg` writes such
a file from a settings file of QuickFIX.

## Hours

A session opens at StartTime and closes at EndTime; from one opening to the next its numbers go on, with the next opening they begin
anew. An end that is not after its start is on the next day (or in the next week); equal times are round the clock with a new
session at that time. An hour that daylight saving leaves out is skipped: what would begin in it begins when the clocks jump. Of an hour that
comes twice, the first coming counts. Outside its hours an initiator does not dial.
";

/// The page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut group = "";
    for row in SETTINGS {
        if row.group != group {
            group = row.group;
            page +=
                &format!("\n## {group}\n\n| setting | allowed | default | meaning |\n|---|---|---|---|\n");
        }
        let default = if row.default.is_empty() { String::new() } else { format!("`{}`", row.default) };
        page += &format!("| `{}` | {} | {default} | {} |\n", row.key, row.allowed, row.meaning);
    }
    page += "\n## What `config import` renames\n\n| in the settings file | here |\n|---|---|\n";
    for (theirs, ours) in RENAMED {
        page += &format!("| `{theirs}` | `{ours}` |\n");
    }
    page += "\n## What `config import` leaves out\n\n| in the settings file | why |\n|---|---|\n";
    for (pattern, why) in DROPPED {
        page += &format!("| `{pattern}` | {why} |\n");
    }
    page
}
