//! Waiting for what another process will do soon.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

/// Asks `probe` every 20 ms until it answers `Some`, and returns that. `what` says what is awaited,
/// for the error when `limit` has passed.
pub async fn wait_until<T, F, Fut>(what: &str, limit: Duration, mut probe: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let start = Instant::now();
    loop {
        if let Some(found) = probe().await {
            return Ok(found);
        }
        if start.elapsed() > limit {
            bail!("waited {limit:?} in vain: {what}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_when_the_probe_does_and_names_what_never_came() {
        let mut asked = 0;
        let third = wait_until("three", Duration::from_secs(5), || {
            asked += 1;
            let answer = (asked == 3).then_some(asked);
            async move { answer }
        })
        .await;
        assert_eq!(third.unwrap(), 3);

        let never = wait_until("the moon", Duration::ZERO, || async { None::<()> }).await;
        assert!(never.unwrap_err().to_string().contains("the moon"));
    }
}
