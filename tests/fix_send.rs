//! `finality fix send` against a gateway that is served: messages and answers, scripts, TLS with a certificate of the peer.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::live::{Gateway, config};
use crate::common::pki::Authority;

struct Ran {
    out: String,
    err: String,
    code: Option<i32>,
}

fn send(args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_finality"));
    let done = command.args(["fix", "send"]).args(args).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output in UTF-8");
    Ran { out: text(done.stdout), err: text(done.stderr), code: done.status.code() }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

#[test]
fn messages_are_sent_and_answers_shown() {
    let dir = tempfile::tempdir().expect("a folder");
    let gateway = Gateway::start(&config(dir.path()));
    let at = gateway.address.clone();
    let who = ["--connect", &at, "--sender", "ALBIONAM", "--target", "FINALITY"];
    let message = data("live-j.fix").display().to_string();
    let ran = send(&[&who[..], &["--oneline", &message]].concat());
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("<- FIX.4.4 FINALITY->ALBIONAM #2 P AllocationInstructionAck"), "{}", ran.out);
    // The same again is answered again; everything is shown.
    let ran = send(&[&who[..], &["--all", "--raw", &message]].concat());
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("|97=Y|"), "after a Logout nothing of before is in doubt:\n{}", ran.out);
    for line in ["-> 8=FIX.4.4|", "|35=A|", "|35=J|", "<- 8=FIX.4.4|", "|35=P|", "|35=5|"] {
        assert!(ran.out.contains(line), "{line} is not in\n{}", ran.out);
    }
    let script = dir.path().join("talk.script");
    let j = std::fs::read_to_string(&message).expect("it is there");
    let body =
        j.trim().split_once("|35=").map(|(_, rest)| rest.rsplit_once("|10=").map_or(rest, |(body, _)| body));
    let body = body.expect("a message");
    std::fs::write(&script, format!("# made up\n1 R\n2 D 35={body}\n3 A 35=P|70=LIVE0001|60=*\n"))
        .expect("writes");
    let script_name = script.display().to_string();
    let ran = send(&[&who[..], &["--script", &script_name]].concat());
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    std::fs::write(&script, format!("D 35={body}\nA 35=P|70=ANOTHER\n")).expect("writes");
    let ran = send(&[&who[..], &["--script", &script_name]].concat());
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("line 2: 70=ANOTHER is not in 8=FIX.4.4|"), "{}", ran.err);

    let ran = send(&["--connect", &at, "--sender", "NOBODY", "--target", "FINALITY", "--wait", "5"]);
    assert_eq!(ran.code, Some(4), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("not logged on: the peer hung up"), "{}", ran.err);
    // A session that was cut off hears again what may not have arrived, which answers nothing that it says now.
    let mut cut = Command::new(env!("CARGO_BIN_EXE_finality"))
        .args(["fix", "send"])
        .args(who)
        .args(["--raw", "--expect", "2", "--wait", "60", &message])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let said = BufReader::new(cut.stdout.take().expect("piped"));
    assert!(said.lines().map_while(Result::ok).any(|line| line.contains("|35=P|")), "it is answered");
    cut.kill().expect("it was waiting");
    cut.wait().expect("it is gone");
    let ran = send(&[&who[..], &["--raw", "--expect", "1", "--wait", "2"]].concat());
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("|35=P|") && ran.out.contains("|97=Y|"), "{}", ran.out);
    assert!(ran.err.contains("0 of 1 answers came"), "{}", ran.err);
    gateway.kill();
    let ran = send(&who);
    assert_eq!(ran.code, Some(4), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("not connected: "), "{}", ran.err);
    let acceptor = dir.path().join("acceptor.toml");
    let text = "[[fix.session]]\nBeginString = \"FIX.4.4\"\nSenderCompID = \"A\"\nTargetCompID = \"B\"\nSocketAcceptPort = 0\n";
    std::fs::write(&acceptor, text).expect("writes");
    let ran = send(&["--config", &acceptor.display().to_string()]);
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    assert!(
        ran.err.contains("it needs a [[fix.session]] with ConnectionType = \"initiator\""),
        "{}",
        ran.err
    );
    assert_eq!(send(&["--connect", "nowhere", "--sender", "A", "--target", "B"]).code, Some(2));
}

#[test]
fn a_gateway_asks_for_a_certificate_and_a_password() {
    let dir = tempfile::tempdir().expect("a folder");
    let authority = Authority::new("ours");
    authority.write(dir.path(), "ca");
    authority.issue(dir.path(), "server", &["localhost"]);
    authority.issue(dir.path(), "client", &["client"]);
    let path = config(dir.path());
    let text = std::fs::read_to_string(&path).expect("it is there");
    let tls = "[fix]\nSocketUseSSL = true\nSocketCertificateFile = \"server.pem\"\nSocketPrivateKeyFile = \"server.key\"\n\
        SocketCAFile = \"ca.pem\"\nNeedClientAuth = true\n\n[[fix.session]]\nLink = \"manager\"\nUsername = \"albion\"\n\
        Password = \"swordfish\"\n\n[profile]\n";
    std::fs::write(&path, text.replacen("[profile]\n", tls, 1)).expect("writes");
    let gateway = Gateway::start(&path);
    let port = gateway.address.rsplit(':').next().expect("a port").to_owned();
    let session = |more: &str| {
        let file = dir.path().join("peer.toml");
        let text = format!(
            "[[fix.session]]\nConnectionType = \"initiator\"\nBeginString = \"FIX.4.4\"\nSenderCompID = \"ALBIONAM\"\n\
             TargetCompID = \"FINALITY\"\nSocketConnectHost = \"127.0.0.1\"\nSocketConnectPort = {port}\nUsername = \"albion\"\n\
             SocketUseSSL = true\nSocketServerName = \"localhost\"\nSocketCAFile = \"ca.pem\"\n{more}"
        );
        std::fs::write(&file, text).expect("writes");
        file.display().to_string()
    };
    let own = "SocketCertificateFile = \"client.pem\"\nSocketPrivateKeyFile = \"client.key\"\n";
    let message = data("live-j.fix").display().to_string();
    std::fs::write(dir.path().join("password"), "swordfish\n").expect("writes");
    let file = session(&format!("{own}PasswordFile = \"password\"\n"));
    let ran = send(&["--config", &file, "--oneline", &message]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("#2 P AllocationInstructionAck"), "{}", ran.out);
    let file = session(&format!("{own}Password = \"sailfish\"\n"));
    let ran = send(&["--config", &file, "--wait", "5"]);
    assert_eq!(ran.code, Some(4), "the wrong password: {}{}", ran.out, ran.err);
    let file = session("PasswordFile = \"password\"\n");
    let ran = send(&["--config", &file, "--wait", "5"]);
    assert_eq!(ran.code, Some(4), "no certificate: {}{}", ran.out, ran.err);
    gateway.kill();
}
