//! Opens the network for configured sessions: a listener for each address, a dialler for each initiator, and the watch over
//! certificates. Whoever has an [`Inbox`] can be behind it: the gateway's core, or a server without one.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::dial::{self, Dialler};
use super::gate::{Gate, Limits};
use super::line::Inbox;
use super::roster::Roster;
use super::tcp;
use super::tls::{Files, ServerTls};
use crate::config::fix::{FixConfig, FixSession};
use crate::config::settings::Settings;
use crate::runtime::clock::Clock;

/// The bounds of all sessions.
pub fn limits(set: &Settings) -> Limits {
    let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    Limits {
        connections_max: count(set.connections_max),
        unknown_max: count(set.connections_unknown_max),
        unknown_per_address_max: count(set.connections_unknown_per_address_max),
        per_address_max: count(set.connections_per_address_max),
        logon_within: set.logon_timeout.0,
        logon_bytes_max: set.logon_bytes_max.0,
    }
}

/// Listens and dials for these sessions, in tasks of the runtime it is called in. Gives the addresses on which it listens.
pub async fn open(config: &FixConfig, clock: Clock, inbox: impl Inbox) -> Result<Vec<SocketAddr>, String> {
    // Before anything else: from here on a terminal that goes away takes nobody with it.
    let kind = tokio::signal::unix::SignalKind::hangup();
    let hangup = tokio::signal::unix::signal(kind).map_err(|e| format!("SIGHUP cannot be heard: {e}"))?;
    let gate = Gate::new(limits(&config.defaults));
    let mut local = Vec::new();
    let mut certificates = Vec::new();
    for (address, sessions) in config.listeners() {
        let tls = server_tls(&sessions)?;
        let listener =
            TcpListener::bind(address).await.map_err(|e| format!("cannot listen on {address}: {e}"))?;
        local.push(listener.local_addr().map_err(|e| e.to_string())?);
        certificates.extend(tls.clone());
        let longest = sessions.iter().map(|s| s.set.logon_timeout.0).max();
        let gate = longest.map_or_else(|| gate.clone(), |longest| gate.logon_within(longest));
        let roster = Arc::new(Roster::new(sessions, clock));
        tokio::spawn(tcp::accept(listener, roster, tls, gate, inbox.clone()));
    }
    for session in config.initiators() {
        tokio::spawn(dial::dial(Dialler::of(session), clock, inbox.clone()));
    }
    watch(certificates, hangup);
    Ok(local)
}

/// Sessions of one address have the same settings of TLS: the configuration sees to that.
fn server_tls(sessions: &[&FixSession]) -> Result<Option<ServerTls>, String> {
    sessions.first().and_then(|s| Files::of(&s.set)).map(ServerTls::read).transpose()
}

/// Certificates are read again when they change, and on SIGHUP.
fn watch(certificates: Vec<ServerTls>, mut hangup: tokio::signal::unix::Signal) {
    for one in &certificates {
        tokio::spawn(one.clone().watch());
    }
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            if certificates.is_empty() {
                tracing::info!(
                    "SIGHUP: there are no certificates to read again; the configuration is read at the start"
                );
            }
            certificates.iter().for_each(ServerTls::say);
        }
    });
}
