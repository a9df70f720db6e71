//! The time of a run: what it is, and letting it pass.

use std::time::Duration;

use jiff::Timestamp;

use crate::vendors::Promise;

/// A clock that can be waited on.
pub trait Time: Send + Sync {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Ends when so much time has passed.
    fn sleep(&self, pause: Duration) -> Promise<'static, ()>;
}

impl Time for crate::Clock {
    fn now(&self) -> Timestamp {
        self()
    }

    fn sleep(&self, pause: Duration) -> Promise<'static, ()> {
        Box::pin(tokio::time::sleep(pause))
    }
}
