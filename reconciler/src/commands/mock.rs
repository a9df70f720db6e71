//! `mock serve`: the mock vendors in the foreground, until interrupted.

use std::path::Path;

use mock_servers::{ClockMode, Fault, Given, Mocks, Options, Ports, RateLimit, Vendor};

use super::Context;
use crate::apply::ledger;
use crate::cli::MockServe as Args;
use crate::error::Failure;
use crate::exit::Exit;

/// `countersign mock serve`.
pub(super) async fn serve(args: &Args, context: &Context) -> Result<Exit, Failure> {
    if !args.listen.is_loopback() {
        return Err(Failure::usage(format!(
            "--listen {} is not a loopback address",
            args.listen
        ))
        .hint("mock vendors take any test credential: they are for this machine alone"));
    }
    let mocks = Mocks::start(options(args, context)?)
        .await
        .map_err(|error| Failure::error(error.to_string()))?;
    announce(args, &mocks, context)?;
    context.stop.at_once().await;
    mocks.shutdown().await;
    Ok(Exit::Done)
}

fn options(args: &Args, context: &Context) -> Result<Options, Failure> {
    let usage = |flag: &str| {
        let flag = flag.to_owned();
        move |why: String| Failure::usage(format!("{flag}: {why}"))
    };
    let mut options = Options::new(context.real_now);
    options.vendors = args
        .vendor
        .iter()
        .map(|slug| Vendor::from_slug(slug))
        .collect::<Result<_, _>>()
        .map_err(usage("--vendor"))?;
    options.listen = args.listen;
    options.ports = Ports::from_base(args.port_base);
    options.world = args.world.as_deref().map(world).transpose()?;
    options.generate = args
        .generate
        .iter()
        .map(|text| mock_servers::parse_generate(text))
        .collect::<Result<_, _>>()
        .map_err(usage("--generate"))?;
    options.seed = args.seed;
    options.clock = match args.clock.as_str() {
        "real" => ClockMode::Real,
        "frozen" => ClockMode::Frozen,
        other => return Err(Failure::usage(format!("--clock {other}")).hint("real or frozen")),
    };
    options.now = args.now;
    options.dialects = args
        .dialect
        .iter()
        .map(|text| mock_servers::parse_dialect(text))
        .collect::<Result<_, _>>()
        .map_err(usage("--dialect"))?;
    options.faults = args
        .faults
        .as_deref()
        .map(faults)
        .transpose()?
        .unwrap_or_default();
    options.journal.clone_from(&args.journal);
    options.rate_limit = match args.rate_limit.as_str() {
        "off" => RateLimit::Off,
        "documented" => RateLimit::Documented,
        other => {
            return Err(Failure::usage(format!("--rate-limit {other}")).hint("off or documented"));
        }
    };
    options.tls = mock_servers::parse_tls(&args.tls).map_err(usage("--tls"))?;
    Ok(options)
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::io("cannot read", path, &error))
}

fn world(path: &Path) -> Result<Given, Failure> {
    Given::from_toml(&read(path)?).map_err(|why| {
        Failure::error("the world is refused")
            .at(path.display().to_string())
            .because(why)
    })
}

fn faults(path: &Path) -> Result<Vec<Fault>, Failure> {
    serde_json::from_str(&read(path)?).map_err(|why| {
        Failure::error("the faults are refused")
            .at(path.display().to_string())
            .because(why)
    })
}

/// Says where everything is; the ready file last, so that whoever waits for it finds all the rest.
fn announce(args: &Args, mocks: &Mocks, context: &Context) -> Result<(), Failure> {
    let mut places = vec![("admin", mocks.admin_url())];
    places.extend(
        mocks
            .queues()
            .into_iter()
            .map(|(slug, queue)| (slug, queue.url)),
    );
    if let Some(folder) = &args.write_config {
        write_config(mocks, folder, context)?;
        let file = folder.join("countersign.toml");
        places.push(("configuration", file.display().to_string()));
    }
    context
        .ui
        .result(&crate::render::mocks::text(&places, context.ui.style()));
    context.ui.hint("Ctrl-C ends it");
    if let Some(file) = &args.ready_file {
        mock_servers::write_ready_file(file, mocks)
            .map_err(|error| Failure::io("cannot write the ready file", file, &error))?;
    }
    Ok(())
}

/// A configuration, its credentials, and a fresh ledger: `cd DIR && countersign draft` works at once.
///
/// One that somebody else wrote is left alone: its ledger remembers calls to real vendors.
pub(super) fn write_config(mocks: &Mocks, folder: &Path, context: &Context) -> Result<(), Failure> {
    let there = folder.join("countersign.toml");
    let is_ours = |text: String| mock_servers::is_written_config(&text);
    if there.exists() && !std::fs::read_to_string(&there).is_ok_and(is_ours) {
        return Err(Failure::error(
            "there is a configuration already, and the mocks did not write it",
        )
        .at(there.display().to_string())
        .hint("give --write-config another folder"));
    }
    mocks
        .write_config(folder)
        .map_err(|error| Failure::io("cannot write the configuration", folder, &error))?;
    let path = folder.join(".countersign/ledger.jsonl");
    // The mocks' time: theirs may stand still, years from this machine's.
    match ledger::init(&path, mocks.now()) {
        Ok(_) => Ok(()),
        Err(error @ ledger::LedgerError::Exists { .. }) => {
            context
                .ui
                .warning(&format!("{error}: it goes on; delete it for a fresh start"));
            Ok(())
        }
        Err(error) => Err(super::setup::ledger_failure(&error)),
    }
}
