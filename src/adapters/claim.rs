//! One line at a time has a session. A peer that hangs up and dials again at once may be quicker than the news of its
//! hanging up: its new line waits a moment for the old one, instead of being taken for somebody else's.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// How long a new line waits for the old one to be over.
const PATIENCE: Duration = Duration::from_millis(500);

/// Which sessions have a line.
#[derive(Debug, Clone, Default)]
pub struct Claims(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    taken: Mutex<BTreeSet<String>>,
    freed: Notify,
}

impl Claims {
    /// Claims a session. One that is not free in time is not claimed: whoever hears of the line then refuses it.
    pub async fn claim(&self, session: &str) -> Claim {
        let free = async {
            loop {
                let freed = self.0.freed.notified();
                tokio::pin!(freed);
                // Listening begins before looking, so that nothing is missed in between.
                freed.as_mut().enable();
                if self.lock().insert(session.to_owned()) {
                    return;
                }
                freed.await;
            }
        };
        let claimed = timeout(PATIENCE, free).await.is_ok();
        Claim { claims: self.clone(), session: Mutex::new(claimed.then(|| session.to_owned())) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        // A set is whole at every step: a panic elsewhere leaves it right.
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A claim on a session; it ends when it is released or dropped.
#[derive(Debug)]
pub struct Claim {
    claims: Claims,
    session: Mutex<Option<String>>,
}

impl Claim {
    /// The session is free for another line.
    pub fn release(&self) {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(session) = session {
            self.claims.lock().remove(&session);
            self.claims.0.freed.notify_waiters();
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_next_line_waits_for_the_one_before_and_no_longer_than_a_moment() {
        let claims = Claims::default();
        let first = claims.claim("A").await;
        let other = claims.claim("B").await;
        let late = tokio::spawn({
            let claims = claims.clone();
            async move { claims.claim("A").await }
        });
        tokio::task::yield_now().await;
        assert!(!late.is_finished());
        first.release();
        let second = late.await.expect("no panic");
        drop(first);
        assert!(claims.lock().contains("A"), "what was released is not released again");
        let third = claims.claim("A").await;
        drop(third);
        assert!(claims.lock().contains("A"), "one that came in vain takes nothing away");
        drop((second, other));
        assert!(claims.lock().is_empty());
    }
}
