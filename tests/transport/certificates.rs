//! Who cannot prove to be the vendor is told nothing: not one byte of a request, whatever the certificate.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
};
use reconciler::model::{Call, Deciding, Method, QueueName, Terms, Vendor};
use reconciler::vendors::http::Settings;
use reconciler::vendors::{Meaning, Queue as _, admin_by_request, capabilities};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::world::Ran;

const KEY: &str = "495e571a621440bab5b9e8e8c24b1a55";

/// A server that answers any request with an empty list.
struct Site {
    address: SocketAddr,
    /// What it could read: plain text, whether or not it came through TLS.
    heard: Arc<Mutex<Vec<u8>>>,
}

/// How a site greets who connects.
enum Greeting {
    Tls(Arc<ServerConfig>),
    /// These bytes, to whatever comes first.
    Raw(Vec<u8>),
}

impl Site {
    fn new(greeting: Greeting) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&heard);
        std::thread::spawn(move || {
            // A client that does not trust us goes away: the end of that connection.
            for stream in listener.incoming().map_while(Result::ok) {
                let _ = greet(stream, &greeting, &told);
            }
        });
        Self { address, heard }
    }

    fn heard(&self) -> Vec<u8> {
        self.heard.lock().expect("no panic").clone()
    }
}

fn greet(
    mut stream: TcpStream,
    greeting: &Greeting,
    heard: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    match greeting {
        Greeting::Raw(bytes) => {
            let mut first = [0; 2048];
            let count = stream.read(&mut first)?;
            heard.lock().expect("no panic").extend(&first[..count]);
            stream.write_all(bytes)
        }
        Greeting::Tls(config) => {
            let connection = ServerConnection::new(Arc::clone(config)).expect("a connection");
            answer(&mut StreamOwned::new(connection, stream), heard)
        }
    }
}

fn answer(
    stream: &mut (impl std::io::Read + std::io::Write),
    heard: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    let mut byte = [0];
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? > 0 {
        head.push(byte[0]);
        heard.lock().expect("no panic").push(byte[0]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 2\r\n\r\n[]")?;
    stream.flush()
}

/// A certificate with its key; `issuer` signs others with it.
struct Made {
    certificate: Certificate,
    key: KeyPair,
    params: CertificateParams,
}

impl Made {
    fn pem(&self) -> String {
        self.certificate.pem()
    }

    fn greets(&self) -> Greeting {
        self.greets_through(&[])
    }

    /// Shows these certificates of issuers too.
    fn greets_through(&self, issuers: &[&Self]) -> Greeting {
        let chain = std::iter::once(self).chain(issuers.iter().copied());
        let chain = chain.map(|made| made.certificate.der().clone()).collect();
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key.into())
            .expect("a certificate");
        Greeting::Tls(Arc::new(config))
    }
}

fn params(names: &[&str], common: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, common);
    params
}

fn self_signed(params: CertificateParams) -> Made {
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    Made {
        certificate,
        key,
        params,
    }
}

fn authority(common: &str) -> Made {
    let mut params = params(&[], common);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    self_signed(params)
}

fn signed_by(issuer: &Made, params: CertificateParams) -> Made {
    let key = KeyPair::generate().expect("a key");
    let by = Issuer::from_params(&issuer.params, &issuer.key);
    let certificate = params.signed_by(&key, &by).expect("a certificate");
    Made {
        certificate,
        key,
        params,
    }
}

const HERE: &[&str] = &["127.0.0.1"];

/// `queue` of a queue at this origin, with this `ca-file`. The machine trusts an authority that signs nothing.
fn asked(origin: &str, roots: Option<&str>, of_the_machine: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file");
    };
    write("machine.pem", of_the_machine);
    let ca_file = match roots {
        Some(pem) => {
            write("ca.pem", pem);
            "ca-file = \"ca.pem\"\n"
        }
        None => "",
    };
    write(
        "countersign.toml",
        &format!(
            "schema = 1\n[queues.helpdesk]\nvendor = \"admin-by-request\"\nurl = \"{origin}\"\ncredentials = {{ api-key = {{ env = \"KEY\" }} }}\nrate-limit = \"none\"\n{ca_file}"
        ),
    );
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["queue", "--timeout", "2s"])
        .current_dir(folder.path())
        .env_clear()
        .env("KEY", KEY)
        .env("SSL_CERT_FILE", folder.path().join("machine.pem"))
        .stdin(Stdio::null())
        .output();
    Ran::of(output.expect("it runs"))
}

/// What the queue says of its failure: the reason, and the remedy.
fn told(ran: &Ran) -> String {
    let all = format!("{}\n{}", ran.out, ran.err);
    let text = all.split_whitespace().collect::<Vec<_>>().join(" ");
    let reason = text
        .split_once("GET /requests (status, take): ")
        .and_then(|(_, rest)| rest.split_once("; nothing follows"))
        .map_or(text.as_str(), |(reason, _)| reason);
    let next = text
        .split_once("next: ")
        .and_then(|(_, rest)| rest.split_once(" error: "))
        .map_or("", |(next, _)| next);
    format!("{reason}\n        {next}")
}

#[test]
fn a_key_goes_to_nobody_who_is_not_proven_to_be_the_vendor() {
    let ours = authority("Our authority");
    let namesake = authority("Our authority");
    let strangers = authority("A stranger");
    let machines = authority("The machine's");
    let expired = {
        let mut params = params(HERE, "vendor");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        signed_by(&ours, params)
    };
    let not_yet = {
        let mut params = params(HERE, "vendor");
        params.not_before = date_time_ymd(2200, 1, 1);
        params.not_after = date_time_ymd(2201, 1, 1);
        signed_by(&ours, params)
    };
    let fine = signed_by(&ours, params(HERE, "vendor"));
    let below_a_leaf = signed_by(&fine, params(HERE, "vendor"));
    let alone = self_signed(params(HERE, "vendor"));
    // ServerHello of TLS 1.0, and the alert of a server that has no newer version to offer.
    let mut old = vec![0x16, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
    old.extend([7; 32]);
    old.extend([0, 0, 0x2f, 0]);
    let alert = vec![0x15, 3, 1, 0, 2, 2, 70];
    let plain = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_vec();
    let cases: [(&str, Greeting, Option<String>); 15] = [
        ("trusted", fine.greets(), Some(ours.pem())),
        ("self-signed, pinned", alone.greets(), Some(alone.pem())),
        ("expired", expired.greets(), Some(ours.pem())),
        ("not yet valid", not_yet.greets(), Some(ours.pem())),
        (
            "another name",
            signed_by(&ours, params(&["vendor.example.com"], "vendor")).greets(),
            Some(ours.pem()),
        ),
        (
            "another address",
            signed_by(&ours, params(&["127.0.0.2"], "127.0.0.1")).greets(),
            Some(ours.pem()),
        ),
        ("self-signed, no ca-file", alone.greets(), None),
        ("an authority of its own, no ca-file", fine.greets(), None),
        (
            "a stranger's authority",
            signed_by(&strangers, params(HERE, "vendor")).greets(),
            Some(ours.pem()),
        ),
        (
            "our authority's name, another key",
            signed_by(&namesake, params(HERE, "vendor")).greets(),
            Some(ours.pem()),
        ),
        (
            "issued by what is no authority",
            below_a_leaf.greets_through(&[&fine]),
            Some(ours.pem()),
        ),
        ("an authority in person", ours.greets(), Some(ours.pem())),
        ("TLS 1.0", Greeting::Raw(old), Some(ours.pem())),
        ("no newer version", Greeting::Raw(alert), Some(ours.pem())),
        ("no TLS", Greeting::Raw(plain), Some(ours.pem())),
    ];
    let mut table = String::new();
    for (name, greeting, roots) in cases {
        let site = Site::new(greeting);
        let origin = format!("https://{}", site.address);
        let ran = asked(&origin, roots.as_deref(), &machines.pem());
        let heard = String::from_utf8_lossy(&site.heard()).into_owned();
        let got = if ran.code == Some(0) {
            assert!(heard.contains(KEY), "{name}: what is trusted is asked");
            "asked".to_owned()
        } else {
            assert!(
                !heard.contains("HTTP/1.1") && !heard.contains(KEY),
                "{name}: {heard:?}"
            );
            format!("exit {}: {}", ran.code.expect("a code"), told(&ran))
        };
        table.push_str(&format!("{name}\n    {got}\n"));
    }
    insta::assert_snapshot!(table, @r"
    trusted
        asked
    self-signed, pinned
        asked
    expired
        exit 1: the vendor's certificate has expired
            have it renewed at the vendor, or correct this machine's clock; there is no switch to skip the check
    not yet valid
        exit 1: the vendor's certificate is not valid yet
            correct the clock of this machine, or of the one that issued it; there is no switch to skip the check
    another name
        exit 1: the vendor's certificate is for another name
            write `url` of the queue with a name that stands in the certificate, or have one issued for this name; there is no switch to skip the check
    another address
        exit 1: the vendor's certificate is for another name
            write `url` of the queue with a name that stands in the certificate, or have one issued for this name; there is no switch to skip the check
    self-signed, no ca-file
        exit 1: the vendor's certificate is not trusted here
            name the file with the vendor's root certificate as `ca-file` of the queue; there is no switch to skip the check
    an authority of its own, no ca-file
        exit 1: the vendor's certificate is not trusted here
            name the file with the vendor's root certificate as `ca-file` of the queue; there is no switch to skip the check
    a stranger's authority
        exit 1: the vendor's certificate is not trusted here
            name the file with the vendor's root certificate as `ca-file` of the queue; there is no switch to skip the check
    our authority's name, another key
        exit 1: the vendor's certificate is not accepted
            name the file with the vendor's root certificate as `ca-file` of the queue; there is no switch to skip the check
    issued by what is no authority
        exit 1: the vendor's certificate is not accepted
            name the file with the vendor's root certificate as `ca-file` of the queue; there is no switch to skip the check
    an authority in person
        exit 1: the vendor shows the certificate of an authority as its own
            have it show one that is not marked as an authority (CA:FALSE), and name it, or who issued it, as `ca-file` of the queue
    TLS 1.0
        exit 1: the TLS handshake failed
            check that `url` of the queue names a port that speaks TLS 1.2 or 1.3; there is no switch to speak an older one
    no newer version
        exit 1: the TLS handshake failed
            check that `url` of the queue names a port that speaks TLS 1.2 or 1.3; there is no switch to speak an older one
    no TLS
        exit 1: the TLS handshake failed
            check that `url` of the queue names a port that speaks TLS 1.2 or 1.3; there is no switch to speak an older one
    ");
}

/// The vendor cannot have seen a call that nobody was trusted with: it is not sent, and never in doubt.
#[test]
fn a_write_to_nobody_who_is_trusted_is_not_sent() {
    let site = Site::new(self_signed(params(HERE, "vendor")).greets());
    let origin = format!("https://{}", site.address);
    let now: jiff::Timestamp = "2026-03-02T08:00:00Z".parse().expect("a moment");
    let mut settings = Settings::new(&origin, &origin, Arc::new(move || now));
    settings.ca_pem = Some(authority("Our authority").pem().into_bytes());
    let terms = Terms {
        queue: QueueName::new("helpdesk").expect("a name"),
        origin,
        organization: None,
        deciding: Deciding {
            credential: "env KEY".to_owned(),
            acting_as: None,
            run_as: None,
            client: None,
        },
        deciders: Vec::new(),
        can: capabilities(Vendor::AdminByRequest),
        parallelism: NonZeroUsize::MIN,
        rate: None,
    };
    let queue = admin_by_request::connect(terms, settings, KEY.into(), 10).expect("usable");
    let call = Call {
        method: Method::Put,
        path: "/requests/7".to_owned(),
        query: Vec::new(),
        body: None,
        organization: None,
        over: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let meaning = runtime.block_on(queue.send(&call)).meaning;
    let why = "the vendor's certificate is not trusted here".to_owned();
    assert_eq!(meaning, Meaning::NotSent(why));
    assert!(site.heard().is_empty());
}
