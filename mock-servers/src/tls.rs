//! TLS of one's own making: an authority that lives as long as the mocks, and a certificate of it for their address.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// What the vendors' ports are served with.
pub(crate) struct Tls {
    /// The authority's certificate, PEM: who trusts it trusts these mocks, and nothing else.
    pub(crate) authority: String,
    pub(crate) acceptor: TlsAcceptor,
}

impl Tls {
    /// Makes an authority and a certificate for `localhost` and this address. Neither key is ever written.
    pub(crate) fn self_signed(address: IpAddr) -> Result<Self, String> {
        made(address).map_err(|error| format!("no certificate can be made: {error}"))
    }
}

fn made(address: IpAddr) -> Result<Tls, Box<dyn std::error::Error>> {
    let mut authority = CertificateParams::default();
    authority
        .distinguished_name
        .push(DnType::CommonName, "Mock vendors, for this run only");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority_key = KeyPair::generate()?;
    let authority_certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);

    // Of an address that means all, clients call the loopback one.
    let named = if address.is_unspecified() {
        IpAddr::from([127, 0, 0, 1])
    } else {
        address
    };
    let mut own = CertificateParams::new(vec!["localhost".to_owned(), named.to_string()])?;
    own.distinguished_name
        .push(DnType::CommonName, "Mock vendor");
    own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let own_key = KeyPair::generate()?;
    let certificate = own.signed_by(&own_key, &issuer)?;

    let key = PrivatePkcs8KeyDer::from(own_key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())?;
    // As the listener speaks.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Tls {
        authority: authority_certificate.pem(),
        acceptor: TlsAcceptor::from(Arc::new(config)),
    })
}
