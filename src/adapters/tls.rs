//! TLS for FIX: both ends, with or without a certificate of the peer, 1.2 or newer. Certificates are read again when their
//! files change or the process is told so; connections there are go on with the old ones.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream as ClientStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion, version};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::config::settings::Settings;
use crate::config::value::TlsVersion;

/// What is spoken: 1.2 and newer, or 1.3 alone.
static SINCE_12: &[&SupportedProtocolVersion] = &[&version::TLS12, &version::TLS13];
static SINCE_13: &[&SupportedProtocolVersion] = &[&version::TLS13];
/// How often files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Where certificates come from, and what is asked of the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Our certificate with its chain, and its key.
    pub own: Option<(PathBuf, PathBuf)>,
    /// Who vouches for the peer.
    pub authorities: Option<PathBuf>,
    /// A server asks its peers for a certificate.
    pub need_client_auth: bool,
    /// The oldest version.
    pub minimum: TlsVersion,
}

impl Files {
    /// As configured; `None` when the session does without TLS.
    pub fn of(set: &Settings) -> Option<Self> {
        set.use_tls.then(|| Self {
            own: set.certificate.clone().zip(set.private_key.clone()),
            authorities: set.authorities.clone(),
            need_client_auth: set.need_client_auth,
            minimum: set.tls_minimum,
        })
    }

    fn versions(&self) -> &'static [&'static SupportedProtocolVersion] {
        match self.minimum {
            TlsVersion::Tls12 => SINCE_12,
            TlsVersion::Tls13 => SINCE_13,
        }
    }

    fn server(&self) -> Result<ServerConfig, String> {
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(self.versions())
            .map_err(|e| e.to_string())?;
        let builder = match &self.authorities {
            Some(file) if self.need_client_auth => {
                let roots = Arc::new(authorities(file)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
                    .build()
                    .map_err(|e| format!("{}: {e}", file.display()))?;
                builder.with_client_cert_verifier(verifier)
            }
            _ => builder.with_no_client_auth(),
        };
        let (certificate, key) = self.own.as_ref().ok_or("SocketCertificateFile is needed")?;
        let config = builder
            .with_single_cert(chain(certificate)?, private_key(key)?)
            .map_err(|e| format!("{} with {}: {e}", certificate.display(), key.display()))?;
        Ok(config)
    }

    fn client(&self) -> Result<ClientConfig, String> {
        let file = self.authorities.as_ref().ok_or("SocketCAFile is needed")?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(authorities(file)?), provider())
            .build()
            .map_err(|e| format!("{}: {e}", file.display()))?;
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(self.versions())
            .map_err(|e| e.to_string())?
            .with_webpki_verifier(verifier);
        match &self.own {
            None => Ok(builder.with_no_client_auth()),
            Some((certificate, key)) => builder
                .with_client_auth_cert(chain(certificate)?, private_key(key)?)
                .map_err(|e| format!("{} with {}: {e}", certificate.display(), key.display())),
        }
    }

    /// Everything about the files that can be wrong is found now.
    pub fn check(&self, server: bool) -> Result<(), String> {
        if server { self.server().map(drop) } else { self.client().map(drop) }
    }

    /// What changes when one of the files does.
    fn state(&self) -> impl PartialEq + Send + use<> {
        let own = self.own.iter().flat_map(|(certificate, key)| [certificate, key]);
        let files = own.chain(&self.authorities);
        let state = |file: &PathBuf| std::fs::metadata(file).and_then(|m| Ok((m.len(), m.modified()?))).ok();
        files.map(state).collect::<Vec<_>>()
    }
}

/// A listener's end.
#[derive(Clone)]
pub struct ServerTls {
    files: Files,
    now: Arc<Mutex<TlsAcceptor>>,
}

impl ServerTls {
    /// Reads the files.
    pub fn read(files: Files) -> Result<Self, String> {
        let config = files.server()?;
        Ok(Self { files, now: Arc::new(Mutex::new(TlsAcceptor::from(Arc::new(config)))) })
    }

    /// Reads the files again. When they cannot be used, what was there stays.
    pub fn reload(&self) -> Result<(), String> {
        let config = self.files.server()?;
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = TlsAcceptor::from(Arc::new(config));
        Ok(())
    }

    /// For the next connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the files again when they change, until the task is dropped. Half-written files are tried again.
    pub async fn watch(self) {
        let mut seen = self.files.state();
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            look.tick().await;
            let now = self.files.state();
            if now != seen {
                seen = now;
                self.say();
            }
        }
    }

    /// Reads the files again and logs how that went.
    pub fn say(&self) {
        match self.reload() {
            Ok(()) => tracing::info!("certificates were read again; connections there are go on"),
            Err(why) => tracing::error!("certificates stay as they were: {why}"),
        }
    }
}

/// A dialler's end: the files are read for each connection, so there is nothing to reload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTls {
    files: Files,
    name: Option<String>,
}

impl ClientTls {
    /// With this name in the peer's certificate, where it is not that of the host.
    pub fn new(files: Files, name: Option<String>) -> Self {
        Self { files, name }
    }

    /// Makes a connection a private one.
    pub async fn connect(&self, host: &str, stream: TcpStream) -> Result<ClientStream<TcpStream>, String> {
        let name = self.name.as_deref().unwrap_or(host);
        let name = ServerName::try_from(name.to_owned())
            .map_err(|_| format!("{name:?} can be no certificate's name (SocketServerName)"))?;
        let connector = TlsConnector::from(Arc::new(self.files.client()?));
        connector.connect(name, stream).await.map_err(|e| format!("no TLS: {e}"))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |e: &dyn std::fmt::Display| format!("{}: no certificates in PEM: {e}", file.display());
    let found = CertificateDer::pem_file_iter(file).map_err(|e| wrong(&e))?;
    let found = found.collect::<Result<Vec<_>, _>>().map_err(|e| wrong(&e))?;
    if found.is_empty() { Err(wrong(&"there is none")) } else { Ok(found) }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(file).map_err(|e| format!("{}: no private key in PEM: {e}", file.display()))
}

fn authorities(file: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(file)? {
        roots.add(certificate).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    Ok(roots)
}
