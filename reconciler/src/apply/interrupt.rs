//! Being told to stop: no new send, a little time for what is in flight, and then the truth about the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use super::{Signal, Time};

/// How long sends in flight may still take after a signal.
const FOR_SENDS: Duration = Duration::from_secs(4);
/// How long their read-back may take after that. Together with the ledger: gone within 7 s.
const FOR_READ_BACK: Duration = Duration::from_secs(2);

/// Whether and when to stop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Stop {
    asked: watch::Receiver<Option<Signal>>,
    sent: Arc<AtomicUsize>,
    in_doubt: Arc<AtomicUsize>,
}

/// The other end.
pub type Stopper = watch::Sender<Option<Signal>>;

impl Stop {
    /// A pair: whoever hears the signal, and whoever obeys it.
    #[must_use]
    pub fn channel() -> (Stopper, Self) {
        let (sender, receiver) = watch::channel(None);
        let stop = Self {
            asked: receiver,
            sent: Arc::default(),
            in_doubt: Arc::default(),
        };
        (sender, stop)
    }

    /// The signal, if there was one.
    #[must_use]
    pub fn asked(&self) -> Option<Signal> {
        *self.asked.borrow()
    }

    /// Ends as soon as there is a signal.
    pub async fn at_once(&self) {
        let mut receiver = self.asked.clone();
        if receiver.wait_for(Option::is_some).await.is_err() {
            // Nobody is left to give a signal.
            std::future::pending::<()>().await;
        }
    }

    /// An intent is durable: its call may leave. Counted, not guarded: what is dropped stays in doubt.
    pub(super) fn doubt(&self) {
        self.sent.fetch_add(1, Ordering::SeqCst);
        self.in_doubt.fetch_add(1, Ordering::SeqCst);
    }

    /// What became of it is known.
    pub(super) fn is_known(&self) {
        self.in_doubt.fetch_sub(1, Ordering::SeqCst);
    }

    /// How many calls of this run may have left.
    #[must_use]
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// How many calls of this run may have had an effect that nobody has seen.
    #[must_use]
    pub fn in_doubt(&self) -> usize {
        self.in_doubt.load(Ordering::SeqCst)
    }

    /// Ends when sends in flight have had their time.
    pub(super) async fn for_sends(&self, clock: &dyn Time) {
        self.at_once().await;
        clock.sleep(FOR_SENDS).await;
    }

    /// Ends when their read-back has had its time too; to be called once the send is over.
    pub(super) async fn for_read_back(&self, clock: &dyn Time) {
        self.at_once().await;
        clock.sleep(FOR_READ_BACK).await;
    }
}
