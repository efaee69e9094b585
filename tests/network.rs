//! FIX over real sockets on loopback: many sessions on one port, TLS with and without a certificate of the peer, and what
//! happens to those who say nothing, say too much, or do not read.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::common::pki::Authority;
use chrono::{NaiveTime, Weekday};
use finality::adapters::dial::{self, Dialler, Waits};
use finality::adapters::gate::{Gate, Limits};
use finality::adapters::line::{self, Ended};
use finality::adapters::roster::{Roster, Route};
use finality::adapters::tls::{ClientTls, Files, ServerTls};
use finality::adapters::{net, tcp};
use finality::config::fix::FixConfig;
use finality::config::read::sections;
use finality::config::value::TlsVersion;
use finality::runtime::clock::Clock;
use finality::runtime::drive::{Outgoing, ToCore};
use finality_parsers::fix::frame::checksum;
use finality_parsers::fix::session::schedule::{Hours, Schedule};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Nothing here takes that long; it is only there so that a failure ends.
const PATIENCE: Duration = Duration::from_secs(60);

/// The other side of the inbox.
struct Core {
    inbox: SyncSender<ToCore>,
    events: Receiver<ToCore>,
}

impl Core {
    fn new() -> Self {
        let (inbox, events) = sync_channel(4_096);
        Self { inbox, events }
    }

    fn next(&self) -> ToCore {
        self.events.recv_timeout(PATIENCE).expect("an event")
    }

    fn opened(&self) -> (String, Box<dyn Outgoing>) {
        match self.next() {
            ToCore::Opened { link, to, .. } => (link, to),
            other => panic!("{other:?}"),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self.next() {
            ToCore::Bytes { bytes, .. } => bytes,
            other => panic!("{other:?}"),
        }
    }

    fn closed(&self) -> String {
        match self.next() {
            ToCore::Closed { link, .. } => link,
            other => panic!("{other:?}"),
        }
    }
}

fn message(fields: &str) -> Vec<u8> {
    let body = format!("{fields}|").replace('|', "\u{1}");
    let mut bytes = format!("8=FIX.4.4\u{1}9={}\u{1}{body}", body.len()).into_bytes();
    let sum = checksum(&bytes, 1);
    bytes.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
    bytes
}

fn logon(who: &str) -> Vec<u8> {
    message(&format!("35=A|34=1|49={who}|52=20261124-09:00:00.000|56=US|98=0|108=30"))
}

fn config(sessions: &str) -> FixConfig {
    let head = "[fix]\nBeginString = \"FIX.4.4\"\nSenderCompID = \"US\"\nSocketAcceptHost = \"127.0.0.1\"\nSocketAcceptPort = 0\n";
    sections(&format!("{head}{sessions}"), Path::new("")).expect("it is good")
}

async fn opened(sessions: &str, core: &Core) -> SocketAddr {
    let config = config(sessions);
    let at = net::open(&config, Clock::start(), core.inbox.clone()).await.expect("it opens");
    at[0]
}

/// Whether the other side hangs up, saying nothing.
async fn hung_up(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut buffer = [0; 16];
    let read = tokio::time::timeout(PATIENCE, stream.read(&mut buffer)).await.expect("in time");
    !matches!(read, Ok(n) if n > 0)
}

async fn echo(
    core: &Core,
    to: &mut dyn Outgoing,
    peer: &mut (impl AsyncRead + AsyncWrite + Unpin),
    what: &[u8],
) {
    peer.write_all(what).await.expect("it takes bytes");
    let mut heard = Vec::new();
    while heard.len() < what.len() {
        heard.extend(core.bytes());
    }
    assert_eq!(heard, what);
    assert!(to.send(heard));
    let mut back = vec![0; what.len()];
    tokio::time::timeout(PATIENCE, peer.read_exact(&mut back)).await.expect("in time").expect("it answers");
    assert_eq!(back, what);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_port_serves_many_sessions() {
    let core = Core::new();
    let at = opened(
        "[[fix.session]]\nTargetCompID = \"A\"\n[[fix.session]]\nTargetCompID = \"B\"\n\
         [[fix.session]]\nTargetCompID = \"B\"\nTargetSubID = \"DESK\"\n",
        &core,
    )
    .await;
    let mut lines = Vec::new();
    for (who, link) in
        [("A", "FIX.4.4:US->A"), ("B", "FIX.4.4:US->B"), ("B\u{1}50=DESK", "FIX.4.4:US->B/DESK")]
    {
        let mut peer = TcpStream::connect(at).await.expect("it listens");
        // In pieces: a Logon need not come at once.
        let logon = logon(who);
        peer.write_all(&logon[..20]).await.expect("it takes bytes");
        peer.write_all(&logon[20..]).await.expect("it takes bytes");
        let (named, mut to) = core.opened();
        assert_eq!(named, link);
        assert_eq!(core.bytes(), logon);
        echo(&core, to.as_mut(), &mut peer, &message("35=0|34=2")).await;
        lines.push((peer, to));
    }
    let mut stranger = TcpStream::connect(at).await.expect("it listens");
    stranger.write_all(&logon("C")).await.expect("it takes bytes");
    assert!(hung_up(&mut stranger).await, "nobody knows C");
    let mut rude = TcpStream::connect(at).await.expect("it listens");
    rude.write_all(&message("35=0|34=1|49=A|56=US")).await.expect("it takes bytes");
    assert!(hung_up(&mut rude).await, "what comes first must be a Logon");
    // What was sent before the end arrives before the end.
    let (mut peer, mut to) = lines.remove(0);
    assert!(to.send(b"farewell".to_vec()));
    to.close("done");
    assert!(!to.send(b"too late".to_vec()));
    let mut last = Vec::new();
    peer.read_to_end(&mut last).await.expect("it ends in order");
    assert_eq!(last, b"farewell");
    drop(peer);
    assert_eq!(core.closed(), "FIX.4.4:US->A");
    let (peer, _to) = lines.remove(0);
    drop(peer);
    assert_eq!(core.closed(), "FIX.4.4:US->B", "a peer that hangs up is noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_known_addresses_may_connect() {
    let core = Core::new();
    let at = opened(
        "[[fix.session]]\nTargetCompID = \"A\"\nAllowedRemoteAddresses = \"192.0.2.0/24\"\n\
         [[fix.session]]\nTargetCompID = \"B\"\nAllowedRemoteAddresses = \"192.0.2.7, 127.0.0.0/8\"\n",
        &core,
    )
    .await;
    let mut peer = TcpStream::connect(at).await.expect("it listens");
    peer.write_all(&logon("A")).await.expect("it takes bytes");
    assert!(hung_up(&mut peer).await, "A may not come from here");
    let mut peer = TcpStream::connect(at).await.expect("it listens");
    peer.write_all(&logon("B")).await.expect("it takes bytes");
    assert_eq!(core.opened().0, "FIX.4.4:US->B");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_or_too_much_before_its_logon_is_cut() {
    let core = Core::new();
    let at =
        opened("LogonTimeout = 1\nMaxLogonSize = 512\n[[fix.session]]\nTargetCompID = \"A\"\n", &core).await;
    let mut slow = TcpStream::connect(at).await.expect("it listens");
    slow.write_all(b"8=FIX.4.4\x019=60\x0135=A").await.expect("it takes bytes");
    let mut long = TcpStream::connect(at).await.expect("it listens");
    long.write_all(&logon(&"A".repeat(600))).await.expect("it takes bytes");
    assert!(hung_up(&mut long).await, "too long");
    assert!(hung_up(&mut slow).await, "too slow");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logon_that_was_begun_must_be_whole_soon() {
    let core = Core::new();
    let at = opened("LogonTimeout = 600\n[[fix.session]]\nTargetCompID = \"A\"\n", &core).await;
    let mut silent = TcpStream::connect(at).await.expect("it listens");
    let mut slow = TcpStream::connect(at).await.expect("it listens");
    slow.write_all(b"8=FIX.4.4\x019=60\x0135=A").await.expect("it takes bytes");
    assert!(hung_up(&mut slow).await, "it holds a place for nothing");
    silent.write_all(&logon("A")).await.expect("it takes bytes");
    assert_eq!(core.opened().0, "FIX.4.4:US->A", "who says nothing yet is waited for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logon_is_waited_for_as_long_as_a_session_of_the_port_says() {
    let core = Core::new();
    let sessions = "LogonTimeout = 600\n[[fix.session]]\nTargetCompID = \"A\"\nLogonTimeout = 1\n";
    let mut silent = TcpStream::connect(opened(sessions, &core).await).await.expect("it listens");
    assert!(hung_up(&mut silent).await, "one second, not ten minutes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_before_the_logon_is_bounded() {
    let core = Core::new();
    let config = config("[[fix.session]]\nTargetCompID = \"A\"\n");
    let gate = Gate::new(Limits { unknown_max: 8, ..Limits::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let roster = Arc::new(Roster::new(&config.sessions, Clock::start()));
    tokio::spawn(tcp::accept(listener, roster, None, gate.clone(), core.inbox.clone()));
    let mut flood = Vec::new();
    for _ in 0..60 {
        flood.push(TcpStream::connect(at).await.expect("it listens"));
    }
    // All but eight are sent away.
    let mut kept = Vec::new();
    for (n, mut stream) in flood.into_iter().enumerate() {
        if n < 8 { kept.push(stream) } else { assert!(hung_up(&mut stream).await, "connection {n}") }
    }
    assert_eq!(gate.inside(), (8, 8));
    kept[3].write_all(&logon("A")).await.expect("it takes bytes");
    assert_eq!(core.opened().0, "FIX.4.4:US->A");
    assert_eq!(gate.inside(), (8, 7), "who has logged on makes room for the next one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_consumer_is_cut_off_and_the_reason_is_known() {
    let core = Core::new();
    let (ours, mut theirs) = tokio::io::duplex(1_024);
    let route = Route { link: "slow".to_owned(), outbound_bytes_max: 10_000 };
    let inbox = core.inbox.clone();
    let carried = tokio::spawn(async move { line::carry(ours, &route, Vec::new(), &inbox, None).await });
    let (_, mut to) = core.opened();
    let mut sent = 0;
    while to.send(vec![b'x'; 500]) {
        sent += 500;
        assert!(sent <= 10_000 + 1_024 + 500, "the bound is a bound");
    }
    assert!(sent >= 9_500, "and not a smaller one: {sent}");
    let (ended, _) = tokio::time::timeout(PATIENCE, carried).await.expect("in time").expect("no panic");
    let Ended::ByUs(why) = ended else { panic!("{ended:?}") };
    assert!(why.contains("too slowly") && why.contains("OutboundBufferBytes"), "{why}");
    assert_eq!(core.closed(), "slow");
    let mut rest = Vec::new();
    let _ = theirs.read_to_end(&mut rest).await;
    assert!(rest.len() <= 2_048, "what it did not read in time it does not get: {}", rest.len());
}

#[tokio::test]
async fn who_has_much_to_say_is_only_so_far_ahead_of_the_core() {
    const READ_BYTES: usize = 32 << 10;
    let core = Core::new();
    let (ours, mut theirs) = tokio::io::duplex(100 * READ_BYTES);
    let route = Route { link: "flood".to_owned(), outbound_bytes_max: 10_000 };
    let inbox = core.inbox.clone();
    let carried = tokio::spawn(async move { line::carry(ours, &route, Vec::new(), &inbox, None).await });
    theirs.write_all(&vec![b'x'; 50 * READ_BYTES]).await.expect("room");
    let all_that_is_read = async || {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        core.events.try_iter().collect::<Vec<_>>()
    };
    let mut events = all_that_is_read().await;
    let opened = events.remove(0);
    assert!(matches!(opened, ToCore::Opened { .. }));
    assert_eq!(events.len(), 4, "the rest waits with its sender, and others have their turn");
    assert!(all_that_is_read().await.is_empty());
    let mut heard = 0;
    loop {
        heard += events.len();
        drop(events);
        events = all_that_is_read().await;
        if events.is_empty() {
            break;
        }
    }
    assert_eq!(heard, 50, "all of it comes in its turn");
    drop(theirs);
    tokio::time::timeout(PATIENCE, carried).await.expect("in time").expect("no panic");
}

/// A certificate for `localhost` in files, and the settings of a listener that shows it.
fn files(dir: &Path, own: Option<&str>, authority: Option<&str>) -> Files {
    Files {
        own: own.map(|name| (dir.join(format!("{name}.pem")), dir.join(format!("{name}.key")))),
        authorities: authority.map(|name| dir.join(format!("{name}.pem"))),
        need_client_auth: false,
        minimum: TlsVersion::Tls12,
    }
}

async fn tls_listener(server: ServerTls, core: &Core) -> SocketAddr {
    let config = config("[[fix.session]]\nTargetCompID = \"A\"\n[[fix.session]]\nTargetCompID = \"B\"\n");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let gate = Gate::new(Limits::default());
    tokio::spawn(tcp::accept(
        listener,
        Arc::new(Roster::new(&config.sessions, Clock::start())),
        Some(server),
        gate,
        core.inbox.clone(),
    ));
    at
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ends_speak_tls_and_know_each_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let authority = Authority::new("ours");
    authority.write(dir.path(), "ca");
    authority.issue(dir.path(), "server", &["localhost"]);
    authority.issue(dir.path(), "client", &["client"]);
    let core = Core::new();
    let acceptor = format!(
        "[[fix.session]]\nTargetCompID = \"A\"\nSocketUseSSL = true\nSocketCertificateFile = \"{d}/server.pem\"\n\
         SocketPrivateKeyFile = \"{d}/server.key\"\nSocketCAFile = \"{d}/ca.pem\"\nNeedClientAuth = true\n",
        d = dir.path().display()
    );
    let at = opened(&acceptor, &core).await;
    // The dialler's own certificate is asked for: without it nobody comes in.
    let dialler_core = Core::new();
    let initiator = |certificate: &str| {
        format!(
            "[fix]\n[[fix.session]]\nConnectionType = \"initiator\"\nBeginString = \"FIX.4.4\"\nSenderCompID = \"A\"\n\
             TargetCompID = \"US\"\nSocketConnectHost = \"127.0.0.1\"\nSocketConnectPort = {}\nSocketUseSSL = true\n\
             SocketServerName = \"localhost\"\nSocketCAFile = \"{}/ca.pem\"\n{certificate}",
            at.port(),
            dir.path().display()
        )
    };
    let bare = ClientTls::new(files(dir.path(), None, Some("ca")), Some("localhost".to_owned()));
    let stream = TcpStream::connect(at).await.expect("it listens");
    // With TLS 1.3 the dialler's half is done before it is refused.
    if let Ok(mut stream) = bare.connect("127.0.0.1", stream).await {
        let _ = stream.write_all(&logon("A")).await;
        assert!(hung_up(&mut stream).await, "no certificate, no session");
    }
    let own = format!(
        "SocketCertificateFile = \"{d}/client.pem\"\nSocketPrivateKeyFile = \"{d}/client.key\"\n",
        d = dir.path().display()
    );
    let config = sections(&initiator(&own), Path::new("")).expect("it is good");
    net::open(&config, Clock::start(), dialler_core.inbox.clone()).await.expect("it dials");
    let (link, mut theirs) = dialler_core.opened();
    assert_eq!(link, "FIX.4.4:A->US");
    assert!(theirs.send(logon("A")));
    let (link, mut ours) = core.opened();
    assert_eq!(link, "FIX.4.4:US->A", "only the one with a certificate came in");
    assert_eq!(core.bytes(), logon("A"));
    assert!(ours.send(message("35=A|34=1")));
    assert_eq!(dialler_core.bytes(), message("35=A|34=1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_changed_without_dropping_sessions() {
    let dir = tempfile::tempdir().expect("a folder");
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    old.write(dir.path(), "old");
    new.write(dir.path(), "new");
    old.issue(dir.path(), "server", &["localhost"]);
    let server = ServerTls::read(files(dir.path(), Some("server"), None)).expect("certificates");
    tokio::spawn(server.clone().watch());
    let core = Core::new();
    let at = tls_listener(server.clone(), &core).await;
    let client = |authority: &str| ClientTls::new(files(dir.path(), None, Some(authority)), None);
    let connect = async |authority: &str| {
        let stream = TcpStream::connect(at).await.expect("it listens");
        client(authority).connect("localhost", stream).await
    };
    let mut first = connect("old").await.expect("the old authority vouches");
    first.write_all(&logon("A")).await.expect("it takes bytes");
    let (_, mut to) = core.opened();
    assert_eq!(core.bytes(), logon("A"));
    assert!(connect("new").await.is_err(), "nobody vouches yet");

    std::fs::write(dir.path().join("server.key"), "half a ke").expect("writes");
    assert!(server.reload().is_err(), "a broken file is refused");
    assert!(connect("old").await.is_ok(), "and what was there stays");

    new.issue(dir.path(), "server", &["localhost"]);
    // The files are looked at every two seconds; a minute is beyond any load.
    let mut second = None;
    for _ in 0..600 {
        if let Ok(stream) = connect("new").await {
            second = Some(stream);
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut second = second.expect("the new certificate is shown");
    assert!(connect("old").await.is_err(), "the old one is not");
    echo(&core, to.as_mut(), &mut first, &message("35=0|34=2")).await;
    second.write_all(&logon("B")).await.expect("it takes bytes");
    assert_eq!(core.opened().0, "FIX.4.4:US->B");
}

fn dialler(link: &str, targets: Vec<(String, u16)>, schedule: Schedule) -> Dialler {
    Dialler {
        route: Route { link: link.to_owned(), outbound_bytes_max: 1 << 20 },
        targets,
        tls: None,
        schedule,
        waits: Waits::new(Duration::from_millis(5), Duration::from_millis(20)),
        within: Duration::from_secs(10),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dialler_tries_its_addresses_in_turn_and_again() {
    // A port that was just given back: nobody listens there.
    let nobody = TcpListener::bind("127.0.0.1:0").await.and_then(|l| l.local_addr()).expect("a port").port();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let host = || "127.0.0.1".to_owned();
    let core = Core::new();
    let targets = vec![(host(), nobody), (host(), port)];
    tokio::spawn(dial::dial(
        dialler("up", targets.clone(), Schedule::default()),
        Clock::start(),
        core.inbox.clone(),
    ));
    // Closed at this time of the week: open for one second a week, three days from now.
    let day = Clock::start().now().utc().date_naive() + chrono::Days::new(3);
    let day: Weekday = chrono::Datelike::weekday(&day);
    let time = |s| NaiveTime::from_hms_opt(12, 0, s).expect("a time");
    let hours = Hours::Weekly { start: (day, time(0)), end: (day, time(1)) };
    let closed = Schedule::new(hours, chrono_tz::Tz::UTC);
    tokio::spawn(dial::dial(dialler("closed", targets, closed), Clock::start(), core.inbox.clone()));
    for _ in 0..6 {
        let (mut stream, _) =
            tokio::time::timeout(PATIENCE, listener.accept()).await.expect("in time").expect("a call");
        let (link, mut to) = core.opened();
        assert_eq!(link, "up", "outside its hours nobody dials");
        assert!(to.send(b"8=".to_vec()));
        let mut heard = [0; 2];
        stream.read_exact(&mut heard).await.expect("it speaks");
        drop(stream);
        assert_eq!(core.closed(), "up");
    }
}

/// Resident memory of this process, in kB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says");
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).expect("its size");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
}

/// How many files may be open.
fn files_max() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").expect("Linux says");
    let line = limits.lines().find(|l| l.starts_with("Max open files")).expect("its bound");
    line.split_whitespace().nth(3).and_then(|n| n.parse().ok()).unwrap_or(usize::MAX)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_idle_sessions_cost_little() {
    // Both ends are in this process; where fewer files may be open, there are fewer sessions and the bound is smaller.
    let sessions = 1_000.min(files_max().saturating_sub(64) / 2);
    assert!(sessions >= 100, "too few files may be open to see anything");
    let core = Core::new();
    let at = opened(
        "MaxConnectionsPerAddress = 5000\nMaxConnectionsBeforeLogon = 5000\n\
         [[fix.session]]\nTargetCompID = \"*\"\nAcceptorTemplate = true\n",
        &core,
    )
    .await;
    let before = resident();
    let mut lines = Vec::new();
    for n in 0..sessions {
        let mut peer = TcpStream::connect(at).await.expect("it listens");
        peer.write_all(&logon(&format!("PEER{n}"))).await.expect("it takes bytes");
        let (link, mut to) = core.opened();
        assert_eq!(link, format!("FIX.4.4:US->PEER{n}"), "a session of its own");
        assert_eq!(core.bytes(), logon(&format!("PEER{n}")));
        echo(&core, to.as_mut(), &mut peer, &message("35=0|34=2")).await;
        lines.push((peer, to));
    }
    let each = resident().saturating_sub(before) / sessions;
    assert!(each < 50, "{each} kB for an idle session, both ends");
    println!("{each} kB for each of {sessions} idle sessions, both ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_room_is_told_when_there_is_some() {
    let core = Core::new();
    let (ours, mut theirs) = tokio::io::duplex(64);
    let route = Route { link: "slow".to_owned(), outbound_bytes_max: 10_000 };
    let inbox = core.inbox.clone();
    tokio::spawn(async move { line::carry(ours, &route, Vec::new(), &inbox, None).await });
    let (_, mut to) = core.opened();
    assert!(to.has_room());
    assert!(to.send(vec![b'x'; 5_000]));
    assert!(!to.has_room(), "more than a quarter waits");
    let mut read = vec![0; 5_000];
    theirs.read_exact(&mut read).await.expect("it is sent");
    match core.next() {
        ToCore::Drained { link, .. } => assert_eq!(link, "slow"),
        other => panic!("{other:?}"),
    }
    assert!(to.has_room());
}
