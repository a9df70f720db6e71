//! Runs futures side by side on the task that asks, a bounded number at once. Dropping it ends them all.

use std::future::Future;

use futures_util::stream::{self, StreamExt as _};

/// Runs all, `at_once` at most at a time, and tells `done` of each as it ends. Nothing has to be `'static`.
pub(super) async fn run<F: Future>(
    futures: impl IntoIterator<Item = F>,
    at_once: usize,
    mut done: impl FnMut(F::Output),
) {
    let mut running = stream::iter(futures).buffer_unordered(at_once.max(1));
    while let Some(output) = running.next().await {
        done(output);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test]
    async fn never_more_at_once_than_allowed_and_all_are_told() {
        let (running, most) = (Cell::new(0), Cell::new(0));
        let futures = (0..20_u64).map(|nth| {
            let (running, most) = (&running, &most);
            async move {
                running.set(running.get() + 1);
                most.set(most.get().max(running.get()));
                for _ in 0..nth % 5 + 1 {
                    tokio::task::yield_now().await;
                }
                running.set(running.get() - 1);
                nth
            }
        });
        let mut told = Vec::new();
        run(futures, 4, |nth| told.push(nth)).await;
        told.sort_unstable();
        assert_eq!(told, (0..20).collect::<Vec<_>>());
        assert_eq!(most.get(), 4);
    }

    #[tokio::test]
    async fn nothing_to_run_is_done_at_once() {
        run(std::iter::empty::<std::future::Ready<()>>(), 3, |()| {}).await;
    }
}
