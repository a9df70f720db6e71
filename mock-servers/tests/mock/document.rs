//! The vendor's document, executed: its calls verbatim (host replaced), its sample bodies compared by shape.

use serde_json::{Value, json};

use crate::client::{raw, world};

/// Every member of the sample is there, with the same type (null fits anything).
fn has_shape(sample: &Value, seen: &Value, at: &str) {
    match (sample, seen) {
        (Value::Object(sample), Value::Object(seen)) => {
            for (key, value) in sample {
                let found = seen
                    .get(key)
                    .unwrap_or_else(|| panic!("{at}.{key} is missing"));
                has_shape(value, found, &format!("{at}.{key}"));
            }
        }
        (Value::Array(sample), Value::Array(seen)) => {
            for (sample, seen) in sample.iter().zip(seen) {
                has_shape(sample, seen, at);
            }
        }
        (Value::Null, _) => {}
        (sample, seen) => {
            assert_eq!(
                std::mem::discriminant(sample),
                std::mem::discriminant(seen),
                "{at}: {seen}"
            );
        }
    }
}

#[tokio::test]
async fn the_pending_list_is_the_documents_sample() {
    let served = world().await;
    let answer = served.get("/requests?status=pending").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.headers["content-type"],
        "application/json; charset=utf-8"
    );
    let sample = json!([{
        "scanResults": [], "id": "65430027", "traceNo": "46142793", "settingsName": "Global",
        "type": "Run As Admin", "typeCode": 0, "status": "Pending approval", "statusCode": 4,
        "application": {
            "file": "cmd.exe", "name": "Windows Command Processor", "vendor": "Microsoft Corporation",
            "version": "10.0.21390.1 (WinBuild.160101.0800)",
            "sha256": "61B4C38792F586995F8E1B8E935B2DE1D6C7941A71A57FC1A1269D2E1E3164CD",
            "scanResult": "Clean", "scanResultCode": 0, "threat": null,
            "virustotalLink": "https://www.virustotal.com/latest-scan/61B4C38792F586995F8E1B8E935B2DE1D6C7941A71A57FC1A1269D2E1E3164CD"
        },
        "user": {
            "account": "AZUREAD\\FASTTRACKSOFTWARESUP", "fullName": "FastTrack Software Support",
            "email": "support@fasttracksoftware.com", "phone": "333.333.3333"
        }
    }]);
    let seen = answer.json();
    has_shape(&sample, &seen, "list");
    for key in [
        "id",
        "settingsName",
        "type",
        "typeCode",
        "status",
        "statusCode",
    ] {
        assert_eq!(seen[0][key], sample[0][key], "{key}");
    }
    for key in [
        "file",
        "name",
        "vendor",
        "version",
        "sha256",
        "scanResult",
        "scanResultCode",
        "threat",
        "virustotalLink",
    ] {
        assert_eq!(
            seen[0]["application"][key], sample[0]["application"][key],
            "{key}"
        );
    }
    for key in ["account", "fullName", "email", "phone"] {
        assert_eq!(seen[0]["user"][key], sample[0]["user"][key], "{key}");
    }
    let rest = [
        "reason",
        "approvedBy",
        "approvedByEmail",
        "deniedBy",
        "deniedByEmail",
        "deniedReason",
        "requestTime",
        "auditlogLink",
        "computer",
    ];
    assert!(
        rest.iter().all(|key| seen[0].get(key).is_some()),
        "{}",
        seen[0]
    );
    assert_eq!(seen[0]["requestTime"], "2026-03-01T11:25:27");
    assert_eq!(seen[0]["computer"]["name"], "FTWIN10-AALBORG-DENMARK");
}

#[tokio::test]
async fn the_audit_log_is_the_documents_sample() {
    let served = world().await;
    let seen = served.get("/auditlog").await.json();
    let sample = json!({
        "ElevatedApplications": [{ "Path": "C:\\Program Files\\totalcmd", "File": "TOTALCMD64.EXE", "Name": "Total Commander" }],
        "ScanResults": [], "ID": 51_134_241, "Type": "Run As Admin", "TypeCode": 0, "Status": "Finished", "StatusCode": 2,
        "Application": {
            "File": "TOTALCMD64.EXE", "Name": "Total Commander", "Vendor": "Ghisler Software GmbH", "Version": "9.22a",
            "SHA256": "6000", "ScanResult": "Clean", "ScanResultCode": 0, "Threat": null, "VirusTotalLink": "https://…", "Preapproved": false
        }
    });
    let finished = seen.as_array().unwrap().last().unwrap();
    has_shape(&sample, finished, "entry");
    assert_eq!(finished["Status"], "Finished");
    assert_eq!(finished["StatusCode"], 2);
    assert_eq!(
        finished["ElevatedApplications"][0]["File"],
        finished["Application"]["File"]
    );
}

#[tokio::test]
async fn the_example_url_gets_one_pending_request_with_scan_details() {
    let served = world().await;
    let answer = served
        .get("/requests?status=pending&take=1&wantscandetails=1")
        .await;
    assert_eq!(answer.ids(), [65_430_027]);
    assert!(
        !answer.json()[0]["scanResults"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let plain = served.get("/requests?status=pending&take=1").await.json();
    assert_eq!(plain[0]["scanResults"], json!([]));
}

#[tokio::test]
async fn a_simple_put_with_the_id_approves() {
    let served = world().await;
    let answer = served.put("/requests/65430027").await;
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b""[..]));
    assert_eq!(served.status_of(65_430_027).await, "Approved");
}

#[tokio::test]
async fn the_highest_id_plus_one_reads_on() {
    let served = world().await;
    assert_eq!(
        served.get("/requests?startid=65430931").await.ids(),
        [65_430_931, 65_430_940]
    );
}

#[tokio::test]
async fn the_key_is_a_header_or_a_basic_password() {
    let served = world().await;
    let basic = |key: &str| {
        use base64::Engine as _;
        format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(format!("anybody:{key}"))
        )
    };
    for (header, right) in [
        (("ApiKey", served.key.clone()), true),
        (("authorization", basic(&served.key)), true),
        (("apikey", "0".repeat(32)), false),
        (("authorization", basic("wrong")), false),
        (("x-nothing", String::new()), false),
    ] {
        let answer = raw(
            &served.address,
            "GET",
            "/requests",
            &[(header.0, &header.1)],
            "",
        )
        .await
        .unwrap();
        assert_eq!(answer.status, if right { 200 } else { 401 }, "{header:?}");
        if !right {
            assert_eq!(answer.json(), json!({ "Message": "Invalid API key" }));
        }
    }
    assert_eq!(served.key.len(), 32);
    assert!(served.key.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[tokio::test]
async fn a_wrong_key_decides_nothing() {
    let served = world().await;
    let answer = raw(
        &served.address,
        "PUT",
        "/requests/65430027",
        &[("apikey", "wrong")],
        "",
    )
    .await
    .unwrap();
    assert_eq!(answer.status, 401);
    assert_eq!(served.status_of(65_430_027).await, "Pending approval");
    assert_eq!(served.journal("?kind=refusal").await.len(), 1);
}
