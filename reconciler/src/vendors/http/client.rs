//! How the library is set up: everything it would do by itself is switched off.

use reqwest::{Client, redirect, retry};

use super::origin::Origin;
use super::{Settings, SetupError};

/// Whether a connection serves more than one call.
#[derive(Clone, Copy)]
pub(super) enum Pool {
    /// For reads.
    Kept,
    /// For writes: a connection of its own for each, so that nothing below us can send it again.
    None,
}

/// Builds a client that follows nothing, repeats nothing and takes nothing from the environment.
pub(super) fn client(
    settings: &Settings,
    origin: &Origin,
    pool: Pool,
) -> Result<Client, SetupError> {
    // Another part of the process may have been first: then that provider serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .http1_only()
        .tcp_nodelay(true)
        .no_proxy()
        .timeout(settings.timeout)
        .connect_timeout(settings.connect_timeout);
    if let Pool::None = pool {
        builder = builder.pool_max_idle_per_host(0);
    }
    if origin.is_loopback() {
        // Without https there is nothing to trust, and the platform's roots take time to load.
        if !origin.is_https() {
            builder = builder.tls_certs_only([]);
        }
    } else if let Some(proxy) = &settings.proxy {
        let proxy = reqwest::Proxy::all(proxy).map_err(|_| {
            SetupError::new(
                "the proxy's url cannot be read",
                "correct HTTPS_PROXY, as in http://proxy.example.com:3128",
            )
        })?;
        builder = builder.proxy(proxy);
    }
    if let Some(pem) = &settings.ca_pem {
        let roots = reqwest::Certificate::from_pem_bundle(pem).unwrap_or_default();
        if roots.is_empty() {
            return Err(SetupError::new(
                "`ca-file` holds no certificate in PEM form",
                "it begins with -----BEGIN CERTIFICATE-----",
            ));
        }
        builder = builder.tls_certs_merge(roots);
    }
    builder.build().map_err(|_| {
        SetupError::new(
            "TLS cannot be set up: no usable root certificates",
            "install the system's CA certificates, or check `ca-file`",
        )
    })
}
