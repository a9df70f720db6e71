//! Being told to stop: no new send, a little time for what is in flight, and then the truth about the rest.

use std::time::Duration;

use tokio::sync::watch;

use super::Signal;

/// How long sends in flight may still take after a signal.
const FOR_SENDS: Duration = Duration::from_secs(4);
/// How long their read-back may take after that. Together with the ledger: gone within 7 s.
const FOR_READ_BACK: Duration = Duration::from_secs(2);

/// Whether and when to stop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Option<Signal>>);

/// The other end.
pub type Stopper = watch::Sender<Option<Signal>>;

impl Stop {
    /// A pair: whoever hears the signal, and whoever obeys it.
    #[must_use]
    pub fn channel() -> (Stopper, Self) {
        let (sender, receiver) = watch::channel(None);
        (sender, Self(receiver))
    }

    /// The signal, if there was one.
    #[must_use]
    pub fn asked(&self) -> Option<Signal> {
        *self.0.borrow()
    }

    /// Ends as soon as there is a signal.
    pub async fn at_once(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(Option::is_some).await.is_err() {
            // Nobody is left to give a signal.
            std::future::pending::<()>().await;
        }
    }

    /// Ends when sends in flight have had their time.
    pub(super) async fn for_sends(&self) {
        self.at_once().await;
        tokio::time::sleep(FOR_SENDS).await;
    }

    /// Ends when their read-back has had its time too; to be called once the send is over.
    pub(super) async fn for_read_back(&self) {
        self.at_once().await;
        tokio::time::sleep(FOR_READ_BACK).await;
    }
}
