//! Self-signed TLS: who is told of the certificate gets in, nobody else does, and faults work below it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use mock_servers::{Mocks, Options, Tls, Vendor, write_ready_file};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::client::{Answer, options, parse, raw};

/// A client that trusts what stands in this file, and nothing else.
fn connector(file: Option<&Path>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    if let Some(file) = file {
        let pem = std::fs::read(file).unwrap();
        let certificate = CertificateDer::from_pem_slice(&pem).unwrap();
        roots.add(certificate).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// One GET, for the name or address that the certificate must have.
async fn get(
    connector: &TlsConnector,
    address: &str,
    name: &str,
    path: &str,
    header: &str,
) -> io::Result<Answer> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = connector.connect(name, stream).await?;
    let head =
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{header}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes).await;
    match (parse(&bytes), read) {
        (Some(answer), _) => Ok(answer),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

async fn over_tls(vendors: Vec<Vendor>) -> Mocks {
    let options = Options {
        vendors,
        tls: Tls::SelfSigned,
        ..options()
    };
    Mocks::start(options).await.unwrap()
}

fn header(mocks: &Mocks, vendor: Vendor) -> String {
    let (name, value) = mocks.pass(vendor, None).unwrap().remove(0);
    format!("{name}: {value}")
}

fn origin(url: &str) -> String {
    let rest = url.strip_prefix("https://").expect("TLS");
    rest.split('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_ready_files_certificate_lets_a_client_in_and_no_other_does() {
    let mocks = over_tls(vec![Vendor::Fudo, Vendor::Ekran]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ready.json");
    write_ready_file(&path, &mocks).unwrap();
    let ready: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(ready["admin"].as_str().unwrap().starts_with("http://"));
    let calls = [
        (Vendor::Fudo, "/api/v2/access_request"),
        (
            Vendor::Ekran,
            "/ekranapi/AccessRequests/GetEndpointAccessRequests",
        ),
    ];
    let other = over_tls(vec![Vendor::Fudo]).await;
    let elsewhere = folder.path().join("other.pem");
    std::fs::write(&elsewhere, other.authority().unwrap()).unwrap();
    for (vendor, path) in calls {
        let queue = &ready["queues"][vendor.slug()];
        let address = origin(queue["url"].as_str().unwrap());
        let file = Path::new(queue["ca-file"].as_str().unwrap());
        assert!(file.is_absolute());
        let header = header(&mocks, vendor);
        for name in ["127.0.0.1", "localhost"] {
            let told = get(&connector(Some(file)), &address, name, path, &header).await;
            assert_eq!(told.unwrap().status, 200, "{name}");
        }
        let trusting = connector(Some(file));
        let wrong_name = get(&trusting, &address, "fudo.example.com", path, &header).await;
        assert!(wrong_name.is_err());
        for stranger in [None, Some(elsewhere.as_path())] {
            let told = get(&connector(stranger), &address, "127.0.0.1", path, &header).await;
            assert_eq!(told.unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
        let plain = raw(&address, "GET", path, &[], "").await;
        assert!(plain.is_err(), "no plain http on this port");
    }
    // Only whole calls are in the journal.
    let journal = mocks.journal();
    assert_eq!(journal.len(), 4, "{journal:?}");
}

#[tokio::test]
async fn a_written_configuration_names_the_certificate_beside_it() {
    let mocks = over_tls(Vec::new()).await;
    let folder = tempfile::tempdir().unwrap();
    mocks.write_config(folder.path()).unwrap();
    let text = std::fs::read_to_string(folder.path().join("countersign.toml")).unwrap();
    let config: toml::Table = toml::from_str(&text).unwrap();
    let queues = config["queues"].as_table().unwrap();
    assert_eq!(queues.len(), Vendor::ALL.len());
    for queue in queues.values() {
        assert!(
            queue["url"]
                .as_str()
                .unwrap()
                .starts_with("https://127.0.0.1:")
        );
        assert_eq!(queue["ca-file"].as_str(), Some("mock-ca.pem"));
    }
    let pem = std::fs::read_to_string(folder.path().join("mock-ca.pem")).unwrap();
    assert_eq!(Some(pem.as_str()), mocks.authority());
    assert!(!pem.contains("PRIVATE"), "the keys stay inside");
    let plain = Mocks::start(options()).await.unwrap();
    assert_eq!(plain.authority(), None);
    assert!(
        plain.queues()["admin-by-request"]
            .url
            .starts_with("http://")
    );
}

#[tokio::test]
async fn faults_cut_what_is_inside_tls() {
    let mocks = over_tls(vec![Vendor::Fudo]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, mocks.authority().unwrap()).unwrap();
    let connector = connector(Some(&file));
    let address = origin(&mocks.queues()["fudo"].url);
    let header = header(&mocks, Vendor::Fudo);
    for (kind, phase) in [
        ("reset", "before-effect"),
        ("close", "before-effect"),
        ("truncate", "response"),
    ] {
        let fault =
            format!(r#"[{{"op":"fudo.access-requests.list","kind":"{kind}","phase":"{phase}"}}]"#);
        mocks
            .set_faults(serde_json::from_str(&fault).unwrap())
            .unwrap();
        let path = "/api/v2/access_request";
        let told = get(&connector, &address, "localhost", path, &header).await;
        match told {
            Ok(answer) => {
                assert_eq!((kind, answer.whole()), ("truncate", false));
                assert!(!answer.body.is_empty());
            }
            Err(error) => {
                let expected = match kind {
                    "reset" => io::ErrorKind::ConnectionReset,
                    _ => io::ErrorKind::UnexpectedEof,
                };
                assert_eq!(error.kind(), expected, "{kind}");
            }
        }
        assert_eq!(mocks.faults()[0].hits, 1, "{kind}");
        let next = get(&connector, &address, "localhost", path, &header).await;
        assert!(next.unwrap().whole(), "{kind}: the next call is whole");
    }
}

#[tokio::test]
async fn a_client_that_never_shakes_hands_holds_nothing_up() {
    let mocks = over_tls(vec![Vendor::Fudo]).await;
    let address = origin(&mocks.queues()["fudo"].url);
    let silent = TcpStream::connect(&address).await.unwrap();
    let header = header(&mocks, Vendor::Fudo);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, mocks.authority().unwrap()).unwrap();
    let path = "/api/v2/objspec/access_request";
    let told = get(
        &connector(Some(&file)),
        &address,
        "localhost",
        path,
        &header,
    )
    .await;
    assert_eq!(told.unwrap().status, 200);
    mocks.shutdown().await;
    drop(silent);
}
