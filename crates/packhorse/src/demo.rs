//! `packhorse demo`: a network of five invented organisations on this machine, and the story of what it is for.
//!
//! Registry and gateways are processes of this program, each with its own folder and keys and real TLS between them;
//! the story uses the commands and the API that anybody would. It must never reach into a gateway by another way, but
//! for the months that lie behind: those are written before anybody serves it (`demo/history.rs`).

mod agreements;
mod cast;
mod endpoints;
mod history;
mod mesh;
mod narrate;
mod network;
mod place;
mod post;
mod question;
mod scanner;
mod sign_ins;
mod staff;
mod stage;
mod steps;
mod story;
mod vehicles;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::error::{Error, Result};
use crate::output::Output;
use crate::serve::shutdown;
use cast::ORGANISATIONS;
use endpoints::Endpoints;
use narrate::{Narrator, quoted};
use network::Network;
use place::Place;
use sign_ins::SignIns;
use stage::Stage;

/// The registry's folder and port, by name.
const REGISTRY: &str = "registry";
/// The port of the registry's own pages.
const DESK: &str = "registry desk";
/// Time between looks at the processes while the network stays up.
const LOOK: Duration = Duration::from_secs(1);

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The data folder, made when it does not exist; a second start goes on in it
    #[arg(long, value_name = "DIR", default_value = "target/demo", global = true)]
    dir: PathBuf,
    /// Tell the story and end
    #[arg(long)]
    once: bool,
    #[command(subcommand)]
    act: Option<Act>,
}

/// What is asked of a demo that runs.
#[derive(Debug, Subcommand)]
enum Act {
    /// Print what the app for one-time codes of somebody who signs in shows now, or of everybody
    Code {
        /// Who signs in; desk for the registry's
        name: Option<String>,
    },
}

/// Starts the network, tells the story and, unless told once, stays up until stopped.
///
/// # Errors
/// Whatever in the story did not hold, or a process that ended.
pub(crate) async fn run(args: &DemoArgs, output: Output) -> Result<()> {
    if let Some(Act::Code { name }) = &args.act {
        let codes = SignIns::read(&args.dir)?.codes(name.as_deref(), Timestamp::now())?;
        return output.result(&codes, &codes.to_string());
    }
    let stopped = shutdown::on_signal()?;
    let mut stage = set(args).await?;
    let told = tokio::select! {
        told = perform(&mut stage, args.once) => told,
        () = shutdown::ordered(stopped.clone()) => Err(Error::NotHeld("the demo was stopped before its story's end".to_owned())),
    };
    let ended = match told {
        Ok(()) if !args.once => stay(&mut stage, stopped).await,
        other => other,
    };
    let stopped = stage.network.stop().await;
    ended.and(stopped)
}

/// Opens the folder and takes what is needed to it; nothing runs yet.
async fn set(args: &DemoArgs) -> Result<Stage> {
    let own = ORGANISATIONS.iter().flat_map(cast::Organisation::ports);
    let ports: Vec<String> = [REGISTRY, DESK].map(str::to_owned).into_iter().chain(own).collect();
    let place = Place::open(&args.dir, &ports)?;
    let network = Network::in_folder(place.root()).await?;
    // What it says becomes true again in the course of the story.
    place.remove(endpoints::FILE)?;
    Ok(Stage::new(place, network, Narrator::new()))
}

/// Introduces, tells the story, and says what there is now.
async fn perform(stage: &mut Stage, once: bool) -> Result<()> {
    let (folder, program) = (stage.place.root().to_string_lossy(), stage.network.program().to_string_lossy());
    stage.narrator.say(&format!(
        "Packhorse: five invented public bodies share sensitive data on this machine, lawfully, safely, provably.\n\n\
         To repeat a command in a second terminal while this runs:\n  cd {} && alias packhorse={}",
        quoted(&folder),
        quoted(&program),
    ))?;
    story::tell(stage).await?;
    stage.narrator.say(&format!("\nEverything held, in {:.0} seconds.", stage.narrator.seconds()))?;
    if once { Ok(()) } else { invite(stage) }
}

fn invite(stage: &Stage) -> Result<()> {
    let endpoints = Endpoints::gather(stage)?;
    let [answered, refused, listed] = endpoints.curls(stage)?;
    let file = stage.place.root().join(endpoints::FILE);
    stage.narrator.say(&format!(
        "\nThe network stays up until you press Ctrl-C:\n{}\n\nTry it: a question, the same for a purpose that was not \
         agreed, and the agreements by the management API:\n  {answered}\n  {refused}\n  {listed}\n\nThe same for \
         programs: {}\n\n{}\n\nOne-time codes: press Enter here, or in a second terminal\n  {} demo code --dir {}",
        endpoints.addresses(),
        file.display(),
        SignIns::read(stage.place.root())?.invitation(),
        quoted(&stage.network.program().to_string_lossy()),
        quoted(&stage.place.root().to_string_lossy()),
    ))
}

/// Hears each time that somebody presses Enter; nothing where nobody is at a terminal.
fn enter_pressed() -> mpsc::Receiver<()> {
    let (tell, pressed) = mpsc::channel(1);
    if std::io::stdin().is_terminal() {
        // A thread of its own, which nobody waits for: reading a terminal cannot be broken off.
        std::thread::spawn(move || {
            while std::io::stdin().lines().next().is_some_and(|line| line.is_ok()) && tell.blocking_send(()).is_ok() {}
        });
    }
    pressed
}

/// Waits for the order to stop. A process that ends before is an error.
async fn stay(stage: &mut Stage, stopped: watch::Receiver<bool>) -> Result<()> {
    let mut pressed = enter_pressed();
    loop {
        while pressed.try_recv().is_ok() {
            let codes = SignIns::read(stage.place.root())?.codes(None, Timestamp::now())?;
            stage.narrator.say(&codes.to_string())?;
        }
        if tokio::time::timeout(LOOK, shutdown::ordered(stopped.clone())).await.is_ok() {
            return stage.narrator.say("\nStopping: everything in flight is answered first.");
        }
        stage.network.check()?;
    }
}
